/**
 * Numbers below which a share of the elements lies. The elements are sorted: with m rows of n
 * elements and k shares, work is O(mn log n + mk).
 */

import { elementsOf } from "../size/index.ts"
import type { Array } from "./array.ts"
import { reshaped } from "./axes.ts"
import * as elementwise from "./elementwise.ts"
import { extentValue } from "./extent.ts"
import * as indexing from "./indexing.ts"
import * as movement from "./movement.ts"
import { type ArrayLike, asFloat } from "./operands.ts"
import { operation } from "./operation.ts"
import * as ordering from "./ordering.ts"
import { type Reduction, reduction } from "./reduction.ts"
import * as reductions from "./reductions.ts"
import { type Axes, axesOf } from "./shapes.ts"

export interface QuantileOptions extends reductions.KeepOptions {
  /** What lies between two elements; `linear` unless given. */
  readonly method?: "linear" | "lower" | "higher" | "midpoint" | "nearest"
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
  if (q.ndim > 1) {
    throw new RangeError(`${name}: q must be a number or a vector, not of rank ${q.ndim}`)
  }
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
  const place = elementwise.multiply(reshaped(flat, shape), elementwise.subtract(count, 1))
  const found = between(sorted, place, elementwise.subtract(count, 1), method)
  const result = skipNan
    ? elementwise.where(elementwise.equal(count, 0), Number.NaN, found)
    : elementwise.where(reductions.all(known, -1, { keepdims: true }), found, Number.NaN)
  const kept = keepdims ? x.shape.map((size, i) => (axes.includes(i) ? 1 : size)) : outer
  const first = movement.moveaxis(result, -1, 0)
  return reshaped(first, q.ndim === 0 ? kept : [q.shape[0], ...kept])
}

/** Sorted rows read at fractional places along the last axis. */
function between(
  sorted: Array,
  place: Array,
  last: ArrayLike,
  method: NonNullable<QuantileOptions["method"]>,
): Array {
  const at = (index: Array): Array => {
    const kept = elementwise.clip(index, 0, elementwise.maximum(last, 0))
    return indexing.takeAlongAxis(sorted, elementwise.astype(kept, "int32"), -1)
  }
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
    case "linear": {
      const [below, above] = [at(low), at(elementwise.ceil(place))]
      const mixed = elementwise.add(
        elementwise.multiply(below, elementwise.subtract(1, share)),
        elementwise.multiply(above, share),
      )
      // No share of an infinite neighbour is none of it.
      return elementwise.where(elementwise.equal(share, 0), below, mixed)
    }
    default:
      throw new RangeError(
        `quantile: method ${String(method)} is none of linear, lower, higher, midpoint, nearest`,
      )
  }
}

/**
 * The number below which a share q (0 to 1) of the elements lies, in floats; NaN where there is
 * one. The result is q's axis, if it has one, followed by the axes that stay.
 * @example np.quantile(np.array([1, 2, 3, 4]), np.array([0, 0.5])) // → [1, 2.5]
 * @throws RangeError where there is no element, or q has more than one axis.
 */
export const quantile: Quantile = quantiles("quantile", 1, false)
/**
 * Like {@link quantile}, with q in hundredths.
 * @example np.percentile(np.array([1, 2, 3, 4]), 25) // → 1.75
 */
export const percentile: Quantile = quantiles("percentile", 100, false)
/**
 * Like {@link quantile}, passing over NaN.
 * @example np.nanquantile(np.array([3, NaN, 1]), 0.5) // → 2
 */
export const nanquantile: Quantile = quantiles("nanquantile", 1, true)
/**
 * Like {@link percentile}, passing over NaN.
 * @example np.nanpercentile(np.array([3, NaN, 1]), 50) // → 2
 */
export const nanpercentile: Quantile = quantiles("nanpercentile", 100, true)

/**
 * The middle element, or the mean of the two; NaN where there is one. Work O(mn log n).
 * @example np.median(np.array([3, 1, 2, 10])) // → 2.5
 */
export const median: Reduction<reductions.KeepOptions> = reduction((x, axis, options) =>
  quantile(x, 0.5, axis ?? null, { ...options, method: "midpoint" }),
)
/**
 * The middle of the elements that are not NaN. Work O(mn log n).
 * @example np.nanmedian(np.array([3, NaN, 1])) // → 2
 */
export const nanmedian: Reduction<reductions.KeepOptions> = reduction((x, axis, options) =>
  nanquantile(x, 0.5, axis ?? null, { ...options, method: "midpoint" }),
)
