import * as fc from "fast-check"
import { describe, expect, test } from "vitest"
import { fittedConstants } from "../../src/cluster/fitted.ts"
import type { LayoutRequest } from "../../src/cluster/layout.ts"
import { layoutOf } from "../../src/cluster/layout.ts"
import { preset, presets } from "../../src/cluster/presets.ts"
import { productSeconds, ratesOf } from "../../src/cluster/rates.ts"
import { stepReport, stepTime } from "../../src/cluster/step.ts"
import { findMachine } from "../../src/hardware/index.ts"

const gpt3 = preset("gpt3-175b")
const a100 = ratesOf(findMachine("a100"), "bfloat16", fittedConstants)
const time = (request: LayoutRequest) => stepTime(gpt3, layoutOf(request), a100)
const megatron = {
  globalBatch: 1536,
  tensor: 8,
  pipeline: 12,
  data: 16,
  sequenceParallel: true,
} as const

describe("a step", () => {
  test("is the sum of its parts", () => {
    const requests: LayoutRequest[] = [
      megatron,
      { ...megatron, virtualStages: 2 },
      { ...megatron, recompute: "full", zero: 1 },
      { globalBatch: 512, data: 512, zero: 3, offload: "optimizer" },
      { ...megatron, schedule: "zero-bubble" },
    ]
    for (const request of requests) {
      const { total, hidden: _hidden, ...parts } = time(request)
      const sum = Object.values(parts).reduce((a, b) => a + b, 0)
      expect(sum / total).toBeCloseTo(1, 10)
      for (const part of Object.values(parts)) expect(part).toBeGreaterThanOrEqual(0)
    }
  })

  test("is never quicker than the peak allows, for any network on any machine", () => {
    const machines = ["a100", "v100", "h100", "gtx 580", "tpu v4", "rtx 4090", "mi300x"]
    for (const { network } of presets.values())
      for (const name of machines) {
        const rates = ratesOf(findMachine(name), "bfloat16", fittedConstants)
        // Attention on chip skips the pairs that no token looks at, which MFU counts.
        const report = stepReport(network, layoutOf({ globalBatch: 8 }), rates)
        expect(report.mfu).toBeGreaterThan(0)
        expect(report.mfu).toBeLessThan(1)
      }
  })

  test("waits for the slowest of its devices, for longer the more there are", () => {
    const lag = (request: LayoutRequest) => {
      const { slowest, products, streaming } = time(request)
      return slowest / (products + streaming)
    }
    const alone = { globalBatch: 8, tensor: 1 }
    expect(lag(alone)).toBe(0)
    const eight = lag({ globalBatch: 8, data: 8 })
    const thousand = lag({ globalBatch: 1024, data: 1024 })
    expect(eight / fittedConstants.speedSpread).toBeCloseTo(Math.sqrt(2 * Math.log(8)), 10)
    expect(thousand / eight).toBeCloseTo(Math.sqrt(10 / 3), 10)
  })

  test("takes longer with more to do", () => {
    fc.assert(
      fc.property(fc.constantFrom(1, 2, 4, 8), (factor) => {
        const one = time(megatron).total
        const more = time({ ...megatron, globalBatch: 1536 * factor }).total
        expect(more).toBeGreaterThanOrEqual(one)
        expect(more).toBeLessThanOrEqual(one * factor * (1 + 1e-9))
      }),
    )
  })

  test("recomputing everything costs about a third more computing", () => {
    const computing = (recompute: "none" | "full") => {
      const { products, streaming } = time({ ...megatron, recompute })
      return products + streaming
    }
    const ratio = computing("full") / computing("none")
    expect(ratio).toBeGreaterThan(1.25)
    expect(ratio).toBeLessThan(1.4)
  })

  test("recomputing half of the layers costs half of that", () => {
    const products = (recomputeLayers: number) =>
      time({ ...megatron, recompute: "full", recomputeLayers }).products
    expect(products(8) - products(4)).toBeCloseTo(products(4) - products(0), 8)
    expect(products(0)).toBeCloseTo(time(megatron).products, 8)
  })
})

describe("the pipeline's bubble", () => {
  const bubble = (request: Partial<LayoutRequest>) => {
    const { bubble: idle, total } = time({ ...megatron, ...request })
    return idle / total
  }

  test("shrinks as (p−1)/m and is divided by virtual stages", () => {
    const plain = bubble({})
    const interleaved = bubble({ virtualStages: 2 })
    const many = bubble({ globalBatch: 4 * 1536 })
    expect(interleaved / plain).toBeGreaterThan(0.35)
    expect(interleaved / plain).toBeLessThan(0.65)
    expect(many).toBeLessThan(plain / 2)
  })

  test("is a third where weight gradients fill it", () => {
    expect(bubble({ schedule: "zero-bubble" })).toBeLessThan(0.55 * bubble({}))
  })
})

describe("communication", () => {
  test("hides behind computing where it may, and never costs more for it", () => {
    const overlap = { data: true, tensor: true }
    const shown = time({ ...megatron, overlap: { data: false, tensor: false } })
    const hidden = time({ ...megatron, overlap })
    expect(hidden.total).toBeLessThan(shown.total)
    expect(hidden.hidden).toBeGreaterThan(0)
    expect(shown.hidden).toBe(0)
  })

  test("of a tensor group across nodes costs many times that within one", () => {
    const within = time({ globalBatch: 96, tensor: 8 }).tensor
    const across = time({ globalBatch: 96, tensor: 16 }).tensor
    expect(across).toBeGreaterThan(1.1 * within)
  })

  test("of weights comes once for each micro-batch under ZeRO 3", () => {
    const exchanged = (microBatch: number) => {
      const request = { globalBatch: 1024, data: 256, zero: 3, microBatch } as const
      const { data, hidden } = time({ ...request, overlap: { data: false, tensor: false } })
      return data + hidden
    }
    expect(exchanged(1) / exchanged(4)).toBeCloseTo(4, 6)
  })

  test("of experts is there only where there are experts", () => {
    const deepseek = preset("deepseek-v3")
    const h100 = ratesOf(findMachine("h100"), "bfloat16", fittedConstants)
    const layout = layoutOf({ globalBatch: 1024, data: 64, expert: 64, zero: 1 })
    expect(stepTime(deepseek, layout, h100).expert).toBeGreaterThan(0)
    expect(time(megatron).expert).toBe(0)
  })
})

describe("a matrix product", () => {
  test("reaches the attainable rate when large, and far less when small", () => {
    const rate = (n: number) => (2 * n ** 3) / productSeconds(a100, [n, n, n])
    expect(rate(32768) / a100.matrix).toBeGreaterThan(0.95)
    expect(rate(512) / a100.matrix).toBeLessThan(0.2)
  })

  test("with one row is bound by reading its matrix", () => {
    const seconds = productSeconds(a100, [1, 8192, 65536])
    expect(seconds).toBeGreaterThanOrEqual((2 * 8192 * 65536) / a100.memory)
  })
})
