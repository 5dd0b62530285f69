/** Places in sorted arrays, found by halving. */

import type { Array } from "../array.ts"
import { type ArrayLike, castTo, fill, toCommon, typeOf } from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"
import { bind } from "../tracing/trace.ts"
import { concreteExtent } from "./axes.ts"
import * as elementwise from "./elementwise.ts"

export interface SearchOptions {
  /** Before equal elements, or after them; "left" unless given. */
  readonly side?: "left" | "right"
  /** The indices that sort the vector, where it is not sorted. */
  readonly sorter?: ArrayLike
}

/** A vector in the order of indices. */
function ordered(vector: Array, sorter: ArrayLike): Array {
  const order = castTo(sorter, { dtype: "int32", weak: false })
  return bind("gather", [vector, order], { axes: [0], mode: "clip" })
}

/**
 * Where values would be inserted into a sorted vector to keep it sorted, int32: before equal
 * elements, or after them with side "right". NaN counts as greatest. With n elements and m values,
 * work and span are O(m log n) and O(log n).
 * @example np.searchsorted(np.array([1, 3, 5]), np.array([0, 3, 9])) // → [0, 1, 3]
 */
export const searchsorted: (
  sorted: ArrayLike,
  values: ArrayLike,
  options?: SearchOptions,
) => Array = operation(2, (sorted, values, { side = "left", sorter } = {}) => {
  if (side !== "left" && side !== "right") {
    throw new RangeError(`searchsorted: side ${String(side)} is none of left, right`)
  }
  const type = toCommon([typeOf("searchsorted", sorted), typeOf("searchsorted", values)])
  const [given, wanted] = [castTo(sorted, type), castTo(values, type)]
  const vector = sorter === undefined ? given : ordered(given, sorter)
  if (vector.ndim !== 1) {
    throw new RangeError(`searchsorted needs a sorted vector, not an array of rank ${vector.ndim}`)
  }
  const length = concreteExtent("searchsorted", vector, 0)
  const int32 = { dtype: "int32", weak: false } as const
  let low = fill(0, wanted.shape, int32)
  let high = fill(length, wanted.shape, int32)
  for (let left = length; left > 0; left = Math.floor(left / 2)) {
    const middle = elementwise.rightShift(elementwise.add(low, high), 1)
    const found = bind("gather", [vector, middle], { axes: [0], mode: "clip" })
    const open = elementwise.less(low, high)
    const after = elementwise.logicalAnd(open, isBelow(found, wanted, side))
    const before = elementwise.logicalAnd(open, elementwise.logicalNot(after))
    low = elementwise.where(after, elementwise.add(middle, 1), low)
    high = elementwise.where(before, middle, high)
  }
  return low
})

/** Whether an element lies before the place of a value. */
function isBelow(element: Array, value: Array, side: "left" | "right"): Array {
  const below =
    side === "left" ? elementwise.less(element, value) : elementwise.lessEqual(element, value)
  const last = elementwise.isnan(value)
  if (side === "right") return elementwise.logicalOr(below, last)
  return elementwise.logicalOr(below, elementwise.logicalAnd(last, notNan(element)))
}

function notNan(x: Array): Array {
  return elementwise.equal(x, x)
}
