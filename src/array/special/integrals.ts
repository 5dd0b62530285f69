/**
 * Integrals of e^t/t, sin t/t, cos t/t, ln t/(1 − t), and Fresnel's: power series for small numbers, and
 * beyond them what is left when growth and turns are taken out, as polynomials that are fitted by
 * test/array/fixtures/fit_special.py. Work is about 150n.
 */

import type { Array } from "../array.ts"
import * as elementwise from "../operations/elementwise.ts"
import type { Unary } from "../operations/pointwise.ts"
import type { ArrayLike } from "../tracing/operands.ts"
import { exp1 } from "./beta.ts"
import { derived, derivedMany } from "./derived.ts"
import { atLeast, below, cosPi, horner, sinPi } from "./formulas.ts"

const { absolute, add, cos, divide, equal, exp, greater, less, log, multiply, negative } =
  elementwise
const { sin, subtract, where } = elementwise

const eulerGamma = 0.5772156649015329

/** 12^k/(k k!) for k from 1. */
const expiSeries = [
  12.0, 36.0, 96.0, 216.0, 414.72, 691.2, 1015.64081633, 1333.02857143, 1579.88571429,
  1706.27657143, 1692.17511216, 1551.16051948, 1321.69890417, 1051.96443393, 785.466777337,
  552.281327815, 366.913546507, 231.019640393, 138.227818075, 78.7898563025, 42.8788333619,
  22.3253429901, 11.1415700366, 5.33866897589, 2.46005866409, 1.09174201069, 0.467247609514,
  0.193097226381, 0.0771470488275, 0.0298301922133, 0.0111746817865, 0.00405955236774,
  0.00143146750157, 0.000490364299846, 0.000163321334153, 5.29282101421e-5,
]
/** x e^−x Ei(x) in u = 24/x − 1, for x ≥ 12. */
const expiTail = [
  1.04566581216, 0.0503136795019, 0.00546071792646, 0.00104208902308, 0.000333569410763,
  0.000167197756556, 8.24287852177e-5, -1.52684721101e-5, -8.1926620946e-5, -4.38720916965e-5,
  3.59266155774e-5, 3.57100126474e-5, -1.1057696357e-5, -1.51335430857e-5, 1.80200282323e-6,
  2.87018663411e-6,
]
/** Si(x)/x in x²/16. */
const sineSeries = [
  1.0, -0.888888888889, 0.426666666667, -0.116099773243, 0.020066627474, -0.00238809450931,
  0.000207250805541, -1.36851325564e-5, 7.10300997736e-7, -2.9732513294e-8, 1.024794109e-9,
  -2.95867692579e-11,
]
/** Ci(x) − γ − ln x, over x²/16, in x²/16. */
const cosineSeries = [
  -4.0, 2.66666666667, -0.948148148148, 0.203174603175, -0.0288959435626, 0.00291878217804,
  -0.00021993963037, 1.28298117716e-5, -5.96302072174e-7, 2.25967101034e-8, -7.11427315338e-10,
  1.8902658137e-11,
]
/** x f(x) and x² g(x) in u = 32/x² − 1, for x ≥ 4, with Si = π/2 − f cos − g sin, Ci = f sin − g cos. */
const sineTail = [
  0.951349732116, -0.0396307001326, 0.00630209328546, -0.00166398451265, 0.000575040310841,
  -0.000234012114246, 0.000120697845488, -7.25745635106e-5, -9.39193420705e-6, 3.46168248159e-5,
  8.22435706513e-5, -8.96486358356e-5, -6.39123707443e-5, 6.80433493483e-5, 2.86321927535e-5,
  -2.66036551606e-5,
]
const cosineTail = [
  0.872088315502, -0.0936839888394, 0.0215283904447, -0.00703658259299, 0.00280228197814,
  -0.00125759721432, 0.000772759277856, -0.000548308869551, -0.000227143725636, 0.00046104303644,
  0.000859778903373, -0.000984165613073, -0.000699236181001, 0.000763841163286, 0.000300086706135,
  -0.000288990273546,
]
/** B₂ₖ/(2k + 1)! for k from 1. */
const debye = [
  0.0277777777778, -0.000277777777778, 4.72411186697e-6, -9.18577307466e-8, 1.8978869989e-9,
]
/** C(x)/x, and S(x)/x over πx²/2, in (πx²/2)²/16. */
const fresnelCosine = [
  1.0, -1.6, 1.18518518519, -0.437606837607, 0.0956115779645, -0.0137599731251, 0.00140101544546,
  -0.000106177752593, 6.22051479836e-6, -2.90092899976e-7, 1.10227854163e-8, -3.47808909721e-10,
  9.2584448018e-12,
]
const fresnelSine = [
  0.333333333333, -0.380952380952, 0.193939393939, -0.0541798941799, 0.00950524459296,
  -0.00114213215662, 9.97874248903e-5, -6.62183833373e-6, 3.45003341758e-7, -1.44850705791e-8,
  5.0048084393e-10, -1.44786317645e-11, 3.55814741402e-13,
]
/** πx f(x) and π²x³ g(x) in u = 13.1072/x⁴ − 1, for x ≥ 1.6: C = ½ + f sin − g cos of πx²/2. */
const fresnelFirst = [
  0.980810603763, -0.016416223279, 0.00204006058563, -0.000472342770994, 0.000150610351281,
  -5.50793467996e-5, 2.1715182549e-5, -2.07190848205e-5, 1.58220700995e-5, 8.13068559436e-6,
  -9.28337340542e-6, -7.81933092571e-6, 6.41585357254e-6,
]
const fresnelSecond = [
  0.915145663425, -0.0657604069482, 0.0126963986863, -0.00373433928081, 0.00140590013551,
  -0.000627466462985, 0.000216611912177, -4.95638434324e-5, 0.000270832865944, -0.000266360944753,
  -0.000192757624973, 0.000209491454682, 0.000120954550648, -0.000107726662734,
]

