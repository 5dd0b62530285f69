import fc from "fast-check"
import { describe, expect, test } from "vitest"
import {
  type ConvolveParams,
  type GraphBuilder,
  operations as op,
  type ParamsOf,
  type Variable,
} from "../../../src/graph/index.ts"
import { schedule } from "../../../src/schedule/index.ts"
import { concreteShape } from "../../../src/size/index.ts"
import { vjp } from "../../../src/transform/index.ts"
import { expectAgreement, graphOf, randomArray, type TestArray } from "./running.ts"

/** Sums of n products of numbers below 2 in float32: within n roundings of about 4. */
const tolerance = 2e-4

type Build = (b: GraphBuilder, ...inputs: Variable[]) => Variable | readonly Variable[]

function agrees(inputs: readonly TestArray[], build: Build): void {
  const graph = graphOf(inputs, build)
  expectAgreement(graph, inputs, {}, tolerance)
  expectAgreement(graph, inputs, { threads: 4, relaxed: false }, tolerance)
}

function matmul(b: GraphBuilder, x: Variable, y: Variable): Variable {
  return b.emit("dot", [x, y], { contract: [[1], [0]], batch: [[], []] })
}

const extents = [4, 5, 6, 7, 8, 11, 12, 16, 17, 31, 48, 64, 97, 130]
const extent = fc.constantFrom(...extents)

