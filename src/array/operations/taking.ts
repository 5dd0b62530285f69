/** Elements taken by their indices along an axis. */

import { type DType, dtypes, isFloat, type Shape, type Size } from "../../size/index.ts"
import type { Array } from "../array.ts"
import { isNamed } from "../named.ts"
import type { IntegerLike } from "../static/dtype.ts"
import {
  type ArrayLike,
  broadcastTo,
  castTo,
  commonShape,
  fill,
  requireInteger,
  toArray,
  typeOf,
} from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"
import { bind } from "../tracing/trace.ts"
import { concreteExtent, sliceAxis } from "./axes.ts"
import * as elementwise from "./elementwise.ts"
import { extentValue } from "./extent.ts"
import * as movement from "./movement.ts"
import { axisOf, requireCount, withExtent } from "./shapes.ts"
import { fromFront, gather } from "./slicing.ts"

/** How indices out of range are taken: read as a fill value, clamped, or modulo. */
export type TakeMode = "fill" | "clip" | "wrap"

export interface TakeOptions {
  /** `fill` unless given. */
  readonly mode?: TakeMode
  /** What `fill` reads; unless given NaN, the least signed or greatest unsigned integer, true. */
  readonly fillValue?: number
}

function modeOf(name: string, mode: TakeMode = "fill"): TakeMode {
  if (Object.hasOwn(wrapTo, mode)) return mode
  throw new RangeError(`${name}: mode ${String(mode)} is none of fill, clip, wrap`)
}

/** What is read out of range. */
export function fillValueOf(dtype: DType): number {
  if (isFloat(dtype)) return Number.NaN
  const { kind, bytes } = dtypes[dtype]
  if (kind === "bool") return 1
  return kind === "unsigned" ? 2 ** (8 * bytes) - 1 : -(2 ** (8 * bytes - 1))
}

/** Elements at indices counted from the front, those out of range clamped or filled. */
function gathered(
  x: Array,
  axes: readonly number[],
  indices: readonly Array[],
  mode: TakeMode,
  fillValue = fillValueOf(x.dtype),
): Array {
  const { kind } = dtypes[x.dtype]
  const common = mode !== "fill" || (fillValue === fillValueOf(x.dtype) && kind === "signed")
  if (common || Number.isNaN(fillValue)) {
    return gather(x, axes, indices, mode === "fill" ? "fill" : "clip")
  }
  const found = gather(x, axes, indices, "clip")
  const inside = indices
    .map((index, i) =>
      elementwise.logicalAnd(
        elementwise.greaterEqual(index, 0),
        elementwise.less(index, extentValue(x.shape[axes[i]])),
      ),
    )
    .reduce((all, one) => elementwise.logicalAnd(all, one))
  // The indices' axes come first, then those of the array that are not indexed.
  const shape = [
    ...inside.shape,
    ...globalThis.Array.from({ length: found.ndim - inside.ndim }, () => 1),
  ]
  const mask = movement.reshape(inside, shape)
  return elementwise.where(mask, found, fill(fillValue, [], { dtype: x.dtype, weak: false }))
}

/**
 * Elements at indices of an axis, or of the flattened array: x.shape with the indices' shape in
 * place of the axis. Work 4n for n elements of the result, span 3. Out of range: NaN, the least
 * signed or the greatest unsigned integer, or true, unless a mode or `fillValue` is given.
 * @example np.take(np.array([10, 20, 30]), np.array([2, 0], { dtype: "int32" })) // → [30, 10]
 */
