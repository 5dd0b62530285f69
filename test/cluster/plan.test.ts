import { describe, expect, test } from "vitest"
import { runFlop, trainingFlopOf } from "../../src/cluster/count.ts"
import {
  criticalBatch,
  leastSteps,
  leastTokens,
  trainingAt,
} from "../../src/cluster/critical-batch.ts"
import { essay } from "../../src/cluster/essay.ts"
import { explain } from "../../src/cluster/explain.ts"
import { frontierOf } from "../../src/cluster/frontier.ts"
import type { Layout } from "../../src/cluster/layout.ts"
import { layoutFault } from "../../src/cluster/layout.ts"
import { memoryUse } from "../../src/cluster/memory.ts"
import { planOf, tokenBudget, usualPrecision } from "../../src/cluster/plan.ts"
import { frontierTable, plotHtml, plotSvg, plotText } from "../../src/cluster/plot.ts"
import { preset } from "../../src/cluster/presets.ts"
import { planText } from "../../src/cluster/report.ts"
import { runCost } from "../../src/cluster/run.ts"
import { bestLayout, bestLayoutWithin, usableBytes } from "../../src/cluster/search.ts"
import { verdictOf } from "../../src/cluster/verdict.ts"
import { findMachine } from "../../src/hardware/index.ts"

const gpt3 = preset("gpt3-175b")
const machine = findMachine("a100")
const budget = tokenBudget(gpt3, 300e9)
const request = { network: gpt3, machine, devices: 1024, budget }

describe("critical batch", () => {
  test("a budget is met exactly at the batch it was given for", () => {
    const { tokens, steps } = trainingAt(budget, budget.referenceBatch)
    expect(tokens).toBeCloseTo(300e9, -2)
    expect(steps).toBeCloseTo(300e9 / (1536 * 2048), 3)
  })

  test("at the critical batch both steps and data are twice their least", () => {
    const { tokens, steps } = trainingAt(budget, budget.criticalBatch)
    expect(tokens / leastTokens(budget)).toBeCloseTo(2, 12)
    expect(steps / leastSteps(budget)).toBeCloseTo(2, 12)
  })

  test("(S/S_min − 1)(E/E_min − 1) = 1 at every batch", () => {
    for (const batch of [1e5, 1e6, 1e7, 1e9]) {
      const { tokens, steps } = trainingAt(budget, batch)
      const product = (steps / leastSteps(budget) - 1) * (tokens / leastTokens(budget) - 1)
      expect(product).toBeCloseTo(1, 6)
    }
  })

  test("grows with data and with falling loss", () => {
    expect(criticalBatch("data", 300e9) / 1e6).toBeCloseTo(5.7, 1)
    expect(criticalBatch("data", 15.6e12) / 1e6).toBeCloseTo(36, 0)
    expect(criticalBatch("loss", 2) / 1e6).toBeCloseTo(7.4, 1)
    expect(() => criticalBatch("data", 0)).toThrow(/give tokens or a loss above 0/)
  })
})

describe("search", () => {
  const found = bestLayout(request)!

  test("finds a valid layout that fits", () => {
    expect(layoutFault(gpt3, found.layout, 1024)).toBeUndefined()
    expect(memoryUse(gpt3, found.layout).total).toBeLessThanOrEqual(usableBytes(machine))
  })

  test("its pruning loses nothing: without it nothing better is found", () => {
    const whole = bestLayout({ ...request, score: (_time, cost) => cost.wallSeconds })!
    expect(whole.timed).toBeGreaterThan(found.timed)
    expect(found.cost.wallSeconds).toBeCloseTo(whole.cost.wallSeconds, 6)
  })

  test("tries what is given even where nobody would choose it", () => {
    const found = (fixed: Partial<Layout>) => bestLayout({ ...request, fixed })?.layout
    expect(found({ context: 2 })?.context).toBe(2)
    expect(found({ tensor: 32 })?.tensor).toBe(32)
    expect(found({ microBatch: 48, tensor: 8, recompute: "full" })?.microBatch).toBe(48)
    expect(found({ pipeline: 64 })?.pipeline).toBe(64)
    expect(found({ virtualStages: 12, pipeline: 8 })?.virtualStages).toBe(12)
    expect(found({ zero: 2 })?.zero).toBe(2)
    expect(found({ microBatch: 5 })).toBeUndefined()
  })

  test("keeps what is given", () => {
    const fixed = { tensor: 8, pipeline: 8 } as const
    const kept = bestLayout({ ...request, fixed })!
    expect(kept.layout).toMatchObject(fixed)
    expect(kept.cost.wallSeconds).toBeGreaterThanOrEqual(found.cost.wallSeconds)
  })

  test("uses fewer devices where all of them divide into nothing", () => {
    expect(bestLayout({ ...request, devices: 1021 })).toBeUndefined()
    const fewer = bestLayoutWithin({ ...request, devices: 1021 })!
    expect(fewer.cost.devices).toBeLessThan(1021)
    expect(fewer.cost.devices).toBeGreaterThan(700)
  })

  test("leaves devices idle where a batch is too small for all of them", () => {
    const small = preset("gpt2-124m")
    const budget = tokenBudget(small, 2.5e9, 480)
    const found = bestLayoutWithin({ ...request, network: small, devices: 1024, budget })!
    expect(found.cost.devices).toBeLessThanOrEqual(960)
    expect(found.layout.globalBatch).toBe(480)
  })

  test("counts a batch of images in images, also where they are cut into patches", () => {
    const vision = preset("vit-b16")
    expect(tokenBudget(vision, 1e8).referenceBatch).toBe(4096)
    expect(runFlop(vision, 10)).toBe(10 * trainingFlopOf(vision))
  })

  test("finds a layout for every kind of network", () => {
    const traced = {
      kind: "described",
      name: "traced",
      parameters: 1e8,
      flop: 1e12,
      activationBytes: 1e8,
      layers: 12,
    } as const
    for (const network of [preset("alexnet"), preset("transformer-big"), preset("vit-h14"), traced])
      expect(
        bestLayout({ network, machine, devices: 8, budget: tokenBudget(network, 1e9, 1024) }),
      ).toBeDefined()
  })
})

