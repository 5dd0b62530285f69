/**
 * The gamma function and its family, in float32 over the whole range. Near its zeros and for small
 * arguments each is a polynomial, for large ones Stirling's series, and negative arguments are
 * reflected. Coefficients are fitted by test/array/fixtures/fit_special.py. Work is about 100n.
 */

import type { Array } from "../array.ts"
import * as elementwise from "../operations/elementwise.ts"
import type { Binary, Unary } from "../operations/pointwise.ts"
import { type ArrayLike, align, asFloat, toFloat } from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"
import { atLeast, below, cosPi, horner, sinPi } from "./formulas.ts"

const { absolute, add, divide, equal, exp, floor, less, log, log1p, logicalAnd } = elementwise
const { maximum, minimum, multiply, negative, subtract, where } = elementwise

/** ln Γ(2 + t)/t for |t| ≤ ½. */
const logGammaAt2 = [
  0.422784335098, 0.32246703342, -0.0673523010463, 0.0205808088874, -0.00738555148231,
  0.00289049575072, -0.00119274298723, 0.000509867133918, -0.000223278921115, 9.81647744254e-5,
  -4.42090625037e-5, 2.44927076263e-5, -1.14511190594e-5,
]
/** ln Γ(x)/(x − 2) for x = 5.25 + 2.75u, |u| ≤ 1. */
const logGammaMiddle = [
  1.09580797252, 0.392758692199, -0.0882861175572, 0.0279454958677, -0.0102549846265,
  0.00409088269574, -0.0017239518696, 0.000754117109546, -0.000331231770252, 0.00014996231526,
  -8.57911852372e-5, 4.30309898795e-5, -1.75068639139e-6, -8.30933252262e-7, -1.11608227793e-5,
  5.89267802638e-6,
]
/** x times what Stirling's formula lacks, in 1/x², for x ≥ 3. */
const stirling = [
  0.0833333333333, -0.00277777776536, 0.000793648085625, -0.000595019690832, 0.000833073984635,
  -0.0017227942958, 0.00373219158459, -0.0049555869869,
]
/** Γ(2 + t) for t from 0 to 1. */
const gammaAt2 = [
  0.999999999999, 0.422784335417, 0.411840314906, 0.0815772167535, 0.0742460454101,
  -0.000249380563921, 0.0110868933587, -0.00268033597234, 0.00179835187784, -0.000538433536723,
  0.000150061759483, -1.50694094292e-5,
]
/** ψ(1.5 + t) by the distance from its root, for |t| ≤ ½. */
const digammaMiddle = [
  0.95105587605, -0.423627421374, 0.240542477243, -0.14840490939, 0.0949891671153, -0.0619227163146,
  0.0407503801161, -0.0269648792626, 0.018023884633, -0.0120122916086, 0.00726943593165,
  -0.00475742487873, 0.00528458575355, -0.0036258877375,
]
/** x² (ln x − 1/2x − ψ(x)) in 1/x², for x ≥ 3. */
const digammaTail = [
  0.0833333333333, -0.00833333330027, 0.00396824601439, -0.00416589312085, 0.00753672787059,
  -0.0199342662568, 0.0614276716712, -0.159229256513, 0.220886932071,
]

const halfLogTau = 0.5 * Math.log(2 * Math.PI)
/** Where ψ is 0. */
const digammaRoot = 1.4616321449683622

/** What Stirling's formula lacks: ln Γ(x) − (x − ½) ln x + x − ½ ln 2π, for x ≥ 3. */
export function remainderOf(x: Array): Array {
  return divide(horner(stirling, divide(1, multiply(x, x))), x)
}

/** Σ of a and b without a term where a condition fails. */
function plusWhere(a: Array, condition: Array, b: Array): Array {
  return add(a, where(condition, b, 0))
}

