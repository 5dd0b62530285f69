/** Arrays as sets of numbers: unique elements, and what two sets share. Work O(n log n). */

import { elementsOf, isFloat } from "../../size/index.ts"
import type { Array } from "../array.ts"
import { concreteExtent, sliceAxis } from "../operations/axes.ts"
import * as elementwise from "../operations/elementwise.ts"
import * as indexing from "../operations/indexing.ts"
import * as movement from "../operations/movement.ts"
import * as ordering from "../operations/ordering.ts"
import * as reductions from "../operations/reductions.ts"
import { searchsorted } from "../operations/search.ts"
import { axisOf } from "../operations/shapes.ts"
import { type ArrayLike, castTo, fill, toArray, toCommon, typeOf } from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"
import { bind, bindAll } from "../tracing/trace.ts"
import { firstOf, packed, requireConcrete, type SizeOptions } from "./finding.ts"

const int32 = { dtype: "int32", weak: false } as const

/** What is known of an array's unique elements. */
export interface UniqueParts {
  /** The unique elements, rising. */
  readonly values: Array
  /** Where each occurs first in the flattened array, int32. */
  readonly indices: Array
  /** Which of them each element is, int32, of the array's shape. */
  readonly inverseIndices: Array
  /** How often each occurs, int32. */
  readonly counts: Array
}

interface Counted extends UniqueParts {
  readonly count: Array
}

/** Unique elements in `size` places; those left over hold the least element. */
const parts: (x: ArrayLike, equalNan: boolean, size: number, fillValue?: number) => Counted =
  operation(1, (x, equalNan, size, fillValue) => {
    const given = toArray("unique", x)
    const array = movement.ravel(given)
    const length = concreteExtent("unique", array, 0)
    const index = bind("iota", [], { shape: [length], dtype: "int32", axis: 0 })
    const [sorted, order] = bindAll("sort", [array, index], { axis: 0, keys: 1 })
    const first = firsts(sorted, length, equalNan)
    const rank = elementwise.subtract(reductions.cumsum(first), 1)
    const rest = fillValue ?? (length === 0 ? 0 : indexing.slice(sorted, 0))
    const inverse = bind("scatter", [fill(0, [length], int32), order, rank], {
      axes: [0],
      combine: "set",
    })
    const counts = bind("scatter", [fill(0, [size], int32), rank, fill(1, [length], int32)], {
      axes: [0],
      combine: "add",
    })
    const place = packed(first, order, size, length === 0 ? 0 : indexing.slice(order, 0))
    return {
      values: packed(first, sorted, size, rest),
      indices: place,
      inverseIndices: movement.reshape(inverse, given.shape),
      counts,
      count: reductions.sum(first),
    }
  })

/** Whether each sorted element differs from the one before. */
function firsts(sorted: Array, length: number, equalNan: boolean): Array {
  if (length === 0) return fill(0, [0], { dtype: "bool", weak: false })
  const [before, after] = [sliceAxis(sorted, 0, 0, length - 1), sliceAxis(sorted, 0, 1, length)]
  const differs = elementwise.notEqual(after, before)
  const same = elementwise.logicalAnd(elementwise.isnan(before), elementwise.isnan(after))
  const changes =
    equalNan && isFloat(sorted.dtype)
      ? elementwise.logicalAnd(differs, elementwise.logicalNot(same))
      : differs
  return movement.concatenate([fill(1, [1], { dtype: "bool", weak: false }), changes])
}

/**
 * Unique slices along an axis, in the order of their elements, with the same that is known of
 * unique elements. Slices are compared element by element, the first first.
 */