function signed(x: Array, size: Array): Array {
  return where(less(x, 0), negative(size), size)
}

/**
 * The exponential integral Ei(x) = ∫ e^t/t dt from −∞ to x; −∞ at 0. Work O(n), span O(1).
 * @example special.expi(np.array([-1, 1])) // → [-0.219384, 1.89512]
 */
export const expi: Unary = derived(
  "expi",
  (x) => {
    const size = absolute(x)
    const positive = greater(x, 0)
    const low = where(less(size, 12), size, 1)
    const share = divide(low, 12)
    const series = multiply(share, horner(expiSeries, share))
    const small = add(add(series, log(low)), eulerGamma)
    const high = atLeast(size, 12)
    // e^x would overflow before e^x/x does: it comes in two halves.
    const half = exp(multiply(0.5, high))
    const tail = horner(expiTail, subtract(divide(24, high), 1))
    const large = multiply(half, multiply(half, divide(tail, high)))
    const infinite = equal(x, Number.POSITIVE_INFINITY)
    const above = where(infinite, x, where(less(size, 12), small, large))
    return where(positive, above, negative(exp1(where(positive, 1, size))))
  },
  (x) => divide(exp(x), x),
)

/**
 * The integrals of sin t/t and cos t/t: `[si, ci]`, of which Ci is −∞ at 0 and NaN below. Work
 * O(n), span O(1).
 * @example special.sici(1) // → [0.946083, 0.337404]
 */
export const sici: (x: ArrayLike) => readonly [si: Array, ci: Array] = derivedMany(
  "sici",
  {
    values: (x) => {
      const size = absolute(x)
      const near = less(size, 4)
      const low = below(size, 4)
      const share = divide(multiply(low, low), 16)
      const far = atLeast(size, 4)
      const u = subtract(divide(divide(32, far), far), 1)
      const f = divide(horner(sineTail, u), far)
      const g = divide(divide(horner(cosineTail, u), far), far)
      const [s, c] = [sin(far), cos(far)]
      const ends = elementwise.isinf(size)
      const largeSine = subtract(Math.PI / 2, add(multiply(f, c), multiply(g, s)))
      const largeCosine = subtract(multiply(f, s), multiply(g, c))
      const smallCosine = add(
        multiply(share, horner(cosineSeries, share)),
        add(log(low), eulerGamma),
      )
      const si = where(
        near,
        multiply(size, horner(sineSeries, share)),
        where(ends, Math.PI / 2, largeSine),
      )
      const ci = where(near, smallCosine, where(ends, 0, largeCosine))
      const unknown = elementwise.isnan(x)
      return [
        where(unknown, x, signed(x, si)),
        where(elementwise.logicalOr(unknown, less(x, 0)), Number.NaN, ci),
      ]
    },
    slopes: (x) => {
      const zero = equal(x, 0)
      return [where(zero, 1, divide(sin(x), where(zero, 1, x))), divide(cos(x), x)]
    },
  },
  ([si, ci]): readonly [Array, Array] => [si, ci],
)

