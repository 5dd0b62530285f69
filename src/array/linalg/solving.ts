/** Linear systems, inverses and determinants, by LU factorisation with partial pivoting. */

import { elementsOf, printShape } from "../../size/index.ts"
import type { Array } from "../array.ts"
import * as elementwise from "../operations/elementwise.ts"
import * as linear from "../operations/linear.ts"
import * as movement from "../operations/movement.ts"
import * as reductions from "../operations/reductions.ts"
import { axisOf } from "../operations/shapes.ts"
import { diagonal } from "../operations/taking.ts"
import { type ArrayLike, castTo, toArray, toFloat, typeOf } from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"
import { type Custom, custom } from "./custom.ts"
import { changeOfFactors, factored, parityOf, solveWith } from "./lu.ts"
import { identity, squareOf } from "./matrices.ts"
import { requireFits, triangular } from "./triangular.ts"

/** X with A X = B, and the factors of A. */
const solved: Custom<null> = custom(
  ([a, b]) => {
    const [factors, , order] = factored([a], null)
    return [solveWith(factors, order, b), factors, order]
  },
  // A X = B, so dX = A⁻¹ (dB − dA X), with the same factors.
  (_, [x, factors, order], [da, db]) => [
    solveWith(factors, order, elementwise.subtract(db, linear.matmul(da, x))),
    // For derivatives of this rule, in which they stand.
    changeOfFactors(factors, order, da),
    order,
  ],
)

/**
 * X with A X = B: a is (…, n, n); b is (n) for one right side, else (…, n, m), and leading axes are
 * broadcast. Floats; a singular A gives infinities or NaN. Differentiable.
 * Work O(n³ + n²m), span O(n log n).
 *
 * @example
 * np.linalg.solve(np.array([[3, 1], [1, 2]]), np.array([9, 8])) // → [2, 3]
 *
 * @throws RangeError when A is not square or extents do not fit.
 */
export const solve: (a: ArrayLike, b: ArrayLike) => Array = operation(2, (a, b) => {
  const type = toFloat([typeOf("solve", a), typeOf("solve", b)])
  const matrix = castTo(squareOf("solve", a), type)
  const given = castTo(b, type)
  if (given.ndim === 0) throw new RangeError("solve: b must have at least 1 axis, not shape []")
  const right = given.ndim === 1 ? movement.expandDims(given, -1) : given
  requireFits("solve", matrix, right, -2)
  const [x] = solved([matrix, right], null)
  return given.ndim === 1 ? movement.squeeze(x, -1) : x
})

/**
 * A⁻¹ of (…, n, n), floats; a singular A gives infinities or NaN. Differentiable. Solving with A is
 * cheaper and more accurate than multiplying with its inverse. Work O(n³), span O(n log n).
 *
 * @example
 * np.linalg.inv(np.array([[2, 0], [0, 4]])) // → [[0.5, 0], [0, 0.25]]
 *
 * @throws RangeError when A is not square.
 */
export const inv: (a: ArrayLike) => Array = operation(1, (a) => {
  const matrix = squareOf("inv", a)
  return solve(matrix, identity(matrix.shape, matrix))
})

/** Sign and ln |det| of matrices. */
const logDeterminant: Custom<null> = custom(
  ([a]) => {
    const [factors, pivots] = factored([a], null)
    const pivot = diagonal(factors, 0, -2, -1)
    const sign = elementwise.multiply(
      parityOf(pivots, a),
      reductions.prod(elementwise.sign(pivot), -1),
    )
    return [sign, reductions.sum(elementwise.log(elementwise.absolute(pivot)), -1)]
  },
  // d ln |det A| = tr(A⁻¹ dA).
  ([a], [sign], [da]) => [elementwise.multiply(sign, 0), linear.trace(solve(a, da), 0, -2, -1)],
)

/**
 * Sign and natural logarithm of the size of determinants: `[sign, logabsdet]` of (…, n, n), for
 * determinants too large or small for a float. A singular matrix has sign 0 and −∞.
 * Differentiable. Work O(n³), span O(n log n).
 *
 * @example
 * np.linalg.slogdet(np.array([[0, 2], [3, 0]]))[0] // → -1
 *
 * @throws RangeError when A is not square.
 */
export const slogdet: (a: ArrayLike) => [sign: Array, logabsdet: Array] = operation(1, (a) => {
  const [sign, log] = logDeterminant([squareOf("slogdet", a)], null)
  return [sign, log]
})

const determinant: Custom<null> = custom(
  ([a]) => {
    const [factors, pivots] = factored([a], null)
    const pivot = diagonal(factors, 0, -2, -1)
    return [elementwise.multiply(parityOf(pivots, a), reductions.prod(pivot, -1))]
  },
  ([a], _, [da]) => [linear.trace(linear.matmul(adjugate(a), da), 0, -2, -1)],
)