const slicesOf: (x: ArrayLike, axis: number, size: number, fillValue?: number) => Counted =
  operation(1, (x, axis, size, fillValue) => {
    const array = toArray("unique", x)
    const at = axisOf("unique", axis, array.ndim)
    const turned = movement.moveaxis(array, at, 0)
    const [length, ...rest] = turned.shape.map(Number)
    const width = rest.reduce((product, extent) => product * extent, 1)
    const rows = movement.reshape(turned, [length, width])
    const columns = globalThis.Array.from({ length: width }, (_, i) => indexing.slice(rows, [], i))
    const index = bind("iota", [], { shape: [length], dtype: "int32", axis: 0 })
    const sorted = bindAll("sort", [...columns, index], { axis: 0, keys: width })
    const order = sorted[width]
    const first = sorted
      .slice(0, width)
      .map((column) => firsts(column, length, false))
      .reduce(elementwise.logicalOr)
    const rank = elementwise.subtract(reductions.cumsum(first), 1)
    const inverse = bind("scatter", [fill(0, [length], int32), order, rank], {
      axes: [0],
      combine: "set",
    })
    const counts = bind("scatter", [fill(0, [size], int32), rank, fill(1, [length], int32)], {
      axes: [0],
      combine: "add",
    })
    const indices = packed(first, order, size, indexing.slice(order, 0))
    const taken = indexing.take(rows, indices, 0)
    const isThere = elementwise.less(
      bind("iota", [], { shape: [size, 1], dtype: "int32", axis: 0 }),
      reductions.sum(first),
    )
    const filled = fillValue === undefined ? taken : elementwise.where(isThere, taken, fillValue)
    const values = movement.moveaxis(
      movement.reshape(castTo(filled, { dtype: array.dtype, weak: false }), [size, ...rest]),
      0,
      at,
    )
    return { values, indices, inverseIndices: inverse, counts, count: reductions.sum(first) }
  })

export interface UniqueOptions extends Partial<SizeOptions> {
  /** Slices along this axis are compared; the flattened elements unless given. */
  readonly axis?: number
  /** Whether the result also has where each element occurs first. */
  readonly returnIndex?: boolean
  /** Whether the result also has which unique element each element is. */
  readonly returnInverse?: boolean
  /** Whether the result also has how often each element occurs. */
  readonly returnCounts?: boolean
  /** Whether all NaN are one element; true unless given. */
  readonly equalNan?: boolean
}

type Several =
  | { readonly returnIndex: true }
  | { readonly returnInverse: true }
  | { readonly returnCounts: true }

/**
 * The unique elements, rising, as a vector; with `returnIndex`, `returnInverse` or `returnCounts` a
 * list that holds those too, in this order. Without `size` the result is awaited; with it, it has
 * so many places, and those left over hold `fillValue`, or the least element. Work O(n log² n),
 * span O(log² n).
 * @example await np.unique(np.array([3, 1, 3])) // → [1, 3]
 * @throws TypeError in a traced function without size.
 */
export function unique(
  x: ArrayLike,
  options: UniqueOptions & Several & { readonly size: number },
): Array[]
export function unique(x: ArrayLike, options: UniqueOptions & { readonly size: number }): Array
export function unique(x: ArrayLike, options: UniqueOptions & Several): Promise<Array[]>
export function unique(x: ArrayLike, options?: UniqueOptions): Promise<Array>
export function unique(
  x: ArrayLike,
  options: UniqueOptions = {},
): Array | Array[] | Promise<Array | Array[]> {
  const { size, equalNan = true, fillValue, axis } = options
  if (axis !== undefined) {
    if (size !== undefined) return chosen(slicesOf(x, axis, size, fillValue), options)
    return exactSlices(x, axis).then((found) => chosen(found, options))
  }
  if (size !== undefined) return chosen(parts(x, equalNan, size, fillValue), options)
  return exact("unique", x, equalNan).then((found) => chosen(found, options))
}

function chosen(found: UniqueParts, options: UniqueOptions): Array | Array[] {
  const { returnIndex, returnInverse, returnCounts } = options
  const more = [
    ...(returnIndex ? [found.indices] : []),
    ...(returnInverse ? [found.inverseIndices] : []),
    ...(returnCounts ? [found.counts] : []),
  ]
  return more.length === 0 ? found.values : [found.values, ...more]
}

async function exact(name: string, x: ArrayLike, equalNan: boolean): Promise<UniqueParts> {
  requireConcrete(name)
  const found = parts(x, equalNan, Number(elementsOf(typeOf(name, x).shape)))
  const all = [found.values, found.indices, found.counts]
  const [values, indices, counts] = await firstOf(all, found.count)
  return { values, indices, inverseIndices: found.inverseIndices, counts }
}

