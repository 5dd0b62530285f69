import { expect, test } from "vitest"
import { np } from "../../src/array/index.ts"
import { batchNetwork } from "../../src/fit/networks/batch-network.ts"
import { metrics } from "../../src/fit/task.ts"
import { BatchesAhead } from "../../src/fit/training/batches-ahead.ts"
import type { Examples } from "../../src/fit/training/examples.ts"
import { squares } from "../../src/fit/training/objective.ts"
import { descentPrograms } from "../../src/fit/training/programs.ts"
import { adamRecipe, rateAt } from "../../src/fit/training/recipe.ts"
import { type Training, train } from "../../src/fit/training/trainer.ts"

/** y = w·x with one weight, which starts at 0. */
const line = batchNetwork({
  settings: { architecture: "line" },
  initialize: () => ({ parameters: { line: { weight: np.zeros([1]) } }, state: {} }),
  apply: ({ parameters, state }, { x }) => ({
    output: x.mul(parameters.line.weight).reshape([-1, 1, 1]),
    state,
  }),
})

/** y = 3x; from some number of gathered batches on, one batch is poisoned with no number. */
function examples(poisoned = Number.POSITIVE_INFINITY): Examples {
  let gathered = 0
  return {
    count: 64,
    gather(numbers) {
      gathered++
      const x = Float32Array.from(numbers, (number) => number / 64)
      const target = x.map((value) => (gathered === poisoned ? Number.NaN : 3 * value))
      const shape = [numbers.length]
      return { x: { data: x, shape }, target: { data: target, shape } }
    },
  }
}

function training(given: Partial<Training>): Training {
  const recipe = { ...adamRecipe, batch: 16, rate: 0.1, ...given.recipe }
  return {
    network: line,
    programs: descentPrograms(line, squares, recipe),
    recipe,
    examples: examples(),
    metric: metrics.rmse,
    seed: 0,
    steps: 100,
    checkEvery: 10,
    plan: "",
    async check(weights) {
      const [weight] = await weights["parameters/line/weight"].data()
      return { score: Math.abs(weight - 3), loss: Math.abs(weight - 3) }
    },
    ...given,
  }
}

test("batches are made ready ahead, in an order that neither speed nor a way back changes", async () => {
  let asked = 0
  const slow = (delay: (batch: number) => number): Examples => ({
    count: 10,
    async gather(numbers) {
      await new Promise((resolve) => setTimeout(resolve, delay(asked++)))
      return { x: { data: Float32Array.from(numbers), shape: [numbers.length] } }
    },
  })
  const take = async (batches: BatchesAhead, count: number) => {
    const taken: number[][] = []
    for (let i = 0; i < count; i++) taken.push([...(await batches.next()).x.data].map(Number))
    return taken
  }
  const batches = new BatchesAhead(
    slow(() => 0),
    3,
    1,
  )
  const wanted = await take(batches, 7)
  expect(asked).toBeGreaterThan(7)
  // Three epochs of three batches each: every number at most once in each.
  expect(new Set(wanted.slice(0, 3).flat()).size).toBe(9)
  expect(batches.place).toEqual({ epoch: 2, at: 3 })
  const uneven = new BatchesAhead(
    slow((batch) => 5 * (batch % 3)),
    3,
    1,
  )
  expect(await take(uneven, 4)).toEqual(wanted.slice(0, 4))
  uneven.moveTo({ epoch: 0, at: 3 })
  expect(await take(uneven, 6)).toEqual(wanted.slice(1))
})

test("a descent finds the slope of a line", async () => {
  const { weights, steps, history } = await train(training({}))
  expect(weights.get("parameters/line/weight")?.data[0]).toBeCloseTo(3, 1)
  expect(steps).toBe(100)
  expect(history.map(({ step }) => step)).toEqual([10, 20, 30, 40, 50, 60, 70, 80, 90, 100])
})

test("when the loss is no number, the descent goes back to its last good state at half the rate", async () => {
  const events: string[] = []
  const { weights, history } = await train(
    training({ examples: examples(55), onEvent: (event) => events.push(event) }),
  )
  expect(events).toEqual([expect.stringContaining("back to step 50, at half the rate")])
  expect(weights.get("parameters/line/weight")?.data[0]).toBeCloseTo(3, 1)
  const [before, after] = [history[4].rate, history[5].rate]
  expect(after / before).toBeLessThan(0.55)
})

test("a descent that diverges at every rate gives up and says so", async () => {
  const never: Examples = {
    count: 64,
    gather: (numbers) => {
      const data = new Float32Array(numbers.length).fill(Number.NaN)
      const shape = [numbers.length]
      return { x: { data, shape }, target: { data, shape } }
    },
  }
  await expect(train(training({ examples: never }))).rejects.toThrow("diverges at every rate")
})

test("when nothing gets better, the rest of the schedule is run through quickly", async () => {
  const recipe = { ...adamRecipe, batch: 16, rate: 0.1, patience: 3 }
  const { steps, stoppedEarly, events, bestStep } = await train(
    training({ recipe, steps: 1000, check: async () => ({ score: 1, loss: 1 }), checkEvery: 10 }),
  )
  expect(stoppedEarly).toBe(false)
  const worse = await train(
    training({
      recipe,
      steps: 1000,
      checkEvery: 10,
      check: (() => {
        let looks = 0
        return async () => ({ score: ++looks, loss: looks })
      })(),
    }),
  )
  expect(steps).toBe(1000)
  expect(events).toEqual([])
  expect(bestStep).toBe(1000)
  expect(worse.stoppedEarly).toBe(true)
  expect(worse.bestStep).toBe(10)
  expect(worse.steps).toBeLessThan(100)
})

test("a descent with a time ends near it, whatever the number of steps it began with", async () => {
  const { steps, seconds } = await train(training({ steps: 10_000_000, seconds: 1.5 }))
  expect(steps).toBeLessThan(10_000_000)
  expect(seconds).toBeLessThan(6)
})

test("a descent with a time takes no more steps than it may, however much time is left", async () => {
  const { steps } = await train(training({ steps: 200, mostSteps: 300, seconds: 600 }))
  expect(steps).toBeLessThanOrEqual(300)
})

test("rates rise over the warm-up and fall to nearly nothing", () => {
  const recipe = { ...adamRecipe, warmup: 0.1 }
  const rates = [0, 0.05, 0.1, 0.5, 1].map((done) => rateAt(recipe, done) / recipe.rate)
  expect(rates[0]).toBeLessThan(0.02)
  expect(rates[2]).toBeCloseTo(1)
  expect(rates[4]).toBeLessThan(0.001)
  expect(rates[1]).toBeLessThan(rates[2])
  expect(rates[3]).toBeLessThan(rates[2])
})
