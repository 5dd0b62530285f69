/** Functions of floats, element by element: exponentials, angles, rounding. */

import { isFloat } from "../../size/index.ts"
import type { Array } from "../array.ts"
import { isNamed } from "../named.ts"
import { type ArrayLike, asFloat, toArray, toFloat } from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"
import { bind } from "../tracing/trace.ts"
import { divide, multiply } from "./arithmetic.ts"
import { equal, less, where } from "./logic.ts"
import { type Binary, binary, rounding, type Unary, unary } from "./pointwise.ts"

/**
 * e^x. Floats stay, others become float32. Work n, span 1.
 * @example np.exp(np.array([0, 1])) // → [1, 2.71828]
 */
export const exp: Unary = unary("exp", "exp", toFloat)
/**
 * 2^x. Work 2n, span 2.
 * @example np.exp2(np.array([0, 3])) // → [1, 8]
 */
export const exp2: Unary = operation(1, (x) => exp(multiply(asFloat("exp2", x), Math.LN2)))
/**
 * e^x − 1, exact near 0. Work n, span 1.
 * @example np.expm1(np.array([0, 1])) // → [0, 1.71828]
 */
export const expm1: Unary = unary("expm1", "expm1", toFloat)
/**
 * Natural logarithm; −∞ at 0 and NaN below. Work n, span 1.
 * @example np.log(np.array([1, Math.E, 0])) // → [0, 1, -Infinity]
 */
export const log: Unary = unary("log", "log", toFloat)
/**
 * ln(1 + x), exact near 0. Work n, span 1.
 * @example np.log1p(np.array([0, 1])) // → [0, 0.693147]
 */
export const log1p: Unary = unary("log1p", "log1p", toFloat)
/**
 * Logarithm to base 2. Work 2n, span 2.
 * @example np.log2(np.array([1, 8])) // → [0, 3]
 */
export const log2: Unary = operation(1, (x) => divide(log(x), Math.LN2))
/**
 * Logarithm to base 10. Work 2n, span 2.
 * @example np.log10(np.array([1, 1000])) // → [0, 3]
 */
export const log10: Unary = operation(1, (x) => divide(log(x), Math.LN10))
/**
 * Sine of an angle in radians. Work n, span 1.
 * @example np.sin(np.array([0, np.pi / 2])) // → [0, 1]
 */
export const sin: Unary = unary("sin", "sin", toFloat)
/**
 * Cosine of an angle in radians. Work n, span 1.
 * @example np.cos(np.array([0, np.pi])) // → [1, -1]
 */
export const cos: Unary = unary("cos", "cos", toFloat)
/**
 * Tangent of an angle in radians. Work n, span 1.
 * @example np.tan(np.array([0, np.pi / 4])) // → [0, 1]
 */
export const tan: Unary = unary("tan", "tan", toFloat)
/**
 * The angle in [−π/2, π/2] whose sine is x. Work n, span 1.
 * @example np.arcsin(np.array([0, 1])) // → [0, 1.5708]
 */
export const arcsin: Unary = unary("arcsin", "asin", toFloat)
/**
 * The angle in [0, π] whose cosine is x. Work n, span 1.
 * @example np.arccos(np.array([1, 0])) // → [0, 1.5708]
 */
export const arccos: Unary = unary("arccos", "acos", toFloat)
/**
 * The angle in (−π/2, π/2) whose tangent is x. Work n, span 1.
 * @example np.arctan(np.array([0, 1])) // → [0, 0.785398]
 */
export const arctan: Unary = unary("arctan", "atan", toFloat)
/**
 * The angle of the point (x, y) from the first axis, in (−π, π]. Work n, span 1.
 * @example np.arctan2(np.array([1, -1]), np.array([1, -1])) // → [0.785398, -2.35619]
 */
export const arctan2: Binary = binary("arctan2", "atan2", toFloat)
/**
 * Hyperbolic sine. Work n, span 1.
 * @example np.sinh(np.array([0, 1])) // → [0, 1.1752]
 */
export const sinh: Unary = unary("sinh", "sinh", toFloat)
/**
 * Hyperbolic cosine. Work n, span 1.
 * @example np.cosh(np.array([0, 1])) // → [1, 1.54308]
 */
export const cosh: Unary = unary("cosh", "cosh", toFloat)
/**
 * Hyperbolic tangent. Work n, span 1.
 * @example np.tanh(np.array([0, 1])) // → [0, 0.761594]
 */
export const tanh: Unary = unary("tanh", "tanh", toFloat)
/**
 * Inverse of sinh. Work n, span 1.
 * @example np.arcsinh(np.array([0, 1])) // → [0, 0.881374]
 */
export const arcsinh: Unary = unary("arcsinh", "asinh", toFloat)
/**
 * Inverse of cosh, for x ≥ 1. Work n, span 1.
 * @example np.arccosh(np.array([1, 2])) // → [0, 1.31696]
 */
