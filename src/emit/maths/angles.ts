/**
 * Trigonometric functions and their inverses, in float64 lanes rounded once to float32.
 *
 * Polynomials are minimax fits of the relative error (Remez exchange) to the bounds beside them.
 */

import type { Lanes } from "./lanes.ts"

/** (sin(r)/r − 1)/r² in r², for |r| ≤ π/4, to 2^-37 of sin(r). */
const sineTail = [
  -0.16666666640776154, 0.008333329302410276, -0.00019839311483651928, 2.7181141039423236e-6,
]
/** (cos(r) − 1 + r²/2)/r⁴ in r², for |r| ≤ π/4, to 2^-33 of cos(r). */
const cosineTail = [0.04166664567007877, -0.0013887315613340307, 2.4433082373570565e-5]
/** (asin(x)/x − 1)/x² in x², for |x| ≤ 1/2, to 2^-36 of asin(x). */
const arcSineTail = [
  0.1666666718026272, 0.07499948897351237, 0.04465997221369317, 0.0301125249092673,
  0.024604714258521697, 0.007509468181058893, 0.03464633329085508,
]
/** (atan(x)/x − 1)/x² in x², for |x| ≤ 1, to 2^-34 of atan(x). */
const arcTangentTail = [
  -0.3333333213377022, 0.19999927242750665, -0.14284167206584597, 0.11094503430979435,
  -0.08985437903301674, 0.07259434618071615, -0.054515902479168085, 0.03447580075394035,
  -0.016299396714678966, 0.004926334574389718, -0.0006979532679652433,
]

/** π/2 in two parts; the high one has 25 bits, so that its product with 28 bits is exact. */
const quarterTurnHigh = 26353589 / 2 ** 24
const quarterTurnLow = 1.5893254773528196e-8

/** Adding 1.5·2⁵² leaves the nearest integer in the low bits of the sum. */
const roundingMagic = 1.5 * 2 ** 52

/** From here on the float64 reduction in two parts would lose digits. */
const leastLargeAngle = 2 ** 24

/** x = n·π/2 + r with |r| ≤ π/4; the low bits of `quadrant` are those of n. */
function reduceAngle<C>(d: Lanes<C>, x: C): { quadrant: C; r: C } {
  const quadrant = d.variable(d.madd(x, 2 / Math.PI, roundingMagic))
  const n = d.keep(d.sub(quadrant.value, roundingMagic))
  const r = d.variable(d.nmadd(n, quarterTurnLow, d.nmadd(n, quarterTurnHigh, x)))
  d.reduceLargeAngles(x, leastLargeAngle, quadrant, r)
  return { quadrant: quadrant.value, r: r.value }
}

/** Sine and cosine of a reduced angle, and the mask of the lanes in odd quadrants. */
function reducedPair<C>(d: Lanes<C>, r: C, quadrant: C): { sine: C; cosine: C; odd: C } {
  const squared = d.keep(d.mul(r, r))
  const sine = d.keep(d.mul(r, d.madd(squared, d.polynomial(squared, sineTail), 1)))
  const tail = d.madd(squared, d.polynomial(squared, cosineTail), -0.5)
  const cosine = d.keep(d.madd(squared, tail, 1))
  const odd = d.keep(d.integerGreater(d.and(quadrant, d.integer(1)), d.integer(0)))
  return { sine, cosine, odd }
}

/** sin: ±sin r or ±cos r by the quadrant; its second bit is the sign. */
export function sin<C>(d: Lanes<C>, x: C): C {
  const { quadrant, r } = reduceAngle(d, x)
  const { sine, cosine, odd } = reducedPair(d, r, quadrant)
  const sign = d.shiftLeft(d.and(quadrant, d.integer(2)), 62)
  return d.xor(d.select(odd, cosine, sine), sign)
}

/** cos, which is sin one quadrant on. */
export function cos<C>(d: Lanes<C>, x: C): C {
  const { quadrant, r } = reduceAngle(d, x)
  const next = d.keep(d.integerAdd(quadrant, d.integer(1)))
  const { sine, cosine, odd } = reducedPair(d, r, next)
  const sign = d.shiftLeft(d.and(next, d.integer(2)), 62)
  return d.xor(d.select(odd, cosine, sine), sign)
}

