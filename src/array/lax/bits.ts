/** Numbers' bits: fewer of them, those of products, and of all elements together. */

import { dtypes, isFloat } from "../../size/index.ts"
import type { Array } from "../array.ts"
import * as elementwise from "../operations/elementwise.ts"
import type { Binary } from "../operations/pointwise.ts"
import { axesOf } from "../operations/shapes.ts"
import {
  type ArrayLike,
  align,
  castTo,
  requireInteger,
  toArray,
  toBits,
} from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"
import { bind } from "../tracing/trace.ts"
import { reduce } from "./reductions.ts"

const { add, bitwiseAnd, bitwiseOr, greater, lessEqual, multiply } = elementwise
const { rightShift, subtract, where } = elementwise
const int32 = { dtype: "int32", weak: false } as const
const uint32 = { dtype: "uint32", weak: false } as const
const float32 = { dtype: "float32", weak: false } as const

/**
 * Floats rounded to fewer bits of exponent and mantissa, ties to even: what is too large becomes
 * infinite, what is too small 0. Work 9n, span 8.
 *
 * @example
 * lax.reducePrecision(np.array([1.01, 3.1415927]), 8, 7) // → [1.0078125, 3.140625]
 *
 * @throws TypeError for arrays other than of floats to 32 bits, RangeError for no bits of exponent.
 */
export const reducePrecision: (x: ArrayLike, exponentBits: number, mantissaBits: number) => Array =
  operation(1, (x, exponentBits, mantissaBits) => {
    const given = toArray("reducePrecision", x)
    if (!isFloat(given.dtype) || given.dtype === "float64") {
      throw new TypeError(`reducePrecision takes floats to 32 bits, not ${given.dtype}`)
    }
    if (
      !(
        Number.isInteger(exponentBits) &&
        exponentBits >= 1 &&
        Number.isInteger(mantissaBits) &&
        mantissaBits >= 0
      )
    ) {
      throw new RangeError(
        `reducePrecision to ${exponentBits} and ${mantissaBits} bits: the exponent needs at least 1, ` +
          "the mantissa 0",
      )
    }
    const array = castTo(given, float32)
    let bits = bind("bitcast", [array], { dtype: "int32" })
    if (mantissaBits < 23) {
      const dropped = 23 - mantissaBits
      const last = bitwiseAnd(rightShift(bits, dropped), 1)
      const bias = add(last, 2 ** (dropped - 1) - 1)
      bits = bitwiseAnd(add(bits, bias), ~(2 ** dropped - 1))
    }
    if (exponentBits < 8) {
      const reach = 2 ** (exponentBits - 1) - 1
      const sign = bitwiseAnd(bits, -(2 ** 31))
      const exponent = bitwiseAnd(rightShift(bits, 23), 255)
      const infinite = bitwiseOr(sign, 255 * 2 ** 23)
      const bounded = where(lessEqual(exponent, 127 - reach), sign, bits)
      bits = where(greater(exponent, 127 + reach), infinite, bounded)
    }
    const rounded = bind("bitcast", [bits], { dtype: "float32" })
    return castTo(where(elementwise.isnan(array), array, rounded), given.type)
  })

/**
 * The upper half of the bits of a product of integers. Work 28n, span 11.
 *
 * @example
 * lax.mulhi(np.array([2 ** 30, -(2 ** 30)], { dtype: "int32" }), 8) // → [2, -2]
 *
 * @throws TypeError for floats.
 */
export const mulhi: Binary = operation(2, (x, y) => {
  const { arrays } = align("mulhi", toBits, [x, y])
  const [{ dtype }] = arrays
  for (const one of arrays) requireInteger("mulhi", "both operands", one)
  const { bytes, kind } = dtypes[dtype]
  const type = { dtype, weak: false }
  const signed = kind === "signed"
  if (bytes < 4) {
    const wide = arrays.map((one) => castTo(one, signed ? int32 : uint32))
    return castTo(rightShift(multiply(wide[0], wide[1]), 8 * bytes), type)
  }
  const [a, b] = arrays.map((one) => castTo(one, uint32))
  const low = (one: Array) => bitwiseAnd(one, 0xffff)
  const high = (one: Array) => rightShift(one, 16)
  const [first, second] = [multiply(low(a), high(b)), multiply(high(a), low(b))]
  const carried = add(add(high(multiply(low(a), low(b))), low(first)), low(second))
  const upper = add(add(add(multiply(high(a), high(b)), high(first)), high(second)), high(carried))
  if (!signed) return upper
  // A negative number is its bits less 2³².
  const less = (one: Array, other: Array) => where(elementwise.less(one, 0), other, 0)
  const whole = subtract(subtract(upper, less(arrays[0], b)), less(arrays[1], a))
  return bind("bitcast", [whole], { dtype })
})

/**
 * The bits of all elements along axes, each counted even or odd: exclusive or. Work n, span ⌈log₂ n⌉.
 *
 * @example
 * lax.reduceXor(np.array([5, 3, 1], { dtype: "int32" }), [0]) // → 7
 *
 * @throws TypeError for floats.
 */
export function reduceXor(x: ArrayLike, axes: readonly number[]): Array {
  const array = toArray("reduceXor", x)
  const at = axesOf("reduceXor", axes, array.ndim)
  return reduce(array, 0, (a: Array, b: Array) => elementwise.bitwiseXor(a, b), at)
}
