/**
 * Parts of arrays and updates of parts. Slices are views (work 0); gathering and scattering is one
 * unit of work for each element moved.
 */

import { elementsOf, printShape, type Shape, type Size, subtract } from "../size/index.ts"
import { Array } from "./array.ts"
import * as elementwise from "./elementwise.ts"
import { extentValue } from "./extent.ts"
import * as movement from "./movement.ts"
import {
  type ArrayLike,
  broadcastTo,
  castTo,
  commonShape,
  fill,
  requireInteger,
  spread,
  toArray,
  typeOf,
} from "./operands.ts"
import { operation } from "./operation.ts"
import { axisOf, withExtent } from "./shapes.ts"
import { bind, currentTrace } from "./trace.ts"

/** A range of an axis, as Python's `start:stop:step`. */
export interface Range {
  readonly start?: number | null
  readonly stop?: number | null
  readonly step?: number | null
}

/**
 * What can stand for one axis of an array:
 *
 * - a number: that element; the axis goes. Negative numbers count from the end.
 * - `[]` or `undefined`: the whole axis. `[start]`, `[start, stop]`, `[start, stop, step]` or
 *   `{ start, stop, step }`: a range, where `null` stands for an absent bound.
 * - an integer array: those elements; all index arrays are broadcast together. Indices beyond the
 *   ends are clamped.
 * - `null`: a new axis of extent 1.
 * - `"..."`: as many whole axes as are left.
 */
export type Index =
  | number
  | Array
  | null
  | undefined
  | "..."
  | readonly []
  | readonly [number | null]
  | readonly [number | null, number | null]
  | readonly [number | null, number | null, number | null]
  | Range

/** An index with its numbers taken out, so that one program serves every number. */
type Pattern = Exclude<Index, number> | { readonly element: number }

/** Part of an array. Ranges are work 0; index arrays gather. @throws RangeError out of bounds. */
export function slice(x: ArrayLike, ...index: readonly Index[]): Array {
  const array = toArray("slice", x)
  const full = expandEllipsis("slice", array.shape, index)
  const numbers: number[] = []
  let axis = 0
  const patterns = full.map((one): Pattern => {
    const at = one === null ? axis : axis++
    if (typeof one !== "number") return one
    numbers.push(elementOf("slice", array.shape, at, one))
    return { element: numbers.length - 1 }
  })
  // A number alone moves no element: inside a trace it stays part of the graph.
  return currentTrace() === undefined
    ? sliceAt(array, numbers, patterns)
    : slicePatterns(array, numbers, patterns, "clip")
}

const sliceAt: (x: Array, numbers: readonly ArrayLike[], patterns: readonly Pattern[]) => Array =
  operation(2, (x, numbers, patterns) => slicePatterns(x, numbers, patterns, "clip"))

function expandEllipsis(
  name: string,
  shape: Shape,
  index: readonly Index[],
): Exclude<Index, "...">[] {
  const taken = index.filter((one) => one !== null && one !== "...").length
  if (taken > shape.length || index.filter((one) => one === "...").length > 1) {
    throw new RangeError(
      `${name} of ${printShape(shape)}: ${taken} indices for ${shape.length} axes`,
    )
  }
  const rest = globalThis.Array.from({ length: shape.length - taken }, () => undefined)
  const full = index.includes("...") ? index : [...index, "..." as const]
  return full.flatMap((one): Exclude<Index, "...">[] => (one === "..." ? rest : [one]))
}

/** An element's place counted from the front. */
function elementOf(name: string, shape: Shape, axis: number, index: number): number {
  const extent = shape[axis]
  const fits =
    Number.isInteger(index) && (typeof extent !== "number" || (index >= -extent && index < extent))
  if (!fits) {
    throw new RangeError(
      `${name} of ${printShape(shape)}: index ${index} is not in axis ${axis} of extent ${extent}`,
    )
  }
  if (index >= 0) return index
  return typeof extent === "number" ? index + extent : index
}

