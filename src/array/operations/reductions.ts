/**
 * Many elements to one, over all axes, one or several. Reducing n elements to one, m times, is
 * work m(n − 1) and span ⌈log₂ n⌉; what is done to each element before or after comes on top.
 */

import { type DType, dtypes, elementsOf, isFloat, isStorage, printShape } from "../../size/index.ts"
import type { Array } from "../array.ts"
import { isNamed } from "../named.ts"
import {
  type ArrayLike,
  asFloat,
  castTo,
  fill,
  spread,
  toArray,
  toBool,
  toNumber,
  toSum,
  typeOf,
} from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"
import { bind } from "../tracing/trace.ts"
import * as elementwise from "./elementwise.ts"
import { extentValue } from "./extent.ts"
import * as movement from "./movement.ts"
import { type Reduction, reduction } from "./reduction.ts"
import { type Axes, axesOf, axisOf, withoutAxes } from "./shapes.ts"

export type { AxisOr, Read } from "./reduction.ts"
export type { Axes } from "./shapes.ts"

export interface KeepOptions {
  /** Whether reduced axes stay, with extent 1. */
  readonly keepdims?: boolean
}

export interface ReduceOptions extends KeepOptions {
  /** Which elements count: bool, broadcast to the array. All unless given. */
  readonly where?: ArrayLike
  /** What the reduction starts from; without it an empty max or min is an error. */
  readonly initial?: number
}

export interface SumOptions extends ReduceOptions {
  /** The dtype to compute in and of the result; by the elements unless given. */
  readonly dtype?: DType
}

export interface VarianceOptions extends KeepOptions {
  readonly where?: ArrayLike
  /** The float dtype to compute in; by the elements unless given. */
  readonly dtype?: DType
  /** The divisor is the number of elements less this; 0 unless given. */
  readonly ddof?: number
  /** The array standard's name for `ddof`. */
  readonly correction?: number
}

type Reduce = Reduction<ReduceOptions>
type Total = Reduction<SumOptions>

/** The elements in the dtype that was asked for, or as they are. */
function asAsked(x: ArrayLike, dtype: DType | undefined): ArrayLike {
  return dtype === undefined ? x : castTo(x, { dtype, weak: false })
}

/** The elements of a sum or product: in the dtype asked for, or in at least 32 bits. */
function summands(name: string, x: ArrayLike, dtype: DType | undefined): Array {
  return castTo(x, dtype === undefined ? toSum([typeOf(name, x)]) : { dtype, weak: false })
}

type ReducePrimitive = "reduceSum" | "reduceProd" | "reduceMax" | "reduceMin"

/** A masked array, with `identity` in place of the elements that do not count. */
function masked(x: Array, mask: ArrayLike | undefined, identity: number): Array {
  if (mask === undefined) return x
  return elementwise.where(mask, x, fill(identity, [], { dtype: x.dtype, weak: false }))
}

function reduce(
  primitive: ReducePrimitive,
  x: Array,
  axes: readonly number[],
  keepdims = false,
): Array {
  const reduced = axes.length === 0 ? x : bind(primitive, [x], { axes })
  return keepdims ? movement.reshape(reduced, withoutAxes(x.shape, axes, true)) : reduced
}

/**
 * Sum; bools and narrow integers are counted in 32 bits. Work m(n − 1), span ⌈log₂ n⌉.
 * @example np.sum(np.array([[1, 2], [3, 4]]), 0) // → [4, 6]
 */
export const sum: Total = reduction((x, axis, options = {}) => {
  const array = summands("sum", x, options.dtype)
  const axes = axesOf("sum", axis, array.ndim)
  const total = reduce("reduceSum", masked(array, options.where, 0), axes, options.keepdims)
  return options.initial === undefined ? total : elementwise.add(total, options.initial)
})

/**
 * Product; bools and narrow integers are counted in 32 bits. Work m(n − 1), span ⌈log₂ n⌉.
 * @example np.prod(np.array([2, 3, 4])) // → 24
 */
