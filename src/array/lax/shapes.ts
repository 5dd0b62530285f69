/**
 * Shapes, parts and orders as `jax.lax` speaks of them. Views are work 0; moves are one unit of work
 * for each element moved, span 1.
 */

import { type DType, elementsOf, printShape, type Shape, type Size } from "../../size/index.ts"
import type { Array } from "../array.ts"
import { concreteExtent, sliceAxis } from "../operations/axes.ts"
import * as elementwise from "../operations/elementwise.ts"
import * as movement from "../operations/movement.ts"
import { axisOf, shapeArgument, withExtent } from "../operations/shapes.ts"
import { fromFront } from "../operations/slicing.ts"
import { take } from "../operations/taking.ts"
import type { IntegerLike } from "../static/dtype.ts"
import { type ArrayLike, asFloat, broadcastTo, castTo, fill, toArray } from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"
import { bind, bindAll } from "../tracing/trace.ts"
import { associativeScan } from "./associative-scan.ts"

/**
 * 0, 1, 2, … up to below an extent. Work 0.
 *
 * @example
 * lax.iota("int32", 3) // → [0, 1, 2]
 */
export const iota: (dtype: DType, size: Size) => Array = operation(0, (dtype, size) =>
  bind("iota", [], { shape: shapeArgument("iota", size), dtype, axis: 0 }),
)

/**
 * 0, 1, 2, … along one axis of a shape. Work 0.
 *
 * @example
 * lax.broadcastedIota("int32", [2, 2], 1) // → [[0, 1], [0, 1]]
 */
export const broadcastedIota: (dtype: DType, shape: Shape, dimension: number) => Array = operation(
  0,
  (dtype, shape, dimension) =>
    bind("iota", [], {
      shape: shapeArgument("broadcastedIota", shape),
      dtype,
      axis: axisOf("broadcastedIota", dimension, shape.length, "dimension"),
    }),
)

/**
 * An array of one value. Work 0.
 *
 * @example
 * lax.full([2], 7) // → [7, 7]
 */
export function full(shape: Size | Shape, value: ArrayLike, dtype?: DType): Array {
  return filled(value, shapeArgument("full", shape), dtype)
}

const filled: (value: ArrayLike, shape: Shape, dtype?: DType) => Array = operation(
  1,
  (value, shape, dtype) => {
    const array = toArray("full", value)
    return broadcastTo(dtype === undefined ? array : castTo(array, { dtype, weak: false }), shape)
  },
)

/**
 * The array repeated along new first axes. Work 0.
 *
 * @example
 * lax.broadcast(np.array([1, 2]), [2]) // → [[1, 2], [1, 2]]
 */
export const broadcast: (x: ArrayLike, sizes: Shape) => Array = operation(1, (x, sizes) => {
  const array = toArray("broadcast", x)
  return broadcastTo(array, [...sizes, ...array.shape])
})

/**
 * The array in a shape, axis i of it becoming axis `dimensions[i]`; extents are equal, or 1 before.
 * Work 0.
 *
 * @example
 * lax.broadcastInDim(np.array([1, 2]), [2, 2], [0]) // → [[1, 1], [2, 2]]
 *
 * @throws RangeError when extents do not fit.
 */
export const broadcastInDim: (x: ArrayLike, shape: Shape, dimensions: readonly number[]) => Array =
  operation(1, (x, shape, dimensions) =>
    bind("broadcast", [toArray("broadcastInDim", x)], { shape, axes: dimensions }),
  )

/**
 * Axes from one up to below another as one axis. Work 0.
 *
 * @example
 * lax.collapse(np.ones([2, 3, 4]), 0, 2).shape // → [6, 4]
 */
export const collapse: (x: ArrayLike, start: number, stop?: number | null) => Array = operation(
  1,
  (x, start, stop) => {
    const array = toArray("collapse", x)
    const from = axisOf("collapse", start, array.ndim, "start")
    const to = stop === undefined || stop === null ? array.ndim : stop
    const end = to < 0 ? to + array.ndim : to
    if (end <= from || end > array.ndim) {
      throw new RangeError(
        `collapse of ${printShape(array.shape)}: from ${start} to ${to} is no axis`,
      )
    }
    const { shape } = array
    const whole = elementsOf(shape.slice(from, end))
    return movement.reshape(array, [...shape.slice(0, from), whole, ...shape.slice(end)])
  },
)

