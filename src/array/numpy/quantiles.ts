/**
 * Numbers below which a share of the elements lies. The elements are sorted: with m rows of n
 * elements and k shares, work is O(mn log n + mk).
 */

import { elementsOf } from "../../size/index.ts"
import type { Array } from "../array.ts"
import { reshaped } from "../operations/axes.ts"
import * as elementwise from "../operations/elementwise.ts"
import { extentValue } from "../operations/extent.ts"
import * as indexing from "../operations/indexing.ts"
import * as movement from "../operations/movement.ts"
import * as ordering from "../operations/ordering.ts"
import { type Reduction, reduction } from "../operations/reduction.ts"
import * as reductions from "../operations/reductions.ts"
import { type Axes, axesOf } from "../operations/shapes.ts"
import { type ArrayLike, asFloat } from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"

export interface QuantileOptions extends reductions.KeepOptions {
  /** What lies between two elements, as in NumPy; `linear` unless given. */
  readonly method?: Rounded | Interpolated
}

/** Methods that read at the place (n − 1) q. */
type Rounded = "lower" | "higher" | "midpoint" | "nearest"
/** The methods of Hyndman and Fan (1996), by NumPy's names. */
type Interpolated = keyof typeof placeRules

/**
 * The place that a share q of n elements is at, n q − 1 + a + q (1 − a − b), from 0; and what share of
 * the next element counts there: none or all at whole places and between them, or the fraction.
 */
const placeRules = {
  linear: { a: 1, b: 1, share: (fraction: Array) => fraction },
  hazen: { a: 0.5, b: 0.5, share: (fraction: Array) => fraction },
  weibull: { a: 0, b: 0, share: (fraction: Array) => fraction },
  median_unbiased: { a: 1 / 3, b: 1 / 3, share: (fraction: Array) => fraction },
  normal_unbiased: { a: 3 / 8, b: 3 / 8, share: (fraction: Array) => fraction },
  interpolated_inverted_cdf: { a: 0, b: 1, share: (fraction: Array) => fraction },
  inverted_cdf: {
    a: 0,
    b: 1,
    share: (fraction: Array) => elementwise.where(elementwise.equal(fraction, 0), 0, 1),
  },
  averaged_inverted_cdf: {
    a: 0,
    b: 1,
    share: (fraction: Array) => elementwise.where(elementwise.equal(fraction, 0), 0.5, 1),
  },
  closest_observation: {
    a: -0.5,
    b: 1.5,
    // Halfway between two, the even one, counted from 1.
    share: (fraction: Array, low: Array) =>
      elementwise.where(
        elementwise.logicalAnd(
          elementwise.equal(fraction, 0),
          elementwise.equal(elementwise.remainder(low, 2), 1),
        ),
        0,
        1,
      ),
  },
} as const satisfies {
  readonly [method: string]: {
    readonly a: number
    readonly b: number
    readonly share: (fraction: Array, low: Array) => Array
  }
}

type Quantile = (
  x: ArrayLike,
  q: ArrayLike,
  axis?: Axes | (QuantileOptions & { readonly axis?: Axes }),
  options?: QuantileOptions,
) => Array

function quantiles(name: string, scale: number, skipNan: boolean): Quantile {
  return operation(2, (x, q, axis, options = {}) => {
    const shares = elementwise.divide(asFloat(name, q), scale)
    if (typeof axis !== "object" || axis === null || isAxes(axis)) {
      return quantilesOf(name, asFloat(name, x), shares, axis, options, skipNan)
    }
    return quantilesOf(name, asFloat(name, x), shares, axis.axis, axis, skipNan)
  })
}

function isAxes(axis: object): axis is readonly number[] {
  return globalThis.Array.isArray(axis)
}

function quantilesOf(
  name: string,
  x: Array,
  q: Array,
  axis: Axes | undefined,
  { method = "linear", keepdims = false }: QuantileOptions,
  skipNan: boolean,
): Array {
  const axes = axesOf(name, axis, x.ndim)
  const outer = x.shape.filter((_, i) => !axes.includes(i))
  const inner = elementsOf(axes.map((i) => x.shape[i]))
  if (inner === 0) throw new RangeError(`${name} of no elements along axis [${axes.join(", ")}]`)
  const last = axes.map((_, i) => i - axes.length)
  const rows = reshaped(movement.moveaxis(x, axes, last), [...outer, inner])
  // NaN sorts last, so the count of the others says where the numbers end.
  const sorted = ordering.sort(rows, -1)
  const known = elementwise.equal(rows, rows)
  const count = skipNan
    ? elementwise.astype(reductions.sum(known, -1, { keepdims: true }), x.dtype)
    : extentValue(inner, x.dtype)
  const flat = movement.ravel(q)
  const shape = [...outer.map(() => 1), flat.shape[0]]
  const found = between(sorted, reshaped(flat, shape), count, method)
  const result = skipNan
    ? elementwise.where(elementwise.equal(count, 0), Number.NaN, found)
    : elementwise.where(reductions.all(known, -1, { keepdims: true }), found, Number.NaN)
  const kept = keepdims ? x.shape.map((size, i) => (axes.includes(i) ? 1 : size)) : outer
  const first = movement.moveaxis(result, -1, 0)
  return reshaped(first, [...q.shape, ...kept])
}

