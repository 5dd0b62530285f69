/** Elements added to arrays and taken out of them, and arrays built of blocks. */

import { elementsOf, type Shape, type Size } from "../../size/index.ts"
import { Array } from "../array.ts"
import { isNamed } from "../named.ts"
import { concreteExtent, sliceAxis } from "../operations/axes.ts"
import * as indexing from "../operations/indexing.ts"
import * as movement from "../operations/movement.ts"
import { axisOf, shapeArgument, withExtent } from "../operations/shapes.ts"
import type { Range } from "../operations/slicing.ts"
import { type ArrayLike, broadcastTo, castTo, fill, shapeOf, toArray } from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"

/**
 * Values behind an array along an axis, both flattened without one. Work: elements moved, span 1.
 * @example np.append(np.array([1, 2]), np.array([3])) // → [1, 2, 3]
 */
export const append: (
  x: ArrayLike,
  values: ArrayLike,
  axis?: number | null | { readonly axis?: number | null },
) => Array = operation(2, (x, values, axis = null) => {
  if (isNamed(axis)) return append(x, values, axis.axis)
  return movement.concatenate([x, values].map(movement.atleast1d), axis)
})

/** An array flattened where no axis is given, and its axis counted from the front. */
function alongAxis(name: string, x: ArrayLike, axis: number | null | undefined) {
  const flat = axis === undefined || axis === null
  const array = flat ? movement.ravel(x) : toArray(name, x)
  return { array, at: axisOf(name, axis ?? 0, array.ndim) }
}

/** @throws RangeError for places outside the axis. */
function placesOf(
  name: string,
  places: number | readonly number[],
  extent: number,
  most: number,
): readonly number[] {
  const list = typeof places === "number" ? [places] : places
  return list.map((place) => {
    const index = place < 0 ? place + extent : place
    if (!Number.isInteger(index) || index < 0 || index > most) {
      throw new RangeError(`${name}: index ${place} is not in an axis of extent ${extent}`)
    }
    return index
  })
}

/** Indices, a mask with a truth value for each, or a range of them. */
export type Places = number | readonly number[] | readonly boolean[] | Range

/** Indices from any way to give them. */
function indicesOf(name: string, places: Places, extent: number): number | readonly number[] {
  if (typeof places === "number") return places
  if (isPlaces(places)) {
    const mask = places.filter((one) => typeof one === "boolean")
    if (mask.length === 0) return places.filter((one) => typeof one === "number")
    if (mask.length !== extent || places.length !== extent) {
      throw new RangeError(`${name}: a mask of ${places.length} for an axis of extent ${extent}`)
    }
    return mask.flatMap((one, i) => (one ? [i] : []))
  }
  if (places instanceof Array) {
    throw new TypeError(
      `${name}: the indices must be numbers, or a range, as shapes depend on them`,
    )
  }
  const step = places.step ?? 1
  if (!Number.isInteger(step) || step === 0) {
    throw new RangeError(`${name}: a step is ${step}, which must be a whole number, not 0`)
  }
  const within = (place: number) =>
    Math.min(Math.max(place < 0 ? place + extent : place, -1), extent)
  const start = within(places.start ?? (step > 0 ? 0 : extent - 1))
  const stop =
    places.stop === undefined || places.stop === null
      ? step > 0
        ? extent
        : -1
      : within(places.stop)
  const count = Math.max(0, Math.ceil((stop - start) / step))
  const found = globalThis.Array.from({ length: count }, (_, i) => start + i * step)
  return found.filter((place) => place >= 0 && place < extent)
}

function isPlaces(places: object): places is readonly (number | boolean)[] {
  return globalThis.Array.isArray(places)
}

/**
 * The array without the parts at some indices of an axis, or of its flattened form: numbers, a list
 * of truth values, or a range. Work: elements moved, span 1.
 * @example
 * np.delete(np.array([1, 2, 3]), 1) // → [1, 3]
 * np.delete(np.array([1, 2, 3, 4]), { start: 1, stop: 3 }) // → [1, 4]
 * @throws RangeError when an index is outside of the axis.
 */