async function exactSlices(x: ArrayLike, axis: number): Promise<UniqueParts> {
  requireConcrete("unique")
  const { shape } = typeOf("unique", x)
  const at = axisOf("unique", axis, shape.length)
  const found = slicesOf(x, at, Number(shape[at]))
  const [values] = await firstOf([found.values], found.count, at)
  const [indices, counts] = await firstOf([found.indices, found.counts], found.count)
  return { values, indices, inverseIndices: found.inverseIndices, counts }
}

/**
 * The unique elements, rising; each NaN is an element of its own. Work O(n log² n), span O(log² n).
 * @example await np.uniqueValues(np.array([3, 1, 3])) // → [1, 3]
 */
export function uniqueValues(x: ArrayLike, options: SizeOptions): Array
export function uniqueValues(x: ArrayLike): Promise<Array>
export function uniqueValues(x: ArrayLike, options?: SizeOptions): Array | Promise<Array> {
  return options === undefined
    ? uniqueAll(x).then(({ values }) => values)
    : uniqueAll(x, options).values
}

/**
 * The unique elements and how often each occurs. Work O(n log² n), span O(log² n).
 * @example await np.uniqueCounts(np.array([3, 1, 3])) // → { values: [1, 3], counts: [1, 2] }
 */
export function uniqueCounts(
  x: ArrayLike,
  options: SizeOptions,
): Pick<UniqueParts, "values" | "counts">
export function uniqueCounts(x: ArrayLike): Promise<Pick<UniqueParts, "values" | "counts">>
export function uniqueCounts(x: ArrayLike, options?: SizeOptions) {
  const pick = ({ values, counts }: UniqueParts) => ({ values, counts })
  return options === undefined ? uniqueAll(x).then(pick) : pick(uniqueAll(x, options))
}

/**
 * The unique elements and which of them each element is. Work O(n log² n), span O(log² n).
 * @example
 * await np.uniqueInverse(np.array([3, 1, 3])) // → { values: [1, 3], inverseIndices: [1, 0, 1] }
 */
export function uniqueInverse(
  x: ArrayLike,
  options: SizeOptions,
): Pick<UniqueParts, "values" | "inverseIndices">
export function uniqueInverse(x: ArrayLike): Promise<Pick<UniqueParts, "values" | "inverseIndices">>
export function uniqueInverse(x: ArrayLike, options?: SizeOptions) {
  const pick = ({ values, inverseIndices }: UniqueParts) => ({ values, inverseIndices })
  return options === undefined ? uniqueAll(x).then(pick) : pick(uniqueAll(x, options))
}

/**
 * The unique elements with all that is known of them; each NaN is an element of its own. Work
 * O(n log² n), span O(log² n).
 * @example
 * await np.uniqueAll(np.array([3, 1, 3]))
 * // → { values: [1, 3], indices: [1, 0], inverseIndices: [1, 0, 1], counts: [1, 2] }
 */
export function uniqueAll(x: ArrayLike, options: SizeOptions): UniqueParts
export function uniqueAll(x: ArrayLike): Promise<UniqueParts>
export function uniqueAll(x: ArrayLike, options?: SizeOptions): UniqueParts | Promise<UniqueParts> {
  return options === undefined
    ? exact("uniqueAll", x, false)
    : parts(x, false, options.size, options.fillValue)
}

/**
 * Whether each element of x is among the elements of a test set, bool. NaN is in no set. With q
 * elements in the test set, work O(n log q + q log² q), span O(log² q).
 * @example np.isin(np.array([1, 2, 3]), np.array([2])) // → [false, true, false]
 */
export const isin: (
  x: ArrayLike,
  test: ArrayLike,
  options?: { readonly invert?: boolean },
) => Array = operation(2, (x, test, { invert = false } = {}) => {
  const type = toCommon([typeOf("isin", x), typeOf("isin", test)])
  const wanted = castTo(x, type)
  const members = ordering.sort(movement.ravel(castTo(test, type)))
  const count = concreteExtent("isin", members, 0)
  if (count === 0) return fill(Number(invert), wanted.shape, { dtype: "bool", weak: false })
  const place = searchsorted(members, wanted)
  const nearest = indexing.take(members, place, 0, { mode: "clip" })
  return (invert ? elementwise.notEqual : elementwise.equal)(nearest, wanted)
})

