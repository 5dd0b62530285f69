import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { countRun } from "../../src/device/ram/index.ts"
import {
  type Graph,
  GraphBuilder,
  operations as op,
  type PlainPrimitive,
  type Variable,
} from "../../src/graph/index.ts"
import { bindGraph, priceAt, priceGraph } from "../../src/price/index.ts"
import { type Size, symbol } from "../../src/size/index.ts"
import { randomControl } from "../graph/growControl.ts"
import { primitives } from "../graph/random.ts"

const scalar = { shape: [], dtype: "float32" } as const

/** A loop of some steps over vectors, each of which adds a row and gives the sum. */
function sums(length: Size, width: Size): Graph {
  const inner = new GraphBuilder()
  const carry = inner.input({ shape: [width], dtype: "float32" })
  const row = inner.input({ shape: [width], dtype: "float32" })
  const next = op.add(inner, carry, row)
  const body = inner.build([next, op.reduceSum(inner, next, [0])])
  const b = new GraphBuilder()
  const start = b.input({ shape: [width], dtype: "float32" })
  const rows = b.input({ shape: [length, width], dtype: "float32" })
  const params = { body, length, consts: 0, carries: 1, reverse: false }
  return b.build(b.emitAll("loop", [start, rows], params))
}

/** x doubles while it is below a limit. */
function doubling(): Graph {
  const asking = new GraphBuilder()
  const asked = asking.build([op.less(asking, asking.input(scalar), 100)])
  const stepping = new GraphBuilder()
  const x = stepping.input(scalar)
  const stepped = stepping.build([op.add(stepping, x, x)])
  const b = new GraphBuilder()
  const params = { condition: asked, body: stepped, conditionConsts: 0, bodyConsts: 0 }
  return b.build(b.emitAll("while", [b.input(scalar)], params))
}

describe("the price of", () => {
  test("a loop of k steps is k times the body's work and span", () => {
    const price = priceGraph(sums(10, 8))
    expect(price.work).toBe(10 * (8 + 7))
    expect(price.span).toBe(10 * (1 + 3))
    expect(price.gpu.threads).toBe(8)
  })

  test("a loop holds for symbolic lengths and widths", () => {
    const [N, K] = [symbol("N"), symbol("K")]
    const price = priceGraph(sums(K, N))
    for (const at of [
      { K: 3, N: 5 },
      { K: 7, N: 16 },
    ]) {
      const { work, span, ram, gpu } = priceAt(price, at)
      const concrete = priceGraph(bindGraph(sums(K, N), at))
      expect([work, span, ram.memory]).toEqual([concrete.work, concrete.span, concrete.ram.memory])
      expect(Number(gpu.memory)).toBeGreaterThanOrEqual(Number(concrete.gpu.memory))
    }
  })

  test("a while loop depends on its trips", () => {
    const price = priceGraph(doubling())
    expect(String(price.work)).toBe("2 trips + 1")
    expect(price.bounds.map(({ measure }) => measure)).toContain("threads")
    const { operations } = countRun(doubling(), [{ data: Float32Array.of(3), shape: [] }])
    expect(priceAt(price, { trips: 6 }).work).toBe(operations)
  })

  test("a loop of a million steps is found at once", () => {
    expect(priceGraph(sums(1_000_000, 1000)).work).toBe(1_000_000 * 1999)
  })

  test("a cond is its dearer branch's, as a bound", () => {
    const branch = (operations: number): Graph => {
      const b = new GraphBuilder()
      let x: Variable = b.input({ shape: [5], dtype: "float32" })
      for (let i = 0; i < operations; i++) x = op.apply(b, "sin", x)
      return b.build([x])
    }
    const b = new GraphBuilder()
    const index = b.input({ shape: [], dtype: "int32" })
    const x = b.input({ shape: [5], dtype: "float32" })
    const results = b.emitAll("cond", [index, x], { branches: [branch(1), branch(4)] })
    const price = priceGraph(b.build(results))
    expect([price.work, price.span, price.gpu.threads]).toEqual([20, 4, 5])
    expect(price.bounds.map(({ measure }) => measure)).toContain("time")
  })
})

/** Those whose price is exact. */
const exact: readonly PlainPrimitive[] = primitives.filter((primitive) => primitive !== "scatter")

describe("a counted run reports", () => {
  test("the work, span and memory of loops, and no more threads", () => {
    fc.assert(
      fc.property(randomControl({ control: ["loop"], primitives: exact, empty: false }), (one) => {
        const price = priceGraph(one.graph)
        const count = countRun(one.graph, one.inputs)
        expect([count.operations, count.span]).toEqual([price.work, price.span])
        expect(count.sequentialMemory).toBe(price.ram.memory)
        expect(count.threads).toBeLessThanOrEqual(Number(price.gpu.threads))
      }),
      { numRuns: 200 },
    )
  })

  test("no more than the price of conds", () => {
    const options = { control: ["loop", "cond"], primitives: exact, empty: false } as const
    fc.assert(
      fc.property(randomControl(options), (one) => {
        const price = priceGraph(one.graph)
        const count = countRun(one.graph, one.inputs)
        expect(count.operations).toBeLessThanOrEqual(Number(price.work))
        expect(count.span).toBeLessThanOrEqual(Number(price.span))
        expect(count.sequentialMemory).toBeLessThanOrEqual(Number(price.ram.memory))
      }),
      { numRuns: 200 },
    )
  })
})