describe("frontier", () => {
  const frontier = frontierOf({ network: gpt3, machine, budget, most: 2 ** 21 })
  const kept = frontier.points.filter((point) => point.found !== undefined && !point.dominated)

  test("more devices on it are always quicker", () => {
    for (let i = 1; i < kept.length; i++)
      expect(kept[i]!.found!.cost.wallSeconds).toBeLessThan(kept[i - 1]!.found!.cost.wallSeconds)
  })

  test("goes from what fits, through a near-perfect trade, to a wall", () => {
    const regimes = frontier.points.map((point) => point.regime)
    expect(regimes[0]).toBe("does not fit")
    expect(regimes).toContain("memory-bound minimum")
    expect(regimes).toContain("near-perfect trade")
    expect(regimes).toContain("communication")
    expect(["latency wall", "failures"]).toContain(regimes.at(-1))
    expect(frontier.exponent!.exponent).toBeGreaterThan(0.9)
    expect(frontier.exponent!.exponent).toBeLessThan(1.15)
  })

  test("labels its picture with known times, and no two labels overlap", () => {
    const svg = plotSvg(frontier)
    expect(svg).toMatch(/>(1 hour|1 day|10 days|100 days|1 year)</)
    expect(svg).toContain("dashed: a perfect trade")
    const legend = [...svg.matchAll(/<text x="([0-9.]+)" y="470">([^<]+)</g)]
    expect(legend.length).toBeGreaterThan(1)
    legend.slice(1).forEach(([, x], i) => {
      const [, before, words] = legend[i]!
      expect(Number(x) - Number(before)).toBeGreaterThan(8.2 * words!.length)
    })
  })

  test("draws itself for the terminal and as a page that needs nothing else", () => {
    expect(plotText(frontier)).toContain("● near-perfect trade")
    const rows = frontierTable(frontier).split("\n").slice(1)
    const kept = frontier.points.filter(({ found, dominated }) => found && !dominated)
    expect(rows.filter((row) => row.includes("m³·s"))).toHaveLength(kept.length)
    // What does not fit, and what is no quicker, is said once for all numbers of devices in a row.
    expect(rows.filter((row) => !row.includes("m³·s"))).toEqual([
      expect.stringMatching(/^1 to \d+ .* does not fit$/),
      expect.stringMatching(/ to .* no quicker /),
    ])
    const svg = plotSvg(frontier)
    expect(svg).toMatch(/^<svg /)
    expect(svg.match(/<circle/g)!.length).toBeGreaterThanOrEqual(kept.length)
    const html = plotHtml(frontier)
    expect(html).not.toMatch(/<script|<link|src=|href=/)
    expect(html).not.toContain("NaN")
  })
})

describe("verdict", () => {
  test("memory forbids GPT-3 on two A100, and says how many would do", () => {
    const verdict = verdictOf({ ...request, devices: 2 })
    expect(verdict.word).toBe("impossible")
    expect(verdict.binding.name).toBe("memory")
    expect(verdict.binding.change).toMatch(/devices hold it/)
    expect(verdict.counterfactual).toMatch(/memory forbids it/)
  })

  test("work over peak forbids a day on a thousand A100", () => {
    const verdict = verdictOf(request, { deadlineSeconds: 86400 })
    expect(verdict.word).toBe("impossible")
    expect(verdict.binding.name).toBe("compute")
    expect(verdict.binding.change).toMatch(/at least .* devices/)
  })

  test("depth forbids a second on any number of devices", () => {
    const many = { ...request, devices: 2 ** 23 }
    const verdict = verdictOf(many, { deadlineSeconds: 30 }, undefined)
    const depth = verdict.rules.find((rule) => rule.name === "depth × latency")!
    expect(depth.slack).toBeLessThan(1)
    expect(depth.change).toMatch(/no number of devices helps/)
  })

  test("money makes a plan dear, never impossible", () => {
    const verdict = verdictOf(request, { dollars: 1000 })
    expect(verdict.word).toBe("possible but dear")
    expect(verdict.binding.name).toBe("budget")
  })

  test("a plan within all limits is possible and names the nearest one", () => {
    const verdict = verdictOf(request, { deadlineSeconds: 90 * 86400, dollars: 5e6 })
    expect(verdict.word).toBe("possible")
    expect(verdict.binding.slack).toBeGreaterThanOrEqual(1)
    const slacks = verdict.rules.map((rule) => rule.slack)
    expect(verdict.binding.slack).toBe(Math.min(...slacks))
  })

  test("rules come in the order in which they decide", () => {
    const names = verdictOf(request, { deadlineSeconds: 9e6, dollars: 5e6, watts: 1e7 }).rules.map(
      (rule) => rule.name,
    )
    expect(names).toEqual([
      "memory",
      "compute",
      "memory bandwidth",
      "network",
      "critical batch",
      "depth × latency",
      "light",
      "power",
      "deadline",
      "budget",
      "failures",
    ])
  })
})

