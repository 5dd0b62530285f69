/** What a rule of transposition is given and gives back. */

import type { ArrayType, GraphBuilder, ParamsOf, Primitive, Variable } from "../../graph/index.ts"

/** The derivative of the result by a value, as an array of that value's type; undefined is zero. */
export type Cotangent = Variable | undefined

/** An operand of a linear equation: with its value, or linear (then only its type is known). */
export interface Operand extends ArrayType {
  readonly value: Variable | undefined
}

/**
 * From the cotangent of an equation's result to one for each linear operand (those of operands
 * with a value are ignored).
 */
export type TransposeRule<P extends Primitive> = (
  b: GraphBuilder,
  cotangent: Variable,
  operands: readonly Operand[],
  params: ParamsOf[P],
  primitive: P,
) => readonly Cotangent[]

/** Primitives through which no linear value passes. */
export function notLinear<P extends Primitive>(): TransposeRule<P> {
  return (_b, _cotangent, _operands, _params, primitive) => {
    throw new Error(`${primitive} is not linear, so it has no transpose`)
  }
}

/** The value of an operand that the rule needs. */
export function valueOf(operand: Operand, primitive: Primitive): Variable {
  if (operand.value === undefined) {
    throw new Error(`${primitive} is not linear in all of its operands together`)
  }
  return operand.value
}
