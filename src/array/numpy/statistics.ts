/** How numbers vary together, and how many fall where. */

import { elementsOf, printShape } from "../../size/index.ts"
import type { Array } from "../array.ts"
import { concreteExtent } from "../operations/axes.ts"
import * as elementwise from "../operations/elementwise.ts"
import { extentValue } from "../operations/extent.ts"
import * as indexing from "../operations/indexing.ts"
import * as linear from "../operations/linear.ts"
import * as movement from "../operations/movement.ts"
import * as reductions from "../operations/reductions.ts"
import { searchsorted } from "../operations/search.ts"
import { shapeArgument } from "../operations/shapes.ts"
import {
  type ArrayLike,
  asFloat,
  castTo,
  fill,
  spread,
  toArray,
  toFloat,
  typeOf,
} from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"
import { bind, currentTrace } from "../tracing/trace.ts"
import { average } from "./averages.ts"

const int32 = { dtype: "int32", weak: false } as const

export interface CovarianceOptions {
  /** Whether rows are variables and columns observations; true unless given. */
  readonly rowvar?: boolean
  /** Whether to divide by the number of observations; otherwise by one less. */
  readonly bias?: boolean
  /** The divisor is the number of observations less this; it goes before `bias`. */
  readonly ddof?: number
  /** How often each observation was made. */
  readonly fweights?: ArrayLike
  /** How much each observation counts. */
  readonly aweights?: ArrayLike
}

/**
 * Covariances of variables, (v, v), or a scalar for one variable; those of y join those of x. With
 * n observations, work is about 2v²n + 2vn, span 2⌈log₂ n⌉ + 4.
 * @example np.cov(np.array([[1, 2, 3], [1, 2, 4]])) // → [[1, 1.5], [1.5, 2.33333]]
 * @throws RangeError for more than two axes.
 */
export const cov: (x: ArrayLike, y?: ArrayLike | null, options?: CovarianceOptions) => Array =
  operation(2, (x, y, options = {}) => {
    const { rowvar = true, bias = false, fweights, aweights } = options
    const rows = (one: ArrayLike): Array => {
      const array = asFloat("cov", one)
      if (array.ndim > 2) {
        throw new RangeError(`cov takes vectors and matrices, not an array of rank ${array.ndim}`)
      }
      const matrix = movement.atleast2d(array)
      return rowvar || array.ndim < 2 ? matrix : movement.transpose(matrix)
    }
    const variables = y === undefined || y === null ? rows(x) : movement.vstack([rows(x), rows(y)])
    const ddof = options.ddof ?? (bias ? 0 : 1)
    const weights = [fweights, aweights]
      .flatMap((one) => (one === undefined ? [] : [asFloat("cov", one)]))
      .reduce<Array | undefined>(
        (all, one) => (all ? elementwise.multiply(all, one) : one),
        undefined,
      )
    const mean = average(variables, 1, { weights, keepdims: true })
    const centred = elementwise.subtract(variables, mean)
    const weighted = weights === undefined ? centred : elementwise.multiply(centred, weights)
    const products = linear.matmul(centred, movement.transpose(weighted))
    return movement.squeeze(
      elementwise.divide(products, divisor(variables, weights, aweights, ddof)),
    )
  })

function divisor(
  variables: Array,
  weights: Array | undefined,
  aweights: ArrayLike | undefined,
  ddof: number,
): ArrayLike {
  const total =
    weights === undefined
      ? extentValue(variables.shape[1], variables.dtype)
      : reductions.sum(weights)
  const lost =
    weights === undefined || aweights === undefined || ddof === 0
      ? ddof
      : elementwise.divide(
          elementwise.multiply(ddof, reductions.sum(elementwise.multiply(weights, aweights))),
          total,
        )
  return elementwise.maximum(elementwise.subtract(total, lost), 0)
}

/**
 * Pearson's correlations of variables, (v, v), or 1 for one variable. Work and span about those of
 * {@link cov}.
 * @example np.corrcoef(np.array([[1, 2, 3], [3, 2, 1]])) // → [[1, -1], [-1, 1]]
 */
