/** Numbers about numbers. */

export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
}

/** @throws RangeError when there are no samples. */
export function spread(samples: readonly number[]): Spread {
  if (samples.length === 0) throw new RangeError("the spread of no samples is not defined")
  const sorted = samples.toSorted((a, b) => a - b)
  const middle = (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2
  return { median: middle, min: sorted[0]!, max: sorted.at(-1)! }
}

/**
 * The largest difference between elements at the same place, relative to the largest magnitude in
 * the reference. Infinite where lengths differ or a number is not finite.
 */
export function largestDifference(reference: ArrayLike<number>, other: ArrayLike<number>): number {
  if (reference.length !== other.length) return Number.POSITIVE_INFINITY
  let magnitude = 0
  let difference = 0
  for (let i = 0; i < reference.length; i++) {
    const apart = Math.abs(reference[i]! - other[i]!)
    if (!Number.isFinite(apart)) return Number.POSITIVE_INFINITY
    magnitude = Math.max(magnitude, Math.abs(reference[i]!))
    difference = Math.max(difference, apart)
  }
  return difference === 0 ? 0 : difference / magnitude
}
