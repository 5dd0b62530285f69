import * as fc from "fast-check"
import { describe, expect, test } from "vitest"
import { convolutionalLayers, twoDeviceSplitTraffic } from "../../src/cluster/convolution.ts"
import {
  deviceSecondsFlop,
  forwardFlopOf,
  palmFlopPerToken,
  parametersOf,
  trainingFlopOf,
} from "../../src/cluster/count.ts"
import type { Convolutional, Transformer } from "../../src/cluster/network.ts"
import { preset, presets } from "../../src/cluster/presets.ts"

const total = (name: string) => parametersOf(preset(name)).total

describe("parameters", () => {
  test.each([
    ["gpt3-175b", 174_604_234_752],
    ["alexnet", 60_965_224],
    ["nanogpt-124m", 124_337_664],
    ["gpt2-124m", 124_439_808],
    ["gpt2-355m", 354_823_168],
    ["gpt2-774m", 774_030_080],
    ["gpt2-1558m", 1_557_611_200],
    ["llama2-7b", 6_738_415_616],
    ["llama2-13b", 13_015_864_320],
    ["llama2-70b", 68_976_648_192],
    ["llama1-65b", 65_285_660_672],
    ["llama3-8b", 8_030_261_248],
    ["llama3-70b", 70_553_706_496],
    ["llama3-405b", 405_853_388_800],
    ["vit-b16", 86_567_656],
    ["vit-l16", 304_326_632],
    ["vit-h14", 632_045_800],
    ["vgg16", 138_357_544],
    ["resnet50", 25_557_032],
  ])("%s has exactly %i parameters", (name, parameters) => {
    expect(total(name)).toBe(parameters)
  })

  test("GPT-3's eight sizes are those of its table", () => {
    const published = { "125m": 125e6, "350m": 350e6, "760m": 760e6, "1.3b": 1.3e9 }
    for (const [name, size] of Object.entries({
      ...published,
      "2.7b": 2.7e9,
      "6.7b": 6.7e9,
      "13b": 13e9,
      "175b": 175e9,
    }))
      expect(Math.abs(total(`gpt3-${name}`) / size - 1)).toBeLessThan(0.02)
  })

  test("PaLM has 540.35 billion, DeepSeek-V3 671 billion of which 37 billion are active", () => {
    expect(total("palm-540b") / 1e9).toBeCloseTo(540.35, 1)
    const deepseek = parametersOf(preset("deepseek-v3"))
    expect(Math.round(deepseek.total / 1e9)).toBe(671)
    expect(Math.floor(deepseek.active / 1e9)).toBe(37)
  })

  test("the Transformer of 2017 has 63 and 214 million", () => {
    expect(total("transformer-base") / 1e6).toBeCloseTo(63.1, 1)
    expect(total("transformer-big") / 1e6).toBeCloseTo(214.2, 1)
  })

  test("a plain decoder has 12Lh² + 13Lh + (V+s)h parameters", () => {
    const sizes = fc.record({
      layers: fc.integer({ min: 1, max: 200 }),
      heads: fc.integer({ min: 1, max: 64 }),
      width: fc.constantFrom(32, 64, 128),
      vocabulary: fc.integer({ min: 2, max: 300_000 }),
      sequence: fc.integer({ min: 1, max: 8192 }),
    })
    fc.assert(
      fc.property(sizes, ({ layers: L, heads, width, vocabulary: V, sequence: s }) => {
        const h = heads * width
        const network = {
          ...(preset("gpt3-175b") as Transformer),
          layers: L,
          hidden: h,
          heads,
          keyValueHeads: heads,
          headWidth: width,
          feedForward: 4 * h,
          sequence: s,
          input: { kind: "tokens", vocabulary: V, tied: true, positions: s },
        } as const
        expect(parametersOf(network).total).toBe(12 * L * h * h + 13 * L * h + (V + s) * h)
        const closed = 72 * s * L * h * h * (1 + s / (6 * h) + V / (12 * L * h))
        expect(trainingFlopOf(network) / closed).toBeCloseTo(1, 12)
      }),
    )
  })
})

describe("FLOP", () => {
  test("nanoGPT's 124M takes 874,944,921,600 FLOP for a sequence", () => {
    expect(trainingFlopOf(preset("nanogpt-124m"))).toBe(874_944_921_600)
    expect(forwardFlopOf(preset("nanogpt-124m"))).toBe(291_648_307_200)
  })

  test("AlexNet takes 724,406,816 multiply–adds for an image, layer by layer as published", () => {
    const alexnet = preset("alexnet") as Convolutional
    const layers = convolutionalLayers(alexnet).filter((layer) => layer.type !== "pool")
    expect(layers.reduce((sum, layer) => sum + layer.multiplyAdds, 0)).toBe(724_406_816)
    expect(layers.map((layer) => layer.parameters)).toEqual([
      34_944, 307_456, 885_120, 663_936, 442_624, 37_752_832, 16_781_312, 4_097_000,
    ])
    // The first layer needs no gradient of the image.
    expect(trainingFlopOf(alexnet)).toBe(6 * 724_406_816 - 2 * 105_415_200)
  })

  test("AlexNet's two GPUs talk only before conv3 and the dense layers", () => {
    const alexnet = preset("alexnet") as Convolutional
    expect(twoDeviceSplitTraffic(alexnet)).toBe(2 * (43_264 + 9_216 + 4_096 + 4_096))
  })

  test("PaLM's 46.2 % follows from its 238,300 tokens a second", () => {
    const mfu = (238_300 * palmFlopPerToken(preset("palm-540b"))) / (6144 * 275e12)
    expect(mfu).toBeCloseTo(0.462, 3)
  })

  test("counting half of the pairs removes exactly half of the score products", () => {
    const gpt3 = preset("gpt3-175b") as Transformer
    const { layers, hidden, sequence } = gpt3
    const full = forwardFlopOf(gpt3)
    const causal = forwardFlopOf(gpt3, { attention: "causal" })
    expect(full - causal).toBe(2 * layers * sequence ** 2 * hidden)
    const vit = preset("vit-b16")
    expect(forwardFlopOf(vit, { attention: "causal" })).toBe(forwardFlopOf(vit))
  })

  test("the 2017 paper's FLOPs are device-seconds: 3.3e18 and 2.3e19", () => {
    expect(deviceSecondsFlop(12 * 3600, 8, 9.5e12)).toBeCloseTo(3.3e18, -17)
    expect(deviceSecondsFlop(3.5 * 86400, 8, 9.5e12)).toBeCloseTo(2.3e19, -18)
  })
})

describe("presets", () => {
  test("every preset has parameters, FLOP and a source", () => {
    for (const [name, { network, source }] of presets) {
      expect(network.name).toBe(name)
      expect(parametersOf(network).total).toBeGreaterThan(1e6)
      expect(trainingFlopOf(network)).toBeGreaterThan(2 * forwardFlopOf(network))
      expect(source).not.toBe("")
    }
  })

  test("an unknown network is answered with the nearest names", () => {
    expect(() => preset("gtp3-175b")).toThrow(
      /no network is called "gtp3-175b": the nearest are gpt3-175b/,
    )
  })

  test("layers that cannot be are refused in one sentence", () => {
    const bad: Convolutional = {
      kind: "convolutional",
      name: "bad",
      input: { channels: 3, height: 4, width: 4 },
      layers: [{ type: "convolution", name: "c", channels: 8, kernel: 7 }],
    }
    expect(() => parametersOf(bad)).toThrow("layer c has a window of 7 on a side of 4")
  })
})
