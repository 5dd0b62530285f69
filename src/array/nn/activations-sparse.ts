/** Further functions of `jax.nn`. Work is counted for n elements. */

import { elementsOf } from "../../size/index.ts"
import type { Array } from "../array.ts"
import * as elementwise from "../operations/elementwise.ts"
import { extentValue } from "../operations/extent.ts"
import * as movement from "../operations/movement.ts"
import type { Unary } from "../operations/pointwise.ts"
import { type Reduction, reduction } from "../operations/reduction.ts"
import { logsumexp, type ReduceOptions, sum } from "../operations/reductions.ts"
import { axesOf } from "../operations/shapes.ts"
import { type ArrayLike, asFloat, toArray, typeOf } from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"

const { add, divide, exp, expm1, less, lessEqual, log, log1p, multiply, negative, where } =
  elementwise

/**
 * The array itself. Work 0.
 *
 * @example
 * nn.identity(np.array([1, 2])) // → [1, 2]
 */
export const identity: Unary = operation(1, (x) => toArray("identity", x))

/**
 * 0 below −1, (x + 1)²/4 up to 1, x above. Work 7n, span 5.
 *
 * @example
 * nn.sparsePlus(np.array([-2, 0, 2])) // → [0, 0.25, 2]
 */
export const sparsePlus: Unary = operation(1, (x) => {
  const array = asFloat("sparsePlus", x)
  const middle = divide(elementwise.square(add(array, 1)), 4)
  return where(lessEqual(array, -1), 0, where(elementwise.greaterEqual(array, 1), array, middle))
})

/**
 * The derivative of {@link sparsePlus}: (x + 1)/2 kept between 0 and 1. Work 4n, span 4.
 *
 * @example
 * nn.sparseSigmoid(np.array([-2, 0, 2])) // → [0, 0.5, 1]
 */
export const sparseSigmoid: Unary = operation(1, (x) =>
  elementwise.clip(multiply(0.5, add(asFloat("sparseSigmoid", x), 1)), 0, 1),
)

/**
 * ln(1 − e^−x) for x > 0, exact for small and for large x (Mächler 2012). Work 12n, span 7.
 *
 * @example
 * nn.log1mexp(np.array([0.6931472])) // → [-0.6931472]
 */
export const log1mexp: Unary = operation(1, (x) => {
  const array = asFloat("log1mexp", x)
  const small = less(array, Math.LN2)
  const near = where(small, array, 1)
  const far = where(small, 1, array)
  return where(small, log(negative(expm1(negative(near)))), log1p(negative(exp(negative(far)))))
})

/**
 * ln of the mean of e^x without overflow, over all axes, one or several. Work m(4n + 3)
 * and span 2⌈log₂ n⌉ + 7.
 *
 * @example
 * nn.logmeanexp(np.array([0, 0])) // → 0
 */
export const logmeanexp: Reduction<ReduceOptions> = reduction((x, axis, options = {}) => {
  const { shape } = typeOf("logmeanexp", x)
  const axes = axesOf("logmeanexp", axis, shape.length)
  const total = logsumexp(x, axes, options)
  if (options.where === undefined) {
    const count = extentValue(elementsOf(axes.map((i) => shape[i])), total.dtype)
    return elementwise.subtract(total, log(count))
  }
  const mask = movement.broadcastTo(options.where, shape)
  const counted: ArrayLike = elementwise.astype(
    sum(mask, axes, { keepdims: options.keepdims }),
    total.dtype,
  )
  const result: Array = elementwise.subtract(total, log(counted))
  return result
})
