/** Arguments of functions that take an axis: alone, or among their options. */

import type { Array } from "./array.ts"
import type { ArrayLike } from "./operands.ts"
import { operation } from "./operation.ts"
import type { Axes } from "./shapes.ts"

/** An axis argument, or in its place the options with the axis among them. */
export type AxisOr<O, X extends Axes = Axes> = X | (O & { readonly axis?: X })

export type Reduction<O, X extends Axes = Axes> = (
  x: ArrayLike,
  axis?: AxisOr<O, X>,
  options?: O,
) => Array

/** An operation with an axis and options, given apart or together. */
export function reduction<O extends object, X extends Axes = Axes>(
  body: (x: ArrayLike, axis: X | undefined, options?: O) => Array,
): Reduction<O, X> {
  return operation(1, (x, axis, options) => {
    if (typeof axis !== "object" || axis === null || isAxes(axis)) {
      return body(x, axis, options)
    }
    return body(x, axis.axis, axis)
  })
}

function isAxes(axis: object): axis is readonly number[] {
  return globalThis.Array.isArray(axis)
}
