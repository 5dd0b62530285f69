import { readFileSync } from "node:fs"
import { describe, expect, test } from "vitest"
import { type Array, jit, np } from "../../src/array/index.ts"
import {
  adam,
  adamW,
  arraysOf,
  clipByGlobalNorm,
  losses,
  mapArrays,
  type Optimizer,
  type OptimizerState,
  type Schedule,
  schedules,
  sgd,
} from "../../src/nn/index.ts"

/** What optax gives on the same inputs: see make_optimizers.py beside it. */
const fixture: {
  readonly optimizers: Readonly<Record<string, Recorded>>
  readonly losses: Readonly<Record<string, number>>
  readonly schedules: Readonly<Record<string, readonly number[]>>
} = JSON.parse(readFileSync(new URL("./fixtures/optimizers.json", import.meta.url), "utf8"))

interface Recorded {
  readonly b: readonly number[]
  readonly w: readonly (readonly number[])[]
}
type Parameters = { b: Array; w: Array }

const start = (): Parameters => ({
  b: np.array([0.25, -0.75]),
  w: np.array([
    [1, -2],
    [0.5, 3],
  ]),
})

function gradients(parameters: Parameters, step: number): Parameters {
  return mapArrays(
    (p) =>
      np
        .sin(p.mul(3))
        .add(p.mul(0.1))
        .add(0.05 * step),
    parameters,
  )
}

const optimizers: Readonly<Record<string, Optimizer>> = {
  sgd: sgd(0.1),
  momentum: sgd(0.1, { momentum: 0.9 }),
  nesterov: sgd(0.1, { momentum: 0.9, nesterov: true }),
  decayed: sgd(0.1, { momentum: 0.9, weightDecay: 0.01 }),
  scheduled: sgd(schedules.cosine(0.1, 4), { momentum: 0.9 }),
  adam: adam(0.1),
  adamW: adamW(0.1, { beta1: 0.8, beta2: 0.99, epsilon: 1e-6, weightDecay: 0.02 }),
}

async function expectEqual(parameters: Parameters, wanted: Recorded) {
  const near = (numbers: readonly number[]) => numbers.map((n) => expect.closeTo(n, 5))
  expect(await parameters.b.toArray()).toEqual(near(wanted.b))
  expect(await parameters.w.toArray()).toEqual(wanted.w.map(near))
}

describe("after five steps", () => {
  test.each(Object.entries(optimizers))("%s stands where optax stands", async (name, optimizer) => {
    let parameters = start()
    let state = optimizer.initialize(parameters)
    for (let step = 0; step < 5; step++) {
      const next = optimizer.update(gradients(parameters, step), state, parameters)
      parameters = next.parameters
      state = next.state
    }
    await expectEqual(parameters, fixture.optimizers[name])
  })

  test("clipped descent stands where optax stands", async () => {
    const optimizer = sgd(0.1)
    let parameters = start()
    for (let step = 0; step < 5; step++) {
      const clipped = clipByGlobalNorm(gradients(parameters, step), 0.5)
      const state = optimizer.initialize(parameters)
      parameters = optimizer.update(clipped, state, parameters).parameters
    }
    await expectEqual(parameters, fixture.optimizers.clipped)
  })

  test("a compiled descent stands where the plain one does", async () => {
    const optimizer = adamW(0.1, { beta1: 0.8, beta2: 0.99, epsilon: 1e-6, weightDecay: 0.02 })
    type State = OptimizerState<Parameters>
    const step = jit((parameters: Parameters, state: State, shift: Array) => {
      const slopes = mapArrays((g) => g.add(shift), gradients(parameters, 0))
      return optimizer.update(slopes, state, parameters)
    })
    let parameters = start()
    let state = optimizer.initialize(parameters)
    for (let i = 0; i < 5; i++) {
      const next = step(parameters, state, np.array(0.05 * i))
      parameters = next.parameters
      state = next.state
    }
    await expectEqual(parameters, fixture.optimizers.adamW)
  })
})

