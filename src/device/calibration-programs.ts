/**
 * The programs that a device is calibrated with: small ones, each heavy in one thing or two.
 *
 * `npm run bench:quotes` tests quotes on programs of its own. Nothing is taken over from there.
 */

import { GraphBuilder, operations as op, type Variable } from "../graph/index.ts"
import { dearPrimitives } from "../schedule/index.ts"
import {
  type Body,
  type CalibrationProgram,
  double,
  float,
  type Input,
  matmul,
  polynomial,
  program,
  type Sized,
  softmaxBody,
  truth,
  whole,
  words,
} from "./calibration-program.ts"

/**
 * All programs, sizes multiplied by `scale` where a device is slow.
 * @param scale 1 for a device that does a billion operations per second
 */
export function calibrationPrograms(scale: number): readonly CalibrationProgram[] {
  const n = (size: number): number => Math.max(16, Math.ceil(size * scale))
  return [
    ...launches(n),
    ...arithmetic(n),
    ...streams(n),
    ...reductions(n),
    ...moves(n),
    ...contractions(n),
    ...orders(n),
    ...layers(n),
  ]
}

/** Programs for all threads at once: long ones, and such as meet often. */
export function crowdPrograms(scale: number): readonly CalibrationProgram[] {
  const n = (size: number): number => Math.max(16, Math.ceil(size * scale))
  const s = (size: number): number => Math.max(8, Math.ceil(size * scale ** (1 / 3)))
  const long = (name: string, size: number, body: Body): CalibrationProgram =>
    program(`${name} of ${size}`, [float(n(size))], body)
  const negate: Body = (b, [x]) => op.negate(b, x)
  const sum: Body = (b, [x]) => op.reduceSum(b, x, [0])
  const exp: Body = (b, [x]) => op.apply(b, "exp", op.negate(b, op.apply(b, "exp", x)))
  return [
    ...[2 ** 18, 2 ** 20, 2 ** 22, 2 ** 24].map((size) => long("negation", size, negate)),
    ...[2 ** 19, 2 ** 21, 2 ** 23, 2 ** 24].map((size) => long("sum", size, sum)),
    ...[2 ** 19, 2 ** 21, 2 ** 23].map((size) =>
      program(`sum of two of ${size}`, [float(n(size)), float(n(size))], (b, [x, y]) =>
        op.add(b, x, y),
      ),
    ),
    long("a long chain", 2 ** 18, polynomial(64)),
    long("a chain", 2 ** 20, polynomial(12)),
    long("exponentials", 2 ** 19, exp),
    program("a large product", [float(s(512), s(512)), float(s(512), s(512))], (b, [x, y]) =>
      matmul(b, x, y),
    ),
    program("a wide product", [float(s(200), s(700)), float(s(700), s(900))], (b, [x, y]) =>
      matmul(b, x, y),
    ),
    program("many sorts", [float(n(400), 300)], (b, [x]) =>
      b.emit("sort", [x], { axis: 1, keys: 1 }),
    ),
    program("many softmaxes", [float(n(1000), 400)], softmaxBody),
    program("a large transpose", [float(n(1200), 700)], (b, [x]) =>
      op.add(b, op.transpose(b, x, [1, 0]), 1),
    ),
    ...launches(n).filter(({ name }) => name.startsWith("a loop")),
    program("two pieces", [float(n(40_000))], polynomial(1)),
  ]
}

/** Small programs, by which the start of a program is measured, for one thread or for several. */
export function launchPrograms(threads: number): readonly CalibrationProgram[] {
  const size = threads === 1 ? 500 : 40_000
  return [
    program("a small polynomial", [float(size)], polynomial(1)),
    program("a small sum", [float(threads === 1 ? size : 3 * size)], (b, [x]) =>
      op.reduceSum(b, x, [0]),
    ),
    program("a small sum of two", [float(size), float(size)], (b, [x, y]) => op.add(b, x, y)),
    program("small exponentials", [float(size)], (b, [x]) => op.apply(b, "exp", x)),
    program("a small product", [float(threads === 1 ? 12 : 60, 50), float(50, 60)], (b, [x, y]) =>
      matmul(b, x, y),
    ),
  ]
}

