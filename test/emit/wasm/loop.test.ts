import { describe, test } from "vitest"
import { operations, type Variable } from "../../../src/graph/index.ts"
import type { DType } from "../../../src/size/index.ts"
import { extremesOf, rowsOfEquals } from "../extremes.ts"
import { agreesEverywhere } from "./placing.ts"
import { expectAgreement, graphOf, randomArray } from "./running.ts"

const lengths = [0, 1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 31, 64, 97, 1000]
const shapes = [
  [1],
  [5],
  [4, 4],
  [3, 17],
  [17, 3],
  [2, 33, 5],
  [7, 1, 13],
  [3, 4, 5, 6],
  [0, 3],
  [64, 64],
]

describe("maps", () => {
  test("elementwise work agrees with the interpreter at every length", () => {
    for (const n of lengths) {
      const inputs = [randomArray("float32", [n], 1), randomArray("float32", [n], 2)]
      agreesEverywhere(inputs, (b, x, y) =>
        operations.multiply(b, operations.add(b, x, y), operations.subtract(b, x, 2)),
      )
    }
  })

  test("views of every kind compose", () => {
    for (const shape of [
      [6, 10],
      [7, 13],
      [16, 32],
    ]) {
      const [rows, columns] = shape
      agreesEverywhere([randomArray("float32", shape)], (b, x) => {
        const turned = operations.transpose(b, x, [1, 0])
        const flipped = b.emit("flip", [turned], { axes: [0] })
        const slices = b.emit("slice", [x], {
          starts: [1, 2],
          limits: [rows, columns - 1],
          strides: [2, 3],
        })
        const flat = operations.reshape(b, x, [rows * columns])
        const padded = b.emit("pad", [x], {
          low: [2, 1],
          high: [1, 3],
          interior: [0, 2],
          value: -1.5,
        })
        const windows = b.emit("windows", [x], {
          axes: [1],
          sizes: [3],
          strides: [2],
          dilations: [2],
        })
        const back = operations.reshape(b, turned, [rows, columns])
        return [
          flipped,
          b.emit("flip", [x], { axes: [0, 1] }),
          slices,
          flat,
          padded,
          windows,
          operations.add(b, x, back),
          b.emit("broadcast", [x], { shape: [3, rows, 2, columns], axes: [1, 3] }),
        ].map((view) => operations.multiply(b, view, 2))
      })
    }
  })

  test("paddings around vectors read nothing outside", () => {
    for (const n of [1, 3, 4, 9, 32, 61]) {
      agreesEverywhere([randomArray("float32", [n])], (b, x) => {
        const wide = b.emit("pad", [x], { low: [70000], high: [5], interior: [0], value: 7 })
        const spread = b.emit("pad", [x], { low: [1], high: [2], interior: [1], value: 7 })
        const twice = b.emit("pad", [spread], { low: [3], high: [0], interior: [2], value: 1 })
        return [wide, spread, twice]
      })
    }
  })

  test("bools and integers go through views too", () => {
    for (const dtype of ["bool", "int32", "uint32"] as const) {
      for (const shape of [
        [5, 9],
        [8, 16],
      ]) {
        agreesEverywhere([randomArray(dtype, shape)], (b, x) => {
          const turned = operations.transpose(b, x, [1, 0])
          const flipped = b.emit("flip", [x], { axes: [1] })
          const every = b.emit("slice", [x], { starts: [0, 1], limits: shape, strides: [1, 2] })
          const padded = b.emit("pad", [x], {
            low: [0, 3],
            high: [1, 2],
            interior: [1, 0],
            value: 1,
          })
          return [turned, flipped, every, padded].map((v) => b.emit("maximum", [v, v], {}))
        })
      }
    }
  })

  test("places count along any axis", () => {
    for (const axis of [0, 1, 2]) {
      agreesEverywhere([randomArray("float32", [3, 10, 6])], (b, x) => {
        const places = operations.iota(b, [3, 10, 6], axis)
        const flat = operations.reshape(b, operations.iota(b, [180], 0), [3, 10, 6])
        return [
          operations.add(b, x, operations.cast(b, places, "float32")),
          operations.transpose(b, operations.add(b, flat, places), [2, 0, 1]),
        ]
      })
    }
  })

  test("indexed reads clamp or fill", () => {
    for (const dtype of ["float32", "int32", "bool"] as const) {
      const operand = randomArray(dtype, [7, 12])
      const index = randomArray("int32", [5, 3])
      const start = randomArray("int32", [], 5)
      agreesEverywhere([operand, index, start], (b, x, i, s) => [
        b.emit("gather", [x, i], { axes: [0], mode: "clip" }),
        b.emit("gather", [x, i], { axes: [1], mode: "fill" }),
        b.emit("gather", [x, i, i], { axes: [0, 1], mode: "clip" }),
        b.emit("dynamicSlice", [x, s, s], { sizes: [3, 8] }),
        b.emit(
          "dynamicUpdateSlice",
          [x, b.emit("slice", [x], { starts: [0, 0], limits: [2, 9], strides: [1, 1] }), s, s],
          {},
        ),
      ])
    }
  })
})

