/** Products with logarithms that are 0 where the factor is, entropies, and odds. */

import type { Array } from "../array.ts"
import * as elementwise from "../operations/elementwise.ts"
import type { Binary, Unary } from "../operations/pointwise.ts"
import { type ArrayLike, align, asFloat, toFloat } from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"

const { add, divide, equal, greater, log, log1p, logicalAnd, multiply, negative, subtract, where } =
  elementwise

/** x · f(y), 0 where x is 0, with the derivative f(y) by x also there, where it is finite. */
function timesLog(name: string, f: Unary): Binary {
  return operation(2, (x, y) => {
    const { arrays } = align(name, toFloat, [x, y])
    const [a, b] = arrays
    const finite = elementwise.isfinite(f(elementwise.stopGradient(b)))
    const zero = logicalAnd(equal(a, 0), elementwise.logicalNot(finite))
    return where(zero, 0, multiply(a, f(where(zero, 1, b))))
  })
}

/**
 * x ln y, 0 where x is 0. Work 9n, span 8.
 * @example special.xlogy(np.array([0, 2]), np.array([0, 2])) // → [0, 1.38629]
 */
export const xlogy: Binary = timesLog("xlogy", log)
/**
 * x ln(1 + y), 0 where x is 0. Work 9n, span 8.
 * @example special.xlog1py(np.array([0, 2]), np.array([-1, 1])) // → [0, 1.38629]
 */
export const xlog1py: Binary = timesLog("xlog1py", log1p)

/**
 * −x ln x: 0 at 0 and −∞ below. Work 10n, span 8.
 * @example special.entr(np.array([0, 0.5, 1])) // → [0, 0.346574, 0]
 */
export const entr: Unary = operation(1, (x) => {
  const array = asFloat("entr", x)
  const positive = greater(array, 0)
  const safe = where(positive, array, 1)
  const found = where(positive, negative(multiply(safe, log(safe))), Number.NEGATIVE_INFINITY)
  const unknown = elementwise.isnan(array)
  return where(unknown, array, where(equal(array, 0), 0, found))
})

/** x ln(x/y) where both are positive, and y or 0 where x is 0; else ∞. */
function relative(name: string, more: (x: Array, y: Array, term: Array) => Array): Binary {
  return operation(2, (x, y) => {
    const { arrays } = align(name, toFloat, [x, y])
    const [a, b] = arrays
    const both = logicalAnd(greater(a, 0), greater(b, 0))
    const [p, q] = [where(both, a, 1), where(both, b, 1)]
    const found = more(p, q, multiply(p, log(divide(p, q))))
    const none = logicalAnd(equal(a, 0), elementwise.greaterEqual(b, 0))
    const known = where(
      none,
      more(where(none, a, 0), where(none, b, 0), multiply(a, 0)),
      Number.POSITIVE_INFINITY,
    )
    const unknown = elementwise.logicalOr(elementwise.isnan(a), elementwise.isnan(b))
    return where(unknown, Number.NaN, where(both, found, known))
  })
}

/**
 * x ln(x/y): the terms of relative entropy. 0 where x is 0, ∞ outside the positive. Work 18n, span
 * 8.
 * @example special.relEntr(np.array([0, 1]), np.array([1, 2])) // → [0, -0.693147]
 */
export const relEntr: Binary = relative("relEntr", (_x, _y, term) => term)
/**
 * x ln(x/y) − x + y: the terms of the Kullback–Leibler divergence, convex in both. Work 24n, span
 * 10.
 * @example special.klDiv(np.array([1]), np.array([2])) // → [0.306853]
 */
export const klDiv: Binary = relative("klDiv", (x, y, term) => add(subtract(term, x), y))

/**
 * ln(p/(1 − p)). Work 3n, span 3.
 * @example special.logit(np.array([0.5, 0.8])) // → [0, 1.38629]
 */
export const logit: Unary = operation(1, (p) => {
  const array = asFloat("logit", p)
  return log(divide(array, subtract(1, array)))
})
/**
 * 1/(1 + e^−x). Work n, span 1.
 * @example special.expit(np.array([-1, 0, 1])) // → [0.268941, 0.5, 0.731059]
 */
export const expit: Unary = elementwise.logistic

/**
 * (e^x − 1)/x, 1 at 0. Work 8n, span 7.
 * @example special.exprel(np.array([0, 1])) // → [1, 1.71828]
 */
export const exprel: Unary = operation(1, (x) => {
  const array = asFloat("exprel", x)
  const zero = equal(array, 0)
  const infinite = equal(array, Number.POSITIVE_INFINITY)
  const safe = where(elementwise.logicalOr(zero, infinite), 1, array)
  const found = divide(elementwise.expm1(safe), safe)
  return where(zero, 1, where(infinite, array, found))
})

/**
 * The loss x²/2 up to delta and delta (|x| − delta/2) beyond. Work 10n and span 5.
 * @example special.huber(1, np.array([0.5, 3])) // → [0.125, 2.5]
 */
export const huber: (delta: ArrayLike, x: ArrayLike) => Array = operation(2, (delta, x) => {
  const { arrays } = align("huber", toFloat, [delta, x])
  const [bound, value] = arrays
  const size = elementwise.absolute(value)
  const square = multiply(0.5, multiply(value, value))
  const line = multiply(bound, subtract(size, multiply(0.5, bound)))
  const found = where(elementwise.lessEqual(size, bound), square, line)
  return where(elementwise.less(bound, 0), Number.POSITIVE_INFINITY, found)
})
