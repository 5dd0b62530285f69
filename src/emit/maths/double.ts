/**
 * Functions whose float32 polynomials would be delicate, computed in float64 lanes and rounded once:
 * logarithms, powers, hyperbolic functions and their inverses, and the error function's family.
 *
 * Every operand comes from a float32, so it is a normal float64 or 0, and no intermediate result
 * leaves the float64 range. Polynomials are minimax fits of the relative error (Remez exchange) to
 * the bounds beside them; the result is then within 0.6 ulp of float32 or so.
 */

import type { Lanes } from "./lanes.ts"

/** 2^f on |f| ≤ 1/2, to 2^-34. */
const exp2Coefficients = [
  0.9999999999616852, 0.6931471807284394, 0.24022651198144168, 0.055504103534557724,
  0.009618027254083455, 0.0013333922558724262, 0.00015469291197930886, 1.520192295505714e-5,
]
/** (atanh(s)/s − 1)/s² in s², for |s| ≤ (√2−1)/(√2+1), to 2^-45 of atanh(s). */
const atanhTail = [
  0.33333333337923243, 0.19999997802317107, 0.14286055574110698, 0.11088049541812123,
  0.09792764334578696,
]
/** (sinh(x)/x − 1)/x² in x² below 1, to 2^-34 of sinh(x). */
const sinhTail = [
  0.1666666649756135, 0.008333350058160256, 0.00019836159778945263, 2.8169512241796375e-6,
]
/** e^(x²)·erfc(x)/t in t = 1/(1 + 0.3x), for 0 ≤ x ≤ 10.2, to 2^-36. */
const erfcCoefficients = [
  0.1692528111836874, 0.1693683032028707, 0.16025842974171417, 0.1566635345145982,
  0.07380909704762847, 0.2750123253135278, -0.37381086962011584, 0.8541317112739585,
  -1.0433061233780443, 0.9818922211505299, -0.5846856695935596, 0.18566170621415595,
  -0.024247477040869526,
]

/** Adding 1.5·2⁵² leaves the nearest integer in the low bits of the sum. */
const roundingMagic = 1.5 * 2 ** 52

/** 2^t for |t| ≤ 1000; NaN stays NaN, as a NaN that was a float32 has no low bits to move. */
function exp2Kernel<C>(d: Lanes<C>, t: C): C {
  const shifted = d.keep(d.add(t, roundingMagic))
  const f = d.keep(d.sub(t, d.sub(shifted, roundingMagic)))
  return d.integerAdd(d.polynomial(f, exp2Coefficients), d.shiftLeft(shifted, 52))
}

/** e^x for |x| ≤ 600. */
function expKernel<C>(d: Lanes<C>, x: C): C {
  return exp2Kernel(d, d.keep(d.mul(x, Math.LOG2E)))
}

/** A positive finite x as 2^k·m with m between √½ and √2: k, and log m = 2·atanh((m−1)/(m+1)). */
function splitLog<C>(d: Lanes<C>, x: C): { k: C; logMantissa: C } {
  const rootHalfBits = 0x3fe6a09e667f3bcdn
  const offset = d.keep(d.integerSub(x, d.integer(rootHalfBits)))
  // The exponent, made positive by 1024, becomes the low bits of 2⁵².
  const biased = d.shiftRight(d.integerAdd(offset, d.integer(1024n << 52n)), 52)
  const k = d.keep(d.sub(d.or(biased, 2 ** 52), 2 ** 52 + 1024))
  const mantissaBits = d.and(offset, d.integer((1n << 52n) - 1n))
  const m = d.keep(d.integerAdd(mantissaBits, d.integer(rootHalfBits)))
  const s = d.keep(d.div(d.sub(m, 1), d.add(m, 1)))
  const squared = d.keep(d.mul(s, s))
  const atanh = d.mul(s, d.madd(squared, d.polynomial(squared, atanhTail), 1))
  return { k, logMantissa: d.mul(atanh, 2) }
}

/** log of a positive finite x. */
function logKernel<C>(d: Lanes<C>, x: C): C {
  const { k, logMantissa } = splitLog(d, x)
  return d.madd(k, Math.LN2, logMantissa)
}

/** log2 of a positive finite x. */
function log2Kernel<C>(d: Lanes<C>, x: C): C {
  const { k, logMantissa } = splitLog(d, x)
  return d.madd(logMantissa, Math.LOG2E, k)
}

/** A logarithm's values outside the positive finite numbers. */
function logEdges<C>(d: Lanes<C>, x: C, logarithm: C): C {
  const finite = d.select(d.lt(x, Infinity), logarithm, x)
  return d.select(d.gt(x, 0), finite, d.select(d.eq(x, 0), -Infinity, Number.NaN))
}

export function log2<C>(d: Lanes<C>, x: C): C {
  return logEdges(d, x, log2Kernel(d, x))
}

