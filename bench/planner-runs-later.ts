import type { LayoutRequest, Transformer } from "../src/cluster/index.ts"
import { preset, trainingFlopOf, withSequence } from "../src/cluster/index.ts"
import { measuredNetwork } from "../src/cluster/measured.ts"
import type { PublishedRun } from "./planner-runs.ts"

/**
 * Published runs of 2022 to 2024, given by their utilisation. Nothing is fitted on any of these.
 * Where a paper leaves part of its layout open, the family's name says "layout in part guessed".
 */

function transformer(name: string): Transformer {
  const network = preset(name)
  if (network.kind !== "transformer") throw new Error(`${name} must be a transformer`)
  return network
}

/** A run whose seconds follow from its model FLOP utilisation, every pair of tokens counted. */
function fromUtilisation(
  run: Omit<PublishedRun, "seconds">,
  devices: number,
  peak: number,
  utilisation: number,
): PublishedRun {
  const flop = trainingFlopOf(run.network) * run.layout.globalBatch
  return { ...run, seconds: flop / (devices * peak * utilisation) }
}

const peaks = { a100: 312e12, h100: 989.4e12, "tpu v4": 275e12 } as const

const kernels2022 = {
  attention: "materialised",
  precision: "float16",
  fused: false,
  overlap: { data: false, tensor: false },
} as const

const korthikanti = (
  [
    ["full", 0.421, {}],
    ["selective", 0.542, { sequenceParallel: true }],
  ] as const
).map(([recompute, utilisation, rest]) =>
  fromUtilisation(
    {
      name: `530B, 2240 A100, ${recompute}`,
      network: measuredNetwork(105, 20480, 128, 2048),
      machine: "a100",
      layout: {
        ...kernels2022,
        ...rest,
        ...{ tensor: 8, pipeline: 35, virtualStages: 3, data: 8, globalBatch: 2240, recompute },
      },
      family: "Korthikanti et al. 2022, abstract",
    },
    2240,
    peaks.a100,
    utilisation,
  ),
)

const flashAttention = fromUtilisation(
  {
    name: "2.7B of 8192 tokens, 8 A100",
    network: withSequence(transformer("gpt3-2.7b"), 8192),
    machine: "a100",
    layout: { data: 8, globalBatch: 64, zero: 1 },
    family: "FlashAttention-2, 225 TFLOP/s; layout in part guessed",
  },
  8,
  peaks.a100,
  0.72,
)

/** The GPT-3 of Megatron-Core's scaling study: 4096 tokens, 131,072 words, 1152 samples. */
const scaled: Transformer = {
  ...withSequence(transformer("gpt3-175b"), 4096),
  input: { kind: "tokens", vocabulary: 131072, tied: true, positions: 4096 },
}

const megatronCore = (
  [
    [96, 0.47],
    [4608, 0.42],
  ] as const
).map(([devices, utilisation]) =>
  fromUtilisation(
    {
      name: `175B, ${devices} H100`,
      network: scaled,
      machine: "h100",
      layout: {
        ...{ tensor: 8, pipeline: 12, virtualStages: 8, data: devices / 96, globalBatch: 1152 },
        ...{ sequenceParallel: true, overlap: { data: true, tensor: true } },
        zero: devices === 96 ? 0 : 1,
      },
      family: "Megatron-LM, README 2024; layout in part guessed",
    },
    devices,
    peaks.h100,
    utilisation,
  ),
)

const llama3 = (
  [
    [8192, 1, 2048, 8192, 0.43],
    [16384, 1, 2048, 8192, 0.41],
    [16384, 16, 128, 131072, 0.38],
  ] as const
).map(([devices, context, globalBatch, sequence, utilisation]) =>
  fromUtilisation(
    {
      name: `405B of ${sequence}, ${devices} H100`,
      network: withSequence(transformer("llama3-405b"), sequence),
      machine: "h100",
      layout: {
        ...{
          tensor: 8,
          pipeline: 16,
          virtualStages: 4,
          context,
          data: devices / (128 * context),
          globalBatch,
        },
        ...{ sequenceParallel: true, zero: 2, overlap: { data: true, tensor: true } },
      },
      family: "Llama 3, table 4; layout in part guessed",
    },
    devices,
    peaks.h100,
    utilisation,
  ),
)

const palm = fromUtilisation(
  {
    name: "PaLM 540B, 6144 TPU v4",
    network: transformer("palm-540b"),
    machine: "tpu v4",
    layout: {
      ...{ tensor: 12, data: 512, globalBatch: 2048, zero: 3, recompute: "full" },
      ...{ sequenceParallel: true, overlap: { data: true, tensor: true } },
    },
    family: "Chowdhery et al. 2022; layout in part guessed",
  },
  6144,
  peaks["tpu v4"],
  0.462,
)

const megatronTuring: PublishedRun[] = (
  [
    [2240, 60.1],
    [2800, 50.2],
    [3360, 44.4],
  ] as const
).map(([devices, seconds]) => ({
  name: `530B, ${devices} A100`,
  network: measuredNetwork(105, 20480, 128, 2048),
  machine: "a100",
  layout: {
    ...kernels2022,
    ...{ tensor: 8, pipeline: 35, data: devices / 280, globalBatch: 1920, recompute: "full" },
  },
  seconds,
  family: "MT-NLG",
}))

const layersOfMpt = {
  "1b": [24, 2048, 16],
  "3b": [32, 2560, 20],
  "7b": [32, 4096, 32],
  "13b": [40, 5120, 40],
  "30b": [48, 7168, 56],
  "70b": [64, 9216, 64],
} as const

function mpt(size: keyof typeof layersOfMpt): Transformer {
  const [layers, hidden, heads] = layersOfMpt[size]
  return {
    ...measuredNetwork(layers, hidden, heads, 2048),
    name: `MPT ${size}`,
    dropout: false,
    bias: false,
    input: { kind: "tokens", vocabulary: 50368, tied: true, positions: 2048 },
  }
}

/** Fully sharded data parallelism of 2023 at 2048 tokens: devices, micro-batch, accumulation. */
const foundry = (
  [
    ["70b", "a100", 64, 8, 4, "full", 0.5333],
    ["30b", "a100", 8, 3, 21, "full", 0.553],
    ["13b", "a100", 8, 2, 3, "none", 0.5957],
    ["7b", "a100", 8, 6, 2, "none", 0.6423],
    ["3b", "a100", 8, 10, 2, "none", 0.6211],
    ["1b", "a100", 8, 14, 4, "none", 0.5986],
    ["70b", "h100", 64, 8, 4, "full", 0.4257],
    ["30b", "h100", 32, 14, 3, "full", 0.4392],
    ["13b", "h100", 64, 2, 1, "none", 0.3986],
    ["7b", "h100", 8, 6, 1, "none", 0.4644],
    ["3b", "h100", 64, 6, 3, "none", 0.408],
  ] as const
).map(([size, machine, devices, microBatch, rounds, recompute, utilisation]) => {
  const globalBatch = devices * microBatch * rounds
  const layout: LayoutRequest = {
    data: devices,
    zero: 3,
    fused: false,
    microBatch,
    globalBatch,
    recompute,
  }
  return fromUtilisation(
    {
      name: `MPT ${size}, ${devices} ${machine}`,
      network: mpt(size),
      machine,
      layout,
      family: "llm-foundry, FSDP 2023",
    },
    devices,
    peaks[machine],
    utilisation,
  )
})

export const laterRuns: readonly PublishedRun[] = [
  ...[...korthikanti, flashAttention, ...megatronCore, ...llama3, palm],
  ...[...megatronTuring, ...foundry],
]
