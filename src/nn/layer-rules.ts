/** What each kind of layer does: its parameters, its state, the shape it gives, and its function. */

import { type Array, nn as functions, lax, np, random } from "../array/index.ts"
import { elementsOf } from "../size/index.ts"
import type { Activation, LayerKind, LayerOf } from "./layer.ts"

/** A layer's own arrays by name. */
export type Arrays = { readonly [name: string]: Array }

export interface Context {
  readonly training: boolean
  /** Random key of this layer; absent where nothing is random. */
  readonly key: Array | undefined
}

export interface LayerRule<K extends LayerKind> {
  /**
   * Shape of one example's output.
   * @throws RangeError when the layer cannot take that input.
   */
  outputShape(layer: LayerOf<K>, input: readonly number[]): readonly number[]
  /** Parameters that training changes; random ones drawn with the key. */
  parameters(layer: LayerOf<K>, input: readonly number[], key: Array): Arrays
  /** Arrays that training carries along but does not descend on. */
  state(layer: LayerOf<K>, input: readonly number[]): Arrays
  /** The output for a batch, and the state after it. */
  apply(
    layer: LayerOf<K>,
    parameters: Arrays,
    state: Arrays,
    x: Array,
    context: Context,
  ): { readonly output: Array; readonly state: Arrays }
}

/** Normal with variance 2/fanIn, for layers before rectifiers (He et al. 2015). */
function heNormal(key: Array, shape: readonly number[], fanIn: number): Array {
  return random.normal(key, shape).mul(Math.sqrt(2 / fanIn))
}

/** @throws RangeError when an example is no image. */
function requireImage(input: readonly number[]): void {
  if (input.length !== 3) {
    throw new RangeError(
      `it takes examples of shape [height, width, channels], not [${input.join(", ")}]`,
    )
  }
}

/** Places of a window along an axis. */
function placesOf(
  extent: number,
  window: number,
  stride: number,
  padding: "SAME" | "VALID",
): number {
  if (padding === "SAME") return Math.ceil(extent / stride)
  if (window > extent) {
    throw new RangeError(`a window of ${window} does not fit an extent of ${extent}`)
  }
  return Math.floor((extent - window) / stride) + 1
}

const activations: { readonly [A in Activation]: (x: Array) => Array } = {
  relu: functions.relu,
  gelu: functions.gelu,
  silu: functions.silu,
  sigmoid: functions.sigmoid,
  tanh: np.tanh,
  elu: functions.elu,
  leakyRelu: functions.leakyRelu,
  softplus: functions.softplus,
  softmax: functions.softmax,
}

/** A layer without parameters or state. */
function plain<K extends LayerKind>(
  outputShape: (layer: LayerOf<K>, input: readonly number[]) => readonly number[],
  apply: (layer: LayerOf<K>, x: Array, context: Context) => Array,
): LayerRule<K> {
  return {
    outputShape,
    parameters: () => ({}),
    state: () => ({}),
    apply: (layer, _parameters, state, x, context) => ({ output: apply(layer, x, context), state }),
  }
}

function pooling<K extends "maxPool" | "averagePool">(
  apply: (layer: LayerOf<K>, x: Array) => Array,
): LayerRule<K> {
  return plain((layer, input) => {
    requireImage(input)
    const { window, strides, padding } = layer
    const places = (axis: 0 | 1) => placesOf(input[axis], window[axis], strides[axis], padding)
    return [places(0), places(1), input[2]]
  }, apply)
}

/** Scale and shift per channel, for the normalisations. */
function scaleAndShift(input: readonly number[]): Arrays {
  const channels = input[input.length - 1]
  return { scale: np.ones([channels]), shift: np.zeros([channels]) }
}

