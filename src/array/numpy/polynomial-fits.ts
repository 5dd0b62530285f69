/** Polynomials through points and from their zeros, and histograms of points. */

import { printShape } from "../../size/index.ts"
import type { Array } from "../array.ts"
import { lstsq } from "../linalg/least-squares.ts"
import * as elementwise from "../operations/elementwise.ts"
import * as indexing from "../operations/indexing.ts"
import * as movement from "../operations/movement.ts"
import * as reductions from "../operations/reductions.ts"
import { searchsorted } from "../operations/search.ts"
import { type ArrayLike, asFloat, fill } from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"
import { bind } from "../tracing/trace.ts"
import { vander } from "./diagonals.ts"
import { convolve } from "./polynomials.ts"
import { histogramBinEdges } from "./statistics.ts"

/**
 * The polynomial of a degree that is closest to points in the sense of least squares: coefficients
 * (deg + 1), or (deg + 1, k) for values (n, k), from the highest power down. Values may have
 * weights. Work O(n deg²), span O(deg log n).
 *
 * @example
 * np.polyfit(np.array([0, 1, 2]), np.array([1, 3, 5]), 1) // → [2, 1]
 *
 * @throws RangeError when x is no vector or y has another length.
 */
export const polyfit: (
  x: ArrayLike,
  y: ArrayLike,
  deg: number,
  options?: { readonly rcond?: number; readonly w?: ArrayLike },
) => Array = operation(2, (x, y, deg, { rcond, w } = {}) => {
  const [points, values] = [asFloat("polyfit", x), asFloat("polyfit", y)]
  if (points.ndim !== 1 || values.shape[0] !== points.shape[0] || values.ndim > 2) {
    throw new RangeError(
      `polyfit: x of shape ${printShape(points.shape)} and y of shape ` +
        `${printShape(values.shape)} must be (n) and (n) or (n, k)`,
    )
  }
  const powers = vander(points, deg + 1)
  const weights = w === undefined ? undefined : movement.expandDims(asFloat("polyfit", w), -1)
  const weighed = (z: Array): Array =>
    weights === undefined ? z : elementwise.multiply(z, weights)
  const left = weighed(powers)
  const right = weighed(values.ndim === 1 ? movement.expandDims(values, -1) : values)
  // Columns of one length keep the powers comparable.
  const lengths = elementwise.sqrt(reductions.sum(elementwise.square(left), 0))
  const [found] = lstsq(elementwise.divide(left, lengths), right, rcond)
  const scaled = elementwise.divide(found, movement.expandDims(lengths, -1))
  return values.ndim === 1 ? movement.squeeze(scaled, -1) : scaled
})

/**
 * The polynomial with given zeros and highest coefficient 1, from the highest power down; of a
 * square matrix, its characteristic polynomial is asked for by its eigenvalues. Work about 3n²/2,
 * span 2n + 1.
 *
 * @example
 * np.poly(np.array([1, 2])) // → [1, -3, 2]
 *
 * @throws RangeError when the zeros are no vector.
 */
export const poly: (zeros: ArrayLike) => Array = operation(1, (zeros) => {
  const given = asFloat("poly", zeros)
  if (given.ndim !== 1) {
    throw new RangeError(`poly takes a vector of zeros, not shape ${printShape(given.shape)}`)
  }
  const one = fill(1, [1], { dtype: given.dtype, weak: false })
  const count = Number(given.shape[0])
  let result: Array = one
  for (let i = 0; i < count; i++) {
    const zero = elementwise.negative(indexing.slice(given, [i, i + 1]))
    result = convolve(result, movement.concatenate([one, zero]))
  }
  return result
})

export interface Histogram2dOptions {
  readonly range?: readonly [readonly [number, number], readonly [number, number]]
  readonly weights?: ArrayLike
  readonly density?: boolean
}

