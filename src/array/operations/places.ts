/** Parts of arrays replaced or combined with: the array stays, a new one is made. */

import { elementsOf } from "../../size/index.ts"
import { Array } from "../array.ts"
import { type ArrayLike, fill, spread, toArray } from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"
import { bind } from "../tracing/trace.ts"
import * as elementwise from "./elementwise.ts"
import { maskedPlace } from "./masked-places.ts"
import * as movement from "./movement.ts"
import {
  elementOf,
  expandEllipsis,
  type Index,
  type Pattern,
  slice,
  slicePatterns,
} from "./slicing.ts"
import { fillValueOf } from "./taking.ts"

/**
 * What becomes of indices out of range: `drop` and `fill` write nothing, and read a fill value;
 * `clip` and `promise_in_bounds` take the nearest element.
 */
export type PlaceMode = "clip" | "drop" | "fill" | "promise_in_bounds"

export interface UpdateOptions {
  /** `drop` unless given. */
  readonly mode?: PlaceMode
}

export interface GetOptions {
  /** `clip` unless given. */
  readonly mode?: PlaceMode
  /** What `fill` reads; unless given NaN, the least signed or greatest unsigned integer, true. */
  readonly fillValue?: number
}

/** Part of an array, to be replaced or combined with: gives new arrays, the old one stays. */
export interface Place {
  get(options?: GetOptions): Array
  set(values: ArrayLike, options?: UpdateOptions): Array
  add(values: ArrayLike, options?: UpdateOptions): Array
  subtract(values: ArrayLike, options?: UpdateOptions): Array
  multiply(values: ArrayLike, options?: UpdateOptions): Array
  /** Another name of `multiply`. */
  mul(values: ArrayLike, options?: UpdateOptions): Array
  divide(values: ArrayLike, options?: UpdateOptions): Array
  power(values: ArrayLike, options?: UpdateOptions): Array
  min(values: ArrayLike, options?: UpdateOptions): Array
  max(values: ArrayLike, options?: UpdateOptions): Array
  /** The part replaced by a function of it. */
  apply(body: (part: Array) => ArrayLike, options?: UpdateOptions): Array
}

type Combine = "set" | "add" | "multiply" | "minimum" | "maximum"

/**
 * The place that an index names. Where an index array names an element twice, updates add up. A lone
 * bool array over the leading axes names the elements where it is true: updates choose between the
 * old and the new ones, of values that broadcast to the whole array. Work
 * O(n + u) for u updates, span O(log u); for a mask O(n) and O(1).
 * @example
 * np.at(np.zeros([3]), [1]).add(5) // → [0, 5, 0]
 * np.at(np.array([1, -2]), [np.array([false, true])]).set(0) // → [1, 0]
 * @throws RangeError for numbers out of range; index arrays out of range are dropped.
 */
export function at(x: ArrayLike, index: readonly Index[]): Place {
  if (!globalThis.Array.isArray(index)) {
    const given = index instanceof Array ? index.description : String(index)
    throw new TypeError(`at: the index is a list with a part for each axis, not ${given}`)
  }
  const [mask] = index
  if (index.length === 1 && mask instanceof Array && mask.dtype === "bool") {
    return maskedPlace(x, mask, () => slice(x, mask))
  }
  const update =
    (combine: Combine) =>
    (values: ArrayLike, options: UpdateOptions = {}) =>
      updated(x, values, index, combine, reach("at", options.mode ?? "drop"))
  const apply: Place["apply"] = (body, options) => update("set")(body(slice(x, ...index)), options)
  const multiply = update("multiply")
  return {
    get: ({ mode = "clip", fillValue } = {}) =>
      reach("at", mode) === "clip" ? slice(x, ...index) : filled(x, index, fillValue),
    set: update("set"),
    add: update("add"),
    subtract: (values, options) => update("add")(elementwise.negative(values), options),
    multiply,
    mul: multiply,
    divide: (values, options) => {
      const array = toArray("at", x)
      const ones = fill(1, array.shape, { dtype: array.dtype, weak: false })
      const divisor = at(ones, index).multiply(values, options)
      return elementwise.astype(elementwise.divide(array, divisor), array.dtype)
    },
    power: (values, options) => apply((part) => elementwise.power(part, values), options),
    min: update("minimum"),
    max: update("maximum"),
    apply,
  }
}

/** Whether indices out of range are clamped, or fall away. */
function reach(name: string, mode: PlaceMode): "clip" | "fill" {
  switch (mode) {
    case "clip":
    case "promise_in_bounds":
      return "clip"
    case "drop":
    case "fill":
      return "fill"
    default:
      throw new RangeError(
        `${name}: mode ${String(mode)} is none of clip, drop, fill, promise_in_bounds`,
      )
  }
}

/** The index applied to the elements' numbers: where each element of the part lies. */
function placesIn(array: Array, index: readonly Index[], mode: "clip" | "fill"): Array {
  const patterns = expandEllipsis("at", array.shape, index)
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
  return slicePatterns(numbers, elements, parts, mode)
}

/** The part that an index names, with a value in place of what is out of range. */
const filled: (x: ArrayLike, index: readonly Index[], fillValue?: number) => Array = operation(
  1,
  (x, index, fillValue) => {
    const array = toArray("at", x)
    const places = placesIn(array, index, "fill")
    const found = bind("gather", [movement.ravel(array), places], { axes: [0], mode: "clip" })
    const filler = fill(fillValue ?? fillValueOf(array.dtype), [], {
      dtype: array.dtype,
      weak: false,
    })
    return elementwise.where(elementwise.less(places, 0), filler, found)
  },
)

/** Updates scattered to an index. Work: updates. */
const updated: (
  x: ArrayLike,
  values: ArrayLike,
  index: readonly Index[],
  combine: Combine,
  mode: "clip" | "fill",
) => Array = operation(2, (x, values, index, combine, mode) => {
  const array = toArray("at", x)
  const places = placesIn(array, index, mode)
  const updates = spread(values, places.shape, { dtype: array.dtype, weak: false })
  const flat = bind(
    "scatter",
    [movement.ravel(array), movement.ravel(places), movement.ravel(updates)],
    { axes: [0], combine },
  )
  return movement.reshape(flat, array.shape)
})
