import { mkdtemp, readFile, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { expect, test } from "vitest"
import {
  loadSurrogate,
  printSurrogate,
  SurrogateError,
  serveNetwork,
  surrogate,
} from "../../../src/fit/index.ts"
import { oneSentence } from "../../cli/command.ts"
import { inProcess } from "../../cli/in-process.ts"
import { blackScholes, borehole, branin, mandelbrot, robotArm, wingWeight } from "./functions.ts"

/** Little enough to be quick: coverage must hold however well the network has learnt. */
const budget = { calls: 600, steps: 200 }
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
  expect(interval[1]).toBeGreaterThanOrEqual(report.confidence)
  expect(report.calls).toBeLessThanOrEqual(budget.calls)
  expect(printSurrogate(report)).toContain("pays after")
  expect(report.rivals.length).toBeGreaterThan(1)
  const least = Math.min(...report.rivals.map(({ error }) => error))
  expect(least).toBeLessThan(report.deviation)
  expect(report.rivals.find(({ error }) => error === least)?.name).toBe(report.learner)
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
  const small = { calls: 250, steps: 100 }
  const make = () =>
    surrogate(branin.f, { domain: branin.domain, tolerance, budget: small, force, seed: 3 })
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
  await expect(learn).rejects.toThrow("a confidence of 0.99 needs 319 held out")
})

/** Of one kind each: few calls of a smooth function, and more than a Gaussian process takes. */
const kept = {
  "a Gaussian process": { f: branin.f, domain: branin.domain, calls: 400 },
  "an ensemble": { f: branin.f, domain: branin.domain, calls: 1500 },
}

test.each(Object.entries(kept))(
  "%s is the same when it was saved, as text, and behind HTTP",
  async (name, { f, domain, calls }) => {
    const g = await surrogate(f, { domain, tolerance, budget: { calls, steps: 300 }, force })
    expect(g.report.learner).toContain(name)
    const folder = await mkdtemp(join(tmpdir(), "tradespace-function-"))
    const out = join(folder, "branin")
    await g.save(out, "Branin")
    const again = await loadSurrogate(out)
    const inputs = Array.from({ length: 30 }, (_, i) => ({ x: -4 + 0.4 * i, y: 0.4 * i }))
    const whole = again.with(() => Number.NaN)
    const trusted = inputs.filter((input) => !Number.isNaN(whole(input)))
    expect(trusted.length).toBeGreaterThan(20)
    const module = join(folder, "branin.mjs")
    await writeFile(module, g.toSource("branin"))
    const text = await import(pathToFileURL(module).href)
    expect(text.bound).toBe(g.report.bound)
    const { rows } = await again.predict(trusted)
    for (const [i, input] of trusted.entries()) {
      const value = Number(g(input))
      expect(whole(input)).toBe(value)
      expect(text.branin(input)).toBeCloseTo(value, 9)
      expect(rows[i].value).toBeCloseTo(value, 2)
    }
    expect(() => text.branin({ x: 20, y: 0 })).toThrow("x is 20, outside -5 to 10")
    await expect(again.predict([{ x: 1, y: 2 }, { x: 1 }])).rejects.toThrow("row 2 lacks y")
    await expect(again.predict([{ x: 11, y: 2 }])).rejects.toThrow("x is 11, outside -5 to 10")
    const serving = await serveNetwork(again, { port: 0 })
    const headers = { "content-type": "application/json" }
    const ask = (body: object) =>
      fetch(`${serving.url}/predict`, { method: "POST", headers, body: JSON.stringify(body) })
    const [answer] = (await (await ask(trusted[0])).json()).predictions
    expect(answer.value).toBeCloseTo(Number(rows[0].value), 2)
    expect((await ask({ x: 11, y: 2 })).status).toBe(422)
    expect(await (await fetch(`${serving.url}/`)).text()).toContain('name="x"')
    await serving.close()
    for (const option of ["--device", "--threads"]) {
      const given = [option, option === "--device" ? "cpu" : "2"]
      const row = ["--row", '{"x": 1, "y": 2}']
      const told = [await inProcess("predict", out, ...row, ...given)]
      // What is served answers until it is ended.
      if (!again.isOnDevice) told.push(await inProcess("serve", out, ...given))
      const refused = `tradespace: ${option} is not for ${out}: it holds a Gaussian process`
      for (const { status, errors } of told) {
        expect(status).toBe(again.isOnDevice ? 0 : 2)
        expect(errors.startsWith(refused)).toBe(!again.isOnDevice)
      }
    }
  },
)

test("a function folder of another version, or cut short, is refused in a sentence", async () => {
  const folder = await mkdtemp(join(tmpdir(), "tradespace-function-"))
  const out = join(folder, "branin")
  const budget = { calls: 300, steps: 50 }
  const g = await surrogate(branin.f, { domain: branin.domain, tolerance, budget, force })
  await g.save(out)
  const place = join(out, "network.json")
  const whole = await readFile(place, "utf8")
  await writeFile(place, whole.replace('"version": 1', '"version": 7'))
  await expect(loadSurrogate(out)).rejects.toThrow("it is of version 7, where version 1 is read")
  await writeFile(place, whole)
  const weights = join(out, "weights.safetensors")
  await writeFile(weights, (await readFile(weights)).subarray(0, 900))
  await expect(loadSurrogate(out)).rejects.toThrow(/weights.safetensors/)
})

test("the command learns a function of a module, and answers in its place", async () => {
  const out = join(await mkdtemp(join(tmpdir(), "tradespace-function-")), "pendulum")
  const module = "examples/pendulum.ts"
  const few = ["--calls", "800", "--steps", "60", "--out", out]
  const fit = await inProcess("fit", module, "--export", "period", ...few, "--json")
  expect(fit.errors).not.toContain("tradespace:")
  const { report } = JSON.parse(fit.output)
  expect(report.bound).toBeLessThan(report.tolerance)
  // 2π√(l/g) for small angles, and 0.06 % more at 0.1 radians.
  const row = { length: 1, angle: 0.1, gravity: 9.81 }
  const { output } = await inProcess("predict", out, "--row", JSON.stringify(row), "--json")
  const [{ value }] = JSON.parse(output).predictions
  expect(Math.abs(value - 2.0074)).toBeLessThan(4 * report.bound)
  const wrong: readonly (readonly [readonly string[], number, string])[] = [
    [["--export", "nothing"], 2, "there is no export nothing; its functions are period"],
    [["--export", "period", "--domain", "x"], 2, "It must be JSON such as"],
    [["--export", "period", "--calls", "90"], 1, "90 calls are too few"],
  ]
  for (const [args, code, message] of wrong) {
    const { status, errors } = await inProcess("fit", module, ...args, "--out", `${out}2`)
    expect(errors).toContain(message)
    expect(errors).toMatch(oneSentence)
    expect(status).toBe(code)
  }
})
