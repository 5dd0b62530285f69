/**
 * Maths element by element. Operands are broadcast by NumPy's rule and promoted as in JAX; with n
 * elements in the result each primitive is work n and span 1. Functions of floats take integers
 * and bools too, as float32; work is stated for operands that need no cast, which is n more.
 */

import { type DType, isFloat } from "../size/index.ts"
import type { Array } from "./array.ts"
import {
  type ArrayLike,
  align,
  asFloat,
  castTo,
  commonShape,
  type PromotionRule,
  shapeOf,
  spread,
  toArray,
  toBits,
  toBool,
  toCommon,
  toFloat,
  toNumber,
  typeOf,
} from "./operands.ts"
import { operation } from "./operation.ts"
import { bind, withWeak } from "./trace.ts"

type Unary = (x: ArrayLike) => Array
type Binary = (x: ArrayLike, y: ArrayLike) => Array

type UnaryPrimitive =
  | "exp"
  | "expm1"
  | "log"
  | "log1p"
  | "sin"
  | "cos"
  | "tan"
  | "asin"
  | "acos"
  | "atan"
  | "sinh"
  | "cosh"
  | "tanh"
  | "asinh"
  | "acosh"
  | "atanh"
  | "sqrt"
  | "rsqrt"
  | "cbrt"
  | "erf"
  | "erfc"
  | "erfInv"
  | "logistic"
  | "floor"
  | "ceil"
  | "round"
  | "negate"
  | "abs"
  | "sign"
  | "not"
  | "populationCount"
  | "countLeadingZeros"
  | "isFinite"
  | "stopGradient"

type BinaryPrimitive =
  | "add"
  | "subtract"
  | "multiply"
  | "divide"
  | "remainder"
  | "power"
  | "maximum"
  | "minimum"
  | "atan2"
  | "and"
  | "or"
  | "xor"
  | "shiftLeft"
  | "shiftRightLogical"
  | "shiftRightArithmetic"
  | "equal"
  | "notEqual"
  | "less"
  | "lessEqual"
  | "greater"
  | "greaterEqual"

function unary(name: string, primitive: UnaryPrimitive, rule: PromotionRule): Unary {
  return operation(1, (x) => {
    const { arrays, weak } = align(name, rule, [x])
    return elementwise(primitive, arrays, weak)
  })
}

function binary(name: string, primitive: BinaryPrimitive, rule: PromotionRule): Binary {
  return operation(2, (x, y) => {
    const { arrays, weak } = align(name, rule, [x, y])
    return elementwise(primitive, arrays, weak)
  })
}

/** A float function that leaves integers and bools as they are. */
function rounding(name: string, primitive: "floor" | "ceil" | "round"): Unary {
  return operation(1, (x) => {
    const array = toArray(name, x)
    return isFloat(array.dtype) ? bind(primitive, [array], {}) : array
  })
}

function elementwise(
  primitive: UnaryPrimitive | BinaryPrimitive,
  arrays: readonly Array[],
  weak: boolean,
): Array {
  const result = bind(primitive, arrays, {})
  return result.dtype === "bool" ? result : withWeak(result, weak)
}

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

/** Operands as truth values: whether they are not 0. */
function logical(name: string, primitive: "and" | "or" | "xor", x: ArrayLike, y: ArrayLike): Array {
  const truths = [x, y].map((operand) => {
    typeOf(name, operand)
    return castTo(operand, toBool([]))
  })
  return bind(primitive, align(name, toBool, truths).arrays, {})
}

// Functions of floats