export const prod: Total = reduction((x, axis, options = {}) => {
  const array = summands("prod", x, options.dtype)
  const axes = axesOf("prod", axis, array.ndim)
  const total = reduce("reduceProd", masked(array, options.where, 1), axes, options.keepdims)
  return options.initial === undefined ? total : elementwise.multiply(total, options.initial)
})

/**
 * Greatest element, NaN if there is one. Work m(n − 1), span ⌈log₂ n⌉.
 * @example np.max(np.array([[1, 5], [3, 4]]), 1) // → [5, 4]
 * @throws when empty.
 */
export const max: Reduce = reduction((x, axis, options = {}) =>
  extreme("max", "reduceMax", toArray("max", x), axis, options),
)
/**
 * Least element, NaN if there is one. Work m(n − 1), span ⌈log₂ n⌉.
 * @example np.min(np.array([[1, 5], [3, 4]]), 1) // → [1, 3]
 * @throws when empty.
 */
export const min: Reduce = reduction((x, axis, options = {}) =>
  extreme("min", "reduceMin", toArray("min", x), axis, options),
)
export { max as amax, min as amin }

function extreme(
  name: "max" | "min",
  primitive: "reduceMax" | "reduceMin",
  x: Array,
  axis: Axes | undefined,
  { initial, where, keepdims }: ReduceOptions,
): Array {
  const axes = axesOf(name, axis, x.ndim)
  if (initial === undefined && axes.some((i) => x.shape[i] === 0)) {
    throw new RangeError(
      `${name} of ${printShape(x.shape)} over [${axes.join(", ")}] has no elements: give initial`,
    )
  }
  if (where !== undefined && initial === undefined) {
    throw new TypeError(`${name} with where needs initial, for when no element counts`)
  }
  const identity = name === "max" ? -Infinity : Infinity
  const bound = isFloat(x.dtype) ? identity : (initial ?? 0)
  const found = reduce(primitive, masked(x, where, bound), axes, keepdims)
  if (initial === undefined || (isFloat(x.dtype) && initial === identity)) return found
  return name === "max" ? elementwise.maximum(found, initial) : elementwise.minimum(found, initial)
}

/**
 * Whether any element is not 0. Work m(n − 1), span ⌈log₂ n⌉ for bools; numbers compare first.
 * @example np.any(np.array([[false, false], [true, false]]), 1) // → [false, true]
 */
export const any: Reduction<ReduceOptions, Axes, "bool"> = reduction<ReduceOptions, Axes, "bool">(
  (x, axis, options = {}) => {
    const truths = spread(x, typeOf("any", x).shape, toBool([]))
    const axes = axesOf("any", axis, truths.ndim)
    return reduce("reduceMax", masked(truths, options.where, 0), axes, options.keepdims)
  },
)
/**
 * Whether all elements are not 0. Work m(n − 1), span ⌈log₂ n⌉ for bools; numbers compare first.
 * @example np.all(np.array([[true, false], [true, true]]), 1) // → [false, true]
 */
export const all: Reduction<ReduceOptions, Axes, "bool"> = reduction<ReduceOptions, Axes, "bool">(
  (x, axis, options = {}) => {
    const truths = spread(x, typeOf("all", x).shape, toBool([]))
    const axes = axesOf("all", axis, truths.ndim)
    return reduce("reduceMin", masked(truths, options.where, 1), axes, options.keepdims)
  },
)

/**
 * How many elements are not 0, int32. Work m(2n − 1), span ⌈log₂ n⌉ + 1 for bools.
 * @example np.countNonzero(np.array([0, 3, 0, 4])) // → 2
 */
export const countNonzero: Reduction<ReduceOptions, Axes, "int32"> = reduction<
  ReduceOptions,
  Axes,
  "int32"
>((x, axis, options = {}) =>
  sum(spread(x, typeOf("countNonzero", x).shape, toBool([])), axis, options),
)

