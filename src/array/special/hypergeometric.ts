/**
 * Hypergeometric functions by their power series, as loops of a fixed number of steps, after
 * transformations to where the series converges (DLMF 13.2, 13.7, 15.8).
 */

import type { Array } from "../array.ts"
import * as elementwise from "../operations/elementwise.ts"
import { foriLoop } from "../operations/loops.ts"
import { type ArrayLike, align, castTo, toFloat } from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"
import { digamma, gamma } from "./gamma.ts"

const { absolute, add, divide, equal, exp, floor, greater, less, lessEqual, log } = elementwise
const { logicalAnd, logicalNot, logicalOr, multiply, negative, power, subtract, where } =
  elementwise

interface Sum {
  readonly term: Array
  readonly sum: Array
}

/** Σ of terms t₀ = first and tₖ₊₁ = tₖ ratio(k), so many. */
function summed(steps: number, first: Array, ratio: (k: Array) => Array): Array {
  const { dtype } = first
  const { sum } = foriLoop<Sum>(
    0,
    steps,
    (i, { term, sum }) => {
      const next = multiply(term, ratio(castTo(i, { dtype, weak: false })))
      return { term: next, sum: add(sum, next) }
    },
    { term: first, sum: first },
  )
  return sum
}

function ones(x: Array): Array {
  return add(multiply(x, 0), 1)
}

/** Whether x is 0 or a whole number below, where Γ has a pole. */
function isPole(x: Array): Array {
  return logicalAnd(lessEqual(x, 0), equal(floor(x), x))
}

/** 1/Γ(x), 0 at the poles. */
function inverseGamma(x: Array): Array {
  const pole = isPole(x)
  return where(pole, 0, divide(1, gamma(where(pole, 1, x))))
}

/** The steps after which terms of size xᵏ/k! have gone, for x up to the bound below. */
const confluentSteps = 120
const confluentBound = 40

/**
 * Kummer's confluent hypergeometric function ₁F₁(a; b; x) = Σ (a)ₖ xᵏ/((b)ₖ k!), floats broadcast:
 * the series up to |x| = 40, for negative x as e^x ₁F₁(b − a; b; −x), and the expansion for large x
 * beyond, for moderate a and b. Differentiable. Work about 900n, span 600.
 * @example special.hyp1f1(1, 2, np.array([-1, 0, 1])) // → [0.632121, 1, 1.71828]
 */
export const hyp1f1: (a: ArrayLike, b: ArrayLike, x: ArrayLike) => Array = operation(
  3,
  (a, b, x) => {
    const [given, lower, at] = align("hyp1f1", toFloat, [a, b, x]).arrays
    // Polynomials have no growth to take out.
    const polynomial = isPole(given)
    const turned = logicalAnd(less(at, 0), logicalNot(polynomial))
    const upper = where(turned, subtract(lower, given), given)
    const size = where(turned, negative(at), at)
    const far = logicalAnd(greater(size, confluentBound), logicalNot(isPole(upper)))
    const near = where(far, 1, size)
    const series = summed(confluentSteps, ones(near), (k) =>
      multiply(divide(add(upper, k), add(lower, k)), divide(near, add(k, 1))),
    )
    const scale = where(turned, exp(negative(where(turned, near, 0))), 1)
    const large = where(far, size, confluentBound)
    const [p, q] = [subtract(lower, upper), subtract(1, upper)]
    const rest = summed(12, ones(large), (k) =>
      divide(multiply(add(p, k), add(q, k)), multiply(large, add(k, 1))),
    )
    const growth = multiply(multiply(gamma(lower), inverseGamma(upper)), power(large, negative(p)))
    const half = exp(multiply(0.5, where(turned, 0, large)))
    const asymptotic = multiply(multiply(half, multiply(growth, rest)), half)
    return where(far, asymptotic, multiply(scale, series))
  },
)

type Parameters = readonly [a: Array, b: Array, c: Array]

