/** Elements added around arrays. */

import type { Array } from "../array.ts"
import { type ArrayLike, broadcastTo as broadcastArray, toArray } from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"
import { bind } from "../tracing/trace.ts"
import { concreteExtent, sliceAxis } from "./axes.ts"
import { concatenate } from "./joining.ts"
import { type PadWidth, padModes, padPairs } from "./pad-widths.ts"
import { withExtent } from "./shapes.ts"
import { flip } from "./turning.ts"

export type { PadWidth } from "./pad-widths.ts"

/** How padding is filled. */
export interface PadOptions {
  readonly mode?: "constant" | "edge" | "reflect" | "symmetric" | "wrap"
  /** What `constant` fills with, 0 unless given. */
  readonly constantValues?: number
}

/**
 * Elements added around the array. Work: elements moved.
 * @example np.pad(np.array([1, 2]), [1, 2], "edge") // → [1, 1, 2, 2, 2]
 * @throws RangeError when a width is negative, or an axis without elements should be repeated.
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
  if (!padModes.includes(mode)) {
    throw new RangeError(`pad: mode ${String(mode)} is none of ${padModes.join(", ")}`)
  }
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

function padAxis(
  x: Array,
  axis: number,
  [low, high]: readonly [number, number],
  mode: "edge" | "reflect" | "symmetric" | "wrap",
): Array {
  if (low === 0 && high === 0) return x
  const extent = concreteExtent("pad", x, axis)
  const skip = mode === "reflect" && extent > 1 ? 1 : 0
  if (extent === 0) {
    throw new RangeError(`pad: mode ${mode} needs an element, but axis ${axis} has none`)
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
  if (mode === "wrap") {
    // Whole copies, of which the ends are cut off.
    const [before, after] = [Math.ceil(low / extent), Math.ceil(high / extent)]
    const copies = globalThis.Array.from({ length: before + 1 + after }, () => x)
    const from = before * extent - low
    return sliceAxis(concatenate(copies, axis), axis, from, from + low + extent + high)
  }
  // At most one whole copy of the array fits at each end; the rest repeats the result.
  const most = extent - skip
  const [before, after] = [Math.min(low, most), Math.min(high, most)]
  const start = flip(sliceAxis(x, axis, skip, skip + before), axis)
  const end = flip(sliceAxis(x, axis, extent - skip - after, extent - skip), axis)
  const padded = concatenate([start, x, end], axis)
  return padAxis(padded, axis, [low - before, high - after], mode)
}
