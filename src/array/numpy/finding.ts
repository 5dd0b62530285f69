/**
 * Elements found by a condition. How many there are is known only when they are there: without a
 * size these functions await their result, which has exactly as many; with one they return at
 * once, also in a traced function, and the result has `size` places, those left over filled up and
 * those too many dropped. Work is O(n), for unique values O(n log n).
 */

import { elementsOf } from "../../size/index.ts"
import type { Array } from "../array.ts"
import { isNamed } from "../named.ts"
import { concreteExtent, reshaped, sliceAxis } from "../operations/axes.ts"
import * as elementwise from "../operations/elementwise.ts"
import * as indexing from "../operations/indexing.ts"
import * as movement from "../operations/movement.ts"
import * as reductions from "../operations/reductions.ts"
import { axisOf, shapeArgument } from "../operations/shapes.ts"
import {
  type ArrayLike,
  castTo,
  fill,
  spread,
  toArray,
  toBool,
  typeOf,
} from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"
import { bind, currentTrace } from "../tracing/trace.ts"

const int32 = { dtype: "int32", weak: false } as const

export interface SizeOptions {
  /** How many places the result has. */
  readonly size: number
  /** What fills the places left over. */
  readonly fillValue?: number
}

/** @throws TypeError when the number of results would have to be known in a traced function. */
export function requireConcrete(name: string): void {
  if (currentTrace() !== undefined) {
    throw new TypeError(`${name} in a traced function needs size, the number of results`)
  }
}

/** The first `count` elements of arrays along their first axes, when the count is there. */
export async function firstOf(arrays: readonly Array[], count: Array, axis = 0): Promise<Array[]> {
  const length = Number(await count.item())
  return arrays.map((one) => sliceAxis(one, axis, 0, length))
}

/** Places of true elements in a flat mask, in order: int32[size]. */
export function placesOf(mask: Array, size: number, fillValue: number): Array {
  const numbers = bind("iota", [], { shape: mask.shape, dtype: "int32", axis: 0 })
  return packed(mask, numbers, size, fillValue)
}

/** The elements of a vector where a mask holds, side by side from the first place on. */
export function packed(mask: Array, x: Array, size: number, fillValue: ArrayLike): Array {
  const before = reductions.cumsum(mask)
  // Beyond the end updates are dropped.
  const places = elementwise.where(mask, elementwise.subtract(before, 1), size)
  const start = spread(fillValue, [size], { dtype: x.dtype, weak: false })
  return bind("scatter", [start, places, x], { axes: [0], combine: "set" })
}

/** Whether each element is not 0, in one axis. */
function flatMask(name: string, x: ArrayLike): Array {
  return movement.ravel(spread(x, typeOf(name, x).shape, toBool([])))
}

const flatPlaces: (x: ArrayLike, size: number, fillValue: number) => Array = operation(
  1,
  (x, size, fillValue) => {
    const [length] = shapeArgument("flatnonzero", size)
    return placesOf(flatMask("flatnonzero", x), Number(length), fillValue)
  },
)

const nonzeroPlaces: (x: ArrayLike, size: number, fillValue: number) => Array[] = operation(
  1,
  (x, size, fillValue) => {
    const array = movement.atleast1d(x)
    const mask = flatMask("nonzero", array)
    const flat = placesOf(mask, size, 0)
    const found = elementwise.less(
      bind("iota", [], { shape: [size], dtype: "int32", axis: 0 }),
      reductions.sum(mask),
    )
    return array.shape.map((extent, axis) => {
      const inner = elementsOf(array.shape.slice(axis + 1))
      const outer = elementwise.floorDivide(flat, Number(inner))
      const index = elementwise.remainder(outer, Number(extent))
      return elementwise.where(found, index, fill(fillValue, [], int32))
    })
  },
)

function elements(name: string, x: ArrayLike): number {
  return Number(elementsOf(typeOf(name, x).shape))
}