/**
 * The axes turned round. Work 0.
 *
 * @example
 * lax.rev(np.array([1, 2, 3]), [0]) // → [3, 2, 1]
 */
export const rev: (x: ArrayLike, dimensions: readonly number[]) => Array = operation(
  1,
  (x, dimensions) => movement.flip(x, dimensions),
)

/**
 * Elements from starts up to below limits, per axis, with strides. Work 0.
 *
 * @example
 * lax.slice(np.array([0, 1, 2, 3, 4]), [1], [5], [2]) // → [1, 3]
 *
 * @throws RangeError when bounds do not fit the shape.
 */
export const slice: (
  x: ArrayLike,
  starts: readonly number[],
  limits: readonly number[],
  strides?: readonly number[] | null,
) => Array = operation(1, (x, starts, limits, strides) =>
  bind("slice", [toArray("slice", x)], {
    starts,
    limits,
    strides: strides ?? starts.map(() => 1),
  }),
)

/**
 * Elements from a start up to below a limit along one axis. Work 0.
 *
 * @example
 * lax.sliceInDim(np.array([0, 1, 2, 3]), 1, 3) // → [1, 2]
 */
export const sliceInDim: (
  x: ArrayLike,
  start: number | null,
  limit: number | null,
  stride?: number,
  axis?: number,
) => Array = operation(1, (x, start, limit, stride = 1, axis = 0) => {
  const array = toArray("sliceInDim", x)
  const at = axisOf("sliceInDim", axis, array.ndim)
  const extent = Number(array.shape[at])
  const place = (bound: number | null, otherwise: number): number =>
    bound === null ? otherwise : bound < 0 ? bound + extent : bound
  return sliceAxis(array, at, place(start, 0), place(limit, extent), stride)
})

/**
 * Parts of so many elements each along an axis. Work 0.
 *
 * @example
 * lax.split(np.arange(4), [1, 3]) // → [[0], [1, 2, 3]]
 *
 * @throws RangeError when the sizes are no whole numbers from 0 on that sum to the extent.
 */
export const split: (x: ArrayLike, sizes: readonly number[], axis?: number) => Array[] = operation(
  1,
  (x, sizes, axis = 0) => {
    const array = toArray("split", x)
    const at = axisOf("split", axis, array.ndim)
    const extent = concreteExtent("split", array, at)
    const isSize = (size: number): boolean => Number.isInteger(size) && size >= 0
    if (!sizes.every(isSize) || sizes.reduce((sum, size) => sum + size, 0) !== extent) {
      throw new RangeError(
        `split: sizes are [${sizes.join(", ")}], which must be whole numbers that sum to axis ${at}'s extent of ${extent}`,
      )
    }
    const parts: Array[] = []
    let from = 0
    for (const size of sizes) {
      parts.push(sliceAxis(array, at, from, from + size))
      from += size
    }
    return parts
  },
)

/**
 * One element of an axis, which stays with extent 1 unless `keepdims` is false. Work 0.
 *
 * @example
 * lax.indexInDim(np.array([5, 6, 7]), -1, 0, false) // → 7
 */
export const indexInDim: (x: ArrayLike, index: number, axis?: number, keepdims?: boolean) => Array =
  operation(1, (x, index, axis = 0, keepdims = true) => {
    const array = toArray("indexInDim", x)
    const at = axisOf("indexInDim", axis, array.ndim)
    const place = axisOf("indexInDim", index, Number(array.shape[at]), "index")
    const found = sliceAxis(array, at, place, place + 1)
    return keepdims ? found : movement.squeeze(found, at)
  })

function startsAt(array: Array, axis: number, start: ArrayLike): readonly Array[] {
  const index = castTo(start, { dtype: "int32", weak: false })
  const none = fill(0, [], { dtype: "int32", weak: false })
  return array.shape.map((extent, i) => (i === axis ? fromFront(index, extent) : none))
}

