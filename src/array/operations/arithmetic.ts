/** Arithmetic, element by element: sums, products, powers, extremes. */

import { type DType, dtypes, isFloat } from "../../size/index.ts"
import type { Array } from "../array.ts"
import { isNamed } from "../named.ts"
import {
  type ArrayLike,
  align,
  asFloat,
  castTo,
  commonShape,
  shapeOf,
  toArray,
  toCommon,
  toFloat,
  toNumber,
  typeOf,
} from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"
import { bind, withWeak } from "../tracing/trace.ts"
import { finfo } from "./float-limits.ts"
import { exp, log1p, sqrt } from "./functions.ts"
import { equal, greater, isnan, less, logicalAnd, logicalOr, notEqual, where } from "./logic.ts"
import { type Binary, binary, elementwise, type Predicate, type Unary, unary } from "./pointwise.ts"

function arithmetic(
  name: string,
  primitive: "add" | "subtract" | "multiply",
  ofBools: "and" | "or" | undefined,
  x: ArrayLike,
  y: ArrayLike,
): Array {
  const { arrays, weak } = align(name, toCommon, [x, y])
  if (arrays[0].dtype !== "bool") return elementwise(primitive, arrays, weak)
  if (ofBools === undefined) {
    throw new TypeError(`${name} of two bool arrays has no meaning: use logicalXor or cast one`)
  }
  return bind(ofBools, arrays, {})
}

/**
 * x + y; of bools, or. Work n, span 1.
 * @example np.add(np.array([[1], [2]]), np.array([10, 20])) // → [[11, 21], [12, 22]]
 */
export const add: Binary = operation(2, (x, y) => arithmetic("add", "add", "or", x, y))
/**
 * x − y. Work n, span 1.
 * @example np.subtract(np.array([5, 7]), 2) // → [3, 5]
 * @throws TypeError for two bool arrays.
 */
export const subtract: Binary = operation(2, (x, y) =>
  arithmetic("subtract", "subtract", undefined, x, y),
)
/**
 * x · y; of bools, and. Work n, span 1.
 * @example np.multiply(np.array([1, 2]), 3) // → [3, 6]
 */
export const multiply: Binary = operation(2, (x, y) =>
  arithmetic("multiply", "multiply", "and", x, y),
)
/**
 * x / y in floats, also for integers. Work n, span 1.
 * @example np.divide(np.array([1, -1, 0]), np.array([2, 0, 0])) // → [0.5, -Infinity, NaN]
 */
export const divide: Binary = binary("divide", "divide", toFloat)

/**
 * ⌊x / y⌋; integers stay integers. Work 13n, span 7.
 * @example np.floorDivide(np.array([7, -7]), 2) // → [3, -4]
 */
export const floorDivide: Binary = operation(2, (x, y) => {
  const { arrays, weak } = align("floorDivide", toNumber, [x, y])
  const [a, b] = arrays
  const { dtype } = a
  if (isFloat(dtype)) {
    // As CPython does: take the rest away first, so that the quotient is whole but for rounding.
    const rest = elementwise("remainder", [a, b], weak)
    const whole = where(equal(b, 0), a, subtract(a, rest))
    const quotient = divide(whole, b)
    const crosses = logicalAnd(notEqual(rest, 0), notEqual(sign(b), sign(rest)))
    const lower = where(crosses, subtract(quotient, 1), quotient)
    return withWeak(bind("round", [lower], {}), weak)
  }
  const quotient = elementwise("divide", [a, b], weak)
  if (dtypes[dtype].kind === "unsigned") return quotient
  const rest = elementwise("remainder", [a, b], weak)
  const crosses = logicalAnd(notEqual(sign(a), sign(b)), notEqual(rest, 0))
  return where(crosses, subtract(quotient, 1), quotient)
})

/**
 * The rest of division, with the divisor's sign, as Python's %; of integers by zero it is 0.
 * Work 8n, span 5.
 * @example np.remainder(np.array([7, -7]), 3) // → [1, 2]
 */
export const remainder: Binary = operation(2, (x, y) => {
  const { arrays, weak } = align("remainder", toNumber, [x, y])
  const [a, b] = arrays
  const rest = elementwise("remainder", [a, b], weak)
  if (dtypes[a.dtype].kind === "unsigned") return where(equal(b, 0), b, rest)
  const crosses = logicalAnd(notEqual(less(rest, 0), less(b, 0)), notEqual(rest, 0))
  const signed = where(crosses, add(rest, b), rest)
  return isFloat(a.dtype) ? signed : where(equal(b, 0), b, signed)
})

