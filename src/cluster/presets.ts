import { nearestNames } from "../hardware/index.ts"
import type {
  Convolutional,
  ConvolutionalLayer,
  EncoderDecoder,
  Network,
  Transformer,
} from "./network.ts"

/** A published size, with where it was published. */
export type Preset = { readonly network: Network; readonly source: string }

function gpt(
  name: string,
  layers: number,
  hidden: number,
  heads: number,
  sequence: number,
): Transformer {
  return {
    kind: "transformer",
    name,
    layers,
    hidden,
    heads,
    headWidth: hidden / heads,
    keyValueHeads: heads,
    feedForward: 4 * hidden,
    gated: false,
    sequence,
    input: { kind: "tokens", vocabulary: 50257, tied: true, positions: sequence },
    causal: true,
    bias: true,
    normParameters: 2,
    normsPerLayer: 2,
    finalNorm: true,
    dropout: true,
  }
}

// GPT-3's published closed form, 12Lh²(1 + 13/12h + (V+s)/12Lh), leaves the final norm out.
function gpt3(name: string, layers: number, hidden: number, heads: number): Transformer {
  return { ...gpt(name, layers, hidden, heads, 2048), finalNorm: false }
}

type LlamaSizes = {
  layers: number
  hidden: number
  heads: number
  keyValueHeads: number
  feedForward: number
  vocabulary: number
  sequence: number
}

function llama(name: string, sizes: LlamaSizes): Transformer {
  const { vocabulary, ...rest } = sizes
  return {
    kind: "transformer",
    name,
    ...rest,
    headWidth: sizes.hidden / sizes.heads,
    gated: true,
    input: { kind: "tokens", vocabulary, tied: false, positions: 0 },
    causal: true,
    bias: false,
    normParameters: 1,
    normsPerLayer: 2,
    finalNorm: true,
  }
}

function llama12(
  name: string,
  sequence: number,
  [layers, hidden, heads, keyValueHeads, feedForward]: readonly [
    number,
    number,
    number,
    number,
    number,
  ],
): Transformer {
  const vocabulary = 32000
  return llama(name, { layers, hidden, heads, keyValueHeads, feedForward, vocabulary, sequence })
}

function llama3(
  name: string,
  [layers, hidden, heads, feedForward]: readonly [number, number, number, number],
): Transformer {
  const shared = { keyValueHeads: 8, vocabulary: 128256, sequence: 8192 }
  return llama(name, { layers, hidden, heads, feedForward, ...shared })
}

function vit(
  name: string,
  layers: number,
  hidden: number,
  heads: number,
  patch: number,
): Transformer {
  return {
    kind: "transformer",
    name,
    layers,
    hidden,
    heads,
    headWidth: hidden / heads,
    keyValueHeads: heads,
    feedForward: 4 * hidden,
    gated: false,
    sequence: (224 / patch) ** 2 + 1,
    input: { kind: "patches", image: 224, patch, channels: 3, classes: 1000 },
    causal: false,
    bias: true,
    normParameters: 2,
    normsPerLayer: 2,
    finalNorm: true,
  }
}

function attention2017(name: string, hidden: number, heads: number): EncoderDecoder {
  return {
    kind: "encoder-decoder",
    name,
    encoderLayers: 6,
    decoderLayers: 6,
    hidden,
    heads,
    headWidth: hidden / heads,
    feedForward: 4 * hidden,
    vocabulary: 37000,
    tied: true,
    // The paper's batches hold about 25,000 source and as many target tokens; 25 is the mean
    // length of a sentence of its training set in shared word pieces.
    sourceSequence: 25,
    targetSequence: 25,
    bias: true,
    normParameters: 2,
  }
}

const conv = (
  name: string,
  channels: number,
  kernel: number,
  rest: { stride?: number; padding?: number; groups?: number } = {},
): ConvolutionalLayer => ({ type: "convolution", name, channels, kernel, ...rest })

const pool = (name: string, kernel: number, stride: number, padding = 0): ConvolutionalLayer => ({
  type: "pool",
  name,
  kernel,
  stride,
  padding,
})

const dense = (name: string, width: number): ConvolutionalLayer => ({ type: "dense", name, width })

// Grouped convolutions are the two GPUs of 2012: each sees only the half that it holds itself.
const alexnet: Convolutional = {
  kind: "convolutional",
  name: "alexnet",
  input: { channels: 3, height: 227, width: 227 },
  layers: [
    conv("conv1", 96, 11, { stride: 4 }),
    pool("pool1", 3, 2),
    conv("conv2", 256, 5, { padding: 2, groups: 2 }),
    pool("pool2", 3, 2),
    conv("conv3", 384, 3, { padding: 1 }),
    conv("conv4", 384, 3, { padding: 1, groups: 2 }),
    conv("conv5", 256, 3, { padding: 1, groups: 2 }),
    pool("pool5", 3, 2),
    dense("fc6", 4096),
    dense("fc7", 4096),
    dense("fc8", 1000),
  ],
}