/** Three dense layers and a softmax, times a factor of which no code was ever made. */
export function unseenProgram(scale: number, factor: number): CalibrationProgram {
  const n = Math.max(16, Math.ceil(100 * scale))
  return program("unseen", [float(n, 100), float(100, 100)], (b, [x, weights]) => {
    let y = op.multiply(b, x, factor)
    for (const bend of ["tanh", "logistic", "exp"] as const) {
      y = op.apply(b, bend, matmul(b, y, weights))
    }
    return softmaxBody(b, [y])
  })
}

/** Rounds of a loop over one carry. */
function rounds(length: number, carry: Input, body: (b: GraphBuilder, x: Variable) => Variable) {
  const inner = new GraphBuilder()
  const own = inner.input(carry)
  const graph = inner.build([body(inner, own)])
  const params = { body: graph, length, consts: 0, carries: 1, reverse: false }
  return (b: GraphBuilder, [x]: readonly Variable[]) => b.emit("loop", [x], params)
}

function launches(n: Sized): readonly CalibrationProgram[] {
  const decay = (b: GraphBuilder, x: Variable): Variable => op.multiply(b, x, 0.999)
  const centre = (b: GraphBuilder, x: Variable): Variable =>
    op.subtract(b, x, op.broadcastBack(b, op.reduceSum(b, x, [0]), x.shape, [0]))
  return [
    program("one small kernel", [float(16)], polynomial(1)),
    program("one small kernel of two inputs", [float(100), float(100)], (b, [x, y]) =>
      op.add(b, x, y),
    ),
    program("two pieces", [float(n(40_000))], polynomial(1)),
    program("a loop on one thread", [float(64)], rounds(400, float(64), decay)),
    program("a loop on all threads", [float(n(50_000))], rounds(50, float(n(50_000)), decay)),
    program("a loop with sums", [float(n(40_000))], rounds(40, float(n(40_000)), centre)),
    program("a chain of small products", [float(8, 8)], (b, [x]) => {
      let power = x
      for (let i = 0; i < 60; i++) power = matmul(b, power, x)
      return power
    }),
  ]
}

function arithmetic(n: Sized): readonly CalibrationProgram[] {
  const chains = (
    [
      [2 ** 12, 64],
      [2 ** 15, 16],
      [2 ** 15, 64],
      [2 ** 18, 4],
      [2 ** 18, 16],
      [2 ** 21, 8],
      [3001, 12],
    ] as const
  ).map(([size, depth]) =>
    program(`${depth} fused steps over ${size}`, [float(n(size))], polynomial(depth)),
  )
  const dear = dearPrimitives.map((primitive) => {
    if (primitive === "threefry") {
      const key = words(n(4096))
      return program("random bits", [key, key], (b, [x, y]) =>
        b.emit("threefry", [x, y, x, y], { word: "xor" }),
      )
    }
    return program(primitive, [float(n(16_384))], (b, [x]) => {
      // Several at once, as in the middle of a program; on arguments that all of them can take.
      const arguments_ = [0.4, 0.5, 0.6].map((factor) => op.multiply(b, x, factor))
      const values = arguments_.map((y) =>
        isBinary(primitive) ? op.combine(b, primitive, y, x) : op.apply(b, primitive, y),
      )
      return op.add(b, op.add(b, values[0], values[1]), values[2])
    })
  })
  return [
    ...chains,
    ...dear,
    program("divisions of whole numbers", [whole(n(8192))], (b, [x]) => {
      const divisor = op.add(b, x, 3)
      return op.add(b, op.divide(b, op.full(b, x, 1000), divisor), x)
    }),
    program("remainders by a number that is known", [whole(n(2 ** 15))], (b, [x]) =>
      op.combine(b, "remainder", op.add(b, x, 5), op.full(b, x, 7)),
    ),
    program("two functions after another", [float(n(2 ** 14))], (b, [x]) => {
      const y = op.apply(b, "sin", op.multiply(b, x, 3))
      const z = op.apply(b, "exp", op.add(b, op.multiply(b, y, y), x))
      return op.divide(b, op.apply(b, "erf", op.subtract(b, z, 2)), op.apply(b, "log", z))
    }),
    program("selections", [float(n(2 ** 17)), float(n(2 ** 17))], (b, [x, y]) => {
      let z = x
      for (let i = 0; i < 8; i++) z = op.select(b, op.less(b, z, y), op.add(b, z, y), z)
      return z
    }),
    ...(["exp", "log", "cbrt", "asinh"] as const).map((name) =>
      program(`${name} of float64`, [double(n(4096))], (b, [x]) =>
        op.apply(b, name, op.multiply(b, x, 2.5)),
      ),
    ),
    program("functions of float64", [double(n(4096))], (b, [x]) => {
      const y = op.apply(b, "sin", op.multiply(b, x, 0.4))
      return op.add(b, op.apply(b, "tanh", x), y)
    }),
    program("float64 fused steps", [double(n(2 ** 14))], polynomial(16)),
    ...(["float16", "bfloat16"] as const).map((dtype) => {
      const half = { shape: [n(2 ** 16)], dtype }
      return program(`sum of two of ${dtype}`, [half, half], (b, [x, y]) => op.add(b, x, y))
    }),
    program("both of two bools", [truth(n(2 ** 17)), truth(n(2 ** 17))], (b, [x, y]) =>
      op.combine(b, "and", x, y),
    ),
    program("bytes as floats", [{ shape: [n(2 ** 17)], dtype: "uint8" }], (b, [x]) =>
      op.multiply(b, op.cast(b, x, "float32"), 0.5),
    ),
    program("exponentials of a long array", [float(n(2 ** 21))], (b, [x]) => op.apply(b, "exp", x)),
  ]
}

