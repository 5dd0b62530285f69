/**
 * Singular values and vectors by one-sided Jacobi rotations of R's rows, after A = Q R: pairs of rows
 * are turned until all are orthogonal (Hestenes 1958; pairs as in `eigh.ts`). Small singular values
 * keep their relative accuracy as far as R has it.
 */

import type { Array } from "../array.ts"
import { finfo } from "../numpy/float-parts.ts"
import { sliceAxis } from "../operations/axes.ts"
import * as elementwise from "../operations/elementwise.ts"
import * as linear from "../operations/linear.ts"
import { foriLoop, whileLoop } from "../operations/loops.ts"
import * as movement from "../operations/movement.ts"
import { argsort } from "../operations/ordering.ts"
import * as reductions from "../operations/reductions.ts"
import { diagonal, take } from "../operations/taking.ts"
import { type ArrayLike, fill } from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"
import { bind } from "../tracing/trace.ts"
import { type Custom, custom } from "./custom.ts"
import {
  clip,
  expectedSweeps,
  mostSweeps,
  orthonormal,
  rotation,
  type Tournament,
  tournament,
  turnRows,
} from "./eigh.ts"
import { extentsOf, forEach, identity, index, matricesOf } from "./matrices.ts"
import { factored as qrFactored } from "./qr.ts"

interface State {
  /** The rows under way, beside what makes them of the rows at first: (n, 2n). */
  readonly rows: Array
  /** The greatest cosine between two rows that the last sweep met. */
  readonly cosine: Array
}

/** One step: every pair of rows turned so that they are orthogonal. */
function step({ rows, cosine }: State, order: Tournament, limit: number): State {
  const n = Number(rows.shape[0])
  const half = n / 2
  const own = sliceAxis(rows, 1, 0, n)
  const [upper, lower] = [sliceAxis(own, 0, 0, half), sliceAxis(own, 0, half, n)]
  const dot = (x: Array, y: Array): Array => reductions.sum(elementwise.multiply(x, y), 1)
  const [a, b, c] = [dot(upper, upper), dot(lower, lower), dot(upper, lower)]
  const bound = elementwise.multiply(elementwise.sqrt(a), elementwise.sqrt(b))
  const some = elementwise.greater(bound, 0)
  const angle = elementwise.where(
    some,
    elementwise.divide(elementwise.absolute(c), elementwise.where(some, bound, 1)),
    0,
  )
  const turns = elementwise.greater(angle, limit)
  const [cosines, sines] = rotation(a, b, c, turns)
  return {
    rows: turnRows(rows, order, cosines, sines),
    cosine: elementwise.maximum(cosine, reductions.max(angle)),
  }
}

interface Turned {
  /** The orthogonal rows, longest first. */
  readonly rows: Array
  /** The orthogonal matrix (n, n) that makes them of the rows at first. */
  readonly by: Array
  readonly lengths: Array
}

/** Rows of a square matrix turned until they are orthogonal. */
function orthogonalRows(r: Array): Turned {
  const n = Number(r.shape[0])
  const even = n + (n % 2)
  const high = [even - n, even - n]
  const padded = bind("pad", [r], { low: [0, 0], high, interior: [0, 0], value: 0 })
  const start = movement.concatenate([padded, identity([even, even], r)], 1)
  const order = tournament(even, r)
  const limit = finfo(r.dtype).eps * Math.sqrt(n)
  const { state } = whileLoop(
    ({ state, sweeps }: { state: State; sweeps: Array }) =>
      elementwise.logicalAnd(
        elementwise.less(sweeps, mostSweeps),
        elementwise.greater(state.cosine, limit),
      ),
    ({ state, sweeps }) => ({
      state: foriLoop(0, Math.max(1, even - 1), (_, s: State) => step(s, order, limit), {
        rows: state.rows,
        cosine: elementwise.multiply(state.cosine, 0),
      }),
      sweeps: elementwise.add(sweeps, index(1)),
    }),
    {
      state: { rows: start, cosine: fill(1, [], { dtype: r.dtype, weak: false }) },
      sweeps: index(0),
    },
    // The last one only finds that nothing is left to do.
    { expectedSteps: 1 + expectedSweeps(n, r.dtype) },
  )
  const found = sliceAxis(state.rows, 0, 0, n)
  const rows = sliceAxis(found, 1, 0, n)
  const by = sliceAxis(found, 1, even, even + n)
  // Rounding stretches both halves of a row alike.
  const lengthsOf = (x: Array): Array => elementwise.sqrt(reductions.sum(elementwise.square(x), 1))
  const lengths = elementwise.divide(lengthsOf(rows), lengthsOf(by))
  const falling = argsort(elementwise.negative(lengths))
  const [sorted, turned, s] = [rows, orthonormal(by), lengths].map((x) => take(x, falling, 0, clip))
  return { rows: sorted, by: turned, lengths: s }
}

/** U (m, size), s (n) and V (n, n) of one matrix with m ≥ n, all columns. */
function decompose(a: Array, size: number): readonly [u: Array, s: Array, v: Array] {
  const [, n] = a.shape.map(Number)
  const largest = reductions.max(elementwise.absolute(a), null, { initial: 0 })
  const usable = elementwise.logicalAnd(
    elementwise.isfinite(largest),
    elementwise.greater(largest, 0),
  )
  const scale = elementwise.where(usable, largest, 1)
  const [q, r] = qrFactored([elementwise.divide(a, scale)], size > n)
  const { rows, by, lengths } = orthogonalRows(sliceAxis(r, 0, 0, n))
  // Where singular values vanish, the reflections complete the vectors to a basis.
  const [v, along] = qrFactored([movement.transpose(rows)], false)
  const signs = elementwise.where(elementwise.less(diagonal(along), 0), -1, 1)
  const thin = linear.matmul(sliceAxis(q, 1, 0, n), movement.transpose(by))
  const u = size > n ? movement.concatenate([thin, sliceAxis(q, 1, n, size)], 1) : thin
  const failed = elementwise.logicalNot(elementwise.isfinite(largest))
  const [left, s, right] = [
    u,
    elementwise.multiply(lengths, scale),
    elementwise.multiply(v, elementwise.astype(signs, a.dtype)),
  ].map((x) => elementwise.where(failed, NaN, x))
  return [left, s, right]
}