function vggLayers(): ConvolutionalLayer[] {
  const layers: ConvolutionalLayer[] = []
  const stages = [
    [64, 2],
    [128, 2],
    [256, 3],
    [512, 3],
    [512, 3],
  ] as const
  for (const [stage, [channels, count]] of stages.entries()) {
    for (let i = 1; i <= count; i++)
      layers.push(conv(`conv${stage + 1}_${i}`, channels, 3, { padding: 1 }))
    layers.push(pool(`pool${stage + 1}`, 2, 2))
  }
  return [...layers, dense("fc6", 4096), dense("fc7", 4096), dense("fc8", 1000)]
}

function resnetLayers(): ConvolutionalLayer[] {
  const normed = (name: string, channels: number, kernel: number, stride = 1) =>
    ({
      type: "convolution",
      name,
      channels,
      kernel,
      stride,
      padding: (kernel - 1) / 2,
      bias: false,
      norm: true,
    }) as const
  const layers: ConvolutionalLayer[] = [normed("conv1", 64, 7, 2), pool("pool1", 3, 2, 1)]
  for (const [stage, count] of [3, 4, 6, 3].entries())
    for (let i = 0; i < count; i++) {
      const name = `block${stage + 1}_${i + 1}`
      const narrow = 64 * 2 ** stage
      const stride = i === 0 && stage > 0 ? 2 : 1
      const body = [
        normed(`${name}a`, narrow, 1),
        normed(`${name}b`, narrow, 3, stride),
        normed(`${name}c`, 4 * narrow, 1),
      ]
      const shortcut = i === 0 ? [normed(`${name}s`, 4 * narrow, 1, stride)] : undefined
      layers.push({ type: "residual", name, body, ...(shortcut ? { shortcut } : {}) })
    }
  return [...layers, { type: "pool", name: "average", kernel: "all" }, dense("fc", 1000)]
}

const image224 = { channels: 3, height: 224, width: 224 }

const palm = (
  name: string,
  layers: number,
  hidden: number,
  heads: number,
  headWidth = 256,
): Transformer => ({
  kind: "transformer",
  name,
  layers,
  hidden,
  heads,
  headWidth,
  keyValueHeads: 1,
  feedForward: 4 * hidden,
  gated: true,
  sequence: 2048,
  input: { kind: "tokens", vocabulary: 256000, tied: true, positions: 0 },
  causal: true,
  bias: false,
  normParameters: 1,
  normsPerLayer: 1,
  finalNorm: true,
})

const deepseekV3: Transformer = {
  kind: "transformer",
  name: "deepseek-v3",
  layers: 61,
  hidden: 7168,
  heads: 128,
  headWidth: 192,
  keyValueHeads: 128,
  feedForward: 18432,
  gated: true,
  sequence: 4096,
  input: { kind: "tokens", vocabulary: 129280, tied: false, positions: 0 },
  causal: true,
  bias: false,
  normParameters: 1,
  normsPerLayer: 2,
  finalNorm: true,
  experts: { count: 256, active: 8, shared: 1, width: 2048, layers: 58, routerBias: true },
  latent: {
    queryRank: 1536,
    keyValueRank: 512,
    plainWidth: 128,
    rotaryWidth: 64,
    valueWidth: 128,
  },
}

const gpt3Source = "Brown et al. 2020, table 2.1"
const gpt2Source = "Radford et al. 2019, table 2"
const palmSource = "Chowdhery et al. 2022, table 1"
const vitSource = "Dosovitskiy et al. 2021, table 1"

