/**
 * Exponentials and logarithms of float64, in float64 lanes throughout.
 *
 * Each formula is right where its mask `beyond` is not set: there results are normal numbers within
 * 2 ulp of the exact ones, with fused multiply-adds or without. What lies beyond (NaN, infinities, the
 * ends of the range) is left to the target. Reductions, coefficients and the order of sums that keeps
 * errors small are those of fdlibm (Sun Microsystems, 1993) unless said otherwise.
 */

import type { Lanes } from "./lanes.ts"

/** A function's results, and the mask of the lanes where they are not to be used. */
export interface Wide<C> {
  readonly result: C
  readonly beyond: C
}

/** The mask of the lanes where another is not set. */
export function outside<C>(d: Lanes<C>, inside: C): C {
  return d.andnot(d.integer(-1n), inside)
}

/** ln 2 in two parts; the high one has 32 bits, so that its product with any exponent is exact. */
const ln2High = 0.6931471803691238
const ln2Low = 1.9082149292705877e-10

/** Adding 1.5·2⁵² leaves the nearest integer in the low bits of the sum. */
export const roundingMagic = 1.5 * 2 ** 52

/** The upper 32 bits of a float64: products of two such numbers are exact but for their last bits. */
export const upperBits = 0xffffffff00000000n

/** (eʳ − 1 − r)/r² on |r| ≤ ln 2 / 2: Taylor's series, to 2^-57 of eʳ. */
const expTail = Array.from({ length: 12 }, (_, i) => 1 / factorial(i + 2))

/** (log((1+s)/(1−s))/s − 2)/s² in s², for |s| ≤ (√2−1)/(√2+1). */
const logTail = [
  0.6666666666666735, 0.3999999999940942, 0.2857142874366239, 0.22222198432149784,
  0.1818357216161805, 0.15313837699209373, 0.14798198605116586,
]

/** (sinh(x)/x − 1)/x² in x² below 1: Taylor's series, to 2^-67. */
const sinhTail = Array.from({ length: 9 }, (_, i) => 1 / factorial(2 * i + 3))

/** tanh(x)/x − 1 = g·P(g)/Q(g) in g = x² below 0.549² (Cody and Waite, 1980). */
const tanhNumerator = [-1613.4119023996227, -99.22592967223608, -0.9643749277722548]
const tanhDenominator = [4840.235707198869, 2233.7720718962314, 112.74474380534949, 1]

function factorial(n: number): number {
  return n < 2 ? 1 : n * factorial(n - 1)
}

/** x = n·ln 2 + r with |r| ≤ ln 2 / 2, r less by `lost`; the low bits of `shifted` are n + 1023. */
function reduceExponent<C>(d: Lanes<C>, x: C): { shifted: C; r: C; lost: C } {
  const shifted = d.keep(d.madd(x, Math.LOG2E, roundingMagic + 1023))
  const n = d.keep(d.sub(shifted, roundingMagic + 1023))
  const high = d.keep(d.nmadd(n, ln2High, x))
  const low = d.keep(d.mul(n, ln2Low))
  const r = d.keep(d.sub(high, low))
  return { shifted, r, lost: d.sub(d.sub(high, r), low) }
}

/** eʳ − 1 for a reduced r. */
function expm1Reduced<C>(d: Lanes<C>, r: C, lost: C): C {
  return d.add(r, d.madd(d.mul(r, r), d.polynomial(r, expTail), lost))
}

/** e^x for |x| ≤ 708. */
function expWithin<C>(d: Lanes<C>, x: C): C {
  const { shifted, r, lost } = reduceExponent(d, x)
  return d.mul(d.add(1, expm1Reduced(d, r, lost)), d.shiftLeft(shifted, 52))
}

export function exp<C>(d: Lanes<C>, x: C): Wide<C> {
  return { result: expWithin(d, x), beyond: d.gt(d.abs(x), 708) }
}

/** e^x − 1 = 2ⁿ(eʳ − 1) + (2ⁿ − 1) for x from −60 to 708. */
function expm1Within<C>(d: Lanes<C>, x: C): C {
  const { shifted, r, lost } = reduceExponent(d, x)
  const power = d.keep(d.shiftLeft(shifted, 52))
  return d.madd(expm1Reduced(d, r, lost), power, d.sub(power, 1))
}

export function expm1<C>(d: Lanes<C>, x: C): Wide<C> {
  const magnitude = d.keep(d.abs(x))
  const result = expm1Within(d, d.keep(d.max(x, -60)))
  // Near 0 the result is x itself, with its sign.
  return { result: d.select(d.lt(magnitude, 2 ** -54), x, result), beyond: d.gt(magnitude, 708) }
}

/** (e^x − e^−x)/2, an odd polynomial below 1. */
export function sinh<C>(d: Lanes<C>, x: C): Wide<C> {
  const magnitude = d.keep(d.abs(x))
  const squared = d.keep(d.mul(x, x))
  const tail = d.mul(squared, d.polynomial(squared, sinhTail))
  const small = d.madd(magnitude, tail, magnitude)
  const e = d.keep(expWithin(d, magnitude))
  const large = d.sub(d.mul(e, 0.5), d.div(0.5, e))
  const result = d.withSign(d.select(d.lt(magnitude, 1), small, large), x)
  return { result, beyond: d.gt(magnitude, 708) }
}