/** Li₂(1 − t) for t from ½ to 2, by powers of u = −ln t (Debye's function). */
function dilogarithm(t: Array): Array {
  const u = negative(log(t))
  const square = multiply(u, u)
  const odd = multiply(multiply(u, square), horner(debye, square))
  return add(subtract(u, multiply(0.25, square)), odd)
}

/**
 * Spence's function, ∫ ln t/(1 − t) dt from 1 to x, which is the dilogarithm Li₂(1 − x); NaN below
 * 0. Work O(n), span O(1).
 * @example special.spence(np.array([0, 1, 3])) // → [1.64493, 0, -1.43675]
 */
export const spence: Unary = derived(
  "spence",
  (x) => {
    const zero = equal(x, 0)
    const infinite = equal(x, Number.POSITIVE_INFINITY)
    const [low, high] = [less(x, 0.5), greater(x, 2)]
    const [small, large] = [where(low, where(zero, 0.25, x), 0.25), where(high, x, 4)]
    const base = dilogarithm(
      where(low, subtract(1, small), where(high, subtract(1, divide(1, large)), x)),
    )
    // Li₂(1 − x) = π²/6 − ln x ln(1 − x) − Li₂(x)
    const product = multiply(log(small), elementwise.log1p(negative(small)))
    const reflected = subtract(Math.PI ** 2 / 6, add(product, base))
    // Li₂(1 − x) = −½ ln² x − Li₂(1 − 1/x)
    const v = log(where(infinite, 4, large))
    const other = multiply(v, elementwise.log1p(negative(divide(1, large))))
    const inverse = add(add(multiply(0.5, multiply(v, v)), Math.PI ** 2 / 6), other)
    const inverted = where(infinite, Number.NEGATIVE_INFINITY, subtract(base, inverse))
    return where(zero, Math.PI ** 2 / 6, where(low, reflected, where(high, inverted, base)))
  },
  (x) => {
    const one = equal(x, 1)
    return where(one, -1, divide(log(x), subtract(1, where(one, 2, x))))
  },
)

/**
 * Fresnel's integrals, of sin(πt²/2) and cos(πt²/2) from 0 to x: `[s, c]`. Work O(n), span O(1).
 * @example special.fresnel(1) // → [0.438259, 0.779893]
 */
export const fresnel: (x: ArrayLike) => readonly [s: Array, c: Array] = derivedMany(
  "fresnel",
  {
    values: (x) => {
      const size = absolute(x)
      const near = less(size, 1.6)
      const low = below(size, 1.6)
      const angle = multiply(multiply(low, low), Math.PI / 2)
      const share = divide(multiply(angle, angle), 16)
      const smallCosine = multiply(low, horner(fresnelCosine, share))
      const smallSine = multiply(multiply(low, angle), horner(fresnelSine, share))
      const far = atLeast(size, 1.6)
      const square = divide(divide(1, far), far)
      const u = subtract(multiply(13.1072, multiply(square, square)), 1)
      const f = divide(divide(horner(fresnelFirst, u), far), Math.PI)
      const g = multiply(multiply(horner(fresnelSecond, u), square), divide(Math.PI ** -2, far))
      // Beyond 10⁸ nothing is left of the turns.
      const half = multiply(0.5, multiply(below(far, 1e8), below(far, 1e8)))
      const [s, c] = [sinPi(half), cosPi(half)]
      const largeSine = subtract(0.5, add(multiply(f, c), multiply(g, s)))
      const largeCosine = add(0.5, subtract(multiply(f, s), multiply(g, c)))
      const both = [where(near, smallSine, largeSine), where(near, smallCosine, largeCosine)]
      return both.map((one) => where(elementwise.isnan(x), x, signed(x, one)))
    },
    slopes: (x) => {
      const half = multiply(0.5, multiply(x, x))
      return [sinPi(half), cosPi(half)]
    },
  },
  ([s, c]): readonly [Array, Array] => [s, c],
)