const gaussSteps = 250
/** From where on the series in 1 − x is taken. */
const gaussBound = 0.9
const nearSteps = 24

/** Σ (a)ₖ (b)ₖ zᵏ/((c)ₖ k!). */
function gauss(steps: number, [a, b, c]: Parameters, z: Array): Array {
  return summed(steps, ones(z), (k) =>
    multiply(divide(multiply(add(a, k), add(b, k)), multiply(add(c, k), add(k, 1))), z),
  )
}

/** ₂F₁ at 1 − w for small w, where d = c − a − b is not whole (DLMF 15.8.4). */
function aroundOne([a, b, c]: Parameters, d: Array, w: Array): Array {
  const [left, right] = [subtract(c, a), subtract(c, b)]
  const whole = gamma(c)
  const first = multiply(
    multiply(multiply(whole, gamma(d)), multiply(inverseGamma(left), inverseGamma(right))),
    gauss(nearSteps, [a, b, subtract(1, d)], w),
  )
  const second = multiply(
    multiply(multiply(whole, gamma(negative(d))), multiply(inverseGamma(a), inverseGamma(b))),
    gauss(nearSteps, [left, right, add(1, d)], w),
  )
  return add(first, multiply(power(w, d), second))
}

interface Logarithmic extends Sum {
  /** ψ(k + 1) + ψ(k + m + 1) − ψ(a + k + m) − ψ(b + k + m). */
  readonly digammas: Array
}

/** ₂F₁(a, b; a + b + m; 1 − w) for small w and whole m ≥ 0 (DLMF 15.8.10). */
function logarithmic([a, b, c]: Parameters, m: Array, w: Array): Array {
  const { dtype } = w
  const [first, second] = [add(a, m), add(b, m)]
  const some = greater(m, 0)
  const finite = summed(nearSteps, gamma(where(some, m, 1)), (k) => {
    const left = subtract(subtract(m, k), 1)
    const inside = greater(left, 0)
    const factor = divide(multiply(add(a, k), add(b, k)), add(k, 1))
    return where(inside, multiply(divide(factor, where(inside, left, 1)), negative(w)), 0)
  })
  const start = divide(1, gamma(add(m, 1)))
  const logarithm = log(w)
  const digammas = subtract(
    add(digamma(ones(m)), digamma(add(m, 1))),
    add(digamma(first), digamma(second)),
  )
  const { sum } = foriLoop<Logarithmic>(
    0,
    nearSteps,
    (i, state) => {
      const k = castTo(i, { dtype, weak: false })
      const [p, q] = [add(first, k), add(second, k)]
      const [r, s] = [add(k, 1), add(add(m, k), 1)]
      const sum = add(state.sum, multiply(state.term, subtract(logarithm, state.digammas)))
      const grown = divide(multiply(multiply(p, q), w), multiply(r, s))
      const added = subtract(add(divide(1, r), divide(1, s)), add(divide(1, p), divide(1, q)))
      return { term: multiply(state.term, grown), sum, digammas: add(state.digammas, added) }
    },
    { term: start, sum: multiply(w, 0), digammas },
  )
  const half = multiply(0.5, m)
  const size = power(w, m)
  const sign = where(equal(floor(half), half), size, negative(size))
  const outer = multiply(multiply(inverseGamma(first), inverseGamma(second)), finite)
  const inner = multiply(multiply(inverseGamma(a), inverseGamma(b)), multiply(sign, sum))
  return multiply(gamma(c), subtract(where(some, outer, 0), inner))
}

