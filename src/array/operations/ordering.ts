/**
 * Arrays in order. Sorting n elements takes work O(n log n); ties keep their order and NaN comes
 * last.
 */

import type { Array } from "../array.ts"
import { isNamed } from "../named.ts"
import { type ArrayLike, toArray } from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"
import { bind, bindAll } from "../tracing/trace.ts"
import { concreteExtent, sliceAxis } from "./axes.ts"
import * as movement from "./movement.ts"
import { axisOf } from "./shapes.ts"

export interface SortOptions {
  /** Greatest first. */
  readonly descending?: boolean
}

/**
 * Elements in rising order along an axis, flattened where it is null. Work O(mn log² n), span
 * O(log² n): a network's.
 * @example np.sort(np.array([3, 1, 2])) // → [1, 2, 3]
 */
export const sort: (
  x: ArrayLike,
  axis?: number | null | (SortOptions & { readonly axis?: number | null }),
  options?: SortOptions,
) => Array = operation(1, (x, axis = -1, options = {}) => {
  if (isNamed(axis)) return sort(x, axis.axis, axis)
  const { array, at } = alongAxis("sort", x, axis)
  const sorted = bind("sort", [array], { axis: at, keys: 1 })
  return options.descending ? movement.flip(sorted, at) : sorted
})

/**
 * The indices (int32) that put an axis in rising order. Work O(mn log² n), span O(log² n): a
 * network's.
 * @example np.argsort(np.array([30, 10, 20])) // → [1, 2, 0]
 */
export const argsort: (
  x: ArrayLike,
  axis?: number | null | (SortOptions & { readonly axis?: number | null }),
  options?: SortOptions,
) => Array = operation(1, (x, axis = -1, options = {}) => {
  if (isNamed(axis)) return argsort(x, axis.axis, axis)
  const { array, at } = alongAxis("argsort", x, axis)
  // Turned before and after, so that ties keep their order in a falling sort too.
  const turn = (y: Array) => (options.descending ? movement.flip(y, at) : y)
  const index = bind("iota", [], { shape: array.shape, dtype: "int32", axis: at })
  return turn(bindAll("sort", [turn(array), turn(index)], { axis: at, keys: 1 })[1])
})

/**
 * The k greatest elements of an axis, greatest first, and their indices (int32). Work O(mn log² n),
 * span O(log² n): a network's.
 * @example lax.topK(np.array([1, 3, 2]), 2) // → [[3, 2], [1, 2]]
 */
export const topK: (
  x: ArrayLike,
  k: number,
  axis?: number | { readonly axis?: number },
) => [Array, Array] = operation(1, (x, k, axis = -1) => {
  if (isNamed(axis)) return topK(x, k, axis.axis)
  const { array, at } = alongAxis("topK", x, axis)
  const extent = concreteExtent("topK", array, at)
  if (!Number.isInteger(k) || k < 0 || k > extent) {
    throw new RangeError(`topK: k is ${k}, which must be from 0 to the extent ${extent}`)
  }
  const index = bind("iota", [], { shape: array.shape, dtype: "int32", axis: at })
  const turned = [movement.flip(array, at), movement.flip(index, at)]
  const [values, indices] = bindAll("sort", turned, { axis: at, keys: 1 }).map((sorted) =>
    movement.flip(sliceAxis(sorted, at, extent - k, extent), at),
  )
  return [values, indices]
})

/**
 * The order by several keys, the last one first, as indices (int32) along the last axis. Work
 * O(mn log² n), span O(log² n): a network's.
 * @example np.lexsort([np.array([2, 1, 3]), np.array([0, 0, -1])]) // → [2, 1, 0]
 */
export const lexsort: (
  keys: readonly ArrayLike[],
  axis?: number | { readonly axis?: number },
) => Array = operation(1, (keys, axis = -1) => {
  if (isNamed(axis)) return lexsort(keys, axis.axis)
  const arrays = keys.map((key) => toArray("lexsort", key)).reverse()
  if (arrays.length === 0) throw new RangeError("lexsort needs at least one key")
  const at = axisOf("lexsort", axis, arrays[0].ndim)
  const index = bind("iota", [], { shape: arrays[0].shape, dtype: "int32", axis: at })
  const sorted = bindAll("sort", [...arrays, index], { axis: at, keys: arrays.length })
  return sorted[sorted.length - 1]
})

function alongAxis(name: string, x: ArrayLike, axis: number | null) {
  const array = axis === null ? movement.ravel(x) : toArray(name, x)
  return { array, at: axisOf(name, axis ?? 0, array.ndim) }
}
