/**
 * The functions that dominate networks, in float32 lanes throughout.
 *
 * Each is a range reduction to a short interval, a polynomial there and its undoing. Polynomials are
 * minimax fits of the relative error (Remez exchange), whose bound stands beside them. No step needs
 * a fused multiply-add to be accurate; with one they are only better. Errors at most 2 ulp.
 */

import type { Lanes, Vector } from "./lanes.ts"

/** ln 2 in two parts; the high one has 9 bits, so that its product with any exponent is exact. */
const ln2High = 0.693359375
const ln2Low = -0.00021219444005469057

/** Adding 1.5·2²³ leaves the nearest integer in the low bits of the sum. */
const roundingMagic = 12582912
const roundingMagicBits = 0x4b400000

/** (eʳ − 1 − r)/r² on |r| ≤ ln 2 / 2, to 2^-28 of eʳ. */
const expTail = [0.4999999341, 0.1666652011, 0.04166839412, 0.008368780412, 0.001381447262]
/** (e⁻ʳ − 1 + r)/r². */
const expOfNegativeTail = expTail.map((coefficient, i) =>
  i % 2 === 0 ? coefficient : -coefficient,
)
/** The same as the first, to 2^-32 of (eʳ − 1)/r. */
const expm1Tail = [
  0.5000000044, 0.1666666637, 0.04166635982, 0.008333389549, 0.001394072021, 0.000198458985,
]
/** (2ʳ − 1)/r on |r| ≤ 1/2, to 2^-29 of 2ʳ. */
const exp2Tail = [
  0.6931472029, 0.2402264791, 0.05550332471, 0.009618437379, 0.001339887447, 0.0001535335623,
]
/** (log(1+f) − f + f²/2)/f³ between √½ and √2, to 2^-27 of log(1+f). */
const logTail = [
  0.333333317, -0.2500082105, 0.2000122707, -0.1662335691, 0.1420175468, -0.1316018327,
  0.1276159627, -0.07634515843,
]
/** (tanh(x)/x − 1)/x² in x² below 0.625², to 2^-28 of tanh(x). */
const tanhTail = [-0.3333328194, 0.133314422, -0.05373971483, 0.0206390863, -0.005704985911]
/** erf(x)/x − 1 in x² below 1, to 2^-30 of erf(x). */
const erfTail = [
  0.1283791657, -0.3761262582, 0.1128358515, -0.02685381192, 0.005188327665, -0.0008010193446,
  7.853860784e-5,
]
/** −log(1 − erf(x))/x on 1 ≤ x ≤ 4, to 2^-28 of erf(x). */
const erfExponent = [
  1.128480034, 0.6358314941, 0.1051161171, -0.02279844752, 0.003186941582, -0.0002106425485,
]

/** erfInv(x)/x − 1 in w − ½ for w = −log(1 − x²) below 4.7, to 2^-28 of erfInv(x). */
const erfInvCentre = [
  0.004822682654, 0.2417624812, 0.0079141433, -0.002471779797, -8.642763673e-6, 4.727472405e-5,
  -1.261113489e-6, -1.240864469e-6, 1.9242594e-7, -9.476074594e-9,
]
/** erfInv(x)/x − √w in √w − 3.1 from there to the last number below 1, to 2^-28 of erfInv(x). */
const erfInvTail = [
  -0.1667683348, 0.003356027664, 0.007460526917, -0.005694631671, 0.00411672078, -0.002725041372,
  0.001335833589, -0.0002799941381, -0.0001601409009, 0.000126329526, -2.239871524e-5,
]
const erfInvCentreEnd = 4.7

/** x = n·ln 2 + r with |r| ≤ ln 2 / 2; the low bits of `shifted` are n + 127. */
function reduceExponent<C>(v: Lanes<C>, x: C): { shifted: C; n: C; r: C } {
  const shifted = v.keep(v.madd(x, Math.LOG2E, roundingMagic + 127))
  const n = v.keep(v.sub(shifted, roundingMagic + 127))
  return { shifted, n, r: v.keep(v.nmadd(n, ln2Low, v.nmadd(n, ln2High, x))) }
}

/**
 * The same of the lesser of x and a limit; of 0 where results are 0. A target that scales by a float masks
 * what it scales, and so may reduce anything there.
 */
function reduceLimited<C>(v: Lanes<C>, x: C, limit: number, isZero: C) {
  const limited = v.min(x, limit)
  return reduceExponent(v, v.keep(v.scaled === undefined ? v.andnot(limited, isZero) : limited))
}

/** The n of a reduction, as an integer. */
function exponentOf<C>(v: Lanes<C>, shifted: C): C {
  return v.integerSub(shifted, v.integer(roundingMagicBits + 127))
}

/** 2^n for integers n whose result is a normal number. */
function powerOfTwo<C>(v: Lanes<C>, n: C): C {
  return v.shiftLeft(v.integerAdd(n, v.integer(127)), 23)
}

