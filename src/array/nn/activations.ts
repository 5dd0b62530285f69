/** The functions between a network's layers, as in `jax.nn`. Work is counted for n elements. */

import type { Array } from "../array.ts"
import { isNamed } from "../named.ts"
import * as elementwise from "../operations/elementwise.ts"
import * as movement from "../operations/movement.ts"
import * as reductions from "../operations/reductions.ts"
import { type Axes, axesOf } from "../operations/shapes.ts"
import { type ArrayLike, asFloat, fill, toArray } from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"

const { add, exp, expm1, divide, less, lessEqual, logistic, multiply, tanh, where } = elementwise

type Activation = (x: ArrayLike) => Array

/**
 * max(x, 0); its derivative at 0 is 0. Work 2n, span 2.
 * @example nn.relu(np.array([-1, 0, 2])) // → [0, 0, 2]
 */
export const relu: Activation = operation(1, (x) => {
  const array = toArray("relu", x)
  return where(lessEqual(array, 0), fill(0, [], { dtype: array.dtype, weak: true }), array)
})
/**
 * x kept between 0 and 6; its derivative at both is 0, as in JAX. Work 4n, span 3.
 * @example nn.relu6(np.array([-1, 3, 8])) // → [0, 3, 6]
 */
export const relu6: Activation = operation(1, (x) => {
  const array = asFloat("relu6", x)
  return where(lessEqual(array, 0), 0, where(elementwise.greaterEqual(array, 6), 6, array))
})
/**
 * 1 / (1 + e^−x). Work n, span 1.
 * @example nn.sigmoid(np.array([-1, 0, 1])) // → [0.268941, 0.5, 0.731059]
 */
export const sigmoid: Activation = logistic
/**
 * ln(1 + e^x) without overflow. Work 8n, span 6.
 * @example nn.softplus(np.array([0, 100])) // → [0.693147, 100]
 */
export const softplus: Activation = operation(1, (x) => elementwise.logaddexp(x, 0))
/**
 * x · sigmoid(x). Work 2n, span 2.
 * @example nn.silu(np.array([-1, 0, 1])) // → [-0.268941, 0, 0.731059]
 */
export const silu: Activation = operation(1, (x) => multiply(x, logistic(x)))
export { silu as swish }
/**
 * ln sigmoid(x) without overflow. Work 10n, span 8.
 * @example nn.logSigmoid(np.array([-100, 0])) // → [-100, -0.693147]
 */
export const logSigmoid: Activation = operation(1, (x) =>
  elementwise.negative(softplus(elementwise.negative(x))),
)
/**
 * x / (1 + |x|). Work 3n, span 3.
 * @example nn.softSign(np.array([-1, 0, 3])) // → [-0.5, 0, 0.75]
 */
export const softSign: Activation = operation(1, (x) => divide(x, add(elementwise.absolute(x), 1)))
/**
 * x kept between −1 and 1; its derivative at both is 1, as in JAX. Work 4n, span 3.
 * @example nn.hardTanh(np.array([-2, 0.5, 2])) // → [-1, 0.5, 1]
 */
export const hardTanh: Activation = operation(1, (x) => {
  const array = toArray("hardTanh", x)
  return where(elementwise.greater(array, 1), 1, where(less(array, -1), -1, array))
})
/**
 * relu6(x + 3) / 6. Work 6n, span 5.
 * @example nn.hardSigmoid(np.array([-6, 0, 1.5])) // → [0, 0.5, 0.75]
 */
export const hardSigmoid: Activation = operation(1, (x) =>
  multiply(relu6(add(asFloat("hardSigmoid", x), 3)), 1 / 6),
)
/**
 * x · hardSigmoid(x). Work 7n, span 6.
 * @example nn.hardSilu(np.array([-3, 0, 1, 3])) // → [0, 0, 0.666667, 3]
 */
