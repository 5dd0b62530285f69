/** Products of vectors, of stacks of vectors and matrices. */

import type { Array } from "../array.ts"
import { type ArrayLike, castTo, toNumber, typeOf } from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"
import { concreteExtent, sliceAxis } from "./axes.ts"
import * as elementwise from "./elementwise.ts"
import * as linear from "./linear.ts"
import * as movement from "./movement.ts"
import { axisOf } from "./shapes.ts"

export interface CrossOptions {
  /** The axis of the components in both operands and the result; it goes before the others. */
  readonly axis?: number
  /** The axis of the components in x, in y and in the result; the last unless given. */
  readonly axisa?: number
  readonly axisb?: number
  readonly axisc?: number
}

/**
 * The cross product of vectors with three components (or two, whose third is 0; of two such, the
 * third component alone). Other axes are broadcast. Work O(n), span 3.
 * @example np.cross(np.array([1, 0, 0]), np.array([0, 1, 0])) // → [0, 0, 1]
 * @throws RangeError for other numbers of components.
 */
export const cross: (x: ArrayLike, y: ArrayLike, options?: CrossOptions) => Array = operation(
  2,
  (x, y, { axis, axisa = -1, axisb = -1, axisc = -1 } = {}) => {
    const type = toNumber([typeOf("cross", x), typeOf("cross", y)])
    const parts = [x, y].map((one, operand) => {
      const array = castTo(one, type)
      const at = axisOf("cross", axis ?? (operand === 0 ? axisa : axisb), array.ndim)
      const count = concreteExtent("cross", array, at)
      if (count !== 2 && count !== 3) {
        throw new RangeError(`cross: axis ${at} has ${count} components, which must be 2 or 3`)
      }
      const last = movement.moveaxis(array, at, -1)
      const component = (i: number) =>
        movement.squeeze(sliceAxis(last, last.ndim - 1, i, i + 1), -1)
      return globalThis.Array.from({ length: count }, (_, i) => component(i))
    })
    const [[a0, a1, a2], [b0, b1, b2]] = parts
    const difference = (p: Array, q: Array, r: Array, s: Array) =>
      elementwise.subtract(elementwise.multiply(p, q), elementwise.multiply(r, s))
    const third = difference(a0, b1, a1, b0)
    if (a2 === undefined && b2 === undefined) return third
    const zero = elementwise.multiply(third, 0)
    const first = difference(a1, b2 ?? zero, a2 ?? zero, b1)
    const second = difference(a2 ?? zero, b0, a0, b2 ?? zero)
    return movement.stack([first, second, third], axis ?? axisc)
  },
)

/**
 * Matrices times vectors: (…, m, n) and (…, n) to (…, m). Work m(2k − 1), span 1 + ⌈log₂ k⌉.
 * @example np.matvec(np.array([[1, 2], [3, 4]]), np.array([1, 1])) // → [3, 7]
 */
export const matvec: (x: ArrayLike, y: ArrayLike) => Array = operation(2, (x, y) =>
  movement.squeeze(linear.matmul(x, movement.expandDims(y, -1)), -1),
)

/**
 * Vectors times matrices: (…, m) and (…, m, n) to (…, n). Work n(2k − 1), span 1 + ⌈log₂ k⌉.
 * @example np.vecmat(np.array([1, 1]), np.array([[1, 2], [3, 4]])) // → [4, 6]
 */
export const vecmat: (x: ArrayLike, y: ArrayLike) => Array = operation(2, (x, y) =>
  movement.squeeze(linear.matmul(movement.expandDims(x, -2), y), -2),
)