/**
 * Indices (int32) of the elements that are not 0: one vector for each axis. With a `size` each
 * has as many, filled up with `fillValue` (0); without one the count is known when the elements are,
 * so the result is awaited. Work O(n) for each axis, span O(log n).
 * @throws TypeError inside of traced functions without a `size`.
 * @example
 * await np.nonzero(np.array([0, 3, 0, 4])) // → [[1, 3]]
 * np.nonzero(np.array([0, 3, 0, 4]), { size: 3, fillValue: -1 }) // → [[1, 3, -1]]
 */
export function nonzero(x: ArrayLike, options: SizeOptions): Array[]
export function nonzero(x: ArrayLike): Promise<Array[]>
export function nonzero(x: ArrayLike, options?: SizeOptions): Array[] | Promise<Array[]> {
  if (options !== undefined) return nonzeroPlaces(x, options.size, options.fillValue ?? 0)
  requireConcrete("nonzero")
  return firstOf(nonzeroPlaces(x, elements("nonzero", x), 0), reductions.countNonzero(x))
}

/**
 * Elements of two arrays by a condition, as `lax.select`; with the condition alone, the indices of
 * the elements that are not 0, as {@link nonzero} gives them. Work n, span 1.
 *
 * @example
 * np.where(np.array([true, false]), 1, 2) // → [1, 2]
 */
export function where(condition: ArrayLike, onTrue: ArrayLike, onFalse: ArrayLike): Array
export function where(condition: ArrayLike, options: SizeOptions): Array[]
export function where(condition: ArrayLike): Promise<Array[]>
export function where(
  condition: ArrayLike,
  second?: ArrayLike | SizeOptions,
  onFalse?: ArrayLike,
): Array | Array[] | Promise<Array[]> {
  if (onFalse !== undefined && second !== undefined && !isSizeOptions(second)) {
    return elementwise.where(condition, second, onFalse)
  }
  if (second === undefined) return nonzero(condition)
  if (isSizeOptions(second)) return nonzero(condition, second)
  throw new TypeError("where needs a condition and two arrays, or the condition alone")
}

function isSizeOptions(value: ArrayLike | SizeOptions): value is SizeOptions {
  const isPlain = typeof value === "object" && !globalThis.Array.isArray(value)
  return isPlain && Object.getPrototypeOf(value) === Object.prototype && "size" in value
}

/**
 * Indices (int32) of the elements that are not 0 in the flattened array, as {@link nonzero} gives
 * them. Work O(n), span O(log n).
 * @throws TypeError inside of traced functions without a `size`.
 * @example await np.flatnonzero(np.array([0, 3, 0, 4])) // → [1, 3]
 */
export function flatnonzero(x: ArrayLike, options: SizeOptions): Array
export function flatnonzero(x: ArrayLike): Promise<Array>
export function flatnonzero(x: ArrayLike, options?: SizeOptions): Array | Promise<Array> {
  if (options !== undefined) return flatPlaces(x, options.size, options.fillValue ?? 0)
  requireConcrete("flatnonzero")
  const places = flatPlaces(x, elements("flatnonzero", x), 0)
  return firstOf([places], reductions.countNonzero(x)).then(([found]) => found)
}

/**
 * Indices (int32) of the elements that are not 0, as rows: (count, axes). Work O(n) for each axis,
 * span O(log n).
 * @example await np.argwhere(np.array([[0, 1], [1, 0]])) // → [[0, 1], [1, 0]]
 */
export function argwhere(x: ArrayLike, options: SizeOptions): Array
export function argwhere(x: ArrayLike): Promise<Array>
export function argwhere(x: ArrayLike, options?: SizeOptions): Array | Promise<Array> {
  const rows = (found: readonly Array[]) => movement.stack(found, 1)
  if (options !== undefined) return rows(nonzero(x, options))
  return nonzero(x).then(rows)
}