export const hardSilu: Activation = operation(1, (x) => multiply(x, hardSigmoid(x)))
export { hardSilu as hardSwish }
/**
 * x · tanh(softplus(x)). Work 10n, span 8.
 * @example nn.mish(np.array([-1, 0, 1])) // → [-0.303401, 0, 0.865098]
 */
export const mish: Activation = operation(1, (x) => multiply(x, tanh(softplus(x))))
export { tanh } from "../operations/elementwise.ts"

/**
 * Below 0 multiplied by a slope. Work 3n, span 2.
 * @example nn.leakyRelu(np.array([-1, 2]), 0.1) // → [-0.1, 2]
 */
export const leakyRelu: (
  x: ArrayLike,
  slope?: number | { readonly negativeSlope?: number },
) => Array = operation(1, (x, slope = 0.01) => {
  if (isNamed(slope)) return leakyRelu(x, slope.negativeSlope)
  return where(elementwise.greaterEqual(x, 0), x, multiply(x, slope))
})

/**
 * x above 0, alpha(e^x − 1) below. Work 4n, span 4.
 * @example nn.elu(np.array([-1, 0, 2])) // → [-0.632121, 0, 2]
 */
export const elu: (x: ArrayLike, alpha?: number | { readonly alpha?: number }) => Array = operation(
  1,
  (x, alpha = 1) => {
    if (isNamed(alpha)) return elu(x, alpha.alpha)
    const positive = elementwise.greater(x, 0)
    // Only negative numbers are exponentiated: the branch that is not taken must stay finite.
    return where(positive, x, multiply(alpha, expm1(where(positive, 0, x))))
  },
)

/**
 * x above 0, alpha(e^(x/alpha) − 1) below. Work 4n, span 4.
 * @example nn.celu(np.array([-1, 0, 2])) // → [-0.632121, 0, 2]
 */
export const celu: (x: ArrayLike, alpha?: number | { readonly alpha?: number }) => Array =
  operation(1, (x, alpha = 1) => {
    if (isNamed(alpha)) return celu(x, alpha.alpha)
    const positive = elementwise.greater(x, 0)
    const negative = where(positive, 0, x)
    return where(positive, x, multiply(alpha, expm1(divide(negative, alpha))))
  })

/**
 * Scaled elu that keeps mean 0 and variance 1 (Klambauer et al. 2017). Work 6n, span 6.
 * @example nn.selu(np.array([-1, 0, 1])) // → [-1.11133, 0, 1.0507]
 */
export const selu: Activation = operation(1, (x) =>
  multiply(elu(x, 1.6732632423543772), 1.0507009873554805),
)

/**
 * x times the normal distribution function: by tanh unless `approximate` is false (Hendrycks and
 * Gimpel 2016), with (1 + tanh u)/2 as the sigmoid of 2u. Work 6n, span 6 by tanh.
 * @example nn.gelu(np.array([-1, 0, 1])) // → [-0.158808, 0, 0.841192]
 */
export const gelu: (
  x: ArrayLike,
  approximate?: boolean | { readonly approximate?: boolean },
) => Array = operation(1, (x, given = true) => {
  const { approximate = true } = typeof given === "boolean" ? { approximate: given } : given
  const array = asFloat("gelu", x)
  if (!approximate) {
    const below = elementwise.erfc(multiply(array, -Math.SQRT1_2))
    return multiply(multiply(array, 0.5), below)
  }
  const twice = 2 * Math.sqrt(2 / Math.PI)
  const inner = add(multiply(multiply(array, array), 0.044715 * twice), twice)
  return multiply(array, logistic(multiply(array, inner)))
})

/**
 * (x + √(x² + b)) / 2. Work 5n, span 5.
 * @example nn.squareplus(np.array([0, 1.5])) // → [1, 2]
 */
export const squareplus: (x: ArrayLike, b?: number) => Array = operation(1, (x, b = 4) =>
  multiply(add(x, elementwise.sqrt(add(elementwise.square(x), b))), 0.5),
)