/** e^x. Floats stay, others become float32. Work n, span 1. */
export const exp: Unary = unary("exp", "exp", toFloat)
/** 2^x. Work 2n, span 2. */
export const exp2: Unary = operation(1, (x) => exp(multiply(asFloat("exp2", x), Math.LN2)))
/** e^x − 1, exact near 0. Work n, span 1. */
export const expm1: Unary = unary("expm1", "expm1", toFloat)
/** Natural logarithm; −∞ at 0 and NaN below. Work n, span 1. */
export const log: Unary = unary("log", "log", toFloat)
/** ln(1 + x), exact near 0. Work n, span 1. */
export const log1p: Unary = unary("log1p", "log1p", toFloat)
/** Logarithm to base 2. Work 2n, span 2. */
export const log2: Unary = operation(1, (x) => divide(log(x), Math.LN2))
/** Logarithm to base 10. Work 2n, span 2. */
export const log10: Unary = operation(1, (x) => divide(log(x), Math.LN10))
/** Sine of an angle in radians. Work n, span 1. */
export const sin: Unary = unary("sin", "sin", toFloat)
/** Cosine of an angle in radians. Work n, span 1. */
export const cos: Unary = unary("cos", "cos", toFloat)
/** Tangent of an angle in radians. Work n, span 1. */
export const tan: Unary = unary("tan", "tan", toFloat)
/** The angle in [−π/2, π/2] whose sine is x. Work n, span 1. */
export const arcsin: Unary = unary("arcsin", "asin", toFloat)
/** The angle in [0, π] whose cosine is x. Work n, span 1. */
export const arccos: Unary = unary("arccos", "acos", toFloat)
/** The angle in (−π/2, π/2) whose tangent is x. Work n, span 1. */
export const arctan: Unary = unary("arctan", "atan", toFloat)
/** The angle of the point (x, y) from the first axis, in (−π, π]. Work n, span 1. */
export const arctan2: Binary = binary("arctan2", "atan2", toFloat)
/** Hyperbolic sine. Work n, span 1. */
export const sinh: Unary = unary("sinh", "sinh", toFloat)
/** Hyperbolic cosine. Work n, span 1. */
export const cosh: Unary = unary("cosh", "cosh", toFloat)
/** Hyperbolic tangent. Work n, span 1. */
export const tanh: Unary = unary("tanh", "tanh", toFloat)
/** Inverse of sinh. Work n, span 1. */
export const arcsinh: Unary = unary("arcsinh", "asinh", toFloat)
/** Inverse of cosh, for x ≥ 1. Work n, span 1. */
export const arccosh: Unary = unary("arccosh", "acosh", toFloat)
/** Inverse of tanh, for |x| < 1. Work n, span 1. */
export const arctanh: Unary = unary("arctanh", "atanh", toFloat)
/** Square root. Work n, span 1. */
export const sqrt: Unary = unary("sqrt", "sqrt", toFloat)
/** 1/√x. Work n, span 1. */
export const rsqrt: Unary = unary("rsqrt", "rsqrt", toFloat)
/** Cube root, of negative numbers too. Work n, span 1. */
export const cbrt: Unary = unary("cbrt", "cbrt", toFloat)
/** The error function, 2/√π ∫₀ˣ e^−t² dt. Work n, span 1. */
export const erf: Unary = unary("erf", "erf", toFloat)
/** 1 − erf(x), exact for large x. Work n, span 1. */
export const erfc: Unary = unary("erfc", "erfc", toFloat)
/** Inverse of erf, on (−1, 1). Work n, span 1. */
export const erfInv: Unary = unary("erfInv", "erfInv", toFloat)
/** 1 / (1 + e^−x). Work n, span 1. */
export const logistic: Unary = unary("logistic", "logistic", toFloat)
/** The greatest whole number not above x; integers stay. Work n, span 1. */
export const floor: Unary = rounding("floor", "floor")
/** The least whole number not below x; integers stay. Work n, span 1. */
export const ceil: Unary = rounding("ceil", "ceil")
/** The nearest whole number, ties to even; a float. Work n, span 1. */
export const rint: Unary = unary("rint", "round", toFloat)
/** The whole number next to x towards 0; integers stay. Work 4n, span 2. */
export const trunc: Unary = operation(1, (x) => {
  const array = toArray("trunc", x)
  return isFloat(array.dtype) ? where(less(array, 0), ceil(array), floor(array)) : array
})

/** Rounds to a number of decimals, ties to even; integers stay. Work n, span 1, with decimals 3n and 3. */
export const round: (x: ArrayLike, decimals?: number) => Array = operation(1, (x, decimals = 0) => {
  const array = toArray("round", x)
  if (!isFloat(array.dtype)) return array
  if (decimals === 0) return bind("round", [array], {})
  const scale = 10 ** decimals
  return divide(bind("round", [multiply(array, scale)], {}), scale)
})

/** Degrees to radians. Work n, span 1. */
export const deg2rad: Unary = operation(1, (x) => multiply(asFloat("deg2rad", x), Math.PI / 180))
/** Radians to degrees. Work n, span 1. */
export const rad2deg: Unary = operation(1, (x) => multiply(asFloat("rad2deg", x), 180 / Math.PI))

