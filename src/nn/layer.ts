/** Layers as data: a network is a list of these, and its description is the same list as JSON. */

export type Activation =
  | "relu"
  | "gelu"
  | "silu"
  | "sigmoid"
  | "tanh"
  | "elu"
  | "leakyRelu"
  | "softplus"
  | "softmax"

/** Zeros around an image: enough for ⌈extent/stride⌉ places, none, or so many on each side. */
export type Padding = "SAME" | "VALID" | number

/** How a layer's parameters are drawn; what is absent is the layer's own habit. */
interface Initial {
  /** Standard deviation of the kernel's normal distribution; √(2/fan in) unless given. */
  readonly deviation?: number
  /** What each bias starts at; 0 unless given. */
  readonly biasValue?: number
}

interface LayerSettings {
  /** y = x·kernel + bias over the last axis. */
  dense: { readonly features: number; readonly bias: boolean } & Initial
  /** Cross-correlation of images [batch, height, width, channels] with a kernel. */
  convolution: {
    readonly features: number
    readonly kernel: readonly [number, number]
    readonly strides: readonly [number, number]
    readonly padding: Padding
    readonly dilation: readonly [number, number]
    readonly groups: number
    readonly bias: boolean
  } & Initial
  maxPool: PoolSettings
  averagePool: PoolSettings
  /** The mean of each feature over all places: [batch, …places, c] to [batch, c]. */
  globalAveragePool: Readonly<Record<never, never>>
  /** While training, zeroes elements with probability `rate` and scales the others up. */
  dropout: { readonly rate: number }
  /**
   * Per channel (last axis): (x − mean)/√(variance + epsilon)·scale + shift, with the batch's
   * moments while training and their running average, by `momentum`, afterwards.
   */
  batchNorm: { readonly momentum: number; readonly epsilon: number }
  /** Per example over the last axis, with scale and shift. */
  layerNorm: { readonly epsilon: number; readonly bias: boolean }
  /** x/(bias + alpha·Σx²)^beta, the sum over `size` neighbouring channels. */
  localResponseNorm: {
    readonly size: number
    readonly alpha: number
    readonly beta: number
    readonly bias: number
  }
  activation: { readonly name: Activation }
  /** [batch, …] to [batch, elements]. */
  flatten: Readonly<Record<never, never>>
  /** Token numbers [batch, time] to their rows of a table: [batch, time, features]. */
  embedding: { readonly vocabulary: number; readonly features: number } & Pick<Initial, "deviation">
  /** Adds to [batch, time, features] what tells the places of time apart. */
  positions: { readonly form: "learned" | "sinusoidal" } & Pick<Initial, "deviation">
  /** Every place of [batch, time, features] attends to all, or if causal to those before it. */
  selfAttention: {
    readonly heads: number
    readonly causal: boolean
    readonly bias: boolean
    /** Deviation of the kernel behind the heads, where it is another than that before them. */
    readonly outputDeviation?: number
  } & Pick<Initial, "deviation">
  /** Logits over a vocabulary: products with the rows of the network's embedding, shared. */
  unembedding: { readonly vocabulary: number }
  /** x + layers(x), or shortcut(x) + layers(x). */
  residual: { readonly layers: readonly Layer[]; readonly shortcut: readonly Layer[] }
}

interface PoolSettings {
  readonly window: readonly [number, number]
  readonly strides: readonly [number, number]
  readonly padding: Padding
}

export type LayerKind = keyof LayerSettings

export type LayerOf<K extends LayerKind> = { readonly kind: K } & LayerSettings[K]

/** One layer of a network. */
export type Layer = { readonly [K in LayerKind]: LayerOf<K> }[LayerKind]

export function pair(
  value: number | readonly [number, number],
  what: string,
): readonly [number, number] {
  const both: readonly [number, number] = typeof value === "number" ? [value, value] : value
  for (const one of both) requireCount(one, what)
  return both
}

/** @throws RangeError when a setting is no whole number of at least 1. */
export function requireCount(value: number, what: string): void {
  if (!Number.isInteger(value) || value < 1) {
    throw new RangeError(`${what} is ${value}, which must be a whole number of at least 1`)
  }
}

/** @throws RangeError when padding is a number that is negative or no whole one. */
export function requirePadding(padding: Padding, what: string): void {
  if (typeof padding === "number" && !(Number.isInteger(padding) && padding >= 0)) {
    throw new RangeError(`${what} is ${padding}, which must be "SAME", "VALID" or a whole number`)
  }
}
