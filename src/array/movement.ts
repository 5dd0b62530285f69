/**
 * The same elements elsewhere. Views (reshape, transpose, broadcasts, slices) are work 0 and span
 * 0; moves (concatenate, pad, tile, roll, …) are one unit of work for each element moved, span 1.
 */

import {
  broadcastShapes,
  multiply as multiplySizes,
  printShape,
  remainder,
  type Shape,
  type Size,
  shapesEqual,
  sizesEqual,
  subtract as subtractSizes,
} from "../size/index.ts"
import type { Array } from "./array.ts"
import {
  type ArrayLike,
  broadcastTo as broadcastArray,
  castTo,
  toArray,
  toCommon,
  typeOf,
} from "./operands.ts"
import { operation } from "./operation.ts"
import { type Axes, axesOf, axisOf, resolveShape, shapeArgument, withExtent } from "./shapes.ts"
import { bind } from "./trace.ts"

/** The elements in another shape; one extent may be −1. Work 0. @throws RangeError if they differ. */
export const reshape: (x: ArrayLike, shape: Size | Shape) => Array = operation(1, (x, shape) => {
  const array = toArray("reshape", x)
  return reshaped(array, resolveShape("reshape", array.shape, shape))
})

function reshaped(x: Array, shape: Shape): Array {
  return shapesEqual(x.shape, shape) ? x : bind("reshape", [x], { shape })
}

/** All elements in one axis. Work 0. */
export const ravel: (x: ArrayLike) => Array = operation(1, (x) => reshape(x, [-1]))

/** Axes in another order; reversed without a permutation. Work 0. */
export const transpose: (x: ArrayLike, permutation?: readonly number[] | null) => Array = operation(
  1,
  (x, permutation) => {
    const array = toArray("transpose", x)
    const order =
      permutation?.map((axis) => axisOf("transpose", axis, array.ndim)) ??
      array.shape.map((_, axis) => array.ndim - 1 - axis)
    if (order.length !== array.ndim || new Set(order).size !== order.length) {
      throw new RangeError(
        `transpose of ${printShape(array.shape)}: the permutation [${order.join(", ")}] ` +
          "must name every axis once",
      )
    }
    return permuted(array, order)
  },
)
export { transpose as permuteDims }

function permuted(x: Array, permutation: readonly number[]): Array {
  return permutation.every((axis, i) => axis === i) ? x : bind("transpose", [x], { permutation })
}

/** The last two axes exchanged. Work 0. @throws RangeError when there are fewer. */
export const matrixTranspose: (x: ArrayLike) => Array = operation(1, (x) => swapaxes(x, -1, -2))

/** Two axes exchanged. Work 0. */
export const swapaxes: (x: ArrayLike, a: number, b: number) => Array = operation(1, (x, a, b) => {
  const array = toArray("swapaxes", x)
  const [from, to] = [a, b].map((axis) => axisOf("swapaxes", axis, array.ndim))
  return permuted(
    array,
    array.shape.map((_, axis) => (axis === from ? to : axis === to ? from : axis)),
  )
})

/** Axes moved to other places; the rest keep their order. Work 0. */
export const moveaxis: (
  x: ArrayLike,
  source: number | readonly number[],
  destination: number | readonly number[],
) => Array = operation(1, (x, source, destination) => {
  const array = toArray("moveaxis", x)
  const [from, to] = [source, destination].map((axes) =>
    (typeof axes === "number" ? [axes] : axes).map((a) => axisOf("moveaxis", a, array.ndim)),
  )
  if (from.length !== to.length) {
    throw new RangeError(
      `moveaxis has ${from.length} sources and ${to.length} destinations, which must be as many`,
    )
  }
  const order = array.shape.map((_, axis) => axis).filter((axis) => !from.includes(axis))
  const moves = to.map((place, i) => [place, from[i]]).toSorted(([a], [b]) => a - b)
  for (const [place, axis] of moves) order.splice(place, 0, axis)
  return permuted(array, order)
})

/** New axes of extent 1 at places of the result. Work 0. */
export const expandDims: (x: ArrayLike, axis: number | readonly number[]) => Array = operation(
  1,
  (x, axis) => {
    const array = toArray("expandDims", x)
    const list = typeof axis === "number" ? [axis] : axis
    const axes = axesOf("expandDims", list, array.ndim + list.length)
    const shape = [...array.shape]
    for (const at of axes) shape.splice(at, 0, 1)
    return reshaped(array, shape)
  },
)

