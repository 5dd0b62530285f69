import { expect, test } from "vitest"
import { sobolDimensions, sobolPoints } from "../../../src/fit/surrogate/sobol.ts"

test("the first points are those of the sequence", () => {
  // scipy.stats.qmc.Sobol(3, scramble=False).random(8)
  expect(Array.from(sobolPoints(3, 8))).toEqual(
    [
      [0, 0, 0],
      [0.5, 0.5, 0.5],
      [0.75, 0.25, 0.25],
      [0.25, 0.75, 0.75],
      [0.375, 0.375, 0.625],
      [0.875, 0.875, 0.125],
      [0.625, 0.125, 0.875],
      [0.125, 0.625, 0.375],
    ].flat(),
  )
})

test("a later point of many dimensions is that of the sequence", () => {
  // scipy.stats.qmc.Sobol(21, scramble=False).random(37)[36]
  expect(Array.from(sobolPoints(21, 1, { start: 36 }))).toEqual([
    0.421875, 0.140625, 0.078125, 0.421875, 0.265625, 0.796875, 0.671875, 0.296875, 0.109375,
    0.671875, 0.515625, 0.578125, 0.078125, 0.359375, 0.609375, 0.984375, 0.296875, 0.921875,
    0.546875, 0.640625, 0.453125,
  ])
})

test.each([[undefined], [Uint32Array.from({ length: sobolDimensions }, (_, i) => i * 0x9e3779b9)]])(
  "each of 2^m intervals of each dimension holds one of 2^m points",
  (shift) => {
    const count = 64
    const points = sobolPoints(sobolDimensions, count, shift === undefined ? {} : { shift })
    for (let d = 0; d < sobolDimensions; d++) {
      const cells = new Set(
        Array.from({ length: count }, (_, i) =>
          Math.floor(points[i * sobolDimensions + d] * count),
        ),
      )
      expect(cells.size).toBe(count)
    }
  },
)
