/** Hurwitz's zeta function, the derivatives of the digamma function, and Bernoulli's numbers. */

import type { Array } from "../array.ts"
import * as elementwise from "../operations/elementwise.ts"
import type { Binary } from "../operations/pointwise.ts"
import { constant } from "../tracing/constant.ts"
import { type ArrayLike, align, asFloat, toFloat } from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"
import { digamma, gamma } from "./gamma.ts"

const { add, divide, equal, less, multiply, negative, power, subtract, where } = elementwise

/** How many terms are added before the rest becomes an integral. */
const terms = 9
/** Bernoulli's numbers over factorials: B₂ⱼ/(2j)! for j from 1. */
const corrections = [1 / 12, -1 / 720, 1 / 30240, -1 / 1209600, 1 / 47900160, -691 / 1307674368000]

/**
 * Σ (q + k)^−s over k ≥ 0, for s > 1 and q > 0, by Euler and Maclaurin's formula: 9 terms, the
 * integral of the rest and 6 corrections. ∞ at s = 1; NaN for s < 1 and q ≤ 0. Work 83n and span
 * 30.
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
 * The n-th derivative of the digamma function, for n ≥ 0 and x > 0. Work 292n, span 42.
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

/**
 * Bernoulli's numbers B₀ … Bₙ, (n + 1), float32, with B₁ = −½. Work 0: the host computes it.
 * @example special.bernoulli(4) // → [1, -0.5, 0.1666667, 0, -0.0333333]
 * @throws RangeError when n is no whole number from 0 up.
 */
export function bernoulli(n: number): Array {
  if (!Number.isInteger(n) || n < 0) {
    throw new RangeError(`bernoulli: n is ${n}, which must be whole and at least 0`)
  }
  // B₂ₖ = (−1)^(k+1) 2 (2k)! ζ(2k)/(2π)^2k
  let scale = 2
  const numbers = globalThis.Array.from({ length: n + 1 }, (_, m) => {
    if (m > 0) scale *= m / (2 * Math.PI)
    if (m < 2) return m === 0 ? 1 : -0.5
    if (m % 2 === 1) return 0
    return (m % 4 === 2 ? 1 : -1) * scale * zetaOf(m)
  })
  return constant(Float32Array.from(numbers), [n + 1], "float32")
}

/** ζ(m) for whole even m, in float64. */
function zetaOf(m: number): number {
  if (m === 2) return Math.PI ** 2 / 6
  if (m === 4) return Math.PI ** 4 / 90
  let sum = 0
  for (let k = 400; k > 0; k--) sum += k ** -m
  return sum
}