/** sin(πx)/(πx), 1 at 0. Work 6n, span 6. */
export const sinc: Unary = operation(1, (x) => {
  const angle = multiply(asFloat("sinc", x), Math.PI)
  const atZero = equal(angle, 0)
  const safe = where(atZero, 1, angle)
  return where(atZero, 1, divide(sin(safe), safe))
})

// Arithmetic

/** x + y; of bools, or. Work n, span 1. */
export const add: Binary = operation(2, (x, y) => arithmetic("add", "add", "or", x, y))
/** x − y. Work n, span 1. @throws TypeError for two bool arrays. */
export const subtract: Binary = operation(2, (x, y) =>
  arithmetic("subtract", "subtract", undefined, x, y),
)
/** x · y; of bools, and. Work n, span 1. */
export const multiply: Binary = operation(2, (x, y) =>
  arithmetic("multiply", "multiply", "and", x, y),
)
/** x / y in floats, also for integers. Work n, span 1. */
export const divide: Binary = binary("divide", "divide", toFloat)

/** ⌊x / y⌋; integers stay integers. Work 13n, span 7. */
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
  if (dtype === "uint32") return quotient
  const rest = elementwise("remainder", [a, b], weak)
  const crosses = logicalAnd(notEqual(sign(a), sign(b)), notEqual(rest, 0))
  return where(crosses, subtract(quotient, 1), quotient)
})

/** The rest of division, with the divisor's sign, as Python's %. Work 8n, span 5. */
export const remainder: Binary = operation(2, (x, y) => {
  const { arrays, weak } = align("remainder", toNumber, [x, y])
  const [a, b] = arrays
  const rest = elementwise("remainder", [a, b], weak)
  if (a.dtype === "uint32") return rest
  const crosses = logicalAnd(notEqual(less(rest, 0), less(b, 0)), notEqual(rest, 0))
  return where(crosses, add(rest, b), rest)
})

/** The rest of division, with the dividend's sign, as C's fmod. Work n, span 1. */
export const fmod: Binary = binary("fmod", "remainder", toNumber)

/** ⌊x / y⌋ and the rest. */
export const divmod: (x: ArrayLike, y: ArrayLike) => [Array, Array] = operation(2, (x, y) => [
  floorDivide(x, y),
  remainder(x, y),
])

/**
 * x to the power y. Work n, span 1; a small whole number y becomes up to 6 multiplications.
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

/** x². Work n, span 1. */
export const square: Unary = operation(1, (x) => multiply(x, x))
/** 1/x in floats. Work n, span 1. */
export const reciprocal: Unary = operation(1, (x) => divide(1, x))
/** −x. Work n, span 1. */
export const negative: Unary = unary("negative", "negate", toCommon)
/** x itself, as a new array. Work 0, span 0. */
export const positive: Unary = operation(1, (x) => toArray("positive", x))
/** |x|. Work n, span 1. */
export const absolute: Unary = operation(1, (x) => {
  const array = toArray("absolute", x)
  return array.dtype === "bool" || array.dtype === "uint32" ? array : bind("abs", [array], {})
})
export { absolute as abs, absolute as fabs }
/** −1, 0 or 1 by x's sign; NaN stays. Work n, span 1. */
export const sign: Unary = unary("sign", "sign", toNumber)
/** The greater of two, NaN if either is. Work n, span 1. */
export const maximum: Binary = binary("maximum", "maximum", toCommon)
/** The smaller of two, NaN if either is. Work n, span 1. */
export const minimum: Binary = binary("minimum", "minimum", toCommon)
/** The greater of two, passing over NaN. Work 5n, span 3. */
export const fmax: Binary = operation(2, (x, y) =>
  where(isnan(x), y, where(isnan(y), x, maximum(x, y))),
)
/** The smaller of two, passing over NaN. Work 5n, span 3. */
export const fmin: Binary = operation(2, (x, y) =>
  where(isnan(x), y, where(isnan(y), x, minimum(x, y))),
)

