/** Indices as arrays: of grids, diagonals, triangles, and between flat and by axis. */

import { elementsOf, type Shape } from "../../size/index.ts"
import type { Array } from "../array.ts"
import * as elementwise from "../operations/elementwise.ts"
import * as indexing from "../operations/indexing.ts"
import * as movement from "../operations/movement.ts"
import { shapeArgument } from "../operations/shapes.ts"
import { constant } from "../tracing/constant.ts"
import { type ArrayLike, castTo, fill, toArray } from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"
import { bind } from "../tracing/trace.ts"
import { nonzero, type SizeOptions } from "./finding.ts"

const int32 = { dtype: "int32", weak: false } as const

/**
 * The index of each element along each axis: int32[axes, …shape]. Work 0.
 * @example np.indices([2, 2]) // → [[[0, 0], [1, 1]], [[0, 1], [0, 1]]]
 */
export const indices: (shape: number | Shape) => Array = operation(0, (shape) => {
  const extents = shapeArgument("indices", shape)
  return movement.stack(
    extents.map((_, axis) => bind("iota", [], { shape: extents, dtype: "int32", axis })),
  )
})

/**
 * Flat indices as one index array for each axis of a shape, those beyond clamped. Work O(n) and
 * span O(1) for each axis.
 * @example np.unravelIndex(5, [2, 3]) // → [1, 2]
 */
export const unravelIndex: (index: ArrayLike, shape: number | Shape) => Array[] = operation(
  1,
  (index, shape) => {
    const extents = shapeArgument("unravelIndex", shape)
    const total = Number(elementsOf(extents))
    const given = castTo(indexing.indexArray("unravelIndex", index), int32)
    const wrapped = elementwise.where(
      elementwise.less(given, 0),
      elementwise.add(given, total),
      given,
    )
    let rest = elementwise.clip(wrapped, 0, Math.max(total - 1, 0))
    const found: Array[] = []
    for (const extent of extents.toReversed()) {
      found.unshift(elementwise.remainder(rest, Number(extent)))
      rest = elementwise.floorDivide(rest, Number(extent))
    }
    return found
  },
)

/**
 * One index array for each axis as flat indices. Work O(n) and span O(1) for each axis.
 * @example np.ravelMultiIndex([1, 2], [2, 3]) // → 5
 */
export const ravelMultiIndex: (
  indices: readonly ArrayLike[],
  shape: number | Shape,
  options?: { readonly mode?: "clip" | "wrap" },
) => Array = operation(1, (indices, shape, { mode = "clip" } = {}) => {
  const extents = shapeArgument("ravelMultiIndex", shape).map(Number)
  if (indices.length !== extents.length || extents.length === 0) {
    throw new RangeError(
      `ravelMultiIndex: ${indices.length} index arrays for ${extents.length} axes`,
    )
  }
  const parts = indices.map((one, axis) => {
    const index = castTo(indexing.indexArray("ravelMultiIndex", one), int32)
    return mode === "wrap"
      ? elementwise.remainder(index, extents[axis])
      : elementwise.clip(index, 0, extents[axis] - 1)
  })
  return parts.reduce((flat, part, axis) =>
    elementwise.add(elementwise.multiply(flat, extents[axis]), part),
  )
})

/**
 * Indices of the main diagonal of n by n by …: one vector for each axis. Work 0.
 * @example np.diagIndices(2) // → [[0, 1], [0, 1]]
 */
export function diagIndices(n: number, ndim = 2): Array[] {
  const [length] = shapeArgument("diagIndices", n)
  const places = globalThis.Array.from({ length: Number(length) }, (_, i) => i)
  return globalThis.Array.from({ length: ndim }, () => vector(places))
}

/**
 * Indices of the main diagonal of an array of equal extents. Work 0.
 * @example np.diagIndicesFrom(np.eye(2)) // → [[0, 1], [0, 1]]
 */