const common: (x: ArrayLike, y: ArrayLike) => [Array, Array] = operation(2, (x, y) => {
  const type = toCommon([typeOf("a set", x), typeOf("a set", y)])
  return [movement.ravel(castTo(x, type)), movement.ravel(castTo(y, type))]
})

/**
 * The unique elements of both sets, rising. Work O(n log² n), span O(log² n) for n elements of
 * both.
 * @example await np.union1d(np.array([1, 2]), np.array([2, 3])) // → [1, 2, 3]
 */
export function union1d(x: ArrayLike, y: ArrayLike, options: SizeOptions): Array
export function union1d(x: ArrayLike, y: ArrayLike): Promise<Array>
export function union1d(x: ArrayLike, y: ArrayLike, options?: SizeOptions): Array | Promise<Array> {
  const both = movement.concatenate(common(x, y))
  return options === undefined ? unique(both) : unique(both, options)
}

type Choice = (x: ArrayLike, y: ArrayLike) => readonly [elements: Array, kept: Array]

/** The unique elements of a vector that are kept by a mask over its sorted elements. */
const select: (
  x: ArrayLike,
  y: ArrayLike,
  choice: Choice,
  size: number,
  fillValue: number,
) => {
  readonly values: Array
  readonly count: Array
} = operation(2, (x, y, choice, size, fillValue) => {
  const [elements, kept] = choice(x, y)
  const length = concreteExtent("a set", elements, 0)
  const [sorted, keep] = bindAll("sort", [elements, kept], { axis: 0, keys: 1 })
  const mask = elementwise.logicalAnd(firsts(sorted, length, true), keep)
  return { values: packed(mask, sorted, size, fillValue), count: reductions.sum(mask) }
})

interface SetFunction {
  (x: ArrayLike, y: ArrayLike, options: SizeOptions): Array
  (x: ArrayLike, y: ArrayLike): Promise<Array>
}

function setFunction(name: string, choice: Choice): SetFunction {
  function found(x: ArrayLike, y: ArrayLike, options: SizeOptions): Array
  function found(x: ArrayLike, y: ArrayLike): Promise<Array>
  function found(x: ArrayLike, y: ArrayLike, options?: SizeOptions): Array | Promise<Array> {
    if (options !== undefined) {
      return select(x, y, choice, options.size, options.fillValue ?? 0).values
    }
    requireConcrete(name)
    const most = [x, y].map((one) => Number(elementsOf(typeOf(name, one).shape)))
    const { values, count } = select(x, y, choice, most[0] + most[1], 0)
    return firstOf([values], count).then(([one]) => one)
  }
  return found
}

/**
 * The unique elements that both sets have, rising. Work O(n log² n), span O(log² n) for n elements
 * of both.
 * @example await np.intersect1d(np.array([1, 2, 3]), np.array([2, 3, 4])) // → [2, 3]
 */
export const intersect1d: SetFunction = setFunction("intersect1d", (x, y) => {
  const [a, b] = common(x, y)
  return [a, isin(a, b)]
})
/**
 * The unique elements of the first set that the second has not, rising. Work O(n log² n), span
 * O(log² n) for n elements of both.
 * @example await np.setdiff1d(np.array([1, 2, 3]), np.array([2])) // → [1, 3]
 */
export const setdiff1d: SetFunction = setFunction("setdiff1d", (x, y) => {
  const [a, b] = common(x, y)
  return [a, isin(a, b, { invert: true })]
})
/**
 * The unique elements that one of the sets has and the other has not, rising. Work O(n log² n),
 * span O(log² n) for n elements of both.
 * @example await np.setxor1d(np.array([1, 2]), np.array([2, 3])) // → [1, 3]
 */
export const setxor1d: SetFunction = setFunction("setxor1d", (x, y) => {
  const [a, b] = common(x, y)
  const alone = [isin(a, b, { invert: true }), isin(b, a, { invert: true })]
  return [movement.concatenate([a, b]), movement.concatenate(alone)]
})
