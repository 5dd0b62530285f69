/** Matrices whose elements follow a pattern, under the names of `scipy.linalg`. */

import { printShape } from "../../size/index.ts"
import type { Array } from "../array.ts"
import type { Complex } from "../fourier/complex.ts"
import { isNamed } from "../named.ts"
import { diag } from "../numpy/diagonals.ts"
import { concreteExtent } from "../operations/axes.ts"
import { array, type CreateOptions } from "../operations/creation.ts"
import * as elementwise from "../operations/elementwise.ts"
import * as movement from "../operations/movement.ts"
import { arange } from "../operations/ranges.ts"
import { take } from "../operations/taking.ts"
import { type ArrayLike, castTo, fill, toArray, toCommon, typeOf } from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"

const { add, divide, multiply, negative, remainder, subtract } = elementwise

/** Rows (n, 1) and columns (m) of a matrix, counted from 0, int32. */
function counted(rows: number, columns: number): readonly [rows: Array, columns: Array] {
  const options = { dtype: "int32" } as const
  return [movement.expandDims(arange(rows, options), 1), arange(columns, options)]
}

/** Vectors in their common dtype. @throws RangeError for scalars. */
function vectorsOf(name: string, vectors: readonly ArrayLike[]): readonly Array[] {
  const type = toCommon(vectors.map((x) => typeOf(name, x)))
  return vectors.map((x) => {
    const vector = castTo(x, type)
    if (vector.ndim > 0) return vector
    throw new RangeError(`${name} takes vectors, not an array of shape []`)
  })
}

/** Elements of vectors at (n, m) places: (…, n, m). */
function placed(vectors: Array, places: Array): Array {
  return take(vectors, places, -1, { mode: "clip" })
}

/** @throws RangeError when n is no whole number from 0 up. */
export function requireSize(name: string, n: number): void {
  if (Number.isInteger(n) && n >= 0) return
  throw new RangeError(`${name}: n is ${n}, which must be whole and at least 0`)
}

/**
 * Matrices with one value along each diagonal: c is the first column (…, n), r the first row (…,
 * m), whose first element is not read; c itself unless given. Work O(n²), span O(1).
 * @example
 * linalg.toeplitz(np.array([1, 2, 3]), np.array([1, 4])) // → [[1, 4], [2, 1], [3, 2]]
 */
export const toeplitz: (c: ArrayLike, r?: ArrayLike | null) => Array = operation(2, (c, r) => {
  const [column, row] = vectorsOf("toeplitz", [c, r ?? c])
  const [n, m] = [column, row].map((x) => concreteExtent("toeplitz", x, x.ndim - 1))
  const [i, j] = counted(n, m)
  const values = movement.concatenate([movement.flip(row, -1), column], -1)
  // r backwards, then c: the diagonal i − j begins at c₀, r₁ stands two before it.
  const gap = subtract(i, j)
  const place = add(gap, elementwise.where(elementwise.less(gap, 0), m - 1, m))
  return placed(values, place)
})

/**
 * Matrices with one value along each diagonal from right to left: c is the first column (…, n), r
 * the last row (…, m), whose first element is not read; zeros unless given. Work O(n²), span O(1).
 * @example
 * linalg.hankel(np.array([1, 2, 3]), np.array([3, 4])) // → [[1, 2], [2, 3], [3, 4]]
 */
export const hankel: (c: ArrayLike, r?: ArrayLike | null) => Array = operation(2, (c, r) => {
  const [column, row] = vectorsOf("hankel", [c, r ?? multiply(c, 0)])
  const [n, m] = [column, row].map((x) => concreteExtent("hankel", x, x.ndim - 1))
  const [i, j] = counted(n, m)
  const sum = add(i, j)
  const place = elementwise.where(elementwise.less(sum, n), sum, add(sum, 1))
  return placed(movement.concatenate([column, row], -1), place)
})

/**
 * Matrices whose columns are a vector (…, n) turned by one place more each: (…, n, n). Work O(n²),
 * span O(1).
 * @example linalg.circulant(np.array([1, 2, 3])) // → [[1, 3, 2], [2, 1, 3], [3, 2, 1]]
 */
export const circulant: (c: ArrayLike) => Array = operation(1, (c) => {
  const [column] = vectorsOf("circulant", [c])
  const n = concreteExtent("circulant", column, column.ndim - 1)
  const [i, j] = counted(n, n)
  return placed(column, remainder(subtract(i, j), n))
})

/**
 * The matrix whose characteristic polynomial has coefficients a, the highest power's first: (n) to
 * (n − 1, n − 1), floats. Work O(n²), span O(1).
 * @example linalg.companion(np.array([1, -10, 31, -30])) // → [[10, -31, 30], [1, 0, 0], [0, 1, 0]]
 * @throws RangeError when a is no vector of at least two elements.
 */
export const companion: (a: ArrayLike) => Array = operation(1, (a) => {
  const given = toArray("companion", a)
  const n = given.ndim === 1 ? concreteExtent("companion", given, 0) : 0
  if (n < 2) {
    throw new RangeError(
      `companion takes a vector of at least 2 elements, not shape ${printShape(given.shape)}`,
    )
  }
  const parts = movement.split(given, [1])
  const row = negative(divide(parts[1], parts[0]))
  if (n === 2) return movement.expandDims(row, 0)
  const below = diag(fill(1, [n - 2], { dtype: row.dtype, weak: false }))
  const rest = movement.pad(below, [
    [0, 0],
    [0, 1],
  ])
  return movement.concatenate([movement.expandDims(row, 0), rest], 0)
})

