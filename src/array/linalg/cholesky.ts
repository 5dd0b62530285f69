/** The Cholesky factorisation, a block of columns after another, and systems solved by it. */

import type { Array } from "../array.ts"
import { reshaped } from "../operations/axes.ts"
import * as elementwise from "../operations/elementwise.ts"
import * as linear from "../operations/linear.ts"
import * as movement from "../operations/movement.ts"
import * as reductions from "../operations/reductions.ts"
import { diagonal } from "../operations/taking.ts"
import { type ArrayLike, asFloat } from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"
import { type Custom, custom } from "./custom.ts"
import {
  blockWidth,
  columnsAt,
  counted,
  counting,
  elementAt,
  forEach,
  identity,
  index,
  lowerPart,
  rowsAt,
  squareOf,
  upperMask,
  upperPart,
  withColumns,
  zeros,
} from "./matrices.ts"
import { requireFits, solveLower, triangular } from "./triangular.ts"

/** L of one matrix, column by column: (n, n) to (n, n). */
function columnByColumn(a: Array): Array {
  const n = Number(a.shape[0])
  const places = counting([n, 1], -2)
  return counted(
    n,
    (j, l: Array) => {
      // Columns from j on are still 0.
      const before = movement.matrixTranspose(rowsAt(l, j, 1))
      const column = elementwise.subtract(columnsAt(a, j, 1), linear.matmul(l, before))
      const pivot = elementAt(reshaped(column, [n]), j)
      const root = elementwise.sqrt(elementwise.where(elementwise.greater(pivot, 0), pivot, NaN))
      const below = elementwise.greaterEqual(places, j)
      const scaled = elementwise.divide(column, root)
      return withColumns(l, elementwise.where(below, scaled, 0), j)
    },
    zeros(a.shape, a),
  )
}

/** Columns `from` to `from + width` of L, given those before: (n, width). */
function nextColumns(a: Array, l: Array, from: Array, width: number): Array {
  const n = Number(a.shape[0])
  const before = movement.matrixTranspose(rowsAt(l, from, width))
  const columns = elementwise.subtract(columnsAt(a, from, width), linear.matmul(l, before))
  const top = columnByColumn(rowsAt(columns, from, width))
  const inverse = solveLower(top, identity([width, width], a))
  const whole = linear.matmul(columns, movement.matrixTranspose(inverse))
  const places = counting([n, 1], -2)
  const end = elementwise.add(from, width)
  const below = elementwise.where(elementwise.greaterEqual(places, end), whole, 0)
  const block = elementwise.subtract(places, from)
  const inside = elementwise.logicalAnd(
    elementwise.greaterEqual(block, 0),
    elementwise.less(places, end),
  )
  // The block's own rows, spread down the matrix by what place each row has in it.
  const own = linear.matmul(
    elementwise.astype(elementwise.equal(block, counting([1, width], -1)), a.dtype),
    top,
  )
  return elementwise.where(inside, own, below)
}

/** L with L Lᵀ = A of one symmetric matrix, NaN where A is not positive definite. */
function factor(a: Array): Array {
  const n = Number(a.shape[0])
  const width = blockWidth
  let l = zeros(a.shape, a)
  if (n <= 2 * width) l = columnByColumn(a)
  else {
    const blocks = Math.floor(n / width)
    l = counted(
      blocks,
      (k, l: Array) => {
        const from = elementwise.multiply(k, width)
        return withColumns(l, nextColumns(a, l, from, width), from)
      },
      l,
    )
    const rest = n - blocks * width
    if (rest > 0) {
      const from = index(n - rest)
      l = withColumns(l, nextColumns(a, l, from, rest), from)
    }
  }
  const failed = reductions.any(elementwise.isnan(diagonal(l)))
  return elementwise.where(failed, elementwise.where(upperMask(a.shape, 1), l, NaN), l)
}

