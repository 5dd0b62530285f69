import type { LayoutRequest, Network } from "../src/cluster/index.ts"
import { preset, tokensOf } from "../src/cluster/index.ts"
import { measuredNetwork } from "../src/cluster/measured.ts"

/** A published run whose layout is known. Nothing is fitted on any of these. */
export type PublishedRun = {
  readonly name: string
  readonly network: Network
  readonly machine: string
  readonly layout: LayoutRequest
  readonly seconds: number
  readonly family: string
}

const kernels2021 = {
  attention: "materialised",
  precision: "float16",
  gradientBytes: 2,
  fused: false,
  recompute: "full",
} as const
const apart = { data: false, tensor: false }

/** Step seconds from FLOP/s for a device, by Narayanan et al.'s count with recomputation. */
function fromRate(
  [layers, hidden]: readonly [number, number],
  batch: number,
  devices: number,
  teraflops: number,
): number {
  const terms = 1 + 2048 / (6 * hidden) + 51200 / (16 * layers * hidden)
  return (96 * batch * 2048 * layers * hidden ** 2 * terms) / (devices * teraflops * 1e12)
}

const megatron175 = measuredNetwork(96, 12288, 96, 2048)
const megatron530 = measuredNetwork(105, 20480, 128, 2048)

const table2: PublishedRun[] = [
  ...(
    [
      [384, 153],
      [768, 149],
      [1536, 141],
    ] as const
  ).map(([devices, rate]) => ({
    name: `175B, ${devices} A100, 8 × 12`,
    network: megatron175,
    machine: "a100",
    layout: {
      ...kernels2021,
      overlap: apart,
      tensor: 8,
      pipeline: 12,
      data: devices / 96,
      globalBatch: 1536,
    },
    seconds: fromRate([96, 12288], 1536, devices, rate),
    family: "Narayanan et al. 2021, table 2",
  })),
  ...(
    [
      [560, 171],
      [1120, 167],
      [2240, 159],
    ] as const
  ).map(([devices, rate]) => ({
    name: `530B, ${devices} A100, 8 × 35`,
    network: megatron530,
    machine: "a100",
    layout: {
      ...kernels2021,
      overlap: apart,
      tensor: 8,
      pipeline: 35,
      virtualStages: 3,
      data: devices / 280,
      globalBatch: 2240,
    },
    seconds: fromRate([105, 20480], 2240, devices, rate),
    family: "Narayanan et al. 2021, table 2",
  })),
  ...(
    [
      [384, 144, 4],
      [768, 88, 2],
      [1536, 44, 1],
    ] as const
  ).map(([devices, rate, microBatch]) => ({
    name: `175B, ${devices} A100, ZeRO 3`,
    network: megatron175,
    machine: "a100",
    layout: {
      ...kernels2021,
      overlap: { data: true, tensor: false },
      zero: 3 as const,
      data: devices,
      microBatch,
      globalBatch: 1536,
    },
    seconds: fromRate([96, 12288], 1536, devices, rate),
    family: "Narayanan et al. 2021, table 2, ZeRO 3",
  })),
]

const sizes2020 = [
  { hidden: 1920, layers: 24, heads: 15, tensor: 1, v100: 1.121, a100: 1.076 },
  { hidden: 2304, layers: 30, heads: 18, tensor: 2, v100: 1.093, a100: 1.026 },
  { hidden: 3072, layers: 36, heads: 24, tensor: 4, v100: 1.238, a100: 1.162 },
  { hidden: 4096, layers: 42, heads: 32, tensor: 8, v100: 1.407, a100: 1.343 },
] as const

const dgx2020: PublishedRun[] = sizes2020.flatMap(
  ({ hidden, layers, heads, tensor, v100, a100 }) => {
    const network = measuredNetwork(layers, hidden, heads, 1024)
    const run = (machine: string, batch: number, seconds: number) => ({
      name: `${layers} × ${hidden}, ${tensor} ${machine}`,
      network,
      machine,
      layout: { ...kernels2021, overlap: apart, tensor, microBatch: batch, globalBatch: batch },
      seconds,
      family: `Megatron 2020, ${machine}`,
    })
    return [run("v100 dgx-2", 8, v100), run("a100 40gb", 16, a100)]
  },
)

/** Seconds from tokens a second for a device. */
function fromTokens(network: Network, batch: number, devices: number, tokens: number): number {
  return (batch * tokensOf(network)) / (tokens * devices)
}

function bridge(
  name: string,
  machine: string,
  devices: number,
  globalBatch: number,
  tokens: number,
  layout: Partial<LayoutRequest>,
): PublishedRun {
  const network = preset(name)
  const { tensor = 1, pipeline = 1, context = 1 } = layout
  return {
    name: `${name}, ${devices} ${machine}`,
    network,
    machine,
    layout: {
      precision: "float8",
      overlap: { data: true, tensor: true },
      sequenceParallel: tensor > 1,
      zero: 1,
      ...layout,
      data: devices / (tensor * pipeline * context),
      globalBatch,
    },
    seconds: fromTokens(network, globalBatch, devices, tokens),
    family: "Megatron-Bridge summary, float8",
  }
}

const bridges: PublishedRun[] = [
  bridge("llama3-405b", "h100", 1024, 1536, 326, {
    tensor: 8,
    pipeline: 8,
    context: 2,
    virtualStages: 8,
  }),
  bridge("llama3-405b", "gb200", 256, 1536, 843, { tensor: 4, pipeline: 16, virtualStages: 4 }),
  bridge("llama3-405b", "b200", 128, 64, 661, {
    tensor: 4,
    pipeline: 8,
    context: 2,
    virtualStages: 8,
  }),
  bridge("llama3-70b", "h100", 64, 256, 1621, { tensor: 4, pipeline: 8, virtualStages: 5 }),
  bridge("llama3-8b", "h100", 8, 128, 14451, { zero: 3 }),
  bridge("deepseek-v3", "h100", 1024, 8192, 1297, {
    tensor: 2,
    pipeline: 8,
    virtualStages: 4,
    expert: 64,
  }),
]

const llmC: PublishedRun[] = (
  [
    ["gpt2-124m", "a100", 512, 64, 0.3],
    ["gpt2-355m", "a100", 512, 64, 0.82],
    ["gpt2-774m", "a100", 512, 32, 1.7],
    ["gpt2-1558m", "h100", 1024, 16, 2.8],
  ] as const
).map(([name, machine, globalBatch, microBatch, seconds]) => ({
  name: `${name}, 8 ${machine}`,
  network: preset(name),
  machine,
  layout: { data: 8, globalBatch, microBatch, zero: 1, recordedLaunches: true },
  seconds,
  family: "llm.c scripts",
}))

export const publishedRuns: readonly PublishedRun[] = [...table2, ...bridges, ...llmC, ...dgx2020]
