import { describe, expect, test } from "vitest"
import {
  type ArrayType,
  checkGraph,
  type Graph,
  GraphBuilder,
  operations as op,
  type Variable,
} from "../../src/graph/index.ts"
import { elementsOf, evaluate, isFloat, type Size, symbol } from "../../src/size/index.ts"
import { batch, gradient, jvp, linearize, simplify, vjp } from "../../src/transform/index.ts"

interface Sizes {
  readonly N: Size
  readonly M: Size
}

const symbolic: Sizes = { N: symbol("N"), M: symbol("M") }
const bindings = { N: 7, M: 5 }

const matrix = ({ N, M }: Sizes): ArrayType => ({ shape: [N, M], dtype: "float32" })
const indices = ({ M }: Sizes): ArrayType => ({ shape: [M], dtype: "int32" })
const start: ArrayType = { shape: [], dtype: "int32" }
const window = { axes: [0], sizes: [3], strides: [2], dilations: [2] }
const image = ({ N, M }: Sizes): ArrayType => ({ shape: [N, 4, M, 9], dtype: "float32" })
const kernel: ArrayType = { shape: [6, 2, 3, 3], dtype: "float32" }
const convolution = {
  lhs: [0, 1, 2, 3],
  rhs: [0, 1, 2, 3],
  out: [0, 1, 2, 3],
  strides: [2, 2],
  padding: [
    [1, 1],
    [2, 0],
  ],
  lhsDilation: [1, 2],
  rhsDilation: [1, 1],
  featureGroups: 2,
  batchGroups: 1,
} as const

interface Program {
  readonly inputs: (sizes: Sizes) => readonly ArrayType[]
  readonly build: (b: GraphBuilder, x: readonly Variable[], sizes: Sizes) => Variable
}

const one = (build: Program["build"]): Program => ({ inputs: (s) => [matrix(s)], build })

const programs: Readonly<Record<string, Program>> = {
  elementwise: {
    inputs: (s) => [matrix(s), matrix(s)],
    build: (b, [x, y]) => op.combine(b, "maximum", op.divide(b, x, y), op.apply(b, "tanh", x)),
  },
  reshape: one((b, [x]) => op.reshape(b, op.square(b, x), [elementsOf(x.shape)])),
  transpose: one((b, [x]) => op.transpose(b, op.square(b, x), [1, 0])),
  broadcast: one((b, [x], { N, M }) => op.broadcast(b, op.square(b, x), [M, N, 3, M], [1, 3])),
  slice: one((b, [x], { N }) => op.sliceAxis(b, op.square(b, x), 0, 1, N, 2)),
  pad: one((b, [x], { M }) => op.padAxis(b, op.square(b, x), 0, [2, M, 1], 1)),
  concatenate: one((b, [x]) => op.concatenate(b, [x, op.square(b, x)], 0)),
  flip: one((b, [x]) => op.flip(b, op.square(b, x), [0])),
  windows: one((b, [x]) => b.emit("windows", [op.square(b, x)], window)),
  fold: one((b, [x], { N }) =>
    b.emit("fold", [b.emit("windows", [op.square(b, x)], window)], { ...window, extents: [N] }),
  ),
  gather: {
    inputs: (s) => [matrix(s), indices(s)],
    build: (b, [x, i]) => b.emit("gather", [op.square(b, x), i], { axes: [0], mode: "fill" }),
  },
  clippedGather: {
    inputs: (s) => [matrix(s), indices(s)],
    build: (b, [x, i]) => b.emit("gather", [op.square(b, x), i], { axes: [0], mode: "clip" }),
  },
  scatter: {
    inputs: (s) => [matrix(s), indices(s), { ...matrix(s), shape: [s.M, s.N] }],
    build: (b, [x, i, u]) =>
      b.emit("scatter", [op.square(b, x), i, op.square(b, u)], { axes: [1], combine: "set" }),
  },
  dynamicSlice: {
    inputs: (s) => [matrix(s), start, start],
    build: (b, [x, i, j], { M }) =>
      b.emit("dynamicSlice", [op.square(b, x), i, j], { sizes: [3, M] }),
  },
  dynamicUpdateSlice: {
    inputs: (s) => [matrix(s), { ...matrix(s), shape: [2, s.M] }, start, start],
    build: (b, [x, update, i, j]) =>
      b.emit("dynamicUpdateSlice", [op.square(b, x), op.square(b, update), i, j], {}),
  },
  reduceSum: one((b, [x]) => op.reduceSum(b, op.square(b, x), [0])),
  reduceProd: one((b, [x]) => b.emit("reduceProd", [op.square(b, x)], { axes: [0, 1] })),
  reduceMax: one((b, [x]) => b.emit("reduceMax", [op.square(b, x)], { axes: [1] })),
  cumulativeSum: one((b, [x]) =>
    b.emit("cumulativeSum", [op.square(b, x)], { axis: 0, reverse: true }),
  ),
  cumulativeMax: one((b, [x]) =>
    b.emit("cumulativeMax", [op.square(b, x)], { axis: 0, reverse: true }),
  ),
  sort: one((b, [x]) => b.emit("sort", [op.square(b, x)], { axis: 1, keys: 1 })),
  dot: {
    inputs: (s) => [matrix(s), { ...matrix(s), shape: [s.M, s.N] }],
    build: (b, [x, y]) =>
      b.emit("dot", [op.square(b, x), y], { contract: [[1], [0]], batch: [[], []] }),
  },
  convolve: {
    inputs: (s) => [image(s), kernel],
    build: (b, [x, k]) => b.emit("convolve", [op.square(b, x), op.square(b, k)], convolution),
  },
}