describe("matrix products", () => {
  test("agree with the interpreter at every size", () => {
    fc.assert(
      fc.property(extent, extent, extent, (m, k, n) => {
        const inputs = [randomArray("float32", [m, k], m), randomArray("float32", [k, n], n)]
        agrees(inputs, matmul)
      }),
      { numRuns: 25 },
    )
  })

  test("read operands that are transposed, batched and in any order of axes", () => {
    const axes = fc.shuffledSubarray([0, 1, 2], { minLength: 3 })
    fc.assert(
      fc.property(
        extent,
        extent,
        extent,
        axes,
        axes,
        fc.integer({ min: 1, max: 5 }),
        (m, k, n, p, q, batch) => {
          const place = (sizes: readonly number[], order: readonly number[]): number[] =>
            order.map((i) => sizes[i])
          const inputs = [
            randomArray("float32", place([batch, m, k], p), m),
            randomArray("float32", place([batch, k, n], q), n),
          ]
          agrees(inputs, (b, x, y) =>
            b.emit("dot", [x, y], {
              contract: [[p.indexOf(2)], [q.indexOf(1)]],
              batch: [[p.indexOf(0)], [q.indexOf(0)]],
            }),
          )
        },
      ),
      { numRuns: 25 },
    )
  })

  test("sum over several axes, and over more depth than one block", () => {
    const inputs = [randomArray("float32", [9, 30, 20], 1), randomArray("float32", [30, 20, 21], 2)]
    agrees(inputs, (b, x, y) =>
      b.emit("dot", [x, y], {
        contract: [
          [1, 2],
          [0, 1],
        ],
        batch: [[], []],
      }),
    )
    agrees([randomArray("float32", [25, 1000], 1), randomArray("float32", [1000, 18], 2)], matmul)
    agrees([randomArray("float32", [100, 800], 1), randomArray("float32", [800, 600], 2)], matmul)
  })

  test("sum parts of a long depth, also where the parts are not all alike", () => {
    for (const k of [4096, 10_000, 20_011]) {
      agrees([randomArray("float32", [8, k], 1), randomArray("float32", [k, 9], 2)], matmul)
      const turned = [randomArray("float32", [k, 13], 1), randomArray("float32", [7, k], 2)]
      agrees(turned, (b, x, y) => b.emit("dot", [x, y], { contract: [[0], [1]], batch: [[], []] }))
    }
    const inputs = [
      randomArray("float32", [6, 5, 37, 41], 1),
      randomArray("float32", [37, 41, 5, 8], 2),
    ]
    const sums = {
      contract: [
        [1, 2, 3],
        [2, 0, 1],
      ],
      batch: [[], []],
    } as const
    agrees(inputs, (b, x, y) => b.emit("dot", [x, y], sums))
  })

  test("fill tiles of every shape: few rows, few columns", () => {
    for (const [m, n] of [
      [1, 100],
      [2, 100],
      [3, 70],
      [4, 50],
      [5, 24],
      [100, 1],
      [100, 2],
      [100, 3],
      [97, 4],
      [40, 12],
    ]) {
      for (const k of [4, 33, 400]) {
        const bias = randomArray("float32", [n], 3)
        const inputs = [randomArray("float32", [m, k], 1), randomArray("float32", [k, n], 2), bias]
        const build: Build = (b, x, y, z) =>
          op.add(b, matmul(b, x, y), op.broadcast(b, z, [m, n], [1]))
        agrees(inputs, build)
        const turned = [randomArray("float32", [k, m], 1), randomArray("float32", [n, k], 2), bias]
        agrees(turned, (b, x, y, z) => {
          const product = b.emit("dot", [x, y], { contract: [[0], [1]], batch: [[], []] })
          return op.add(b, product, op.broadcast(b, z, [m, n], [1]))
        })
      }
    }
  })

  test("compute whatever feeds them while packing", () => {
    const [m, k, n] = [37, 45, 29]
    const left = randomArray("float32", [m, k], 1)
    const right = randomArray("float32", [k, n], 2)
    const table = randomArray("float32", [10, k], 3)
    const rows: TestArray = { ...randomArray("int32", [m], 4), data: new Int32Array(m).fill(3, 7) }
    const turned = { contract: [[0], [1]], batch: [[], []] } as const
    agrees([left, right], (b, x, y) => matmul(b, op.apply(b, "exp", x), op.apply(b, "sin", y)))
    agrees([right, left], (b, x, y) =>
      b.emit("dot", [op.apply(b, "exp", x), op.apply(b, "sin", y)], turned),
    )
    agrees([left, right], (b, x, y) => matmul(b, op.flip(b, x, [1]), op.flip(b, y, [0, 1])))
    agrees([right, left], (b, x, y) =>
      b.emit("dot", [op.flip(b, x, [1]), op.flip(b, y, [0, 1])], turned),
    )
    agrees([table, rows, right], (b, x, i, y) =>
      matmul(b, b.emit("gather", [x, i], { axes: [0], mode: "clip" }), y),
    )
    agrees([right], (b, y) => matmul(b, op.cast(b, op.iota(b, [m, k], 1), "float32"), y))
    agrees([right], (b, y) => matmul(b, op.full(b, { shape: [m, k], dtype: "float32" }, 0.5), y))
    agrees([left, right], (b, x, y) => {
      const padded = b.emit("pad", [x], { low: [2, 0], high: [0, 0], interior: [0, 0], value: 0 })
      const wide = b.emit("pad", [y], { low: [0, 3], high: [0, 1], interior: [0, 1], value: 1.5 })
      return matmul(b, padded, wide)
    })
    agrees([left, right], (b, x, y) => {
      const longer = b.emit("pad", [x], { low: [0, 3], high: [0, 5], interior: [0, 0], value: 0 })
      const taller = b.emit("pad", [y], { low: [4, 0], high: [4, 0], interior: [0, 0], value: 0 })
      return matmul(b, longer, taller)
    })
  })

  test("write their result in any order of axes", () => {
    const inputs = [randomArray("float32", [3, 20, 33], 1), randomArray("float32", [3, 33, 18], 2)]
    for (const permutation of [
      [0, 2, 1],
      [1, 0, 2],
      [2, 1, 0],
      [1, 2, 0],
    ]) {
      agrees(inputs, (b, x, y) =>
        op.transpose(
          b,
          b.emit("dot", [x, y], { contract: [[2], [1]], batch: [[0], [0]] }),
          permutation,
        ),
      )
    }
  })

  test("fuse elementwise work before and behind them", () => {
    for (const [m, k, n] of [
      [32, 40, 24],
      [13, 37, 19],
      [70, 500, 66],
    ]) {
      const inputs = [
        randomArray("float32", [m, k], 1),
        randomArray("float32", [k, n], 2),
        randomArray("float32", [n], 3),
        randomArray("float32", [m, n], 4),
      ]
      const build: Build = (b, x, y, bias, residual) => {
        const left = op.multiply(b, x, 0.5)
        const right = op.add(b, b.emit("flip", [y], { axes: [0] }), 1)
        const rows = b.emit("broadcast", [bias], { shape: [m, n], axes: [1] })
        const sum = op.add(b, matmul(b, left, right), rows)
        const relu = b.emit("maximum", [sum, op.multiply(b, sum, 0.1)], {})
        return [op.add(b, relu, residual), b.emit("greater", [sum, residual], {})]
      }
      agrees(inputs, build)
      const kinds = schedule(graphOf(inputs, build)).steps.map((kernel) => kernel.kind)
      expect(kinds.at(-1)).toBe("contraction")
    }
  })
})

