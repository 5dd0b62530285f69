/**
 * The incomplete gamma functions, without loops: up to a = 40 the power series below x = a + 1 and
 * Legendre's continued fraction above, of fixed depths that are exact to float32 there, and
 * Temme's uniform expansion (DLMF 8.12) beyond. Coefficients are fitted by
 * test/array/fixtures/fit_special.py. Work is about 700n.
 */

import type { Array } from "../array.ts"
import * as elementwise from "../operations/elementwise.ts"
import type { Binary } from "../operations/pointwise.ts"
import { align, fill, toFloat } from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"
import { jvp } from "../transforms/products.ts"
import { atLeast, horner } from "./formulas.ts"
import { gamma, remainderOf } from "./gamma.ts"

const { add, divide, equal, erfc, exp, greater, less, log, maximum, minimum, multiply } =
  elementwise
const { negative, power, sqrt, subtract, where } = elementwise

/** (μ − ln(1 + μ))/μ² for μ from −0.4 to 0.5. */
const lessLog = [
  0.499999999999, -0.333333333337, 0.250000000747, -0.199999999547, 0.166666578033, -0.142857122761,
  0.125004004248, -0.111114076869, 0.0999117805135, -0.0908078598422, 0.0843675080113,
  -0.0784967674111, 0.0650701962671, -0.0543078718203, 0.0794314078494, -0.104848359749,
  0.0564190789715,
]
/** Temme's C₀, C₁ and C₂ in η/2.2. */
const temme0 = [
  -0.33333333329, 0.183333333009, -0.0717037105253, 0.0123240936544, 0.00826317596727,
  -0.00921272867679, 0.00444189080648, -0.000542344972557, -0.00100878179719, 0.000989532828438,
  -0.000492312610017, 6.99728406437e-5, 0.000165895165634, -0.000170673601175, 3.27673706879e-5,
  3.71932849262e-5, -1.57178207443e-5, -5.15557197482e-7,
]
const temme1 = [
  -0.00185185851969, -0.00763888850299, 0.0128049046067, -0.0105439945423, 0.00480896329135,
  -1.9288362834e-5, -0.00198244057238, 0.00189634397624, -0.00109408620798, 5.17151703925e-5,
  0.000693433158685, -0.000433922590502, -9.92657788569e-5, 0.000110388025329,
]
const temme2 = [
  0.00413367515048, -0.00589579647146, 0.00372880359923, -4.04247841765e-5, -0.00244484675626,
  0.00306542722336, -0.0017636197251, -0.000717605283837, 0.00140645098187, -0.000169538355084,
  -0.000241194393461,
]

const largest = 40
const seriesDepth = 40
const fractionDepth = 32

/**
 * η²/2 = μ − ln(1 + μ) for 1 + μ = ratio, and η with the sign of μ, both without cancellation near
 * 0 and smooth there.
 */
function temmeOf(mu: Array, ratio: Array): { readonly half: Array; readonly eta: Array } {
  const near = elementwise.logicalAnd(greater(mu, -0.4), less(mu, 0.5))
  const close = where(near, mu, 0)
  const factor = horner(lessLog, close)
  const far = subtract(where(near, 1, mu), log(where(near, 1, ratio)))
  const size = sqrt(multiply(2, far))
  return {
    half: where(near, multiply(multiply(close, close), factor), far),
    eta: where(
      near,
      multiply(close, sqrt(multiply(2, factor))),
      where(less(mu, 0), negative(size), size),
    ),
  }
}

/** x^a e^−x / Γ(a + 1), for a up to 40. */
function leadingTerm(a: Array, x: Array): Array {
  const low = less(a, 3)
  const [few, many] = [where(low, a, 1), atLeast(a, 3)]
  const small = divide(multiply(power(x, few), exp(negative(x))), gamma(add(few, 1)))
  const { half } = temmeOf(divide(subtract(x, many), many), divide(x, many))
  const exponent = multiply(many, half)
  const root = sqrt(multiply(2 * Math.PI, many))
  const large = divide(exp(negative(add(exponent, remainderOf(many)))), root)
  return where(low, small, large)
}

interface Sides {
  readonly lower: Array
  readonly upper: Array
}

/** Both functions for a up to 40. */
function moderate(a: Array, x: Array): Sides {
  const below = less(x, add(a, 1))
  const inside = where(below, x, 1)
  let sum = add(divide(inside, add(a, seriesDepth)), 1)
  for (let k = seriesDepth - 1; k > 0; k--) {
    sum = add(divide(multiply(sum, inside), add(a, k)), 1)
  }
  const outside = where(below, add(a, 2), x)
  const base = subtract(add(outside, 1), a)
  let rest = multiply(a, 0)
  for (let k = fractionDepth; k > 0; k--) {
    rest = divide(multiply(k, subtract(k, a)), subtract(add(base, 2 * k), rest))
  }
  const term = leadingTerm(a, x)
  const lower = multiply(term, sum)
  const upper = divide(multiply(term, a), subtract(base, rest))
  return {
    lower: where(below, lower, subtract(1, upper)),
    upper: where(below, subtract(1, lower), upper),
  }
}