describe("reductions", () => {
  for (const primitive of ["reduceSum", "reduceProd", "reduceMax", "reduceMin"] as const) {
    test(`${primitive} over any axes`, () => {
      for (const dtype of ["float32", "int32", "uint32", "bool"] as const satisfies DType[]) {
        if (dtype === "bool" && !primitive.endsWith("Max") && !primitive.endsWith("Min")) continue
        for (const shape of shapes) {
          const axes = shape.map((_, i) => i)
          const choices = [axes, [0], [shape.length - 1]]
          agreesEverywhere(
            [randomArray(dtype, shape)],
            (b, x) => choices.map((chosen) => b.emit(primitive, [x], { axes: chosen })),
            1e-4,
          )
        }
      }
    })
  }

  test("the last part of a long sum of one number has only its own terms", () => {
    const x = randomArray("int32", [1])
    const graph = graphOf([x], (b, one) => {
      const many = operations.broadcast(b, one, [100_003], [0])
      return operations.reduceSum(b, many, [0])
    })
    expectAgreement(graph, [x])
  })

  test("NaN wins extremes wherever it stands", () => {
    for (const n of [1, 4, 9, 33]) {
      for (let at = 0; at < n; at += 3) {
        const x = randomArray("float32", [n])
        x.data[at] = Number.NaN
        if (at > 0) x.data[at - 1] = Number.POSITIVE_INFINITY
        agreesEverywhere([x], (b, v) => [
          b.emit("reduceMax", [v], { axes: [0] }),
          b.emit("reduceMin", [v], { axes: [0] }),
          b.emit("argmax", [v], { axis: 0 }),
          b.emit("argmin", [v], { axis: 0 }),
        ])
      }
    }
  })

  test("the place of an extreme is the first", () => {
    for (const dtype of ["float32", "int32", "uint32", "bool"] as const) {
      for (const shape of shapes.filter((s) => !s.includes(0))) {
        agreesEverywhere([randomArray(dtype, shape)], (b, x) =>
          shape.flatMap((_, axis) => [
            b.emit("argmax", [x], { axis }),
            b.emit("argmin", [x], { axis }),
          ]),
        )
      }
    }
  })

  test("places of extremes among equals and NaNs in long rows are the first", () => {
    for (const dtype of extremesOf) {
      for (const columns of [4, 7, 18, 67, 130]) {
        const x = { dtype, shape: [12, columns], data: rowsOfEquals(dtype, columns) }
        agreesEverywhere([x], (b, v) => [
          b.emit("argmax", [v], { axis: 1 }),
          b.emit("argmin", [v], { axis: 1 }),
        ])
      }
    }
  })

  test("softmax, a normalisation and its statistics", () => {
    for (const shape of [
      [5, 10],
      [16, 64],
      [3, 129],
    ]) {
      agreesEverywhere([randomArray("float32", shape)], (b, x) => {
        const spread = (v: Variable): Variable => b.emit("broadcast", [v], { shape, axes: [0] })
        const most = spread(b.emit("reduceMax", [x], { axes: [1] }))
        const powers = operations.apply(b, "exp", operations.subtract(b, x, most))
        const softmax = operations.divide(b, powers, spread(operations.reduceSum(b, powers, [1])))
        const mean = operations.multiply(b, operations.reduceSum(b, x, [1]), 1 / shape[1])
        const centred = operations.subtract(b, x, spread(mean))
        const variance = operations.multiply(
          b,
          operations.reduceSum(b, operations.square(b, centred), [1]),
          1 / shape[1],
        )
        const scale = operations.apply(b, "rsqrt", operations.add(b, variance, 1e-5))
        return [softmax, operations.multiply(b, centred, spread(scale)), variance]
      })
    }
  })

  test("pooling and its transpose", () => {
    for (const [height, width, stride] of [
      [8, 12, 2],
      [9, 13, 2],
      [6, 16, 1],
    ]) {
      agreesEverywhere([randomArray("float32", [2, height, width, 3])], (b, x) => {
        const params = {
          axes: [1, 2],
          sizes: [2, 3],
          strides: [stride, stride],
          dilations: [1, 1],
        }
        const windows = b.emit("windows", [x], params)
        const pooled = b.emit("reduceMax", [windows], { axes: [4, 5] })
        const fold = b.emit("fold", [windows], { ...params, extents: [height, width] })
        return [pooled, fold, operations.reduceSum(b, windows, [4, 5])]
      })
    }
  })

  test("products of arrays without tiles", () => {
    for (const [m, n, k] of [
      [1, 1, 7],
      [3, 5, 2],
      [1, 64, 33],
      [17, 1, 40],
    ]) {
      for (const dtype of ["float32", "int32"] as const) {
        agreesEverywhere(
          [randomArray(dtype, [m, k], 1), randomArray(dtype, [k, n], 2)],
          (b, x, y) => b.emit("dot", [x, y], { contract: [[1], [0]], batch: [[], []] }),
        )
      }
    }
  })
})
