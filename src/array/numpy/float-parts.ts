/** What floats are made of: mantissa, exponent, neighbours, whole and fractional parts. */

import type { Array } from "../array.ts"
import * as elementwise from "../operations/elementwise.ts"
import type { Binary, Unary } from "../operations/pointwise.ts"
import {
  type ArrayLike,
  align,
  asFloat,
  castTo,
  requireInteger,
  spread,
  toArray,
  toFloat,
} from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"
import { bind } from "../tracing/trace.ts"

const int32 = { dtype: "int32", weak: false } as const

function bitsOf(x: Array): Array {
  return bind("bitcast", [elementwise.stopGradient(x)], { dtype: "int32" })
}

function floatOf(bits: Array): Array {
  return bind("bitcast", [bits], { dtype: "float32" })
}

/** x as float32: the parts of other floats are not read. */
function single(name: string, x: ArrayLike): Array {
  return castTo(asFloat(name, x), { dtype: "float32", weak: false })
}

/**
 * A mantissa of magnitude in [½, 1) and a whole exponent (int32) with x = mantissa · 2^exponent; 0,
 * NaN and infinities have themselves and 0. Work 20n, span 10.
 * @example np.frexp(np.array([8, 3])) // → [[0.5, 0.75], [4, 2]]
 */
export const frexp: (x: ArrayLike) => [Array, Array] = operation(1, (x) => {
  const array = single("frexp", x)
  // Numbers too small for a whole mantissa are scaled up first.
  const small = elementwise.less(elementwise.absolute(array), 2 ** -126)
  const scaled = elementwise.where(small, elementwise.multiply(array, 2 ** 24), array)
  const pattern = bitsOf(scaled)
  const field = elementwise.bitwiseAnd(elementwise.rightShift(pattern, 23), 255)
  const own = elementwise.logicalOr(
    elementwise.equal(array, 0),
    elementwise.logicalNot(elementwise.isfinite(array)),
  )
  const exponent = elementwise.subtract(field, elementwise.where(small, 126 + 24, 126))
  const mantissa = floatOf(
    elementwise.bitwiseOr(elementwise.bitwiseAnd(pattern, 0x807fffff | 0), 126 << 23),
  )
  return [
    elementwise.where(own, array, mantissa),
    castTo(elementwise.where(own, 0, exponent), int32),
  ]
})

/**
 * x · 2^y for whole y, rounded once. Work 21n, span 12.
 * @example np.ldexp(np.array([1, 3]), np.array([3, 1], { dtype: "int32" })) // → [8, 6]
 * @throws TypeError when y is no integer.
 */
export const ldexp: Binary = operation(2, (x, y) => {
  const given = toArray("ldexp", y)
  // A number of the language has no dtype of its own yet.
  if (!given.weakType) requireInteger("ldexp", "the exponent", given)
  const exponents = castTo(given, int32)
  const { arrays } = align("ldexp", toFloat, [x, exponents])
  const [array] = arrays
  const whole = spread(elementwise.clip(exponents, -300, 300), array.shape, int32)
  // 2^y is too large or too small for one float, but three of its cube roots are not.
  const third = elementwise.floorDivide(whole, 3)
  const rest = elementwise.subtract(whole, elementwise.multiply(third, 2))
  const power = (exponent: Array) =>
    castTo(floatOf(elementwise.leftShift(elementwise.add(exponent, 127), 23)), array.type)
  // The largest factor comes last, so that only one product can be rounded.
  const step = elementwise.multiply(elementwise.multiply(array, power(third)), power(third))
  return elementwise.multiply(step, power(rest))
})

/**
 * The float32 next to x in the direction of y. Work 17n, span 9.
 * @example np.nextafter(np.array([4194304]), Infinity) // → [4194304.5]
 */
export const nextafter: Binary = operation(2, (x, y) => {
  const [from, towards] = align("nextafter", toFloat, [x, y]).arrays.map((one) =>
    single("nextafter", one),
  )
  const pattern = bitsOf(from)
  const up = elementwise.greater(towards, from)
  const away = elementwise.equal(elementwise.greater(from, 0), up)
  const step = castTo(elementwise.where(away, 1, -1), int32)
  const moved = floatOf(elementwise.add(pattern, step))
  const least = elementwise.where(up, 2 ** -149, -(2 ** -149))
  const stepped = elementwise.where(elementwise.equal(from, 0), least, moved)
  const same = elementwise.where(elementwise.equal(from, towards), towards, stepped)
  const unknown = elementwise.logicalOr(elementwise.isnan(from), elementwise.isnan(towards))
  return elementwise.where(unknown, Number.NaN, same)
})

/**
 * The distance from x to the next float32 of greater magnitude, with x's sign; above 0 at 0. Work
 * 23n, span 15.
 * @example np.spacing(np.array([4194304, 8388608])) // → [0.5, 1]
 */
export const spacing: Unary = operation(1, (x) => {
  const array = single("spacing", x)
  const outwards = elementwise.copysign(Number.POSITIVE_INFINITY, array)
  const distance = elementwise.subtract(nextafter(array, outwards), array)
  const known = elementwise.where(elementwise.isfinite(array), distance, Number.NaN)
  return elementwise.where(elementwise.equal(array, 0), 2 ** -149, known)
})

/**
 * The fractional and the whole part, both with x's sign. Work 17n, span 10.
 * @example np.modf(np.array([1.5, -2.25])) // → [[0.5, -0.25], [1, -2]]
 */
export const modf: (x: ArrayLike) => [Array, Array] = operation(1, (x) => {
  const array = asFloat("modf", x)
  const whole = elementwise.copysign(elementwise.trunc(array), array)
  const rest = elementwise.subtract(array, whole)
  const fraction = elementwise.where(
    elementwise.isfinite(array),
    rest,
    elementwise.where(elementwise.isnan(array), array, 0),
  )
  return [elementwise.copysign(fraction, array), whole]
})

/**
 * x^y in floats. Work n, span 1.
 * @example np.floatPower(np.array([4, 9]), 0.5) // → [2, 3]
 */
export const floatPower: Binary = operation(2, (x, y) => {
  const { arrays } = align("floatPower", toFloat, [x, y])
  return elementwise.power(arrays[0], arrays[1])
})

/**
 * log₂(2^x + 2^y) without overflow. Work 12n, span 8.
 * @example np.logaddexp2(np.array([3]), 3) // → [4]
 */
export const logaddexp2: Binary = operation(2, (x, y) => {
  const [a, b] = [x, y].map((one) => elementwise.multiply(asFloat("logaddexp2", one), Math.LN2))
  return elementwise.divide(elementwise.logaddexp(a, b), Math.LN2)
})

export { type FloatInfo, finfo, iinfo } from "../operations/float-limits.ts"
