/** The incomplete beta function, exponential integrals, and counts of choices. */

import type { Array } from "../array.ts"
import * as elementwise from "../operations/elementwise.ts"
import { foriLoop } from "../operations/loops.ts"
import type { Binary, Unary } from "../operations/pointwise.ts"
import { type ArrayLike, align, asFloat, castTo, toFloat } from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"
import { xlog1py, xlogy } from "./entropy.ts"
import { horner } from "./formulas.ts"
import { betaln, gammaln } from "./gamma.ts"

const { add, divide, exp, greater, less, log, logicalOr, multiply } = elementwise
const { equal, expm1, log1p, negative, subtract, where } = elementwise

/** Turns of the continued fraction: enough for a and b up to some ten thousands. */
const turns = 128
const tiny = 1e-30

interface Fraction {
  readonly c: Array
  readonly d: Array
  readonly h: Array
}

/** The continued fraction of the incomplete beta function (DLMF 8.17.22), by Lentz's method. */
function fraction(a: Array, b: Array, x: Array): Array {
  const safe = (y: Array): Array => where(less(elementwise.absolute(y), tiny), tiny, y)
  const both = add(a, b)
  const d = divide(1, safe(subtract(1, divide(multiply(both, x), add(a, 1)))))
  const next = ({ c, d, h }: Fraction, term: Array): Fraction => {
    const below = divide(1, safe(add(1, multiply(term, d))))
    const above = safe(add(1, divide(term, c)))
    return { c: above, d: below, h: multiply(h, multiply(below, above)) }
  }
  const { h } = foriLoop(
    0,
    turns,
    (i, state: Fraction) => {
      const m = castTo(add(i, 1), { dtype: x.dtype, weak: false })
      const place = add(a, multiply(2, m))
      const even = divide(
        multiply(multiply(m, subtract(b, m)), x),
        multiply(subtract(place, 1), place),
      )
      const odd = divide(
        multiply(multiply(add(a, m), add(both, m)), negative(x)),
        multiply(place, add(place, 1)),
      )
      return next(next(state, even), odd)
    },
    { c: add(multiply(x, 0), 1), d, h: d },
  )
  return h
}

/**
 * The regularised incomplete beta function I(x; a, b) = ∫₀ˣ t^(a−1) (1−t)^(b−1) dt / B(a, b), from
 * 0 to 1; NaN where a or b is not positive or x not in [0, 1]. Differentiable in all three. Work
 * O(n) and span O(1).
 *
 * @example
 * special.betainc(1, 2, 0.5) // → 0.75
 */
export const betainc: (a: ArrayLike, b: ArrayLike, x: ArrayLike) => Array = operation(
  3,
  (a, b, x) => {
    const { arrays } = align("betainc", toFloat, [a, b, x])
    const [p, q, t] = arrays
    const outside = logicalOr(less(t, 0), greater(t, 1))
    const wrong = logicalOr(logicalOr(outside, elementwise.isnan(t)), notPositive(p, q))
    const atEnd = logicalOr(equal(t, 0), equal(t, 1))
    const inside = where(logicalOr(wrong, atEnd), 0.5, t)
    const [first, second] = [where(wrong, 1, p), where(wrong, 1, q)]
    // The fraction is quick below the mean; above it the other tail is taken.
    const turned = greater(inside, divide(add(first, 1), add(add(first, second), 2)))
    const [u, v] = [where(turned, second, first), where(turned, first, second)]
    const y = where(turned, subtract(1, inside), inside)
    const front = exp(subtract(add(xlogy(u, y), xlog1py(v, negative(y))), betaln(u, v)))
    const tail = divide(multiply(front, fraction(u, v, y)), u)
    const found = where(turned, subtract(1, tail), tail)
    return where(wrong, Number.NaN, where(atEnd, t, found))
  },
)

function notPositive(a: Array, b: Array): Array {
  const proper = elementwise.logicalAnd(greater(a, 0), greater(b, 0))
  return elementwise.logicalNot(proper)
}