/**
 * mantissa·2^n, rounded once, also where 2^n itself overflows or the result is denormal; 0 where a mask
 * is set. The exponent is given as a float and as an integer, of which one is computed.
 */
function scale<C>(v: Lanes<C>, mantissa: Vector<C>, n: C, asInteger: C, isZero: C): C {
  if (v.scaled !== undefined) return v.scaled(mantissa, n, isZero)
  const integer = v.keep(asInteger)
  const half = v.keep(v.shiftRightSigned(integer, 1))
  const rest = v.integerSub(integer, half)
  const scaled = v.mul(v.mul(mantissa, powerOfTwo(v, half)), powerOfTwo(v, rest))
  return v.andnot(scaled, isZero)
}

/** eʳ for a reduced r. */
function expReduced<C>(v: Lanes<C>, r: C): C {
  return v.polynomial(r, [1, 1, ...expTail])
}

/** e^x for x from -87 to 88, where the result is normal, and for NaN. */
function expNormal<C>(v: Lanes<C>, x: C): C {
  const { shifted, r } = reduceExponent(v, x)
  // What stands above the low bits is shifted out: 2ⁿ is left.
  return v.mul(expReduced(v, r), v.shiftLeft(shifted, 23))
}

/**
 * e^x; below -104 it rounds to 0, above 89 it overflows. Where a target has branches, lanes all of
 * whose results are normal take half as many instructions, and have the same bits.
 */
export function exp<C>(v: Lanes<C>, x: C): C {
  if (v.within === undefined) return expAnywhere(v, x)
  return v.within(v.abs(x), 87, [x], expNormal, expAnywhere)
}

/**
 * What rounds to 0 is not computed: a product that underflows takes a processor some hundred times
 * as long, and masked scores are all such.
 */
function expAnywhere<C>(v: Lanes<C>, x: C): C {
  const isZero = v.keep(v.lt(x, -104))
  const { shifted, n, r } = reduceLimited(v, x, 89, isZero)
  return scale(v, expReduced(v, r), n, exponentOf(v, shifted), isZero)
}

/** 2^x. */
export function exp2<C>(v: Lanes<C>, x: C): C {
  const isZero = v.keep(v.lt(x, -151))
  const clamped = v.keep(v.andnot(v.min(x, 129), isZero))
  const shifted = v.keep(v.add(clamped, roundingMagic))
  const n = v.keep(v.sub(shifted, roundingMagic))
  const r = v.keep(v.sub(clamped, n))
  const integer = v.integerSub(shifted, v.integer(roundingMagicBits))
  return scale(v, v.madd(r, v.polynomial(r, exp2Tail), 1), n, integer, isZero)
}

/** e^x − 1 = 2ⁿ(eʳ − 1) + (2ⁿ − 1), halved inside so that n = 128 does not overflow too early. */
export function expm1<C>(v: Lanes<C>, x: C): C {
  const { shifted, r } = reduceExponent(v, v.keep(v.max(v.min(x, 89), -20)))
  const p = v.madd(v.mul(r, r), v.polynomial(r, expm1Tail), r)
  const half = v.keep(v.shiftLeft(v.integerSub(shifted, v.integer(1)), 23))
  const result = v.mul(v.madd(p, half, v.sub(half, 0.5)), 2)
  // Near 0 the result is x itself, with its sign.
  return v.select(v.lt(v.abs(x), 2 ** -25), x, result)
}

/** log of a positive normal x = 2^k·m with m between √½ and √2, whose k is less by so much: k·ln 2 + log m. */
function logNormal<C>(v: Lanes<C>, x: Vector<C>, less?: C): C {
  const rootHalfBits = 0x3f3504f3
  const offset = v.keep(v.integerSub(v.keep(x), v.integer(rootHalfBits)))
  const exponent = v.fromInteger(v.shiftRightSigned(offset, 23))
  const k = v.keep(less === undefined ? exponent : v.sub(exponent, less))
  const mantissa = v.integerAdd(v.and(offset, v.integer(0x7fffff)), v.integer(rootHalfBits))
  const f = v.keep(v.sub(mantissa, 1))
  const squared = v.keep(v.mul(f, f))
  const cubic = v.mul(v.mul(f, squared), v.polynomial(f, logTail))
  const tail = v.nmadd(squared, 0.5, v.madd(k, ln2Low, cubic))
  return v.madd(k, ln2High, v.add(f, tail))
}

/** Natural logarithm. */
export function log<C>(v: Lanes<C>, x: C): C {
  const denormal = v.keep(v.lt(x, 2 ** -126))
  const normal = v.select(denormal, v.mul(x, 2 ** 23), x)
  const result = logNormal(v, normal, v.and(denormal, 23))
  const finite = v.select(v.lt(x, Infinity), result, x)
  return v.select(v.gt(x, 0), finite, v.select(v.eq(x, 0), -Infinity, Number.NaN))
}

