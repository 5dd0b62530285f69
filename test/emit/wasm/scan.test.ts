import { describe, expect, test } from "vitest"
import { operations } from "../../../src/graph/index.ts"
import { kernelsOf, schedule } from "../../../src/schedule/index.ts"
import { agreesEverywhere } from "./placing.ts"
import { graphOf, randomArray, type TestArray } from "./running.ts"

const numbers = ["float32", "int32", "uint32"] as const

describe("scans", () => {
  for (const primitive of [
    "cumulativeSum",
    "cumulativeProd",
    "cumulativeMax",
    "cumulativeMin",
  ] as const) {
    test(`${primitive} along any axis, both ways`, () => {
      for (const dtype of numbers) {
        for (const shape of [[1], [37], [3, 17], [17, 3, 5], [2, 0], [6, 40]]) {
          agreesEverywhere([randomArray(dtype, shape)], (b, x) =>
            shape.flatMap((_, axis) =>
              [false, true].map((reverse) => b.emit(primitive, [x], { axis, reverse })),
            ),
          )
        }
      }
    })
  }

  test("NaN stays from where it appears", () => {
    const x = randomArray("float32", [20])
    x.data[7] = Number.NaN
    agreesEverywhere([x], (b, v) => [
      b.emit("cumulativeMax", [v], { axis: 0, reverse: false }),
      b.emit("cumulativeMin", [v], { axis: 0, reverse: true }),
    ])
  })
})

describe("scatters", () => {
  for (const combine of ["add", "multiply", "minimum", "maximum", "set"] as const) {
    test(`${combine} at places that repeat and places outside`, () => {
      for (const dtype of numbers) {
        const operand = randomArray(dtype, [9, 14])
        const rows = randomArray("int32", [6])
        const columns = randomArray("int32", [6], 2)
        const updates = (shape: number[]): TestArray => randomArray(dtype, shape, 3)
        agreesEverywhere(
          [operand, rows, columns, updates([6, 14]), updates([6, 9]), updates([6])],
          (b, x, i, j, u, v, w) => [
            b.emit("scatter", [x, i, u], { axes: [0], combine }),
            b.emit("scatter", [x, j, v], { axes: [1], combine }),
            b.emit("scatter", [x, i, j, w], { axes: [0, 1], combine }),
          ],
        )
      }
    })
  }

  test("bools are set", () => {
    agreesEverywhere(
      [randomArray("bool", [12]), randomArray("int32", [7]), randomArray("bool", [7], 2)],
      (b, x, i, u) => b.emit("scatter", [x, i, u], { axes: [0], combine: "set" }),
    )
  })
})

describe("sorts", () => {
  test("rows of any length, by one key or several, keep equals in order", () => {
    for (const shape of [[0], [1], [2], [3], [7], [64], [101], [5, 33], [33, 5], [2, 9, 3]]) {
      for (const dtype of ["float32", "int32", "uint32", "bool"] as const) {
        const first = randomArray(dtype, shape, 1)
        const second = randomArray("int32", shape, 2)
        agreesEverywhere([first, second], (b, x, y) => {
          const places = operations.iota(b, shape, 0)
          return shape.flatMap((_, axis) => [
            ...b.emitAll("sort", [x, places], { axis, keys: 1 }),
            ...b.emitAll("sort", [y, x], { axis, keys: 2 }),
          ])
        })
      }
    }
  })

  test("long rows too, with special values, by several keys", () => {
    for (const dtype of ["float32", "int32", "uint32", "bool"] as const) {
      const first = randomArray(dtype, [2, 2500], 1)
      const second = randomArray("float32", [2, 2500], 2)
      for (let i = 0; i < 5000; i += 7) second.data[i] = [Number.NaN, -0, 0, -Infinity][i % 4]
      agreesEverywhere([first, second], (b, x, y) => {
        const places = operations.iota(b, [2, 2500], 1)
        return [
          ...b.emitAll("sort", [x, places], { axis: 1, keys: 1 }),
          ...b.emitAll("sort", [x, y, places], { axis: 1, keys: 2 }),
          ...b.emitAll("sort", [y, x, places], { axis: 1, keys: 2 }),
        ]
      })
    }
  })

  test("rows cut into stretches, which threads sort and merge, are in the same order", () => {
    const shape = [2, 33_000]
    const first = randomArray("int32", shape, 1)
    const second = randomArray("float32", shape, 2)
    for (let i = 0; i < 66_000; i += 7) second.data[i] = [Number.NaN, -0, 0, -Infinity][i % 4]
    agreesEverywhere([first, second], (b, x, y) => {
      const places = operations.iota(b, shape, 1)
      return [
        b.emitAll("sort", [y], { axis: 1, keys: 1 })[0],
        ...b.emitAll("sort", [x, y, places], { axis: 1, keys: 2 }),
      ]
    })
  })

  test("rows that lie in order are sorted from there, and stay as they are for who reads them later", () => {
    const x = randomArray("float32", [4, 60])
    const rows = [x, randomArray("int32", [4, 60], 2)]
    const sorted = schedule(
      graphOf(rows, (b, ...operands) =>
        b.emitAll(
          "sort",
          operands.map((operand) => operations.reshape(b, operand, [12, 20])),
          { axis: 1, keys: 1 },
        ),
      ),
    )
    expect(kernelsOf(sorted.steps).map(({ kind }) => kind)).toEqual(["sort"])
    agreesEverywhere([x], (b, v) => {
      const made = operations.apply(b, "tanh", v)
      const again = b.emitAll("sort", [made, made], { axis: 1, keys: 1 })
      return [
        made,
        ...again,
        ...b.emitAll("sort", [v], { axis: 1, keys: 1 }),
        operations.negate(b, v),
      ]
    })
  })

  test("NaN comes last and zeros of both signs are equal", () => {
    const x = randomArray("float32", [12])
    x.data.set([0, Number.NaN, -0, 1, Number.NaN, -Infinity, 0, Infinity, -0, -1, 2, -2])
    agreesEverywhere([x], (b, v) =>
      b.emitAll("sort", [v, operations.iota(b, [12], 0)], { axis: 0, keys: 1 }),
    )
  })
})
