/** Functions of square matrices, and products of several. */

import { printShape } from "../../size/index.ts"
import type { Array } from "../array.ts"
import { cond as choose } from "../operations/branches.ts"
import * as elementwise from "../operations/elementwise.ts"
import * as linear from "../operations/linear.ts"
import { foriLoop } from "../operations/loops.ts"
import * as movement from "../operations/movement.ts"
import * as reductions from "../operations/reductions.ts"
import {
  type ArrayLike,
  broadcastTo,
  castTo,
  toArray,
  toFloat,
  toNumber,
  typeOf,
} from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"
import { jvp } from "../transforms/products.ts"
import { extentsOf, forEach, identity, squareOf } from "./matrices.ts"
import { inv, solve } from "./solving.ts"

/**
 * A to a whole power: of (…, n, n), in A's dtype, or by the inverse, in floats, for a negative one.
 * Work O(n³ log power), span O(log n · log power).
 *
 * @example
 * np.linalg.matrixPower(np.array([[1, 1], [1, 0]]), 5) // → [[8, 5], [5, 3]]
 *
 * @throws RangeError when A is not square or the power is not whole.
 */
export const matrixPower: (a: ArrayLike, power: number) => Array = operation(1, (a, power) => {
  if (!Number.isInteger(power)) {
    throw new TypeError(`matrixPower: the power is ${power}, which must be whole`)
  }
  squareOf("matrixPower", a)
  const base = power < 0 ? inv(a) : castTo(a, toNumber([typeOf("matrixPower", a)]))
  let [result, factor]: [Array | undefined, Array] = [undefined, base]
  for (let rest = Math.abs(power); rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = result === undefined ? factor : linear.matmul(result, factor)
    if (rest > 1) factor = linear.matmul(factor, factor)
  }
  return result ?? broadcastTo(identity(base.shape, base), base.shape)
})

/** Coefficients of the [7/7] Padé approximant of e^x. */
const pade = [17297280, 8648640, 1995840, 277200, 25200, 1512, 56, 1]
/** Up to this 1-norm the approximant has float32's accuracy (Higham 2005). */
const padeRadius = 3.92572478313866

/**
 * e^A = Σ Aⁿ/n! of square matrices (…, n, n), floats: by the [7/7] Padé approximant of A/2ˢ, squared
 * s times (Higham 2005), at most `maxSquarings` (16) times; NaN where that is not enough.
 * Differentiable. Work O(n³ s), span O(n log n + s log n).
 *
 * @example
 * linalg.expm(np.array([[0, 1], [0, 0]])) // → [[1, 1], [0, 1]]
 *
 * @throws RangeError when A is not square.
 */
export const expm: (
  a: ArrayLike,
  options?: { readonly maxSquarings?: number; readonly upperTriangular?: boolean },
) => Array = operation(1, (a, { maxSquarings = 16 } = {}) => {
  const square = squareOf("expm", a)
  if (extentsOf("expm", square)[0] === 0) return square
  const [result] = forEach("expm", [2], [square], (one) => [expmOf(one, maxSquarings)])
  return result
})

/**
 * e^A and its derivative along E: `[expm, frechet]` of square matrices, floats. Work about three times
 * that of {@link expm}.
 *
 * @example
 * linalg.expmFrechet(np.zeros([2, 2]), np.array([[1, 2], [3, 4]]))[1] // → [[1, 2], [3, 4]]
 *
 * @throws RangeError when A is not square or E has another shape.
 */
export const expmFrechet: (a: ArrayLike, e: ArrayLike) => [expm: Array, frechet: Array] = operation(
  2,
  (a, e) => {
    const type = toFloat([typeOf("expmFrechet", a), typeOf("expmFrechet", e)])
    return jvp((x: Array) => expm(x), [castTo(a, type)], [castTo(e, type)])
  },
)

