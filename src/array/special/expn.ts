/** The exponential integrals of whole orders: the power series up to 1, a continued fraction beyond. */

import type { Array } from "../array.ts"
import { type Custom, custom } from "../linalg/custom.ts"
import * as elementwise from "../operations/elementwise.ts"
import type { Binary } from "../operations/pointwise.ts"
import { align, toFloat } from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"
import { digamma, gamma } from "./gamma.ts"

const { add, divide, equal, exp, less, log, logicalOr, multiply, negative, subtract, where } =
  elementwise

const seriesDepth = 13
const fractionDepth = 26

/** Eₙ(x) for n ≥ 1 and 0 < x ≤ 1: (−x)ⁿ⁻¹/(n − 1)! (ψ(n) − ln x) − Σ (−x)ᵏ/((k − n + 1) k!), k ≠ n − 1. */
function series(n: Array, x: Array): Array {
  const before = subtract(n, 1)
  let factor: Array = multiply(x, 0).add(1)
  let sum: Array = multiply(x, 0)
  for (let k = 0; k < seriesDepth; k++) {
    const gap = subtract(k, before)
    const here = equal(gap, 0)
    sum = subtract(sum, where(here, 0, divide(factor, where(here, 1, gap))))
    factor = divide(multiply(factor, negative(x)), k + 1)
  }
  const half = multiply(0.5, before)
  const size = divide(elementwise.power(x, before), gamma(n))
  const power = where(equal(elementwise.floor(half), half), size, negative(size))
  return add(multiply(power, subtract(digamma(n), log(x))), sum)
}

/** Eₙ(x) for x > 1, by the even part of its continued fraction. */
function fraction(n: Array, x: Array): Array {
  const base = add(x, n)
  let rest: Array = multiply(base, 0)
  for (let k = fractionDepth; k > 0; k--) {
    rest = divide(multiply(k, add(n, k - 1)), subtract(add(base, 2 * k), rest))
  }
  return divide(exp(negative(x)), subtract(base, rest))
}

const both: Custom<null> = custom(
  ([n, x]) => {
    const [zeroth, origin] = [equal(n, 0), equal(x, 0)]
    const wrong = logicalOr(less(n, 0), less(x, 0))
    const order = where(less(n, 1), 1, n)
    const low = where(elementwise.logicalAnd(elementwise.greater(x, 0), less(x, 1)), x, 0.5)
    const high = where(less(x, 1), 1, x)
    const infinite = equal(x, Number.POSITIVE_INFINITY)
    const large = where(infinite, 0, fraction(order, where(infinite, 1, high)))
    const found = where(less(x, 1), series(order, low), large)
    const first = where(zeroth, divide(exp(negative(x)), where(origin, 1, x)), found)
    const many = less(1, n)
    const end = where(many, divide(1, where(many, subtract(n, 1), 1)), Number.POSITIVE_INFINITY)
    const unknown = logicalOr(elementwise.isnan(n), elementwise.isnan(x))
    return [where(logicalOr(wrong, unknown), Number.NaN, where(origin, end, first))]
  },
  // dEₙ/dx = −Eₙ₋₁, and E₋₁ = e^−x (1 + 1/x)/x.
  ([n, x], _, [, dx]) => {
    const zeroth = equal(n, 0)
    const below = both([where(zeroth, 1, subtract(n, 1)), x], null)[0]
    const last = divide(multiply(exp(negative(x)), add(1, divide(1, x))), x)
    return [negative(multiply(where(zeroth, last, below), dx))]
  },
)

/**
 * Eₙ(x) = ∫₁^∞ e^−xt/tⁿ dt for whole n ≥ 0 and x ≥ 0: ∞ at 0 for n < 2, NaN below. Differentiable
 * by x. Work about 250n, span O(1).
 * @example special.expn(2, np.array([0, 1])) // → [1, 0.148496]
 */
export const expn: Binary = operation(2, (n, x) => {
  const { arrays } = align("expn", toFloat, [n, x])
  return both(arrays, null)[0]
})
