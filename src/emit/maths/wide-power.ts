/**
 * Powers of float64, in float64 lanes throughout, as the functions of `wide.ts`.
 *
 * The logarithm to base 2 is computed in two parts, to some 2^-68 of itself, because an exponent
 * multiplies its error: fdlibm's method (Sun Microsystems, 1993), in which numbers with 32 upper bits
 * are multiplied exactly.
 */

import type { Lanes } from "./lanes.ts"
import { outside, roundingMagic, upperBits, type Wide } from "./wide.ts"

/** (log((1+s)/(1−s)) − 2s − ⅔s³)·3/2/s⁵ in s². */
const logTail = [
  0.5999999999999946, 0.4285714285785502, 0.33333332981837743, 0.272728123808534,
  0.23066074577556175, 0.20697501780033842,
]
/** r − r·(eʳ + 1)/(eʳ − 1) + 2 in r², over r². */
const expTail = [
  0.16666666666666602, -0.0027777777777015593, 6.613756321437934e-5, -1.6533902205465252e-6,
  4.1381367970572385e-8,
]
const [ln2High, ln2Low] = [0.6931471824645996, -1.904654299957768e-9]
/** 2/(3 ln 2), and its two parts. */
const [scale, scaleHigh, scaleLow] = [0.9617966939259756, 0.9617967009544373, -7.028461650952758e-9]
/** log2 of 3/2 in two parts. */
const [halfMoreHigh, halfMoreLow] = [0.5849624872207642, 1.350039202129749e-8]

/** x^y for positive normal x where neither the result nor y is near the ends of the range. */
export function power<C>(d: Lanes<C>, x: C, y: C): Wide<C> {
  const upper = (a: C): C => d.keep(d.and(a, d.integer(upperBits)))
  // x = 2^k·m with m from √¾ to √3, near 1 or near 3/2.
  const bits = d.keep(d.integerSub(x, d.integer(0x3febb67ae8584caan)))
  const biased = d.shiftRight(d.integerAdd(bits, d.integer(1024n << 52n)), 52)
  const k = d.keep(d.sub(d.or(biased, 2 ** 52), 2 ** 52 + 1024))
  const m = d.keep(
    d.integerAdd(d.and(bits, d.integer((1n << 52n) - 1n)), d.integer(0x3febb67ae8584caan)),
  )
  const isMore = d.keep(d.ge(m, 1.224744871391589))
  const centre = d.keep(d.select(isMore, 1.5, 1))
  // s = (m − c)/(m + c) in two parts.
  const difference = d.keep(d.sub(m, centre))
  const inverse = d.keep(d.div(1, d.add(m, centre)))
  const s = d.keep(d.mul(difference, inverse))
  const sHigh = upper(s)
  const sumHigh = upper(d.keep(d.add(m, centre)))
  const sumLow = d.keep(d.sub(m, d.sub(sumHigh, centre)))
  const remainder = d.sub(d.sub(difference, d.mul(sHigh, sumHigh)), d.mul(sHigh, sumLow))
  const sLow = d.keep(d.mul(inverse, remainder))
  // log m = 2s + ⅔s³ + …, of which 3 + s² + … is kept in two parts.
  const squared = d.keep(d.mul(s, s))
  const tail = d.mul(d.mul(squared, squared), d.polynomial(squared, logTail))
  const rest = d.keep(d.madd(sLow, d.add(sHigh, s), tail))
  const sHighSquared = d.keep(d.mul(sHigh, sHigh))
  const tHigh = upper(d.keep(d.add(d.add(sHighSquared, 3), rest)))
  const tLow = d.keep(d.sub(rest, d.sub(d.sub(tHigh, 3), sHighSquared)))
  const u = d.keep(d.mul(sHigh, tHigh))
  const v = d.keep(d.madd(sLow, tHigh, d.mul(tLow, s)))
  const pHigh = upper(d.keep(d.add(u, v)))
  const pLow = d.keep(d.sub(v, d.sub(pHigh, u)))
  const zHigh = d.keep(d.mul(pHigh, scaleHigh))
  const zLow = d.keep(
    d.add(d.madd(pHigh, scaleLow, d.mul(pLow, scale)), d.select(isMore, halfMoreLow, 0)),
  )
  const more = d.keep(d.select(isMore, halfMoreHigh, 0))
  const logHigh = upper(d.keep(d.add(d.add(d.add(zHigh, zLow), more), k)))
  const logLow = d.keep(d.sub(zLow, d.sub(d.sub(d.sub(logHigh, k), more), zHigh)))
  // y·log2 x in two parts.
  const yHigh = upper(y)
  const productLow = d.keep(d.madd(d.sub(y, yHigh), logHigh, d.mul(y, logLow)))
  const productHigh = d.keep(d.mul(yHigh, logHigh))
  const exponent = d.keep(d.add(productHigh, productLow))
  // 2^exponent.
  const shifted = d.keep(d.add(exponent, roundingMagic + 1023))
  const whole = d.keep(d.sub(shifted, roundingMagic + 1023))
  const fraction = d.keep(d.sub(productHigh, whole))
  const tFraction = upper(d.keep(d.add(productLow, fraction)))
  const fHigh = d.keep(d.mul(tFraction, ln2High))
  const fLow = d.keep(
    d.madd(d.sub(productLow, d.sub(tFraction, fraction)), Math.LN2, d.mul(tFraction, ln2Low)),
  )
  const r = d.keep(d.add(fHigh, fLow))
  const w = d.keep(d.sub(fLow, d.sub(r, fHigh)))
  const rSquared = d.keep(d.mul(r, r))
  const t1 = d.keep(d.nmadd(rSquared, d.polynomial(rSquared, expTail), r))
  const correction = d.sub(d.div(d.mul(r, t1), d.sub(t1, 2)), d.madd(r, w, w))
  const mantissa = d.sub(1, d.sub(correction, r))
  const result = d.mul(mantissa, d.shiftLeft(shifted, 52))
  const isFine = d.and(
    d.and(d.ge(x, 2 ** -1022), d.lt(x, Infinity)),
    d.and(d.lt(d.abs(exponent), 1020), d.lt(d.abs(y), 2 ** 64)),
  )
  return { result, beyond: outside(d, isFine) }
}
