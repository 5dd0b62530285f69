/** Least squares, pseudoinverses and ranks, by singular values. */

import { printShape } from "../../size/index.ts"
import type { Array } from "../array.ts"
import { finfo } from "../numpy/float-parts.ts"
import * as elementwise from "../operations/elementwise.ts"
import * as linear from "../operations/linear.ts"
import * as movement from "../operations/movement.ts"
import * as reductions from "../operations/reductions.ts"
import { type ArrayLike, castTo, toFloat, typeOf } from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"
import { type Custom, custom } from "./custom.ts"
import { extentsOf, matricesOf } from "./matrices.ts"
import { svd, svdvals } from "./svd.ts"

const { add, divide, greater, multiply, subtract, where } = elementwise

/** Singular values above a share of the greatest, bool. */
function above(s: Array, share: ArrayLike): Array {
  const top = reductions.max(s, -1, { keepdims: true, initial: 0 })
  return greater(s, multiply(top, share))
}

/** 1/s where s counts, else 0. */
function reciprocal(s: Array, counts: Array): Array {
  return where(counts, divide(1, where(counts, s, 1)), 0)
}

/** The share below which rounding hides singular values: ten units for each row or column. */
function defaultShare(a: Array): number {
  return 10 * Math.max(...extentsOf("pinv", a)) * finfo(a.dtype).eps
}

const inverted: Custom<number | null> = custom(
  ([a], share) => {
    const [u, s, vh] = svd(a, { fullMatrices: false })
    const inverse = reciprocal(s, above(s, share ?? defaultShare(a)))
    const v = movement.matrixTranspose(vh)
    const scaled = multiply(v, movement.expandDims(inverse, -2))
    return [linear.matmul(scaled, movement.matrixTranspose(u))]
  },
  // Golub and Pereyra 1973, (4.12), for constant rank.
  ([a], [p], [da]) => {
    const turn = movement.matrixTranspose
    const { matmul } = linear
    const direct = matmul(matmul(p, da), p)
    // P Pᵀ dAᵀ (1 − A P), then (1 − P A) dAᵀ Pᵀ P.
    const left = matmul(matmul(p, turn(p)), turn(da))
    const first = subtract(left, matmul(matmul(left, a), p))
    const right = matmul(turn(da), matmul(turn(p), p))
    const second = subtract(right, matmul(p, matmul(a, right)))
    return [add(subtract(first, direct), second)]
  },
)

export interface PinvOptions {
  /** Singular values up to this share of the greatest count as 0. */
  readonly rtol?: number
  /** The same under its older name. */
  readonly rcond?: number
}

/**
 * The Moore–Penrose inverse (…, n, m) of matrices (…, m, n), floats. Singular values up to 10 max(m, n)
 * ε of the greatest count as 0 unless a share is given. Differentiable where the rank is constant.
 * Work and span as {@link svd}.
 *
 * @example
 * np.linalg.pinv(np.array([[2, 0], [0, 0]])) // → [[0.5, 0], [0, 0]]
 *
 * @throws RangeError when a has fewer than two axes.
 */
export const pinv: (a: ArrayLike, options?: PinvOptions | number) => Array = operation(
  1,
  (a, options = {}) => {
    const { rtol, rcond } = typeof options === "number" ? { rtol: options } : options
    return inverted([matricesOf("pinv", a)], rtol ?? rcond ?? null)[0]
  },
)

export interface MatrixRankOptions {
  /** Singular values up to this share of the greatest count as 0; max(m, n) ε unless given. */
  readonly rtol?: number
  /** Singular values up to this size count as 0; it takes the place of the share. */
  readonly tol?: number
}

/**
 * How many singular values of matrices (…, m, n) are not 0, int32. Of an array with fewer than two
 * axes, whether any element is not 0. Work and span as {@link svd}.
 *
 * @example
 * np.linalg.matrixRank(np.array([[1, 2], [2, 4]])) // → 1
 */
export const matrixRank: (a: ArrayLike, options?: MatrixRankOptions | number) => Array = operation(
  1,
  (a, options = {}) => {
    if (typeOf("matrixRank", a).shape.length < 2) {
      return elementwise.astype(reductions.any(a), "int32")
    }
    const { rtol, tol } = typeof options === "number" ? { rtol: options } : options
    const matrices = matricesOf("matrixRank", a)
    const s = svdvals(matrices)
    const share = rtol ?? Math.max(...extentsOf("matrixRank", matrices)) * finfo(s.dtype).eps
    const counts = tol === undefined ? above(s, share) : greater(s, tol)
    return reductions.sum(counts, -1)
  },
)

/**
 * X that minimises ‖A X − B‖: a is (m, n), b is (m) or (m, k). `[x, residuals, rank, s]`: x is (n) or
 * (n, k); residuals (k, or 1) are the squared lengths ‖A X − B‖² of the columns; rank is int32, s the singular values of A. Values up to `rcond` (ε max(m, n)) times the
 * greatest count as 0, and of several X it is the shortest. Work and span as {@link svd}.
 *
 * @example
 * const [x] = np.linalg.lstsq(np.array([[1, 0], [1, 1], [1, 2]]), np.array([1, 3, 5]))
 * x // → [1, 2]
 *
 * @throws RangeError when extents do not fit.
 */
export const lstsq: (
  a: ArrayLike,
  b: ArrayLike,
  rcond?: number | null,
) => [x: Array, residuals: Array, rank: Array, s: Array] = operation(2, (a, b, rcond) => {
  const type = toFloat([typeOf("lstsq", a), typeOf("lstsq", b)])
  const matrix = castTo(matricesOf("lstsq", a), type)
  const given = castTo(b, type)
  if (matrix.ndim !== 2 || given.ndim < 1 || given.ndim > 2 || given.shape[0] !== matrix.shape[0]) {
    throw new RangeError(
      `lstsq: a of shape ${printShape(matrix.shape)} and b of shape ${printShape(given.shape)} ` +
        "do not fit: a must be (m, n) and b (m) or (m, k)",
    )
  }
  const right = given.ndim === 1 ? movement.expandDims(given, -1) : given
  const share =
    rcond === undefined || rcond === null || rcond < 0
      ? Math.max(...extentsOf("lstsq", matrix)) * finfo(matrix.dtype).eps
      : rcond
  const [u, s, vh] = svd(matrix, { fullMatrices: false })
  const counts = above(s, share)
  const shares = linear.matmul(movement.matrixTranspose(u), right)
  const scaled = multiply(movement.expandDims(reciprocal(s, counts), -1), shares)
  const x = linear.matmul(movement.matrixTranspose(vh), scaled)
  const miss = subtract(right, linear.matmul(matrix, x))
  const residuals = reductions.sum(elementwise.square(miss), 0)
  const rank = reductions.sum(counts)
  return [given.ndim === 1 ? movement.squeeze(x, -1) : x, residuals, rank, s]
})
