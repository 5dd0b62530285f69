/** NumPy's `pad`: the modes of `operations/padding.ts`, and those that compute what they fill with. */

import { isFloat } from "../../size/index.ts"
import type { Array } from "../array.ts"
import { concreteExtent, sliceAxis } from "../operations/axes.ts"
import * as elementwise from "../operations/elementwise.ts"
import * as movement from "../operations/movement.ts"
import { type PadWidth, padModes, padPairs } from "../operations/pad-widths.ts"
import type { PadOptions as PlainOptions } from "../operations/padding.ts"
import * as reductions from "../operations/reductions.ts"
import { withExtent } from "../operations/shapes.ts"
import { type ArrayLike, broadcastTo, castTo, fill, toArray } from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"
import { bind } from "../tracing/trace.ts"
import { median } from "./quantiles.ts"

type Statistic = "maximum" | "minimum" | "mean" | "median"

/** One number for all ends, a pair for before and after, or a pair for each axis. */
export type PadValues = number | readonly [number, number] | readonly (readonly [number, number])[]

/** How padding is filled. */
export interface PadOptions {
  /** `constant` unless given. */
  readonly mode?: NonNullable<PlainOptions["mode"]> | Statistic | "linear_ramp" | "empty"
  /** What `constant` fills with, 0 unless given. */
  readonly constantValues?: PadValues
  /** Where `linear_ramp` arrives at, 0 unless given. */
  readonly endValues?: PadValues
  /** Of how many elements next to an end a statistic is; of all unless given. */
  readonly statLength?: PadValues | null
  /** `odd`: reflections are turned round the end's element, too; `even` unless given. */
  readonly reflectType?: "even" | "odd"
}

type Pair = readonly [low: number, high: number]

/**
 * Elements added around the array, axis after axis. Work: elements moved, span 1 for each axis; and
 * those of statistics.
 * @example np.pad(np.array([1, 2]), [1, 2], "edge") // → [1, 1, 2, 2, 2]
 * @throws RangeError when a width is negative, a mode is unknown, or an axis without elements should
 *   be repeated.
 */
export const pad: (
  x: ArrayLike,
  width: PadWidth,
  options?: PadOptions | PadOptions["mode"],
) => Array = operation(1, (x, width, given = {}) => {
  const options = typeof given === "string" ? { mode: given } : given
  const { mode = "constant", constantValues = 0 } = options
  if (mode === "empty") return movement.pad(x, width)
  const odd = options.reflectType === "odd" && (mode === "reflect" || mode === "symmetric")
  if (mode === "constant") {
    if (typeof constantValues === "number") return movement.pad(x, width, { constantValues })
  } else if (!odd && isPlain(mode)) return movement.pad(x, width, { mode })
  const array = toArray("pad", x)
  const pairs = padPairs(width, array.ndim)
  const values = pairsOf(
    mode === "constant" ? constantValues : (options.endValues ?? 0),
    array.ndim,
  )
  const lengths =
    options.statLength === undefined || options.statLength === null
      ? undefined
      : pairsOf(options.statLength, array.ndim)
  return pairs.reduce((padded, pair, axis) => {
    switch (mode) {
      case "constant":
        return ends(padded, axis, pair, (side, count) =>
          constantEnd(padded, axis, values[axis][side], count),
        )
      case "linear_ramp":
        return ends(padded, axis, pair, (side, count) =>
          ramp(padded, axis, values[axis][side], count, side),
        )
      case "maximum":
      case "minimum":
      case "mean":
      case "median":
        return ends(padded, axis, pair, (side, count) =>
          statisticEnd(padded, axis, mode, lengths?.[axis][side], count, side),
        )
      case "reflect":
      case "symmetric":
        return turned(turned(padded, axis, pair[0], 0, mode), axis, pair[1], 1, mode)
      default:
        throw new RangeError(
          `pad: mode ${String(mode)} is none of ${padModes.join(", ")}, maximum, minimum, mean, ` +
            "median, linear_ramp, empty",
        )
    }
  }, array)
})

function isPlain(mode: string): mode is NonNullable<PlainOptions["mode"]> {
  return padModes.some((one) => one === mode)
}

