/**
 * Gathers and scatters as XLA has them: slices of one size taken from, or combined into, places of an
 * array that index vectors name. Dimension numbers say which axes are which, as in `jax.lax`.
 */

import { printShape, type Shape } from "../../size/index.ts"
import type { Array } from "../array.ts"
import * as elementwise from "../operations/elementwise.ts"
import * as movement from "../operations/movement.ts"
import { fillValueOf } from "../operations/taking.ts"
import { type ArrayLike, castTo, fill, requireInteger, toArray } from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"
import { bind } from "../tracing/trace.ts"

/** What the axes of a gather are. */
export interface GatherDimensionNumbers {
  /** The axes of the result that count inside of a slice. */
  readonly offsetDims: readonly number[]
  /** The axes of the operand whose slices have extent 1 and that the result lacks. */
  readonly collapsedSliceDims: readonly number[]
  /** The axis of the operand that each component of an index vector is a start of. */
  readonly startIndexMap: readonly number[]
  /** Axes of the operand that are paired with axes of the indices; none unless given. */
  readonly operandBatchingDims?: readonly number[]
  readonly startIndicesBatchingDims?: readonly number[]
}

/** What the axes of a scatter are. */
export interface ScatterDimensionNumbers {
  /** The axes of the updates that count inside of a window. */
  readonly updateWindowDims: readonly number[]
  /** The axes of the operand whose windows have extent 1 and that the updates lack. */
  readonly insertedWindowDims: readonly number[]
  /** The axis of the operand that each component of an index vector is a start of. */
  readonly scatterDimsToOperandDims: readonly number[]
  /** Axes of the operand that are paired with axes of the indices; none unless given. */
  readonly operandBatchingDims?: readonly number[]
  readonly scatterIndicesBatchingDims?: readonly number[]
}

/**
 * What becomes of slices that stick out: `clip` moves them inside; `fill` and `drop` read fill values
 * and write nothing; `promise_in_bounds` says that there are none.
 */
export type IndexMode = "clip" | "fill" | "drop" | "promise_in_bounds"

export interface GatherOptions {
  /** `clip` unless given. */
  readonly mode?: IndexMode | null
  /** What `fill` reads: unless given NaN, the least signed or the greatest unsigned integer, true. */
  readonly fillValue?: number
}

export interface ScatterOptions {
  /** `drop` unless given. */
  readonly mode?: IndexMode | null
}

/** Slices at places: where each axis of the slices and of their places lies. */
interface Layout {
  /** The shape of all slices: the result of a gather, the updates of a scatter. */
  readonly shape: Shape
  /** The axes of `shape` that count inside of a slice, in the order of `sliceAxes`. */
  readonly offsets: readonly number[]
  /** The axes of the operand that the slices keep, rising. */
  readonly sliceAxes: readonly number[]
  /** The axes of `shape` that count slices, in the order of the indices' axes. */
  readonly batch: readonly number[]
  /** The axis of the operand for each component of an index vector. */
  readonly indexed: readonly number[]
  /** Pairs of an axis of the operand and the axis of the indices that numbers it. */
  readonly paired: readonly (readonly [operand: number, indices: number])[]
  /** The extents of a slice along each axis of the operand. */
  readonly sizes: readonly number[]
}

const int32 = { dtype: "int32", weak: false } as const

function without(count: number, axes: readonly number[]): readonly number[] {
  return globalThis.Array.from({ length: count }, (_, i) => i).filter((i) => !axes.includes(i))
}

function extentsOf(name: string, x: Array): readonly number[] {
  return x.shape.map((extent, axis) => {
    if (typeof extent === "number") return extent
    throw new RangeError(`${name}: axis ${axis} has the symbolic extent ${extent}: give it a value`)
  })
}

/** Index vectors: int32, at least one axis. */
function vectorsOf(name: string, indices: ArrayLike): Array {
  const array = toArray(name, indices)
  if (!array.type.weak) requireInteger(name, "indices", array)
  return castTo(array, int32)
}

/** For every element of the slices its index along each axis of the operand, and whether it counts. */
function placesOf(
  operand: readonly number[],
  vectors: Array,
  layout: Layout,
  mode: "clip" | "fill",
): { readonly places: readonly Array[]; readonly inside: Array | undefined } {
  const { shape, sizes } = layout
  const counter = (axis: number): Array => bind("iota", [], { shape, dtype: "int32", axis })
  let inside: Array | undefined
  const places = operand.map((extent, axis): Array => {
    const slice = layout.sliceAxes.indexOf(axis)
    const offset = slice < 0 ? undefined : counter(layout.offsets[slice])
    const pair = layout.paired.find(([one]) => one === axis)
    if (pair !== undefined) return counter(layout.batch[pair[1]])
    const component = layout.indexed.indexOf(axis)
    if (component < 0) return offset ?? fill(0, shape, int32)
    const starts = movement.squeeze(
      bind("slice", [vectors], {
        starts: vectors.shape.map((_, i) => (i === vectors.ndim - 1 ? component : 0)),
        limits: vectors.shape.map((e, i) => (i === vectors.ndim - 1 ? component + 1 : e)),
        strides: vectors.shape.map(() => 1),
      }),
      -1,
    )
    const last = Math.max(extent - sizes[axis], 0)
    const bounded = elementwise.clip(starts, 0, last)
    const wide = bind("broadcast", [bounded], { shape, axes: layout.batch })
    if (mode === "fill") {
      const fits = bind("broadcast", [elementwise.equal(starts, bounded)], {
        shape,
        axes: layout.batch,
      })
      inside = inside === undefined ? fits : elementwise.logicalAnd(inside, fits)
    }
    return offset === undefined ? wide : elementwise.add(wide, offset)
  })
  return { places, inside }
}