/** What lies below shares of sorted rows along the last axis, of which the first `count` count. */
function between(
  sorted: Array,
  shares: Array,
  count: ArrayLike,
  method: NonNullable<QuantileOptions["method"]>,
): Array {
  const last = elementwise.subtract(count, 1)
  const at = (index: Array): Array => {
    const kept = elementwise.clip(index, 0, elementwise.maximum(last, 0))
    return indexing.takeAlongAxis(sorted, elementwise.astype(kept, "int32"), -1)
  }
  if (isInterpolated(method)) {
    const { a, b, share } = placeRules[method]
    const scaled = elementwise.multiply(shares, elementwise.add(count, 1 - a - b))
    const place = a === 1 ? scaled : elementwise.add(scaled, a - 1)
    const low = elementwise.floor(place)
    const part = share(elementwise.subtract(place, low), low)
    const [below, above] = [
      at(low),
      at(a === 1 ? elementwise.ceil(place) : elementwise.add(low, 1)),
    ]
    const mixed = elementwise.add(
      elementwise.multiply(below, elementwise.subtract(1, part)),
      elementwise.multiply(above, part),
    )
    // No share of an infinite neighbour is none of it.
    const whole = elementwise.where(elementwise.equal(part, 1), above, mixed)
    return elementwise.where(elementwise.equal(part, 0), below, whole)
  }
  const place = elementwise.multiply(shares, last)
  const low = elementwise.floor(place)
  const share = elementwise.subtract(place, low)
  switch (method) {
    case "lower":
      return at(low)
    case "higher":
      return at(elementwise.ceil(place))
    case "nearest":
      return at(elementwise.where(elementwise.lessEqual(share, 0.5), low, elementwise.add(low, 1)))
    case "midpoint":
      return elementwise.multiply(0.5, elementwise.add(at(low), at(elementwise.ceil(place))))
    default: {
      const known = ["lower", "higher", "midpoint", "nearest", ...Object.keys(placeRules)]
      throw new RangeError(`quantile: method ${String(method)} is none of ${known.join(", ")}`)
    }
  }
}

function isInterpolated(method: string): method is Interpolated {
  return Object.hasOwn(placeRules, method)
}

/**
 * The number below which a share q (0 to 1) of the elements lies, in floats; NaN where there is
 * one. The result has q's axes, followed by the axes that stay. Work O(mn log² n), span O(log² n):
 * a network's.
 * @example np.quantile(np.array([1, 2, 3, 4]), np.array([0, 0.5])) // → [1, 2.5]
 * @throws RangeError where there is no element.
 */
export const quantile: Quantile = quantiles("quantile", 1, false)
/**
 * Like {@link quantile}, with q in hundredths. Work O(mn log² n), span O(log² n): a network's.
 * @example np.percentile(np.array([1, 2, 3, 4]), 25) // → 1.75
 */
export const percentile: Quantile = quantiles("percentile", 100, false)
/**
 * Like {@link quantile}, passing over NaN. Work O(mn log² n), span O(log² n): a network's.
 * @example np.nanquantile(np.array([3, NaN, 1]), 0.5) // → 2
 */
export const nanquantile: Quantile = quantiles("nanquantile", 1, true)
/**
 * Like {@link percentile}, passing over NaN. Work O(mn log² n), span O(log² n): a network's.
 * @example np.nanpercentile(np.array([3, NaN, 1]), 50) // → 2
 */
export const nanpercentile: Quantile = quantiles("nanpercentile", 100, true)

/**
 * The middle element, or the mean of the two; NaN where there is one. Work O(mn log² n), span
 * O(log² n): a network's.
 * @example np.median(np.array([3, 1, 2, 10])) // → 2.5
 */
export const median: Reduction<reductions.KeepOptions> = reduction((x, axis, options) =>
  quantile(x, 0.5, axis ?? null, { ...options, method: "midpoint" }),
)
/**
 * The middle of the elements that are not NaN. Work O(mn log² n), span O(log² n): a network's.
 * @example np.nanmedian(np.array([3, NaN, 1])) // → 2
 */
export const nanmedian: Reduction<reductions.KeepOptions> = reduction((x, axis, options) =>
  nanquantile(x, 0.5, axis ?? null, { ...options, method: "midpoint" }),
)