/**
 * How many points fall into each cell of a grid, as floats, and the edges: `[counts, xEdges, yEdges]`.
 * Cells as the bins of `histogram`: so many along both axes or along each, or their edges. Work
 * O(n log bins), span O(log n + log bins).
 *
 * @example
 * np.histogram2d(np.array([0, 1]), np.array([0, 1]), 2)[0] // → [[1, 0], [0, 1]]
 */
export function histogram2d(
  x: ArrayLike,
  y: ArrayLike,
  bins: number | Array | readonly [number | Array, number | Array] = 10,
  options: Histogram2dOptions = {},
): [counts: Array, xEdges: Array, yEdges: Array] {
  const points = movement.stack([movement.ravel(x), movement.ravel(y)], 1)
  const [counts, edges] = histogramdd(points, isList(bins) ? bins : [bins, bins], options)
  return [counts, edges[0], edges[1]]
}

function isList<T>(bins: number | Array | readonly T[]): bins is readonly T[] {
  return globalThis.Array.isArray(bins)
}

export interface HistogramddOptions {
  readonly range?: readonly (readonly [number, number])[]
  readonly weights?: ArrayLike
  readonly density?: boolean
}

/**
 * How many points (n, d) fall into each cell of a grid in d dimensions, and the edges along each:
 * `[counts, edges]`. Bins are so many along every axis, or a list with a number or edges for each.
 * Work O(n d log bins), span O(log n + log bins).
 *
 * @example
 * np.histogramdd(np.array([[0, 0], [1, 1]]), 2)[0] // → [[1, 0], [0, 1]]
 *
 * @throws RangeError when the points are no matrix, or the bins not as many as the dimensions.
 */
export const histogramdd: (
  x: ArrayLike,
  bins?: number | readonly (number | Array)[],
  options?: HistogramddOptions,
) => [counts: Array, edges: Array[]] = operation(
  1,
  (x, bins = 10, { range, weights, density = false } = {}) => {
    const points = asFloat("histogramdd", x)
    if (points.ndim !== 2) {
      throw new RangeError(
        `histogramdd takes points (n, d), not an array of shape ${printShape(points.shape)}`,
      )
    }
    const [n, d] = points.shape.map(Number)
    const type = { dtype: points.dtype, weak: false }
    const given = typeof bins === "number" ? globalThis.Array.from({ length: d }, () => bins) : bins
    if (given.length !== d) {
      throw new RangeError(`histogramdd: ${given.length} bins for points of ${d} dimensions`)
    }
    const columns = given.map((_, i) => movement.reshape(indexing.slice(points, [], i), [n]))
    const edges = columns.map((column, i) =>
      histogramBinEdges(column, given[i], { range: range?.[i] }),
    )
    const counts = edges.map((edge) => Number(edge.shape[0]) - 1)
    const places = columns.map((column, i) => {
      const found = searchsorted(edges[i], column, { side: "right" })
      const last = elementwise.equal(column, indexing.slice(edges[i], -1))
      const cell = elementwise.where(last, counts[i], found)
      // What lies below the first edge goes beyond the end, where updates are dropped.
      const shifted = elementwise.subtract(cell, 1)
      return elementwise.where(elementwise.less(shifted, 0), counts[i], shifted)
    })
    const amounts =
      weights === undefined ? fill(1, [n], type) : elementwise.astype(weights, points.dtype)
    const filled = bind("scatter", [fill(0, counts, type), ...places, amounts], {
      axes: counts.map((_, i) => i),
      combine: "add",
    })
    if (!density) return [filled, edges]
    const volumes = edges.reduce<Array>(
      (product, edge, i) => {
        const widths = elementwise.subtract(
          indexing.slice(edge, [1]),
          indexing.slice(edge, [0, -1]),
        )
        const shape = counts.map((count, axis) => (axis === i ? count : 1))
        return elementwise.multiply(product, movement.reshape(widths, shape))
      },
      fill(
        1,
        counts.map(() => 1),
        type,
      ),
    )
    return [
      elementwise.divide(filled, elementwise.multiply(volumes, reductions.sum(filled))),
      edges,
    ]
  },
)