const binary: ReadonlySet<string> = new Set(["divide", "remainder", "power", "atan2"])
const isBinary = (primitive: string): boolean => binary.has(primitive)

function streams(n: Sized): readonly CalibrationProgram[] {
  const sizes = [13, 15, 17, 19, 21, 23, 24].map((log) => 2 ** log)
  return sizes.flatMap((size) => [
    program(`negation of ${size}`, [float(n(size))], (b, [x]) => op.negate(b, x)),
    program(`sum of ${size}`, [float(n(size))], (b, [x]) => op.reduceSum(b, x, [0])),
    program(`sum of two of ${size}`, [float(n(size)), float(n(size))], (b, [x, y]) =>
      op.add(b, op.multiply(b, x, 3), y),
    ),
  ])
}

function reductions(n: Sized): readonly CalibrationProgram[] {
  const shapes = [
    [256, 1024],
    [2048, 24],
    [40, 3000],
    [6000, 150],
  ] as const
  const sums = shapes.flatMap(([rows, columns]) =>
    [0, 1].map((axis) =>
      program(
        `sums of ${rows}×${columns} along axis ${axis}`,
        [float(n(rows), columns)],
        (b, [x]) => op.reduceSum(b, op.multiply(b, x, x), [axis]),
      ),
    ),
  )
  return [
    ...sums,
    program("greatest of rows", [float(n(512), 512)], (b, [x]) =>
      b.emit("reduceMax", [x], { axes: [1] }),
    ),
    program("greatest of columns", [float(n(512), 512)], (b, [x]) =>
      b.emit("reduceMin", [x], { axes: [0] }),
    ),
    program("places of greatest", [float(n(512), 256)], (b, [x]) =>
      b.emit("argmax", [x], { axis: 1 }),
    ),
    program("products of a long array", [float(n(2 ** 18))], (b, [x]) =>
      b.emit("reduceProd", [x], { axes: [0] }),
    ),
    program("distances of all pairs", [float(n(600)), float(600)], (b, [x, y]) => {
      const shape = [x.shape[0], 600]
      const d = op.subtract(b, op.broadcast(b, x, shape, [0]), op.broadcast(b, y, shape, [1]))
      return op.reduceSum(b, op.multiply(b, d, d), [1])
    }),
    program("windows of nine", [float(n(64), 66, 66)], (b, [x]) => {
      const windows = b.emit("windows", [x], {
        axes: [1, 2],
        sizes: [3, 3],
        strides: [1, 1],
        dilations: [1, 1],
      })
      return b.emit("reduceMax", [windows], { axes: [3, 4] })
    }),
  ]
}

