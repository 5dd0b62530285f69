/**
 * Reductions that pass over NaN. Each costs what the plain reduction does and 2 more for each
 * element, to find and replace the NaN. Arrays of integers hold none.
 */

import { isFloat } from "../../size/index.ts"
import type { Array } from "../array.ts"
import * as elementwise from "../operations/elementwise.ts"
import { type Reduction, reduction } from "../operations/reduction.ts"
import type { KeepOptions, ReduceOptions, VarianceOptions } from "../operations/reductions.ts"
import * as reductions from "../operations/reductions.ts"
import { type ArrayLike, asFloat, toArray } from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"

type Reduce = Reduction<ReduceOptions>

/** An array with a number in place of NaN. */
function without(x: Array, replacement: number): Array {
  return isFloat(x.dtype) ? elementwise.where(elementwise.isnan(x), replacement, x) : x
}

/** Which elements count: the given ones that are not NaN. */
function counted(x: Array, where: ArrayLike | undefined): Array {
  const known = elementwise.equal(x, x)
  return where === undefined ? known : elementwise.logicalAnd(known, where)
}

/**
 * Sum of what is not NaN, 0 where nothing is. Work m(3n − 1), span ⌈log₂ n⌉ + 2.
 * @example np.nansum(np.array([1, NaN, 2])) // → 3
 */
export const nansum: Reduce = reduction((x, axis, options) =>
  reductions.sum(without(toArray("nansum", x), 0), axis, options),
)
/**
 * Product of what is not NaN, 1 where nothing is. Work m(3n − 1), span ⌈log₂ n⌉ + 2.
 * @example np.nanprod(np.array([3, NaN, 2])) // → 6
 */
export const nanprod: Reduce = reduction((x, axis, options) =>
  reductions.prod(without(toArray("nanprod", x), 1), axis, options),
)

function extreme(name: string, plain: Reduce, bound: number): Reduce {
  return reduction((x, axis, options = {}) => {
    const array = toArray(name, x)
    if (!isFloat(array.dtype)) return plain(array, axis, options)
    const found = plain(without(array, bound), axis, options)
    if (options.initial !== undefined) return found
    const none = reductions.all(elementwise.isnan(array), axis, { keepdims: options.keepdims })
    return elementwise.where(none, Number.NaN, found)
  })
}

/**
 * Greatest element that is not NaN, NaN where nothing is. Work m(4n − 1), span ⌈log₂ n⌉ + 3.
 * @example np.nanmax(np.array([1, NaN, 2])) // → 2
 */
export const nanmax: Reduce = extreme("nanmax", reductions.max, -Infinity)
/**
 * Least element that is not NaN, NaN where nothing is. Work m(4n − 1), span ⌈log₂ n⌉ + 3.
 * @example np.nanmin(np.array([1, NaN, 2])) // → 1
 */
export const nanmin: Reduce = extreme("nanmin", reductions.min, Infinity)

/**
 * Mean of what is not NaN, NaN where nothing is. Work 5mn, span ⌈log₂ n⌉ + 4.
 * @example np.nanmean(np.array([1, NaN, 3])) // → 2
 */
export const nanmean: Reduce = reduction((x, axis, options = {}) => {
  const array = asFloat("nanmean", x)
  return reductions.mean(array, axis, { ...options, where: counted(array, options.where) })
})
/**
 * Variance of what is not NaN. Work m(9n + 1), span 2⌈log₂ n⌉ + 8.
 * @example np.nanvar(np.array([1, NaN, 3])) // → 1
 */
export const nanvar: Reduction<VarianceOptions> = reduction((x, axis, options = {}) => {
  const array = asFloat("nanvar", x)
  const where = counted(array, options.where)
  return reductions.variance(array, axis, { ...options, where })
})
/**
 * Standard deviation of what is not NaN. Work m(9n + 2), span 2⌈log₂ n⌉ + 9.
 * @example np.nanstd(np.array([1, NaN, 3])) // → 1
 */
export const nanstd: Reduction<VarianceOptions> = reduction((x, axis, options) =>
  elementwise.sqrt(nanvar(x, axis, options)),
)

type ArgReduce = Reduction<KeepOptions, number | null, "int32">

function argExtreme(name: string, plain: ArgReduce, bound: number): ArgReduce {
  return reduction<KeepOptions, number | null, "int32">((x, axis, options) => {
    const array = toArray(name, x)
    if (!isFloat(array.dtype)) return plain(array, axis, options)
    const found = plain(without(array, bound), axis, options)
    const none = reductions.all(elementwise.isnan(array), axis, options)
    return elementwise.where(none, -1, found)
  })
}

/**
 * Index (int32) of the first greatest element that is not NaN, −1 where nothing is. Work m(4n − 1),
 * span ⌈log₂ n⌉ + 3.
 * @example np.nanargmax(np.array([1, NaN, 3])) // → 2
 */
export const nanargmax: ArgReduce = argExtreme("nanargmax", reductions.argmax, -Infinity)
/**
 * Index (int32) of the first least element that is not NaN, −1 where nothing is. Work m(4n − 1),
 * span ⌈log₂ n⌉ + 3.
 * @example np.nanargmin(np.array([NaN, 1, 3])) // → 1
 */
export const nanargmin: ArgReduce = argExtreme("nanargmin", reductions.argmin, Infinity)

type Cumulative = (x: ArrayLike, axis?: number | null) => Array

/**
 * Sums of what is not NaN so far. Work below 4n, span below 2⌈log₂ n⌉ + 3.
 * @example np.nancumsum(np.array([1, NaN, 3])) // → [1, 1, 4]
 */
export const nancumsum: Cumulative = operation(1, (x, axis) =>
  reductions.cumsum(without(toArray("nancumsum", x), 0), axis),
)
/**
 * Products of what is not NaN so far. Work below 4n, span below 2⌈log₂ n⌉ + 3.
 * @example np.nancumprod(np.array([2, NaN, 3])) // → [2, 2, 6]
 */
export const nancumprod: Cumulative = operation(1, (x, axis) =>
  reductions.cumprod(without(toArray("nancumprod", x), 1), axis),
)