/** U, s and V of matrices with at least as many rows as columns. */
const decomposed: Custom<boolean> = custom(
  ([a], full) => {
    const [m, n] = extentsOf("svd", a)
    if (n === 0) return emptyOf(a, full ? m : 0)
    return forEach("svd", [2], [a], (one) => decompose(one, full ? m : n))
  },
  // With M = Uᵀ dA V and Fᵢⱼ = 1 / (sⱼ² − sᵢ²): ds = diag M, dU = U (F ∘ (M S + S Mᵀ)) + what of
  // dA V S⁻¹ is not in U, dV = V (F ∘ (S M + Mᵀ S)) (Giles 2008).
  ([a], [whole, s, v], [da]) => {
    const n = Number(a.shape.at(-1))
    const u = sliceAxis(whole, whole.ndim - 1, 0, n)
    const [row, column] = [movement.expandDims(s, -2), movement.expandDims(s, -1)]
    const side = linear.matmul(da, v)
    const mixed = linear.matmul(movement.matrixTranspose(u), side)
    const turned = movement.matrixTranspose(mixed)
    const eye = identity(mixed.shape, mixed)
    const gaps = elementwise.multiply(
      elementwise.subtract(row, column),
      elementwise.add(row, column),
    )
    const apart = elementwise.subtract(elementwise.divide(1, elementwise.add(gaps, eye)), eye)
    const { add, multiply } = elementwise
    const inU = multiply(apart, add(multiply(mixed, row), multiply(column, turned)))
    const inV = multiply(apart, add(multiply(column, mixed), multiply(turned, row)))
    const within = linear.matmul(u, inU)
    const outside = elementwise.subtract(side, linear.matmul(u, mixed))
    const [m, size] = [Number(a.shape.at(-2)), Number(whole.shape.at(-1))]
    const thin = m > n ? add(within, elementwise.divide(outside, row)) : within
    // The columns that complete a basis are not determined.
    const rest = elementwise.multiply(sliceAxis(whole, whole.ndim - 1, n, size), NaN)
    const du = size > n ? movement.concatenate([thin, rest], -1) : thin
    return [du, diagonal(mixed, 0, -2, -1), linear.matmul(v, inV)]
  },
)

/** The factors of matrices without columns. */
function emptyOf(a: Array, size: number): readonly Array[] {
  const lead = a.shape.slice(0, -2)
  const [m] = extentsOf("svd", a)
  const none = bind("full", [], { shape: [...lead, 0], dtype: a.dtype, value: 0 })
  return [identity([...lead, m, size], a), none, identity([...lead, 0, 0], a)]
}

export interface SvdOptions {
  /** Whether U and Vᵀ are square; true unless given. */
  readonly fullMatrices?: boolean
  /** Whether the result has U and Vᵀ; true unless given. Else it is s alone. */
  readonly computeUv?: boolean
}

/** U, s and Vᵀ of matrices of any form. */
const factorsOf: (a: ArrayLike, full: boolean) => [Array, Array, Array] = operation(
  1,
  (a, full) => {
    const matrices = matricesOf("svd", a)
    const [m, n] = extentsOf("svd", matrices)
    if (m >= n) {
      const [u, s, v] = decomposed([matrices], full)
      return [u, s, movement.matrixTranspose(v)]
    }
    const [v, s, u] = decomposed([movement.matrixTranspose(matrices)], full)
    return [u, s, movement.matrixTranspose(v)]
  },
)

/**
 * U, s and Vᵀ with A = U diag(s) Vᵀ, for matrices (…, m, n), floats: `[u, s, vh]` of (…, m, m),
 * (…, k) and (…, n, n), with k = min(m, n); without `fullMatrices` (…, m, k), (…, k) and (…, k, n);
 * without `computeUv` s alone. s falls; signs of vectors are arbitrary. NaN where A is not finite.
 * Differentiable where singular values differ and, but for s, matrices are square or not full.
 * Work O(mnk) and O(k³) for each of about ten sweeps, span O(k log k) for each.
 *
 * @example
 * const [u, s, vh] = np.linalg.svd(np.array([[0, 2], [3, 0]]))
 * s // → [3, 2]
 *
 * @throws RangeError when a has fewer than two axes.
 */
export function svd(a: ArrayLike, options: SvdOptions & { readonly computeUv: false }): Array
export function svd(a: ArrayLike, options?: SvdOptions | boolean): [u: Array, s: Array, vh: Array]
export function svd(
  a: ArrayLike,
  options: SvdOptions | boolean = {},
): Array | [Array, Array, Array] {
  const { fullMatrices = true, computeUv = true } =
    typeof options === "boolean" ? { fullMatrices: options } : options
  return computeUv ? factorsOf(a, fullMatrices) : svdvals(a)
}

/**
 * Singular values (…, min(m, n)) of matrices (…, m, n), falling, floats. As {@link svd}.
 *
 * @example
 * np.linalg.svdvals(np.array([[0, 2], [3, 0]])) // → [3, 2]
 *
 * @throws RangeError when a has fewer than two axes.
 */
export function svdvals(a: ArrayLike): Array {
  return factorsOf(a, false)[1]
}