export const corrcoef: (
  x: ArrayLike,
  y?: ArrayLike | null,
  options?: Pick<CovarianceOptions, "rowvar">,
) => Array = operation(2, (x, y, options) => {
  const covariances = cov(x, y, options)
  if (covariances.ndim === 0) return elementwise.divide(covariances, covariances)
  const deviations = elementwise.sqrt(indexing.diagonal(covariances))
  const scaled = elementwise.divide(covariances, movement.expandDims(deviations, 1))
  return elementwise.clip(elementwise.divide(scaled, deviations), -1, 1)
})

/**
 * Which bin each number falls in, int32: i where bins[i−1] ≤ x < bins[i], or with `right` where
 * bins[i−1] < x ≤ bins[i]; in falling bins i where bins[i−1] > x ≥ bins[i], or > and ≥ exchanged.
 * With m numbers and n edges, work is O(m log n), span O(log n).
 * @example np.digitize(np.array([0.5, 2, 9]), np.array([1, 2, 3])) // → [0, 2, 3]
 */
export const digitize: (
  x: ArrayLike,
  bins: ArrayLike,
  options?: { readonly right?: boolean },
) => Array = operation(2, (x, bins, { right = false } = {}) => {
  const edges = toArray("digitize", bins)
  if (edges.ndim !== 1) {
    throw new RangeError(`digitize: bins must be a vector, not of rank ${edges.ndim}`)
  }
  const count = concreteExtent("digitize", edges, 0)
  if (count === 0) return fill(0, typeOf("digitize", x).shape, int32)
  const side = right ? "left" : "right"
  const rising = searchsorted(edges, x, { side })
  const fromEnd = searchsorted(movement.flip(edges), x, { side })
  const rises = elementwise.greaterEqual(indexing.slice(edges, -1), indexing.slice(edges, 0))
  return elementwise.where(rises, rising, elementwise.subtract(count, fromEnd))
})

export interface BincountOptions {
  /** What each element adds; 1 unless given. */
  readonly weights?: ArrayLike
  /** The result has at least so many bins. */
  readonly minlength?: number
}

/**
 * How often each whole number occurs, int32, or the sum of its weights. With `length` the result
 * has so many bins, numbers beyond are dropped, and negative ones count as 0; without it the bins
 * reach to the greatest number, which is awaited. Work 2n at most, span O(log n).
 * @example np.bincount(np.array([0, 2, 2], { dtype: "int32" }), { length: 3 }) // → [1, 0, 2]
 * @throws TypeError for numbers that are no integers, or in a traced function without length.
 */
export function bincount(
  x: ArrayLike,
  options: BincountOptions & { readonly length: number },
): Array
export function bincount(x: ArrayLike, options?: BincountOptions): Promise<Array>
export function bincount(
  x: ArrayLike,
  options: BincountOptions & { readonly length?: number } = {},
): Array | Promise<Array> {
  const { length, weights, minlength = 0 } = options
  if (length !== undefined) return counts(x, weights, Math.max(length, minlength))
  if (currentTrace() !== undefined) {
    throw new TypeError("bincount in a traced function needs length, the number of bins")
  }
  return countAll(x, weights, minlength)
}

async function countAll(
  x: ArrayLike,
  weights: ArrayLike | undefined,
  minlength: number,
): Promise<Array> {
  const greatest = await reductions.max(x, null, { initial: -1 }).item()
  return counts(x, weights, Math.max(Number(greatest) + 1, minlength))
}

const counts: (x: ArrayLike, weights: ArrayLike | undefined, length: number) => Array = operation(
  2,
  (x, weights, length) => {
    const [bins] = shapeArgument("bincount", length)
    const numbers = indexing.indexArray("bincount", x)
    if (numbers.ndim !== 1) {
      throw new RangeError(`bincount takes a vector, not an array of rank ${numbers.ndim}`)
    }
    const type = weights === undefined ? int32 : { ...typeOf("bincount", weights), weak: false }
    const amounts = spread(weights ?? 1, numbers.shape, type)
    const places = castTo(elementwise.maximum(numbers, 0), int32)
    const start = fill(0, [bins], type)
    return bind("scatter", [start, places, amounts], { axes: [0], combine: "add" })
  },
)

