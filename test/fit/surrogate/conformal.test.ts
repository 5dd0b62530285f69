import { expect, test } from "vitest"
import {
  clopperPearson,
  conformalBound,
  leastCalibration,
} from "../../../src/fit/surrogate/conformal.ts"

test("the bound is the ⌈(n + 1)·confidence⌉-th smallest error", () => {
  const errors = Array.from({ length: 19 }, (_, i) => 19 - i)
  expect(conformalBound(errors, 0.95)).toBe(19)
  expect(conformalBound(errors, 0.9)).toBe(18)
  expect(conformalBound(errors, 0.5)).toBe(10)
})

test("too few errors promise nothing", () => {
  expect(conformalBound([1, 2, 3], 0.95)).toBe(Number.POSITIVE_INFINITY)
  expect([0.95, 0.99, 0.999].map(leastCalibration)).toEqual([19, 99, 999])
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
