/** Hurwitz's zeta function and the derivatives of the digamma function. */

import type { Array } from "./array.ts"
import * as elementwise from "./elementwise.ts"
import { type ArrayLike, align, asFloat, toFloat } from "./operands.ts"
import { operation } from "./operation.ts"
import type { Binary } from "./pointwise.ts"
import { digamma, gamma } from "./special-gamma.ts"

const { add, divide, equal, less, multiply, negative, power, subtract, where } = elementwise

/** How many terms are added before the rest becomes an integral. */
const terms = 9
/** Bernoulli's numbers over factorials: B₂ⱼ/(2j)! for j from 1. */
const corrections = [1 / 12, -1 / 720, 1 / 30240, -1 / 1209600, 1 / 47900160, -691 / 1307674368000]

/**
 * Σ (q + k)^−s over k ≥ 0, for s > 1 and q > 0, by Euler and Maclaurin's formula: 9 terms, the
 * integral of the rest and 6 corrections. ∞ at s = 1; NaN for s < 1 and q ≤ 0. Work about 60n.
 * @example special.zeta(2, 1) // → 1.64493
 */
export const zeta: (s: ArrayLike, q?: ArrayLike) => Array = operation(2, (s, q = 1) => {
  const { arrays } = align("zeta", toFloat, [s, q])
  const [given, start] = arrays
  const inside = elementwise.logicalAnd(
    elementwise.greater(given, 1),
    elementwise.greater(start, 0),
  )
  const [exponent, from] = [where(inside, given, 2), where(inside, start, 1)]
  const down = negative(exponent)
  const direct = globalThis.Array.from({ length: terms }, (_, k) => power(add(from, k), down))
  const end = add(from, terms)
  const last = power(end, down)
  const integral = divide(multiply(last, end), subtract(exponent, 1))
  const inverse = divide(1, multiply(end, end))
  // s (s + 1) … (s + 2j − 2) end^(−s − 2j + 1)
  let factor = multiply(last, divide(exponent, end))
  const rest = corrections.map((correction, j): Array => {
    const term = multiply(factor, correction)
    const growth = multiply(add(exponent, 2 * j + 1), add(exponent, 2 * j + 2))
    factor = multiply(factor, multiply(growth, inverse))
    return term
  })
  // From the smallest up, so that rounding does least.
  const small = rest.toReversed().reduce(add)
  const sum = direct.toReversed().reduce(add, add(add(small, multiply(0.5, last)), integral))
  const pole = where(equal(given, 1), Number.POSITIVE_INFINITY, Number.NaN)
  return where(inside, sum, pole)
})

/**
 * The n-th derivative of the digamma function, for n ≥ 0 and x > 0. Work about 250n.
 * @example special.polygamma(1, 1) // → 1.64493
 */
export const polygamma: Binary = operation(2, (n, x) => {
  const order = asFloat("polygamma", n)
  const { arrays } = align("polygamma", toFloat, [order, x])
  const [derivative, at] = arrays
  const next = add(derivative, 1)
  const half = multiply(0.5, next)
  const even = equal(elementwise.floor(half), half)
  const size = multiply(gamma(next), zeta(where(equal(derivative, 0), 2, next), at))
  const found = where(even, size, negative(size))
  return where(equal(derivative, 0), digamma(at), where(less(derivative, 0), Number.NaN, found))
})
