import { expect, test } from "vitest"
import { constantBaseline } from "../../src/fit/baselines/constant.ts"
import type { DenseRows } from "../../src/fit/baselines/dense-rows.ts"
import { linearBaseline } from "../../src/fit/baselines/linear.ts"
import { treesBaseline } from "../../src/fit/baselines/trees.ts"
import { generator } from "./tables.ts"

/** Rows of three numbers, and what a law makes of them. */
function sample(count: number, seed: number, law: (x: readonly number[]) => number) {
  const next = generator(seed)
  const values = Float32Array.from({ length: 3 * count }, () => 2 * next() - 1)
  const rows: DenseRows = { rows: count, width: 3, values }
  const truth = Float64Array.from({ length: count }, (_, row) =>
    law([...values.subarray(3 * row, 3 * row + 3)]),
  )
  return { rows, truth }
}

function rmse(found: Float32Array, truth: Float64Array): number {
  const sum = truth.reduce((total, value, i) => total + (value - found[i]) ** 2, 0)
  return Math.sqrt(sum / truth.length)
}

function accuracy(found: Float32Array, truth: Float64Array, classes: number): number {
  const right = truth.filter((label, row) => {
    const own = found.subarray(row * classes, (row + 1) * classes)
    return own.indexOf(Math.max(...own)) === label
  })
  return right.length / truth.length
}

test("a linear model finds a linear law", () => {
  const law = ([a, b, c]: readonly number[]): number => 3 * a - 2 * b + 0.5 * c + 7
  const { rows, truth } = sample(200, 1, law)
  const fresh = sample(100, 2, law)
  const { predict } = linearBaseline(rows, { truth, classes: 0 }, 0)
  expect(rmse(predict(fresh.rows), fresh.truth)).toBeLessThan(0.01)
})

test("logistic regression tells apart what a plane parts", () => {
  const law = ([a, b]: readonly number[]): number => (a + b > 0.3 ? 2 : a - b > 0 ? 1 : 0)
  const { rows, truth } = sample(1500, 1, law)
  const fresh = sample(500, 2, law)
  const { predict } = linearBaseline(rows, { truth, classes: 3 }, 0)
  expect(accuracy(predict(fresh.rows), fresh.truth, 3)).toBeGreaterThan(0.95)
})

test("boosted trees find a law with steps and products that no line follows", () => {
  const law = ([a, b, c]: readonly number[]): number => (a > 0.2 ? 2 : 0) + 3 * b * c
  const { rows, truth } = sample(3000, 1, law)
  const held = sample(500, 2, law)
  const fresh = sample(500, 3, law)
  const trees = treesBaseline(rows, { truth, classes: 0 }, held)
  const line = linearBaseline(rows, { truth, classes: 0 }, 0)
  const own = rmse(trees.predict(fresh.rows), fresh.truth)
  expect(own).toBeLessThan(0.2)
  expect(own).toBeLessThan(0.3 * rmse(line.predict(fresh.rows), fresh.truth))
})

test.each([2, 3])("boosted trees tell %d classes apart", (classes) => {
  const law = ([a, b]: readonly number[]): number =>
    a * b > 0 ? 1 : classes === 3 && a > 0 ? 2 : 0
  const { rows, truth } = sample(2000, 1, law)
  const held = sample(400, 2, law)
  const fresh = sample(400, 3, law)
  const { predict } = treesBaseline(rows, { truth, classes }, held)
  const found = predict(fresh.rows)
  expect(accuracy(found, fresh.truth, classes)).toBeGreaterThan(0.95)
  for (let row = 0; row < 400; row++) {
    const own = found.subarray(row * classes, (row + 1) * classes)
    expect(own.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 4)
  }
})

test("the simplest baselines are the mean and the frequencies", () => {
  const rows: DenseRows = { rows: 4, width: 0, values: new Float32Array(0) }
  const values = constantBaseline({ truth: Float64Array.of(1, 2, 3, 6), classes: 0 })
  expect([...values.predict(rows)]).toEqual([3, 3, 3, 3])
  const classes = constantBaseline({ truth: Float64Array.of(0, 1, 1, 1), classes: 2 })
  expect([...classes.predict({ ...rows, rows: 1 })]).toEqual([0.25, 0.75])
})