export const deleteAt: (
  x: ArrayLike,
  index: Places,
  axis?: number | null | { readonly axis?: number | null },
) => Array = operation(1, (x, index, axis) => {
  if (isNamed(axis)) return deleteAt(x, index, axis.axis)
  const { array, at } = alongAxis("delete", x, axis)
  const extent = concreteExtent("delete", array, at)
  const gone = new Set(placesOf("delete", indicesOf("delete", index, extent), extent, extent - 1))
  const cuts = [-1, ...[...gone].toSorted((a, b) => a - b), extent]
  const kept = cuts
    .slice(1)
    .map((to, i) => sliceAxis(array, at, cuts[i] + 1, to))
    .filter((part) => part.shape[at] !== 0)
  return kept.length === 0 ? sliceAxis(array, at, 0, 0) : movement.concatenate(kept, at)
})
export { deleteAt as delete }

/**
 * The array with values put in before an index of an axis, or before each of several. Work:
 * elements moved, span 1.
 * @example np.insert(np.array([1, 3]), 1, 2) // → [1, 2, 3]
 */
export const insert: (
  x: ArrayLike,
  index: number | readonly number[],
  values: ArrayLike,
  axis?: number | null | { readonly axis?: number | null },
) => Array = (x, index, values, axis) =>
  inserted(x, values, index, isNamed(axis) ? axis.axis : axis)

const inserted: (
  x: ArrayLike,
  values: ArrayLike,
  index: number | readonly number[],
  axis?: number | null,
) => Array = operation(2, (x, values, index, axis) => {
  const { array, at } = alongAxis("insert", x, axis)
  const extent = concreteExtent("insert", array, at)
  const places = placesOf("insert", index, extent, extent)
  const more = castTo(values, { dtype: array.dtype, weak: false })
  if (typeof index === "number") {
    // Values for one place have the axis; those of one rank less are one part.
    const part =
      more.ndim === array.ndim - 1 && array.ndim > 1 ? movement.expandDims(more, at) : more
    const count = part.ndim === array.ndim ? part.shape[at] : 1
    const wide = broadcastTo(part, withExtent(array.shape, at, count))
    const [before, after] = [
      sliceAxis(array, at, 0, places[0]),
      sliceAxis(array, at, places[0], extent),
    ]
    return movement.concatenate([before, wide, after], at)
  }
  const wide = broadcastTo(more, withExtent(array.shape, at, places.length))
  const order = places.map((_, i) => i).toSorted((a, b) => places[a] - places[b])
  const cuts = [0, ...order.map((i) => places[i]), extent]
  const parts = cuts.slice(1).flatMap((to, i) => {
    const kept = sliceAxis(array, at, cuts[i], to)
    return i === order.length ? [kept] : [kept, sliceAxis(wide, at, order[i], order[i] + 1)]
  })
  return movement.concatenate(parts, at)
})

/**
 * The elements in another shape, repeated from the start as often as needed, or cut off. Work 0: a
 * view.
 * @example np.resize(np.array([1, 2, 3]), [2, 2]) // → [[1, 2], [3, 1]]
 */
export const resize: (x: ArrayLike, shape: Size | Shape) => Array = operation(1, (x, shape) => {
  const to = shapeArgument("resize", shape)
  const flat = movement.ravel(x)
  const [have, want] = [concreteExtent("resize", flat, 0), Number(elementsOf(to))]
  if (have === 0 || want === 0) return fill(0, to, flat.type)
  const repeated = movement.tile(flat, Math.ceil(want / have))
  return movement.reshape(sliceAxis(repeated, 0, 0, want), to)
})

/** Blocks in nested lists put together: the innermost along the last axis, and so on outwards. */
export type Blocks = ArrayLike | readonly Blocks[]