export interface HistogramOptions {
  /** The first and last edge, where bins are counted; the least and greatest number otherwise. */
  readonly range?: readonly [number, number]
  readonly weights?: ArrayLike
  /** Whether the result is a density, whose integral is 1. */
  readonly density?: boolean
}

/**
 * The edges of as many equal bins, (bins + 1,), or the given edges. Work 2n and a few for each bin,
 * span O(log n).
 * @example np.histogramBinEdges(np.array([0, 4]), 4) // → [0, 1, 2, 3, 4]
 */
export const histogramBinEdges: (
  x: ArrayLike,
  bins?: number | Array,
  options?: Pick<HistogramOptions, "range">,
) => Array = operation(1, (x, bins = 10, { range } = {}) => {
  const numbers = asFloat("histogramBinEdges", x)
  if (typeof bins !== "number") {
    return castTo(toArray("histogram: bins", bins), { dtype: numbers.dtype, weak: false })
  }
  if (!Number.isInteger(bins) || bins < 1) {
    throw new RangeError(`histogram: bins is ${bins}, which must be a whole number of at least 1`)
  }
  const empty = elementsOf(numbers.shape) === 0
  const [least, greatest] =
    range ?? (empty ? [0, 1] : [reductions.min(numbers), reductions.max(numbers)])
  // Equal ends make one bin's room around them.
  const single = elementwise.equal(least, greatest)
  const low = elementwise.where(single, elementwise.subtract(least, 0.5), least)
  const high = elementwise.where(single, elementwise.add(greatest, 0.5), greatest)
  const index = bind("iota", [], { shape: [bins], dtype: numbers.dtype, axis: 0 })
  const share = elementwise.divide(index, bins)
  const inner = elementwise.add(
    elementwise.multiply(low, elementwise.subtract(1, share)),
    elementwise.multiply(high, share),
  )
  return movement.concatenate([inner, movement.reshape(high, [1])])
})

/**
 * How many numbers fall between edges, as floats, and the edges: bins are half-open, but the last
 * one holds its upper edge too. Numbers outside are not counted. Work O(n log bins), span
 * O(log n + log bins).
 * @example np.histogram(np.array([0, 1, 1, 4]), 4) // → [[1, 2, 0, 1], [0, 1, 2, 3, 4]]
 */
export const histogram: (
  x: ArrayLike,
  bins?: number | Array,
  options?: HistogramOptions,
) => [Array, Array] = operation(1, (x, bins = 10, options = {}) => {
  const { weights, density = false } = options
  const type = toFloat([typeOf("histogram", x)])
  const numbers = movement.ravel(castTo(x, type))
  const edges = histogramBinEdges(numbers, bins, { range: options.range })
  if (edges.ndim !== 1) {
    throw new RangeError(
      `histogram: edges must be a vector, not of shape ${printShape(edges.shape)}`,
    )
  }
  const count = concreteExtent("histogram", edges, 0)
  const amounts = spread(weights === undefined ? 1 : movement.ravel(weights), numbers.shape, {
    dtype: numbers.dtype,
    weak: false,
  })
  const found = searchsorted(edges, numbers, { side: "right" })
  const last = elementwise.equal(numbers, indexing.slice(edges, -1))
  const places = elementwise.where(last, count - 1, found)
  const start = fill(0, [count], { dtype: numbers.dtype, weak: false })
  const filled = bind("scatter", [start, castTo(places, int32), amounts], {
    axes: [0],
    combine: "add",
  })
  const counts = indexing.slice(filled, [1])
  if (!density) return [counts, edges]
  const widths = elementwise.subtract(indexing.slice(edges, [1]), indexing.slice(edges, [0, -1]))
  return [elementwise.divide(elementwise.divide(counts, widths), reductions.sum(counts)), edges]
})
