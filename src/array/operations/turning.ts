/** Elements turned round and moved along. */

import { remainder, subtract as subtractSizes } from "../../size/index.ts"
import type { Array } from "../array.ts"
import { isNamed } from "../named.ts"
import { type ArrayLike, toArray } from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"
import { bind } from "../tracing/trace.ts"
import { reshaped, sliceAxis } from "./axes.ts"
import { concatenate } from "./joining.ts"
import { type Axes, axesOf, axisOf } from "./shapes.ts"
import { ravel, swapaxes } from "./views.ts"

/**
 * Elements in the opposite order along axes, all of them unless named. Work 0: a view.
 * @example np.flip(np.array([1, 2, 3])) // → [3, 2, 1]
 */
export const flip: (x: ArrayLike, axis?: Axes | { readonly axis?: Axes }) => Array = operation(
  1,
  (x, axis) => {
    if (isNamed(axis)) return flip(x, axis.axis)
    const array = toArray("flip", x)
    const axes = axesOf("flip", axis, array.ndim)
    return axes.length === 0 ? array : bind("flip", [array], { axes })
  },
)
/**
 * Rows in the opposite order. Work 0: a view.
 * @example np.flipud(np.array([[1], [2]])) // → [[2], [1]]
 */
export const flipud: (x: ArrayLike) => Array = operation(1, (x) => flip(x, 0))
/**
 * Columns in the opposite order. Work 0: a view.
 * @example np.fliplr(np.array([[1, 2]])) // → [[2, 1]]
 */
export const fliplr: (x: ArrayLike) => Array = operation(1, (x) => flip(x, 1))

/**
 * A quarter turn, k times, from the first of two axes towards the second. Work 0: a view.
 * @example np.rot90(np.array([[1, 2], [3, 4]])) // → [[2, 4], [1, 3]]
 */
export const rot90: (
  x: ArrayLike,
  k?: number | { readonly k?: number; readonly axes?: readonly [number, number] },
  axes?: readonly [number, number],
) => Array = operation(1, (x, k = 1, axes = [0, 1]) => {
  if (isNamed(k)) return rot90(x, k.k, k.axes)
  const array = toArray("rot90", x)
  const [from, to] = axes.map((axis) => axisOf("rot90", axis, array.ndim))
  if (from === to) throw new RangeError(`rot90: axes [${axes.join(", ")}] name one axis twice`)
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

/**
 * Elements moved along axes, those beyond the end coming in at the start. Work: elements moved,
 * span 1 for each axis.
 * @example np.roll(np.array([1, 2, 3]), 1) // → [3, 1, 2]
 */
export const roll: (
  x: ArrayLike,
  shift: number | readonly number[],
  axis?: number | readonly number[] | null | { readonly axis?: number | readonly number[] | null },
) => Array = operation(1, (x, shift, axis) => {
  if (isNamed(axis)) return roll(x, shift, axis.axis)
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