/** L of symmetric matrices. */
const factored: Custom<null> = custom(
  ([a]) => forEach("cholesky", [2], [a], (one) => [factor(one)]),
  // dL = L Φ(L⁻¹ dA L⁻ᵀ), where Φ takes the lower half (Murray 2016).
  (_, [l], [da]) => {
    const left = triangular(l, da, { leftSide: true, lower: true })
    const both = triangular(l, left, { leftSide: false, lower: true, transposeA: true })
    const half = elementwise.subtract(
      lowerPart(both),
      elementwise.multiply(0.5, elementwise.multiply(identity(both.shape, both), both)),
    )
    return [linear.matmul(l, half)]
  },
)

/** The mean of matrices and their transposes. */
export function symmetric(a: Array): Array {
  return elementwise.multiply(0.5, elementwise.add(a, movement.matrixTranspose(a)))
}

export interface CholeskyOptions {
  /** Whether the result is the upper triangle U with UᵀU = A. */
  readonly upper?: boolean
  /** Whether the mean of A and Aᵀ is taken; true unless given. Else the lower triangle is read. */
  readonly symmetrizeInput?: boolean
}

/**
 * L with L Lᵀ = A for symmetric positive definite matrices (…, n, n), lower triangular, floats.
 * Where A is not positive definite the triangle is NaN. Differentiable.
 * Work O(n³), span O(n log n).
 *
 * @example
 * np.linalg.cholesky(np.array([[4, 2], [2, 5]])) // → [[2, 0], [1, 2]]
 *
 * @throws RangeError when A is not square.
 */
export const cholesky: (a: ArrayLike, options?: CholeskyOptions) => Array = operation(
  1,
  (a, { upper = false, symmetrizeInput = true } = {}) => {
    const square = squareOf("cholesky", a)
    const whole = symmetrizeInput ? symmetric(square) : lowerOf(square, upper)
    const [l] = factored([whole], null)
    return upper ? movement.matrixTranspose(l) : l
  },
)

/** The symmetric matrix of which one triangle is given. */
function lowerOf(a: Array, upper: boolean): Array {
  const half = upper ? movement.matrixTranspose(upperPart(a)) : lowerPart(a)
  return elementwise.add(half, movement.matrixTranspose(lowerPart(half, -1)))
}

/**
 * The Cholesky factor for {@link choSolve}: `[factor, lower]`, as `scipy.linalg.cho_factor`; the
 * upper triangle unless `lower`. Work O(n³), span O(n log n).
 *
 * @example
 * linalg.choFactor(np.array([[4, 2], [2, 5]]), { lower: true })[0] // → [[2, 0], [1, 2]]
 *
 * @throws RangeError when A is not square.
 */
export function choFactor(
  a: ArrayLike,
  { lower = false }: { readonly lower?: boolean } = {},
): [Array, boolean] {
  return [cholesky(a, { upper: !lower, symmetrizeInput: false }), lower]
}

/**
 * X with A X = B from a Cholesky factor of A: b is (n) or (…, n, m). Work O(n²m), span O(n log n).
 *
 * @example
 * const factor = linalg.choFactor(np.array([[4, 2], [2, 5]]))
 * linalg.choSolve(factor, np.array([8, 8])) // → [1.5, 1]
 *
 * @throws RangeError when extents do not fit.
 */
export function choSolve(factor: readonly [Array, boolean], b: ArrayLike): Array {
  return solveFactored(factor[0], b, factor[1])
}

const solveFactored: (c: Array, b: ArrayLike, lower: boolean) => Array = operation(
  2,
  (c, b, lower) => {
    const given = asFloat("choSolve", b)
    const right = given.ndim === 1 ? movement.expandDims(given, -1) : given
    requireFits("choSolve", squareOf("choSolve", c, "the factor"), right, -2)
    const first = triangular(c, right, { leftSide: true, lower, transposeA: !lower })
    const x = triangular(c, first, { leftSide: true, lower, transposeA: lower })
    return given.ndim === 1 ? movement.squeeze(x, -1) : x
  },
)
