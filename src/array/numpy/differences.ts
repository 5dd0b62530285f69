/** Differences, slopes, areas and values between samples. */

import type { Array } from "../array.ts"
import { isNamed } from "../named.ts"
import { concreteExtent, sliceAxis } from "../operations/axes.ts"
import * as elementwise from "../operations/elementwise.ts"
import * as indexing from "../operations/indexing.ts"
import * as movement from "../operations/movement.ts"
import * as ordering from "../operations/ordering.ts"
import * as reductions from "../operations/reductions.ts"
import { searchsorted } from "../operations/search.ts"
import { axesOf, axisOf, withExtent } from "../operations/shapes.ts"
import {
  type ArrayLike,
  asFloat,
  castTo,
  spread,
  toArray,
  toCommon,
  toFloat,
  typeOf,
} from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"

export interface DifferenceOptions {
  /** Put before or behind the array along the axis; a number stands for one element. */
  readonly prepend?: ArrayLike
  readonly append?: ArrayLike
}

/**
 * Each element less the one before it, n times over, along an axis, which loses n elements. Work:
 * elements of the result, and span 1, for each time.
 * @example np.diff(np.array([1, 4, 9])) // → [3, 5]
 * @throws RangeError for scalars and negative n.
 */
export const diff: (
  x: ArrayLike,
  n?: number | (DifferenceOptions & { readonly n?: number; readonly axis?: number }),
  axis?: number,
  options?: DifferenceOptions,
) => Array = operation(1, (x, n = 1, axis = -1, options = {}) => {
  if (isNamed(n)) return diff(x, n.n, n.axis, n)
  const array = toArray("diff", x)
  if (!Number.isInteger(n) || n < 0) {
    throw new RangeError(`diff: n is ${n}, which must be a whole number of at least 0`)
  }
  if (n === 0) return array
  const at = axisOf("diff", axis, array.ndim)
  const given = [array, options.prepend, options.append].flatMap((one) => one ?? [])
  const type = toCommon(given.map((one) => typeOf("diff", one)))
  const end = (part: ArrayLike | undefined): Array[] => {
    if (part === undefined) return []
    const one = castTo(part, type)
    return [one.ndim === 0 ? movement.broadcastTo(one, withExtent(array.shape, at, 1)) : one]
  }
  const all = [...end(options.prepend), castTo(array, type), ...end(options.append)]
  let result = movement.concatenate(all, at)
  for (let i = 0; i < n; i++) {
    const extent = concreteExtent("diff", result, at)
    const later = sliceAxis(result, at, Math.min(1, extent), extent)
    const earlier = sliceAxis(result, at, 0, Math.max(0, extent - 1))
    result =
      array.dtype === "bool"
        ? elementwise.notEqual(later, earlier)
        : elementwise.subtract(later, earlier)
  }
  return result
})

/**
 * Differences of neighbours in the flattened array, with more before and behind. Work n − 1, span
 * 1.
 * @example np.ediff1d(np.array([[1, 4], [9, 16]])) // → [3, 5, 7]
 */
export const ediff1d: (
  x: ArrayLike,
  options?: { readonly toBegin?: ArrayLike; readonly toEnd?: ArrayLike },
) => Array = operation(1, (x, { toBegin, toEnd } = {}) => {
  const inner = diff(movement.ravel(x))
  const more = (part: ArrayLike | undefined): Array[] =>
    part === undefined ? [] : [castTo(movement.ravel(part), inner.type)]
  return movement.concatenate([...more(toBegin), inner, ...more(toEnd)])
})

/**
 * The slope at each sample along an axis, or a list of them for several: central differences
 * inside, one-sided ones at the ends (both of the first order there). Work about 4n for each axis,
 * span 4.
 * @example np.gradient(np.array([1, 4, 9])) // → [3, 4, 5]
 * @param spacing distance of samples (1), or their coordinates as a vector; or one for each axis.
 * @throws RangeError where an axis has fewer than two elements.
 */
export function gradient(
  x: ArrayLike,
  spacing: ArrayLike | readonly ArrayLike[] | null | undefined,
  options: { readonly axis: number },
): Array
export function gradient(
  x: ArrayLike,
  spacing?: ArrayLike | readonly ArrayLike[] | null,
  options?: { readonly axis?: number | readonly number[] },
): Array | Array[]
export function gradient(
  x: ArrayLike,
  spacing?: ArrayLike | readonly ArrayLike[] | null,
  options: { readonly axis?: number | readonly number[] } = {},
): Array | Array[] {
  const axes = axesOf("gradient", options.axis, typeOf("gradient", x).shape.length)
  const all = isSpacings(spacing) ? spacing : axes.map(() => spacing ?? 1)
  if (all.length !== axes.length) {
    throw new RangeError(`gradient: ${all.length} spacings for ${axes.length} axes`)
  }
  const slopes = axes.map((axis, i) => slope(x, all[i], axis))
  return slopes.length === 1 ? slopes[0] : slopes
}

