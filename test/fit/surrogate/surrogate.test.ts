import { expect, test } from "vitest"
import { printSurrogate, SurrogateError, surrogate } from "../../../src/fit/index.ts"
import { blackScholes, borehole, branin, mandelbrot, robotArm, wingWeight } from "./functions.ts"

/** Little enough to be quick: coverage must hold however well the network has learnt. */
const budget = { calls: 600, steps: 500 }
const tolerance = { abs: 1, confidence: 0.9 }
/** Formulas are quicker than networks: accepted here all the same. */
const force = true

const learnt = {
  Branin: () => surrogate(branin.f, { domain: branin.domain, tolerance, budget, force }),
  borehole: () => surrogate(borehole.f, { domain: borehole.domain, tolerance, budget, force }),
  "wing weight": () =>
    surrogate(wingWeight.f, { domain: wingWeight.domain, tolerance, budget, force }),
  "robot arm": () => surrogate(robotArm.f, { domain: robotArm.domain, tolerance, budget, force }),
  "Black-Scholes": () =>
    surrogate(blackScholes.f, { domain: blackScholes.domain, tolerance, budget, force }),
}

test.each(Object.entries(learnt))("the promised coverage holds for %s", async (_name, learn) => {
  const { report } = await learn()
  const { interval, inputs } = report.check
  expect(inputs).toBeGreaterThan(50)
  expect(interval[0]).toBeLessThanOrEqual(report.confidence)
  expect(interval[1]).toBeGreaterThanOrEqual(report.confidence)
  expect(report.calls).toBeLessThanOrEqual(budget.calls)
  expect(printSurrogate(report)).toContain("pays after")
})

test("a surrogate answers singly and in batches alike, and asks the function outside", async () => {
  const g = await surrogate(branin.f, { domain: branin.domain, tolerance, budget, force })
  const inputs = Array.from({ length: 20 }, (_, i) => ({ x: -4 + 0.6 * i, y: 0.7 * i }))
  const before = g.fallbacks
  const together = await g.batch(inputs)
  for (const [i, input] of inputs.entries()) {
    expect(together[i]).toBeCloseTo(Number(g(input)), 2)
  }
  expect(g.fallbacks - before).toBeLessThan(4)
  const outside = { x: 40, y: 3 }
  const asked = g.fallbacks
  expect(g(outside)).toBe(branin.f(outside))
  expect(g.fallbacks).toBe(asked + 1)
})

test("the same seed gives the same surrogate", async () => {
  const make = () =>
    surrogate(branin.f, { domain: branin.domain, tolerance, budget, force, seed: 3 })
  const [a, b] = [await make(), await make()]
  expect(a({ x: 1, y: 2 })).toBe(b({ x: 1, y: 2 }))
  expect(a.report.bound).toBe(b.report.bound)
})

test("Mandelbrot's iteration count is refused, and why", async () => {
  const learn = surrogate(mandelbrot.f, {
    domain: mandelbrot.domain,
    tolerance: { abs: 2, confidence: 0.9 },
    budget,
  })
  await expect(learn).rejects.toThrow(SurrogateError)
  await expect(learn).rejects.toThrow(
    /for 90 % of inputs, above the tolerance of 2 after 600 calls/,
  )
})

test("a function that is quicker than its network is refused", async () => {
  const learn = surrogate(({ x }: { x: number }) => 2 * x, {
    domain: { x: [0, 1] },
    tolerance: { abs: 10 },
    budget: { calls: 200, steps: 100 },
  })
  await expect(learn).rejects.toThrow("there is nothing to gain")
})

test("a function that answers differently each time is refused", async () => {
  let count = 0
  const learn = surrogate(() => count++, { domain: { x: [0, 1] }, tolerance })
  await expect(learn).rejects.toThrow("only a deterministic function has a surrogate")
})

test("where a function fails it is asked itself", async () => {
  const root = ({ x }: { x: number }): number => {
    if (x < 0) throw new RangeError("no root")
    return Math.sqrt(x)
  }
  const g = await surrogate(root, { domain: { x: [-1, 1] }, tolerance, budget, force })
  expect(g.report.failures).toBeGreaterThan(100)
  expect(() => g({ x: -0.5 })).toThrow("no root")
  expect(Math.abs(Number(g({ x: 0.49 })) - 0.7)).toBeLessThan(g.report.bound + 0.05)
})

test.each([
  [{ x: [1, 1] as const }, "domain: x is 1 to 1"],
  [{ x: { int: [0.5, 2] as const } }, "domain: x is 0.5 to 2, which must be whole numbers"],
  [{ x: [] as readonly string[] }, "domain: x needs words that differ"],
  [{}, "the domain is empty"],
])("a domain without anything to vary is refused: %j", async (domain, message) => {
  await expect(surrogate(() => 1, { domain, tolerance })).rejects.toThrow(message)
})

test("a budget too small for the promise is refused with what it takes", async () => {
  const learn = surrogate(branin.f, {
    domain: branin.domain,
    tolerance: { abs: 1, confidence: 0.99 },
    budget: { calls: 100 },
  })
  await expect(learn).rejects.toThrow("a confidence of 0.99 needs 198 held out")
})
