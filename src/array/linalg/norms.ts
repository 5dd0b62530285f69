/** Norms of vectors and matrices, and what follows from them. */

import { isFloat } from "../../size/index.ts"
import type { Array } from "../array.ts"
import * as elementwise from "../operations/elementwise.ts"
import * as movement from "../operations/movement.ts"
import * as reductions from "../operations/reductions.ts"
import { type Axes, axesOf, axisOf, withoutAxes } from "../operations/shapes.ts"
import { type ArrayLike, asFloat } from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"
import { matricesOf, squareOf } from "./matrices.ts"
import { inv } from "./solving.ts"
import { svdvals } from "./svd.ts"

/** Which norm: a number, or for matrices "fro" (the root of the sum of squares) and "nuc". */
export type Order = number | "fro" | "nuc" | null

export interface NormOptions {
  readonly ord?: Order
  readonly axis?: Axes
  readonly keepdims?: boolean
}

const { absolute, multiply, power, sqrt, square } = elementwise

/** √Σ x² over axes, differentiable everywhere but at 0. */
function euclidean(x: Array, axes: readonly number[], keepdims: boolean): Array {
  return sqrt(reductions.sum(square(x), axes, { keepdims }))
}

function vectorNormOf(x: Array, ord: number, axes: readonly number[], keepdims: boolean): Array {
  if (ord === 2) return euclidean(x, axes, keepdims)
  const size = absolute(x)
  if (ord === Infinity) return reductions.max(size, axes, { keepdims, initial: 0 })
  if (ord === -Infinity) return reductions.min(size, axes, { keepdims, initial: Infinity })
  if (ord === 1) return reductions.sum(size, axes, { keepdims })
  if (ord === 0) {
    const present = elementwise.astype(elementwise.notEqual(x, 0), x.dtype)
    return reductions.sum(present, axes, { keepdims })
  }
  return power(reductions.sum(power(size, ord), axes, { keepdims }), 1 / ord)
}

function matrixNormOf(
  x: Array,
  ord: Exclude<Order, null>,
  [rows, columns]: readonly [number, number],
  keepdims: boolean,
): Array {
  if (ord === "fro") return euclidean(x, [rows, columns], keepdims)
  if (ord === 1 || ord === -1 || ord === Infinity || ord === -Infinity) {
    const [inner, outer] = Math.abs(ord) === 1 ? [rows, columns] : [columns, rows]
    const sums = reductions.sum(absolute(x), inner, { keepdims: true })
    const found =
      ord > 0
        ? reductions.max(sums, outer, { keepdims: true, initial: 0 })
        : reductions.min(sums, outer, { keepdims: true, initial: Infinity })
    return keepdims ? found : movement.squeeze(found, [rows, columns])
  }
  if (ord === "nuc" || ord === 2 || ord === -2) {
    const s = svdvals(movement.moveaxis(x, [rows, columns], [-2, -1]))
    const found =
      ord === "nuc"
        ? reductions.sum(s, -1)
        : ord === 2
          ? reductions.max(s, -1, { initial: 0 })
          : reductions.min(s, -1, { initial: Infinity })
    return keepdims ? movement.reshape(found, withoutAxes(x.shape, [rows, columns], true)) : found
  }
  throw new RangeError(
    `norm: ord is ${ord}, but matrices have "fro", "nuc", 1, −1, 2, −2, Infinity and −Infinity`,
  )
}

const normOf: (x: ArrayLike, options: NormOptions) => Array = operation(
  1,
  (x, { ord = null, axis = null, keepdims = false }) => {
    const array = asFloat("norm", x)
    if (ord === null) return euclidean(array, axesOf("norm", axis, array.ndim), keepdims)
    const list =
      axis === null ? array.shape.map((_, i) => i) : typeof axis === "number" ? [axis] : axis
    const axes = list.map((one) => axisOf("norm", one, array.ndim))
    if (axes.length === 1) {
      if (typeof ord === "string") {
        throw new RangeError(`norm: ord is "${ord}", but vectors have orders that are numbers`)
      }
      return vectorNormOf(array, ord, axes, keepdims)
    }
    if (axes.length !== 2 || axes[0] === axes[1]) {
      throw new RangeError(
        `norm: with ord an axis or two different ones are reduced, not [${axes.join(", ")}]`,
      )
    }
    return matrixNormOf(array, ord, [axes[0], axes[1]], keepdims)
  },
)

