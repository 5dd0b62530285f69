/** Polar factors, Sylvester's equation, and tridiagonal systems. */

import { printShape } from "../../size/index.ts"
import type { Array } from "../array.ts"
import { isNamed } from "../named.ts"
import * as elementwise from "../operations/elementwise.ts"
import * as linear from "../operations/linear.ts"
import { scan } from "../operations/loops.ts"
import * as movement from "../operations/movement.ts"
import {
  type ArrayLike,
  broadcastTo,
  castTo,
  commonShape,
  toFloat,
  typeOf,
} from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"
import { extentsOf, identity, matricesOf, squareOf } from "./matrices.ts"
import { solve } from "./solving.ts"
import { svd } from "./svd.ts"

const { divide, multiply, subtract } = elementwise

/** On which side of A = U P the symmetric factor stands. */
export type PolarSide = "right" | "left"

/**
 * A = U P with U of orthonormal columns (or rows) and P symmetric positive semidefinite: `[u, p]`
 * of (…, m, n), floats, by singular values. With the side "left" A = P U. Work and span are those
 * of {@link svd}.
 * @example linalg.polar(np.array([[0, 2], [-3, 0]]))[1] // → [[3, 0], [0, 2]]
 * @throws RangeError when a has fewer than two axes, or for another side.
 */
export const polar: (
  a: ArrayLike,
  side?: PolarSide | { readonly side?: PolarSide },
) => [u: Array, p: Array] = operation(1, (a, side = "right") => {
  if (isNamed(side)) return polar(a, side.side)
  if (side !== "right" && side !== "left") {
    throw new RangeError(`polar: side ${String(side)} is none of right, left`)
  }
  const [w, s, vh] = svd(matricesOf("polar", a), { fullMatrices: false })
  const u = linear.matmul(w, vh)
  const own = side === "right" ? movement.matrixTranspose(vh) : w
  const scaled = multiply(own, movement.expandDims(s, -2))
  return [u, linear.matmul(scaled, movement.matrixTranspose(own))]
})

/**
 * X with A X + X B = Q, of (m, m), (n, n) and (m, n), floats: as one system of mn equations, so for
 * small ones. Not finite where A and −B share an eigenvalue. Differentiable. Work O(m³n³), span
 * O(mn log mn).
 * @example
 * linalg.solveSylvester(np.array([[1, 0], [0, 2]]), np.array([[3]]), np.array([[4], [10]])) // → [[1], [2]]
 * @throws RangeError when A or B is not square or extents do not fit.
 */
export const solveSylvester: (a: ArrayLike, b: ArrayLike, q: ArrayLike) => Array = operation(
  3,
  (a, b, q) => {
    const type = toFloat([a, b, q].map((x) => typeOf("solveSylvester", x)))
    const left = castTo(squareOf("solveSylvester", a), type)
    const right = castTo(squareOf("solveSylvester", b, "b"), type)
    const given = castTo(q, type)
    const [[m], [n]] = [left, right].map((x) => extentsOf("solveSylvester", x))
    if (left.ndim !== 2 || right.ndim !== 2 || printShape(given.shape) !== printShape([m, n])) {
      throw new RangeError(
        `solveSylvester: a, b and q of shapes ${printShape(left.shape)}, ` +
          `${printShape(right.shape)} and ${printShape(given.shape)} must be (m, m), (n, n), (m, n)`,
      )
    }
    // Rows of X one after another: (A ⊗ I + I ⊗ Bᵀ) x = q.
    const system = elementwise.add(
      linear.kron(left, identity([n, n], left)),
      linear.kron(identity([m, m], left), movement.transpose(right)),
    )
    return movement.reshape(solve(system, movement.ravel(given)), [m, n])
  },
)

interface Rows {
  readonly lower: Array
  readonly own: Array
  readonly upper: Array
  readonly right: Array
}

/**
 * X with A X = B for tridiagonal A, given by its diagonals (…, n), the first of `dl` and the last of
 * `du` not read, and B (…, n, k), floats; leading axes are broadcast. By elimination without pivots
 * (Thomas), for A that are dominated by their diagonal. Differentiable. Work 8nk, span 12n.
 * @example
 * const [dl, d, du] = [np.array([0, 1]), np.array([2, 2]), np.array([1, 0])]
 * lax.linalg.tridiagonalSolve(dl, d, du, np.array([[3], [3]])) // → [[1], [1]]
 * @throws RangeError when extents do not fit.
 */
export const tridiagonalSolve: (dl: ArrayLike, d: ArrayLike, du: ArrayLike, b: ArrayLike) => Array =
  operation(4, (dl, d, du, b) => {
    const name = "tridiagonalSolve"
    const type = toFloat([dl, d, du, b].map((x) => typeOf(name, x)))
    const [given, ...diagonals] = [b, dl, d, du].map((x) => castTo(x, type))
    const n = given.shape.at(-2)
    if (given.ndim < 2 || diagonals.some((x) => x.shape.at(-1) !== n)) {
      throw new RangeError(
        `${name}: diagonals of shapes ${diagonals.map((x) => printShape(x.shape)).join(", ")} and b of ` +
          `shape ${printShape(given.shape)} must be (…, n) three times and (…, n, k)`,
      )
    }
    const wide = diagonals.map((x) => movement.expandDims(x, -1))
    const all = [...wide, given]
    const lead = commonShape(
      name,
      all.map((x) => x.shape.slice(0, -2)),
    )
    const [lower, own, upper, right] = all.map((x) =>
      movement.moveaxis(broadcastTo(x, [...lead, ...x.shape.slice(-2)]), -2, 0),
    )
    const rows: Rows = { lower, own, upper, right }
    const none = multiply(own.slice(0), 0)
    const start: [Array, Array] = [none, multiply(right.slice(0), 0)]
    // Row i less its lower element times the row above, over its pivot: x[i] + ratio[i] x[i + 1] = y[i].
    const [, [ratios, values]] = scan<[Array, Array], Rows, [Array, Array]>(
      ([ratio, value], row) => {
        const pivot = subtract(row.own, multiply(row.lower, ratio))
        const next: [Array, Array] = [
          divide(row.upper, pivot),
          divide(subtract(row.right, multiply(row.lower, value)), pivot),
        ]
        return [next, next]
      },
      start,
      rows,
    )
    const [, x] = scan<Array, [Array, Array], Array>(
      (after, [ratio, value]) => {
        const found = subtract(value, multiply(ratio, after))
        return [found, found]
      },
      start[1],
      [ratios, values],
      { reverse: true },
    )
    return movement.moveaxis(x, 0, -2)
  })