/** Elements numbered statically or by a scalar array, ranges, new axes, then index arrays. */
function slicePatterns(
  x: Array,
  numbers: readonly ArrayLike[],
  patterns: readonly Pattern[],
  mode: "clip" | "fill",
): Array {
  const gathers = patterns.some((one) => one instanceof Array)
  let array = x
  let axis = 0
  const shape: Size[] = []
  const indices: { readonly axis: number; readonly index: Array; readonly place: number }[] = []
  for (const [place, one] of patterns.entries()) {
    if (one === null) {
      shape.push(1)
      continue
    }
    if (one instanceof Array) {
      requireInteger("slice", "an index array", one)
      indices.push({ axis: shape.length, index: one, place })
      shape.push(array.shape[axis])
    } else if (isElement(one)) {
      const at = numbers[one.element]
      if (gathers) {
        // Beside index arrays a number is one of them.
        const index = castTo(at, { dtype: "int32", weak: false })
        indices.push({ axis: shape.length, index, place })
        shape.push(array.shape[axis])
      } else array = elementAt(array, axis, at)
    } else {
      array = sliceRange(array, axis, one)
      shape.push(array.shape[axis])
    }
    axis++
  }
  const basic = movement.reshape(array, shape)
  if (indices.length === 0) return basic
  const gathered = gather(
    basic,
    indices.map((one) => one.axis),
    indices.map(({ axis, index }) => fromFront(index, basic.shape[axis])),
    mode,
  )
  const adjacent = indices.every(({ place }, i) => i === 0 || place === indices[i - 1].place + 1)
  if (!adjacent) return gathered
  // Index arrays side by side: their axes stay where they were.
  const rank = gathered.ndim - (basic.ndim - indices.length)
  const from = globalThis.Array.from({ length: rank }, (_, i) => i)
  return movement.moveaxis(
    gathered,
    from,
    from.map((i) => i + indices[0].axis),
  )
}

function isElement(one: Pattern): one is { readonly element: number } {
  return typeof one === "object" && one !== null && "element" in one
}

/** One element of an axis, which stays with extent 1. */
function elementAt(x: Array, axis: number, at: ArrayLike): Array {
  if (typeof at === "number") {
    const from = at < 0 ? subtract(x.shape[axis], -at) : at
    const to = at === -1 ? x.shape[axis] : at < 0 ? subtract(x.shape[axis], -at - 1) : at + 1
    return movement.sliceAxis(x, axis, from, to)
  }
  const zero = fill(0, [], { dtype: "int32", weak: false })
  const start = castTo(at, { dtype: "int32", weak: false })
  const starts = x.shape.map((_, i) => (i === axis ? start : zero))
  return bind("dynamicSlice", [x, ...starts], { sizes: withExtent(x.shape, axis, 1) })
}

function sliceRange(x: Array, axis: number, range: Exclude<Pattern, null | Array>): Array {
  if (range === undefined || isElement(range) || range === "...") return x
  const bounds: Range = isList(range) ? { start: range[0], stop: range[1], step: range[2] } : range
  const step = bounds.step ?? 1
  if (!Number.isInteger(step) || step === 0) {
    throw new RangeError(`slice: a step is ${step}, which must be a whole number, not 0`)
  }
  const extent = x.shape[axis]
  if (step > 0) {
    const start = bound(bounds.start ?? 0, extent)
    const stop =
      bounds.stop === undefined || bounds.stop === null ? extent : bound(bounds.stop, extent)
    const empty = typeof start === "number" && typeof stop === "number" && stop < start
    return movement.sliceAxis(x, axis, start, empty ? start : stop, step)
  }
  if (typeof extent !== "number") {
    throw new RangeError(`slice: a negative step needs an extent, but axis ${axis} has ${extent}`)
  }
  // Backwards: the same elements forwards, then turned.
  const first = Math.min(wrap(bounds.start ?? extent - 1, extent), extent - 1)
  const end =
    bounds.stop === undefined || bounds.stop === null ? -1 : Math.max(wrap(bounds.stop, extent), -1)
  const count = Math.max(0, Math.ceil((first - end) / -step))
  if (count === 0) return movement.sliceAxis(x, axis, 0, 0)
  const last = first + (count - 1) * step
  return movement.flip(movement.sliceAxis(x, axis, last, first + 1, -step), axis)
}

