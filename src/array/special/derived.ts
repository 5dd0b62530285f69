/** Special functions of one number whose derivatives are formulas, not those of their polynomials. */

import type { Array } from "../array.ts"
import { custom } from "../linalg/custom.ts"
import * as elementwise from "../operations/elementwise.ts"
import type { Unary } from "../operations/pointwise.ts"
import { type ArrayLike, asFloat } from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"

/** Functions found together, and the slope of each by x. */
interface Derived {
  readonly values: (x: Array) => readonly Array[]
  readonly slopes: (x: Array, values: readonly Array[]) => readonly Array[]
}

/** Several functions of a float array. */
export function derivedMany<R extends readonly Array[]>(
  name: string,
  { values, slopes }: Derived,
  form: (values: readonly Array[]) => R,
): (x: ArrayLike) => R {
  const functions = custom<null>(
    ([x]) => values(x),
    ([x], found, [dx]) => slopes(x, found).map((slope) => elementwise.multiply(slope, dx)),
  )
  return operation(1, (x) => form(functions([asFloat(name, x)], null)))
}

/** A function of a float array. */
export function derived(
  name: string,
  value: (x: Array) => Array,
  slope: (x: Array, value: Array) => Array,
): Unary {
  const functions = derivedMany(
    name,
    { values: (x) => [value(x)], slopes: (x, [found]) => [slope(x, found)] },
    ([found]): readonly [Array] => [found],
  )
  return (x: ArrayLike) => functions(x)[0]
}
