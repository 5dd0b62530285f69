/** Views that other operations are made of: no checks, and no equations that would do nothing. */

import { type Shape, type Size, shapesEqual, sizesEqual } from "../../size/index.ts"
import type { Array } from "../array.ts"
import { bind } from "../tracing/trace.ts"
import { withExtent } from "./shapes.ts"

/** The elements in a shape of as many. */
export function reshaped(x: Array, shape: Shape): Array {
  return shapesEqual(x.shape, shape) ? x : bind("reshape", [x], { shape })
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