/** tanh: an odd polynomial near 0, else 1 − 2/(e^2x + 1). */
export function tanh<C>(v: Lanes<C>, x: C): C {
  const magnitude = v.keep(v.abs(x))
  const squared = v.keep(v.mul(x, x))
  const tail = v.mul(v.polynomial(squared, tanhTail), squared)
  const small = v.madd(tail, magnitude, magnitude)
  const exponential = expNormal(v, v.keep(v.min(v.add(magnitude, magnitude), 20)))
  const large = v.sub(1, v.div(2, v.add(exponential, 1)))
  return v.withSign(v.select(v.lt(magnitude, 0.625), small, large), x)
}

/**
 * 1/(1 + e^-x) as 2ⁿ/((2ⁿ + 1) + q) with x = n·ln 2 + r and q = e^-r − 1, which takes up what the inner sum loses.
 * Where a target has branches, lanes all of whose results are normal take fewer instructions, and
 * have the same bits.
 */
export function sigmoid<C>(v: Lanes<C>, x: C): C {
  if (v.within === undefined) return sigmoidAnywhere(v, x)
  return v.within(v.abs(x), 80, [x], sigmoidNormal, sigmoidAnywhere)
}

function sigmoidNormal<C>(v: Lanes<C>, x: C): C {
  const { shifted, r } = reduceExponent(v, x)
  const power = v.keep(v.shiftLeft(shifted, 23))
  return v.div(power, onePlusPower(v, power, r))
}

/** Above 60 it rounds to 1, below -104 to 0. */
function sigmoidAnywhere<C>(v: Lanes<C>, x: C): C {
  const isZero = v.keep(v.lt(x, -104))
  const { shifted, n, r } = reduceLimited(v, x, 60, isZero)
  // What a power below 2⁻⁶⁴ adds to 1 is nothing.
  const least = v.integer(roundingMagicBits + 127 - 64)
  const power = v.keep(v.shiftLeft(v.integerGreatest(shifted, least), 23))
  return scale(v, v.div(1, onePlusPower(v, power, r)), n, exponentOf(v, shifted), isZero)
}

/** 2ⁿ + e^-r. */
function onePlusPower<C>(v: Lanes<C>, power: C, r: C): C {
  const sum = v.keep(v.add(power, 1))
  const lost = v.sub(power, v.sub(sum, 1))
  const q = v.madd(v.mul(r, r), v.polynomial(r, expOfNegativeTail), v.neg(r))
  return v.add(sum, v.add(q, lost))
}

/** erf: an odd polynomial below 1, else 1 − e^-g(x) with a polynomial g. */
export function erf<C>(v: Lanes<C>, x: C): C {
  const magnitude = v.keep(v.min(v.abs(x), 4))
  const squared = v.keep(v.mul(x, x))
  const small = v.madd(v.polynomial(squared, erfTail), x, x)
  const exponent = v.keep(v.neg(v.mul(magnitude, v.polynomial(magnitude, erfExponent))))
  const large = v.sub(1, expNormal(v, exponent))
  return v.select(v.lt(magnitude, 1), small, v.withSign(large, x))
}

/**
 * Inverse of erf, in w = −log(1 − x²): x + x·P(w), or far out √w + (x·Q(√w) − √w·(1 − x)). So rounding
 * of the polynomials changes the smaller part of a sum only.
 */
export function erfInv<C>(v: Lanes<C>, x: C): C {
  const magnitude = v.keep(v.abs(x))
  const rest = v.keep(v.mul(v.sub(1, magnitude), v.add(magnitude, 1)))
  const w = v.keep(v.neg(logNormal(v, rest)))
  const found =
    v.within === undefined
      ? erfInvAnywhere(v, w, magnitude)
      : v.within(w, erfInvCentreEnd, [w, magnitude], erfInvNear, erfInvAnywhere)
  const result = v.select(v.gt(rest, 0), found, v.select(v.eq(rest, 0), Infinity, Number.NaN))
  return v.withSign(result, x)
}

function erfInvNear<C>(v: Lanes<C>, w: C, x: C): C {
  return v.madd(v.polynomial(v.keep(v.sub(w, 0.5)), erfInvCentre), x, x)
}

function erfInvAnywhere<C>(v: Lanes<C>, w: C, x: C): C {
  const root = v.keep(v.sqrt(w))
  const product = v.mul(x, v.polynomial(v.keep(v.sub(root, 3.1)), erfInvTail))
  const far = v.add(root, v.nmadd(root, v.sub(1, x), product))
  return v.select(v.lt(w, erfInvCentreEnd), erfInvNear(v, w, x), far)
}

/** 1/√x. */
export function rsqrt<C>(v: Lanes<C>, x: C): C {
  return v.div(1, v.sqrt(x))
}

/** Nearest integer, halves to even. */
export function round<C>(v: Lanes<C>, x: C): C {
  return v.nearest(x)
}
