import { describe, expect, test } from "vitest"
import { evaluate } from "../../src/device/ram/index.ts"
import {
  type ArrayType,
  checkGraph,
  type Graph,
  GraphBuilder,
  operations as op,
  type Primitive,
  type Variable,
} from "../../src/graph/index.ts"
import { gradient, transpose } from "../../src/transform/index.ts"

const scalar: ArrayType = { shape: [], dtype: "float32" }

function graphOf(
  types: readonly ArrayType[],
  build: (b: GraphBuilder, inputs: readonly Variable[]) => readonly Variable[],
): Graph {
  const b = new GraphBuilder()
  return b.build(
    build(
      b,
      types.map((type) => b.input(type)),
    ),
  )
}

const primitivesOf = (graph: Graph): readonly Primitive[] =>
  graph.equations.map(({ primitive }) => primitive)

const at = (...values: readonly number[]) =>
  values.map((value) => ({ data: Float32Array.of(value), shape: [] }))

test("a gradient comes after all outputs, in the order asked for", () => {
  const graph = graphOf([scalar, scalar], (b, [x, y]) => [op.multiply(b, x, y), op.add(b, x, y)])
  const slope = checkGraph(gradient(graph, { wrt: [1, 0] }))
  const results = evaluate(slope, at(3, 5)).map(({ data }) => data[0])
  expect(results).toEqual([15, 8, 3, 5])
})

test("an input that the output does not depend on has gradient 0", () => {
  const graph = graphOf([scalar, { shape: [2], dtype: "float32" }], (_, [x]) => [x])
  const [, slope] = evaluate(gradient(graph, { wrt: [1] }), [
    ...at(3),
    { data: Float32Array.of(1, 2), shape: [2] },
  ])
  expect([...slope.data]).toEqual([0, 0])
})

test("the third derivative of x⁴ is 24 x", () => {
  const graph = graphOf([scalar], (b, [x]) => [op.square(b, op.square(b, x))])
  const only = (g: Graph): Graph => ({ ...g, outputs: g.outputs.slice(1) })
  const third = only(gradient(only(gradient(only(gradient(graph))))))
  expect(evaluate(third, at(2))[0].data[0]).toBe(48)
})

describe("the gradient of", () => {
  const axes = { lhs: [0, 3, 1, 2], rhs: [3, 2, 0, 1], out: [0, 3, 1, 2] } as const
  const convolution = {
    ...axes,
    strides: [2, 2],
    padding: [
      [1, 1],
      [1, 1],
    ],
    lhsDilation: [1, 1],
    rhsDilation: [1, 1],
    featureGroups: 1,
    batchGroups: 1,
  } as const

  test("a convolution is two convolutions", () => {
    const graph = graphOf(
      [
        { shape: [4, 9, 9, 3], dtype: "float32" },
        { shape: [3, 3, 3, 8], dtype: "float32" },
      ],
      (b, [x, k]) => [op.reduceSum(b, b.emit("convolve", [x, k], convolution), [0, 1, 2, 3])],
    )
    const counted = primitivesOf(gradient(graph, { wrt: [0, 1] }))
    expect(counted.filter((primitive) => primitive === "convolve").length).toBe(3)
    expect(new Set(counted)).toEqual(new Set(["convolve", "reduceSum", "full", "flip"]))
  })

  test("a matrix product is two matrix products without transposes", () => {
    const graph = graphOf(
      [
        { shape: [4, 5], dtype: "float32" },
        { shape: [5, 6], dtype: "float32" },
      ],
      (b, [x, y]) => {
        const product = b.emit("dot", [x, y], { contract: [[1], [0]], batch: [[], []] })
        return [op.reduceSum(b, op.square(b, product), [0, 1])]
      },
    )
    const counted = primitivesOf(gradient(graph, { wrt: [0, 1] }))
    expect(counted.filter((primitive) => primitive === "dot").length).toBe(3)
    expect(counted).not.toContain("transpose")
  })

  test("pooling folds the windows back", () => {
    const graph = graphOf([{ shape: [2, 8, 8, 3], dtype: "float32" }], (b, [x]) => {
      const windows = b.emit("windows", [x], {
        axes: [1, 2],
        sizes: [2, 2],
        strides: [2, 2],
        dilations: [1, 1],
      })
      const pooled = b.emit("reduceMax", [windows], { axes: [4, 5] })
      return [op.reduceSum(b, pooled, [0, 1, 2, 3])]
    })
    expect(primitivesOf(gradient(graph))).toContain("fold")
  })

  test("a lookup adds the cotangents up where they were read", () => {
    const graph = graphOf(
      [
        { shape: [3], dtype: "float32" },
        { shape: [4], dtype: "int32" },
      ],
      (b, [x, i]) => [op.reduceSum(b, b.emit("gather", [x, i], { axes: [0], mode: "clip" }), [0])],
    )
    const [, slope] = evaluate(gradient(graph), [
      { data: Float32Array.of(1, 2, 3), shape: [3] },
      { data: Int32Array.of(0, 2, 2, 9), shape: [4] },
    ])
    expect([...slope.data]).toEqual([1, 0, 3])
  })
})

test("what only the backward part needs is computed after the outputs", () => {
  const graph = graphOf([{ shape: [4], dtype: "float32" }], (b, [x]) => {
    const y = op.apply(b, "tanh", x)
    return [op.reduceSum(b, op.apply(b, "sin", y), [0])]
  })
  const order = primitivesOf(gradient(graph))
  expect(order.indexOf("cos")).toBeGreaterThan(order.indexOf("reduceSum"))
})

describe("a gradient is refused", () => {
  const vector: ArrayType = { shape: [2], dtype: "float32" }

  test("of what is no float scalar", () => {
    const graph = graphOf([vector], (_, [x]) => [x])
    expect(() => gradient(graph)).toThrow("output 0 is f32[2]: sum it, or take vjp")
    expect(() => gradient(graphOf([vector], () => []))).toThrow("there is none")
  })

  test("by what is no float input", () => {
    const graph = graphOf([scalar, { shape: [], dtype: "int32" }], (_, [x]) => [x])
    expect(() => gradient(graph, { wrt: [1] })).toThrow("by input 1, i32[], does not exist")
    expect(() => gradient(graph, { wrt: [2] })).toThrow("wrt names input 2, but the graph has 2")
  })

  test("through what is not linear, when transposing alone", () => {
    const graph = graphOf([scalar], (b, [x]) => [op.apply(b, "sin", x)])
    expect(() => transpose(graph, [true])).toThrow("sin is not linear")
  })
})
