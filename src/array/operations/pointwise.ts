/** How elementwise primitives become functions of arrays. */

import { isFloat } from "../../size/index.ts"
import type { Array } from "../array.ts"
import type { BitsLike, FloatMeet, FloatOf, IntegerDType } from "../static/dtype.ts"
import type { BroadcastOf, Fits, ShapeOf } from "../static/shape.ts"
import { type ArrayLike, align, type PromotionRule, toArray } from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"
import { bind, withWeak } from "../tracing/trace.ts"

/**
 * A signature that no call has. A function of it and of a generic one is, where it is passed on
 * (`jit(np.exp)`, `vmap(np.add)`), a function of any arrays, as what it then takes and gives has
 * other shapes.
 */
export type PassedOn = (...none: [never, never, never, never, never, never, never]) => Array

/** A function of each element; floats stay what they are. */
export type Unary = PassedOn & (<A extends ArrayLike>(x: A) => Array<FloatOf<A>, ShapeOf<A>>)

/** A question about each element. */
export type Predicate = PassedOn & (<A extends ArrayLike>(x: A) => Array<"bool", ShapeOf<A>>)

/** A function of each element's bits. */
export type BitsUnary = PassedOn &
  (<A extends BitsLike>(x: A) => Array<IntegerDType | "bool", ShapeOf<A>>)

/** A function of pairs of elements; floats stay floats. */
export type Binary = PassedOn &
  (<A extends ArrayLike, B extends ArrayLike>(
    x: A,
    y: Fits<A, B>,
  ) => Array<FloatMeet<A, B>, BroadcastOf<A, B>>)

/** A question about pairs of elements. */
export type Comparison = PassedOn &
  (<A extends ArrayLike, B extends ArrayLike>(
    x: A,
    y: Fits<A, B>,
  ) => Array<"bool", BroadcastOf<A, B>>)

/** A function of the bits of pairs of elements. */
export type BitsBinary = PassedOn &
  (<A extends BitsLike, B extends BitsLike>(
    x: A,
    y: Fits<A, B>,
  ) => Array<IntegerDType | "bool", BroadcastOf<A, B>>)

type UnaryPrimitive =
  | "exp"
  | "expm1"
  | "log"
  | "log1p"
  | "sin"
  | "cos"
  | "tan"
  | "asin"
  | "acos"
  | "atan"
  | "sinh"
  | "cosh"
  | "tanh"
  | "asinh"
  | "acosh"
  | "atanh"
  | "sqrt"
  | "rsqrt"
  | "cbrt"
  | "erf"
  | "erfc"
  | "erfInv"
  | "logistic"
  | "floor"
  | "ceil"
  | "round"
  | "negate"
  | "abs"
  | "sign"
  | "not"
  | "populationCount"
  | "countLeadingZeros"
  | "isFinite"
  | "stopGradient"

type BinaryPrimitive =
  | "add"
  | "subtract"
  | "multiply"
  | "divide"
  | "remainder"
  | "power"
  | "maximum"
  | "minimum"
  | "atan2"
  | "and"
  | "or"
  | "xor"
  | "shiftLeft"
  | "shiftRightLogical"
  | "shiftRightArithmetic"
  | "equal"
  | "notEqual"
  | "less"
  | "lessEqual"
  | "greater"
  | "greaterEqual"

export function unary(
  name: string,
  primitive: UnaryPrimitive,
  rule: PromotionRule,
): (x: ArrayLike) => Array {
  return operation(1, (x: ArrayLike) => {
    const { arrays, weak } = align(name, rule, [x])
    return named(name, primitive, () => elementwise(primitive, arrays, weak))
  })
}

export function binary(
  name: string,
  primitive: BinaryPrimitive,
  rule: PromotionRule,
): (x: ArrayLike, y: ArrayLike) => Array {
  return operation(2, (x: ArrayLike, y: ArrayLike) => {
    const { arrays, weak } = align(name, rule, [x, y])
    return named(name, primitive, () => elementwise(primitive, arrays, weak))
  })
}

/** Lets an error about a primitive's operands name the function that was called. */
export function named(name: string, primitive: string, body: () => Array): Array {
  try {
    return body()
  } catch (error) {
    if (!(error instanceof TypeError) || !error.message.startsWith(`${primitive} `)) throw error
    throw new TypeError(`${name}${error.message.slice(primitive.length)}`, { cause: error })
  }
}

/** A float function that leaves integers and bools as they are. */
export function rounding(name: string, primitive: "floor" | "ceil" | "round"): Unary {
  return operation(1, (x) => {
    const array = toArray(name, x)
    return isFloat(array.dtype) ? bind(primitive, [array], {}) : array
  })
}

/** An elementwise primitive; its result is weak where its operands are, unless it is bool. */
export function elementwise(
  primitive: UnaryPrimitive | BinaryPrimitive,
  arrays: readonly Array[],
  weak: boolean,
): Array {
  const result = bind(primitive, arrays, {})
  return result.dtype === "bool" ? result : withWeak(result, weak)
}