/**
 * The rest of division, with the dividend's sign, as C's fmod. Work n, span 1.
 * @example np.fmod(np.array([7, -7]), 3) // → [1, -1]
 */
export const fmod: Binary = binary("fmod", "remainder", toNumber)

/**
 * ⌊x / y⌋ and the rest. Work 19n and span 7.
 * @example np.divmod(np.array([7, -7]), 2) // → [[3, -4], [1, 1]]
 */
export const divmod: (x: ArrayLike, y: ArrayLike) => [Array, Array] = operation(2, (x, y) => [
  floorDivide(x, y),
  remainder(x, y),
])

/**
 * x to the power y. Work n, span 1; a small whole number y becomes up to 6 multiplications.
 * @example np.power(np.array([2, 3]), 2) // → [4, 9]
 */
export const power: Binary = operation(1, (x, y) => {
  if (typeof y === "number" && Number.isInteger(y)) {
    const base = castTo(x, toNumber([typeOf("power", x)]))
    if (y >= 0 && y <= 16) return wholePower(base, y)
    if (isFloat(base.dtype) && y < 0 && y >= -16) return divide(1, wholePower(base, -y))
  }
  const { arrays, weak } = align("power", toNumber, [x, y])
  return elementwise("power", arrays, weak)
})

/** By repeated squaring. */
function wholePower(base: Array, exponent: number): Array {
  if (exponent === 0) return onesOf(base)
  if (exponent === 1) return base
  const half = wholePower(base, Math.floor(exponent / 2))
  const square = multiply(half, half)
  return exponent % 2 === 0 ? square : multiply(square, base)
}

function onesOf(x: Array): Array {
  return withWeak(bind("full", [], { shape: x.shape, dtype: x.dtype, value: 1 }), x.type.weak)
}

/**
 * x². Work n, span 1.
 * @example np.square(np.array([2, -3])) // → [4, 9]
 */
export const square: Unary = operation(1, (x) => multiply(x, x))
/**
 * 1/x in floats. Work n, span 1.
 * @example np.reciprocal(np.array([2, 4])) // → [0.5, 0.25]
 */
export const reciprocal: Unary = operation(1, (x) => divide(1, x))
/**
 * −x. Work n, span 1.
 * @example np.negative(np.array([1, -2])) // → [-1, 2]
 */
export const negative: Unary = unary("negative", "negate", toCommon)
/**
 * x itself, as a new array. Work 0, span 0.
 * @example np.positive(np.array([1, -2])) // → [1, -2]
 */
export const positive: Unary = operation(1, (x) => toArray("positive", x))
/**
 * |x|. Work n, span 1.
 * @example np.abs(np.array([1, -2])) // → [1, 2]
 */
export const absolute: Unary = operation(1, (x) => {
  const array = toArray("absolute", x)
  const { kind } = dtypes[array.dtype]
  return kind === "bool" || kind === "unsigned" ? array : bind("abs", [array], {})
})
export { absolute as abs }
/**
 * |x| as a float. Work n, span 1.
 * @example np.fabs(np.array([1, -2], { dtype: "int32" })) // → [1, 2]
 */
export const fabs: Unary = operation(1, (x) => absolute(asFloat("fabs", x)))
/**
 * −1, 0 or 1 by x's sign; NaN stays. Work n, span 1.
 * @example np.sign(np.array([-3, 0, 5])) // → [-1, 0, 1]
 */
export const sign: Unary = unary("sign", "sign", toNumber)
/**
 * The greater of two, NaN if either is. Work n, span 1.
 * @example np.maximum(np.array([1, 5]), 3) // → [3, 5]
 */
export const maximum: Binary = binary("maximum", "maximum", toCommon)
/**
 * The smaller of two, NaN if either is. Work n, span 1.
 * @example np.minimum(np.array([1, 5]), 3) // → [1, 3]
 */
export const minimum: Binary = binary("minimum", "minimum", toCommon)
/**
 * The greater of two, the second of equals, passing over NaN. Work 4n, span 3.
 * @example np.fmax(np.array([1, NaN]), 0) // → [1, 0]
 */
export const fmax: Binary = operation(2, (x, y) => where(logicalOr(greater(x, y), isnan(y)), x, y))
/**
 * The smaller of two, the second of equals, passing over NaN. Work 4n, span 3.
 * @example np.fmin(np.array([1, NaN]), 0) // → [0, 0]
 */
export const fmin: Binary = operation(2, (x, y) => where(logicalOr(less(x, y), isnan(y)), x, y))

