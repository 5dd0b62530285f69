import { expect, test } from "vitest"
import { emitWgsl } from "../../../src/emit/index.ts"
import {
  type Graph,
  GraphBuilder,
  operations as op,
  type Variable,
} from "../../../src/graph/index.ts"
import { type GroupTarget, schedule } from "../../../src/schedule/index.ts"

const target: GroupTarget = {
  invocations: 256,
  sharedBytes: 32768,
  storageBuffers: 8,
  elementBytes: () => 4,
  alignment: 256,
  segmentBytes: 2 ** 30,
}

function graphOf(
  shapes: readonly (readonly number[])[],
  body: (b: GraphBuilder, x: Variable[]) => Variable,
): Graph {
  const b = new GraphBuilder()
  const inputs = shapes.map((shape) => b.input({ shape, dtype: "float32" }))
  return b.build([body(b, inputs)])
}

/** The code of every shader of a graph, without the library's functions. */
function shadersOf(graph: Graph): readonly string[] {
  const { shaders } = emitWgsl(schedule(graph, { target, threads: 2 ** 18 }), target)
  return [...shaders.values()]
    .flat()
    .map(({ code }) => code.replace(/^(fn|var<private>) maths_[\s\S]*?(?=^fn kernel)/m, ""))
}

test("an elementwise kernel has an invocation for each element", () => {
  const graph = graphOf([[1000], [1000]], (b, [x, y]) => op.add(b, op.multiply(b, x, y), x))
  expect(shadersOf(graph).join("\n")).toMatchInlineSnapshot()
})

test("a long sum is taken by workgroups, each a tree in shared memory, and then together", () => {
  const shaders = shadersOf(graphOf([[2 ** 16]], (b, [x]) => op.reduceSum(b, x, [0])))
  expect(shaders).toHaveLength(2)
  expect(shaders[0]).toMatchInlineSnapshot()
})

test("a kernel inside a loop is told the counter as digits", () => {
  const body = graphOf([[], []], (b, [carry, row]) => op.add(b, carry, row))
  const graph = graphOf([[], [5000]], (b, [start, rows]) => {
    const params = { body, length: 5000, consts: 0, carries: 1, reverse: false }
    return b.emitAll("loop", [start, rows], params)[0]
  })
  expect(shadersOf(graph).at(-1)).toMatchInlineSnapshot()
})

test("a matrix product is tiled through shared memory and registers", () => {
  const product = { contract: [[1], [0]], batch: [[], []] } as const
  const graph = graphOf(
    [
      [40, 24],
      [24, 40],
    ],
    (b, [x, y]) => b.emit("dot", [x, y], product),
  )
  const [code] = shadersOf(graph)
  expect(
    code
      .split("\n")
      .filter((line) => !/^ {6,}/.test(line))
      .join("\n"),
  ).toMatchInlineSnapshot()
  expect(code).toContain("sum_1_1 = fma(")
})