test("clipping leaves gradients that are short enough, and zero ones, as they are", async () => {
  const short = clipByGlobalNorm({ a: np.array([3]), b: np.array([4]) }, 5)
  expect([await short.a.toArray(), await short.b.toArray()]).toEqual([[3], [4]])
  const long = clipByGlobalNorm([np.array([3]), np.array([4])], 1)
  const norm = arraysOf(long).map((g) => g.mul(g).sum())
  expect(await np.sqrt(norm[0].add(norm[1])).item()).toBeCloseTo(1, 6)
  const none = clipByGlobalNorm([np.zeros([2])], 1)
  expect(await none[0].toArray()).toEqual([0, 0])
})

test("trees of different form do not go together", () => {
  expect(() => mapArrays((a, b) => a.add(b), [np.ones(1)], [np.ones(1), np.ones(1)])).toThrow(
    "trees of different form",
  )
})

describe("a schedule", () => {
  const valuesOf = async (schedule: Schedule, steps: number) =>
    [...(await np.asarray(schedule(np.arange(steps, { dtype: "float32" }))).data())].map(Number)
  const near = (numbers: readonly number[]) => numbers.map((n) => expect.closeTo(n, 6))

  test("goes where optax goes", async () => {
    const { linear, cosine, warmup } = fixture.schedules
    expect(await valuesOf(schedules.linear(0.2, 1, 4), 6)).toEqual(near(linear))
    expect(await valuesOf(schedules.cosine(0.5, 4, 0.05), 6)).toEqual(near(cosine))
    const warm = schedules.warmup(2, schedules.cosine(0.5, 4), 0.5)
    expect(await valuesOf(warm, 8)).toEqual(near(warmup))
  })

  test("of one cycle rises to its peak and falls to almost nothing", async () => {
    const rates = await valuesOf(schedules.oneCycle(0.5, 100, 0.25), 101)
    expect(rates[0]).toBeCloseTo(0.02, 6)
    expect(rates[25]).toBeCloseTo(0.5, 6)
    expect(rates[100]).toBeCloseTo(0.5 / 1e4, 6)
    expect(Math.max(...rates)).toBe(rates[25])
    expect(
      rates.every((rate, i) => i === 0 || (i <= 25 ? rate > rates[i - 1] : rate < rates[i - 1])),
    ).toBe(true)
  })

  test("that is constant is a number", () => {
    expect(schedules.constant(0.1)(np.array(3))).toBe(0.1)
  })
})

describe("a loss", () => {
  const logits = np.array([
    [1, -2, 0.5],
    [3, 3.5, -40],
    [0, 100, -100],
  ])
  const labels = np.array(Int32Array.of(2, 0, 1))
  const targets = np.array([
    [0, 1, 1],
    [1, 0, 0],
    [0, 1, 0],
  ])

  test.each([
    ["crossEntropy", () => losses.crossEntropy(logits, labels)],
    ["smoothed", () => losses.crossEntropy(logits, labels, { smoothing: 0.1 })],
    ["binaryCrossEntropy", () => losses.binaryCrossEntropy(logits, targets)],
    ["meanSquaredError", () => losses.meanSquaredError(logits, targets)],
    ["huber", () => losses.huber(logits, targets, 1.5)],
  ])("%s is what optax makes it", async (name, compute) => {
    const wanted = fixture.losses[name]
    expect(Number(await compute().item()) / wanted).toBeCloseTo(1, 5)
  })

  test("of absolute differences is their mean", async () => {
    const loss = losses.meanAbsoluteError(np.array([1, -2]), np.array([3, 3]))
    expect(await loss.item()).toBe(3.5)
  })

  test("that is accuracy counts the examples whose greatest logit is their label's", async () => {
    expect(await losses.accuracy(logits, labels).item()).toBeCloseTo(1 / 3, 6)
  })
})