/** √(x² + y²) without overflow on the way; ∞ if either is infinite. Work 15n, span 10. */
export const hypot: Binary = operation(2, (x, y) => {
  const { arrays } = align("hypot", toFloat, [x, y])
  const [a, b] = arrays.map((array) => absolute(array))
  const large = maximum(a, b)
  const safe = where(equal(large, 0), 1, large)
  const ratio = divide(minimum(a, b), safe)
  const length = multiply(large, sqrt(add(1, square(ratio))))
  return where(logicalOr(equal(a, Infinity), equal(b, Infinity)), Infinity, length)
})

/** ln(e^x + e^y) without overflow. Work 10n, span 7. */
export const logaddexp: Binary = operation(2, (x, y) => {
  const { arrays } = align("logaddexp", toFloat, [x, y])
  const [a, b] = arrays
  const difference = subtract(a, b)
  const stable = add(maximum(a, b), log1p(exp(negative(absolute(difference)))))
  // Equal infinities have no difference.
  return where(isnan(difference), add(a, b), stable)
})

/** |x| with the sign of y. Work 5n, span 3. */
export const copysign: Binary = operation(2, (x, y) => {
  const { arrays } = align("copysign", toFloat, [x, y])
  const [a, b] = arrays
  const size = absolute(a)
  return where(signbit(b), negative(size), size)
})

/** Whether the sign bit is set, also of −0. Work 2n, span 2. */
export const signbit: Unary = operation(1, (x) => {
  const array = toArray("signbit", x)
  return isFloat(array.dtype)
    ? less(bind("bitcast", [array], { dtype: "int32" }), 0)
    : less(array, 0)
})

/** 0 where x < 0, `at` where x = 0, 1 above. Work 6n, span 4. */
export const heaviside: Binary = operation(2, (x, at) => {
  const { arrays } = align("heaviside", toFloat, [x, at])
  const [a, zero] = arrays
  const step = where(less(a, 0), 0, where(greater(a, 0), 1, zero))
  return where(isnan(a), a, step)
})

/** x kept between bounds; an absent bound does not bind. Work 2n, span 2. */
export const clip: (x: ArrayLike, low?: ArrayLike | null, high?: ArrayLike | null) => Array =
  operation(3, (x, low, high) => {
    const bounded = low === undefined || low === null ? toArray("clip", x) : maximum(x, low)
    return high === undefined || high === null ? bounded : minimum(bounded, high)
  })

/** NaN and the infinities replaced by numbers. Work 6n, span 5. */
export const nanToNum: (
  x: ArrayLike,
  options?: { readonly nan?: number; readonly posinf?: number; readonly neginf?: number },
) => Array = operation(1, (x, options = {}) => {
  const array = toArray("nanToNum", x)
  if (!isFloat(array.dtype)) return array
  const { nan = 0, posinf = largestFloat, neginf = -largestFloat } = options
  const finite = where(isnan(array), nan, array)
  return where(equal(finite, Infinity), posinf, where(equal(finite, -Infinity), neginf, finite))
})

const largestFloat = (2 - 2 ** -23) * 2 ** 127

// Comparison: the result is bool

/** x = y. Work n, span 1. */
export const equal: Binary = binary("equal", "equal", toCommon)
/** x ≠ y. Work n, span 1. */
export const notEqual: Binary = binary("notEqual", "notEqual", toCommon)
/** x < y. Work n, span 1. */
export const less: Binary = binary("less", "less", toCommon)
/** x ≤ y. Work n, span 1. */
export const lessEqual: Binary = binary("lessEqual", "lessEqual", toCommon)
/** x > y. Work n, span 1. */
export const greater: Binary = binary("greater", "greater", toCommon)
/** x ≥ y. Work n, span 1. */
export const greaterEqual: Binary = binary("greaterEqual", "greaterEqual", toCommon)

/** Whether two numbers are within atol + rtol·|y| of each other. Work 11n, span 5. */
export const isclose: (
  x: ArrayLike,
  y: ArrayLike,
  options?: { readonly rtol?: number; readonly atol?: number; readonly equalNan?: boolean },
) => Array = operation(2, (x, y, options = {}) => {
  const { rtol = 1e-5, atol = 1e-8, equalNan = false } = options
  const { arrays } = align("isclose", toFloat, [x, y])
  const [a, b] = arrays
  const near = lessEqual(absolute(subtract(a, b)), add(atol, multiply(rtol, absolute(b))))
  const finite = logicalAnd(isfinite(a), isfinite(b))
  const close = where(finite, near, equal(a, b))
  return equalNan ? logicalOr(close, logicalAnd(isnan(a), isnan(b))) : close
})

