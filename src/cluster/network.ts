/**
 * What is to be trained: networks as plain data. Sizes are counts, never bytes; nothing here knows
 * of machines. `count.ts` turns a network into parameters and FLOP.
 */

/** Token input: a table of vocabulary × hidden, shared with the output projection when tied. */
export type Tokens = {
  readonly kind: "tokens"
  readonly vocabulary: number
  readonly tied: boolean
  /** Rows of a learned position table, 0 where positions cost no parameters (rotary, sinusoid). */
  readonly positions: number
}

/** Image input cut into square patches; one class token is added before the encoder. */
export type Patches = {
  readonly kind: "patches"
  readonly image: number
  readonly patch: number
  readonly channels: number
  readonly classes: number
}

/** Mixture of experts: in `layers` of the layers, `active` of `count` experts see each token. */
export type Experts = {
  readonly count: number
  readonly active: number
  readonly shared: number
  /** Inner width of one expert; shared experts have the same width. */
  readonly width: number
  readonly layers: number
  /** Whether the router keeps one balancing bias for each expert. */
  readonly routerBias?: boolean
}

/** Multi-head latent attention: queries, keys and values pass through low-rank bottlenecks. */
export type LatentAttention = {
  readonly queryRank: number
  readonly keyValueRank: number
  /** Width of a head's query and key without positions, with rotary positions, and of its value. */
  readonly plainWidth: number
  readonly rotaryWidth: number
  readonly valueWidth: number
}

export type Transformer = {
  readonly kind: "transformer"
  readonly name: string
  readonly layers: number
  readonly hidden: number
  readonly heads: number
  readonly headWidth: number
  /** Heads that keys and values have: `heads` for multi-head, 1 for multi-query attention. */
  readonly keyValueHeads: number
  readonly feedForward: number
  /** A gated feed-forward (SwiGLU) has three matrices, a plain one two. */
  readonly gated: boolean
  /** Tokens of one sample (for patches: patches plus the class token). */
  readonly sequence: number
  readonly input: Tokens | Patches
  /** Whether a token may only look back. */
  readonly causal: boolean
  /** Whether every matrix product adds a bias. */
  readonly bias: boolean
  /** Parameters of a norm for each hidden unit: 2 (scale and shift) or 1 (scale). */
  readonly normParameters: 1 | 2
  /** Norms in one layer: 2, or 1 where attention and feed-forward run side by side. */
  readonly normsPerLayer: number
  /** Whether a norm stands after the last layer (some published counts leave it out). */
  readonly finalNorm: boolean
  /** Whether dropout keeps masks for the backward pass. Default false. */
  readonly dropout?: boolean
  readonly experts?: Experts
  readonly latent?: LatentAttention
}

/** The encoder–decoder of 2017: shared token table, cross-attention in each decoder layer. */
export type EncoderDecoder = {
  readonly kind: "encoder-decoder"
  readonly name: string
  readonly encoderLayers: number
  readonly decoderLayers: number
  readonly hidden: number
  readonly heads: number
  readonly headWidth: number
  readonly feedForward: number
  readonly vocabulary: number
  readonly tied: boolean
  readonly sourceSequence: number
  readonly targetSequence: number
  readonly bias: boolean
  /** Parameters of a norm for each hidden unit; 0 leaves norms out of the count. */
  readonly normParameters: 0 | 1 | 2
}

export type ConvolutionalLayer =
  | {
      readonly type: "convolution"
      readonly name: string
      readonly channels: number
      readonly kernel: number
      readonly stride?: number
      readonly padding?: number
      /** Groups that do not see each other's channels (AlexNet's two GPUs: 2). */
      readonly groups?: number
      /** Default true. */
      readonly bias?: boolean
      /** Scale and shift for each channel after the convolution. */
      readonly norm?: boolean
    }
  | {
      readonly type: "pool"
      readonly name: string
      /** Window side; "all" averages the whole plane. */
      readonly kernel: number | "all"
      readonly stride?: number
      readonly padding?: number
    }
  | {
      readonly type: "dense"
      readonly name: string
      readonly width: number
      readonly bias?: boolean
    }
  | {
      readonly type: "residual"
      readonly name: string
      readonly body: readonly ConvolutionalLayer[]
      readonly shortcut?: readonly ConvolutionalLayer[]
    }

export type Convolutional = {
  readonly kind: "convolutional"
  readonly name: string
  readonly input: { readonly channels: number; readonly height: number; readonly width: number }
  readonly layers: readonly ConvolutionalLayer[]
}

/**
 * Any computation known only by its price: a graph traced elsewhere, or a network of a kind that
 * this room does not describe. FLOP and bytes are for one sample.
 */
export type Described = {
  readonly kind: "described"
  readonly name: string
  readonly parameters: number
  /** Forward FLOP of one sample; training is charged three times this. */
  readonly flop: number
  /** Bytes kept for the backward pass of one sample. */
  readonly activationBytes: number
  /** Equal stages that a pipeline may cut between. Default 1. */
  readonly layers?: number
  /** Parts (such as tokens) that one sample counts as in throughput and critical batch. Default 1. */
  readonly tokens?: number
}

export type Network = Transformer | EncoderDecoder | Convolutional | Described

/** What counts as a FLOP of the network where the literature disagrees. */
export type Counting = {
  /**
   * "full" charges every pair of tokens (Megatron until 2024, PaLM, nanoGPT); "causal" charges
   * half of the pairs where a token may only look back. Default "full".
   */
  readonly attention?: "full" | "causal"
  /** Whether the projection onto the vocabulary (or classes) counts. Default true. */
  readonly logits?: boolean
}

/** Layers that a pipeline may cut between. */
export function layersOf(network: Network): number {
  switch (network.kind) {
    case "transformer":
      return network.layers
    case "encoder-decoder":
      return network.encoderLayers + network.decoderLayers
    case "convolutional":
      return network.layers.filter((layer) => layer.type !== "pool").length
    case "described":
      return network.layers ?? 1
  }
}

/** What one sample counts as in throughput and batches: its tokens, or 1 for an image. */
export function tokensOf(network: Network): number {
  switch (network.kind) {
    case "transformer":
      return network.input.kind === "patches" ? 1 : network.sequence
    case "encoder-decoder":
      return network.targetSequence
    case "convolutional":
      return 1
    case "described":
      return network.tokens ?? 1
  }
}

/** What one sample is made of, in words: "token", "image" or "sample". */
export function unitOf(network: Network): "token" | "image" | "sample" {
  if (network.kind === "convolutional") return "image"
  if (network.kind === "described") return (network.tokens ?? 1) > 1 ? "token" : "sample"
  if (network.kind === "transformer" && network.input.kind === "patches") return "image"
  return "token"
}

/** The same network on samples of another length; learned positions stay as they are. */
export function withSequence(network: Transformer, sequence: number): Transformer {
  return { ...network, sequence }
}
