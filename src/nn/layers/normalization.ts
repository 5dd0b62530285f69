/** Normalisations. */

import { type Array, lax, np } from "../../array/index.ts"
import { type LayerOf, requireCount } from "../layer.ts"
import { type Arrays, type LayerRule, plain } from "../rule.ts"

/**
 * Batch normalisation (Ioffe and Szegedy 2015).
 * @example new Network([8, 8, 3], [batchNorm()]).output // → [8, 8, 3]
 */
export function batchNorm(
  options: { momentum?: number; epsilon?: number } = {},
): LayerOf<"batchNorm"> {
  const { momentum = 0.9, epsilon = 1e-5 } = options
  return { kind: "batchNorm", momentum, epsilon }
}

/**
 * Layer normalisation (Ba, Kiros, Hinton 2016).
 * @example
 * const network = new Network([2], [layerNorm()])
 * network.apply(network.initialize(random.key(0)), np.array([[1, 3]])).output // → [[-1, 1]]
 */
export function layerNorm(
  options: { epsilon?: number; bias?: boolean } = {},
): LayerOf<"layerNorm"> {
  return { kind: "layerNorm", epsilon: options.epsilon ?? 1e-5, bias: options.bias ?? true }
}

/**
 * Local response normalisation across channels (Krizhevsky et al. 2012, section 3.3), with that
 * paper's constants unless others are given: x ÷ (bias + alpha · Σ x²)^beta, the sum over `size`
 * neighbouring channels and not divided by their number. The shape stays.
 * @throws RangeError unless size is a whole number from 1 on.
 * @example new Network([8, 8, 3], [localResponseNorm()]).output // → [8, 8, 3]
 */
export function localResponseNorm(
  options: { size?: number; alpha?: number; beta?: number; bias?: number } = {},
): LayerOf<"localResponseNorm"> {
  const { size = 5, alpha = 1e-4, beta = 0.75, bias = 2 } = options
  requireCount(size, "localResponseNorm: size")
  return { kind: "localResponseNorm", size, alpha, beta, bias }
}

/** Scale and shift per channel. */
function scaleAndShift(input: readonly number[]): Arrays {
  const channels = input[input.length - 1]
  return { scale: np.ones([channels]), shift: np.zeros([channels]) }
}

export const batchNormRule: LayerRule<"batchNorm"> = {
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
}

export const layerNormRule: LayerRule<"layerNorm"> = {
  outputShape: (_layer, input) => input,
  parameters({ bias }, input) {
    const { scale, shift } = scaleAndShift(input)
    const scaled: Arrays = { scale }
    return bias ? { ...scaled, shift } : scaled
  },
  state: () => ({}),
  apply({ epsilon }, { scale, shift }, state, x) {
    const mean = x.mean(-1, { keepdims: true })
    const variance = x.var(-1, { keepdims: true })
    const normal = x
      .sub(mean)
      .div(np.sqrt(variance.add(epsilon)))
      .mul(scale)
    return { output: shift === undefined ? normal : normal.add(shift), state }
  },
}

export const localResponseNormRule: LayerRule<"localResponseNorm"> = plain(
  (_layer, input) => input,
  ({ size, alpha, beta, bias }, x) => {
    const before = Math.floor(size / 2)
    const around = [before, size - 1 - before] as const
    const last = x.ndim - 1
    const squares = lax.reduceWindow(
      x.mul(x),
      "sum",
      x.shape.map((_, axis) => (axis === last ? size : 1)),
      { padding: x.shape.map((_, axis) => (axis === last ? around : [0, 0])) },
    )
    return x.div(np.power(squares.mul(alpha).add(bias), beta))
  },
)
