/** Parts of arrays replaced or combined with: the array stays, a new one is made. */

import { elementsOf } from "../size/index.ts"
import type { Array } from "./array.ts"
import * as elementwise from "./elementwise.ts"
import * as movement from "./movement.ts"
import { type ArrayLike, spread, toArray } from "./operands.ts"
import { operation } from "./operation.ts"
import {
  elementOf,
  expandEllipsis,
  type Index,
  type Pattern,
  slice,
  slicePatterns,
} from "./slicing.ts"
import { bind } from "./trace.ts"

/** Part of an array, to be replaced or combined with: gives new arrays, the old one stays. */
export interface Place {
  get(): Array
  set(values: ArrayLike): Array
  add(values: ArrayLike): Array
  subtract(values: ArrayLike): Array
  multiply(values: ArrayLike): Array
  min(values: ArrayLike): Array
  max(values: ArrayLike): Array
}

type Combine = "set" | "add" | "multiply" | "minimum" | "maximum"

/**
 * The place that an index names. Where an index array names an element twice, updates add up.
 * @example np.at(np.zeros([3]), [1]).add(5) // → [0, 5, 0]
 */
export function at(x: ArrayLike, index: readonly Index[]): Place {
  const update = (combine: Combine) => (values: ArrayLike) => updated(x, values, index, combine)
  return {
    get: () => slice(x, ...index),
    set: update("set"),
    add: update("add"),
    subtract: (values) => updated(x, elementwise.negative(values), index, "add"),
    multiply: update("multiply"),
    min: update("minimum"),
    max: update("maximum"),
  }
}

/** Updates scattered to an index; those out of range are dropped. Work: updates. */
const updated: (
  x: ArrayLike,
  values: ArrayLike,
  index: readonly Index[],
  combine: Combine,
) => Array = operation(2, (x, values, index, combine) => {
  const array = toArray("at", x)
  const patterns = expandEllipsis("at", array.shape, index)
  // The index applied to the elements' numbers says where each update goes.
  const numbers = movement.reshape(
    bind("iota", [], { shape: [elementsOf(array.shape)], dtype: "int32", axis: 0 }),
    array.shape,
  )
  const elements: number[] = []
  let axis = 0
  const parts = patterns.map((one): Pattern => {
    const where = one === null ? axis : axis++
    if (typeof one !== "number") return one
    elements.push(elementOf("at", array.shape, where, one))
    return { element: elements.length - 1 }
  })
  const places = slicePatterns(numbers, elements, parts, "fill")
  const updates = spread(values, places.shape, { dtype: array.dtype, weak: false })
  const flat = bind(
    "scatter",
    [movement.ravel(array), movement.ravel(places), movement.ravel(updates)],
    { axes: [0], combine },
  )
  return movement.reshape(flat, array.shape)
})