/**
 * det(A) A⁻¹, also where A is singular. With P A = L U it is ± adj(U) L⁻¹ P, and with Ũ, where ones
 * stand in the place of pivots that are 0, adj(U) = det(Ũ) Ũ⁻¹ if none is, and
 * det(Ũ) Ũ⁻¹ eₖ eₖᵀ Ũ⁻¹ if only pivot k is. It is taken as 0 if several are.
 */
function adjugate(a: Array): Array {
  const [factors, pivots, order] = factored([a], null)
  const eye = identity(a.shape, a)
  const absent = elementwise.logicalAnd(elementwise.equal(factors, 0), elementwise.equal(eye, 1))
  const holes = elementwise.where(absent, 1, 0)
  const filled = elementwise.add(factors, elementwise.astype(holes, a.dtype))
  const count = reductions.sum(holes, [-1, -2], { keepdims: true })
  const pivot = reductions.prod(diagonal(filled, 0, -2, -1), -1)
  const factor = movement.expandDims(elementwise.multiply(parityOf(pivots, a), pivot), [-1, -2])
  const inverse = solveWith(filled, order, eye)
  const row = linear.matmul(elementwise.astype(holes, a.dtype), inverse)
  const single = triangular(filled, row, { leftSide: true })
  const none = elementwise.equal(count, 0)
  const unscaled = elementwise.where(none, inverse, single)
  return elementwise.where(elementwise.greater(count, 1), 0, elementwise.multiply(factor, unscaled))
}

/**
 * Determinants of (…, n, n), floats; 1 for n = 0. Differentiable, of singular matrices too.
 * Work O(n³), span O(n log n).
 *
 * @example
 * np.linalg.det(np.array([[1, 2], [3, 4]])) // → -2
 *
 * @throws RangeError when A is not square.
 */
export const det: (a: ArrayLike) => Array = operation(
  1,
  (a) => determinant([squareOf("det", a)], null)[0],
)

/**
 * X with Σ A[i…, j…] X[j…] = B[i…], the sum over as many axes as X has: a.shape is b.shape followed
 * by x.shape, once `axes` of a are moved to its end. Work O(n³), span O(n log n) for n elements of
 * b.
 *
 * @example
 * np.linalg.tensorsolve(np.array([[2, 0], [0, 4]]), np.array([2, 4])) // → [1, 1]
 *
 * @throws RangeError when x has not as many elements as b.
 */
export const tensorsolve: (a: ArrayLike, b: ArrayLike, axes?: readonly number[] | null) => Array =
  operation(2, (a, b, axes) => {
    const given = toArray("tensorsolve", a)
    const right = toArray("tensorsolve", b)
    const moved = (axes ?? []).map((axis) => axisOf("tensorsolve", axis, given.ndim, "axes"))
    const rest = given.shape.map((_, axis) => axis).filter((axis) => !moved.includes(axis))
    const array = movement.transpose(given, [...rest, ...moved])
    const shape = array.shape.slice(right.ndim)
    const [rows, columns] = [Number(elementsOf(right.shape)), Number(elementsOf(shape))]
    if (rows !== columns || elementsOf(array.shape) !== rows * columns) {
      throw new RangeError(
        `tensorsolve: a of shape ${printShape(given.shape)} and b of shape ` +
          `${printShape(right.shape)} do not fit: a's axes must be b's, then as many elements`,
      )
    }
    const x = solve(movement.reshape(array, [rows, columns]), movement.ravel(right))
    return movement.reshape(x, shape)
  })

/**
 * The inverse with regard to tensordot over `ind` axes: of shape a.shape[ind:] + a.shape[:ind].
 * Work O(n³), span O(n log n) for n the product of the first `ind` extents.
 *
 * @example
 * np.linalg.tensorinv(np.array([[2, 0], [0, 4]]), 1) // → [[0.5, 0], [0, 0.25]]
 *
 * @throws RangeError when the first axes have not as many elements as the others.
 */
export const tensorinv: (a: ArrayLike, ind?: number) => Array = operation(1, (a, ind = 2) => {
  const array = toArray("tensorinv", a)
  if (!Number.isInteger(ind) || ind < 1) {
    throw new RangeError(`tensorinv: ind is ${ind}, which must be a whole number of at least 1`)
  }
  const [first, second] = [array.shape.slice(0, ind), array.shape.slice(ind)]
  const [rows, columns] = [Number(elementsOf(first)), Number(elementsOf(second))]
  if (rows !== columns) {
    throw new RangeError(
      `tensorinv of ${printShape(array.shape)}: the first ${ind} axes have ${rows} elements ` +
        `and the others ${columns}, which must be as many`,
    )
  }
  return movement.reshape(inv(movement.reshape(array, [rows, columns])), [...second, ...first])
})