/**
 * The first half of an axis gated by the sigmoid of the second. Work n, span 2.
 * @example nn.glu(np.array([1, 2, 0, 0])) // → [0.5, 1]
 */
export const glu: (x: ArrayLike, axis?: number | { readonly axis?: number }) => Array = operation(
  1,
  (x, axis = -1) => {
    if (isNamed(axis)) return glu(x, axis.axis)
    const array = toArray("glu", x)
    const [value, gate] = movement.split(array, 2, axis)
    return multiply(value, logistic(gate))
  },
)

export interface SoftmaxOptions {
  /** Which elements take part: bool, broadcast to the array. All unless given. */
  readonly where?: ArrayLike
}

/** x less its greatest element, which changes no softmax and avoids overflow. */
function shifted(name: string, x: ArrayLike, axis: Axes, options: SoftmaxOptions): Array {
  const array = asFloat(name, x)
  axesOf(name, axis, array.ndim)
  const given =
    options.where === undefined ? array : where(options.where, array, Number.NEGATIVE_INFINITY)
  const top = reductions.max(given, axis, { keepdims: true, initial: Number.NEGATIVE_INFINITY })
  return elementwise.subtract(given, elementwise.stopGradient(top))
}

/**
 * e^x over its sum along axes, the last unless given. Work m(5n − 2), span 2⌈log₂ n⌉ + 3.
 * @example nn.softmax(np.array([0, 0, Math.log(2)])) // → [0.25, 0.25, 0.5]
 */
export const softmax: (
  x: ArrayLike,
  axis?: Axes | (SoftmaxOptions & { readonly axis?: Axes }),
  options?: SoftmaxOptions,
) => Array = operation(1, (x, axis = -1, options = {}) => {
  if (isNamed(axis)) return softmax(x, axis.axis, axis)
  const powers = exp(shifted("softmax", x, axis, options))
  return divide(powers, reductions.sum(powers, axis, { keepdims: true }))
})

/**
 * ln softmax(x) without overflow. Work m(5n − 1), span 2⌈log₂ n⌉ + 4.
 * @example nn.logSoftmax(np.array([0, 0])) // → [-0.693147, -0.693147]
 */
export const logSoftmax: (
  x: ArrayLike,
  axis?: Axes | (SoftmaxOptions & { readonly axis?: Axes }),
  options?: SoftmaxOptions,
) => Array = operation(1, (x, axis = -1, options = {}) => {
  if (isNamed(axis)) return logSoftmax(x, axis.axis, axis)
  const below = shifted("logSoftmax", x, axis, options)
  const total = reductions.sum(exp(below), axis, { keepdims: true })
  return elementwise.subtract(below, elementwise.log(total))
})

export interface StandardizeOptions {
  /** Added to the variance; 1e-5 unless given. */
  readonly epsilon?: number
  /** Which elements mean and variance are of: bool, broadcast to the array. All unless given. */
  readonly where?: ArrayLike
  /** The mean and the variance, where they are known. */
  readonly mean?: ArrayLike
  readonly variance?: ArrayLike
}

/**
 * Less the mean, over the standard deviation, along axes. Work m(5n + 2), span 2⌈log₂ n⌉ + 7.
 * @example nn.standardize(np.array([1, 3])) // → [-0.999995, 0.999995]
 */
export const standardize: (
  x: ArrayLike,
  axis?: Axes | (StandardizeOptions & { readonly axis?: Axes }),
  options?: StandardizeOptions,
) => Array = operation(1, (x, axis = -1, options = {}) => {
  if (isNamed(axis)) return standardize(x, axis.axis, axis)
  const { epsilon = 1e-5, where: counted } = options
  const array = asFloat("standardize", x)
  const kept = { keepdims: true, where: counted }
  const mean = options.mean ?? reductions.mean(array, axis, kept)
  const centred = elementwise.subtract(array, mean)
  const variance = options.variance ?? reductions.mean(elementwise.square(centred), axis, kept)
  return multiply(centred, elementwise.rsqrt(add(variance, epsilon)))
})
