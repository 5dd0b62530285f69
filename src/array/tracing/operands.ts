/** What operations take, and how operands are brought to one dtype and one shape. */

import { broadcastShapes, isFloat, type Shape, shapesEqual } from "../../size/index.ts"
import { AbstractArray } from "../abstract.ts"
import { Array } from "../array.ts"
import {
  floatTypeOf,
  numberTypeOf,
  type Promotable,
  promoteBits,
  promoteTypes,
  sumTypeOf,
  typeOfNumber,
} from "./promotion.ts"
import { bind, withWeak } from "./trace.ts"

/** What an operation takes where it speaks of an array. */
export type ArrayLike = Array | number | boolean

/**
 * The type of an operand.
 * @throws TypeError naming the operation when it is neither array, number nor truth value.
 */
export function typeOf(operation: string, x: ArrayLike): AbstractArray {
  if (x instanceof Array) return x.type
  if (typeof x !== "number" && typeof x !== "boolean") {
    throw new TypeError(
      `${operation} takes arrays and numbers, not ${describe(x)}: make an array with np.array`,
    )
  }
  const { dtype, weak } = typeOfNumber(x)
  return new AbstractArray([], dtype, weak)
}

export function shapeOf(operation: string, x: ArrayLike): Shape {
  return typeOf(operation, x).shape
}

function describe(value: unknown): string {
  if (globalThis.Array.isArray(value)) return "a list"
  if (typeof value === "object" && value !== null) return `a ${value.constructor.name}`
  if (typeof value === "string") return `"${value}"`
  return typeof value === "function" ? "a function" : String(value)
}

/** An array of one value. */
export function fill(value: number, shape: Shape, { dtype, weak }: Promotable): Array {
  return withWeak(bind("full", [], { shape, dtype, value }), weak)
}

/** An operand as an array; a number becomes a weak float32 scalar. */
export function toArray(operation: string, x: ArrayLike): Array {
  return castTo(x, promoteTypes([typeOf(operation, x)]))
}

/** An operand in another dtype; a number is made in it. */
export function castTo(x: ArrayLike, to: Promotable): Array {
  if (!(x instanceof Array)) return fill(Number(x), [], to)
  const cast = x.dtype === to.dtype ? x : bind("cast", [x], { dtype: to.dtype })
  return withWeak(cast, to.weak)
}

/** An operand repeated along new and single axes, by NumPy's rule. */
export function broadcastTo(x: Array, shape: Shape): Array {
  if (shapesEqual(x.shape, shape)) return x
  const lead = shape.length - x.shape.length
  const axes = x.shape.map((_, axis) => axis + lead)
  return bind("broadcast", [x], { shape, axes })
}

/** The shape that operands broadcast to, with an error that names the operation. */
export function commonShape(operation: string, shapes: readonly Shape[]): Shape {
  try {
    return broadcastShapes(...shapes)
  } catch (error) {
    if (error instanceof RangeError) throw new RangeError(`${operation}: ${error.message}`)
    throw error
  }
}

/** How operands find their common dtype. */
export type PromotionRule = (operands: readonly Promotable[]) => Promotable

export const toCommon: PromotionRule = promoteTypes
export const toFloat: PromotionRule = (operands) => floatTypeOf(promoteTypes(operands))
export const toNumber: PromotionRule = (operands) => numberTypeOf(promoteTypes(operands))
export const toSum: PromotionRule = (operands) => sumTypeOf(promoteTypes(operands))
export const toBits: PromotionRule = promoteBits
export const toBool: PromotionRule = () => ({ dtype: "bool", weak: false })

/** Operands in their common dtype and broadcast to their common shape. */
export function align(
  operation: string,
  rule: PromotionRule,
  operands: readonly ArrayLike[],
): { readonly arrays: readonly Array[]; readonly weak: boolean } {
  const types = operands.map((x) => typeOf(operation, x))
  const type = rule(types)
  const shape = commonShape(
    operation,
    types.map((t) => t.shape),
  )
  return { arrays: operands.map((x) => spread(x, shape, type)), weak: type.weak }
}

/** An operand in a dtype and broadcast to a shape. */
export function spread(x: ArrayLike, shape: Shape, type: Promotable): Array {
  if (!(x instanceof Array)) return fill(Number(x), shape, type)
  return broadcastTo(castTo(x, type), shape)
}

/** Brings an operand to a float dtype. */
export function asFloat(operation: string, x: ArrayLike): Array {
  return castTo(x, toFloat([typeOf(operation, x)]))
}

/**
 * Checks that an operand is of an integer dtype.
 * @throws TypeError naming the operation and the argument.
 */
export function requireInteger(operation: string, argument: string, x: Array): void {
  if (isFloat(x.dtype) || x.dtype === "bool") {
    throw new TypeError(
      `${operation}: ${argument} must be integers, not ${x.dtype}: make them with ` +
        `{ dtype: "int32" }, or cast them`,
    )
  }
}
