/** Arrays put together, cut apart and repeated. */

import { type DType, multiply as multiplySizes, printShape, shapesEqual } from "../../size/index.ts"
import { Array } from "../array.ts"
import { isNamed } from "../named.ts"
import {
  type ArrayLike,
  broadcastTo as broadcastArray,
  castTo,
  fill,
  toArray,
  toCommon,
  typeOf,
} from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"
import { bind } from "../tracing/trace.ts"
import { concreteExtent, reshaped, sliceAxis } from "./axes.ts"
import { searchsorted } from "./search.ts"
import { axisOf, requireCount, withExtent } from "./shapes.ts"
import { atleast1d, atleast2d, atleast3d, expandDims, moveaxis, ravel, reshape } from "./views.ts"

export interface JoinOptions {
  /** The dtype of the result; the operands' common one unless given. */
  readonly dtype?: DType
}

/**
 * Arrays one behind the other along an axis; dtypes are promoted. Work: elements moved, span 1.
 * @example np.concatenate([np.array([1, 2]), np.array([3])]) // → [1, 2, 3]
 */
export const concatenate: (
  arrays: readonly ArrayLike[],
  axis?: number | null | (JoinOptions & { readonly axis?: number | null }),
  options?: JoinOptions,
) => Array = operation(1, (list, axis = 0, options = {}) => {
  if (isNamed(axis)) return concatenate(list, axis.axis, axis)
  const type = joinedType("concatenate", list, options.dtype)
  const arrays = list.map((x) => castTo(x, type)).map((x) => (axis === null ? ravel(x) : x))
  const at = axisOf("concatenate", axis ?? 0, arrays[0].ndim)
  return arrays.length === 1 ? arrays[0] : bind("concatenate", arrays, { axis: at })
})
export { concatenate as concat }

/**
 * Arrays of one shape side by side along a new axis. Work: elements moved, span 1.
 * @example np.stack([np.array([1, 2]), np.array([3, 4])]) // → [[1, 2], [3, 4]]
 */
export const stack: (
  arrays: readonly ArrayLike[],
  axis?: number | (JoinOptions & { readonly axis?: number }),
  options?: JoinOptions,
) => Array = operation(1, (list, axis = 0, options = {}) => {
  if (isNamed(axis)) return stack(list, axis.axis, axis)
  const type = joinedType("stack", list, options.dtype)
  const arrays = list.map((x) => castTo(x, type))
  for (const { shape } of arrays) {
    if (!shapesEqual(shape, arrays[0].shape)) {
      throw new RangeError(
        `stack needs arrays of one shape, ` +
          `not ${printShape(arrays[0].shape)} and ${printShape(shape)}`,
      )
    }
  }
  return concatenate(
    arrays.map((x) => expandDims(x, axis)),
    axis,
  )
})

/**
 * Stacked along the first axis; vectors become rows. Work: elements moved, span 1.
 * @example np.vstack([np.array([1, 2]), np.array([3, 4])]) // → [[1, 2], [3, 4]]
 */
export const vstack: (arrays: readonly ArrayLike[]) => Array = operation(1, (arrays) =>
  concatenate(arrays.map(atleast2d), 0),
)
/**
 * Side by side along the second axis; vectors along their only one. Work: elements moved, span 1.
 * @example np.hstack([np.array([1, 2]), np.array([3])]) // → [1, 2, 3]
 */
export const hstack: (arrays: readonly ArrayLike[]) => Array = operation(1, (arrays) => {
  const wide = arrays.map(atleast1d)
  return concatenate(wide, wide[0].ndim === 1 ? 0 : 1)
})
/**
 * Stacked along the third axis. Work: elements moved, span 1.
 * @example np.dstack([np.array([1, 2]), np.array([3, 4])]) // → [[[1, 3], [2, 4]]]
 */
export const dstack: (arrays: readonly ArrayLike[]) => Array = operation(1, (arrays) =>
  concatenate(arrays.map(atleast3d), 2),
)
/**
 * Vectors as columns, matrices side by side. Work: elements moved, span 1.
 * @example np.columnStack([np.array([1, 2]), np.array([3, 4])]) // → [[1, 3], [2, 4]]
 */
export const columnStack: (arrays: readonly ArrayLike[]) => Array = operation(1, (arrays) =>
  concatenate(
    arrays.map((x) => {
      const array = toArray("columnStack", x)
      return array.ndim < 2 ? reshape(array, [-1, 1]) : array
    }),
    1,
  ),
)

function joinedType(name: string, list: readonly ArrayLike[], dtype: DType | undefined) {
  if (list.length === 0) throw new RangeError(`${name} needs at least one array`)
  return dtype === undefined ? toCommon(list.map((x) => typeOf(name, x))) : { dtype, weak: false }
}

/**
 * Parts along an axis: as many equal ones as said, or cut before each index. Work 0.
 * @example np.split(np.arange(4), 2) // → [[0, 1], [2, 3]]
 * @throws RangeError when equal parts do not divide the extent.
 */
export const split: (
  x: ArrayLike,
  parts: number | readonly number[],
  axis?: number | { readonly axis?: number },
) => Array[] = operation(1, (x, parts, axis = 0) => {
  if (isNamed(axis)) return split(x, parts, axis.axis)
  const array = toArray("split", x)
  const at = axisOf("split", axis, array.ndim)
  const extent = concreteExtent("split", array, at)
  if (typeof parts === "number" && (parts < 1 || extent % parts !== 0)) {
    throw new RangeError(`split: ${parts} parts do not divide axis ${at} of extent ${extent}`)
  }
  return cut(array, at, extent, cuts(parts, extent))
})