function isList(range: object): range is readonly (number | null | undefined)[] {
  return globalThis.Array.isArray(range)
}

function wrap(index: number, extent: number): number {
  return index < 0 ? index + extent : index
}

/** A bound of a range, kept inside the axis. */
function bound(index: number, extent: Size): Size {
  if (typeof extent !== "number") return index < 0 ? subtract(extent, -index) : index
  return Math.min(Math.max(wrap(index, extent), 0), extent)
}

/** Elements at indices of some axes; the index arrays' common axes come first. */
function gather(
  x: Array,
  axes: readonly number[],
  indices: readonly Array[],
  mode: "clip" | "fill",
): Array {
  const shape = commonShape(
    "slice",
    indices.map((index) => index.shape),
  )
  const wide = indices.map((index) => spread(index, shape, { dtype: "int32", weak: false }))
  return bind("gather", [x, ...wide], { axes, mode })
}

/** Negative indices counted from the end. */
function fromFront(index: Array, extent: Size): Array {
  if (index.dtype === "uint32") return index
  const after = elementwise.add(index, extentValue(extent))
  return elementwise.where(elementwise.less(index, 0), after, index)
}

/** How indices out of range are taken: read as NaN (or the lowest integer), clamped, or modulo. */
export type TakeMode = "fill" | "clip" | "wrap"

/**
 * Elements at indices of an axis, or of the flattened array: x.shape with the indices' shape in
 * place of the axis. Work: elements moved. Out of range: NaN, unless a mode is given.
 */
export const take: (
  x: ArrayLike,
  indices: ArrayLike,
  axis?: number | null,
  options?: { readonly mode?: TakeMode },
) => Array = operation(2, (x, indices, axis, options = {}) => {
  const { mode = "fill" } = options
  const flat = axis === undefined || axis === null
  const array = flat ? movement.ravel(x) : toArray("take", x)
  const at = axisOf("take", axis ?? 0, array.ndim)
  const index = indexArray("take", indices)
  const extent = array.shape[at]
  const wrapped = wrapTo[mode](index, extent)
  const taken = gather(array, [at], [wrapped], mode === "fill" ? "fill" : "clip")
  const from = index.shape.map((_, i) => i)
  return movement.moveaxis(
    taken,
    from,
    from.map((i) => i + at),
  )
})

function indexArray(name: string, indices: ArrayLike): Array {
  if (typeOf(name, indices).weak) return castTo(indices, { dtype: "int32", weak: false })
  const index = toArray(name, indices)
  requireInteger(name, "indices", index)
  return index
}

const wrapTo: { readonly [M in TakeMode]: (index: Array, extent: Size) => Array } = {
  fill: fromFront,
  clip: (index) => index,
  wrap: (index, extent) => elementwise.remainder(index, extentValue(extent)),
}

/**
 * Elements by an index for each place: result[…, i, …] = x[…, indices[…, i, …], …] along the axis.
 * The other axes are broadcast together. Work: elements moved.
 */
