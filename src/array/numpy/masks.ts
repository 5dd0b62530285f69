/** Elements replaced where masks hold, shapes of operands, and dtypes that hold others. */

import type { DType, Shape } from "../../size/index.ts"
import * as sizes from "../../size/index.ts"
import type { Array } from "../array.ts"
import * as elementwise from "../operations/elementwise.ts"
import * as movement from "../operations/movement.ts"
import { type ArrayLike, spread, toArray, toBool } from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"
import { resultType } from "./applying.ts"
import { resize } from "./rearranging.ts"

/**
 * The array with values where a mask holds; a list of values is repeated over the places of the
 * array, whether they are replaced or not. Work n, span 1.
 *
 * @example
 * np.putmask(np.array([1, 2, 3]), np.array([true, false, true]), 0) // → [0, 2, 0]
 */
export const putmask: (x: ArrayLike, mask: ArrayLike, values: ArrayLike) => Array = operation(
  3,
  (x, mask, values) => {
    const array = toArray("putmask", x)
    const list = movement.ravel(values)
    const given = list.shape[0] === 1 ? movement.reshape(list, []) : resize(list, array.shape)
    return elementwise.where(
      spread(mask, array.shape, toBool([])),
      spread(given, array.shape, { dtype: array.dtype, weak: false }),
      array,
    )
  },
)

/**
 * The shape that shapes broadcast to. Work 0.
 *
 * @example
 * np.broadcastShapes([2, 1], [3]) // → [2, 3]
 *
 * @throws RangeError where extents differ and neither is 1.
 */
export function broadcastShapes(...shapes: readonly (Shape | number)[]): Shape {
  return sizes.broadcastShapes(
    ...shapes.map((shape) => (typeof shape === "number" ? [shape] : shape)),
  )
}

/**
 * Whether every number of one dtype has a place in another, as NumPy's "safe" casts. Work 0.
 *
 * @example
 * np.canCast("int32", "float32") // → true
 */
export function canCast(from: DType, to: DType): boolean {
  return resultType(from, to) === to
}