/**
 * Matrices as blocks along the diagonal, zeros elsewhere; vectors are rows, no arrays give (1, 0).
 * Work: elements of the result for each block at most, span O(1).
 * @example linalg.blockDiag(np.ones([1, 2]), 3) // → [[1, 1, 0], [0, 0, 3]]
 * @throws RangeError for more than two axes.
 */
export function blockDiag(...arrays: readonly ArrayLike[]): Array {
  return blocks(arrays)
}

const blocks: (arrays: readonly ArrayLike[]) => Array = operation(1, (arrays) => {
  if (arrays.length === 0) return fill(0, [1, 0], { dtype: "float32", weak: false })
  const type = toCommon(arrays.map((x) => typeOf("blockDiag", x)))
  const matrices = arrays.map((x) => movement.atleast2d(castTo(x, type)))
  const extents = matrices.map((x) => {
    if (x.ndim === 2) return x.shape.map(Number)
    throw new RangeError(`blockDiag takes matrices, not an array of shape ${printShape(x.shape)}`)
  })
  const width = extents.reduce((sum, [, columns]) => sum + columns, 0)
  let before = 0
  const rows = matrices.map((x, k) => {
    const columns = extents[k][1]
    const row = movement.pad(x, [
      [0, 0],
      [before, width - before - columns],
    ])
    before += columns
    return row
  })
  return movement.concatenate(rows, 0)
})

/**
 * Hadamard's matrix of ones and minus ones with orthogonal rows, (n, n), n a power of 2, int32.
 * Work O(n²), span O(1).
 * @example linalg.hadamard(2) // → [[1, 1], [1, -1]]
 * @throws RangeError when n is no power of 2.
 */
export function hadamard(n: number, options: CreateOptions = {}): Array {
  if (!Number.isInteger(Math.log2(n))) {
    throw new RangeError(`hadamard: n is ${n}, which must be a power of 2`)
  }
  const [i, j] = counted(n, n)
  const odd = remainder(elementwise.bitwiseCount(elementwise.bitwiseAnd(i, j)), 2)
  return elementwise.astype(
    subtract(1, multiply(2, elementwise.astype(odd, "int32"))),
    options.dtype ?? "int32",
  )
}

/**
 * Hilbert's matrix of 1/(i + j + 1), (n, n), float32: nearly singular. Work O(n²), span O(1).
 * @throws RangeError unless n is a whole number from 0 on.
 * @example linalg.hilbert(2) // → [[1, 0.5], [0.5, 0.333333]]
 */
export function hilbert(n: number): Array {
  requireSize("hilbert", n)
  const [i, j] = counted(n, n)
  return divide(1, add(add(i, j), 1))
}

/** Which form of Pascal's matrix. */
export type PascalKind = "symmetric" | "lower" | "upper"

/**
 * Pascal's matrix of binomial coefficients, (n, n), float32: symmetric with (i + j)!/(i! j!), or
 * its triangular factors. Work O(n²), span O(1).
 * @throws RangeError for another kind.
 * @example
 * linalg.pascal(3) // → [[1, 1, 1], [1, 2, 3], [1, 3, 6]]
 * linalg.pascal(3, { kind: "lower" }) // → [[1, 0, 0], [1, 1, 0], [1, 2, 1]]
 */
export function pascal(
  n: number,
  kind: PascalKind | { readonly kind?: PascalKind } = "symmetric",
): Array {
  if (isNamed(kind)) return pascal(n, kind.kind)
  requireSize("pascal", n)
  if (!["symmetric", "lower", "upper"].includes(kind)) {
    throw new RangeError(`pascal: kind ${String(kind)} is none of symmetric, lower, upper`)
  }
  const rows: number[][] = []
  for (let i = 0; i < n; i++) {
    const row: number[] = []
    for (let j = 0; j < n; j++) {
      if (kind === "symmetric") row.push(i === 0 || j === 0 ? 1 : rows[i - 1][j] + row[j - 1])
      else if (j > i) row.push(0)
      else row.push(j === 0 || j === i ? 1 : rows[i - 1][j - 1] + rows[i - 1][j])
    }
    rows.push(row)
  }
  const matrix = movement.reshape(array(rows.flat()), [n, n])
  return kind === "upper" ? movement.transpose(matrix) : matrix
}

/** What a Fourier matrix is divided by: √n, or n. */
export type DftScale = "sqrtn" | "n" | null

/**
 * The matrix of the discrete Fourier transform, e^(−2πi jk/n), as a complex pair of (n, n),
 * float32. Work O(n²), span O(1).
 * @example linalg.dft(2).real // → [[1, 1], [1, -1]]
 * @throws RangeError for another scale.
 */
export function dft(n: number, scale: DftScale | { readonly scale?: DftScale } = null): Complex {
  if (isNamed(scale)) return dft(n, scale.scale)
  requireSize("dft", n)
  if (scale !== null && scale !== "sqrtn" && scale !== "n") {
    throw new RangeError(`dft: scale ${String(scale)} is none of sqrtn, n, null`)
  }
  const divisor = scale === null ? 1 : scale === "n" ? n : Math.sqrt(n)
  const angles = globalThis.Array.from({ length: n * n }, (_, at) => {
    // jk mod n first, so that the angle is exact.
    const turn = ((at % n) * Math.floor(at / n)) % n
    return (-2 * Math.PI * turn) / n
  })
  const part = (f: (angle: number) => number) =>
    movement.reshape(array(angles.map((angle) => f(angle) / divisor)), [n, n])
  return { real: part(Math.cos), imag: part(Math.sin) }
}
