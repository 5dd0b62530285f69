/** Products of matrices and convolutions, of shapes that go different ways through a device. */

import { type Graph, GraphBuilder, operations as op, type ParamsOf } from "../../src/graph/index.ts"
import { concreteShape, encodeTyped } from "../../src/size/index.ts"
import type { HostArgument } from "../graph/random.ts"

type Contraction = "dot" | "convolve"

function contraction<P extends Contraction>(
  primitive: P,
  lhs: readonly number[],
  rhs: readonly number[],
  params: ParamsOf[P],
  dtype: "float32" | "float64" = "float32",
): Graph {
  const b = new GraphBuilder()
  const x = b.input({ shape: lhs, dtype })
  const y = b.input({ shape: rhs, dtype })
  return b.build([b.emit(primitive, [x, y], params)])
}

const plain = { contract: [[1], [0]], batch: [[], []] } as const
/** Images and kernels with their channels last, of a rim of one. */
export const channelsLast = {
  lhs: [0, 3, 1, 2],
  rhs: [3, 2, 0, 1],
  out: [0, 3, 1, 2],
  strides: [1, 1],
  padding: [
    [1, 1],
    [1, 1],
  ],
  lhsDilation: [1, 1],
  rhsDilation: [1, 1],
  featureGroups: 1,
  batchGroups: 1,
} as const

/** A step of a loop multiplies by the same matrix, and its elements go through a function before. */
function inLoop(): Graph {
  const body = new GraphBuilder()
  const matrix = body.input({ shape: [24, 24], dtype: "float32" })
  const row = body.input({ shape: [16, 24], dtype: "float32" })
  const product = body.emit("dot", [op.apply(body, "tanh", row), matrix], plain)
  const b = new GraphBuilder()
  const y = b.input({ shape: [24, 24], dtype: "float32" })
  const x = b.input({ shape: [5, 16, 24], dtype: "float32" })
  return b.build(
    b.emitAll("loop", [y, x], {
      body: body.build([product]),
      length: 5,
      consts: 1,
      carries: 0,
      reverse: false,
    }),
  )
}

/**
 * Products, and sums over their rows as of a bias's gradient and of a scale's: columns end within
 * tiles, rows within parts, and are read where they lie, or packed.
 */
export function rowsSummed(): Graph {
  const b = new GraphBuilder()
  const x = b.input({ shape: [5, 218, 40], dtype: "float32" })
  const y = b.input({ shape: [40, 139], dtype: "float32" })
  const z = b.input({ shape: [5, 218, 139], dtype: "float32" })
  const outputs = [x, op.apply(b, "negate", x)].flatMap((rows) => {
    const made = b.emit("dot", [rows, y], { contract: [[2], [0]], batch: [[], []] })
    const t = op.apply(b, "tanh", made)
    const sums = [t, op.multiply(b, t, z)].map((each) => op.reduceSum(b, each, [0, 1]))
    return rows === x ? [t, ...sums] : sums
  })
  return b.build([
    ...outputs,
    op.reduceSum(b, b.emit("dot", [x, y], { contract: [[2], [0]], batch: [[], []] }), [0, 1]),
  ])
}

/** Squares of float32 rows by a float64 matrix, in both dtypes. */
function ofTwoWidths(): Graph {
  const b = new GraphBuilder()
  const x = b.input({ shape: [70, 90], dtype: "float32" })
  const y = b.input({ shape: [90, 41], dtype: "float64" })
  const double = b.emit("dot", [op.cast(b, op.multiply(b, x, x), "float64"), y], plain)
  return b.build([op.cast(b, double, "float32"), double])
}

export const contractions: readonly (readonly [string, Graph])[] = [
  ["matrices that fill no tile", contraction("dot", [37, 401], [401, 53], plain)],
  ["many rows of a shared matrix", contraction("dot", [700, 96], [96, 64], plain)],
  [
    "transposed matrices in a batch",
    contraction("dot", [3, 33, 40], [3, 29, 33], { contract: [[1], [2]], batch: [[0], [0]] }),
  ],
  ["a matrix and a vector", contraction("dot", [50, 70], [70], plain)],
  ["a little to hold and much to sum", contraction("dot", [4, 9000], [9000, 6], plain)],
  ["an image and a kernel", contraction("convolve", [2, 9, 11, 5], [3, 3, 5, 18], channelsLast)],
  ["rows in a loop", inLoop()],
  ["rows that are added up", rowsSummed()],
]

export const doubleContractions: readonly (readonly [string, Graph])[] = [
  ["matrices that fill no tile", contraction("dot", [37, 401], [401, 53], plain, "float64")],
  [
    "columns read where they lie",
    contraction(
      "dot",
      [3, 40, 64],
      [3, 64, 64],
      { contract: [[2], [1]], batch: [[0], [0]] },
      "float64",
    ),
  ],
  ["rows read where they lie", contraction("dot", [40, 512], [512, 64], plain, "float64")],
  [
    "transposed matrices in a batch",
    contraction(
      "dot",
      [3, 33, 40],
      [3, 29, 33],
      { contract: [[1], [2]], batch: [[0], [0]] },
      "float64",
    ),
  ],
  [
    "an image and a kernel",
    contraction("convolve", [2, 9, 11, 5], [3, 3, 5, 18], channelsLast, "float64"),
  ],
  ["float32 rows and a float64 matrix", ofTwoWidths()],
]

/** Arguments that are no bfloat16s. */
export function wavesFor({ inputs }: Graph): readonly HostArgument[] {
  return inputs.map(({ shape, dtype }, i) => {
    const extents = concreteShape(shape)
    const length = extents.reduce((a, b) => a * b, 1)
    const waves = Array.from({ length }, (_, k) => Math.sin(k * k + i))
    return { data: encodeTyped(dtype, waves), shape: extents }
  })
}
