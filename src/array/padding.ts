/** Elements added around arrays. */

import type { Array } from "./array.ts"
import { concreteExtent, sliceAxis } from "./axes.ts"
import { concatenate } from "./joining.ts"
import { type ArrayLike, broadcastTo as broadcastArray, toArray } from "./operands.ts"
import { operation } from "./operation.ts"
import { withExtent } from "./shapes.ts"
import { bind } from "./trace.ts"
import { flip } from "./turning.ts"

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
 * @example np.pad(np.array([1, 2]), [1, 2], "edge") // → [1, 1, 2, 2, 2]
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