/** How many elements a mean divides by: a number, or counted where there is a mask. */
function countOf(x: Array, axes: readonly number[], options: ReduceOptions): ArrayLike {
  if (options.where === undefined) {
    return extentValue(elementsOf(axes.map((axis) => x.shape[axis])), x.dtype)
  }
  const mask = spread(options.where, x.shape, toBool([]))
  return castTo(sum(mask, axes, { keepdims: options.keepdims }), { dtype: x.dtype, weak: false })
}

/**
 * Arithmetic mean, in floats. Work mn, span ⌈log₂ n⌉ + 1. NaN when empty.
 * @example np.mean(np.array([1, 2, 6])) // → 3
 */
export const mean: Total = reduction((x, axis, asked = {}) => {
  const { dtype, ...options } = asked
  const given = asFloat("mean", asAsked(x, dtype))
  const array = widened(given)
  const axes = axesOf("mean", axis, array.ndim)
  const found = elementwise.divide(sum(array, axes, options), countOf(array, axes, options))
  return castTo(found, given.type)
})

/** Floats that a sum of squares could overflow are summed as float32s. */
function widened(x: Array): Array {
  return isStorage(x.dtype) ? castTo(x, { dtype: dtypes[x.dtype].computes, weak: false }) : x
}

/**
 * Mean of squared distances from the mean; NaN of no more elements than `ddof`. Work 4mn, span
 * 2⌈log₂ n⌉ + 4.
 * @example
 * np.var(np.array([1, 3])) // → 1
 * np.var(np.array([1, 3]), null, { ddof: 1 }) // → 2
 */
export const variance: Reduction<VarianceOptions> = reduction((x, axis, options = {}) => {
  const { where, correction = 0, ddof = correction, keepdims, dtype } = options
  const given = asFloat("var", asAsked(x, dtype))
  const array = widened(given)
  const axes = axesOf("var", axis, array.ndim)
  const centred = elementwise.subtract(array, mean(array, axes, { where, keepdims: true }))
  const total = sum(elementwise.square(centred), axes, { where, keepdims })
  const count = countOf(array, axes, { where, keepdims })
  if (ddof === 0) return castTo(elementwise.divide(total, count), given.type)
  const divisor = elementwise.subtract(count, ddof)
  const found = elementwise.divide(total, divisor)
  const enough = typeof count === "number" ? count > ddof : elementwise.greater(divisor, 0)
  if (enough === true) return castTo(found, given.type)
  return castTo(elementwise.where(enough, found, Number.NaN), given.type)
})

/**
 * Standard deviation: the root of the variance. Work m(4n + 1), span 2⌈log₂ n⌉ + 5.
 * @example np.std(np.array([1, 3])) // → 1
 */
export const std: Reduction<VarianceOptions> = reduction((x, axis, options = {}) =>
  elementwise.sqrt(variance(x, axis, options)),
)

/**
 * Greatest less least. Work m(2n − 1), span ⌈log₂ n⌉ + 1.
 * @example np.ptp(np.array([3, 1, 8])) // → 7
 */
export const ptp: Reduction<KeepOptions> = reduction((x, axis, options = {}) =>
  elementwise.subtract(max(x, axis, options), min(x, axis, options)),
)

type ArgReduce = Reduction<KeepOptions, number | null, "int32">

/**
 * Index (int32) of the first greatest element, or NaN. Flattened without an axis. Work m(n − 1),
 * span ⌈log₂ n⌉.
 * @example np.argmax(np.array([1, 5, 3])) // → 1
 */
export const argmax: ArgReduce = reduction<KeepOptions, number | null, "int32">(
  (x, axis, options = {}) => argExtreme("argmax", toArray("argmax", x), axis, options.keepdims),
)
/**
 * Index (int32) of the first least element, or NaN. Flattened without an axis. Work m(n − 1), span
 * ⌈log₂ n⌉.
 * @example np.argmin(np.array([4, 1, 3])) // → 1
 */