/** ₂F₁ for 0 ≤ z ≤ 1 and rest = 1 − z, where neither a nor b ends the series. */
function inUnit([a, b, c]: Parameters, z: Array, rest: Array): Array {
  const [left, right] = [subtract(c, a), subtract(c, b)]
  const excess = subtract(left, b)
  // Where it is, ₂F₁(a, b; c; z) = (1 − z)^(c−a−b) ₂F₁(c − a, c − b; c; z) has an end.
  const ends = logicalOr(isPole(left), isPole(right))
  const nearest = elementwise.rint(excess)
  const whole = lessEqual(absolute(subtract(excess, nearest)), 1e-6)
  const turned = logicalOr(ends, logicalAnd(whole, less(nearest, 0)))
  const own: Parameters = [where(turned, left, a), where(turned, right, b), c]
  const far = logicalAnd(greater(z, gaussBound), logicalNot(ends))
  const direct = gauss(gaussSteps, own, where(far, 0.5, z))
  const w = where(far, rest, 0.05)
  const one = equal(w, 0)
  const close = where(one, 0.05, w)
  const apart = where(logicalOr(whole, logicalNot(far)), 0.5, excess)
  const safe: Parameters = [a, b, add(add(a, b), apart)]
  const generic = aroundOne(sheltered(far, safe), apart, close)
  const m = where(logicalAnd(whole, far), absolute(nearest), 0)
  const logs = logarithmic(sheltered(logicalAnd(whole, far), own), m, close)
  // ₂F₁(a, b; c; 1) = Γ(c) Γ(c − a − b)/(Γ(c − a) Γ(c − b))
  const converges = greater(excess, 0)
  const atOne = where(
    converges,
    multiply(
      multiply(gamma(c), gamma(where(converges, excess, 1))),
      multiply(inverseGamma(left), inverseGamma(right)),
    ),
    Number.POSITIVE_INFINITY,
  )
  const slow = where(one, atOne, where(whole, logs, generic))
  const outside = power(where(equal(rest, 0), 1, rest), where(turned, excess, 0))
  return where(logicalAnd(far, one), atOne, multiply(outside, where(far, slow, direct)))
}

/** Parameters where a condition holds, and else such as have no poles. */
function sheltered(condition: Array, [a, b, c]: Parameters): Parameters {
  return [where(condition, a, 0.5), where(condition, b, 0.5), where(condition, c, 1)]
}

/**
 * Gauss' hypergeometric function ₂F₁(a, b; c; x) = Σ (a)ₖ (b)ₖ xᵏ/((c)ₖ k!), floats broadcast, for
 * x ≤ 1 and moderate a, b and c; NaN beyond 1 unless a or b ends the series. Differentiable; by a, b
 * and c only where |x| ≤ 0.9 or c − a − b is not whole. Work about 4000n, span 2500.
 * @example special.hyp2f1(1, 1, 2, np.array([-1, 0, 0.5])) // → [0.693147, 1, 1.38629]
 */
export const hyp2f1: (a: ArrayLike, b: ArrayLike, c: ArrayLike, x: ArrayLike) => Array = operation(
  4,
  (a, b, c, x) => {
    const [p, q, r, at] = align("hyp2f1", toFloat, [a, b, c, x]).arrays
    const ends = logicalOr(isPole(p), isPole(q))
    const polynomial = gauss(gaussSteps, [p, q, r], where(ends, at, 0))
    // (1 − x)^−a ₂F₁(a, c − b; c; x/(x − 1))
    const below = logicalAnd(less(at, 0), logicalNot(ends))
    const inside = where(logicalOr(ends, greater(at, 1)), 0.5, at)
    const mirrored = where(below, divide(inside, subtract(inside, 1)), inside)
    const lessened = subtract(1, inside)
    const rest = where(below, divide(1, lessened), lessened)
    const scale = where(below, power(where(below, lessened, 1), negative(p)), 1)
    const own: Parameters = [where(ends, 0.5, p), where(ends, 0.5, q), where(ends, 1, r)]
    const second = where(below, subtract(own[2], own[1]), own[1])
    const found = multiply(scale, inUnit([own[0], second, own[2]], mirrored, rest))
    const known = where(logicalOr(greater(at, 1), elementwise.isnan(at)), Number.NaN, found)
    return where(ends, polynomial, known)
  },
)