const eulerGamma = 0.5772156649015329

/** (−1)^(k+1) / (k · k!), k from 1. */
const series = globalThis.Array.from({ length: 20 }, (_, i) => {
  let factorial = 1
  for (let k = 2; k <= i + 1; k++) factorial *= k
  return (i % 2 === 0 ? 1 : -1) / ((i + 1) * factorial)
})

/**
 * E₁(x) = ∫ₓ^∞ e^−t / t dt for x > 0; ∞ at 0 and NaN below. Work 246n, span 197.
 *
 * @example
 * special.exp1(1) // → 0.2193839
 */
export const exp1: Unary = operation(1, (x) => {
  const array = asFloat("exp1", x)
  const large = greater(array, 1)
  const low = where(large, 1, where(greater(array, 0), array, 1))
  const small = subtract(multiply(low, horner(series, low)), add(log(low), eulerGamma))
  const high = where(large, array, 2)
  // e^−x / (x + 1 / (1 + 1 / (x + 2 / (1 + 2 / …)))), from the inside.
  let rest = high
  for (let k = 48; k > 0; k--) rest = add(high, divide(k, add(1, divide(k, rest))))
  const tail = divide(exp(negative(high)), rest)
  const found = where(large, tail, small)
  return where(greater(array, 0), found, where(equal(array, 0), Infinity, Number.NaN))
})

/**
 * (x^λ − 1) / λ, ln x for λ = 0. Work 7n, span 6.
 *
 * @example
 * special.boxcox(3, 1) // → 2
 */
export const boxcox: Binary = operation(2, (x, lambda) => {
  const { arrays } = align("boxcox", toFloat, [x, lambda])
  return powered(log(arrays[0]), arrays[1])
})

/**
 * ((1 + x)^λ − 1) / λ, ln(1 + x) for λ = 0. Work 7n, span 6.
 *
 * @example
 * special.boxcox1p(2, 1) // → 2
 */
export const boxcox1p: Binary = operation(2, (x, lambda) => {
  const { arrays } = align("boxcox1p", toFloat, [x, lambda])
  return powered(log1p(arrays[0]), arrays[1])
})

/** (e^(λ l) − 1) / λ. */
function powered(logarithm: Array, lambda: Array): Array {
  const none = equal(lambda, 0)
  const safe = where(none, 1, lambda)
  return where(none, logarithm, divide(expm1(multiply(safe, logarithm)), safe))
}

/**
 * How many ways there are to choose k of n, as a float; 0 where k is not from 0 to n. Work 423n,
 * span 55.
 *
 * @example
 * special.comb(5, 2) // → 10
 */
export const comb: Binary = operation(2, (n, k) => {
  const { arrays } = align("comb", toFloat, [n, k])
  const [all, some] = arrays
  const outside = logicalOr(logicalOr(less(some, 0), greater(some, all)), less(all, 0))
  const [m, j] = [where(outside, 1, all), where(outside, 0, some)]
  const size = subtract(
    gammaln(add(m, 1)),
    add(gammaln(add(j, 1)), gammaln(add(subtract(m, j), 1))),
  )
  const found = exp(size)
  // Whole numbers give whole numbers, as far as the dtype holds them.
  const whole = elementwise.logicalAnd(
    equal(elementwise.floor(m), m),
    equal(elementwise.floor(j), j),
  )
  const exact = elementwise.logicalAnd(whole, less(found, 1e5))
  return where(outside, 0, where(exact, elementwise.rint(found), found))
})

/**
 * Γ(z + m) / Γ(z), the rising factorial z (z + 1) … (z + m − 1), for positive z. Work 271n, span
 * 46.
 *
 * @example
 * special.poch(1, 3) // → 6
 */
export const poch: Binary = operation(2, (z, m) => {
  const { arrays } = align("poch", toFloat, [z, m])
  const [start, count] = arrays
  const found = exp(subtract(gammaln(add(start, count)), gammaln(start)))
  return where(equal(count, 0), 1, found)
})