/**
 * The norm of vectors along one axis or of matrices along two, floats; of all elements as one vector
 * without `ord` and `axis`. Orders of vectors: 2 (the default), any p for (Σ|x|^p)^(1/p), Infinity
 * and −Infinity (the greatest and least size), 0 (how many are not 0). Of matrices: "fro" (the
 * default), 1 and −1 (column sums), Infinity and −Infinity (row sums), 2, −2 and "nuc" (greatest,
 * least and sum of singular values). Options may stand in the place of `ord`.
 * Work O(n), span O(log n), but for singular values.
 *
 * @example
 * np.linalg.norm(np.array([3, 4])) // → 5
 * np.linalg.norm(np.array([[3, 4], [6, 8]]), { axis: 1 }) // → [5, 10]
 * np.linalg.norm(np.array([[1, -2], [3, 4]]), 1) // → 6
 *
 * @throws RangeError when an axis is out of range or the order is none of these.
 */
export function norm(
  x: ArrayLike,
  ord?: Order | NormOptions,
  axis: Axes = null,
  keepdims = false,
): Array {
  const options =
    typeof ord === "object" && ord !== null ? ord : { ord: ord ?? null, axis, keepdims }
  return normOf(x, options)
}

/**
 * The norm of vectors along an axis, several, or all: the elements count as one vector, of order 2
 * unless given. Work O(n), span O(log n).
 *
 * @example
 * np.linalg.vectorNorm(np.array([[1, 2], [3, 4]]), { ord: 1 }) // → 10
 *
 * @throws RangeError when an axis is out of range.
 */
export const vectorNorm: (
  x: ArrayLike,
  options?: { readonly axis?: Axes; readonly keepdims?: boolean; readonly ord?: number },
) => Array = operation(1, (x, { axis = null, keepdims = false, ord = 2 } = {}) => {
  const array = asFloat("vectorNorm", x)
  return vectorNormOf(array, ord, axesOf("vectorNorm", axis, array.ndim), keepdims)
})

/**
 * The norm of the matrices in the last two axes, "fro" unless given; orders as in {@link norm}.
 * Work 2mn, span ⌈log₂ mn⌉ + 2 for "fro"; by singular values those of {@link svdvals}.
 *
 * @example
 * np.linalg.matrixNorm(np.array([[3, 0], [0, 4]])) // → 5
 *
 * @throws RangeError when there are fewer than two axes.
 */
export const matrixNorm: (
  x: ArrayLike,
  options?: { readonly keepdims?: boolean; readonly ord?: Exclude<Order, null> },
) => Array = operation(1, (x, { keepdims = false, ord = "fro" } = {}) => {
  const array = matricesOf("matrixNorm", x, "x")
  return matrixNormOf(array, ord, [array.ndim - 2, array.ndim - 1], keepdims)
})

/**
 * The condition number of matrices (…, m, n): the ratio of the greatest to the least singular
 * value, or ‖A‖ ‖A⁻¹‖ in another norm p of square ones. Infinite where A is singular. Work and span
 * are those of {@link svdvals}, or of an inverse.
 *
 * @example
 * np.linalg.cond(np.array([[4, 0], [0, 2]])) // → 2
 *
 * @throws RangeError when A is not square, for norms other than 2 and −2.
 */
export const cond: (x: ArrayLike, p?: Order) => Array = operation(1, (x, p = null) => {
  if (p === null || p === 2 || p === -2) {
    const s = svdvals(matricesOf("cond", x, "x"))
    const [largest, least] = [s.slice("...", 0), s.slice("...", -1)]
    return p === -2 ? elementwise.divide(least, largest) : elementwise.divide(largest, least)
  }
  const array = squareOf("cond", x, "x")
  const axes = [array.ndim - 2, array.ndim - 1] as const
  const product = multiply(
    matrixNormOf(array, p, axes, false),
    matrixNormOf(inv(array), p, axes, false),
  )
  return isFloat(product.dtype)
    ? elementwise.where(elementwise.isnan(product), Infinity, product)
    : product
})