function isPair(values: readonly unknown[]): values is Pair {
  return typeof values[0] === "number"
}

/** A pair of numbers for each axis. */
function pairsOf(values: PadValues, rank: number): readonly Pair[] {
  const all = (pair: Pair) => globalThis.Array.from({ length: rank }, () => pair)
  if (typeof values === "number") return all([values, values])
  if (isPair(values)) return all(values)
  const pairs = values.length === 1 ? all(values[0]) : values
  if (pairs.length === rank) return pairs
  throw new RangeError(`pad: ${pairs.length} pairs of values for an array of rank ${rank}`)
}

type Side = 0 | 1

/** Parts of given extents before and after an axis. */
function ends(
  x: Array,
  axis: number,
  [low, high]: Pair,
  part: (side: Side, count: number) => Array,
): Array {
  if (low === 0 && high === 0) return x
  return movement.concatenate([part(0, low), x, part(1, high)], axis)
}

function constantEnd(x: Array, axis: number, value: number, count: number): Array {
  return fill(value, withExtent(x.shape, axis, count), { dtype: x.dtype, weak: false })
}

/** From a value towards the end's element, which it does not reach. */
function ramp(x: Array, axis: number, value: number, count: number, side: Side): Array {
  const extent = concreteExtent("pad", x, axis)
  const at = side === 0 ? 0 : extent - 1
  const float = { dtype: isFloat(x.dtype) ? x.dtype : "float32", weak: false } as const
  const end = castTo(sliceAxis(x, axis, at, at + 1), float)
  const shape = withExtent(x.shape, axis, count)
  const steps = bind("iota", [], { shape, dtype: float.dtype, axis })
  const share = elementwise.divide(steps, Math.max(count, 1))
  const risen = elementwise.add(
    elementwise.multiply(elementwise.subtract(1, share), value),
    elementwise.multiply(share, end),
  )
  const whole = isFloat(x.dtype)
    ? risen
    : castTo(elementwise.floor(risen), { dtype: x.dtype, weak: false })
  return side === 0 ? whole : movement.flip(whole, axis)
}

type EndStatistic = (x: Array, axis: number, options: { readonly keepdims: true }) => Array

const statistics: Readonly<Record<Statistic, EndStatistic>> = {
  maximum: reductions.max,
  minimum: reductions.min,
  mean: reductions.mean,
  median,
}

function statisticEnd(
  x: Array,
  axis: number,
  mode: Statistic,
  length: number | undefined,
  count: number,
  side: Side,
): Array {
  const extent = concreteExtent("pad", x, axis)
  const taken = Math.min(length ?? extent, extent)
  if (taken < 1) {
    throw new RangeError(`pad: mode ${mode} needs an element, but axis ${axis} gives none`)
  }
  const part =
    side === 0 ? sliceAxis(x, axis, 0, taken) : sliceAxis(x, axis, extent - taken, extent)
  const found = statistics[mode](part, axis, { keepdims: true })
  const rounded = isFloat(x.dtype) ? found : elementwise.rint(found)
  return broadcastTo(
    castTo(rounded, { dtype: x.dtype, weak: false }),
    withExtent(x.shape, axis, count),
  )
}

/** One end with the elements next to it mirrored at the end's element: 2 · end − element. */
function turned(x: Array, axis: number, count: number, side: Side, mode: string): Array {
  if (count === 0) return x
  const extent = concreteExtent("pad", x, axis)
  if (extent === 0) {
    throw new RangeError(`pad: mode ${mode} needs an element, but axis ${axis} has none`)
  }
  const skip = mode === "reflect" && extent > 1 ? 1 : 0
  const taken = Math.min(count, extent - skip)
  const from = side === 0 ? skip : extent - skip - taken
  const at = side === 0 ? 0 : extent - 1
  const mirrored = movement.flip(sliceAxis(x, axis, from, from + taken), axis)
  const end = sliceAxis(x, axis, at, at + 1)
  const part = elementwise.subtract(elementwise.multiply(end, 2), mirrored)
  const padded = movement.concatenate(side === 0 ? [part, x] : [x, part], axis)
  return turned(padded, axis, count - taken, side, mode)
}