/**
 * An array of nested lists of blocks. Work: elements moved, span 1 for each level.
 * @example np.block([[np.eye(2), np.zeros([2, 1])]]) // → [[1, 0, 0], [0, 1, 0]]
 */
export const block: (blocks: Blocks) => Array = operation(1, (blocks) => {
  const depth = depthOf(blocks)
  const rank = Math.max(depth, ...leavesOf(blocks).map((one) => toArray("block", one).ndim))
  return joined(blocks, depth, rank)
})

function isList(blocks: Blocks): blocks is readonly Blocks[] {
  return globalThis.Array.isArray(blocks)
}

function depthOf(blocks: Blocks): number {
  if (!isList(blocks)) return 0
  if (blocks.length === 0) throw new RangeError("block: a list of blocks is empty")
  const depths = new Set(blocks.map(depthOf))
  if (depths.size > 1) throw new RangeError("block: blocks must all lie equally deep in lists")
  return 1 + Math.max(...depths)
}

function leavesOf(blocks: Blocks): readonly ArrayLike[] {
  return isList(blocks) ? blocks.flatMap(leavesOf) : [blocks]
}

function joined(blocks: Blocks, depth: number, rank: number): Array {
  if (isList(blocks)) {
    return movement.concatenate(
      blocks.map((one) => joined(one, depth - 1, rank)),
      rank - depth,
    )
  }
  const array = toArray("block", blocks)
  return movement.reshape(array, [
    ...globalThis.Array.from({ length: rank - array.ndim }, () => 1),
    ...array.shape,
  ])
}

type Split = (x: ArrayLike, parts: number | readonly number[]) => Array[]

/**
 * Parts along the first axis. Work 0.
 * @example np.vsplit(np.array([[1, 2], [3, 4]]), 2) // → [[[1, 2]], [[3, 4]]]
 */
export const vsplit: Split = (x, parts) => movement.split(x, parts, 0)
/**
 * Parts along the second axis, of vectors along their only one. Work 0.
 * @example np.hsplit(np.array([[1, 2], [3, 4]]), 2) // → [[[1], [3]], [[2], [4]]]
 */
export const hsplit: Split = (x, parts) =>
  movement.split(x, parts, shapeOf("hsplit", x).length === 1 ? 0 : 1)
/**
 * Parts along the third axis. Work 0.
 * @example np.dsplit(np.ones([1, 2, 4]), 2).length // → 2
 */
export const dsplit: Split = (x, parts) => movement.split(x, parts, 2)

/**
 * The parts along an axis, which goes: a list of as many arrays as its extent. Work 0.
 * @example np.unstack(np.array([[1, 2], [3, 4]])) // → [[1, 2], [3, 4]]
 */
export const unstack: (x: ArrayLike, axis?: number | { readonly axis?: number }) => Array[] =
  operation(1, (x, axis = 0) => {
    if (isNamed(axis)) return unstack(x, axis.axis)
    const array = movement.moveaxis(x, axis, 0)
    const extent = concreteExtent("unstack", array, 0)
    return globalThis.Array.from({ length: extent }, (_, i) => indexing.slice(array, i))
  })

/**
 * An axis rolled backwards until it stands before another. Work 0.
 * @example np.rollaxis(np.ones([2, 3, 4]), 2).shape // → [4, 2, 3]
 */
export const rollaxis: (x: ArrayLike, axis: number, start?: number) => Array = operation(
  1,
  (x, axis, start = 0) => {
    const array = toArray("rollaxis", x)
    const from = axisOf("rollaxis", axis, array.ndim)
    const before = start < 0 ? start + array.ndim : start
    if (!Number.isInteger(before) || before < 0 || before > array.ndim) {
      throw new RangeError(`rollaxis: start ${start} for an array of rank ${array.ndim}`)
    }
    return movement.moveaxis(array, from, before > from ? before - 1 : before)
  },
)
