/** Elementwise primitives of known numbers, for folding constants. */

import type { ElementwisePrimitive, Variable } from "../../graph/index.ts"
import { type DType, dtypes, isFloat, storedNumber } from "../../size/index.ts"

type Fold = (dtype: DType, ...operands: readonly number[]) => number

const unary =
  (f: (x: number) => number): Fold =>
  (_dtype, x) =>
    f(x)

const test =
  (f: (x: number, y: number) => boolean): Fold =>
  (_dtype, x, y) =>
    f(x, y) ? 1 : 0

/** Bool operations are those of integers on 0 and 1. */
const bits =
  (f: (x: number, y: number) => number): Fold =>
  (_dtype, x, y) =>
    f(x, y)

/** Those that are missing here are left to the device. */
const folds: { readonly [P in ElementwisePrimitive]?: Fold } = {
  exp: unary(Math.exp),
  expm1: unary(Math.expm1),
  log: unary(Math.log),
  log1p: unary(Math.log1p),
  sin: unary(Math.sin),
  cos: unary(Math.cos),
  tan: unary(Math.tan),
  tanh: unary(Math.tanh),
  sqrt: unary(Math.sqrt),
  rsqrt: unary((x) => 1 / Math.sqrt(x)),
  logistic: unary((x) => 1 / (1 + Math.exp(-x))),
  floor: unary(Math.floor),
  ceil: unary(Math.ceil),
  negate: unary((x) => -x),
  abs: unary(Math.abs),
  sign: unary(Math.sign),
  add: (_dtype, x, y) => x + y,
  subtract: (_dtype, x, y) => x - y,
  multiply: (dtype, x, y) => (isFloat(dtype) ? x * y : Math.imul(x, y)),
  maximum: (_dtype, x, y) => Math.max(x, y),
  minimum: (_dtype, x, y) => Math.min(x, y),
  and: bits((x, y) => x & y),
  or: bits((x, y) => x | y),
  xor: bits((x, y) => x ^ y),
  not: (dtype, x) => (dtype === "bool" ? 1 - x : ~x),
  isFinite: unary((x) => (Number.isFinite(x) ? 1 : 0)),
  equal: test((x, y) => x === y),
  notEqual: test((x, y) => x !== y),
  less: test((x, y) => x < y),
  lessEqual: test((x, y) => x <= y),
  greater: test((x, y) => x > y),
  greaterEqual: test((x, y) => x >= y),
}

/** Those that are what they seem on floats only. */
const floatFolds: { readonly [P in ElementwisePrimitive]?: Fold } = {
  divide: (_dtype, x, y) => x / y,
  power: (_dtype, x, y) => (x === 1 ? 1 : x ** y),
}

/**
 * The value of an elementwise primitive on numbers.
 * @returns undefined where it is not folded.
 */
export function foldConstant(
  primitive: ElementwisePrimitive,
  operands: readonly Variable[],
  values: readonly number[],
  result: DType,
): number | undefined {
  const { dtype } = operands[0]
  const held = values.map((value, i) => storedNumber(operands[i].dtype, value))
  if (primitive === "cast") return castConstant(dtype, result, held[0])
  const fold = folds[primitive] ?? (isFloat(dtype) ? floatFolds[primitive] : undefined)
  return fold && storedNumber(result, fold(dtype, ...held))
}

/** Floats to integers truncate and saturate, NaN becomes 0. */
function castConstant(from: DType, to: DType, value: number): number {
  if (to === "bool") return value === 0 ? 0 : 1
  if (!isFloat(from) || isFloat(to)) return storedNumber(to, value)
  const { lowest, highest } = dtypes[to]
  return Number.isNaN(value) ? 0 : Math.min(highest, Math.max(lowest, Math.trunc(value))) + 0
}
