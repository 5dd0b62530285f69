import { expect, test } from "vitest"
import { cases } from "../../bench/cases/index.ts"
import { uniform } from "../../bench/cases/inputs.ts"
import { chain } from "../../bench/cases/memory.ts"
import { parameterShapes } from "../../bench/cases/training.ts"
import { step } from "../../bench/rivals/tradespace.ts"
import { f32, price } from "../../src/index.ts"

test("inputs depend on their seed alone and fill their range", () => {
  const numbers = uniform(10_000, 7, -2, 6)
  expect(uniform(10_000, 7, -2, 6)).toEqual(numbers)
  expect(uniform(10_000, 8, -2, 6)).not.toEqual(numbers)
  expect(Math.min(...numbers)).toBeGreaterThanOrEqual(-2)
  expect(Math.max(...numbers)).toBeLessThan(6)
  expect(numbers.reduce((a, b) => a + b) / numbers.length).toBeCloseTo(2, 0)
})

test("the chain is eight operations", () => {
  let count = 0
  const counted = (f: (x: number, by: number) => number) => (x: number, by: number) => {
    count++
    return f(x, by)
  }
  const operations = {
    mul: counted((x, by) => x * by),
    add: counted((x, by) => x + by),
    max: counted(Math.max),
    min: counted(Math.min),
    abs: (x: number) => {
      count++
      return Math.abs(x)
    },
  }
  expect(chain(1, operations)).toBe(0.75)
  expect(count).toBe(8)
})

test("what counts as operations of a training step is nearly all of its priced work", () => {
  const given = cases.find(({ work }) => work.kind === "training")
  if (given?.limit.by !== "arithmetic") throw new Error("training is limited by arithmetic")
  const parameters = parameterShapes.map((shape) => f32(...shape))
  const { work } = price(step, parameters, parameters, f32(128, 28, 28, 1), f32(128, 10))
  expect(Number(work) / given.limit.operations).toBeGreaterThan(1)
  expect(Number(work) / given.limit.operations).toBeLessThan(1.05)
})