export const argmin: ArgReduce = reduction<KeepOptions, number | null, "int32">(
  (x, axis, options = {}) => argExtreme("argmin", toArray("argmin", x), axis, options.keepdims),
)

function argExtreme(
  name: "argmax" | "argmin",
  x: Array,
  axis: number | null | undefined,
  keepdims = false,
): Array {
  if (axis === undefined || axis === null) {
    const index = bind(name, [movement.ravel(x)], { axis: 0 })
    return keepdims
      ? movement.reshape(
          index,
          x.shape.map(() => 1),
        )
      : index
  }
  const at = axisOf(name, axis, x.ndim)
  const index = bind(name, [x], { axis: at })
  return keepdims ? movement.expandDims(index, at) : index
}

/**
 * ln Σ e^x without overflow: the greatest element is taken out first. Work m(4n + 2),
 * span 2⌈log₂ n⌉ + 6. −∞ when empty.
 * @example special.logsumexp(np.array([1000, 1000])) // → 1000.69
 */
export const logsumexp: Reduce = reduction((x, axis, options = {}) => {
  const { where, keepdims } = options
  const array = asFloat("logsumexp", x)
  const axes = axesOf("logsumexp", axis, array.ndim)
  const counted = masked(array, where, -Infinity)
  const top = max(counted, axes, { keepdims: true, initial: -Infinity })
  // A top of ±∞ is no number to subtract.
  const shift = elementwise.stopGradient(elementwise.where(elementwise.isfinite(top), top, 0))
  const total = sum(elementwise.exp(elementwise.subtract(counted, shift)), axes, {
    keepdims: true,
  })
  const result = elementwise.add(elementwise.log(total), shift)
  return keepdims ? result : movement.reshape(result, withoutAxes(array.shape, axes))
})

type CumulativePrimitive = "cumulativeSum" | "cumulativeProd" | "cumulativeMax" | "cumulativeMin"

function cumulative(name: string, primitive: CumulativePrimitive): Cumulative {
  const along: Cumulative = operation(1, (x, axis, options = {}) => {
    if (isNamed(axis)) return along(x, axis.axis, axis)
    const given = asAsked(x, options.dtype)
    const array = castTo(given, toNumber([typeOf(name, given)]))
    const flat = axis === undefined || axis === null ? movement.ravel(array) : array
    const at = axisOf(name, axis ?? 0, flat.ndim)
    return bind(primitive, [flat], { axis: at, reverse: options.reverse ?? false })
  })
  return along
}

interface ScanOptions {
  /** Whether the scan runs from the end. */
  readonly reverse?: boolean
  /** The dtype to compute in and of the result; by the elements unless given. */
  readonly dtype?: DType
}

type Cumulative = (
  x: ArrayLike,
  axis?: number | null | (ScanOptions & { readonly axis?: number | null }),
  options?: ScanOptions,
) => Array

/**
 * Sums of all elements so far. Work below 2n, span below 2⌈log₂ n⌉.
 * @example np.cumsum(np.array([1, 2, 3])) // → [1, 3, 6]
 */
export const cumsum: Cumulative = cumulative("cumsum", "cumulativeSum")
/**
 * Products of all elements so far. Work below 2n, span below 2⌈log₂ n⌉.
 * @example np.cumprod(np.array([1, 2, 3])) // → [1, 2, 6]
 */
export const cumprod: Cumulative = cumulative("cumprod", "cumulativeProd")
/**
 * The greatest element so far. Work below 2n, span below 2⌈log₂ n⌉.
 * @example np.cummax(np.array([1, 3, 2])) // → [1, 3, 3]
 */
export const cummax: Cumulative = cumulative("cummax", "cumulativeMax")
/**
 * The least element so far. Work below 2n, span below 2⌈log₂ n⌉.
 * @example np.cummin(np.array([3, 1, 2])) // → [3, 1, 1]
 */
export const cummin: Cumulative = cumulative("cummin", "cumulativeMin")
