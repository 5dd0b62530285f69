import fc from "fast-check"
import { expect, test } from "vitest"
import { tradeExponent } from "../../src/physics/index.ts"

test("a perfect trade of space for time has exponent 1", () => {
  const fit = tradeExponent([1, 2, 4, 8].map((n) => ({ space: n, seconds: 3600 / n })))
  expect(fit.exponent).toBeCloseTo(1, 12)
  expect(fit.constant).toBeCloseTo(3600, 8)
  expect(fit.error).toBeCloseTo(0, 12)
})

test("a frontier that keeps n·T^x keeps its exponent and constant under the fit", () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0.1, max: 5, noNaN: true }),
      fc.double({ min: 1e-3, max: 1e6, noNaN: true }),
      fc.uniqueArray(fc.integer({ min: 1, max: 10_000_000 }), { minLength: 2, maxLength: 20 }),
      (x, constant, sizes) => {
        const points = sizes.map((n) => ({ space: n, seconds: (constant / n) ** (1 / x) }))
        const fit = tradeExponent(points)
        expect(fit.exponent / x).toBeCloseTo(1, 5)
        expect(Math.log(fit.constant / constant)).toBeCloseTo(0, 4)
      },
    ),
  )
})

test("a frontier bound by its bisection, A·T² constant, has exponent 2", () => {
  const points = [1, 4, 16].map((area) => ({ space: area, seconds: 10 / Math.sqrt(area) }))
  expect(tradeExponent(points).exponent).toBeCloseTo(2, 12)
})

test("scattered points leave an error of the exponent", () => {
  const points = [100, 52, 24, 13].map((seconds, i) => ({ space: 2 ** i, seconds }))
  const { exponent, error } = tradeExponent(points)
  expect(exponent).toBeGreaterThan(0.9)
  expect(exponent).toBeLessThan(1.1)
  expect(error).toBeGreaterThan(0)
  expect(error).toBeLessThan(0.1)
})

test("one time alone has no exponent", () => {
  const point = { space: 1, seconds: 5 }
  expect(() => tradeExponent([])).toThrow("needs two points or more at different times")
  expect(() => tradeExponent([point, point])).toThrow("needs two points or more")
  expect(() => tradeExponent([point, { space: 0, seconds: 1 }])).toThrow("has no logarithm")
})
