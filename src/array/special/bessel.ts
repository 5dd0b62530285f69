/**
 * Modified Bessel functions of the first kind, of orders 0 and 1: the power series up to 4, and
 * beyond a polynomial in 1/x, fitted by test/array/fixtures/fit_special.py. Work is about 70n.
 */

import type { Array } from "../array.ts"
import * as elementwise from "../operations/elementwise.ts"
import type { Unary } from "../operations/pointwise.ts"
import { asFloat } from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"
import { atLeast, below, horner } from "./formulas.ts"

const { absolute, divide, exp, less, multiply, negative, subtract, where } = elementwise

/** I₀ in x²/4: 1/k!². */
const i0Small = [
  1, 1, 0.25, 0.0277777777778, 0.00173611111111, 6.94444444444e-5, 1.92901234568e-6,
  3.93675988914e-8, 6.15118732678e-10, 7.59405842813e-12, 7.59405842813e-14, 6.27608134556e-16,
  4.3583898233e-18,
]
/** I₁/x in x²/4: 1/(2 k! (k + 1)!). */
const i1Small = [
  0.5, 0.25, 0.0416666666667, 0.00347222222222, 0.000173611111111, 5.78703703704e-6,
  1.3778659612e-7, 2.46047493071e-9, 3.41732629266e-11, 3.79702921406e-13, 3.45184474006e-15,
  2.61503389398e-17, 1.67630377819e-19,
]
/** √x e^−x I₀(x) in 8/(x/2) − 1, for x ≥ 4. */
const i0Large = [
  0.405686342318, 0.00734943464967, 0.000735255761948, 0.00018497039351, 7.9350226577e-5,
  1.37860141632e-5, -3.87096310846e-5, -3.23650651437e-5, 1.68453005967e-5, 2.51211590408e-5,
  -9.29620201944e-6, -1.49719837145e-5, 4.17235988191e-6, 5.89463094363e-6, -8.98731311799e-7,
  -1.0887829088e-6,
]
/** √x e^−x I₁(x) in the same. */
const i1Large = [
  0.379412266647, -0.020486472499, -0.00112571373876, -0.000234826125608, -9.44305918011e-5,
  -1.91055652456e-5, 4.03824206731e-5, 3.6608112804e-5, -1.61716969182e-5, -2.76212584321e-5,
  8.74821808756e-6, 1.6378142832e-5, -3.96486784035e-6, -6.45765944452e-6, 8.63334648836e-7,
  1.19616249987e-6,
]

/** √x e^−x I(x) for x ≥ 4. */
function tail(coefficients: readonly number[], size: Array): Array {
  const large = atLeast(size, 4)
  const found = horner(coefficients, subtract(divide(8, large), 1))
  return divide(found, elementwise.sqrt(large))
}

function series(coefficients: readonly number[], size: Array): Array {
  const half = multiply(0.5, below(size, 4))
  return horner(coefficients, multiply(half, half))
}

/**
 * e^−|x| I₀(x), which never overflows. Work 68n, span 37.
 * @example special.i0e(np.array([0, 1])) // → [1, 0.46576]
 */
export const i0e: Unary = operation(1, (x) => {
  const size = absolute(asFloat("i0e", x))
  const small = multiply(exp(negative(below(size, 4))), series(i0Small, size))
  return where(less(size, 4), small, tail(i0Large, size))
})
/**
 * e^−|x| I₁(x), which never overflows. Work 72n, span 39.
 * @example special.i1e(np.array([0, 1])) // → [0, 0.20791]
 */
export const i1e: Unary = operation(1, (x) => {
  const array = asFloat("i1e", x)
  const size = absolute(array)
  const low = below(size, 4)
  const small = multiply(multiply(array, exp(negative(low))), series(i1Small, size))
  const large = tail(i1Large, size)
  return where(less(size, 4), small, where(less(array, 0), negative(large), large))
})

/**
 * I₀(x). Work 69n, span 39.
 * @example special.i0(np.array([0, 1])) // → [1, 1.26607]
 */
export const i0: Unary = operation(1, (x) => {
  const size = absolute(asFloat("i0", x))
  const half = exp(multiply(0.5, size))
  return where(
    less(size, 4),
    series(i0Small, size),
    multiply(multiply(tail(i0Large, size), half), half),
  )
})
/**
 * I₁(x). Work 73n, span 41.
 * @example special.i1(np.array([0, 1])) // → [0, 0.565159]
 */
export const i1: Unary = operation(1, (x) => {
  const array = asFloat("i1", x)
  const size = absolute(array)
  const half = exp(multiply(0.5, size))
  const small = multiply(array, series(i1Small, size))
  const large = multiply(multiply(tail(i1Large, size), half), half)
  return where(less(size, 4), small, where(less(array, 0), negative(large), large))
})
