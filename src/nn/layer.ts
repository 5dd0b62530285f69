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

export type Padding = "SAME" | "VALID"

interface LayerSettings {
  /** y = x·kernel + bias over the last axis. */
  dense: { readonly features: number; readonly bias: boolean }
  /** Cross-correlation of images [batch, height, width, channels] with a kernel. */
  convolution: {
    readonly features: number
    readonly kernel: readonly [number, number]
    readonly strides: readonly [number, number]
    readonly padding: Padding
    readonly dilation: readonly [number, number]
    readonly groups: number
    readonly bias: boolean
  }
  maxPool: PoolSettings
  averagePool: PoolSettings
  /** The mean of each channel over all places: [batch, height, width, c] to [batch, c]. */
  globalAveragePool: Readonly<Record<never, never>>
  /** While training, zeroes elements with probability `rate` and scales the others up. */
  dropout: { readonly rate: number }
  /**
   * Per channel (last axis): (x − mean)/√(variance + epsilon)·scale + shift, with the batch's
   * moments while training and their running average, by `momentum`, afterwards.
   */
  batchNorm: { readonly momentum: number; readonly epsilon: number }
  /** Per example over the last axis, with scale and shift. */
  layerNorm: { readonly epsilon: number }
  activation: { readonly name: Activation }
  /** [batch, …] to [batch, elements]. */
  flatten: Readonly<Record<never, never>>
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

/** A dense layer: `features` outputs for every input along the last axis. */
export function dense(features: number, options: { bias?: boolean } = {}): LayerOf<"dense"> {
  requireCount(features, "dense: features")
  return { kind: "dense", features, bias: options.bias ?? true }
}

/** A convolution of images laid out [batch, height, width, channels]. */
export function convolution(
  features: number,
  kernel: number | readonly [number, number],
  options: {
    strides?: number | readonly [number, number]
    padding?: Padding
    dilation?: number | readonly [number, number]
    groups?: number
    bias?: boolean
  } = {},
): LayerOf<"convolution"> {
  requireCount(features, "convolution: features")
  return {
    kind: "convolution",
    features,
    kernel: pair(kernel, "convolution: kernel"),
    strides: pair(options.strides ?? 1, "convolution: strides"),
    padding: options.padding ?? "SAME",
    dilation: pair(options.dilation ?? 1, "convolution: dilation"),
    groups: options.groups ?? 1,
    bias: options.bias ?? true,
  }
}

type PoolOptions = { strides?: number | readonly [number, number]; padding?: Padding }

/** The greatest of each window; windows do not overlap unless strides say so. */
export function maxPool(
  window: number | readonly [number, number],
  options: PoolOptions = {},
): LayerOf<"maxPool"> {
  return { kind: "maxPool", ...pool(window, options, "maxPool") }
}

/** The mean of each window. */
export function averagePool(
  window: number | readonly [number, number],
  options: PoolOptions = {},
): LayerOf<"averagePool"> {
  return { kind: "averagePool", ...pool(window, options, "averagePool") }
}

export function globalAveragePool(): LayerOf<"globalAveragePool"> {
  return { kind: "globalAveragePool" }
}

/**
 * Dropout (Srivastava et al. 2014), with the scaling done while training.
 * @throws RangeError when the rate is not from 0 to below 1.
 */
export function dropout(rate: number): LayerOf<"dropout"> {
  if (!(rate >= 0 && rate < 1)) {
    throw new RangeError(`dropout: rate is ${rate}, which must be from 0 to below 1`)
  }
  return { kind: "dropout", rate }
}

/** Batch normalisation (Ioffe and Szegedy 2015). */
export function batchNorm(
  options: { momentum?: number; epsilon?: number } = {},
): LayerOf<"batchNorm"> {
  const { momentum = 0.9, epsilon = 1e-5 } = options
  return { kind: "batchNorm", momentum, epsilon }
}

/** Layer normalisation (Ba, Kiros, Hinton 2016). */
export function layerNorm(options: { epsilon?: number } = {}): LayerOf<"layerNorm"> {
  return { kind: "layerNorm", epsilon: options.epsilon ?? 1e-5 }
}

export function activation(name: Activation): LayerOf<"activation"> {
  return { kind: "activation", name }
}

export function flatten(): LayerOf<"flatten"> {
  return { kind: "flatten" }
}

function pool(
  window: number | readonly [number, number],
  { strides = window, padding = "VALID" }: PoolOptions,
  layer: string,
): PoolSettings {
  return {
    window: pair(window, `${layer}: window`),
    strides: pair(strides, `${layer}: strides`),
    padding,
  }
}

function pair(value: number | readonly [number, number], what: string): readonly [number, number] {
  const both: readonly [number, number] = typeof value === "number" ? [value, value] : value
  for (const one of both) requireCount(one, what)
  return both
}

function requireCount(value: number, what: string): void {
  if (!Number.isInteger(value) || value < 1) {
    throw new RangeError(`${what} is ${value}, which must be a whole number of at least 1`)
  }
}
