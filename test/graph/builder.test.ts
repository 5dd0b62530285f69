import { expect, test } from "vitest"
import { GraphBuilder, operations as op, printGraph } from "../../src/graph/index.ts"
import { symbol } from "../../src/size/index.ts"

const vector = { shape: [symbol("N")], dtype: "float32" } as const

test("a graph prints one equation per line with the type of every definition", () => {
  const b = new GraphBuilder()
  const [x, y] = [b.input(vector), b.input(vector)]
  const graph = b.build([op.reduceSum(b, op.multiply(b, x, y), [0])])
  expect(printGraph(graph)).toMatchInlineSnapshot(`
    "{ a: f32[N], b: f32[N] →
      c: f32[N] = multiply a b
      d: f32[] = reduceSum[axes=[0]] c
      → d }"
  `)
})

test("after z come aa, ab, …", () => {
  const b = new GraphBuilder()
  let x = b.input(vector)
  for (let i = 0; i < 27; i++) x = op.negate(b, x)
  expect(
    printGraph(b.build([x]))
      .split("\n")
      .slice(-3),
  ).toEqual(["  aa: f32[N] = negate z", "  ab: f32[N] = negate aa", "  → ab }"])
})

test("a graph is repeated inside another one on other operands", () => {
  const inner = new GraphBuilder()
  const [x, y] = [inner.input(vector), inner.input(vector)]
  const difference = inner.build([op.subtract(inner, x, y), x])
  const outer = new GraphBuilder()
  const z = outer.input(vector)
  const [result, same] = outer.inline(difference, [op.negate(outer, z), z])
  expect(printGraph(outer.build([result, same]))).toMatchInlineSnapshot(`
    "{ a: f32[N] →
      b: f32[N] = negate a
      c: f32[N] = subtract b a
      → c, b }"
  `)
})

test("a variable of another graph is refused", () => {
  const [one, other] = [new GraphBuilder(), new GraphBuilder()]
  const x = one.input(vector)
  expect(one.owns(x)).toBe(true)
  expect(other.owns(x)).toBe(false)
  expect(() => op.negate(other, x)).toThrow("negate was given a variable of another graph")
})