export const takeAlongAxis: (x: ArrayLike, indices: ArrayLike, axis?: number | null) => Array =
  operation(2, (x, indices, axis = -1) => {
    const array = axis === null ? movement.ravel(x) : toArray("takeAlongAxis", x)
    const index = indexArray("takeAlongAxis", indices)
    const at = axisOf("takeAlongAxis", axis ?? 0, array.ndim)
    if (index.ndim !== array.ndim) {
      throw new RangeError(
        `takeAlongAxis: indices of rank ${index.ndim} for an array of rank ${array.ndim}`,
      )
    }
    const shape = commonShape("takeAlongAxis", [
      withExtent(array.shape, at, 1),
      withExtent(index.shape, at, 1),
    ])
    const extents = withExtent(shape, at, index.shape[at])
    const wide = broadcastTo(array, withExtent(shape, at, array.shape[at]))
    return gather(
      wide,
      allAxes(array),
      placesAlong(fromFront(index, array.shape[at]), at, extents),
      "fill",
    )
  })

function allAxes(x: Array): readonly number[] {
  return x.shape.map((_, axis) => axis)
}

/** One index array for each axis: the given one along its axis, counting along the others. */
function placesAlong(index: Array, axis: number, shape: Shape): Array[] {
  return shape.map((_, i) =>
    i === axis ? broadcastTo(index, shape) : bind("iota", [], { shape, dtype: "int32", axis: i }),
  )
}

/** The elements x[i, i + offset] of two axes, which become one, the last. Work 0. */
export const diagonal: (x: ArrayLike, offset?: number, axis1?: number, axis2?: number) => Array =
  operation(1, (x, offset = 0, axis1 = 0, axis2 = 1) => {
    const array = movement.moveaxis(x, [axis1, axis2], [-2, -1])
    const rows = movement.concreteExtent("diagonal", array, array.ndim - 2)
    const columns = movement.concreteExtent("diagonal", array, array.ndim - 1)
    const length = Math.max(0, Math.min(rows + Math.min(offset, 0), columns - Math.max(offset, 0)))
    const outer = array.shape.slice(0, -2)
    const flat = movement.reshape(array, [...outer, rows * columns])
    // Down a row and right a column is columns + 1 elements on.
    const start = length === 0 ? 0 : offset >= 0 ? offset : -offset * columns
    const stop = length === 0 ? 0 : start + (length - 1) * (columns + 1) + 1
    return movement.sliceAxis(flat, outer.length, start, stop, columns + 1)
  })

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

/** The place that an index names. Where an index array names an element twice, updates add up. */
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

/** A part of fixed sizes from starts that may be computed, moved inside where it would stick out. */
export const dynamicSlice: (x: ArrayLike, starts: readonly ArrayLike[], sizes: Shape) => Array =
  operation(2, (x, starts, sizes) => {
    const array = toArray("dynamicSlice", x)
    return bind("dynamicSlice", [array, ...startArrays(starts)], { sizes })
  })

/** An array with a part replaced, from starts that may be computed. Work: elements replaced. */
export const dynamicUpdateSlice: (
  x: ArrayLike,
  update: ArrayLike,
  starts: readonly ArrayLike[],
) => Array = operation(3, (x, update, starts) => {
  const array = toArray("dynamicUpdateSlice", x)
  const part = castTo(update, { dtype: array.dtype, weak: false })
  return bind("dynamicUpdateSlice", [array, part, ...startArrays(starts)], {})
})

function startArrays(starts: readonly ArrayLike[]): Array[] {
  return starts.map((start) => castTo(start, { dtype: "int32", weak: false }))
}

/** One-hot rows: ones where the class number equals the place along a new axis. Work nk. */
export const oneHot: (
  x: ArrayLike,
  classes: number,
  options?: { readonly axis?: number },
) => Array = operation(1, (x, classes, options = {}) => {
  const labels = toArray("oneHot", x)
  const axis = axisOf("oneHot", options.axis ?? -1, labels.ndim + 1)
  const wide = movement.expandDims(labels, axis)
  const shape = withExtent(wide.shape, axis, classes)
  const numbers = bind("iota", [], { shape, dtype: "int32", axis })
  return elementwise.astype(elementwise.equal(wide, numbers), "float32")
})