/**
 * Parts along an axis, the first ones longer by one where they do not divide it. Work 0.
 * @example np.arraySplit(np.arange(3), 2) // → [[0, 1], [2]]
 */
export const arraySplit: (
  x: ArrayLike,
  parts: number | readonly number[],
  axis?: number | { readonly axis?: number },
) => Array[] = operation(1, (x, parts, axis = 0) => {
  if (isNamed(axis)) return arraySplit(x, parts, axis.axis)
  const array = toArray("arraySplit", x)
  const at = axisOf("arraySplit", axis, array.ndim)
  const extent = concreteExtent("arraySplit", array, at)
  return cut(array, at, extent, cuts(parts, extent))
})

function cuts(parts: number | readonly number[], extent: number): readonly number[] {
  if (typeof parts !== "number") return parts.map((i) => clamp(i < 0 ? i + extent : i, extent))
  const longer = extent % parts
  const length = Math.floor(extent / parts)
  return globalThis.Array.from(
    { length: parts - 1 },
    (_, i) => (i + 1) * length + Math.min(i + 1, longer),
  )
}

function clamp(index: number, extent: number): number {
  return Math.min(Math.max(index, 0), extent)
}

function cut(x: Array, axis: number, extent: number, places: readonly number[]): Array[] {
  const bounds = [0, ...places, extent]
  return bounds.slice(1).map((to, i) => sliceAxis(x, axis, bounds[i], Math.max(to, bounds[i])))
}

/**
 * The whole array repeated along axes. Work 0: a view.
 * @example np.tile(np.array([1, 2]), 2) // → [1, 2, 1, 2]
 */
export const tile: (x: ArrayLike, repeats: number | readonly number[]) => Array = operation(
  1,
  (x, repeats) => {
    const counts = typeof repeats === "number" ? [repeats] : repeats
    for (const count of counts) requireCount("tile", "repeats", count)
    const source = toArray("tile", x)
    const rank = Math.max(source.ndim, counts.length)
    const shape = [...ones(rank - source.ndim), ...source.shape]
    const times = [...ones(rank - counts.length), ...counts]
    // (1, n) repeated to (r, n), then read as r·n, for each axis at once.
    const single = reshaped(
      source,
      shape.flatMap((size) => [1, size]),
    )
    const repeated = broadcastArray(
      single,
      shape.flatMap((size, axis) => [times[axis], size]),
    )
    return reshaped(
      repeated,
      shape.map((size, axis) => multiplySizes(size, times[axis])),
    )
  },
)

function ones(n: number): readonly number[] {
  return globalThis.Array.from({ length: n }, () => 1)
}

export interface RepeatOptions {
  /** How long the result is, where the counts are arrays; cut or filled with the last element. */
  readonly totalRepeatLength?: number
}

/**
 * Each element repeated, along an axis or flattened: as often as one number says, or each as often
 * as its number in a list; counts in an array need `totalRepeatLength`. Work 0 for one number, else
 * elements moved and span O(1).
 *
 * @example
 * np.repeat(np.array([1, 2]), 2) // → [1, 1, 2, 2]
 * np.repeat(np.array([1, 2]), [2, 1]) // → [1, 1, 2]
 *
 * @throws RangeError when there are not as many counts as elements; TypeError without a length.
 */
export const repeat: (
  x: ArrayLike,
  repeats: number | readonly number[] | Array,
  axis?: number | null | (RepeatOptions & { readonly axis?: number | null }),
  options?: RepeatOptions,
) => Array = operation(1, (x, repeats, axis, options = {}) => {
  if (isNamed(axis)) return repeat(x, repeats, axis.axis, axis)
  const array = axis === undefined || axis === null ? ravel(x) : toArray("repeat", x)
  const at = axisOf("repeat", axis ?? 0, array.ndim)
  if (typeof repeats === "number") {
    requireCount("repeat", "repeats", repeats)
    const single = expandDims(array, at + 1)
    const repeated = broadcastArray(single, withExtent(single.shape, at + 1, repeats))
    return reshaped(repeated, withExtent(array.shape, at, multiplySizes(array.shape[at], repeats)))
  }
  const extent = Number(array.shape[at])
  const given = repeats instanceof Array ? Number(repeats.shape[0] ?? 1) : repeats.length
  if (given !== extent && given !== 1) {
    throw new RangeError(`repeat: ${given} counts for ${extent} elements of axis ${at}`)
  }
  const total = options.totalRepeatLength ?? lengthOf(repeats, extent)
  const int32 = { dtype: "int32", weak: false } as const
  const counts =
    repeats instanceof Array
      ? castTo(repeats, int32)
      : concatenate(repeats.map((count) => reshaped(fill(count, [], int32), [1])))
  const ends = bind("cumulativeSum", [broadcastArray(counts, [extent])], {
    axis: 0,
    reverse: false,
  })
  // The element at a place is the one whose copies end after it.
  const places = bind("iota", [], { shape: [total], dtype: "int32", axis: 0 })
  const index = searchsorted(ends, places, { side: "right" })
  const gathered = bind("gather", [array, index], { axes: [at], mode: "clip" })
  return moveaxis(gathered, 0, at)
})

/** How many copies there are in all. */
function lengthOf(repeats: readonly number[] | Array, extent: number): number {
  if (repeats instanceof Array) {
    throw new TypeError(
      "repeat: counts in an array need totalRepeatLength, the length of the result",
    )
  }
  const counts =
    repeats.length === 1 ? globalThis.Array.from({ length: extent }, () => repeats[0]) : repeats
  return counts.reduce((sum, count) => sum + count, 0)
}
