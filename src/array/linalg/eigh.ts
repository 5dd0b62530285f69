/**
 * Eigenvalues and eigenvectors of symmetric matrices by Jacobi's rotations. A step turns n/2
 * disjoint pairs of rows and columns at once; n − 1 steps, a sweep, turn every pair once (the order
 * of a round-robin tournament: Brent and Luk 1985). Few sweeps leave nothing off the diagonal.
 */

import type { DType } from "../../size/index.ts"
import type { Array } from "../array.ts"
import { finfo } from "../numpy/float-parts.ts"
import { reshaped, sliceAxis } from "../operations/axes.ts"
import * as elementwise from "../operations/elementwise.ts"
import * as linear from "../operations/linear.ts"
import { foriLoop, whileLoop } from "../operations/loops.ts"
import * as movement from "../operations/movement.ts"
import { argsort } from "../operations/ordering.ts"
import * as reductions from "../operations/reductions.ts"
import { diagonal, take } from "../operations/taking.ts"
import { type ArrayLike, castTo } from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"
import { bind } from "../tracing/trace.ts"
import { symmetric } from "./cholesky.ts"
import { type Custom, custom } from "./custom.ts"
import { forEach, identity, index, lowerPart, squareOf, upperPart } from "./matrices.ts"

/** Most sweeps that are made. Rounding decides after about ten. */
export const mostSweeps = 30

/**
 * Sweeps that matrices of random numbers take on average: convergence is quadratic, and the sweeps
 * before it grow with log₂ n (Brent and Luk 1985 found so of this order of pairs too). Counted for n
 * from 8 to 200: log₂ n + 1 in float32 and log₂ n + 2 in float64, to within half a sweep.
 */
export function expectedSweeps(n: number, dtype: DType): number {
  return Math.max(1, Math.log2(n) + (dtype === "float64" ? 2 : 1))
}

/** A step's pairs: row i with row i + n/2; afterwards rows stand as for the next step. */
export interface Tournament {
  /** Where the row that comes to each place stood, int32[n]. */
  readonly from: Array
  /** The partner of that row. */
  readonly partner: Array
  /** Of which pair it is, int32[n]. */
  readonly pair: Array
  /** −1 for the upper row of a pair, 1 for the lower one. */
  readonly side: Array
}

/** The order in which n/2 + n/2 rows play: all but the first move on by one place. */
export function tournament(n: number, like: Array): Tournament {
  const half = n / 2
  const places = bind("iota", [], { shape: [n], dtype: "int32", axis: 0 })
  const { equal, less, where, add, subtract } = elementwise
  const top = less(places, half)
  const upper = where(equal(places, 0), 0, where(equal(places, 1), half, subtract(places, 1)))
  const lower = where(equal(places, n - 1), half - 1, add(places, 1))
  const from = half === 1 ? places : where(top, upper, lower)
  const above = less(from, half)
  return {
    from: castTo(from, { dtype: "int32", weak: false }),
    partner: castTo(where(above, add(from, half), subtract(from, half)), int32),
    pair: castTo(where(above, from, subtract(from, half)), int32),
    side: castTo(where(above, -1, 1), { dtype: like.dtype, weak: false }),
  }
}

const int32 = { dtype: "int32", weak: false } as const

/** Cosine and sine of the angle that makes [[a, c], [c, b]] diagonal, the smaller one. */
export function rotation(
  a: Array,
  b: Array,
  c: Array,
  turns: Array,
): readonly [Array, Array, Array] {
  const safe = elementwise.where(turns, c, 1)
  const ratio = elementwise.divide(elementwise.subtract(b, a), elementwise.multiply(safe, 2))
  const size = elementwise.absolute(ratio)
  const tangent = elementwise.divide(1, elementwise.add(size, elementwise.hypot(size, 1)))
  const signed = elementwise.where(
    elementwise.less(ratio, 0),
    elementwise.negative(tangent),
    tangent,
  )
  const t = elementwise.where(turns, signed, 0)
  const cosine = elementwise.rsqrt(elementwise.add(1, elementwise.square(t)))
  return [cosine, elementwise.multiply(cosine, t), t]
}

