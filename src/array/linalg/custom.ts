/** Functions of arrays whose derivative is a formula of their own, not that of their loops. */

import type { Array } from "../array.ts"
import { customJvp } from "../transforms/custom.ts"

/** Arrays and what else decides, to arrays. */
export type Custom<S> = (arrays: readonly Array[], statics: S) => readonly Array[]

/** From operands, results and a tangent for each operand to a tangent for each result. */
export type Tangent<S> = (
  operands: readonly Array[],
  results: readonly Array[],
  tangents: readonly Array[],
  statics: S,
) => readonly Array[]

/** A function of arrays with a formula for its tangents, which is linear in them. */
export function custom<S>(primal: Custom<S>, tangent: Tangent<S>): Custom<S> {
  return (arrays, statics) => {
    const call = customJvp((...own: Array[]): Array[] => [...primal(own, statics)])
    call.defjvp((operands, tangents) => {
      const results = custom(primal, tangent)(operands, statics)
      return [[...results], [...tangent(operands, results, tangents, statics)]]
    })
    return call(...arrays)
  }
}