function modeOf(name: string, mode: IndexMode | null | undefined): "clip" | "fill" {
  switch (mode ?? "fill") {
    case "clip":
    case "promise_in_bounds":
      return "clip"
    case "fill":
    case "drop":
      return "fill"
    default:
      throw new RangeError(
        `${name}: mode ${String(mode)} is none of clip, fill, drop, promise_in_bounds`,
      )
  }
}

/**
 * Slices of an array at the places that index vectors (along the last axis of the indices) name.
 * The result's axes are `offsetDims`, and for the others those of the indices. Work
 * O(elements moved), span O(1).
 *
 * @example
 * const rows = np.array([[2], [0]], { dtype: "int32" })
 * const numbers = { offsetDims: [1], collapsedSliceDims: [0], startIndexMap: [0] }
 * lax.gather(np.array([[1, 2], [3, 4], [5, 6]]), rows, numbers, [1, 2]) // → [[5, 6], [1, 2]]
 *
 * @throws RangeError when dimension numbers and slice sizes do not fit the shapes.
 */
export const gather: (
  x: ArrayLike,
  indices: ArrayLike,
  dimensionNumbers: GatherDimensionNumbers,
  sliceSizes: readonly number[],
  options?: GatherOptions,
) => Array = operation(2, (x, indices, numbers, sliceSizes, options = {}) => {
  const operand = toArray("gather", x)
  const vectors = vectorsOf("gather", indices)
  const extents = extentsOf("gather", operand)
  const { operandBatchingDims = [], startIndicesBatchingDims = [] } = numbers
  const dropped = [...numbers.collapsedSliceDims, ...operandBatchingDims]
  const sliceAxes = without(operand.ndim, dropped)
  const fits =
    sliceSizes.length === operand.ndim &&
    sliceAxes.length === numbers.offsetDims.length &&
    vectors.shape.at(-1) === numbers.startIndexMap.length &&
    dropped.every((axis) => sliceSizes[axis] <= 1) &&
    sliceSizes.every((size, axis) => size >= 0 && size <= extents[axis])
  if (!fits) {
    throw new RangeError(
      `gather of ${printShape(operand.shape)} at ${printShape(vectors.shape)}: slice sizes ` +
        `[${sliceSizes.join(", ")}] and dimension numbers do not fit`,
    )
  }
  const count = vectors.ndim - 1
  const rank = count + sliceAxes.length
  const batch = without(rank, numbers.offsetDims)
  const shape = globalThis.Array.from({ length: rank }, (_, i) => {
    const offset = numbers.offsetDims.indexOf(i)
    return offset < 0 ? vectors.shape[batch.indexOf(i)] : sliceSizes[sliceAxes[offset]]
  })
  const { places, inside } = placesOf(
    extents,
    vectors,
    {
      shape,
      offsets: numbers.offsetDims,
      sliceAxes,
      batch,
      indexed: numbers.startIndexMap,
      paired: operandBatchingDims.map((axis, i) => [axis, startIndicesBatchingDims[i]] as const),
      sizes: sliceSizes,
    },
    modeOf("gather", options.mode ?? "clip"),
  )
  const found = bind("gather", [operand, ...places], {
    axes: extents.map((_, axis) => axis),
    mode: "clip",
  })
  if (inside === undefined) return found
  const filler = options.fillValue ?? fillValueOf(operand.dtype)
  return elementwise.where(inside, found, fill(filler, [], { dtype: operand.dtype, weak: false }))
})

type Combine = "add" | "multiply" | "minimum" | "maximum" | "set"
type Scatter = (
  x: ArrayLike,
  indices: ArrayLike,
  updates: ArrayLike,
  dimensionNumbers: ScatterDimensionNumbers,
  options?: ScatterOptions,
) => Array