/** Rows i and j of a matrix turned by c and s, where they come to stand next. */
export function turnRows(
  x: Array,
  { from, partner, pair, side }: Tournament,
  c: Array,
  s: Array,
): Array {
  const cosines = movement.expandDims(take(c, pair, 0, clip), -1)
  const sines = elementwise.multiply(take(s, pair, 0, clip), side)
  return elementwise.add(
    elementwise.multiply(cosines, take(x, from, 0, clip)),
    elementwise.multiply(movement.expandDims(sines, -1), take(x, partner, 0, clip)),
  )
}

export const clip = { mode: "clip" } as const

/**
 * Rows that rounding has moved a little from orthonormal ones, moved back: X (3 − XᵀX) / 2, a step
 * of Newton and Schulz, which squares the distance.
 */
export function orthonormal(x: Array): Array {
  const gram = linear.matmul(x, movement.transpose(x))
  const eye = identity(gram.shape, gram)
  const step = elementwise.subtract(elementwise.multiply(eye, 1.5), elementwise.multiply(gram, 0.5))
  return linear.matmul(step, x)
}

interface State {
  readonly matrix: Array
  /** The eigenvectors as rows. */
  readonly vectors: Array
}

/** One step: every pair of rows and columns turned so that they no longer mix. */
function step({ matrix, vectors }: State, order: Tournament): State {
  const n = Number(matrix.shape[0])
  const half = n / 2
  const pivots = diagonal(matrix)
  const a = sliceAxis(pivots, 0, 0, half)
  const b = sliceAxis(pivots, 0, half, n)
  const mixed = diagonal(matrix, half)
  const turns = elementwise.notEqual(mixed, 0)
  const [c, s, t] = rotation(a, b, mixed, turns)
  const turned = turnRows(matrix, order, c, s)
  const both = turnRows(movement.transpose(turned), order, c, s)
  // What is known exactly: the eigenvalues of the pairs, and zeros between their halves.
  const change = elementwise.multiply(t, mixed)
  const values = movement.concatenate([elementwise.subtract(a, change), elementwise.add(b, change)])
  const places = bind("iota", [], { shape: [n, 1], dtype: "int32", axis: 0 })
  const columns = reshaped(places, [1, n])
  const own = movement.expandDims(take(values, order.from, 0, clip), -1)
  const rowPair = movement.expandDims(order.pair, -1)
  const samePair = elementwise.equal(rowPair, movement.expandDims(order.pair, 0))
  const within = elementwise.where(elementwise.equal(places, columns), own, 0)
  return {
    matrix: elementwise.where(samePair, within, both),
    vectors: turnRows(vectors, order, c, s),
  }
}

/** Eigenvalues, rising, and eigenvectors as columns, of one symmetric matrix. */
function decompose(a: Array): readonly [values: Array, vectors: Array] {
  const n = Number(a.shape[0])
  if (n < 2) return [diagonal(a), elementwise.add(identity(a.shape, a), elementwise.multiply(a, 0))]
  const even = n + (n % 2)
  const largest = reductions.max(elementwise.absolute(a), null, { initial: 0 })
  const usable = elementwise.logicalAnd(
    elementwise.isfinite(largest),
    elementwise.greater(largest, 0),
  )
  const scale = elementwise.where(usable, largest, 1)
  const padded = bind("pad", [elementwise.divide(a, scale)], {
    low: [0, 0],
    high: [even - n, even - n],
    interior: [0, 0],
    value: 0,
  })
  const order = tournament(even, a)
  const limit = finfo(a.dtype).eps / 4
  const total = reductions.sum(elementwise.square(padded))
  const off = (x: Array): Array => {
    const outside = elementwise.add(lowerPart(x, -1), upperPart(x, 1))
    return reductions.sum(elementwise.square(outside))
  }
  const { state } = whileLoop(
    ({ state, sweeps }: { state: State; sweeps: Array }) =>
      elementwise.logicalAnd(
        elementwise.less(sweeps, mostSweeps),
        elementwise.greater(off(state.matrix), elementwise.multiply(total, limit * limit)),
      ),
    ({ state, sweeps }) => ({
      state: foriLoop(0, Math.max(1, even - 1), (_, s: State) => step(s, order), state),
      sweeps: elementwise.add(sweeps, index(1)),
    }),
    { state: { matrix: padded, vectors: identity([even, even], a) }, sweeps: index(0) },
    { expectedSteps: expectedSweeps(n, a.dtype) },
  )
  const found = sliceAxis(sliceAxis(state.vectors, 0, 0, n), 1, 0, n)
  const rows = orthonormal(found)
  const unscaled = sliceAxis(sliceAxis(padded, 0, 0, n), 1, 0, n)
  const quotients = elementwise.multiply(linear.matmul(rows, unscaled), rows)
  const values = elementwise.multiply(reductions.sum(quotients, 1), scale)
  const rising = argsort(values)
  const failed = elementwise.logicalNot(elementwise.isfinite(largest))
  const [w, v] = [
    take(values, rising, 0, clip),
    movement.transpose(take(rows, rising, 0, clip)),
  ].map((x) => elementwise.where(failed, NaN, x))
  return [w, v]
}

