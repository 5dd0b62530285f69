/** Matrices of a form: ones on a diagonal, triangles, diagonals, powers. */

import type { DType, Shape, Size } from "../../size/index.ts"
import type { Array } from "../array.ts"
import { isNamed } from "../named.ts"
import { concreteExtent } from "../operations/axes.ts"
import type { CreateOptions } from "../operations/creation.ts"
import * as elementwise from "../operations/elementwise.ts"
import * as indexing from "../operations/indexing.ts"
import * as movement from "../operations/movement.ts"
import { shapeArgument } from "../operations/shapes.ts"
import type { ShapeFrom } from "../static/shape.ts"
import { type ArrayLike, fill, toArray } from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"
import { bind } from "../tracing/trace.ts"

/**
 * Ones on a diagonal, zeros elsewhere: k = 0 is the main one, above it positive. Work 2mn, span 2.
 * @example np.eye(2, 3) // → [[1, 0, 0], [0, 1, 0]]
 */
export const eye: <
  const M extends Size,
  const N extends Size | null | undefined = undefined,
  D extends DType = "float32",
>(
  rows: M,
  columns?: N | (CreateOptions<D> & { readonly M?: N; readonly k?: number }),
  k?: number | (CreateOptions<D> & { readonly k?: number }),
  options?: CreateOptions<D>,
) => Array<NoInfer<D>, ShapeFrom<[M, N extends Size ? N : M]>> = operation(
  0,
  (rows: Size, columns, k = 0, options = {}) => {
    if (isNamed(columns)) return eye(rows, columns.M, columns.k, columns)
    if (isNamed(k)) return eye(rows, columns, k.k, k)
    const shape = shapeArgument("eye", [rows, columns ?? rows])
    const { dtype = "float32" } = options
    return elementwise.astype(elementwise.equal(rowsPlus(shape, k), columnsOf(shape)), dtype)
  },
)

/**
 * The identity matrix of n rows. Work 2n², span 2.
 * @example np.identity(2) // → [[1, 0], [0, 1]]
 */
export function identity<const N extends Size, D extends DType = "float32">(
  n: N,
  options?: CreateOptions<D>,
): Array<NoInfer<D>, ShapeFrom<[N, N]>>
export function identity(n: Size, options: CreateOptions = {}): Array {
  return eye(n, n, 0, options)
}

/**
 * Ones on and below a diagonal, zeros above it. Work 2mn, span 2.
 * @example np.tri(3) // → [[1, 0, 0], [1, 1, 0], [1, 1, 1]]
 */
export const tri: (
  rows: Size,
  columns?: Size | null | (CreateOptions & { readonly M?: Size | null; readonly k?: number }),
  k?: number | (CreateOptions & { readonly k?: number }),
  options?: CreateOptions,
) => Array = operation(0, (rows, columns, k = 0, options = {}) => {
  if (isNamed(columns)) return tri(rows, columns.M, columns.k, columns)
  if (isNamed(k)) return tri(rows, columns, k.k, k)
  const shape = shapeArgument("tri", [rows, columns ?? rows])
  const { dtype = "float32" } = options
  return elementwise.astype(below(shape, k), dtype)
})

/**
 * Matrices with zeros above a diagonal. Work 2n, span 2.
 * @example np.tril(np.ones([2, 2])) // → [[1, 0], [1, 1]]
 * @throws RangeError for fewer than two axes.
 */
export const tril: (x: ArrayLike, k?: number | { readonly k?: number }) => Array = operation(
  1,
  (x, k = 0) => {
    if (isNamed(k)) return tril(x, k.k)
    const matrix = requireMatrix("tril", x)
    return elementwise.where(below(matrix.shape.slice(-2), k), matrix, zeroOf(matrix))
  },
)

/**
 * Matrices with zeros below a diagonal. Work 3n, span 3.
 * @example np.triu(np.ones([2, 2])) // → [[1, 1], [0, 1]]
 * @throws RangeError for fewer than two axes.
 */
export const triu: (x: ArrayLike, k?: number | { readonly k?: number }) => Array = operation(
  1,
  (x, k = 0) => {
    if (isNamed(k)) return triu(x, k.k)
    const matrix = requireMatrix("triu", x)
    return elementwise.where(below(matrix.shape.slice(-2), k - 1), zeroOf(matrix), matrix)
  },
)

function zeroOf({ dtype }: Array): Array {
  return fill(0, [], { dtype, weak: false })
}

function requireMatrix(name: string, x: ArrayLike): Array {
  const matrix = toArray(name, x)
  if (matrix.ndim < 2) {
    throw new RangeError(`${name} needs at least two axes, not ${matrix.ndim}`)
  }
  return matrix
}

function rowsPlus(shape: Shape, k: number): Array {
  return elementwise.add(bind("iota", [], { shape, dtype: "int32", axis: 0 }), k)
}

function columnsOf(shape: Shape): Array {
  return bind("iota", [], { shape, dtype: "int32", axis: 1 })
}

function below(shape: Shape, k: number): Array {
  return elementwise.greaterEqual(rowsPlus(shape, k), columnsOf(shape))
}

/**
 * A vector as a diagonal of a matrix, or the diagonal of a matrix as a vector. Work 2n² of a
 * vector, span 2; of a matrix 0.
 * @example np.diag(np.array([1, 2])) // → [[1, 0], [0, 2]]
 */
export const diag: (x: ArrayLike, k?: number | { readonly k?: number }) => Array = operation(
  1,
  (x, k = 0) => {
    if (isNamed(k)) return diag(x, k.k)
    const given = toArray("diag", x)
    if (given.ndim === 2) return indexing.diagonal(given, k)
    if (given.ndim !== 1) {
      throw new RangeError(`diag takes a vector or a matrix, not an array of rank ${given.ndim}`)
    }
    const length = concreteExtent("diag", given, 0) + Math.abs(k)
    const padded = movement.pad(given, [[Math.max(k, 0), Math.max(-k, 0)]])
    const shape = [length, length]
    const onDiagonal = elementwise.equal(rowsPlus(shape, k), columnsOf(shape))
    return elementwise.where(onDiagonal, padded, zeroOf(given))
  },
)

/**
 * All elements as a diagonal of a matrix. Work 2n², span 2.
 * @example np.diagflat(np.array([[1], [2]])) // → [[1, 0], [0, 2]]
 */
export const diagflat: (x: ArrayLike, k?: number | { readonly k?: number }) => Array = operation(
  1,
  (x, k = 0) => {
    if (isNamed(k)) return diagflat(x, k.k)
    return diag(movement.ravel(x), k)
  },
)

/**
 * A Vandermonde matrix: columns of falling powers of a vector. Work O(mn) for m columns, span
 * O(log m).
 * @example np.vander(np.array([2, 3]), 3) // → [[4, 2, 1], [9, 3, 1]]
 */
export const vander: (
  x: ArrayLike,
  columns?: number | { readonly N?: number; readonly increasing?: boolean },
  increasing?: boolean,
) => Array = operation(1, (x, columns, increasing = false) => {
  if (isNamed(columns)) return vander(x, columns.N, columns.increasing)
  const base = toArray("vander", x)
  const count = columns ?? concreteExtent("vander", base, 0)
  const powers = globalThis.Array.from({ length: count }, (_, i) => elementwise.power(base, i))
  return movement.stack(increasing ? powers : powers.reverse(), 1)
})
