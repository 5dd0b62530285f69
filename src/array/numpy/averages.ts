/** Means with weights, sums of exponentials with factors, and running sums with their start. */

import { type DType, printShape, type Size } from "../../size/index.ts"
import type { Array } from "../array.ts"
import * as elementwise from "../operations/elementwise.ts"
import * as movement from "../operations/movement.ts"
import type { AxisOr } from "../operations/reduction.ts"
import * as reductions from "../operations/reductions.ts"
import { type Axes, axesOf, axisOf, withExtent, withoutAxes } from "../operations/shapes.ts"
import {
  type ArrayLike,
  align,
  asFloat,
  fill,
  spread,
  toFloat,
  typeOf,
} from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"

export interface AverageOptions extends reductions.KeepOptions {
  /** Of the array's shape, or one for each element of the axis; 1 unless given. */
  readonly weights?: ArrayLike
  /** Whether the result is a pair: the mean, and the sum of the weights. */
  readonly returned?: boolean
}

/**
 * Mean with weights (of the array's shape, or one for each element of the axis). Without weights
 * work is mn, span ⌈log₂ n⌉ + 1; with them work is O(mn), span ⌈log₂ n⌉ + O(1).
 * @example np.average(np.array([1, 3]), null, { weights: np.array([3, 1]) }) // → 1.5
 * @throws RangeError when the weights do not fit the array.
 */
export function average(
  x: ArrayLike,
  axis: AxisOr<AverageOptions> | undefined,
  options: AverageOptions & { readonly returned: true },
): [mean: Array, weights: Array]
export function average(
  x: ArrayLike,
  options: AverageOptions & { readonly axis?: Axes; readonly returned: true },
): [mean: Array, weights: Array]
export function average(
  x: ArrayLike,
  axis?: AxisOr<AverageOptions>,
  options?: AverageOptions,
): Array
export function average(
  x: ArrayLike,
  axis?: AxisOr<AverageOptions>,
  options: AverageOptions = {},
): Array | [Array, Array] {
  const given = asOptions<AverageOptions>(axis, options)
  const [mean, weights] = weighted(x, given)
  return given.returned ? [mean, weights] : mean
}

/** The options with the axis among them. */
function asOptions<O extends object>(
  axis: AxisOr<O> | undefined,
  options: O,
): O & { readonly axis?: Axes } {
  if (typeof axis !== "object" || axis === null || isAxes(axis)) return { ...options, axis }
  return axis
}

function isAxes(axis: object): axis is readonly number[] {
  return globalThis.Array.isArray(axis)
}

/** The mean, and where it is asked for the sum of the weights. */
const weighted: (x: ArrayLike, options: AverageOptions & { readonly axis?: Axes }) => Array[] =
  operation(1, (x, { axis, weights, keepdims, returned = false }) => {
    const array = asFloat("average", x)
    const axes = axesOf("average", axis, array.ndim)
    if (weights === undefined) {
      const mean = reductions.mean(x, axes, { keepdims })
      if (!returned) return [mean]
      const ones = fill(1, array.shape, { dtype: mean.dtype, weak: false })
      return [mean, reductions.sum(ones, axes, { keepdims })]
    }
    let factor = asFloat("average", weights)
    if (factor.ndim === 1 && array.ndim > 1 && axes.length === 1) {
      if (factor.shape[0] !== array.shape[axes[0]]) {
        throw new RangeError(
          `average: ${factor.shape[0]} weights for axis ${axes[0]} of ${printShape(array.shape)}`,
        )
      }
      factor = movement.reshape(
        factor,
        array.shape.map((_, i): Size => (i === axes[0] ? factor.shape[0] : 1)),
      )
    }
    const { arrays } = align("average", toFloat, [array, factor])
    const [values, counted] = arrays
    const total = reductions.sum(counted, axes, { keepdims })
    const sum = reductions.sum(elementwise.multiply(values, counted), axes, { keepdims })
    return returned ? [elementwise.divide(sum, total), total] : [elementwise.divide(sum, total)]
  })

export interface LogSumExpOptions extends reductions.ReduceOptions {
  /** What each exponential is multiplied with; 1 unless given. */
  readonly b?: ArrayLike
  /** Whether the result is a pair: ln |sum|, and the sign of the sum. */
  readonly returnSign?: boolean
}

