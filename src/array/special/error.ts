/**
 * Integrals of e^−t² and e^t², scaled so that they neither overflow nor vanish. Polynomials are fitted
 * by test/array/fixtures/fit_special.py. Work is about 80n.
 */

import type { Array } from "../array.ts"
import * as elementwise from "../operations/elementwise.ts"
import type { Unary } from "../operations/pointwise.ts"
import { derived } from "./derived.ts"
import { atLeast, below, horner } from "./formulas.ts"

const { absolute, add, divide, exp, less, multiply, negative, subtract, where } = elementwise

/** e^x² erfc x for x = 1.25 + 1.25u, |u| ≤ 1. */
const scaledErfc = [
  0.367822918607, -0.261027350767, 0.166867871321, -0.0980823522666, 0.0537419867624,
  -0.0277172199751, 0.0135345553137, -0.00631110231179, 0.00287931644964, -0.0012396798422,
  0.000427247638596, -0.000169912966146, 0.00012928364302, -4.91994269092e-5,
]
/** √π x e^x² erfc x in 1/x², for x ≥ 2.5. */
const scaledErfcTail = [
  1.0, -0.499999972205, 0.74999263072, -1.87422512284, 6.51967368875, -28.0972435337, 130.604017665,
  -552.979712498, 1799.78939356, -3754.55661746, 3646.64250099,
]
/** D(x)/x for x = 1 + u, |u| ≤ 1. */
const dawsonSmall = [
  0.538079506854, -0.614238520902, 0.152318035279, 0.206401651518, -0.154801394902,
  -0.00932691119728, 0.0468373265655, -0.0106584977655, -0.00776760712848, 0.00381431841537,
  0.000668459560731, -0.000748183984608, 8.46683271455e-6, 9.8896258889e-5, -7.69588572316e-6,
  -7.65512114114e-6,
]
/** D(x) for x = 3.5 + 1.5u, |u| ≤ 1. */
const dawsonMiddle = [
  0.149621593744, -0.0710267303911, 0.0362416497986, -0.0203058309872, 0.012532999208,
  -0.00804231880909, 0.00465808747956, -0.00182589521893, -0.000160507972001, 0.00112390916445,
  -0.00124168545112, 0.000689794252509, 1.92285340721e-5, -0.000224337022093, 6.58670157624e-5,
  8.25159716218e-6,
]
/** 2x D(x) in 1/x², for x ≥ 5. */
const dawsonTail = [
  1.0, 0.500000001977, 0.749998423459, 1.87548342415, 6.48811758243, 35.9917700303, -170.187821636,
  11190.5215889, -163277.284468, 1351535.53174,
]

/** 1/x² from a bound up. */
function inverseSquare(x: Array, bound: number): Array {
  const large = atLeast(x, bound)
  return divide(divide(1, large), large)
}

/** e^x², with x² in two parts of which the greater one is exact. */
function expSquare(x: Array): Array {
  const near = divide(elementwise.rint(multiply(x, 64)), 64)
  const rest = multiply(subtract(x, near), add(x, near))
  return multiply(exp(multiply(near, near)), exp(rest))
}

/** A tail less its first term, 1. */
function lessOne(tail: readonly number[], w: Array): Array {
  return multiply(w, horner(tail.slice(1), w))
}

/**
 * e^x² erfc(x): erfc without its decay, for large x; ∞ where x is far below 0. Work O(n), span
 * O(1).
 * @example special.erfcx(np.array([0, 1, 100])) // → [1, 0.427584, 0.00564161]
 */
export const erfcx: Unary = derived(
  "erfcx",
  (x) => {
    const size = absolute(x)
    const small = horner(scaledErfc, subtract(divide(below(size, 2.5), 1.25), 1))
    const tail = horner(scaledErfcTail, inverseSquare(size, 2.5))
    const large = divide(tail, multiply(atLeast(size, 2.5), Math.sqrt(Math.PI)))
    const found = where(less(size, 2.5), small, large)
    const negatives = less(x, 0)
    // Beyond ±10 a float has no room for e^x².
    const inside = below(where(negatives, size, 0), 10)
    const grown = where(less(x, -10), Number.POSITIVE_INFINITY, multiply(2, expSquare(inside)))
    return where(elementwise.isnan(x), x, where(negatives, subtract(grown, found), found))
  },
  // 2x erfcx(x) − 2/√π
  (x, value) => {
    const near = subtract(multiply(2, multiply(x, value)), 2 / Math.sqrt(Math.PI))
    const far = multiply(2 / Math.sqrt(Math.PI), lessOne(scaledErfcTail, inverseSquare(x, 2.5)))
    return where(less(x, 2.5), near, far)
  },
)

/**
 * Dawson's integral D(x) = e^−x² ∫₀ˣ e^t² dt. Work O(n), span O(1).
 * @example special.dawsn(np.array([0, 1, 10])) // → [0, 0.53808, 0.0502538]
 */
export const dawsn: Unary = derived(
  "dawsn",
  (x) => {
    const size = absolute(x)
    const small = multiply(size, horner(dawsonSmall, subtract(below(size, 2), 1)))
    const inner = below(atLeast(size, 2), 5)
    const middle = horner(dawsonMiddle, divide(subtract(inner, 3.5), 1.5))
    const tail = horner(dawsonTail, inverseSquare(size, 5))
    const large = divide(tail, multiply(2, atLeast(size, 5)))
    const found = where(less(size, 2), small, where(less(size, 5), middle, large))
    const signed = where(less(x, 0), negative(found), found)
    return where(elementwise.isnan(x), x, signed)
  },
  // 1 − 2x D(x)
  (x, value) => {
    const near = subtract(1, multiply(2, multiply(x, value)))
    const size = absolute(x)
    const far = negative(lessOne(dawsonTail, inverseSquare(size, 5)))
    return where(less(size, 5), near, far)
  },
)