const list: readonly Preset[] = [
  { network: alexnet, source: "Krizhevsky et al. 2012" },
  {
    network: { kind: "convolutional", name: "vgg16", input: image224, layers: vggLayers() },
    source: "Simonyan and Zisserman 2015, table 1, column D",
  },
  {
    network: { kind: "convolutional", name: "resnet50", input: image224, layers: resnetLayers() },
    source: "He et al. 2016, table 1, stride in the 3×3 convolution",
  },
  {
    network: attention2017("transformer-base", 512, 8),
    source: "Vaswani et al. 2017, table 3",
  },
  {
    network: attention2017("transformer-big", 1024, 16),
    source: "Vaswani et al. 2017, table 3",
  },
  { network: gpt("gpt2-124m", 12, 768, 12, 1024), source: gpt2Source },
  { network: gpt("gpt2-355m", 24, 1024, 16, 1024), source: gpt2Source },
  { network: gpt("gpt2-774m", 36, 1280, 20, 1024), source: gpt2Source },
  { network: gpt("gpt2-1558m", 48, 1600, 25, 1024), source: gpt2Source },
  {
    network: {
      ...gpt("nanogpt-124m", 12, 768, 12, 1024),
      bias: false,
      normParameters: 1,
    },
    source: "nanoGPT's default: GPT-2's smallest without biases",
  },
  { network: gpt3("gpt3-125m", 12, 768, 12), source: gpt3Source },
  { network: gpt3("gpt3-350m", 24, 1024, 16), source: gpt3Source },
  { network: gpt3("gpt3-760m", 24, 1536, 16), source: gpt3Source },
  // The paper prints 24 heads of 128 on a width of 2048; only 16 give its 1.3 billion.
  { network: gpt3("gpt3-1.3b", 24, 2048, 16), source: gpt3Source },
  { network: gpt3("gpt3-2.7b", 32, 2560, 32), source: gpt3Source },
  { network: gpt3("gpt3-6.7b", 32, 4096, 32), source: gpt3Source },
  // The paper prints a width of 5140 for 40 heads of 128, which are 5120.
  { network: gpt3("gpt3-13b", 40, 5120, 40), source: gpt3Source },
  { network: gpt3("gpt3-175b", 96, 12288, 96), source: gpt3Source },
  { network: palm("palm-8b", 32, 4096, 16), source: palmSource },
  { network: palm("palm-62b", 64, 8192, 32), source: palmSource },
  { network: palm("palm-540b", 118, 18432, 48), source: palmSource },
  {
    network: llama12("llama1-7b", 2048, [32, 4096, 32, 32, 11008]),
    source: "Touvron et al. 2023a",
  },
  {
    network: llama12("llama1-13b", 2048, [40, 5120, 40, 40, 13824]),
    source: "Touvron et al. 2023a",
  },
  {
    network: llama12("llama1-33b", 2048, [60, 6656, 52, 52, 17920]),
    source: "Touvron et al. 2023a",
  },
  {
    network: llama12("llama1-65b", 2048, [80, 8192, 64, 64, 22016]),
    source: "Touvron et al. 2023a",
  },
  {
    network: llama12("llama2-7b", 4096, [32, 4096, 32, 32, 11008]),
    source: "Touvron et al. 2023b",
  },
  {
    network: llama12("llama2-13b", 4096, [40, 5120, 40, 40, 13824]),
    source: "Touvron et al. 2023b",
  },
  {
    network: llama12("llama2-70b", 4096, [80, 8192, 64, 8, 28672]),
    source: "Touvron et al. 2023b",
  },
  { network: llama3("llama3-8b", [32, 4096, 32, 14336]), source: "Dubey et al. 2024, table 3" },
  { network: llama3("llama3-70b", [80, 8192, 64, 28672]), source: "Dubey et al. 2024, table 3" },
  {
    network: llama3("llama3-405b", [126, 16384, 128, 53248]),
    source: "Dubey et al. 2024, table 3",
  },
  { network: deepseekV3, source: "DeepSeek-AI 2024, without the extra prediction layer" },
  { network: vit("vit-b16", 12, 768, 12, 16), source: vitSource },
  { network: vit("vit-l16", 24, 1024, 16, 16), source: vitSource },
  { network: vit("vit-h14", 32, 1280, 16, 14), source: vitSource },
]

/** Every preset by name. */
export const presets: ReadonlyMap<string, Preset> = new Map(
  list.map((preset) => [preset.network.name, preset]),
)

const aliases: Readonly<Record<string, string>> = {
  gpt2: "gpt2-124m",
  gpt3: "gpt3-175b",
  palm: "palm-540b",
  nanogpt: "nanogpt-124m",
  "llama3.1-405b": "llama3-405b",
  "llama3.1-70b": "llama3-70b",
  "llama3.1-8b": "llama3-8b",
  "transformer-2017": "transformer-base",
  "transformer-2017-big": "transformer-big",
}

/** The preset of that name (or a usual other name for it). Throws with the nearest names. */
export function preset(name: string): Network {
  const lower = name.toLowerCase()
  const found = presets.get(aliases[lower] ?? lower)
  if (found === undefined)
    throw new Error(
      `no network is called "${name}": the nearest are ${nearestNames(name, [...Object.keys(aliases), ...presets.keys()]).join(", ")}`,
    )
  return found.network
}