describe("a plan", () => {
  const plan = planOf(request, { deadlineSeconds: 60 * 86400 })

  test("carries intervals, constants with provenance and datasheet figures with trust", () => {
    expect(plan.wallSeconds!.low).toBeLessThan(plan.wallSeconds!.value)
    expect(plan.wallSeconds!.high).toBeGreaterThan(plan.wallSeconds!.value)
    const provenances = Object.values(plan.constants).map((constant) => constant.provenance)
    expect(provenances).toContain("fitted")
    expect(provenances).toContain("published")
    expect(Object.values(plan.datasheet).length).toBeGreaterThan(3)
  })

  test("stands above every physical limit", () => {
    expect(plan.physical.map((limit) => limit.law)).toHaveLength(7)
    for (const limit of plan.physical) expect(limit.slack).toBeGreaterThan(1)
  })

  test("explains every formula with its numbers", () => {
    const parts = explain(plan)
    expect(parts[0]!.filled).toContain("174,604,234,752")
    for (const { formula, filled } of parts) {
      expect(formula).not.toBe("")
      expect(filled).not.toMatch(/NaN|undefined/)
    }
  })

  test("reads as text and as JSON", () => {
    expect(planText(plan)).toMatch(/answer\s+possible/)
    expect(planText(plan)).not.toMatch(/NaN|undefined/)
    expect(JSON.parse(JSON.stringify(plan)).devices).toBe(1024)
  })

  test("refuses degrees that cannot be and budgets that make no sense", () => {
    expect(() => planOf({ ...request, fixed: { tensor: 7 } })).toThrow(/96 heads/)
    expect(() => tokenBudget(gpt3, 0)).toThrow(/0 tokens cannot be trained on/)
    expect(() => tokenBudget(gpt3, 1e6, 1000)).toThrow(/more than the 1000000 tokens/)
  })

  test("without tensor cores a V100 takes about four times as long", () => {
    const fixed = { precision: "float16" } as const
    const v100 = { ...request, devices: 2048, machine: findMachine("v100 pcie"), fixed }
    const tensor = planOf(v100)
    const plain = planOf({ ...v100, unit: "plain" })
    expect(plain.peak! / 1e12).toBeCloseTo(28.3, 1)
    const ratio = plain.wallSeconds!.value / tensor.wallSeconds!.value
    expect(ratio).toBeGreaterThan(2)
    expect(ratio).toBeLessThan(4.2)
  })

  test("counting half of the pairs lowers utilisation and changes no time", () => {
    const causal = planOf({ ...request, counting: { attention: "causal" } })
    expect(causal.step!.mfu).toBeLessThan(plan.step!.mfu)
    expect(causal.step!.time.total).toBe(plan.step!.time.total)
  })

  test("trains in what the machine has", () => {
    expect(usualPrecision(machine)).toBe("bfloat16")
    expect(usualPrecision(findMachine("v100"))).toBe("float16")
    expect(usualPrecision(findMachine("gtx 580"))).toBe("float32")
  })
})

test("failures stretch a run, more so on more devices", () => {
  const layout = bestLayout(request)!.layout
  const one = runCost(gpt3, machine, layout, 20, budget)
  const many = runCost(gpt3, machine, { ...layout, data: layout.data * 16 }, 20, budget)
  expect(one.stretch).toBeGreaterThan(1)
  expect(many.stretch).toBeGreaterThan(one.stretch)
  expect(one.joules).toBeCloseTo(one.watts * one.wallSeconds, -3)
})

describe("the essay's numbers", () => {
  const lines = essay()
  const line = (claim: RegExp) => lines.find((each) => claim.test(each.claim))!

  test("355 years and 700 GB come out of the essay's own conventions", () => {
    expect(line(/355 years/).reproduced).toContain("= 355 years")
    expect(line(/700 GB/).reproduced).toContain("= 700 GB")
    expect(line(/3.14/).reproduced).toContain("= 3.14e23")
  })

  test("each says where its convention differs from today's", () => {
    expect(line(/355 years/).convention).toContain("without tensor cores")
    expect(line(/700 GB/).convention).toContain("weights alone")
    for (const { today, convention } of lines) {
      expect(today).not.toMatch(/NaN|undefined/)
      expect(convention).not.toBe("")
    }
  })
})
