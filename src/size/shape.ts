/** Shapes: lists of sizes, row-major. */

import { isSymbolic, multiply, type Size, sizesEqual } from "./polynomial.ts"

/** The extent of each axis, outermost first. */
export type Shape = readonly Size[]

/** Number of elements; 1 for a scalar. */
export function elementsOf(shape: Shape): Size {
  return multiply(...shape)
}

export function shapesEqual(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, i) => sizesEqual(size, b[i]))
}

export function printShape(shape: Shape): string {
  return `[${shape.map(String).join(", ")}]`
}

/** Row-major strides in elements. */
export function rowMajorStrides(shape: readonly number[]): number[] {
  const strides = shape.map(() => 1)
  for (let i = shape.length - 2; i >= 0; i--) strides[i] = strides[i + 1] * shape[i + 1]
  return strides
}

/**
 * The shape that operands broadcast to, by NumPy's rule: align at the last axis, extents equal or 1.
 * @throws RangeError naming the shapes and the axis that do not fit.
 */
export function broadcastShapes(...shapes: readonly Shape[]): Shape {
  const rank = Math.max(0, ...shapes.map((s) => s.length))
  const result: Size[] = []
  for (let axis = 0; axis < rank; axis++) {
    let size: Size = 1
    for (const shape of shapes) {
      const at = axis - (rank - shape.length)
      if (at < 0 || shape[at] === 1) continue
      if (size === 1) size = shape[at]
      else if (!sizesEqual(size, shape[at])) {
        throw new RangeError(
          `shapes ${shapes.map(printShape).join(" and ")} do not broadcast: ` +
            `axis ${axis - rank} has extents ${size} and ${shape[at]}, which must be equal or 1`,
        )
      }
    }
    result.push(size)
  }
  return result
}

/**
 * The axis counted from the front.
 * @throws RangeError naming the argument when the axis is not one of the rank's.
 */
export function normalizeAxis(axis: number, rank: number, argument = "axis"): number {
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank) {
    const range = rank === 0 ? "a scalar has no axes" : `it must be from ${-rank} to ${rank - 1}`
    throw new RangeError(`${argument} is ${axis}, but the array has rank ${rank}: ${range}`)
  }
  return axis < 0 ? axis + rank : axis
}

/** Shape with every size a number. */
export function isConcrete(shape: Shape): shape is readonly number[] {
  return !shape.some(isSymbolic)
}

/**
 * The shape's extents as numbers.
 * @throws RangeError naming the symbol that has no value.
 */
export function concreteShape(shape: Shape, what = "shape"): readonly number[] {
  if (!isConcrete(shape)) {
    const free = shape.filter(isSymbolic).join(", ")
    throw new RangeError(`${what} ${printShape(shape)} is symbolic: give ${free} a value to run it`)
  }
  return shape
}
