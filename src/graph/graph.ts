/** The graph: what a computation is, as data. */

import type { DType, Shape } from "../size/index.ts"
import { dtypes, printShape } from "../size/index.ts"
import {
  isControl,
  isStaged,
  type ParamsOf,
  type PlainPrimitive,
  type Primitive,
} from "./primitive.ts"

/** What is known of an array before it is computed. */
export interface ArrayType {
  readonly shape: Shape
  readonly dtype: DType
}

/** One array of a graph: an input, or a result of exactly one equation. */
export class Variable implements ArrayType {
  readonly shape: Shape
  readonly dtype: DType

  constructor(type: ArrayType) {
    this.shape = type.shape
    this.dtype = type.dtype
  }
}

/** results = primitive(operands; params). */
export interface Equation<P extends Primitive = Primitive> {
  readonly primitive: P
  readonly operands: readonly Variable[]
  readonly params: ParamsOf[P]
  readonly results: readonly Variable[]
}

/**
 * A pure function of arrays: equations in an order in which every operand is an input or the
 * result of an earlier equation.
 */
export interface Graph {
  readonly inputs: readonly Variable[]
  readonly equations: readonly Equation[]
  readonly outputs: readonly Variable[]
}

/** Narrows an equation to one primitive, so that its params have their type. */
export function isEquation<P extends Primitive>(
  equation: Equation,
  primitive: P,
): equation is Equation & Equation<P> {
  return equation.primitive === primitive
}

/** Whether an equation is neither control flow nor staged. */
export function isPlain(equation: Equation): equation is Equation & Equation<PlainPrimitive> {
  return !isControl(equation.primitive) && !isStaged(equation.primitive)
}

/** `f32[N, 3]`. */
export function printType(type: ArrayType): string {
  return `${dtypes[type.dtype].short}${printShape(type.shape)}`
}