/**
 * So many elements of an axis from a start that may be computed, moved inside where it sticks out.
 * Work: elements of the result, span 1, and O(1) for the start.
 *
 * @example
 * lax.dynamicSliceInDim(np.array([0, 1, 2, 3]), 1, 2) // → [1, 2]
 */
export const dynamicSliceInDim: (
  x: ArrayLike,
  start: ArrayLike,
  size: number,
  axis?: number,
) => Array = operation(2, (x, start, size, axis = 0) => {
  const array = toArray("dynamicSliceInDim", x)
  const at = axisOf("dynamicSliceInDim", axis, array.ndim)
  const sizes = withExtent(array.shape, at, size)
  return bind("dynamicSlice", [array, ...startsAt(array, at, start)], { sizes })
})

/**
 * One element of an axis at a place that may be computed; the axis stays unless `keepdims` is
 * false. Work: elements of the result, span 1, and O(1) for the start.
 *
 * @example
 * lax.dynamicIndexInDim(np.array([5, 6, 7]), 1, 0, false) // → 6
 */
export const dynamicIndexInDim: (
  x: ArrayLike,
  index: ArrayLike,
  axis?: number,
  keepdims?: boolean,
) => Array = operation(2, (x, index, axis = 0, keepdims = true) => {
  const found = dynamicSliceInDim(x, index, 1, axis)
  return keepdims ? found : movement.squeeze(found, axis)
})

/**
 * The array with a part replaced along one axis, from a start that may be computed. Work: elements
 * of the result, span 1, and O(1) for the start.
 *
 * @example
 * lax.dynamicUpdateSliceInDim(np.array([0, 0, 0]), np.array([1, 2]), 1, 0) // → [0, 1, 2]
 */
export const dynamicUpdateSliceInDim: (
  x: ArrayLike,
  update: ArrayLike,
  start: ArrayLike,
  axis: number,
) => Array = operation(3, (x, update, start, axis) => {
  const array = toArray("dynamicUpdateSliceInDim", x)
  const at = axisOf("dynamicUpdateSliceInDim", axis, array.ndim)
  const part = castTo(update, { dtype: array.dtype, weak: false })
  return bind("dynamicUpdateSlice", [array, part, ...startsAt(array, at, start)], {})
})

/**
 * The array with one element of an axis replaced, at a place that may be computed. Work: elements
 * of the result, span 1, and O(1) for the start.
 *
 * @example
 * lax.dynamicUpdateIndexInDim(np.array([0, 0, 0]), 5, 1, 0) // → [0, 5, 0]
 */
export const dynamicUpdateIndexInDim: (
  x: ArrayLike,
  update: ArrayLike,
  index: ArrayLike,
  axis: number,
) => Array = operation(3, (x, update, index, axis) => {
  const array = toArray("dynamicUpdateIndexInDim", x)
  const at = axisOf("dynamicUpdateIndexInDim", axis, array.ndim)
  const part = toArray("dynamicUpdateIndexInDim", update)
  const row = part.ndim === array.ndim ? part : movement.expandDims(part, at)
  return dynamicUpdateSliceInDim(array, row, index, at)
})

/**
 * Elements added before, after and between those of each axis; negative amounts before or after
 * crop. Work: elements of the result, span 1.
 *
 * @example
 * lax.pad(np.array([1, 2]), 0, [[1, 0, 1]]) // → [0, 1, 0, 2]
 */
export const pad: (
  x: ArrayLike,
  value: ArrayLike,
  config: readonly (readonly [low: number, high: number, interior: number])[],
) => Array = operation(2, (x, value, config) => {
  const array = toArray("pad", x)
  if (config.length !== array.ndim) {
    throw new RangeError(`pad: ${config.length} triples for an array of rank ${array.ndim}`)
  }
  const params = {
    low: config.map(([low]) => Math.max(0, low)),
    high: config.map(([, high]) => Math.max(0, high)),
    interior: config.map(([, , interior]) => interior),
    value: 0,
  }
  const padded = bind("pad", [array], params)
  const inside = bind("pad", [fill(1, array.shape, { dtype: "bool", weak: false })], params)
  const filler = castTo(value, { dtype: array.dtype, weak: false })
  const filled =
    typeof value === "number" && value === 0 ? padded : elementwise.where(inside, padded, filler)
  return config.reduce((cropped, [low, high], axis) => {
    const extent = Number(cropped.shape[axis])
    return sliceAxis(cropped, axis, Math.max(0, -low), extent - Math.max(0, -high))
  }, filled)
})

