/** Comparison, logic and bits, element by element, and choice by a condition. */

import { type DType, dtypes, isFloat } from "../../size/index.ts"
import type { Array } from "../array.ts"
import type { ShapeOf } from "../static/shape.ts"
import {
  type ArrayLike,
  align,
  castTo,
  commonShape,
  shapeOf,
  spread,
  toArray,
  toBits,
  toBool,
  toCommon,
  toFloat,
  typeOf,
} from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"
import { bind, withWeak } from "../tracing/trace.ts"
import { absolute, add, multiply, subtract } from "./arithmetic.ts"
import {
  type BitsBinary,
  type BitsUnary,
  binary,
  type Comparison,
  elementwise,
  type PassedOn,
  type Predicate,
  type Unary,
  unary,
} from "./pointwise.ts"

/** Operands as truth values: whether they are not 0. */
function logical(name: string, primitive: "and" | "or" | "xor", x: ArrayLike, y: ArrayLike): Array {
  const truths = [x, y].map((operand) => {
    typeOf(name, operand)
    return castTo(operand, toBool([]))
  })
  return bind(primitive, align(name, toBool, truths).arrays, {})
}

// Comparison: the result is bool

/**
 * x = y. Work n, span 1.
 * @example np.equal(np.array([1, 2]), 2) // → [false, true]
 */
export const equal: Comparison = binary("equal", "equal", toCommon)
/**
 * x ≠ y. Work n, span 1.
 * @example np.notEqual(np.array([1, 2]), 2) // → [true, false]
 */
export const notEqual: Comparison = binary("notEqual", "notEqual", toCommon)
/**
 * x < y. Work n, span 1.
 * @example np.less(np.array([1, 2, 3]), 2) // → [true, false, false]
 */
export const less: Comparison = binary("less", "less", toCommon)
/**
 * x ≤ y. Work n, span 1.
 * @example np.lessEqual(np.array([1, 2, 3]), 2) // → [true, true, false]
 */
export const lessEqual: Comparison = binary("lessEqual", "lessEqual", toCommon)
/**
 * x > y. Work n, span 1.
 * @example np.greater(np.array([1, 2, 3]), 2) // → [false, false, true]
 */
export const greater: Comparison = binary("greater", "greater", toCommon)
/**
 * x ≥ y. Work n, span 1.
 * @example np.greaterEqual(np.array([1, 2, 3]), 2) // → [false, true, true]
 */
export const greaterEqual: Comparison = binary("greaterEqual", "greaterEqual", toCommon)

/**
 * Whether two numbers are within atol + rtol·|y| of each other. Work 11n, span 5.
 * @example np.isclose(np.array([1, 2]), np.array([1.000001, 2.1])) // → [true, false]
 */
export const isclose: (
  x: ArrayLike,
  y: ArrayLike,
  options?: { readonly rtol?: number; readonly atol?: number; readonly equalNan?: boolean },
) => Array = operation(2, (x, y, options = {}) => {
  const { rtol = 1e-5, atol = 1e-8, equalNan = false } = options
  const { arrays } = align("isclose", toFloat, [x, y])
  const [a, b] = arrays
  const near = lessEqual(absolute(subtract(a, b)), add(atol, multiply(rtol, absolute(b))))
  const finite = logicalAnd(isfinite(a), isfinite(b))
  const close = where(finite, near, equal(a, b))
  return equalNan ? logicalOr(close, logicalAnd(isnan(a), isnan(b))) : close
})

/**
 * Neither infinite nor NaN. Work n, span 1.
 * @example np.isfinite(np.array([1, NaN, Infinity])) // → [true, false, false]
 */
export const isfinite: Predicate = operation(1, (x) => {
  const array = toArray("isfinite", x)
  return isFloat(array.dtype) ? bind("isFinite", [array], {}) : equal(array, array)
})
/**
 * Not a number. Work n, span 1.
 * @example np.isnan(np.array([1, NaN])) // → [false, true]
 */
export const isnan: Predicate = operation(1, (x) => {
  const array = toArray("isnan", x)
  return notEqual(array, array)
})
/**
 * +∞ or −∞. Work 2n, span 2.
 * @example np.isinf(np.array([1, -Infinity])) // → [false, true]
 */
export const isinf: Predicate = operation(1, (x) => equal(absolute(x), Infinity))
/**
 * +∞. Work n, span 1.
 * @example np.isposinf(np.array([Infinity, -Infinity])) // → [true, false]
 */
export const isposinf: Predicate = operation(1, (x) => equal(x, Infinity))
/**
 * −∞. Work n, span 1.
 * @example np.isneginf(np.array([Infinity, -Infinity])) // → [false, true]
 */
export const isneginf: Predicate = operation(1, (x) => equal(x, -Infinity))

// Logic: numbers are true where they are not 0

/**
 * x and y as truth values. Work n, span 1 for bools; numbers compare first.
 * @example np.logicalAnd(np.array([true, true]), np.array([true, false])) // → [true, false]
 */