const taken: (condition: ArrayLike, x: ArrayLike, axis: number, options: SizeOptions) => Array =
  operation(2, (condition, x, axis, { size, fillValue = 0 }) => {
    const array = toArray("compress", x)
    const mask = flatMask("compress", condition)
    const extent = concreteExtent("compress", array, axis)
    const length = concreteExtent("compress", mask, 0)
    if (length > extent) {
      throw new RangeError(
        `compress: a condition of ${length} elements for axis ${axis} of extent ${extent}`,
      )
    }
    const places = placesOf(mask, size, extent)
    const parts = indexing.take(array, places, axis, { mode: "clip" })
    const found = elementwise.less(places, extent)
    const shape = array.shape.map((_, i) => (i === axis ? size : 1))
    const rest = castTo(fillValue, { dtype: array.dtype, weak: false })
    return elementwise.where(reshaped(found, shape), parts, rest)
  })

/**
 * The parts along an axis (or of the flattened array) where a condition holds. Work O(n), span
 * O(log n).
 * @example await np.compress(np.array([true, false, true]), np.array([1, 2, 3])) // → [1, 3]
 * @throws RangeError when the condition is longer than the axis.
 */
export function compress(
  condition: ArrayLike,
  x: ArrayLike,
  axis: number | null | undefined,
  options: SizeOptions,
): Array
export function compress(condition: ArrayLike, x: ArrayLike, axis?: number | null): Promise<Array>
export function compress(
  condition: ArrayLike,
  x: ArrayLike,
  axis?: number | null | (SizeOptions & { readonly axis?: number | null }),
  options?: SizeOptions,
): Array | Promise<Array> {
  if (isNamed(axis)) return compress(condition, x, axis.axis, axis)
  const array = axis === undefined || axis === null ? movement.ravel(x) : x
  const at = axisOf("compress", axis ?? 0, typeOf("compress", array).shape.length)
  if (options !== undefined) return taken(condition, array, at, options)
  requireConcrete("compress")
  const all = taken(condition, array, at, { size: elements("compress", condition) })
  return firstOf([all], reductions.countNonzero(condition), at).then(([found]) => found)
}

/**
 * The elements where a condition of the same shape holds, as a vector: x[condition]. Work O(n),
 * span O(log n).
 * @example
 * const x = np.array([1, 2, 3])
 * await np.extract(np.greater(x, 1), x) // → [2, 3]
 */
export function extract(condition: ArrayLike, x: ArrayLike, options: SizeOptions): Array
export function extract(condition: ArrayLike, x: ArrayLike): Promise<Array>
export function extract(
  condition: ArrayLike,
  x: ArrayLike,
  options?: SizeOptions,
): Array | Promise<Array> {
  return options === undefined
    ? compress(movement.ravel(condition), x)
    : compress(movement.ravel(condition), x, null, options)
}

/**
 * A vector without the zeros at its ends, or at one of them. Its length is known when its elements
 * are, so the result is awaited. Work O(n), span O(log n).
 * @throws TypeError inside of traced functions; RangeError for what is no vector.
 * @example await np.trimZeros(np.array([0, 1, 0, 2, 0])) // → [1, 0, 2]
 * @param trim "f" for the front, "b" for the back, "fb" for both
 */
export async function trimZeros(x: ArrayLike, trim: "fb" | "f" | "b" = "fb"): Promise<Array> {
  requireConcrete("trimZeros")
  const array = toArray("trimZeros", x)
  if (array.ndim !== 1) {
    throw new RangeError(`trimZeros: x has rank ${array.ndim}, which must be a vector`)
  }
  const places = await flatnonzero(array)
  const count = Number(places.size)
  const length = Number(array.shape[0])
  if (count === 0) return sliceAxis(array, 0, 0, 0)
  const [first, last] = [0, count - 1].map((place) => indexing.slice(places, place))
  const start = trim.includes("f") ? Number(await first.item()) : 0
  const stop = trim.includes("b") ? Number(await last.item()) + 1 : length
  return sliceAxis(array, 0, start, stop)
}