function isSpacings(
  spacing: ArrayLike | readonly ArrayLike[] | null | undefined,
): spacing is readonly ArrayLike[] {
  return globalThis.Array.isArray(spacing)
}

const slope: (x: ArrayLike, spacing: ArrayLike, axis: number) => Array = operation(
  2,
  (x, spacing, axis) => {
    const array = asFloat("gradient", x)
    const extent = concreteExtent("gradient", array, axis)
    if (extent < 2) {
      throw new RangeError(`gradient: axis ${axis} has extent ${extent}, which must be at least 2`)
    }
    const part = (from: number, to: number) => sliceAxis(array, axis, from, to)
    const steps = spacingsOf(array, asFloat("gradient", spacing), axis, extent)
    const differences = elementwise.subtract(part(1, extent), part(0, extent - 1))
    const slopes = elementwise.divide(differences, steps)
    const between = (from: number, to: number) => sliceAxis(slopes, axis, from, to)
    // A slope counts by the length of the step on the other side.
    const count = extent - 1
    const [before, after] = [sliceAxis(steps, axis, 0, count - 1), sliceAxis(steps, axis, 1, count)]
    const inner = elementwise.divide(
      elementwise.add(
        elementwise.multiply(between(0, count - 1), after),
        elementwise.multiply(between(1, count), before),
      ),
      elementwise.add(before, after),
    )
    return movement.concatenate([between(0, 1), inner, between(count - 1, count)], axis)
  },
)

/** The distances of neighbours along an axis, broadcast to the array without one element of it. */
function spacingsOf(x: Array, spacing: Array, axis: number, extent: number): Array {
  const shape = withExtent(x.shape, axis, extent - 1)
  if (spacing.ndim === 0) return spread(spacing, shape, x.type)
  if (spacing.ndim !== 1 || spacing.shape[0] !== extent) {
    throw new RangeError(
      `gradient: coordinates of axis ${axis} must be a vector of ${extent} elements`,
    )
  }
  const single = x.shape.map((_, i) => (i === axis ? extent - 1 : 1))
  return spread(movement.reshape(diff(spacing), single), shape, x.type)
}

/**
 * The area under samples along an axis by trapezoids. Work about 2n, with coordinates 3n; span
 * ⌈log₂ n⌉ + 2.
 * @example np.trapezoid(np.array([1, 2, 3])) // → 4
 * @param coordinates where the samples are; `dx` (1) apart unless given.
 */
export const trapezoid: (
  y: ArrayLike,
  coordinates?:
    | ArrayLike
    | null
    | { readonly x?: ArrayLike | null; readonly dx?: ArrayLike; readonly axis?: number },
  dx?: ArrayLike,
  axis?: number,
) => Array = (y, coordinates, dx, axis) =>
  isNamed(coordinates)
    ? areas(y, coordinates.x, coordinates.dx, coordinates.axis)
    : areas(y, coordinates, dx, axis)

const areas: (
  y: ArrayLike,
  coordinates?: ArrayLike | null,
  dx?: ArrayLike,
  axis?: number,
) => Array = operation(3, (y, coordinates, dx = 1, axis = -1) => {
  const samples = asFloat("trapezoid", y)
  const at = axisOf("trapezoid", axis, samples.ndim)
  const extent = concreteExtent("trapezoid", samples, at)
  const later = sliceAxis(samples, at, Math.min(1, extent), extent)
  const sums = elementwise.add(later, sliceAxis(samples, at, 0, Math.max(0, extent - 1)))
  const steps = stepsOf(samples, coordinates, dx, at)
  return elementwise.multiply(0.5, reductions.sum(elementwise.multiply(sums, steps), at))
})

function stepsOf(
  samples: Array,
  coordinates: ArrayLike | null | undefined,
  dx: ArrayLike,
  axis: number,
): Array {
  if (coordinates === undefined || coordinates === null) return asFloat("trapezoid", dx)
  const places = asFloat("trapezoid", coordinates)
  if (places.ndim !== 1) return diff(places, 1, axis)
  return movement.reshape(
    diff(places),
    samples.shape.map((_, i) => (i === axis ? -1 : 1)),
  )
}

export interface InterpolationOptions {
  /** The value before the first sample; that of the first unless given. */
  readonly left?: ArrayLike
  /** The value behind the last sample; that of the last unless given. */
  readonly right?: ArrayLike
  /** After how far the samples repeat. */
  readonly period?: ArrayLike
}