export const arccosh: Unary = unary("arccosh", "acosh", toFloat)
/**
 * Inverse of tanh, for |x| < 1. Work n, span 1.
 * @example np.arctanh(np.array([0, 0.5])) // → [0, 0.549306]
 */
export const arctanh: Unary = unary("arctanh", "atanh", toFloat)
/**
 * Square root. Work n, span 1.
 * @example np.sqrt(np.array([4, -1])) // → [2, NaN]
 */
export const sqrt: Unary = unary("sqrt", "sqrt", toFloat)
/**
 * 1/√x. Work n, span 1.
 * @example np.rsqrt(np.array([4, 16])) // → [0.5, 0.25]
 */
export const rsqrt: Unary = unary("rsqrt", "rsqrt", toFloat)
/**
 * Cube root, of negative numbers too. Work n, span 1.
 * @example np.cbrt(np.array([-8, 27])) // → [-2, 3]
 */
export const cbrt: Unary = unary("cbrt", "cbrt", toFloat)
/**
 * The error function, 2/√π ∫₀ˣ e^−t² dt. Work n, span 1.
 * @example np.erf(np.array([0, 1])) // → [0, 0.842701]
 */
export const erf: Unary = unary("erf", "erf", toFloat)
/**
 * 1 − erf(x), exact for large x. Work n, span 1.
 * @example np.erfc(np.array([0, 1])) // → [1, 0.157299]
 */
export const erfc: Unary = unary("erfc", "erfc", toFloat)
/**
 * Inverse of erf, on (−1, 1). Work n, span 1.
 * @example np.erfInv(np.array([0, 0.5])) // → [0, 0.476936]
 */
export const erfInv: Unary = unary("erfInv", "erfInv", toFloat)
/**
 * 1 / (1 + e^−x). Work n, span 1.
 * @example np.logistic(np.array([0, 1])) // → [0.5, 0.731059]
 */
export const logistic: Unary = unary("logistic", "logistic", toFloat)
/**
 * The greatest whole number not above x; integers stay. Work n, span 1.
 * @example np.floor(np.array([1.7, -1.2])) // → [1, -2]
 */
export const floor: Unary = rounding("floor", "floor")
/**
 * The least whole number not below x; integers stay. Work n, span 1.
 * @example np.ceil(np.array([1.2, -1.7])) // → [2, -1]
 */
export const ceil: Unary = rounding("ceil", "ceil")
/**
 * The nearest whole number, ties to even; a float. Work n, span 1.
 * @example np.rint(np.array([0.5, 1.5, 2.5])) // → [0, 2, 2]
 */
export const rint: Unary = unary("rint", "round", toFloat)
/**
 * The whole number next to x towards 0; integers stay. Work 4n, span 2.
 * @example np.trunc(np.array([1.7, -1.7])) // → [1, -1]
 */
export const trunc: Unary = operation(1, (x) => {
  const array = toArray("trunc", x)
  return isFloat(array.dtype) ? where(less(array, 0), ceil(array), floor(array)) : array
})

/**
 * Rounds to a number of decimals, ties to even; integers stay. Work n, span 1, with decimals 3n and 3.
 * @example np.round(np.array([1.26, 2.5]), 1) // → [1.3, 2.5]
 */
export const round: (x: ArrayLike, decimals?: number | { readonly decimals?: number }) => Array =
  operation(1, (x, decimals = 0) => {
    if (isNamed(decimals)) return round(x, decimals.decimals)
    const array = toArray("round", x)
    if (!isFloat(array.dtype)) return array
    if (decimals === 0) return bind("round", [array], {})
    const scale = 10 ** decimals
    return divide(bind("round", [multiply(array, scale)], {}), scale)
  })

/**
 * Degrees to radians. Work n, span 1.
 * @example np.deg2rad(np.array([180, 90])) // → [3.14159, 1.5708]
 */
export const deg2rad: Unary = operation(1, (x) => multiply(asFloat("deg2rad", x), Math.PI / 180))
/**
 * Radians to degrees. Work n, span 1.
 * @example np.rad2deg(np.array([np.pi])) // → [180]
 */
export const rad2deg: Unary = operation(1, (x) => multiply(asFloat("rad2deg", x), 180 / Math.PI))

/**
 * sin(πx)/(πx), 1 at 0. Work 6n, span 6.
 * @example np.sinc(np.array([0, 0.5, 1])) // → [1, 0.63662, 0]
 */
export const sinc: Unary = operation(1, (x) => {
  const angle = multiply(asFloat("sinc", x), Math.PI)
  const atZero = equal(angle, 0)
  const safe = where(atZero, 1, angle)
  return where(atZero, 1, divide(sin(safe), safe))
})

export {
  arccos as acos,
  arccosh as acosh,
  arcsin as asin,
  arcsinh as asinh,
  arctan as atan,
  arctan2 as atan2,
  arctanh as atanh,
  deg2rad as radians,
  rad2deg as degrees,
  trunc as fix,
}
