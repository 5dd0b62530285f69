/** Matrices of statistics, populations and signals, and inverses known in closed form, as in `scipy.linalg`. */

import type { Array } from "../array.ts"
import { isNamed } from "../named.ts"
import { diag } from "../numpy/diagonals.ts"
import { concreteExtent, sliceAxis } from "../operations/axes.ts"
import { array } from "../operations/creation.ts"
import * as elementwise from "../operations/elementwise.ts"
import * as movement from "../operations/movement.ts"
import { type ArrayLike, castTo, fill, toArray, toCommon, typeOf } from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"
import { type PascalKind, requireSize, toeplitz } from "./patterns.ts"

/** Which rows a convolution keeps: all, as many as the longer vector, or those without edges. */
export type ConvolutionMode = "full" | "same" | "valid"

/**
 * The matrix that convolves vectors of n elements with a (m): (m + n − 1, n) in the mode "full",
 * (max(m, n), n) in "same", (|m − n| + 1, n) in "valid". Work: elements of the result, span O(1).
 * @example linalg.convolutionMatrix(np.array([1, 2]), 2) // → [[1, 0], [2, 1], [0, 2]]
 * @throws RangeError when a is no vector, n no whole number above 0, or for another mode.
 */
export const convolutionMatrix: (
  a: ArrayLike,
  n: number,
  mode?: ConvolutionMode | { readonly mode?: ConvolutionMode },
) => Array = operation(1, (a, n, mode = "full") => {
  if (isNamed(mode)) return convolutionMatrix(a, n, mode.mode)
  const given = toArray("convolutionMatrix", a)
  if (given.ndim !== 1 || !Number.isInteger(n) || n < 1) {
    throw new RangeError(
      `convolutionMatrix takes a vector and a size above 0, not an array of rank ${given.ndim} and ${n}`,
    )
  }
  const m = concreteExtent("convolutionMatrix", given, 0)
  const column = movement.pad(given, [0, n - 1])
  const full = toeplitz(column, fill(0, [n], given.type))
  if (mode === "full") return full
  const trim = Math.min(n, m) - 1
  if (mode === "valid") return sliceAxis(full, 0, trim, m + n - 1 - trim)
  if (mode !== "same") {
    throw new RangeError(`convolutionMatrix: mode ${String(mode)} is none of full, same, valid`)
  }
  const above = Math.floor(trim / 2)
  return sliceAxis(full, 0, above, m + n - 1 - (trim - above))
})

/**
 * Fiedler's matrix of distances |aᵢ − aⱼ|, (…, n) to (…, n, n). Work O(n²), span O(1).
 * @example linalg.fiedler(np.array([1, 4])) // → [[0, 3], [3, 0]]
 */
export const fiedler: (a: ArrayLike) => Array = operation(1, (a) => {
  const vector = movement.atleast1d(toArray("fiedler", a))
  const [column, row] = [movement.expandDims(vector, -1), movement.expandDims(vector, -2)]
  return elementwise.absolute(elementwise.subtract(column, row))
})

/**
 * Leslie's matrix of a population: births f (n) by age in the first row, survivals s (n − 1) below
 * the diagonal. Work O(n²), span O(1).
 * @example linalg.leslie(np.array([0, 2]), np.array([0.5])) // → [[0, 2], [0.5, 0]]
 * @throws RangeError when s is not one shorter than f.
 */
export const leslie: (f: ArrayLike, s: ArrayLike) => Array = operation(2, (f, s) => {
  const type = toCommon([typeOf("leslie", f), typeOf("leslie", s)])
  const [births, survivals] = [castTo(f, type), castTo(s, type)]
  const n = births.ndim === 1 ? concreteExtent("leslie", births, 0) : 0
  if (n < 2 || survivals.ndim !== 1 || concreteExtent("leslie", survivals, 0) !== n - 1) {
    throw new RangeError(
      `leslie takes vectors of n > 1 and n − 1 elements, not shapes [${births.shape.join(", ")}] and ` +
        `[${survivals.shape.join(", ")}]`,
    )
  }
  const below = movement.pad(diag(survivals), [
    [0, 0],
    [0, 1],
  ])
  return movement.concatenate([movement.expandDims(births, 0), below], 0)
})

/** A matrix of n columns from its elements, float32. */
function matrixOf(rows: number, n: number, element: (i: number, j: number) => number): Array {
  const elements = globalThis.Array.from({ length: rows * n }, (_, at) =>
    element(Math.floor(at / n), at % n),
  )
  return movement.reshape(array(elements), [rows, n])
}

/**
 * Helmert's matrix of orthonormal rows, each but the first, which is left out unless `full`, the
 * difference of an element from the mean of those before: (n − 1, n) or (n, n), float32. Work 0: the
 * host computes it.
 * @example linalg.helmert(2, { full: true }) // → [[0.7071068, 0.7071068], [0.7071068, -0.7071068]]
 * @throws RangeError when n is no whole number above 0.
 */
export function helmert(n: number, full: boolean | { readonly full?: boolean } = false): Array {
  if (isNamed(full)) return helmert(n, full.full)
  requireSize("helmert", n - 1)
  const skipped = full ? 0 : 1
  return matrixOf(n - skipped, n, (row, j) => {
    const i = row + skipped
    if (i === 0) return 1 / Math.sqrt(n)
    return (j < i ? 1 : j === i ? -i : 0) / Math.sqrt(i * (i + 1))
  })
}

/** n over k. */
function choose(n: number, k: number): number {
  let result = 1
  for (let i = 1; i <= k; i++) result = (result * (n - k + i)) / i
  return Math.round(result)
}

/**
 * The inverse of Hilbert's matrix, whole numbers: (n, n), float32. Work 0: the host computes it.
 * @throws RangeError unless n is a whole number from 0 on.
 * @example linalg.invhilbert(2) // → [[4, -6], [-6, 12]]
 */
export function invhilbert(n: number): Array {
  requireSize("invhilbert", n)
  return matrixOf(n, n, (i, j) => {
    const sign = (i + j) % 2 === 0 ? 1 : -1
    const inner = choose(n + i, n - j - 1) * choose(n + j, n - i - 1)
    return sign * (i + j + 1) * inner * choose(i + j, i) ** 2
  })
}

/**
 * The inverse of Pascal's matrix, whole numbers: (n, n), float32. Work 0: the host computes it.
 * @throws RangeError for another kind, or unless n is a whole number from 0 on.
 * @example linalg.invpascal(3) // → [[3, -3, 1], [-3, 5, -2], [1, -2, 1]]
 */
export function invpascal(
  n: number,
  kind: PascalKind | { readonly kind?: PascalKind } = "symmetric",
): Array {
  if (isNamed(kind)) return invpascal(n, kind.kind)
  requireSize("invpascal", n)
  const lower = (i: number, j: number): number =>
    j > i ? 0 : ((i + j) % 2 === 0 ? 1 : -1) * choose(i, j)
  if (kind === "lower") return matrixOf(n, n, lower)
  if (kind === "upper") return matrixOf(n, n, (i, j) => lower(j, i))
  if (kind !== "symmetric") {
    throw new RangeError(`invpascal: kind ${String(kind)} is none of symmetric, lower, upper`)
  }
  return matrixOf(n, n, (i, j) => {
    let sum = 0
    for (let k = Math.max(i, j); k < n; k++) sum += lower(k, i) * lower(k, j)
    return sum
  })
}
