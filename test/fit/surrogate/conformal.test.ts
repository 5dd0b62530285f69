import { expect, test } from "vitest"
import {
  clopperPearson,
  conformalBound,
  leastCalibration,
} from "../../../src/fit/surrogate/conformal.ts"
import { randomBits } from "../../../src/fit/surrogate/random-bits.ts"

test.each([
  // The least k with scipy.stats.beta.sf(confidence, k, n + 1 - k) >= 0.95.
  [59, 0.95, 59],
  [200, 0.9, 188],
  [200, 0.95, 196],
  [410, 0.95, 397],
  [1000, 0.5, 527],
])("of %i errors, the bound for %f is the %i-th smallest", (n, confidence, rank) => {
  const errors = Array.from({ length: n }, (_, i) => n - i)
  expect(conformalBound(errors, confidence)).toBe(rank)
})

test("too few errors promise nothing", () => {
  const errors = Array.from({ length: 58 }, (_, i) => i)
  expect(conformalBound(errors, 0.95)).toBe(Number.POSITIVE_INFINITY)
  expect(conformalBound([], 0.5)).toBe(Number.POSITIVE_INFINITY)
  expect([0.9, 0.95, 0.99, 0.999].map(leastCalibration)).toEqual([29, 59, 299, 2995])
})

test("95 % of calibrations cover what they promise, and no more than that are wasted", () => {
  const bits = randomBits(7)
  const drawn = () => Array.from({ length: 200 }, () => bits() / 2 ** 32)
  // Of errors drawn evenly from 0 to 1, the share within a bound is the bound itself.
  const bounds = Array.from({ length: 2000 }, () => conformalBound(drawn(), 0.9))
  const kept = bounds.filter((bound) => bound >= 0.9).length / bounds.length
  // Rank 188 of 200 keeps it with probability 0.968; three deviations of 2,000 trials are 0.012.
  expect(kept).toBeGreaterThan(0.956)
  expect(kept).toBeLessThan(0.98)
})

test.each([
  // scipy.stats.binomtest(k, n).proportion_ci(0.95, "exact")
  [0, 10, 0, 0.30849710781876083],
  [10, 10, 0.6915028921812392, 1],
  [7, 10, 0.3475471499072798, 0.9332604888222655],
  [190, 200, 0.9099724622984412, 0.9757658345278917],
])("%i of %i: the exact interval is that of SciPy", (hits, n, low, high) => {
  const found = clopperPearson(hits, n)
  expect(found[0]).toBeCloseTo(low, 4)
  expect(found[1]).toBeCloseTo(high, 4)
})