/** Eigenvalues and eigenvectors of symmetric matrices. */
const decomposed: Custom<null> = custom(
  ([a]) => forEach("eigh", [2], [a], decompose),
  // With M = Vᵀ dA V, dw = diag M and dV = V (M ∘ F), Fᵢⱼ = 1 / (wⱼ − wᵢ) (Giles 2008).
  (_, [w, v], [da]) => {
    const mixed = linear.matmul(linear.matmul(movement.matrixTranspose(v), da), v)
    const gaps = elementwise.subtract(movement.expandDims(w, -2), movement.expandDims(w, -1))
    const eye = identity(mixed.shape, mixed)
    const apart = elementwise.subtract(elementwise.divide(1, elementwise.add(gaps, eye)), eye)
    const dv = linear.matmul(v, elementwise.multiply(apart, mixed))
    return [diagonal(mixed, 0, -2, -1), dv]
  },
)

export interface EighOptions {
  /** Which triangle is read where the mean of A and Aᵀ is not taken; "L" unless given. */
  readonly UPLO?: "L" | "U"
  /** Whether the mean of A and Aᵀ is taken; true unless given. */
  readonly symmetrizeInput?: boolean
}

/**
 * Eigenvalues (…, n), rising, and eigenvectors (…, n, n), in columns, of symmetric matrices
 * (…, n, n), floats: A v = w v. `[eigenvalues, eigenvectors]`; signs of vectors are arbitrary.
 * NaN where A is not finite. Differentiable where eigenvalues differ.
 * Work O(n³) for each of about ten sweeps, span O(n log n) for each.
 *
 * @example
 * const [w, v] = np.linalg.eigh(np.array([[2, 0], [0, 1]]))
 * w // → [1, 2]
 *
 * @throws RangeError when A is not square.
 */
export const eigh: (
  a: ArrayLike,
  options?: EighOptions | "L" | "U",
) => [eigenvalues: Array, eigenvectors: Array] = operation(1, (a, options = {}) => {
  const { UPLO = "L", symmetrizeInput = true } =
    typeof options === "string" ? { UPLO: options } : options
  const square = squareOf("eigh", a)
  const triangle = UPLO === "L" ? lowerPart : upperPart
  const strict = UPLO === "L" ? -1 : 1
  const whole = symmetrizeInput
    ? symmetric(square)
    : elementwise.add(triangle(square), movement.matrixTranspose(triangle(square, strict)))
  const [w, v] = decomposed([whole], null)
  return [w, v]
})

/**
 * Eigenvalues (…, n), rising, of symmetric matrices (…, n, n), floats. As {@link eigh}.
 *
 * @example
 * np.linalg.eigvalsh(np.array([[2, 1], [1, 2]])) // → [1, 3]
 *
 * @throws RangeError when A is not square.
 */
export function eigvalsh(a: ArrayLike, options?: EighOptions | "L" | "U"): Array {
  return eigh(a, options)[0]
}