function expmOf(a: Array, mostSquarings: number): Array {
  const { add, ceil, divide, exp2, log2, maximum, multiply, subtract } = elementwise
  const { matmul } = linear
  const size = elementwise.stopGradient(reductions.max(reductions.sum(elementwise.absolute(a), 0)))
  const needed = maximum(ceil(log2(divide(maximum(size, 1e-30), padeRadius))), 0)
  const small = divide(a, exp2(needed))
  const eye = identity(a.shape, a)
  const second = matmul(small, small)
  const fourth = matmul(second, second)
  const sixth = matmul(fourth, second)
  const even = (from: number): Array =>
    [fourth, second, eye].reduce(
      (sum, power, i) => add(sum, multiply(power, pade[from + 4 - 2 * i])),
      multiply(sixth, pade[from + 6]),
    )
  const [p, q] = [even(0), matmul(small, even(1))]
  const start = solve(subtract(p, q), add(p, q))
  const result = foriLoop(
    0,
    mostSquarings,
    (i, power: Array) =>
      choose(
        elementwise.less(castTo(i, { dtype: a.dtype, weak: false }), needed),
        (x: Array) => matmul(x, x),
        (x: Array) => x,
        power,
      ),
    start,
  )
  return elementwise.where(elementwise.greater(needed, mostSquarings), NaN, result)
}

/**
 * The product of several matrices in the order of least work; the first and the last may be
 * vectors. Work as the best order has it, by dynamic programming over the extents, span that of its
 * products at most.
 *
 * @example
 * np.linalg.multiDot([np.array([1, 2]), np.array([[1, 0], [0, 2]]), np.array([3, 1])]) // → 7
 *
 * @throws RangeError when there are fewer than two or extents do not fit.
 */
export const multiDot: (arrays: readonly ArrayLike[]) => Array = operation(1, (arrays) => {
  if (arrays.length < 2) {
    throw new RangeError(`multiDot needs at least two arrays, not ${arrays.length}`)
  }
  const given = arrays.map((x) => toArray("multiDot", x))
  const last = given.length - 1
  const matrices = given.map((x, i) => {
    if (x.ndim === 2) return x
    if (x.ndim === 1 && i === 0) return movement.expandDims(x, 0)
    if (x.ndim === 1 && i === last) return movement.expandDims(x, 1)
    throw new RangeError(
      `multiDot: array ${i} has shape ${printShape(x.shape)}, but it must be a matrix`,
    )
  })
  const extents = [...matrices.map((x) => Number(x.shape[0])), Number(matrices[last].shape[1])]
  const product = multiply(matrices, splitsOf(extents), 0, last)
  const axes = [...(given[0].ndim === 1 ? [0] : []), ...(given[last].ndim === 1 ? [1] : [])]
  return axes.length > 0 ? movement.squeeze(product, axes) : product
})

/** After which matrix each run i … j of a chain is best divided. */
function splitsOf(extents: readonly number[]): readonly (readonly number[])[] {
  const count = extents.length - 1
  const cost = globalThis.Array.from({ length: count }, () =>
    new globalThis.Array<number>(count).fill(0),
  )
  const split = globalThis.Array.from({ length: count }, () =>
    new globalThis.Array<number>(count).fill(0),
  )
  for (let span = 1; span < count; span++) {
    for (let i = 0; i + span < count; i++) {
      const j = i + span
      cost[i][j] = Infinity
      for (let k = i; k < j; k++) {
        const whole = cost[i][k] + cost[k + 1][j] + extents[i] * extents[k + 1] * extents[j + 1]
        if (whole < cost[i][j]) {
          cost[i][j] = whole
          split[i][j] = k
        }
      }
    }
  }
  return split
}

function multiply(
  matrices: readonly Array[],
  splits: readonly (readonly number[])[],
  i: number,
  j: number,
): Array {
  if (i === j) return matrices[i]
  const k = splits[i][j]
  return linear.matmul(multiply(matrices, splits, i, k), multiply(matrices, splits, k + 1, j))
}