describe("convolutions", () => {
  const layouts = [
    { lhs: [0, 3, 1, 2], rhs: [3, 2, 0, 1], out: [0, 3, 1, 2] },
    { lhs: [0, 1, 2, 3], rhs: [0, 1, 2, 3], out: [0, 1, 2, 3] },
    { lhs: [3, 0, 1, 2], rhs: [0, 3, 1, 2], out: [1, 2, 0, 3] },
  ] as const

  const small = (max: number) => fc.integer({ min: 1, max })
  const pair = <T>(one: fc.Arbitrary<T>) => fc.tuple(one, one)

  test("agree with the interpreter with strides, padding, dilation and groups", () => {
    const sizes = fc.record({
      layout: fc.constantFrom(...layouts),
      batch: small(3),
      featureGroups: fc.constantFrom(1, 1, 2),
      batchGroups: fc.constantFrom(1, 1, 1, 3),
      channels: fc.constantFrom(1, 3, 4, 8, 10),
      features: fc.constantFrom(4, 5, 8, 12),
      image: pair(fc.integer({ min: 5, max: 12 })),
      taps: pair(small(4)),
      strides: pair(small(3)),
      lhsDilation: pair(small(3)),
      rhsDilation: pair(small(2)),
      padding: pair(pair(fc.integer({ min: 0, max: 3 }))),
    })
    fc.assert(
      fc.property(sizes, (s) => {
        const groups = s.batchGroups > 1 ? 1 : s.featureGroups
        const spread = (i: 0 | 1): number =>
          (s.image[i] - 1) * s.lhsDilation[i] + 1 + s.padding[i][0] + s.padding[i][1]
        const window = (i: 0 | 1): number => (s.taps[i] - 1) * s.rhsDilation[i] + 1
        fc.pre(spread(0) >= window(0) && spread(1) >= window(1))
        const place = (order: readonly number[], values: readonly number[]): number[] => {
          const shape: number[] = []
          for (const [i, axis] of order.entries()) shape[axis] = values[i]
          return shape
        }
        const lhs = place(s.layout.lhs, [s.batch * s.batchGroups, s.channels * groups, ...s.image])
        const rhs = place(s.layout.rhs, [
          s.features * groups * s.batchGroups,
          s.channels,
          ...s.taps,
        ])
        const params: ConvolveParams = { ...s, ...s.layout, featureGroups: groups }
        const inputs = [randomArray("float32", lhs, 1), randomArray("float32", rhs, 2)]
        agrees(inputs, (b, x, y) => b.emit("convolve", [x, y], paramsOf(params)))
      }),
      { numRuns: 60 },
    )
  })

  test("have gradients that agree with the interpreter, forward and backward in every form", () => {
    const cases = fc.record({
      size: fc.integer({ min: 4, max: 14 }),
      channels: fc.constantFrom(1, 3, 8, 13),
      features: fc.constantFrom(4, 8, 10),
      taps: small(4),
      stride: small(3),
      padding: fc.integer({ min: 0, max: 2 }),
      groups: fc.constantFrom(1, 1, 2),
    })
    fc.assert(
      fc.property(cases, ({ size, channels, features, taps, stride, padding, groups }) => {
        fc.pre(size + 2 * padding >= taps)
        const inputs = [
          randomArray("float32", [4, size, size, channels * groups], 1),
          randomArray("float32", [taps, taps, channels, features * groups], 2),
        ]
        const around: readonly [number, number] = [padding, padding]
        const forward = graphOf(inputs, (b, x, y) =>
          b.emit("convolve", [x, y], {
            lhs: [0, 3, 1, 2],
            rhs: [3, 2, 0, 1],
            out: [0, 3, 1, 2],
            strides: [stride, stride],
            padding: [around, around],
            lhsDilation: [1, 1],
            rhsDilation: [1, 1],
            featureGroups: groups,
            batchGroups: 1,
          }),
        )
        for (const which of [
          [true, false],
          [false, true],
        ]) {
          const { backward } = vjp(forward, which)
          const given = backward.inputs.map(({ shape, dtype }, i) =>
            randomArray(dtype, concreteShape(shape), i + 1),
          )
          expectAgreement(backward, given, {}, tolerance)
        }
      }),
      { numRuns: 30 },
    )
  })

  test("pack the pixels of padded images that have few channels", () => {
    const inputs = [
      randomArray("float32", [5, 28, 28, 1], 1),
      randomArray("float32", [5, 5, 1, 16], 2),
    ]
    agrees(inputs, (b, x, y) =>
      b.emit("convolve", [op.multiply(b, x, x), y], {
        lhs: [0, 3, 1, 2],
        rhs: [3, 2, 0, 1],
        out: [0, 3, 1, 2],
        strides: [1, 1],
        padding: [
          [2, 2],
          [2, 2],
        ],
        lhsDilation: [1, 1],
        rhsDilation: [1, 1],
        featureGroups: 1,
        batchGroups: 1,
      }),
    )
  })
})

function paramsOf(p: ConvolveParams): ParamsOf["convolve"] {
  const { lhs, rhs, out, strides, padding, lhsDilation, rhsDilation, featureGroups, batchGroups } =
    p
  return { lhs, rhs, out, strides, padding, lhsDilation, rhsDilation, featureGroups, batchGroups }
}
