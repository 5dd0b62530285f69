/** Ways of evaluating that several special functions share. */

import type { Array } from "../array.ts"
import * as elementwise from "../operations/elementwise.ts"

/** x from a bound up, else the bound; at the bound the derivative is that of x. */
export function atLeast(x: Array, bound: number): Array {
  return elementwise.where(elementwise.less(x, bound), bound, x)
}

/** x below a bound, else the bound, where the derivative is 0. */
export function below(x: Array, bound: number): Array {
  return elementwise.where(elementwise.less(x, bound), x, bound)
}

/** A polynomial by Horner's rule, its coefficients from the lowest power up. */
export function horner(coefficients: readonly number[], x: Array): Array {
  const last = coefficients.length - 1
  const start = elementwise.add(elementwise.multiply(x, coefficients[last]), coefficients[last - 1])
  return coefficients
    .slice(0, last - 1)
    .reduceRight<Array>((sum, c) => elementwise.add(elementwise.multiply(sum, x), c), start)
}

/** x less the nearest even number. */
function withinTurn(x: Array): Array {
  const turns = elementwise.multiply(2, elementwise.rint(elementwise.multiply(0.5, x)))
  return elementwise.subtract(x, turns)
}

/** cos πx, exact at whole and half numbers. */
export function cosPi(x: Array): Array {
  const size = elementwise.absolute(withinTurn(x))
  return elementwise.sin(elementwise.multiply(elementwise.subtract(0.5, size), Math.PI))
}

/** sin πx, exact at whole and half numbers. */
export function sinPi(x: Array): Array {
  const rest = withinTurn(x)
  const size = elementwise.absolute(rest)
  const folded = elementwise.where(
    elementwise.greater(size, 0.5),
    elementwise.subtract(1, size),
    size,
  )
  const sine = elementwise.sin(elementwise.multiply(folded, Math.PI))
  return elementwise.where(elementwise.less(rest, 0), elementwise.negative(sine), sine)
}