/** log(1 + x); 1 + x is exact unless x is so small that the result is x. */
export function log1p<C>(d: Lanes<C>, x: C): C {
  const sum = d.keep(d.add(x, 1))
  const result = logEdges(d, sum, logKernel(d, sum))
  return d.select(d.lt(d.abs(x), 2 ** -26), x, result)
}

/** Cube root, as 2^(log2(x)/3): 0 and infinity come out right as powers beyond float32. */
export function cbrt<C>(d: Lanes<C>, x: C): C {
  const magnitude = d.keep(d.abs(x))
  const root = exp2Kernel(d, d.keep(d.mul(log2Kernel(d, magnitude), 1 / 3)))
  return d.select(d.eq(x, x), d.withSign(root, x), x)
}

/** x^y with the special cases of C's pow: 1^y and x^0 are 1 even for NaN. */
export function pow<C>(d: Lanes<C>, x: C, y: C): C {
  const magnitude = d.keep(d.abs(x))
  const finite = d.select(d.lt(magnitude, Infinity), log2Kernel(d, magnitude), magnitude)
  const logarithm = d.select(d.eq(magnitude, 0), -Infinity, finite)
  const exponent = d.keep(d.max(d.min(d.mul(y, logarithm), 200), -200))
  const power = d.keep(exp2Kernel(d, exponent))
  const half = d.keep(d.mul(y, 0.5))
  const whole = d.keep(d.eq(d.trunc(y), y))
  const odd = d.and(whole, d.ne(d.trunc(half), half))
  const signed = d.xor(power, d.and(d.and(odd, x), -0))
  const negativeBase = d.and(d.lt(x, 0), d.gt(x, -Infinity))
  const invalid = d.andnot(negativeBase, whole)
  const result = d.select(invalid, Number.NaN, signed)
  const infiniteOfOne = d.and(d.eq(magnitude, 1), d.eq(d.abs(y), Infinity))
  const isOne = d.or(d.or(d.eq(y, 0), d.eq(x, 1)), infiniteOfOne)
  return d.select(isOne, 1, result)
}

/** (e^x − e^-x)/2, an odd polynomial below 1; 100 overflows float32 already. */
export function sinh<C>(d: Lanes<C>, x: C): C {
  const magnitude = d.keep(d.min(d.abs(x), 100))
  const squared = d.keep(d.mul(x, x))
  const small = d.mul(x, d.madd(squared, d.polynomial(squared, sinhTail), 1))
  const e = d.keep(d.mul(expKernel(d, magnitude), 0.5))
  const large = d.sub(e, d.div(0.25, e))
  return d.select(d.lt(magnitude, 1), small, d.withSign(large, x))
}

/** (e^x + e^-x)/2. */
export function cosh<C>(d: Lanes<C>, x: C): C {
  const e = d.keep(d.mul(expKernel(d, d.keep(d.min(d.abs(x), 100))), 0.5))
  return d.add(e, d.div(0.25, e))
}

/** log(x + √(x²+1)) = log(1 + x + x²/(1 + √(x²+1))). */
export function asinh<C>(d: Lanes<C>, x: C): C {
  const magnitude = d.keep(d.abs(x))
  const squared = d.keep(d.mul(x, x))
  const quotient = d.div(squared, d.add(d.sqrt(d.add(squared, 1)), 1))
  const sum = d.keep(d.add(d.add(magnitude, quotient), 1))
  const result = d.withSign(logKernel(d, sum), x)
  const middle = d.and(d.ge(magnitude, 2 ** -13), d.lt(magnitude, Infinity))
  return d.select(middle, result, x)
}

/** log(x + √(x²−1)) = log(1 + t + √(2t + t²)) with t = x − 1. */
export function acosh<C>(d: Lanes<C>, x: C): C {
  const t = d.keep(d.sub(x, 1))
  const root = d.sqrt(d.mul(t, d.add(t, 2)))
  const sum = d.keep(d.add(d.add(t, root), 1))
  const result = d.select(d.lt(x, Infinity), logKernel(d, sum), x)
  return d.select(d.ge(x, 1), result, Number.NaN)
}

/** log((1+x)/(1−x))/2. */
export function atanh<C>(d: Lanes<C>, x: C): C {
  const ratio = d.keep(d.div(d.add(x, 1), d.sub(1, x)))
  const result = d.mul(logEdges(d, ratio, logKernel(d, ratio)), 0.5)
  return d.select(d.lt(d.abs(x), 2 ** -14), x, result)
}

/** 1 − erf(x) = e^(−x²)·t·P(t), and 2 minus that for negative x. */
export function erfc<C>(d: Lanes<C>, x: C): C {
  const magnitude = d.keep(d.min(d.abs(x), 11))
  const t = d.keep(d.div(1, d.madd(magnitude, 0.3, 1)))
  const gaussian = expKernel(d, d.keep(d.neg(d.mul(magnitude, magnitude))))
  const positive = d.keep(d.mul(gaussian, d.mul(t, d.polynomial(t, erfcCoefficients))))
  return d.select(d.lt(x, 0), d.sub(2, positive), positive)
}