/** Without axes of extent 1: all of them, or those named. Work 0. @throws RangeError otherwise. */
export const squeeze: (x: ArrayLike, axis?: Axes) => Array = operation(1, (x, axis) => {
  const array = toArray("squeeze", x)
  const axes =
    axis === undefined || axis === null
      ? array.shape.flatMap((size, i) => (size === 1 ? [i] : []))
      : axesOf("squeeze", axis, array.ndim)
  for (const i of axes) {
    if (array.shape[i] !== 1) {
      throw new RangeError(
        `squeeze of ${printShape(array.shape)}: axis ${i} has extent ${array.shape[i]}, not 1`,
      )
    }
  }
  return reshaped(
    array,
    array.shape.filter((_, i) => !axes.includes(i)),
  )
})

/** At least one, two or three axes, as NumPy adds them. Work 0. */
export const atleast1d: (x: ArrayLike) => Array = operation(1, (x) => {
  const array = toArray("atleast1d", x)
  return array.ndim >= 1 ? array : reshaped(array, [1])
})
/** At least two axes, new ones in front. Work 0. */
export const atleast2d: (x: ArrayLike) => Array = operation(1, (x) => {
  const array = toArray("atleast2d", x)
  return array.ndim >= 2 ? array : reshaped(array, array.ndim === 0 ? [1, 1] : [1, ...array.shape])
})
/** At least three axes: a vector becomes (1, n, 1), a matrix (m, n, 1). Work 0. */
export const atleast3d: (x: ArrayLike) => Array = operation(1, (x) => {
  const array = toArray("atleast3d", x)
  if (array.ndim >= 3) return array
  return expandDims(atleast2d(array), 2)
})

/** Repeated along new and single axes to a shape. Work 0. @throws RangeError if it cannot be. */
export const broadcastTo: (x: ArrayLike, shape: Size | Shape) => Array = operation(
  1,
  (x, shape) => {
    const array = toArray("broadcastTo", x)
    const to = shapeArgument("broadcastTo", shape)
    const fits =
      array.ndim <= to.length &&
      array.shape.every((size, axis) => {
        const target = to[axis + to.length - array.ndim]
        return size === 1 || sizesEqual(size, target)
      })
    if (!fits) {
      throw new RangeError(
        `broadcastTo: ${printShape(array.shape)} does not broadcast to ${printShape(to)}`,
      )
    }
    return broadcastArray(array, to)
  },
)

/** Arrays broadcast together. Work 0. */
export const broadcastArrays: (...arrays: readonly ArrayLike[]) => Array[] = operation(
  Number.POSITIVE_INFINITY,
  (...operands: readonly ArrayLike[]) => {
    const arrays = operands.map((x) => toArray("broadcastArrays", x))
    const shape = broadcastShapes(...arrays.map((x) => x.shape))
    return arrays.map((x) => broadcastArray(x, shape))
  },
)

/** Arrays one behind the other along an axis; dtypes are promoted. Work: elements moved. */
export const concatenate: (arrays: readonly ArrayLike[], axis?: number | null) => Array = operation(
  1,
  (list, axis = 0) => {
    const type = commonType("concatenate", list)
    const arrays = list.map((x) => castTo(x, type)).map((x) => (axis === null ? ravel(x) : x))
    const at = axisOf("concatenate", axis ?? 0, arrays[0].ndim)
    return arrays.length === 1 ? arrays[0] : bind("concatenate", arrays, { axis: at })
  },
)
export { concatenate as concat }

/** Arrays of one shape side by side along a new axis. Work: elements moved. */
export const stack: (arrays: readonly ArrayLike[], axis?: number) => Array = operation(
  1,
  (list, axis = 0) => {
    const type = commonType("stack", list)
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
  },
)

/** Stacked along the first axis; vectors become rows. Work: elements moved. */
export const vstack: (arrays: readonly ArrayLike[]) => Array = operation(1, (arrays) =>
  concatenate(arrays.map(atleast2d), 0),
)
/** Side by side along the second axis; vectors along their only one. Work: elements moved. */
export const hstack: (arrays: readonly ArrayLike[]) => Array = operation(1, (arrays) => {
  const wide = arrays.map(atleast1d)
  return concatenate(wide, wide[0].ndim === 1 ? 0 : 1)
})
/** Stacked along the third axis. Work: elements moved. */
export const dstack: (arrays: readonly ArrayLike[]) => Array = operation(1, (arrays) =>
  concatenate(arrays.map(atleast3d), 2),
)
/** Vectors as columns, matrices side by side. Work: elements moved. */
export const columnStack: (arrays: readonly ArrayLike[]) => Array = operation(1, (arrays) =>
  concatenate(
    arrays.map((x) => {
      const array = toArray("columnStack", x)
      return array.ndim < 2 ? reshape(array, [-1, 1]) : array
    }),
    1,
  ),
)