function graphOf({ inputs, build }: Program, sizes: Sizes): Graph {
  const b = new GraphBuilder()
  const variables = inputs(sizes).map((type) => b.input(type))
  return b.build([build(b, variables, sizes)])
}

/** The sum of the squares of a graph's output. */
function squared(graph: Graph): Graph {
  const b = new GraphBuilder()
  const [y] = b.inline(
    graph,
    graph.inputs.map((input) => b.input(input)),
  )
  const axes = y.shape.map((_, axis) => axis)
  return b.build([op.reduceSum(b, op.square(b, y), axes)])
}

const gradients = (graph: Graph): Graph =>
  gradient(squared(graph), {
    wrt: graph.inputs.flatMap(({ dtype }, i) => (isFloat(dtype) ? [i] : [])),
  })

const transforms: Readonly<Record<string, (graph: Graph, sizes: Sizes) => Graph>> = {
  jvp: (graph) => jvp(graph),
  linearize: (graph) => linearize(graph).tangent,
  vjp: (graph) => vjp(graph).backward,
  gradient: gradients,
  // A gradient of a product scans products, whose own derivative needs a known extent.
  "gradient of gradient": (graph) =>
    graph.equations.some(({ primitive }) => primitive === "reduceProd")
      ? graph
      : gradients(gradients(graph)),
  "batch of every input": (graph, { M }) =>
    graph.equations.some(({ primitive }) => primitive === "convolve")
      ? batch(graph, [0, undefined], M)
      : batch(
          graph,
          graph.inputs.map(() => 0),
          M,
        ),
  "batch of the first input": (graph, { M }) =>
    batch(
      graph,
      graph.inputs.map((_, i) => (i === 0 ? 0 : undefined)),
      M,
    ),
}

describe("with symbolic sizes the results have the shapes that they have with known ones", () => {
  for (const [name, program] of Object.entries(programs)) {
    test(name, () => {
      for (const transform of Object.values(transforms)) {
        const general = checkGraph(transform(graphOf(program, symbolic), symbolic))
        const special = checkGraph(transform(graphOf(program, bindings), bindings))
        checkGraph(simplify(general))
        const bound = general.outputs.map(({ shape }) => shape.map((s) => evaluate(s, bindings)))
        expect(bound).toEqual(special.outputs.map(({ shape }) => shape))
      }
    })
  }
})

test("the derivative of a scan of products needs an axis of known extent", () => {
  const scan = one((b, [x]) => b.emit("cumulativeProd", [x], { axis: 0, reverse: false }))
  expect(() => jvp(graphOf(scan, symbolic))).toThrow(
    "the derivative of cumulativeProd needs an axis of known extent, not N",
  )
  expect(jvp(graphOf(scan, { N: 4, M: symbol("M") })).outputs.length).toBe(2)
})