function scatterWith(name: string, combine: Combine): Scatter {
  return operation(3, (x, indices, updates, numbers, options = {}) => {
    const operand = toArray(name, x)
    const vectors = vectorsOf(name, indices)
    const windows = castTo(updates, { dtype: operand.dtype, weak: false })
    const extents = extentsOf(name, operand)
    const { operandBatchingDims = [], scatterIndicesBatchingDims = [] } = numbers
    const dropped = [...numbers.insertedWindowDims, ...operandBatchingDims]
    const sliceAxes = without(operand.ndim, dropped)
    const shape = extentsOf(name, windows)
    const batch = without(windows.ndim, numbers.updateWindowDims)
    const sizes = extents.map((_, axis) => {
      const place = sliceAxes.indexOf(axis)
      return place < 0 ? 1 : shape[numbers.updateWindowDims[place]]
    })
    const fits =
      sliceAxes.length === numbers.updateWindowDims.length &&
      batch.length === vectors.ndim - 1 &&
      vectors.shape.at(-1) === numbers.scatterDimsToOperandDims.length &&
      batch.every((axis, i) => shape[axis] === vectors.shape[i]) &&
      sizes.every((size, axis) => size <= extents[axis] || dropped.includes(axis))
    if (!fits) {
      throw new RangeError(
        `${name} into ${printShape(operand.shape)} at ${printShape(vectors.shape)}: updates of ` +
          `shape ${printShape(shape)} and dimension numbers do not fit`,
      )
    }
    const { places, inside } = placesOf(
      extents,
      vectors,
      {
        shape,
        offsets: numbers.updateWindowDims,
        sliceAxes,
        batch,
        indexed: numbers.scatterDimsToOperandDims,
        paired: operandBatchingDims.map(
          (axis, i) => [axis, scatterIndicesBatchingDims[i]] as const,
        ),
        sizes,
      },
      modeOf(name, options.mode),
    )
    // A place behind the end of its axis is dropped.
    const kept =
      inside === undefined
        ? places
        : places.map((place, axis) => elementwise.where(inside, place, extents[axis]))
    return bind("scatter", [operand, ...kept, windows], {
      axes: extents.map((_, axis) => axis),
      combine,
    })
  })
}

/**
 * An array with windows replaced at the places that index vectors (along the last axis of the
 * indices) name; where windows meet, the last one stays. Work O(n + u) for u elements of the
 * updates, span O(log u).
 *
 * @example
 * const at = np.array([[1]], { dtype: "int32" })
 * const numbers = { updateWindowDims: [], insertedWindowDims: [0], scatterDimsToOperandDims: [0] }
 * lax.scatter(np.zeros([3]), at, np.array([7]), numbers) // → [0, 7, 0]
 *
 * @throws RangeError when dimension numbers do not fit the shapes.
 */
export const scatter: Scatter = scatterWith("scatter", "set")

/**
 * As {@link scatter}, but windows are added to what is there, and to one another. Work and span as
 * there.
 *
 * @example
 * const at = np.array([[1], [1]], { dtype: "int32" })
 * const numbers = { updateWindowDims: [], insertedWindowDims: [0], scatterDimsToOperandDims: [0] }
 * lax.scatterAdd(np.ones([3]), at, np.array([7, 2]), numbers) // → [1, 10, 1]
 */
export const scatterAdd: Scatter = scatterWith("scatterAdd", "add")

/**
 * As {@link scatter}, but windows are subtracted from what is there. Work and span as there.
 *
 * @example
 * const at = np.array([[1], [1]], { dtype: "int32" })
 * const numbers = { updateWindowDims: [], insertedWindowDims: [0], scatterDimsToOperandDims: [0] }
 * lax.scatterSub(np.ones([3]), at, np.array([7, 2]), numbers) // → [1, -8, 1]
 */
export const scatterSub: Scatter = (x, indices, updates, numbers, options) =>
  scatterAdd(x, indices, elementwise.negative(updates), numbers, options)

/**
 * As {@link scatter}, but what is there is multiplied with the windows. Work and span as there.
 *
 * @example
 * const at = np.array([[1], [1]], { dtype: "int32" })
 * const numbers = { updateWindowDims: [], insertedWindowDims: [0], scatterDimsToOperandDims: [0] }
 * lax.scatterMul(np.array([1, 2, 3]), at, np.array([7, 2]), numbers) // → [1, 28, 3]
 */
export const scatterMul: Scatter = scatterWith("scatterMul", "multiply")

/**
 * As {@link scatter}, but the least stays of what is there and the windows. Work and span as there.
 *
 * @example
 * const at = np.array([[1], [0]], { dtype: "int32" })
 * const numbers = { updateWindowDims: [], insertedWindowDims: [0], scatterDimsToOperandDims: [0] }
 * lax.scatterMin(np.array([1, 2, 3]), at, np.array([0, 5]), numbers) // → [1, 0, 3]
 */
export const scatterMin: Scatter = scatterWith("scatterMin", "minimum")

/**
 * As {@link scatter}, but the greatest stays of what is there and the windows. Work and span as
 * there.
 *
 * @example
 * const at = np.array([[1], [0]], { dtype: "int32" })
 * const numbers = { updateWindowDims: [], insertedWindowDims: [0], scatterDimsToOperandDims: [0] }
 * lax.scatterMax(np.array([1, 2, 3]), at, np.array([0, 5]), numbers) // → [5, 2, 3]
 */
export const scatterMax: Scatter = scatterWith("scatterMax", "maximum")
