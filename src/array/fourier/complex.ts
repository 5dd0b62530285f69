/**
 * Complex numbers as pairs of float arrays: no dtype holds them. Inside a transform both parts lie
 * in one array whose last axis has extent 2, so that one real product does the work of four.
 */

import { printShape, shapesEqual } from "../../size/index.ts"
import { Array } from "../array.ts"
import { sliceAxis } from "../operations/axes.ts"
import * as elementwise from "../operations/elementwise.ts"
import * as movement from "../operations/movement.ts"
import { type ArrayLike, asFloat, castTo, fill, toFloat, typeOf } from "../tracing/operands.ts"

/** Complex numbers: two float arrays of one shape. */
export interface Complex {
  readonly real: Array
  readonly imag: Array
}

/** Complex numbers, or real ones. */
export type ComplexLike = ArrayLike | { readonly real: ArrayLike; readonly imag: ArrayLike }

/**
 * Both parts in their common float dtype; no second one for real numbers.
 * @throws RangeError naming the operation when the parts differ in shape.
 */
export function partsOf(
  name: string,
  x: ComplexLike,
): { readonly real: Array; readonly imag?: Array } {
  if (typeof x !== "object" || x instanceof Array) return { real: asFloat(name, x) }
  const type = toFloat([typeOf(name, x.real), typeOf(name, x.imag)])
  const [real, imag] = [castTo(x.real, type), castTo(x.imag, type)]
  if (!shapesEqual(real.shape, imag.shape)) {
    throw new RangeError(
      `${name}: real and imag must have one shape, ` +
        `not ${printShape(real.shape)} and ${printShape(imag.shape)}`,
    )
  }
  return { real, imag }
}

/** Both parts side by side in a new last axis. */
export function paired({ real, imag }: { readonly real: Array; readonly imag?: Array }): Array {
  return movement.stack([real, imag ?? fill(0, real.shape, real.type)], -1)
}

/** The parts of pairs. */
export function unpaired(pairs: Array): Complex {
  const part = (i: number) => movement.squeeze(sliceAxis(pairs, pairs.ndim - 1, i, i + 1), -1)
  return { real: part(0), imag: part(1) }
}

/** Products of pairs, the first operand broadcast. */
export function timesPairs(x: Array, y: Array): Array {
  const [a, b] = [unpaired(x), unpaired(y)]
  const { multiply, add, subtract } = elementwise
  return paired({
    real: subtract(multiply(a.real, b.real), multiply(a.imag, b.imag)),
    imag: add(multiply(a.real, b.imag), multiply(a.imag, b.real)),
  })
}