/** Both functions for a from 40 up. */
function uniform(a: Array, x: Array): Sides {
  const ratio = divide(x, a)
  const mu = divide(subtract(x, a), a)
  const { half, eta } = temmeOf(mu, ratio)
  const u = divide(minimum(maximum(eta, -2.2), 2.2), 2.2)
  const second = divide(horner(temme2, u), a)
  const first = divide(add(horner(temme1, u), second), a)
  const bend = add(horner(temme0, u), first)
  const scale = divide(exp(negative(multiply(a, half))), sqrt(multiply(2 * Math.PI, a)))
  const more = multiply(scale, bend)
  const angle = multiply(eta, sqrt(multiply(0.5, a)))
  return {
    lower: subtract(multiply(0.5, erfc(negative(angle))), more),
    upper: add(multiply(0.5, erfc(angle)), more),
  }
}

function incomplete(name: string, side: "lower" | "upper"): Binary {
  const [atNone, atAll] = side === "lower" ? [0, 1] : [1, 0]
  return operation(2, (x, y) => {
    const { arrays } = align(name, toFloat, [x, y])
    const [a, b] = arrays
    const proper = elementwise.logicalAnd(greater(a, 0), greater(b, 0))
    const finite = elementwise.logicalAnd(elementwise.isfinite(a), elementwise.isfinite(b))
    const inside = elementwise.logicalAnd(proper, finite)
    const many = greater(a, largest)
    const [few, at] = [
      where(elementwise.logicalAnd(inside, elementwise.logicalNot(many)), a, 1),
      where(inside, b, 1),
    ]
    const small = moderate(few, at)[side]
    const large = uniform(where(elementwise.logicalAnd(inside, many), a, largest), at)[side]
    const value = where(many, large, small)
    const found = where(greater(value, 1), 1, where(less(value, 0), 0, value))
    const both = elementwise.logicalAnd(elementwise.isinf(a), elementwise.isinf(b))
    const zeros = elementwise.logicalAnd(equal(a, 0), equal(b, 0))
    const outside = elementwise.logicalOr(less(a, 0), less(b, 0))
    const unknown = elementwise.logicalOr(elementwise.isnan(a), elementwise.isnan(b))
    const none = elementwise.logicalOr(equal(b, 0), elementwise.isinf(a))
    const ends = where(none, atNone, atAll)
    const wrong = elementwise.logicalOr(
      elementwise.logicalOr(both, zeros),
      elementwise.logicalOr(outside, unknown),
    )
    return where(inside, found, where(wrong, Number.NaN, ends))
  })
}

/**
 * P(a, x) = ∫₀ˣ t^(a−1) e^−t dt / Γ(a), from 0 to 1; NaN for negative arguments. Work 701n, span
 * 134.
 * @example special.gammainc(1, np.array([0, 1])) // → [0, 0.632121]
 */
export const gammainc: Binary = incomplete("gammainc", "lower")
/**
 * Q(a, x) = 1 − P(a, x), also where it is small; NaN for negative arguments. Work 700n, span 135.
 * @example special.gammaincc(1, np.array([0, 1])) // → [1, 0.367879]
 */
export const gammaincc: Binary = incomplete("gammaincc", "upper")

/** A tangent of P by one of its arguments. */
function slopeOf(name: string, at: 0 | 1): Binary {
  return operation(2, (x, y) => {
    const { arrays } = align(name, toFloat, [x, y])
    const along = arrays.map((one, i) => fill(i === at ? 1 : 0, one.shape, one.type))
    return jvp(
      (a: Array, b: Array) => gammainc(a, b),
      [arrays[0], arrays[1]],
      [along[0], along[1]],
    )[1]
  })
}

/**
 * ∂P(a, x)/∂a of the incomplete gamma function, for positive a and x. Work about twice P's, span
 * O(1).
 * @example lax.igammaGradA(2, np.array([1])) // → [-0.276196]
 */
export const igammaGradA: Binary = slopeOf("igammaGradA", 0)

const density: Binary = slopeOf("randomGammaGrad", 1)

/**
 * dx/da of a number x drawn from the gamma distribution of shape a, its quantile held: minus the
 * ratio of ∂P/∂a and ∂P/∂x. Work about four times P's, span O(1).
 * @example lax.randomGammaGrad(2, np.array([1])) // → [0.750779]
 */
export const randomGammaGrad: Binary = operation(2, (a, x) =>
  negative(divide(igammaGradA(a, x), density(a, x))),
)
