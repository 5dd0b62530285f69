/** Elementwise functions that `jax.lax` has beside NumPy's. With n elements work is O(n), span O(1). */

import { type DType, dtypes } from "../../size/index.ts"
import type { Array } from "../array.ts"
import * as elementwise from "../operations/elementwise.ts"
import type { Binary, Unary } from "../operations/pointwise.ts"
import {
  type ArrayLike,
  align,
  castTo,
  toArray,
  toBits,
  toCommon,
  toNumber,
} from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"
import { bind } from "../tracing/trace.ts"

/**
 * x / y in the operands' dtype: integers truncate towards 0. Work n, span 1.
 *
 * @example
 * lax.div(np.array([7, -7], { dtype: "int32" }), 2) // → [3, -3]
 */
export const div: Binary = operation(2, (x, y) => {
  const { arrays } = align("div", toNumber, [x, y])
  return bind("divide", arrays, {})
})

/**
 * x kept between a low and a high bound, in this order of arguments. Work 2n, span 2.
 *
 * @example
 * lax.clamp(0, np.array([-1, 0.5, 3]), 1) // → [0, 0.5, 1]
 */
export const clamp: (low: ArrayLike, x: ArrayLike, high: ArrayLike) => Array = operation(
  3,
  (low, x, high) => {
    const array = toArray("clamp", x)
    const type = { dtype: array.dtype, weak: false }
    return elementwise.minimum(elementwise.maximum(array, castTo(low, type)), castTo(high, type))
  },
)

/**
 * Elements of the second where the first is true, else of the third, as `np.where`. Work n, span 1.
 *
 * @example
 * lax.select(np.array([true, false]), np.array([1, 2]), np.array([3, 4])) // → [1, 4]
 */
export const select: (condition: ArrayLike, onTrue: ArrayLike, onFalse: ArrayLike) => Array =
  operation(3, (condition, onTrue, onFalse) => elementwise.where(condition, onTrue, onFalse))

/**
 * For each element the case that it numbers: `false` or 0 the first, `true` or 1 the second, … Work
 * O(kn) for k cases, span O(k).
 *
 * @example
 * lax.selectN(np.array([0, 1]), np.array([1, 2]), np.array([3, 4])) // → [1, 4]
 *
 * @throws RangeError when there are no cases.
 */
export const selectN: (which: ArrayLike, ...cases: readonly ArrayLike[]) => Array = operation(
  64,
  (which, ...cases) => {
    if (cases.length === 0) throw new RangeError("selectN needs at least one case")
    const index = castTo(which, { dtype: "int32", weak: false })
    const { arrays } = align("selectN", toCommon, cases)
    return arrays
      .slice(0, -1)
      .reduceRight<Array>(
        (rest, one, i) => elementwise.where(elementwise.equal(index, i), one, rest),
        arrays[arrays.length - 1],
      )
  },
)

/**
 * x to a whole power, by repeated squaring; integers stay integers. Work and span 2 log₂ p at most,
 * for each element and a power p.
 *
 * @example
 * lax.integerPow(np.array([2, 3]), 3) // → [8, 27]
 *
 * @throws TypeError when the power is not whole.
 */
export const integerPow: (x: ArrayLike, power: number) => Array = operation(1, (x, power) => {
  if (!Number.isInteger(power)) {
    throw new TypeError(`integerPow: the power is ${power}, which must be whole`)
  }
  const array = toArray("integerPow", x)
  let [result, factor]: [Array | undefined, Array] = [undefined, array]
  for (let rest = Math.abs(power); rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) {
      result = result === undefined ? factor : elementwise.multiply(result, factor)
    }
    if (rest > 1) factor = elementwise.multiply(factor, factor)
  }
  const whole = result ?? elementwise.add(elementwise.multiply(array, 0), 1)
  return power < 0 ? elementwise.divide(1, whole) : whole
})

/**
 * How many zeros stand before the first one in the binary form of integers. Work n, span 1.
 *
 * @example
 * lax.clz(np.array([1, 255], { dtype: "int32" })) // → [31, 24]
 */
export const clz: Unary = operation(1, (x) => {
  const { arrays } = align("clz", toBits, [x])
  return bind("countLeadingZeros", arrays, {})
})

/**
 * x shifted right by y bits, zeros coming in from the left. Work n, span 1.
 *
 * @example
 * lax.shiftRightLogical(np.array([-1], { dtype: "int32" }), 28) // → [15]
 */
export const shiftRightLogical: Binary = operation(2, (x, y) => {
  const { arrays } = align("shiftRightLogical", toBits, [x, y])
  return bind("shiftRightLogical", arrays, {})
})

/**
 * x shifted right by y bits, the sign coming in from the left. Work n, span 1.
 *
 * @example
 * lax.shiftRightArithmetic(np.array([-8], { dtype: "int32" }), 1) // → [-4]
 */
export const shiftRightArithmetic: Binary = operation(2, (x, y) => {
  const { arrays } = align("shiftRightArithmetic", toBits, [x, y])
  return bind("shiftRightArithmetic", arrays, {})
})

/**
 * The same numbers in another dtype. Work n, span 1.
 *
 * @example
 * lax.convertElementType(np.array([1.7]), "int32") // → [1]
 */
export function convertElementType(x: ArrayLike, dtype: DType): Array {
  return elementwise.astype(x, dtype)
}

/**
 * The same bits read as another dtype of the same width. Work n, span 1.
 *
 * @example
 * lax.bitcastConvertType(np.array([1], { dtype: "float32" }), "int32") // → [1065353216]
 *
 * @throws TypeError when the widths differ.
 */
export const bitcastConvertType: (x: ArrayLike, dtype: DType) => Array = operation(
  1,
  (x, dtype) => {
    const array = toArray("bitcastConvertType", x)
    if (dtypes[array.dtype].bytes !== dtypes[dtype].bytes) {
      throw new TypeError(`bitcastConvertType from ${array.dtype} to ${dtype}: their widths differ`)
    }
    return array.dtype === dtype ? array : bind("bitcast", [array], { dtype })
  },
)

/** To the nearest whole number: ties to even (1, or "nearest"), or away from 0 (0). */
export type Rounding = 0 | 1

/**
 * The nearest whole number, ties away from 0 unless `roundingMethod` is 1: to even. A float. Work
 * 10n, span 6; to even n and 1.
 *
 * @example
 * lax.round(np.array([0.5, 1.5, -2.5])) // → [1, 2, -3]
 */
export const round: (x: ArrayLike, roundingMethod?: Rounding) => Array = operation(
  1,
  (x, roundingMethod = 0) => {
    if (roundingMethod === 1) return elementwise.rint(x)
    const array = toArray("round", x)
    const below = elementwise.trunc(array)
    const rest = elementwise.absolute(elementwise.subtract(array, below))
    const away = elementwise.add(below, elementwise.sign(array))
    return elementwise.where(elementwise.greaterEqual(rest, 0.5), away, below)
  },
)
