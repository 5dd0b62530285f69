/** Functions of arrays whose derivative is a formula of their own, not that of their loops. */

import type { Array } from "../array.ts"
import * as elementwise from "../elementwise.ts"

/** Arrays and what else decides, to arrays. */
export type Custom<S> = (arrays: readonly Array[], statics: S) => readonly Array[]

/** From operands, results and a tangent for each operand to a tangent for each result. */
export type Tangent<S> = (
  operands: readonly Array[],
  results: readonly Array[],
  tangents: readonly Array[],
  statics: S,
) => readonly Array[]

let differentiating = false

/** A function of arrays with a formula for its tangents. */
export function custom<S>(primal: Custom<S>, tangent: Tangent<S>): Custom<S> {
  return (arrays, statics) => {
    if (differentiating) return primal(arrays, statics)
    const fixed = arrays.map((x) => elementwise.stopGradient(x))
    const results = primal(fixed, statics)
    const changes = arrays.map((x, i) => elementwise.subtract(x, fixed[i]))
    differentiating = true
    try {
      const linear = tangent(fixed, results, changes, statics)
      return results.map((result, i) => {
        const change = linear[i]
        const known = elementwise.equal(change, change)
        return elementwise.add(result, elementwise.where(known, change, 0))
      })
    } finally {
      differentiating = false
    }
  }
}
