/** Axes: the loops of a kernel, each placed in space or in time. */

/**
 * Where the iterations of an axis go.
 * In space: `threads` (taken in any order by whatever threads there are) or `lanes` (SIMD).
 * In time: `steps`, one after another.
 */
export type Place = "threads" | "lanes" | "steps"

/** One loop. Identity matters: index functions refer to the object. */
export class Axis {
  readonly name: string
  readonly extent: number
  readonly place: Place
  /**
   * Set on the inner part of a split: the axis is `outer·extent + this` of a whole with `total`
   * iterations, so it ends early in the last round when extent does not divide total.
   */
  readonly within: { readonly outer: Axis; readonly total: number } | undefined

  constructor(
    name: string,
    extent: number,
    place: Place,
    within?: { readonly outer: Axis; readonly total: number },
  ) {
    this.name = name
    this.extent = extent
    this.place = place
    this.within = within
  }
}

/** The axis over lanes, if one of these is. */
export function laneOf(axes: readonly Axis[]): Axis | undefined {
  return axes.find(({ place }) => place === "lanes")
}

/** Iterations of several axes together. */
export function iterations(axes: readonly Axis[]): number {
  return axes.reduce((product, axis) => product * axis.extent, 1)
}