/**
 * √(x² + y²) without overflow on the way; ∞ if either is infinite. Work 15n, span 10.
 * @example np.hypot(np.array([3]), 4) // → [5]
 */
export const hypot: Binary = operation(2, (x, y) => {
  const { arrays } = align("hypot", toFloat, [x, y])
  const [a, b] = arrays.map((array) => absolute(array))
  const large = maximum(a, b)
  const safe = where(equal(large, 0), 1, large)
  const ratio = divide(minimum(a, b), safe)
  const length = multiply(large, sqrt(add(1, square(ratio))))
  return where(logicalOr(equal(a, Infinity), equal(b, Infinity)), Infinity, length)
})

/**
 * ln(e^x + e^y) without overflow. Work 9n, span 6.
 * @example np.logaddexp(np.array([1000]), 1000) // → [1000.69]
 */
export const logaddexp: Binary = operation(2, (x, y) => {
  const { arrays } = align("logaddexp", toFloat, [x, y])
  const [a, b] = arrays
  const larger = maximum(a, b)
  // At ties its derivative is 0: each of both has half of the whole.
  const difference = subtract(minimum(a, b), larger)
  const stable = add(larger, log1p(exp(difference)))
  // Equal infinities have no difference.
  return where(isnan(difference), add(a, b), stable)
})

/**
 * |x| with the sign of y. Work 5n, span 3.
 * @example np.copysign(np.array([1, 2]), np.array([-1, 1])) // → [-1, 2]
 */
export const copysign: Binary = operation(2, (x, y) => {
  const { arrays } = align("copysign", toFloat, [x, y])
  const [a, b] = arrays
  const size = absolute(a)
  return where(signbit(b), negative(size), size)
})

/**
 * Whether the sign bit is set, also of −0. Work 2n, span 2.
 * @example np.signbit(np.array([-1, -0, 0])) // → [true, true, false]
 */
export const signbit: Predicate = operation(1, (x) => {
  const array = toArray("signbit", x)
  const signed: { readonly [D in DType]?: DType } = {
    float32: "int32",
    float16: "int16",
    bfloat16: "int16",
  }
  const dtype = signed[array.dtype]
  if (dtype !== undefined) return less(bind("bitcast", [array], { dtype }), 0)
  if (!isFloat(array.dtype)) return less(array, 0)
  // No integer is as wide: −0 is told by its reciprocal.
  return where(equal(array, 0), less(divide(1, array), 0), less(array, 0))
})

/**
 * 0 where x < 0, `at` where x = 0, 1 above. Work 6n, span 4.
 * @example np.heaviside(np.array([-1, 0, 2]), 0.5) // → [0, 0.5, 1]
 */
export const heaviside: Binary = operation(2, (x, at) => {
  const { arrays } = align("heaviside", toFloat, [x, at])
  const [a, zero] = arrays
  const step = where(less(a, 0), 0, where(greater(a, 0), 1, zero))
  return where(isnan(a), a, step)
})

/**
 * x kept between bounds; an absent bound does not bind. Work 2n, span 2.
 * @example np.clip(np.array([-1, 2, 9]), 0, 5) // → [0, 2, 5]
 */
export const clip: (
  x: ArrayLike,
  low?: ArrayLike | null | { readonly min?: ArrayLike | null; readonly max?: ArrayLike | null },
  high?: ArrayLike | null,
) => Array = operation(3, (x, low, high) => {
  if (isNamed(low)) return clip(x, low.min, low.max)
  const bounds = [x, low, high].flatMap((one) =>
    one === undefined || one === null ? [] : [shapeOf("clip", one)],
  )
  commonShape("clip", bounds)
  const bounded = low === undefined || low === null ? toArray("clip", x) : maximum(x, low)
  return high === undefined || high === null ? bounded : minimum(bounded, high)
})

/**
 * NaN and the infinities replaced by numbers. Work 6n, span 5.
 * @example np.nanToNum(np.array([NaN, 1])) // → [0, 1]
 */
export const nanToNum: (
  x: ArrayLike,
  options?: { readonly nan?: number; readonly posinf?: number; readonly neginf?: number },
) => Array = operation(1, (x, options = {}) => {
  const array = toArray("nanToNum", x)
  if (!isFloat(array.dtype)) return array
  const { max } = finfo(array.dtype)
  const { nan = 0, posinf = max, neginf = -max } = options
  const finite = where(isnan(array), nan, array)
  return where(equal(finite, Infinity), posinf, where(equal(finite, -Infinity), neginf, finite))
})

export { divide as trueDivide, power as pow, remainder as mod }