/**
 * An array in rising order along an axis, the last unless given; or several of one shape, ordered
 * by the first `numKeys` of them. Work O(mn log² n), span O(log² n): a network's.
 *
 * @example
 * lax.sort(np.array([3, 1, 2])) // → [1, 2, 3]
 */
export function sort(x: readonly ArrayLike[], dimension?: number, numKeys?: number): Array[]
export function sort(x: ArrayLike, dimension?: number): Array
export function sort(
  x: ArrayLike | readonly ArrayLike[],
  dimension = -1,
  numKeys = 1,
): Array | Array[] {
  if (isList(x)) return sorted(x, dimension, numKeys)
  return sorted([x], dimension, 1)[0]
}

function isList(x: ArrayLike | readonly ArrayLike[]): x is readonly ArrayLike[] {
  return globalThis.Array.isArray(x)
}

const sorted: (x: readonly ArrayLike[], dimension: number, keys: number) => Array[] = operation(
  1,
  (x, dimension, keys) => {
    const arrays = x.map((one) => toArray("sort", one))
    const axis = axisOf("sort", dimension, arrays[0]?.ndim ?? 0, "dimension")
    return [...bindAll("sort", arrays, { axis, keys })]
  },
)

/**
 * Values put in the rising order of keys: `[keys, values]`, both sorted. Work and span are those of
 * {@link sort}.
 *
 * @example
 * lax.sortKeyVal(np.array([2, 1]), np.array([10, 20]))[1] // → [20, 10]
 */
export function sortKeyVal(
  keys: ArrayLike,
  values: ArrayLike,
  dimension = -1,
): [keys: Array, values: Array] {
  const [first, second] = sorted([keys, values], dimension, 1)
  return [first, second]
}

/**
 * ln of the sums of e^x so far along an axis, without overflow. Work O(n), span O(log n).
 *
 * @example
 * lax.cumlogsumexp(np.array([0, 0])) // → [0, 0.6931472]
 */
export const cumlogsumexp: (
  x: ArrayLike,
  axis?: number,
  options?: { readonly reverse?: boolean },
) => Array = operation(1, (x, axis = 0, options = {}) => {
  const array = asFloat("cumlogsumexp", x)
  const at = axisOf("cumlogsumexp", axis, array.ndim)
  return associativeScan(elementwise.logaddexp, array, { axis: at, reverse: options.reverse })
})

/**
 * The product of matrices in the last two axes, all axes before them paired. Work bmn(2k − 1), span
 * 1 + ⌈log₂ k⌉.
 *
 * @example
 * lax.batchMatmul(np.ones([2, 1, 3]), np.ones([2, 3, 1])).shape // → [2, 1, 1]
 */
export const batchMatmul: (x: ArrayLike, y: ArrayLike) => Array = operation(2, (x, y) => {
  const [a, b] = [toArray("batchMatmul", x), toArray("batchMatmul", y)]
  const batch = a.shape.slice(0, -2).map((_, i) => i)
  return bind("dot", [a, b], { contract: [[a.ndim - 1], [b.ndim - 2]], batch: [batch, batch] })
})

/**
 * Elements at index arrays of several axes. Work O(n) for n elements of the result, span O(1).
 *
 * @example
 * const rows = np.array([1], { dtype: "int32" })
 * lax.indexTake(np.array([[1, 2], [3, 4]]), [rows], [0]) // → [[3, 4]]
 */
export const indexTake: (
  x: ArrayLike,
  indices: readonly IntegerLike[],
  axes: readonly number[],
) => Array = operation(2, (x, indices, axes) => {
  const array = toArray("indexTake", x)
  if (axes.length === 1) return movement.moveaxis(take(array, indices[0], axes[0]), axes[0], 0)
  const wide = indices.map((one) => castTo(one, { dtype: "int32", weak: false }))
  return bind("gather", [array, ...wide], { axes, mode: "fill" })
})