/** ln Γ(x) for x ≥ 0. */
function positiveLogGamma(x: Array): Array {
  const [small, low, near] = [0.5, 1.5, 2.5].map((bound) => less(x, bound))
  const t = where(small, x, where(low, subtract(x, 1), where(near, subtract(x, 2), 0)))
  const at2 = multiply(t, horner(logGammaAt2, t))
  const one = plusWhere(at2, low, negative(log1p(where(low, t, 0))))
  const two = plusWhere(one, small, negative(log(where(small, x, 1))))
  const y = below(atLeast(x, 2.5), 8)
  const u = divide(subtract(y, 5.25), 2.75)
  const middle = multiply(subtract(y, 2), horner(logGammaMiddle, u))
  const large = atLeast(x, 8)
  const leading = multiply(subtract(large, 0.5), subtract(log(large), 1))
  const asymptotic = add(leading, add(remainderOf(large), halfLogTau - 0.5))
  return where(near, two, where(less(x, 8), middle, asymptotic))
}

/**
 * ln |Γ(x)|; ∞ at 0 and the negative whole numbers. Work 133n, span 42.
 * @example special.gammaln(np.array([1, 5])) // → [0, 3.17805]
 */
export const gammaln: Unary = operation(1, (x) => {
  const array = asFloat("gammaln", x)
  const size = absolute(array)
  const found = positiveLogGamma(size)
  const below = less(array, 0)
  // Γ(−a) Γ(a) = −π/(a sin πa)
  const inside = logicalAnd(below, less(size, Number.POSITIVE_INFINITY))
  const safe = where(inside, size, 0.5)
  const sine = add(log(safe), log(absolute(sinPi(safe))))
  const reflected = subtract(subtract(Math.log(Math.PI), sine), found)
  return where(inside, reflected, where(below, Number.POSITIVE_INFINITY, found))
})

/** Γ(x) for x ≥ 0. */
function positiveGamma(x: Array): Array {
  const [low, middle, near] = [1, 2, 3].map((bound) => less(x, bound))
  const t = where(low, x, where(middle, subtract(x, 1), where(near, subtract(x, 2), 0)))
  const divisor = where(low, multiply(x, add(x, 1)), where(middle, x, 1))
  const small = divide(horner(gammaAt2, t), where(near, divisor, 1))
  // x^(x − ½) would overflow before e^−x makes it small: it comes in two halves.
  const large = below(atLeast(x, 3), 40)
  const half = elementwise.power(large, multiply(0.5, subtract(large, 0.5)))
  const scale = multiply(exp(subtract(remainderOf(large), large)), Math.sqrt(2 * Math.PI))
  return where(near, small, multiply(multiply(half, scale), half))
}

/**
 * Γ(x): (x − 1)! for whole x; ±∞ at ±0 and NaN at the negative whole numbers. Work 95n, span 36.
 * @example special.gamma(np.array([0.5, 5])) // → [1.77245, 24]
 */
export const gamma: Unary = operation(1, (x) => {
  const array = asFloat("gamma", x)
  const size = absolute(array)
  const found = positiveGamma(size)
  const below = less(array, 0)
  const safe = where(logicalAnd(below, less(size, Number.POSITIVE_INFINITY)), size, 0.5)
  const reflected = divide(-Math.PI, multiply(multiply(safe, found), sinPi(safe)))
  const pole = equal(size, floor(size))
  const negativeSide = where(pole, Number.NaN, reflected)
  const known = where(below, negativeSide, found)
  const unknown = elementwise.isnan(array)
  const finite = where(equal(array, 0), divide(1, array), known)
  return where(unknown, array, finite)
})

/**
 * The sign of Γ(x): 1 or −1; NaN at the negative whole numbers. Work 15n, span 9.
 * @example special.gammasgn(np.array([-0.5, 2])) // → [-1, 1]
 */
export const gammasgn: Unary = operation(1, (x) => {
  const array = asFloat("gammasgn", x)
  const whole = floor(array)
  const even = equal(multiply(2, floor(multiply(0.5, whole))), whole)
  const alternating = where(even, 1, -1)
  const below = where(equal(array, whole), Number.NaN, alternating)
  const found = where(less(array, 0), below, elementwise.copysign(1, array))
  return where(elementwise.isnan(array), array, found)
})

/**
 * n! for n ≥ 0 as Γ(n + 1); 0 below. Work 99n, span 40.
 * @example special.factorial(np.array([0, 5])) // → [1, 120]
 */
export const factorial: Unary = operation(1, (n) => {
  const array = asFloat("factorial", n)
  const negativeSide = less(array, 0)
  return where(negativeSide, 0, gamma(add(where(negativeSide, 0, array), 1)))
})

