import * as fc from "fast-check"
import { describe, expect, test } from "vitest"
import { parametersOf } from "../../src/cluster/count.ts"
import type { LayoutRequest } from "../../src/cluster/layout.ts"
import { layoutOf } from "../../src/cluster/layout.ts"
import {
  layerActivationBytes,
  localParameters,
  memoryUse,
  microBatchesHeld,
  stateBytes,
} from "../../src/cluster/memory.ts"
import type { Transformer } from "../../src/cluster/network.ts"
import { preset } from "../../src/cluster/presets.ts"

const gpt3 = preset("gpt3-175b") as Transformer
const { sequence: s, hidden: h, heads: a } = gpt3

const bytes = (request: Partial<LayoutRequest>) =>
  layerActivationBytes(
    gpt3,
    layoutOf({ globalBatch: 64, attention: "materialised", precision: "float16", ...request }),
  )

describe("a layer's activations follow Korthikanti et al. 2022, table 2", () => {
  const b = fc.integer({ min: 1, max: 8 })
  const t = fc.constantFrom(1, 2, 4, 8, 16)

  test("no parallelism: sbh(34 + 5as/h)", () => {
    fc.assert(
      fc.property(b, (microBatch) => {
        expect(bytes({ microBatch })).toBe(s * microBatch * h * (34 + (5 * a * s) / h))
      }),
    )
  })

  test("tensor: sbh(10 + 24/t + 5as/ht); with sequence all of it over t", () => {
    fc.assert(
      fc.property(b, t, (microBatch, tensor) => {
        const sbh = s * microBatch * h
        const plain = bytes({ microBatch, tensor })
        expect(plain).toBe(sbh * (10 + 24 / tensor + (5 * a * s) / (h * tensor)))
        const whole = bytes({ microBatch, tensor, sequenceParallel: true })
        expect(whole).toBe((sbh * (34 + (5 * a * s) / h)) / tensor)
      }),
    )
  })

  test("selective recomputation leaves sbh(10 + 24/t), with sequence 34sbh/t", () => {
    fc.assert(
      fc.property(b, t, (microBatch, tensor) => {
        const sbh = s * microBatch * h
        const recompute = "selective"
        expect(bytes({ microBatch, tensor, recompute })).toBe(sbh * (10 + 24 / tensor))
        const whole = bytes({ microBatch, tensor, recompute, sequenceParallel: true })
        expect(whole).toBe((34 * sbh) / tensor)
      }),
    )
  })

  test("full recomputation leaves the input: 2sbh, with sequence 2sbh/t", () => {
    const recompute = "full"
    expect(bytes({ recompute })).toBe(2 * s * h)
    expect(bytes({ recompute, tensor: 8 })).toBe(2 * s * h)
    expect(bytes({ recompute, tensor: 8, sequenceParallel: true })).toBe((2 * s * h) / 8)
  })

  test("attention on chip keeps 4 bytes for each row and head instead of the maps", () => {
    expect(bytes({ attention: "flash" })).toBe(s * h * 34 + 4 * a * s)
  })

  test("GPT-3 keeps 2.87 GB a layer, 0.856 GB with selective recomputation", () => {
    expect(bytes({}) / 1e9).toBeCloseTo(2.87, 2)
    expect(bytes({ recompute: "selective" }) / 1e9).toBeCloseTo(0.856, 3)
  })
})

describe("states", () => {
  const perParameter = (request: Partial<LayoutRequest>) => {
    const { weights, gradients, optimizer } = stateBytes(layoutOf({ globalBatch: 64, ...request }))
    return weights + gradients + optimizer
  }

  test("are 16 bytes a parameter in mixed precision, 18 with float32 gradients, 16 in float32", () => {
    expect(perParameter({ gradientBytes: 2 })).toBe(16)
    expect(perParameter({ gradientBytes: 4 })).toBe(18)
    expect(perParameter({ precision: "float32" })).toBe(16)
  })

  test("ZeRO divides them as Rajbhandari et al. 2020 say: 4 + 12/d, 2 + 14/d, 16/d", () => {
    fc.assert(
      fc.property(fc.constantFrom(2, 4, 8, 64), (data) => {
        const shared = { data, gradientBytes: 2 } as const
        expect(perParameter({ ...shared, zero: 1 })).toBe(4 + 12 / data)
        expect(perParameter({ ...shared, zero: 2 })).toBe(2 + 14 / data)
        expect(perParameter({ ...shared, zero: 3 })).toBe(16 / data)
        const megatron = perParameter({ data, zero: 1, gradientBytes: 4 })
        expect(megatron).toBe(6 + 12 / data)
      }),
    )
  })

  test("one device holds every parameter, and stages together hold every layer", () => {
    const whole = localParameters(gpt3, layoutOf({ globalBatch: 1 }))
    expect(whole.dense + whole.experts + whole.ends).toBe(parametersOf(gpt3).total)
    const stage = localParameters(gpt3, layoutOf({ globalBatch: 8, pipeline: 8, tensor: 4 }))
    expect(stage.dense * 32).toBe(whole.dense)
  })

  test("experts are cut by expert parallelism and nothing else is", () => {
    const deepseek = preset("deepseek-v3")
    const one = localParameters(deepseek, layoutOf({ globalBatch: 64, data: 64 }))
    const cut = localParameters(deepseek, layoutOf({ globalBatch: 64, data: 64, expert: 64 }))
    expect(cut.experts).toBe(one.experts / 64)
    expect(cut.dense).toBe(one.dense)
  })
})

