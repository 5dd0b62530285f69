import { expect, test } from "vitest"
import {
  Axis,
  addIndices,
  axisIndex,
  Buffer,
  type LoopKernel,
  type Program,
  type Scalar,
  type Storage,
  scaleIndex,
} from "../../../src/schedule/index.ts"
import { expectClose, randomArray, runProgram } from "./running.ts"

const apply = (primitive: "exp" | "subtract" | "divide", ...operands: Scalar[]): Scalar => ({
  kind: "apply",
  dtype: "float32",
  primitive,
  params: {},
  operands,
})

/**
 * Softmax of each row as one kernel: greatest, then powers with their sum, then quotients. Powers lie
 * apart, or where the quotients will; those may take the place of what is given.
 */
function softmaxKernel(
  rows: number,
  columns: number,
  places: [Axis["place"], Axis["place"]],
  place: "apart" | "with quotients" | "in place" = "apart",
) {
  const row = new Axis("row", rows, places[0])
  const column = new Axis("column", columns, places[1])
  const index = addIndices(scaleIndex(axisIndex(row), columns), axisIndex(column))
  const [from, powers, to] = ["x", "powers", "y"].map(
    (n) => new Buffer("float32", rows * columns, n),
  )
  const total = (number: number): Scalar => ({ kind: "accumulator", dtype: "float32", number })
  const load = (buffer: Buffer): Scalar => ({ kind: "load", dtype: "float32", buffer, index })
  const power = apply("exp", apply("subtract", load(from), total(0)))
  const kernel: LoopKernel = {
    kind: "loop",
    axes: [row],
    reduced: [column],
    accumulators: [
      { combine: "max", dtype: "float32", value: load(from) },
      { combine: "sum", dtype: "float32", value: power },
    ],
    stores: [
      { buffer: powers, index, value: power },
      { buffer: to, index, value: apply("divide", load(powers), total(1)) },
    ],
  }
  const arena: Storage = { kind: "arena", offset: 0 }
  const output: Storage = { kind: "output", number: 0 }
  const program: Program = {
    inputs: [from],
    outputs: [to],
    steps: [kernel],
    storage: new Map<Buffer, Storage>([
      [from, { kind: "input", number: 0 }],
      [to, output],
      [powers, place === "apart" ? arena : output],
    ]),
    arenaBytes: place === "apart" ? 4 * rows * columns : 0,
    scratchBytes: 0,
    donations: new Map(place === "in place" ? [[0, 0]] : []),
  }
  return program
}

test("stores inside a reduction follow the totals that they need", () => {
  for (const [rows, columns] of [
    [1, 1],
    [5, 3],
    [4, 16],
    [9, 37],
    [16, 6],
  ]) {
    const { data } = randomArray("float32", [rows, columns])
    const wanted = new Float32Array(data.length)
    for (let row = 0; row < rows; row++) {
      const values = [...data.slice(row * columns, (row + 1) * columns)]
      const powers = values.map((value) => Math.exp(value - Math.max(...values)))
      const sum = powers.reduce((a, b) => a + b, 0)
      wanted.set(
        powers.map((power) => power / sum),
        row * columns,
      )
    }
    for (const places of [
      ["threads", "lanes"],
      ["steps", "lanes"],
      ["lanes", "steps"],
      ["steps", "steps"],
    ] satisfies [Axis["place"], Axis["place"]][]) {
      const [found] = runProgram(softmaxKernel(rows, columns, places), [data])
      expectClose(found, wanted, 1e-5)
    }
  }
  expect.assertions(20)
})

test("rows whose passes go together have the bits of a row by itself, also where it has NaN", () => {
  for (const columns of [4, 16, 37, 50]) {
    for (const rows of [2, 3, 9]) {
      const { data } = randomArray("float32", [rows, columns])
      if (rows > 3) {
        data[2 * columns + 1] = Number.NaN
        data[3 * columns + columns - 1] = Number.NaN
        data.fill(Number.NaN, 4 * columns, 5 * columns)
        data[5 * columns] = Number.POSITIVE_INFINITY
        data.fill(Number.NEGATIVE_INFINITY, 6 * columns, 6 * columns + 2)
        data.fill(Number.NEGATIVE_INFINITY, 7 * columns, 8 * columns)
        for (let i = 0; i < columns; i++) data[8 * columns + i] *= 200
      }
      const [alone] = runProgram(softmaxKernel(rows, columns, ["threads", "lanes"]), [data])
      for (const place of ["apart", "with quotients", "in place"] as const) {
        const together = softmaxKernel(rows, columns, ["steps", "lanes"], place)
        expect(runProgram(together, [data])).toEqual([alone])
      }
    }
  }
})

test("an element far below the greatest changes no bits of its row's other powers", () => {
  for (const columns of [4, 16, 37]) {
    const { data } = randomArray("float32", [4, columns])
    // e^-86 is a normal number, which no sum of a row notices; e^-95 and e^-∞ go the long way.
    const lowest = [-86, -95, -1000, Number.NEGATIVE_INFINITY]
    for (const [row, far] of lowest.entries()) {
      data.copyWithin(row * columns, 0, columns)
      data[row * columns] = 3
      data[(row + 1) * columns - 1] = 3 + far
    }
    const [found] = runProgram(softmaxKernel(4, columns, ["steps", "lanes"]), [data])
    const wanted = [...found.slice(0, columns - 1)]
    for (let row = 1; row < 4; row++) {
      expect([...found.slice(row * columns, (row + 1) * columns - 1)]).toEqual(wanted)
    }
    expect(found[4 * columns - 1]).toBe(0)
    expect(found[2 * columns - 1]).toBeGreaterThan(0)
  }
})