function commonType(name: string, list: readonly ArrayLike[]) {
  if (list.length === 0) throw new RangeError(`${name} needs at least one array`)
  return toCommon(list.map((x) => typeOf(name, x)))
}

/**
 * Parts along an axis: as many equal ones as said, or cut before each index. Work 0.
 * @throws RangeError when equal parts do not divide the extent.
 */
export const split: (x: ArrayLike, parts: number | readonly number[], axis?: number) => Array[] =
  operation(1, (x, parts, axis = 0) => {
    const array = toArray("split", x)
    const at = axisOf("split", axis, array.ndim)
    const extent = concreteExtent("split", array, at)
    if (typeof parts === "number" && (parts < 1 || extent % parts !== 0)) {
      throw new RangeError(`split: ${parts} parts do not divide axis ${at} of extent ${extent}`)
    }
    return cut(array, at, extent, cuts(parts, extent))
  })

/** Parts along an axis, the first ones longer by one where they do not divide it. Work 0. */
export const arraySplit: (
  x: ArrayLike,
  parts: number | readonly number[],
  axis?: number,
) => Array[] = operation(1, (x, parts, axis = 0) => {
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

/** Elements from..to of one axis. */
export function sliceAxis(x: Array, axis: number, from: Size, to: Size, stride = 1): Array {
  if (from === 0 && stride === 1 && sizesEqual(to, x.shape[axis])) return x
  return bind("slice", [x], {
    starts: x.shape.map((_, i) => (i === axis ? from : 0)),
    limits: withExtent(x.shape, axis, to),
    strides: x.shape.map((_, i) => (i === axis ? stride : 1)),
  })
}

/**
 * The extent of an axis as a number.
 * @throws RangeError naming the operation when it is symbolic.
 */
export function concreteExtent(name: string, x: Array, axis: number): number {
  const extent = x.shape[axis]
  if (typeof extent !== "number") {
    throw new RangeError(`${name}: axis ${axis} has the symbolic extent ${extent}: give it a value`)
  }
  return extent
}

/** The whole array repeated along axes. Work: elements moved. */
export const tile: (x: ArrayLike, repeats: number | readonly number[]) => Array = operation(
  1,
  (x, repeats) => {
    const counts = typeof repeats === "number" ? [repeats] : repeats
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

/** Each element repeated, along an axis or flattened. Work: elements moved. */
export const repeat: (x: ArrayLike, repeats: number, axis?: number | null) => Array = operation(
  1,
  (x, repeats, axis) => {
    const array = axis === undefined || axis === null ? ravel(x) : toArray("repeat", x)
    const at = axisOf("repeat", axis ?? 0, array.ndim)
    const single = expandDims(array, at + 1)
    const repeated = broadcastArray(single, withExtent(single.shape, at + 1, repeats))
    return reshaped(repeated, withExtent(array.shape, at, multiplySizes(array.shape[at], repeats)))
  },
)

/** Elements in the opposite order along axes, all of them unless named. Work: elements moved. */
export const flip: (x: ArrayLike, axis?: Axes) => Array = operation(1, (x, axis) => {
  const array = toArray("flip", x)
  const axes = axesOf("flip", axis, array.ndim)
  return axes.length === 0 ? array : bind("flip", [array], { axes })
})
/** Rows in the opposite order. Work: elements moved. */
export const flipud: (x: ArrayLike) => Array = operation(1, (x) => flip(x, 0))
/** Columns in the opposite order. Work: elements moved. */
export const fliplr: (x: ArrayLike) => Array = operation(1, (x) => flip(x, 1))

/** A quarter turn, k times, from the first of two axes towards the second. Work: elements moved. */
export const rot90: (x: ArrayLike, k?: number, axes?: readonly [number, number]) => Array =
  operation(1, (x, k = 1, axes = [0, 1]) => {
    const array = toArray("rot90", x)
    const [from, to] = axes.map((axis) => axisOf("rot90", axis, array.ndim))
    switch (((k % 4) + 4) % 4) {
      case 1:
        return swapaxes(flip(array, to), from, to)
      case 2:
        return flip(array, [from, to])
      case 3:
        return flip(swapaxes(array, from, to), to)
      default:
        return array
    }
  })

/** Elements moved along axes, those beyond the end coming in at the start. Work: elements moved. */
export const roll: (
  x: ArrayLike,
  shift: number | readonly number[],
  axis?: number | readonly number[] | null,
) => Array = operation(1, (x, shift, axis) => {
  const array = toArray("roll", x)
  const shifts = typeof shift === "number" ? [shift] : shift
  if (axis === undefined || axis === null) {
    const flat = ravel(array)
    return reshaped(
      shifts.reduce((rolled, by) => rollAxis(rolled, by, 0), flat),
      array.shape,
    )
  }
  const axes = typeof axis === "number" ? [axis] : axis
  const count = Math.max(shifts.length, axes.length)
  let rolled = array
  for (let i = 0; i < count; i++) {
    const at = axisOf("roll", axes[axes.length === 1 ? 0 : i], array.ndim)
    rolled = rollAxis(rolled, shifts[shifts.length === 1 ? 0 : i], at)
  }
  return rolled
})

function rollAxis(x: Array, shift: number, axis: number): Array {
  const extent = x.shape[axis]
  if (extent === 0) return x
  const by = typeof extent === "number" ? remainder(shift, extent) : shift
  if (by === 0) return x
  const split = typeof by === "number" && by < 0 ? -by : subtractSizes(extent, by)
  return concatenate([sliceAxis(x, axis, split, extent), sliceAxis(x, axis, 0, split)], axis)
}

/** Amounts before and after: one for all, one pair for all axes, or a pair for each. */
export type PadWidth = number | readonly [number, number] | readonly (readonly [number, number])[]

/** How padding is filled. */
export interface PadOptions {
  readonly mode?: "constant" | "edge" | "reflect" | "symmetric" | "wrap"
  /** What `constant` fills with, 0 unless given. */
  readonly constantValues?: number
}

/**
 * Elements added around the array. Work: elements moved.
 * @throws RangeError when a width is negative, or `reflect` reaches beyond the array.
 */
export const pad: (
  x: ArrayLike,
  width: PadWidth,
  options?: PadOptions | PadOptions["mode"],
) => Array = operation(1, (x, width, options = {}) => {
  const { mode = "constant", constantValues = 0 } =
    typeof options === "string" ? { mode: options } : options
  const array = toArray("pad", x)
  const pairs = padPairs(width, array.ndim)
  if (mode === "constant") {
    return bind("pad", [array], {
      low: pairs.map(([low]) => low),
      high: pairs.map(([, high]) => high),
      interior: pairs.map(() => 0),
      value: constantValues,
    })
  }
  return pairs.reduce((padded, pair, axis) => padAxis(padded, axis, pair, mode), array)
})

function padPairs(width: PadWidth, rank: number): readonly (readonly [number, number])[] {
  const all = (pair: readonly [number, number]) =>
    globalThis.Array.from({ length: rank }, () => pair)
  const pairs = typeof width === "number" ? all([width, width]) : isPair(width) ? all(width) : width
  const full = pairs.length === 1 ? all(pairs[0]) : pairs
  if (full.length !== rank) {
    throw new RangeError(`pad: ${full.length} pairs of widths for an array of rank ${rank}`)
  }
  for (const amount of full.flat()) {
    if (!Number.isInteger(amount) || amount < 0) {
      throw new RangeError(`pad: a width is ${amount}, which must be a whole number of at least 0`)
    }
  }
  return full
}

function isPair(width: Exclude<PadWidth, number>): width is readonly [number, number] {
  return typeof width[0] === "number"
}

function padAxis(
  x: Array,
  axis: number,
  [low, high]: readonly [number, number],
  mode: "edge" | "reflect" | "symmetric" | "wrap",
): Array {
  if (low === 0 && high === 0) return x
  const extent = concreteExtent("pad", x, axis)
  const skip = mode === "reflect" ? 1 : 0
  if (extent === 0 || (mode === "reflect" && extent === 1)) {
    throw new RangeError(`pad: mode ${mode} needs more elements than axis ${axis} has: ${extent}`)
  }
  if (mode === "edge") {
    const ends = [
      [0, low],
      [extent - 1, high],
    ].map(([at, count]) => {
      const end = sliceAxis(x, axis, at, at + 1)
      return broadcastArray(end, withExtent(x.shape, axis, count))
    })
    return concatenate([ends[0], x, ends[1]], axis)
  }
  // At most one whole copy of the array fits at each end; the rest repeats the result.
  const most = extent - skip
  const [before, after] = [Math.min(low, most), Math.min(high, most)]
  const start =
    mode === "wrap"
      ? sliceAxis(x, axis, extent - before, extent)
      : flip(sliceAxis(x, axis, skip, skip + before), axis)
  const end =
    mode === "wrap"
      ? sliceAxis(x, axis, 0, after)
      : flip(sliceAxis(x, axis, extent - skip - after, extent - skip), axis)
  const padded = concatenate([start, x, end], axis)
  return padAxis(padded, axis, [low - before, high - after], mode)
}