test("however experts are spread, ZeRO 3 leaves each device its share and no less", () => {
  const deepseek = preset("deepseek-v3")
  const weights = (expert: number) =>
    memoryUse(deepseek, layoutOf({ globalBatch: 64, data: 64, zero: 3, expert })).weights
  const share = (2 * parametersOf(deepseek).total) / 64
  for (const expert of [1, 8, 64]) expect(weights(expert) / share).toBeCloseTo(1, 10)
})

describe("the first stage", () => {
  test("holds a micro-batch for each stage under 1F1B, never more than there are", () => {
    expect(microBatchesHeld(layoutOf({ globalBatch: 64, pipeline: 8 }))).toBe(8)
    expect(microBatchesHeld(layoutOf({ globalBatch: 4, pipeline: 8 }))).toBe(4)
  })

  test("holds 1 + (p−1)/pv times that when interleaved", () => {
    const layout = layoutOf({ globalBatch: 64, pipeline: 8, virtualStages: 3 })
    expect(microBatchesHeld(layout)).toBe(8 * (1 + 7 / 24))
  })
})

describe("all activations are what Megatron-LM's theoretical_memory_usage.py counts", () => {
  const V = 51200
  const network: Transformer = {
    ...gpt3,
    input: { kind: "tokens", vocabulary: V, tied: true, positions: s },
  }
  const shared = {
    globalBatch: 64,
    tensor: 8,
    sequenceParallel: true,
    recompute: "selective",
    attention: "materialised",
    precision: "float16",
  } as const
  const counted = (request: Partial<LayoutRequest>) =>
    memoryUse(network, layoutOf({ ...shared, ...request })).activations
  const layer = s * h * (18 + 4 * 4)

  test("on one stage: layers, embedding and output", () => {
    const output = 4 * s * h * (1 + V / h)
    expect(counted({})).toBeCloseTo((layer * 96 + 8 * s + s * h + output) / 8, 3)
  })

  test("on eight stages: as many micro-batches as stages", () => {
    expect(counted({ pipeline: 8 })).toBeCloseTo((layer * 96 + 8 * (8 * s + s * h)) / 8, 3)
  })

  test("interleaved: 1 + (p−1)/pv times that", () => {
    const plain = counted({ pipeline: 8 })
    const interleaved = counted({ pipeline: 8, virtualStages: 3 })
    expect(interleaved / plain).toBeCloseTo(1 + 7 / 24, 12)
  })

  test("with fewer micro-batches than stages: only as many as there are", () => {
    expect(counted({ pipeline: 8, globalBatch: 4 }) / counted({ pipeline: 8 })).toBeCloseTo(0.5, 12)
  })
})

test("offloading moves the optimiser's states to the host and loses none", () => {
  const layout = layoutOf({ globalBatch: 8, data: 8, zero: 1 })
  const near = memoryUse(gpt3, layout)
  const far = memoryUse(gpt3, { ...layout, offload: "optimizer" })
  expect(far.total + far.offloaded).toBe(near.total)
  expect(far.optimizer).toBe(0)
})

test("more recomputation never holds more", () => {
  const total = (recompute: "none" | "selective" | "full") =>
    memoryUse(gpt3, layoutOf({ globalBatch: 64, tensor: 8, recompute, attention: "materialised" }))
      .activations
  expect(total("selective")).toBeLessThan(total("none"))
  expect(total("full")).toBeLessThan(total("selective"))
})
