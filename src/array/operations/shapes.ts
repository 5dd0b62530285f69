/** Arguments that speak of axes and extents, checked and brought to one form. */

import {
  divideExactly,
  elementsOf,
  isSymbolic,
  normalizeAxis,
  printShape,
  type Shape,
  type Size,
} from "../../size/index.ts"

/** One axis, several, or all (null or absent). */
export type Axes = number | readonly number[] | null

/**
 * Axes counted from the front, rising.
 * @throws RangeError naming the operation when an axis is out of range or given twice.
 */
export function axesOf(operation: string, axis: Axes | undefined, rank: number): readonly number[] {
  if (axis === null || axis === undefined)
    return globalThis.Array.from({ length: rank }, (_, i) => i)
  const list = globalThis.Array.isArray(axis) ? axis : [axis]
  const axes = list.map((one) => axisOf(operation, one, rank))
  if (new Set(axes).size !== axes.length) {
    throw new RangeError(`${operation}: axis [${list.join(", ")}] names an axis twice`)
  }
  return axes.toSorted((a, b) => a - b)
}

/**
 * A number of things.
 * @throws RangeError naming the operation and the argument when it is no whole number from 0 up.
 */
export function requireCount(operation: string, argument: string, count: number): void {
  if (Number.isInteger(count) && count >= 0) return
  throw new RangeError(
    `${operation}: ${argument} is ${count}, which must be a whole number of at least 0`,
  )
}

/** One axis counted from the front, with an error that names the operation. */
export function axisOf(operation: string, axis: number, rank: number, argument = "axis"): number {
  if (typeof axis !== "number") {
    throw new TypeError(`${operation}: ${argument} is ${String(axis)}, which must be a number`)
  }
  return normalizeAxis(axis, rank, `${operation}: ${argument}`)
}

/**
 * A shape argument with its −1 filled in.
 * @throws RangeError when the extents cannot be right.
 */
export function resolveShape(operation: string, from: Shape, to: Size | Shape): Shape {
  const shape = shapeArgument(operation, to, -1)
  const at = shape.indexOf(-1)
  if (at < 0) return shape
  const others = shape.filter((_, axis) => axis !== at)
  const elements = elementsOf(from)
  const product = elementsOf(others)
  const rest = product === 0 ? undefined : divideExactly(elements, product)
  if (others.includes(-1) || rest === undefined) {
    throw new RangeError(
      `${operation} from ${printShape(from)} to ${printShape(shape)}: ` +
        "one extent may be −1, and the others must divide the number of elements",
    )
  }
  return shape.map((size, axis) => (axis === at ? rest : size))
}

/**
 * A shape as given by a user: an extent alone makes one axis.
 * @throws RangeError when an extent is no whole number of at least 0.
 */
export function shapeArgument(operation: string, shape: Size | Shape, least = 0): Shape {
  const list = globalThis.Array.isArray(shape) ? shape : [shape]
  for (const size of list) {
    if (!isSymbolic(size) && !(Number.isInteger(size) && size >= least)) {
      throw new RangeError(
        `${operation}: shape ${printShape(list)} has an extent ${size}, ` +
          `which must be a whole number of at least ${least}`,
      )
    }
  }
  return list
}

/** The extents with one axis changed. */
export function withExtent(shape: Shape, axis: number, size: Size): Shape {
  return shape.map((s, i) => (i === axis ? size : s))
}

/** The shape without some axes, or with them of extent 1. */
export function withoutAxes(shape: Shape, axes: readonly number[], keepdims = false): Shape {
  if (keepdims) return shape.map((size, axis) => (axes.includes(axis) ? 1 : size))
  return shape.filter((_, axis) => !axes.includes(axis))
}
