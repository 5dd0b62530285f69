import { expect, test } from "vitest"
import { largestDifference, spread } from "../../bench/statistics.ts"

test("the median of an even number of samples lies between the middle two", () => {
  expect(spread([4, 1, 3, 2])).toEqual({ median: 2.5, min: 1, max: 4 })
  expect(spread([7])).toEqual({ median: 7, min: 7, max: 7 })
  expect(() => spread([])).toThrow("no samples")
})

test("differences are measured against the largest magnitude of the reference", () => {
  expect(largestDifference([1, -10, 2], [1, -10, 2])).toBe(0)
  expect(largestDifference([1, -10, 2], [1.5, -10, 2])).toBe(0.05)
})

test("results of another length, or that are not finite, differ without bound", () => {
  expect(largestDifference([1, 2], [1])).toBe(Number.POSITIVE_INFINITY)
  expect(largestDifference([1, 2], [1, Number.NaN])).toBe(Number.POSITIVE_INFINITY)
})
