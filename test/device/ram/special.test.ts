import { expect, test } from "vitest"
import { erf, erfc, erfInv } from "../../../src/device/ram/special.ts"

const relative = (value: number, truth: number): number => Math.abs(value - truth) / Math.abs(truth)

// Digits from the NIST Digital Library of Mathematical Functions' definitions, by multiprecision.
const table: readonly (readonly [number, number, number])[] = [
  [1e-10, 1.1283791670955126e-10, 0.9999999998871621],
  [0.5, 0.5204998778130465, 0.4795001221869535],
  [1, 0.8427007929497149, 0.15729920705028513],
  [1.5, 0.9661051464753108, 0.033894853524689274],
  [2, 0.9953222650189527, 0.004677734981047266],
  [3, 0.9999779095030014, 2.209049699858544e-5],
  [5, 0.9999999999984626, 1.5374597944280349e-12],
  [10, 1, 2.088487583762545e-45],
]

test("erf and erfc have float64 accuracy on both sides of zero", () => {
  for (const [x, erfX, erfcX] of table) {
    expect(relative(erf(x), erfX)).toBeLessThan(4e-15)
    expect(relative(erf(-x), -erfX)).toBeLessThan(4e-15)
    expect(relative(erfc(x), erfcX)).toBeLessThan(4e-15)
    expect(relative(erfc(-x), 2 - erfcX)).toBeLessThan(4e-15)
  }
  expect([erf(0), erfc(0), erf(Infinity), erfc(-Infinity), erfc(40)]).toEqual([0, 1, 1, 2, 0])
  expect([erf(Number.NaN), erfc(Number.NaN)]).toEqual([Number.NaN, Number.NaN])
})

test("erfInv undoes erf up to the nearest float32 below 1", () => {
  for (const y of [1e-30, 1e-7, 0.1, 0.5, 0.9, 0.999, 1 - 2 ** -24]) {
    const x = erfInv(y)
    const back = y < 0.5 ? relative(erf(x), y) : relative(erfc(x), 1 - y)
    expect(back).toBeLessThan(2e-14)
    expect(erfInv(-y)).toBe(-x)
  }
  expect([erfInv(1), erfInv(-1), erfInv(1.5)]).toEqual([Infinity, -Infinity, Number.NaN])
})