export const logicalAnd: Comparison = operation(2, (x, y) => logical("logicalAnd", "and", x, y))
/**
 * x or y as truth values. Work n, span 1 for bools; numbers compare first.
 * @example np.logicalOr(np.array([true, false]), false) // → [true, false]
 */
export const logicalOr: Comparison = operation(2, (x, y) => logical("logicalOr", "or", x, y))
/**
 * One of x and y but not both. Work n, span 1 for bools; numbers compare first.
 * @example np.logicalXor(np.array([true, false]), true) // → [false, true]
 */
export const logicalXor: Comparison = operation(2, (x, y) => logical("logicalXor", "xor", x, y))
/**
 * Not x. Work n, span 1 for bools; numbers compare first.
 * @example np.logicalNot(np.array([true, false])) // → [false, true]
 */
export const logicalNot: Predicate = operation(1, (x) =>
  bind("not", align("logicalNot", toBool, [x]).arrays, {}),
)

// Bits: integers and bools

/**
 * Bit by bit and. Work n, span 1.
 * @example np.bitwiseAnd(np.array([6, 5], { dtype: "int32" }), 3) // → [2, 1]
 * @throws TypeError for floats.
 */
export const bitwiseAnd: BitsBinary = binary("bitwiseAnd", "and", toBits)
/**
 * Bit by bit or. Work n, span 1.
 * @example np.bitwiseOr(np.array([6, 5], { dtype: "int32" }), 3) // → [7, 7]
 * @throws TypeError for floats.
 */
export const bitwiseOr: BitsBinary = binary("bitwiseOr", "or", toBits)
/**
 * Bit by bit exclusive or. Work n, span 1.
 * @example np.bitwiseXor(np.array([6, 5], { dtype: "int32" }), 3) // → [5, 6]
 * @throws TypeError for floats.
 */
export const bitwiseXor: BitsBinary = binary("bitwiseXor", "xor", toBits)
/**
 * Every bit turned; of bools, not. Work n, span 1.
 * @example np.bitwiseNot(np.array([0, 5], { dtype: "int32" })) // → [-1, -6]
 * @throws TypeError for floats.
 */
export const bitwiseNot: BitsUnary = unary("bitwiseNot", "not", toBits)
export { bitwiseNot as invert }
/**
 * Bits moved up by y, zeros behind. Work n, span 1.
 * @example np.leftShift(np.array([1, 3], { dtype: "int32" }), 2) // → [4, 12]
 */
export const leftShift: BitsBinary = binary("leftShift", "shiftLeft", toBits)
/**
 * Bits moved down by y; the sign stays for signed integers. Work n, span 1.
 * @example np.rightShift(np.array([8, -8], { dtype: "int32" }), 2) // → [2, -2]
 */
export const rightShift: BitsBinary = operation(2, (x, y) => {
  const { arrays, weak } = align("rightShift", toBits, [x, y])
  const signed = dtypes[arrays[0].dtype].kind === "signed"
  return elementwise(signed ? "shiftRightArithmetic" : "shiftRightLogical", arrays, weak)
})
const populationCount = unary("bitwiseCount", "populationCount", toBits)
/**
 * The number of bits of |x| that are 1, uint8. Work 3n, span 3.
 * @example np.bitwiseCount(np.array([7, 8], { dtype: "int32" })) // → [3, 1]
 */
export const bitwiseCount: BitsUnary = operation(1, (x) => {
  const array = toArray("bitwiseCount", x)
  const signed = dtypes[array.dtype].kind === "signed"
  return astype(populationCount(signed ? bind("abs", [array], {}) : array), "uint8")
})

// Choice and dtype

/**
 * onTrue where the condition holds, else onFalse, broadcast together.
 * @param condition bool, or numbers that are true where not 0. Work n, span 1.
 */
export const where: (condition: ArrayLike, onTrue: ArrayLike, onFalse: ArrayLike) => Array =
  operation(3, (condition, onTrue, onFalse) => {
    const type = toCommon([typeOf("where", onTrue), typeOf("where", onFalse)])
    const shape = commonShape(
      "where",
      [condition, onTrue, onFalse].map((x) => shapeOf("where", x)),
    )
    const operands = [
      spread(condition, shape, toBool([])),
      spread(onTrue, shape, type),
      spread(onFalse, shape, type),
    ]
    return withWeak(bind("select", operands, {}), type.weak)
  })

/**
 * The same numbers in another dtype: floats truncate to integers, to bool is ≠ 0. Work n and span
 * 1.
 * @example np.astype(np.array([1.7, -1.7]), "int32") // → [1, -1]
 */
export const astype: PassedOn &
  (<A extends ArrayLike, D extends DType>(x: A, dtype: D) => Array<D, ShapeOf<A>>) = operation(
  1,
  (x, dtype) => castTo(x, { dtype, weak: false }),
)

/**
 * The identity, through which no derivative passes. Work 0, span 0.
 * @example grad((x: Array) => np.multiply(x, stopGradient(x)))(3) // → 3
 */
export const stopGradient: Unary = operation(1, (x) => {
  const array = toArray("stopGradient", x)
  return isFloat(array.dtype) ? bind("stopGradient", [array], {}) : array
})