/**
 * ln of the sum of b e^x, without overflow; NaN where the sum is negative, unless its sign is asked
 * for. Work 4mn, span 2⌈log₂ n⌉ + 5.
 * @example
 * special.logsumexp(np.array([1000, 1000])) // → 1000.69
 * special.logsumexp(np.array([0, 0]), null, { b: np.array([3, -1]) }) // → 0.693147
 */
export function logsumexp(
  x: ArrayLike,
  axis: AxisOr<LogSumExpOptions> | undefined,
  options: LogSumExpOptions & { readonly returnSign: true },
): [logarithm: Array, sign: Array]
export function logsumexp(
  x: ArrayLike,
  axis?: AxisOr<LogSumExpOptions>,
  options?: LogSumExpOptions,
): Array
export function logsumexp(
  x: ArrayLike,
  axis?: AxisOr<LogSumExpOptions>,
  options: LogSumExpOptions = {},
): Array | [Array, Array] {
  const given = asOptions<LogSumExpOptions>(axis, options)
  if (given.b === undefined && !given.returnSign) {
    return reductions.logsumexp(x, given.axis, { where: given.where, keepdims: given.keepdims })
  }
  const [logarithm, sign] = signedSum(x, given)
  return given.returnSign ? [logarithm, sign] : logarithm
}

const signedSum: (x: ArrayLike, options: LogSumExpOptions & { readonly axis?: Axes }) => Array[] =
  operation(1, (x, { axis, b = 1, where, keepdims = false, returnSign = false }) => {
    const { arrays } = align("logsumexp", toFloat, [x, b])
    const [exponents, factors] = arrays
    const axes = axesOf("logsumexp", axis, exponents.ndim)
    const counts = elementwise.notEqual(factors, 0)
    const seen = where === undefined ? counts : elementwise.logicalAnd(counts, where)
    const used = elementwise.where(seen, exponents, Number.NEGATIVE_INFINITY)
    const top = reductions.max(used, axes, { keepdims: true, initial: Number.NEGATIVE_INFINITY })
    // A top of ±∞ is no number to subtract.
    const shift = elementwise.stopGradient(elementwise.where(elementwise.isfinite(top), top, 0))
    const parts = elementwise.multiply(
      elementwise.exp(elementwise.subtract(used, shift)),
      elementwise.where(seen, factors, 0),
    )
    const total = reductions.sum(parts, axes, { keepdims: true })
    const sign = elementwise.sign(total)
    const size = returnSign ? elementwise.absolute(total) : total
    const result = elementwise.add(elementwise.log(size), shift)
    const kept = keepdims ? result.shape : withoutAxes(exponents.shape, axes)
    return (returnSign ? [result, sign] : [result]).map((one) => movement.reshape(one, kept))
  })

export interface RunningOptions {
  /** The dtype to compute in and of the result; by the elements unless given. */
  readonly dtype?: DType
  /** Whether the result starts with that of no elements, 0 or 1. */
  readonly includeInitial?: boolean
}

type Running = (x: ArrayLike, axis?: number | null, options?: RunningOptions) => Array

function running(name: string, scan: typeof reductions.cumsum, identity: number): Running {
  return operation(1, (x, axis, { dtype, includeInitial = false } = {}) => {
    const { shape } = typeOf(name, x)
    if ((axis === undefined || axis === null) && shape.length !== 1) {
      throw new RangeError(`${name}: axis must be given for an array of rank ${shape.length}`)
    }
    const found = scan(x, axis, { dtype })
    if (!includeInitial) return found
    const at = axisOf(name, axis ?? 0, found.ndim)
    const start = spread(identity, withExtent(found.shape, at, 1), found.type)
    return movement.concatenate([start, found], at)
  })
}

/**
 * Sums of all elements so far, also of none where `includeInitial`. Work below 2n, span below
 * 2⌈log₂ n⌉.
 * @example np.cumulativeSum(np.array([1, 2, 3]), 0, { includeInitial: true }) // → [0, 1, 3, 6]
 * @throws RangeError when there are several axes and none is given.
 */
export const cumulativeSum: Running = running("cumulativeSum", reductions.cumsum, 0)
/**
 * Products of all elements so far, also of none where `includeInitial`. Work below 2n, span below
 * 2⌈log₂ n⌉.
 * @example np.cumulativeProd(np.array([2, 3, 4]), 0, { includeInitial: true }) // → [1, 2, 6, 24]
 * @throws RangeError when there are several axes and none is given.
 */
export const cumulativeProd: Running = running("cumulativeProd", reductions.cumprod, 1)