/** tan: sin r / cos r, or −cos r / sin r in odd quadrants. */
export function tan<C>(d: Lanes<C>, x: C): C {
  const { quadrant, r } = reduceAngle(d, x)
  const { sine, cosine, odd } = reducedPair(d, r, quadrant)
  const ratio = d.div(d.select(odd, cosine, sine), d.select(odd, sine, cosine))
  return d.xor(ratio, d.and(odd, -0))
}

/** asin of z = min(|x|, √((1−|x|)/2)), which is at most 1/2, and the mask of |x| above 1/2. */
function arcSineKernel<C>(d: Lanes<C>, x: C): { large: C; angle: C } {
  const magnitude = d.keep(d.abs(x))
  const large = d.keep(d.gt(magnitude, 0.5))
  const complement = d.mul(d.sub(1, magnitude), 0.5)
  const squared = d.keep(d.select(large, complement, d.mul(x, x)))
  const z = d.select(large, d.sqrt(squared), magnitude)
  const angle = d.keep(d.mul(z, d.madd(squared, d.polynomial(squared, arcSineTail), 1)))
  return { large, angle }
}

/** asin; above 1/2 it is π/2 − 2·asin √((1−x)/2). */
export function asin<C>(d: Lanes<C>, x: C): C {
  const { large, angle } = arcSineKernel(d, x)
  const result = d.select(large, d.nmadd(angle, 2, Math.PI / 2), angle)
  return d.withSign(result, x)
}

/** acos: π/2 − asin x, or 2·asin √((1−|x|)/2) and its complement to π above 1/2. */
export function acos<C>(d: Lanes<C>, x: C): C {
  const { large, angle } = arcSineKernel(d, x)
  const double = d.keep(d.add(angle, angle))
  const outer = d.select(d.lt(x, 0), d.sub(Math.PI, double), double)
  const inner = d.sub(Math.PI / 2, d.withSign(angle, x))
  return d.select(large, outer, inner)
}

/** atan of a ratio from 0 to 1. */
function arcTangentKernel<C>(d: Lanes<C>, ratio: C): C {
  const squared = d.keep(d.mul(ratio, ratio))
  return d.keep(d.mul(ratio, d.madd(squared, d.polynomial(squared, arcTangentTail), 1)))
}

/** atan; above 1 it is π/2 − atan(1/x). */
export function atan<C>(d: Lanes<C>, x: C): C {
  const magnitude = d.keep(d.abs(x))
  const large = d.keep(d.gt(magnitude, 1))
  const ratio = d.keep(d.select(large, d.div(1, magnitude), magnitude))
  const angle = arcTangentKernel(d, ratio)
  return d.withSign(d.select(large, d.sub(Math.PI / 2, angle), angle), x)
}

/** The angle of the point (x, y) with the special cases of C's atan2. */
export function atan2<C>(d: Lanes<C>, y: C, x: C): C {
  const height = d.keep(d.abs(y))
  const width = d.keep(d.abs(x))
  const lesser = d.keep(d.min(height, width))
  const greater = d.keep(d.max(height, width))
  const diagonal = d.select(d.eq(greater, 0), 0, 1)
  const ratio = d.select(d.eq(lesser, greater), diagonal, d.div(lesser, greater))
  const octant = arcTangentKernel(d, d.keep(ratio))
  const quadrant = d.keep(d.select(d.gt(height, width), d.sub(Math.PI / 2, octant), octant))
  // The sign of x counts even for -0, so it is read from the bits: an arithmetic comparison of
  // integers, which orders negative numbers of either kind below 0.
  const leftward = d.integerGreater(d.integer(0), x)
  const angle = d.withSign(d.select(leftward, d.sub(Math.PI, quadrant), quadrant), y)
  const ordered = d.and(d.eq(x, x), d.eq(y, y))
  return d.select(ordered, angle, Number.NaN)
}