export const layerRules: { readonly [K in LayerKind]: LayerRule<K> } = {
  dense: {
    outputShape: (layer, input) => [...input.slice(0, -1), layer.features],
    parameters({ features, bias }, input, key) {
      const fanIn = input[input.length - 1]
      const kernel = heNormal(key, [fanIn, features], fanIn)
      const arrays: Arrays = { kernel }
      return bias ? { ...arrays, bias: np.zeros([features]) } : arrays
    },
    state: () => ({}),
    apply(_layer, { kernel, bias }, state, x) {
      const y = np.matmul(x, kernel)
      return { output: bias === undefined ? y : y.add(bias), state }
    },
  },
  convolution: {
    outputShape(layer, input) {
      requireImage(input)
      const { kernel, strides, padding, dilation, groups, features } = layer
      if (input[2] % groups !== 0 || features % groups !== 0) {
        throw new RangeError(
          `${groups} groups must divide ${input[2]} channels and ${features} features`,
        )
      }
      const places = (axis: 0 | 1) => {
        const span = (kernel[axis] - 1) * dilation[axis] + 1
        return placesOf(input[axis], span, strides[axis], padding)
      }
      return [places(0), places(1), features]
    },
    parameters({ features, kernel: [height, width], groups, bias }, input, key) {
      const channels = input[2] / groups
      const shape = [height, width, channels, features]
      const kernel = heNormal(key, shape, height * width * channels)
      const arrays: Arrays = { kernel }
      return bias ? { ...arrays, bias: np.zeros([features]) } : arrays
    },
    state: () => ({}),
    apply({ strides, padding, dilation, groups }, { kernel, bias }, state, x) {
      const y = lax.convGeneralDilated(x, kernel, strides, padding, {
        rhsDilation: dilation,
        featureGroupCount: groups,
        dimensionNumbers: ["NHWC", "HWIO", "NHWC"],
      })
      return { output: bias === undefined ? y : y.add(bias), state }
    },
  },
  maxPool: pooling((layer, x) => functions.maxPool(x, layer.window, layer)),
  averagePool: pooling((layer, x) => functions.avgPool(x, layer.window, layer)),
  globalAveragePool: plain(
    (_layer, input) => {
      requireImage(input)
      return [input[2]]
    },
    (_layer, x) => x.mean([1, 2]),
  ),
  dropout: plain(
    (_layer, input) => input,
    ({ rate }, x, { training, key }) => {
      if (!training || rate === 0) return x
      if (key === undefined) throw new TypeError("dropout needs a random key while training")
      const kept = random.bernoulli(key, 1 - rate, x.shape)
      return np.where(kept, x.div(1 - rate), 0)
    },
  ),
  batchNorm: {
    outputShape: (_layer, input) => input,
    parameters: (_layer, input) => scaleAndShift(input),
    state(_layer, input) {
      const channels = input[input.length - 1]
      return { mean: np.zeros([channels]), variance: np.ones([channels]) }
    },
    apply({ momentum, epsilon }, { scale, shift }, state, x, { training }) {
      const axes = globalThis.Array.from({ length: x.ndim - 1 }, (_, axis) => axis)
      const mean = training ? x.mean(axes) : state.mean
      const variance = training ? x.var(axes) : state.variance
      const factor = np.divide(scale, np.sqrt(variance.add(epsilon)))
      const output = x.sub(mean).mul(factor).add(shift)
      if (!training) return { output, state }
      const blend = (old: Array, now: Array): Array => old.mul(momentum).add(now.mul(1 - momentum))
      return {
        output,
        state: { mean: blend(state.mean, mean), variance: blend(state.variance, variance) },
      }
    },
  },
  layerNorm: {
    outputShape: (_layer, input) => input,
    parameters: (_layer, input) => scaleAndShift(input),
    state: () => ({}),
    apply({ epsilon }, { scale, shift }, state, x) {
      const mean = x.mean(-1, { keepdims: true })
      const variance = x.var(-1, { keepdims: true })
      const normal = x.sub(mean).div(np.sqrt(variance.add(epsilon)))
      return { output: normal.mul(scale).add(shift), state }
    },
  },
  activation: plain(
    (_layer, input) => input,
    ({ name }, x) => activations[name](x),
  ),
  flatten: plain(
    (_layer, input) => [input.reduce((product, extent) => product * extent, 1)],
    (_layer, x) => x.reshape([x.shape[0], elementsOf(x.shape.slice(1))]),
  ),
}