/**
 * Values between samples (xp, fp), joined by straight lines; xp must rise, except with a period.
 * With m places and n samples, work is O(m log n), span O(log n).
 * @example np.interp(2.5, np.array([1, 2, 3]), np.array([10, 20, 30])) // → 25
 * @throws RangeError when the samples are no vectors of one length.
 */
export const interp: (
  x: ArrayLike,
  xp: ArrayLike,
  fp: ArrayLike,
  options?: InterpolationOptions,
) => Array = operation(3, (x, xp, fp, options = {}) => {
  const type = toFloat([x, xp, fp].map((one) => typeOf("interp", one)))
  let [wanted, places, values] = [x, xp, fp].map((one) => castTo(one, type))
  const { left, right, period } = options
  if (places.ndim !== 1 || values.ndim !== 1 || places.shape[0] !== values.shape[0]) {
    throw new RangeError("interp: xp and fp must be vectors of one length")
  }
  if (concreteExtent("interp", places, 0) === 0) throw new RangeError("interp has no samples")
  if (period !== undefined) {
    const length = elementwise.absolute(period)
    wanted = elementwise.remainder(wanted, length)
    const wrapped = elementwise.remainder(places, length)
    const order = ordering.argsort(wrapped)
    const [sorted, moved] = [indexing.take(wrapped, order, 0), indexing.take(values, order, 0)]
    const around = (ends: Array, by: ArrayLike) => [
      elementwise.subtract(indexing.slice(ends, [-1]), by),
      ends,
      elementwise.add(indexing.slice(ends, [0, 1]), by),
    ]
    places = movement.concatenate(around(sorted, length))
    values = movement.concatenate(around(moved, 0))
  }
  const last = Number(places.shape[0]) - 1
  const found = searchsorted(places, wanted, { side: "right" })
  const high = elementwise.clip(found, Math.min(1, last), last)
  const low = elementwise.maximum(elementwise.subtract(high, 1), 0)
  const at = (from: Array, index: Array) => indexing.take(from, index, 0)
  const [x0, y0] = [at(places, low), at(values, low)]
  const width = elementwise.subtract(at(places, high), x0)
  const rise = elementwise.subtract(at(values, high), y0)
  const flat = elementwise.equal(width, 0)
  const share = elementwise.divide(
    elementwise.subtract(wanted, x0),
    elementwise.where(flat, 1, width),
  )
  const inside = elementwise.where(flat, y0, elementwise.add(y0, elementwise.multiply(share, rise)))
  if (period !== undefined) return inside
  const [first, end] = [indexing.slice(values, 0), indexing.slice(values, -1)]
  const before = elementwise.less(wanted, indexing.slice(places, 0))
  const after = elementwise.greater(wanted, indexing.slice(places, -1))
  const kept = elementwise.where(before, left ?? first, inside)
  return elementwise.where(after, right ?? end, kept)
})

export interface UnwrapOptions {
  /** The least jump that is taken back; half a period unless given. */
  readonly discont?: number
  readonly axis?: number
  /** The distance that jumps are whole numbers of; 2π unless given. */
  readonly period?: number
}

/**
 * Angles without jumps: neighbours differ by no more than half a period. Work about 22n, span
 * 2⌈log₂ n⌉ + 13.
 * @example np.unwrap(np.array([0, 3, -3])) // → [0, 3, 3.28319]
 */
export const unwrap: (x: ArrayLike, options?: UnwrapOptions) => Array = operation(
  1,
  (x, options = {}) => {
    const { axis = -1, period = 2 * Math.PI } = options
    const { discont = period / 2 } = options
    const array = asFloat("unwrap", x)
    const at = axisOf("unwrap", axis, array.ndim)
    const steps = diff(array, 1, at)
    const half = period / 2
    const wrapped = elementwise.subtract(
      elementwise.remainder(elementwise.add(steps, half), period),
      half,
    )
    const up = elementwise.logicalAnd(
      elementwise.equal(wrapped, -half),
      elementwise.greater(steps, 0),
    )
    const small = elementwise.less(elementwise.absolute(steps), discont)
    const taken = elementwise.subtract(elementwise.where(up, half, wrapped), steps)
    const jumps = reductions.cumsum(elementwise.where(small, 0, taken), at)
    const extent = concreteExtent("unwrap", array, at)
    const first = sliceAxis(array, at, 0, Math.min(1, extent))
    const rest = elementwise.add(sliceAxis(array, at, Math.min(1, extent), extent), jumps)
    return movement.concatenate([first, rest], at)
  },
)