/**
 * ψ(x) = Γ′(x)/Γ(x); NaN at 0 and the negative whole numbers. Work 102n, span 39.
 * @example special.digamma(np.array([1, 2])) // → [-0.577216, 0.422784]
 */
export const digamma: Unary = operation(1, (x) => {
  const array = asFloat("digamma", x)
  const size = absolute(array)
  const [low, middle, near] = [1, 2, 3].map((bound) => less(size, bound))
  const offset = where(low, 0.5, where(middle, 1.5, 2.5))
  const t = where(near, subtract(size, offset), 0)
  const central = multiply(add(t, 1.5 - digammaRoot), horner(digammaMiddle, t))
  const below1 = divide(-1, where(low, size, 1))
  const above2 = divide(
    1,
    where(logicalAnd(near, elementwise.logicalNot(middle)), subtract(size, 1), 1),
  )
  const small = add(central, where(low, below1, where(middle, 0, above2)))
  const large = atLeast(size, 3)
  const w = divide(1, multiply(large, large))
  const tail = add(divide(0.5, large), multiply(w, horner(digammaTail, w)))
  const found = where(near, small, subtract(log(large), tail))
  const below = less(array, 0)
  const safe = where(logicalAnd(below, less(size, 2 ** 22)), size, 0.5)
  const cotangent = divide(cosPi(safe), sinPi(safe))
  const reflected = add(add(found, divide(1, safe)), multiply(Math.PI, cotangent))
  const pole = logicalAnd(equal(size, floor(size)), elementwise.lessEqual(array, 0))
  return where(pole, Number.NaN, where(below, reflected, found))
})

/**
 * ln of the beta function for positive arguments; large ones lose nothing. Work 487n, span 47.
 * @example special.betaln(2, 3) // → -2.48491
 */
export const betaln: Binary = operation(2, (x, y) => {
  const { arrays } = align("betaln", toFloat, [x, y])
  const [a, b] = [minimum(arrays[0], arrays[1]), maximum(arrays[0], arrays[1])]
  const total = add(a, b)
  const small = add(gammaln(a), subtract(gammaln(b), gammaln(total)))
  const large = atLeast(b, 3)
  const positive = maximum(a, 0)
  const sum = add(positive, large)
  const ratio = log1p(divide(positive, large))
  const rest = subtract(remainderOf(large), remainderOf(sum))
  const bend = multiply(subtract(large, 0.5), ratio)
  const mixed = add(
    subtract(gammaln(a), add(bend, multiply(positive, subtract(log(sum), 1)))),
    rest,
  )
  const both = atLeast(a, 3)
  const turn = multiply(subtract(both, 0.5), log1p(divide(large, both)))
  const leading = subtract(
    halfLogTau,
    add(multiply(0.5, log(large)), add(turn, multiply(large, ratio))),
  )
  const largest = add(leading, add(remainderOf(both), rest))
  const found = where(less(a, 3), mixed, largest)
  return where(elementwise.logicalOr(less(b, 3), less(a, 0)), small, found)
})

/**
 * The beta function Γ(x)Γ(y)/Γ(x + y). Work 537n, span 49.
 * @example special.beta(2, 3) // → 0.0833333
 */
export const beta: Binary = operation(2, (x, y) => {
  const sign = multiply(multiply(gammasgn(x), gammasgn(y)), gammasgn(add(x, y)))
  return multiply(sign, exp(betaln(x, y)))
})

/**
 * ln of the multivariate gamma function of d dimensions: a sum of d gammaln. Work about 135dn and
 * span 43 + d.
 * @example special.multigammaln(3, 2) // → 1.5502
 */
export const multigammaln: (x: ArrayLike, d: number) => Array = operation(1, (x, d) => {
  if (!Number.isInteger(d) || d < 1) {
    throw new RangeError(`multigammaln: d is ${d}, which must be a whole number of at least 1`)
  }
  const array = asFloat("multigammaln", x)
  const terms = globalThis.Array.from({ length: d }, (_, i) => gammaln(subtract(array, i / 2)))
  return add(terms.reduce(add), ((d * (d - 1)) / 4) * Math.log(Math.PI))
})