/** (e^x + e^−x)/2. */
export function cosh<C>(d: Lanes<C>, x: C): Wide<C> {
  const magnitude = d.keep(d.abs(x))
  const e = d.keep(expWithin(d, magnitude))
  return { result: d.madd(e, 0.5, d.div(0.5, e)), beyond: d.gt(magnitude, 708) }
}

/** tanh: x + x·g·P(g)/Q(g) near 0, else 1 − 2/(e^2x + 1). */
export function tanh<C>(d: Lanes<C>, x: C): Wide<C> {
  const magnitude = d.keep(d.min(d.abs(x), 22))
  const isSmall = d.keep(d.lt(magnitude, 0.549))
  const squared = d.keep(d.mul(magnitude, magnitude))
  const e = expWithin(d, d.keep(d.add(magnitude, magnitude)))
  const numerator = d.mul(d.mul(squared, magnitude), d.polynomial(squared, tanhNumerator))
  const ratio = d.div(
    d.select(isSmall, numerator, -2),
    d.select(isSmall, d.polynomial(squared, tanhDenominator), d.add(e, 1)),
  )
  const result = d.withSign(d.add(d.select(isSmall, magnitude, 1), ratio), x)
  return { result, beyond: d.ne(x, x) }
}

/**
 * 1/(1 + e^−x). With e^|x| = 2ⁿ(1 + p) the smaller of the two sides is s = 2⁻ⁿ/((1 + 2⁻ⁿ) + p), where p
 * takes up what the inner sum loses; the larger side is 1 − s.
 */
export function logistic<C>(d: Lanes<C>, x: C): Wide<C> {
  const magnitude = d.keep(d.abs(x))
  const { shifted, r, lost } = reduceExponent(d, magnitude)
  const p = expm1Reduced(d, r, lost)
  const power = d.keep(d.shiftLeft(d.integerSub(d.integer(2046n), shifted), 52))
  const sum = d.keep(d.add(power, 1))
  const gone = d.sub(power, d.sub(sum, 1))
  const s = d.keep(d.div(power, d.add(sum, d.add(p, gone))))
  const result = d.select(d.lt(x, 0), s, d.sub(1, s))
  return { result, beyond: d.gt(magnitude, 708) }
}

/** A positive normal x as 2^k·m with m between √½ and √2: k and m. */
function splitExponent<C>(d: Lanes<C>, x: C): { k: C; m: C } {
  const rootHalfBits = 0x3fe6a09e667f3bcdn
  const offset = d.keep(d.integerSub(x, d.integer(rootHalfBits)))
  // The exponent, made positive by 1024, becomes the low bits of 2⁵².
  const biased = d.shiftRight(d.integerAdd(offset, d.integer(1024n << 52n)), 52)
  const k = d.keep(d.sub(d.or(biased, 2 ** 52), 2 ** 52 + 1024))
  const mantissaBits = d.and(offset, d.integer((1n << 52n) - 1n))
  return { k, m: d.keep(d.integerAdd(mantissaBits, d.integer(rootHalfBits))) }
}

/** k·ln 2 + log(1 + f) for f from √½ − 1 to √2 − 1, and `more`. */
function logSum<C>(d: Lanes<C>, k: C, f: C, more: C): C {
  const s = d.keep(d.div(f, d.add(f, 2)))
  const squared = d.keep(d.mul(s, s))
  const rest = d.mul(squared, d.polynomial(squared, logTail))
  const half = d.keep(d.mul(d.mul(f, f), 0.5))
  const small = d.add(d.mul(s, d.add(half, rest)), d.madd(k, ln2Low, more))
  return d.sub(d.mul(k, ln2High), d.sub(d.sub(half, small), f))
}

/** The mask of what is not a positive normal number. */
function isNotNormal<C>(d: Lanes<C>, x: C): C {
  return d.or(d.lt(x, 2 ** -1022), outside(d, d.lt(x, Infinity)))
}

export function log<C>(d: Lanes<C>, x: C): Wide<C> {
  const { k, m } = splitExponent(d, x)
  const result = logSum(d, k, d.keep(d.sub(m, 1)), d.keep(0))
  return { result, beyond: isNotNormal(d, x) }
}

/** log(1 + x) of the rounded sum, and what rounding lost. */
export function log1p<C>(d: Lanes<C>, x: C): Wide<C> {
  const sum = d.keep(d.add(x, 1))
  const { k, m } = splitExponent(d, sum)
  const isNear = d.keep(d.eq(k, 0))
  const lost = d.select(d.gt(x, 1), d.sub(1, d.sub(sum, x)), d.sub(x, d.sub(sum, 1)))
  const more = d.keep(d.select(isNear, 0, d.div(lost, sum)))
  const result = logSum(d, k, d.keep(d.select(isNear, x, d.sub(m, 1))), more)
  return {
    result: d.select(d.lt(d.abs(x), 2 ** -54), x, result),
    beyond: isNotNormal(d, sum),
  }
}