function moves(n: Sized): readonly CalibrationProgram[] {
  const gathers = [2 ** 12, 2 ** 16, 2 ** 20, 2 ** 23].map((size) =>
    program(
      `elements from ${size}`,
      [float(n(size)), whole(n(2 ** 16))],
      (b, [table, places]) => b.emit("gather", [table, places], { axes: [0], mode: "clip" }),
      n(size),
    ),
  )
  const transposes = (
    [
      [256, 512],
      [1024, 2048],
      [3, 40_000],
    ] as const
  ).map(([rows, columns]) =>
    program(`transpose of ${rows}×${columns}`, [float(rows, n(columns))], (b, [x]) =>
      op.add(b, op.transpose(b, x, [1, 0]), 1),
    ),
  )
  return [
    ...gathers,
    ...transposes,
    program(
      "rows of a table",
      [float(n(5000), 64), whole(n(3000))],
      (b, [table, rows]) => b.emit("gather", [table, rows], { axes: [0], mode: "clip" }),
      n(5000),
    ),
    program(
      "additions into rows of a table",
      [float(n(2000), 48), whole(n(3000)), float(n(3000), 48)],
      (b, [table, rows, more]) =>
        b.emit("scatter", [table, rows, more], { axes: [0], combine: "add" }),
      n(2000),
    ),
    program(
      "additions into places",
      [float(n(2 ** 14)), whole(n(2 ** 15)), float(n(2 ** 15))],
      (b, [table, places, more]) =>
        b.emit("scatter", [table, places, more], { axes: [0], combine: "add" }),
      n(2 ** 14),
    ),
    program("every third element", [float(n(2 ** 18))], (b, [x]) =>
      op.negate(b, op.sliceAxis(b, x, 0, 0, x.shape[0], 3)),
    ),
    program("a reversed array", [float(n(2 ** 17))], (b, [x]) => op.add(b, op.flip(b, x, [0]), 1)),
    program("an array with a margin", [float(n(200), 200)], (b, [x]) => {
      const wider = op.padAxis(b, x, 0, [3, 3, 0], 0)
      return op.add(b, op.padAxis(b, wider, 1, [3, 3, 0], 0), 1)
    }),
    program("two arrays joined", [float(n(300), 70), float(n(300), 50)], (b, [x, y]) =>
      op.concatenate(b, [x, y], 1),
    ),
  ]
}

function contractions(n: Sized): readonly CalibrationProgram[] {
  const s = (size: number): number => Math.max(8, Math.ceil((size * n(2 ** 20) ** (1 / 3)) / 101.6))
  const shapes = [
    [32, 32, 32],
    [64, 64, 64],
    [120, 120, 120],
    [256, 256, 256],
    [500, 500, 500],
    [768, 768, 768],
    [1, 900, 1100],
    [1400, 700, 1],
    [10, 2500, 70],
    [3000, 20, 40],
    [61, 350, 13],
    [2, 600, 600],
    [2000, 6, 300],
    [17, 6000, 17],
    [6, 3000, 10],
    [100, 3, 3000],
    [12, 12, 12],
  ] as const
  const products = shapes.map(([rows, depth, columns]) =>
    program(
      `product of ${rows}×${depth} and ${depth}×${columns}`,
      [float(rows === 1 ? 1 : s(rows), s(depth)), float(s(depth), columns === 1 ? 1 : s(columns))],
      (b, [x, y]) => matmul(b, x, y),
    ),
  )
  const [rows, depth, columns] = [s(200), s(300), s(150)]
  const turned = (
    [
      [0, 0],
      [1, 1],
      [0, 1],
    ] as const
  ).map(([left, right]) =>
    program(
      `product of turned operands ${left}${right}`,
      [
        float(...(left === 0 ? [depth, rows] : [rows, depth])),
        float(...(right === 0 ? [depth, columns] : [columns, depth])),
      ],
      (b, [x, y]) => b.emit("dot", [x, y], { contract: [[left], [right]], batch: [[], []] }),
    ),
  )
  const convolution = (
    images: number,
    side: number,
    channels: number,
    features: number,
    taps: number,
    channelsLast: boolean,
  ): CalibrationProgram => {
    const shape = channelsLast ? [images, side, side, channels] : [images, channels, side, side]
    const order = channelsLast ? [0, 3, 1, 2] : [0, 1, 2, 3]
    const margin = (taps - 1) / 2
    return program(
      `convolution of ${shape.join("×")} with ${features} of ${taps}×${taps}`,
      [float(...shape), float(features, channels, taps, taps)],
      (b, [x, y]) =>
        b.emit("convolve", [x, y], {
          lhs: order,
          rhs: [0, 1, 2, 3],
          out: order,
          strides: [1, 1],
          padding: [
            [margin, margin],
            [margin, margin],
          ],
          lhsDilation: [1, 1],
          rhsDilation: [1, 1],
          featureGroups: 1,
          batchGroups: 1,
        }),
    )
  }
  return [
    ...products,
    ...turned,
    program(
      "product of every second element",
      [float(s(300), s(400)), float(s(400), s(300))],
      (b, operands) => {
        const [x, y] = operands.map((each) =>
          [0, 1].reduce((some, axis) => op.sliceAxis(b, some, axis, 0, some.shape[axis], 2), each),
        )
        return matmul(b, x, y)
      },
    ),
    program("products in a batch", [float(n(24), 48, 40), float(n(24), 40, 56)], (b, [x, y]) =>
      b.emit("dot", [x, y], { contract: [[2], [1]], batch: [[0], [0]] }),
    ),
    ...(["int32", "float64"] as const).map((dtype) => {
      const shapes = [
        [s(150), s(170)],
        [s(170), s(190)],
      ]
      const operands = shapes.map((shape) => ({ shape, dtype }))
      return program(`product of matrices of ${dtype}`, operands, (b, [x, y]) => matmul(b, x, y))
    }),
    convolution(n(8), 24, 8, 16, 3, true),
    convolution(n(12), 24, 1, 6, 5, true),
    convolution(n(4), 20, 32, 32, 3, false),
    convolution(n(8), 16, 48, 24, 1, true),
  ]
}