export const take: (
  x: ArrayLike,
  indices: IntegerLike,
  axis?: number | null | (TakeOptions & { readonly axis?: number | null }),
  options?: TakeOptions,
) => Array = operation(2, (x, indices, axis, options = {}) => {
  if (isNamed(axis)) return take(x, indices, axis.axis, axis)
  const mode = modeOf("take", options.mode)
  const flat = axis === undefined || axis === null
  const array = flat ? movement.ravel(x) : toArray("take", x)
  const at = axisOf("take", axis ?? 0, array.ndim)
  const index = indexArray("take", indices)
  const extent = array.shape[at]
  const wrapped = wrapTo[mode](index, extent)
  const taken = gathered(array, [at], [wrapped], mode, options.fillValue)
  const from = index.shape.map((_, i) => i)
  return movement.moveaxis(
    taken,
    from,
    from.map((i) => i + at),
  )
})

export function indexArray(name: string, indices: ArrayLike): Array {
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
 * The other axes are broadcast together. Work 4n for n elements of the result, span 3.
 * @example
 * np.takeAlongAxis(np.array([[3, 1], [2, 4]]), np.array([[1], [0]], { dtype: "int32" }), 1)
 * // → [[1], [2]]
 */
export const takeAlongAxis: (
  x: ArrayLike,
  indices: IntegerLike,
  axis?: number | null | (TakeOptions & { readonly axis?: number | null }),
  options?: TakeOptions,
) => Array = operation(2, (x, indices, axis = -1, options = {}) => {
  if (isNamed(axis)) return takeAlongAxis(x, indices, axis.axis, axis)
  const mode = modeOf("takeAlongAxis", options.mode)
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
  return gathered(
    wide,
    allAxes(array),
    placesAlong((mode === "wrap" ? wrapTo.wrap : fromFront)(index, array.shape[at]), at, extents),
    mode,
    options.fillValue,
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

/**
 * The elements x[i, i + offset] of two axes, which become one, the last. Work 0.
 * @example np.diagonal(np.array([[1, 2], [3, 4]])) // → [1, 4]
 */
export const diagonal: (
  x: ArrayLike,
  offset?: number | { readonly offset?: number; readonly axis1?: number; readonly axis2?: number },
  axis1?: number,
  axis2?: number,
) => Array = operation(1, (x, offset = 0, axis1 = 0, axis2 = 1) => {
  if (isNamed(offset)) return diagonal(x, offset.offset, offset.axis1, offset.axis2)
  const given = toArray("diagonal", x)
  const axes = [axisOf("diagonal", axis1, given.ndim, "axis1")]
  axes.push(axisOf("diagonal", axis2, given.ndim, "axis2"))
  const array = movement.moveaxis(given, axes, [-2, -1])
  const rows = concreteExtent("diagonal", array, array.ndim - 2)
  const columns = concreteExtent("diagonal", array, array.ndim - 1)
  const length = Math.max(0, Math.min(rows + Math.min(offset, 0), columns - Math.max(offset, 0)))
  const outer = array.shape.slice(0, -2)
  const flat = movement.reshape(array, [...outer, rows * columns])
  // Down a row and right a column is columns + 1 elements on.
  const start = length === 0 ? 0 : offset >= 0 ? offset : -offset * columns
  const stop = length === 0 ? 0 : start + (length - 1) * (columns + 1) + 1
  return sliceAxis(flat, outer.length, start, stop, columns + 1)
})

/**
 * One-hot rows: ones where the class number equals the place along a new axis. Work 2nk, span 2.
 * @example nn.oneHot(np.array([0, 2], { dtype: "int32" }), 3) // → [[1, 0, 0], [0, 0, 1]]
 */
export const oneHot: (
  x: ArrayLike,
  classes: number,
  options?: { readonly axis?: number; readonly dtype?: DType },
) => Array = operation(1, (x, classes, options = {}) => {
  requireCount("oneHot", "classes", classes)
  const labels = toArray("oneHot", x)
  const axis = axisOf("oneHot", options.axis ?? -1, labels.ndim + 1)
  const wide = movement.expandDims(labels, axis)
  const shape = withExtent(wide.shape, axis, classes)
  const numbers = bind("iota", [], { shape, dtype: "int32", axis })
  return elementwise.astype(elementwise.equal(wide, numbers), options.dtype ?? "float32")
})
