/** Arguments of functions that take an axis: alone, or among their options. */

import type { DType } from "../../size/index.ts"
import type { Array } from "../array.ts"
import type { AskedOr } from "../static/dtype.ts"
import type { Reduced, ShapeOf } from "../static/shape.ts"
import type { ArrayLike } from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"
import type { PassedOn } from "./pointwise.ts"
import type { Axes } from "./shapes.ts"

/** Options of which the type checker reads whether axes stay and which dtype is asked for. */
export type Read<O, K, T> = O & { readonly keepdims?: K; readonly dtype?: T }

/** An axis argument, or in its place the options with the axis among them. */
export type AxisOr<O, I = Axes, K = boolean, T = DType | undefined> =
  | I
  | (Read<O, K, T> & { readonly axis?: I })

/** A reduction; its result is of dtype R, or as the operand's floats where R is `unknown`. */
export type Reduction<O, X extends Axes = Axes, R = unknown> = PassedOn &
  (<
    A extends ArrayLike,
    const I extends X | undefined = undefined,
    K extends boolean = false,
    T extends DType | undefined = undefined,
  >(
    x: A,
    axis?: AxisOr<O, I, K, T>,
    options?: Read<O, K, T>,
  ) => Array<[R] extends [DType] ? R : AskedOr<NoInfer<T>, A>, Reduced<ShapeOf<A>, I, K>>)

/** An operation with an axis and options, given apart or together. */
export function reduction<O extends object, X extends Axes = Axes, R = unknown>(
  body: (x: ArrayLike, axis: X | undefined, options?: O) => Array,
): Reduction<O, X, R> {
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