function orders(n: Sized): readonly CalibrationProgram[] {
  const sort = (name: string, shape: readonly number[], axis = shape.length - 1) =>
    program(name, [float(...shape)], (b, [x]) => b.emit("sort", [x], { axis, keys: 1 }))
  const scan = (name: string, shape: readonly number[], axis: number) =>
    program(name, [float(...shape)], (b, [x]) =>
      b.emit("cumulativeSum", [x], { axis, reverse: false }),
    )
  return [
    sort("a short array in order", [n(7000)]),
    sort("a long array in order", [n(50_000)]),
    sort("a longer array in order", [n(600_000)]),
    sort("rows in order", [n(300), 200]),
    sort("short rows in order", [n(3000), 12]),
    program("short rows of float64 in order", [float(n(3000), 12)], (b, [x]) =>
      b.emit("sort", [op.cast(b, x, "float64")], { axis: 1, keys: 1 }),
    ),
    sort("long rows in order", [n(12), 4096]),
    program("places in order", [float(n(20_000))], (b, [x]) => {
      const places = op.iota(b, x.shape, 0)
      return b.emitAll("sort", [x, places], { axis: 0, keys: 1 })[1]
    }),
    scan("running sums of one row", [n(100_000)], 0),
    scan("running sums of rows", [n(64), 2000], 1),
    scan("running sums of columns", [n(1000), 200], 0),
    scan("running sums of long columns", [n(400), 1500], 0),
    scan("running sums of far columns", [n(700), 600], 0),
    program("running greatest", [float(n(200), 500)], (b, [x]) =>
      b.emit("cumulativeMax", [x], { axis: 1, reverse: true }),
    ),
  ]
}

function layers(n: Sized): readonly CalibrationProgram[] {
  const softmax = (rows: number, columns: number): CalibrationProgram =>
    program(`softmax of ${rows}×${columns}`, [float(rows, columns)], softmaxBody)
  return [
    softmax(n(100), 900),
    softmax(n(3000), 12),
    softmax(n(500), 4000),
    program("rows made even", [float(n(400), 300)], (b, [x]) => {
      const mean = op.multiply(b, op.reduceSum(b, x, [1]), 1 / 300)
      const d = op.subtract(b, x, op.broadcastBack(b, mean, x.shape, [1]))
      const variance = op.multiply(b, op.reduceSum(b, op.multiply(b, d, d), [1]), 1 / 300)
      const scale = op.apply(b, "rsqrt", op.add(b, variance, 1e-5))
      return op.multiply(b, d, op.broadcastBack(b, scale, x.shape, [1]))
    }),
    program(
      "a dense layer with its bend",
      [float(n(150), 220), float(220, 130), float(130)],
      (b, [x, weights, bias]) => {
        const y = matmul(b, x, weights)
        const raised = op.add(b, y, op.broadcast(b, bias, y.shape, [1]))
        return op.combine(b, "maximum", raised, 0)
      },
    ),
    program("three dense layers", [float(n(80), 100), float(100, 100)], (b, [x, weights]) => {
      let y = x
      for (let i = 0; i < 3; i++) y = op.apply(b, "tanh", matmul(b, y, weights))
      return y
    }),
  ]
}
