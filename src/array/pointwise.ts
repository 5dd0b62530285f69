/** How elementwise primitives become functions of arrays. */

import { isFloat } from "../size/index.ts"
import type { Array } from "./array.ts"
import { type ArrayLike, align, type PromotionRule, toArray } from "./operands.ts"
import { operation } from "./operation.ts"
import { bind, withWeak } from "./trace.ts"

export type Unary = (x: ArrayLike) => Array
export type Binary = (x: ArrayLike, y: ArrayLike) => Array

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

export function unary(name: string, primitive: UnaryPrimitive, rule: PromotionRule): Unary {
  return operation(1, (x) => {
    const { arrays, weak } = align(name, rule, [x])
    return named(name, primitive, () => elementwise(primitive, arrays, weak))
  })
}

export function binary(name: string, primitive: BinaryPrimitive, rule: PromotionRule): Binary {
  return operation(2, (x, y) => {
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
