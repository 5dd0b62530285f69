/**
 * The normal distribution: its distribution function, the logarithm of it and the inverse, in
 * float32 over the whole range. Polynomials are fitted by test/array/fixtures/fit_special.py.
 */

import type { Array } from "../array.ts"
import * as elementwise from "../operations/elementwise.ts"
import type { Unary } from "../operations/pointwise.ts"
import { asFloat } from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"
import { atLeast, below, horner } from "./formulas.ts"

const { add, divide, equal, erfc, greater, less, log, log1p, multiply } = elementwise
const { negative, sqrt, subtract, where } = elementwise

/** z (z + Φ⁻¹(e^(−z²/2))) for 1/z = 0.2695 + 0.2005u. */
const normalTail = [
  2.32782982309, -0.6649575456, 0.274209800766, -0.137868056194, 0.0772293934795, -0.0464152215244,
  0.0291593350712, -0.0155051769164, 0.00802631740664, -0.018570542463, 0.0183475602103,
  0.0213789985856, -0.0246241853745, -0.0350668876358, 0.0341570474447, 0.0238056508838,
  -0.021900755787, -0.0084266658317, 0.00709778444919,
]
/** x² (ln Φ(−x) + x²/2 + ln x + ½ ln 2π) in 1/x², for x ≥ 5. */
const logNormalTail = [
  -0.999999999606, 2.49999933544, -12.3329998908, 88.1734428485, -806.557992869, 8466.17796233,
  -86000.7126225, 659329.743761, -2578269.77764,
]

/**
 * Φ(x), the probability of a standard normal number below x. Work 3n, span 3.
 * @example special.ndtr(np.array([0, 1.96])) // → [0.5, 0.975002]
 */
export const ndtr: Unary = operation(1, (x) =>
  multiply(0.5, erfc(multiply(asFloat("ndtr", x), -Math.SQRT1_2))),
)

/**
 * ln Φ(x), also where Φ(x) is too small for a float. Work 45n, span 25.
 * @example special.logNdtr(np.array([-10, 0])) // → [-53.2313, -0.693147]
 */
export const logNdtr: Unary = operation(1, (x) => {
  const array = asFloat("logNdtr", x)
  const upper = log1p(negative(ndtr(negative(atLeast(array, -1)))))
  const middle = log(ndtr(below(atLeast(array, -5), -1)))
  const far = negative(below(array, -5))
  const w = divide(1, multiply(far, far))
  const rest = add(multiply(w, horner(logNormalTail, w)), -0.5 * Math.log(2 * Math.PI))
  const tail = subtract(subtract(rest, log(far)), multiply(multiply(0.5, far), far))
  return where(less(array, -5), tail, where(less(array, -1), middle, upper))
})

/**
 * The x with Φ(x) = p; ∓∞ at 0 and 1, NaN outside. Work 65n, span 56.
 * @example special.ndtri(np.array([0.5, 0.975])) // → [0, 1.95996]
 */
export const ndtri: Unary = operation(1, (p) => {
  const array = asFloat("ndtri", p)
  const upper = greater(array, 0.9)
  const outer = elementwise.logicalOr(upper, less(array, 0.1))
  const central = multiply(
    elementwise.erfInv(subtract(multiply(2, where(outer, 0.5, array)), 1)),
    Math.SQRT2,
  )
  // 1 − p is exact there.
  const share = where(upper, subtract(1, array), where(outer, array, 0.1))
  const inside = greater(share, 0)
  const tail = lowerTail(where(inside, share, 0.1))
  const known = where(equal(share, 0), Number.NEGATIVE_INFINITY, where(inside, tail, Number.NaN))
  const found = where(outer, where(upper, negative(known), known), central)
  return where(elementwise.isnan(array), array, found)
})

/** Φ⁻¹(p) for p up to 0.1. */
function lowerTail(p: Array): Array {
  const z = sqrt(multiply(-2, log(p)))
  const v = divide(1, z)
  const u = divide(subtract(v, (0.069 + 0.47) / 2), (0.47 - 0.069) / 2)
  return subtract(multiply(v, horner(normalTail, u)), z)
}