export function diagIndicesFrom(x: Array): Array[] {
  return diagIndices(Number(x.shape[0]), x.ndim)
}

/**
 * Indices of the elements on and below a diagonal of n by m: rows and columns. Work 0.
 * @example np.trilIndices(2) // → [[0, 1, 1], [0, 0, 1]]
 */
export function trilIndices(n: number, k = 0, m: number = n): [Array, Array] {
  return triangle(n, m, (row, column) => column - row <= k)
}
/**
 * Indices of the elements on and above a diagonal of n by m: rows and columns. Work 0.
 * @example np.triuIndices(2) // → [[0, 0, 1], [0, 1, 1]]
 */
export function triuIndices(n: number, k = 0, m: number = n): [Array, Array] {
  return triangle(n, m, (row, column) => column - row >= k)
}
/**
 * Like {@link trilIndices}, of a matrix's extents. Work 0.
 * @example np.trilIndicesFrom(np.eye(2)) // → [[0, 1, 1], [0, 0, 1]]
 */
export function trilIndicesFrom(x: Array, k = 0): [Array, Array] {
  return trilIndices(Number(x.shape[0]), k, Number(x.shape[1]))
}
/**
 * Like {@link triuIndices}, of a matrix's extents. Work 0.
 * @example np.triuIndicesFrom(np.eye(2)) // → [[0, 0, 1], [0, 1, 1]]
 */
export function triuIndicesFrom(x: Array, k = 0): [Array, Array] {
  return triuIndices(Number(x.shape[0]), k, Number(x.shape[1]))
}

/**
 * Indices of the elements of n by n that a function leaves from a matrix of ones, given an offset:
 * rows and columns. How many there are is known when they are there, so without a size they are
 * awaited. Work O(n²), span O(log n).
 * @example await np.maskIndices(2, np.triu) // → [[0, 0, 1], [0, 1, 1]]
 */
export function maskIndices(
  n: number,
  maskOf: (ones: Array, k: number) => ArrayLike,
  k: number | undefined,
  options: SizeOptions,
): Array[]
export function maskIndices(
  n: number,
  maskOf: (ones: Array, k: number) => ArrayLike,
  k?: number,
): Promise<Array[]>
export function maskIndices(
  n: number,
  maskOf: (ones: Array, k: number) => ArrayLike,
  k = 0,
  options?: SizeOptions,
): Array[] | Promise<Array[]> {
  const ones = fill(1, shapeArgument("maskIndices", [n, n]), int32)
  const kept = maskOf(ones, k)
  return options === undefined ? nonzero(kept) : nonzero(kept, options)
}

function triangle(
  n: number,
  m: number,
  holds: (row: number, column: number) => boolean,
): [Array, Array] {
  const [rows, columns]: [number[], number[]] = [[], []]
  for (let row = 0; row < n; row++) {
    for (let column = 0; column < m; column++) {
      if (!holds(row, column)) continue
      rows.push(row)
      columns.push(column)
    }
  }
  return [vector(rows), vector(columns)]
}

function vector(numbers: readonly number[]): Array {
  return constant(Int32Array.from(numbers), [numbers.length], "int32")
}

/**
 * Vectors shaped so that, as index arrays, they take every combination: an open grid. Work 0.
 * @example
 * np.ix_(np.array([0, 2], { dtype: "int32" }), np.array([1], { dtype: "int32" }))
 * // → [[[0], [2]], [[1]]]
 */
export const ix_: (...vectors: readonly ArrayLike[]) => Array[] = operation(
  Number.POSITIVE_INFINITY,
  (...vectors: readonly ArrayLike[]) =>
    vectors.map((one, axis) => {
      const array = toArray("ix_", one)
      if (array.ndim !== 1) {
        throw new RangeError(`ix_ takes vectors, not an array of rank ${array.ndim}`)
      }
      return movement.reshape(
        array,
        vectors.map((_, i) => (i === axis ? -1 : 1)),
      )
    }),
)
