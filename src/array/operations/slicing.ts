/** Parts of arrays by ranges, numbers and index arrays. */

import { dtypes, printShape, type Shape, type Size, subtract } from "../../size/index.ts"
import { Array } from "../array.ts"
import {
  type ArrayLike,
  castTo,
  commonShape,
  fill,
  requireInteger,
  spread,
  toArray,
} from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"
import { bind, currentTrace } from "../tracing/trace.ts"
import { sliceAxis } from "./axes.ts"
import * as elementwise from "./elementwise.ts"
import { extentValue } from "./extent.ts"
import * as movement from "./movement.ts"
import { withExtent } from "./shapes.ts"

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
export type Pattern = Exclude<Index, number> | { readonly element: number }

/**
 * Part of an array. Of ranges work 0, of index arrays work
 * O(n) for n elements of the result, span O(1).
 * @example np.slice(np.arange(6).reshape([2, 3]), 1, [1]) // → [4, 5]
 * @throws RangeError out of bounds.
 */
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

export function expandEllipsis(
  name: string,
  shape: Shape,
  index: readonly Index[],
): Exclude<Index, "...">[] {
  for (const one of index) requireIndex(name, one)
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

/** @throws TypeError when a value can stand for no axis. */
function requireIndex(name: string, one: Index): void {
  if (one === null || one === undefined || one === "..." || typeof one === "number") return
  if (typeof one === "object") {
    if (one instanceof Array) {
      if (one.dtype !== "bool") return
      throw new TypeError(
        `${name}: an index is a bool array, and how many elements it names is not known before: ` +
          "use await np.extract(mask, x) or await np.compress(mask, x, axis), " +
          "or np.where(mask, x, other) inside jit",
      )
    }
    const bounds: readonly unknown[] = isList(one) ? one : [one.start, one.stop, one.step]
    const right = bounds.every(
      (bound) => bound === undefined || bound === null || Number.isInteger(bound),
    )
    if (right && bounds.length <= 3 && (isList(one) || Object.keys(one).every(isBound))) return
  }
  throw new TypeError(
    `${name}: an index is ${JSON.stringify(one)}, which must be a number, a range [start, stop, step], ` +
      'an integer array, null or "..."',
  )
}

function isBound(name: string): boolean {
  return name === "start" || name === "stop" || name === "step"
}

/** An element's place counted from the front. */
export function elementOf(name: string, shape: Shape, axis: number, index: number): number {
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
export function slicePatterns(
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
    return sliceAxis(x, axis, from, to)
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
    return sliceAxis(x, axis, start, empty ? start : stop, step)
  }
  if (typeof extent !== "number") {
    throw new RangeError(`slice: a negative step needs an extent, but axis ${axis} has ${extent}`)
  }
  // Backwards: the same elements forwards, then turned.
  const first = Math.min(wrap(bounds.start ?? extent - 1, extent), extent - 1)
  const end =
    bounds.stop === undefined || bounds.stop === null ? -1 : Math.max(wrap(bounds.stop, extent), -1)
  const count = Math.max(0, Math.ceil((first - end) / -step))
  if (count === 0) return sliceAxis(x, axis, 0, 0)
  const last = first + (count - 1) * step
  return movement.flip(sliceAxis(x, axis, last, first + 1, -step), axis)
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
export function gather(
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
export function fromFront(index: Array, extent: Size): Array {
  if (dtypes[index.dtype].kind === "unsigned") return index
  const after = elementwise.add(index, extentValue(extent))
  return elementwise.where(elementwise.less(index, 0), after, index)
}

/**
 * A part of fixed sizes from starts that may be computed, moved inside where it would stick out.
 * Work: elements of the result, span 1, and O(1) for the starts.
 * @example lax.dynamicSlice(np.arange(5), [2], [2]) // → [2, 3]
 */
export const dynamicSlice: (x: ArrayLike, starts: readonly ArrayLike[], sizes: Shape) => Array =
  operation(2, (x, starts, sizes) => {
    const array = toArray("dynamicSlice", x)
    return bind("dynamicSlice", [array, ...startArrays(starts)], { sizes })
  })

/**
 * An array with a part replaced, from starts that may be computed. Work: elements of the result,
 * span 1, and O(1) for the starts.
 * @example lax.dynamicUpdateSlice(np.zeros([4]), np.array([1, 2]), [1]) // → [0, 1, 2, 0]
 */
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