/** Neither infinite nor NaN. Work n, span 1. */
export const isfinite: Unary = operation(1, (x) => {
  const array = toArray("isfinite", x)
  return isFloat(array.dtype) ? bind("isFinite", [array], {}) : equal(array, array)
})
/** Not a number. Work n, span 1. */
export const isnan: Unary = operation(1, (x) => {
  const array = toArray("isnan", x)
  return notEqual(array, array)
})
/** +∞ or −∞. Work 2n, span 2. */
export const isinf: Unary = operation(1, (x) => equal(absolute(x), Infinity))
/** +∞. Work n, span 1. */
export const isposinf: Unary = operation(1, (x) => equal(x, Infinity))
/** −∞. Work n, span 1. */
export const isneginf: Unary = operation(1, (x) => equal(x, -Infinity))

// Logic: numbers are true where they are not 0

/** x and y as truth values. Work n, span 1 for bools; numbers compare first. */
export const logicalAnd: Binary = operation(2, (x, y) => logical("logicalAnd", "and", x, y))
/** x or y as truth values. Work n, span 1 for bools; numbers compare first. */
export const logicalOr: Binary = operation(2, (x, y) => logical("logicalOr", "or", x, y))
/** One of x and y but not both. Work n, span 1 for bools; numbers compare first. */
export const logicalXor: Binary = operation(2, (x, y) => logical("logicalXor", "xor", x, y))
/** Not x. Work n, span 1 for bools; numbers compare first. */
export const logicalNot: Unary = operation(1, (x) =>
  bind("not", align("logicalNot", toBool, [x]).arrays, {}),
)

// Bits: integers and bools

/** Bit by bit and. Work n, span 1. @throws TypeError for floats. */
export const bitwiseAnd: Binary = binary("bitwiseAnd", "and", toBits)
/** Bit by bit or. Work n, span 1. @throws TypeError for floats. */
export const bitwiseOr: Binary = binary("bitwiseOr", "or", toBits)
/** Bit by bit exclusive or. Work n, span 1. @throws TypeError for floats. */
export const bitwiseXor: Binary = binary("bitwiseXor", "xor", toBits)
/** Every bit turned; of bools, not. Work n, span 1. @throws TypeError for floats. */
export const bitwiseNot: Unary = unary("bitwiseNot", "not", toBits)
export { bitwiseNot as invert }
/** Bits moved up by y, zeros behind. Work n, span 1. */
export const leftShift: Binary = binary("leftShift", "shiftLeft", toBits)
/** Bits moved down by y; the sign stays for signed integers. Work n, span 1. */
export const rightShift: Binary = operation(2, (x, y) => {
  const { arrays, weak } = align("rightShift", toBits, [x, y])
  const signed = arrays[0].dtype === "int32"
  return elementwise(signed ? "shiftRightArithmetic" : "shiftRightLogical", arrays, weak)
})
/** The number of bits that are 1. Work n, span 1. */
export const bitwiseCount: Unary = unary("bitwiseCount", "populationCount", toBits)

// Choice and dtype

/**
 * onTrue where the condition holds, else onFalse, broadcast together.
 * @param condition bool, or numbers that are true where not 0. Work n, span 1.
 */
export const where: (condition: ArrayLike, onTrue: ArrayLike, onFalse: ArrayLike) => Array =
  operation(3, (condition, onTrue, onFalse) => {
    const type = toCommon([typeOf("where", onTrue), typeOf("where", onFalse)])
    const shape = commonShape(
      "where",
      [condition, onTrue, onFalse].map((x) => shapeOf("where", x)),
    )
    const operands = [
      spread(condition, shape, toBool([])),
      spread(onTrue, shape, type),
      spread(onFalse, shape, type),
    ]
    return withWeak(bind("select", operands, {}), type.weak)
  })

/** The same numbers in another dtype: floats truncate to integers, to bool is ≠ 0. Work n. */
export const astype: (x: ArrayLike, dtype: DType) => Array = operation(1, (x, dtype) =>
  castTo(x, { dtype, weak: false }),
)

/** The identity, through which no derivative passes. Work 0, span 0. */
export const stopGradient: Unary = operation(1, (x) => {
  const array = toArray("stopGradient", x)
  return isFloat(array.dtype) ? bind("stopGradient", [array], {}) : array
})
