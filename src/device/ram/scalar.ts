/** What each elementwise primitive does to one scalar of each operand. */

import type { ElementwisePrimitive, ParamsOf } from "../../graph/index.ts"
import { type DType, dtypes, isFloat } from "../../size/index.ts"
import {
  erf,
  erfc,
  erfInv,
  integerPower,
  logistic,
  power,
  roundToEven,
  threefry,
} from "./special.ts"

/** Scalars in (as many as the primitive has operands), a scalar out; bools are 0 and 1. */
export type ScalarFunction = (a: number, b: number, c: number, d: number) => number

/** All but `bitcast`, which reads bits and not values: a number cannot carry a NaN's bits. */
export type ScalarPrimitive = Exclude<ElementwisePrimitive, "bitcast">

type ScalarRule<P extends ScalarPrimitive> = (
  /** The first operand's dtype. */
  dtype: DType,
  params: ParamsOf[P],
) => ScalarFunction

/** The scalar function of a primitive on operands of a dtype. */
export function scalarFunction<P extends ScalarPrimitive>(
  primitive: P,
  dtype: DType,
  params: ParamsOf[P],
): ScalarFunction {
  const rule: ScalarRule<P> = scalarRules[primitive]
  return rule(dtype, params)
}

type Wrap = (x: number) => number

/** Brings a whole number into a dtype's range by dropping high bits; floats stay float64. */
const wraps: { readonly [D in DType]: Wrap } = {
  float64: (x) => x,
  float32: (x) => x,
  float16: (x) => x,
  bfloat16: (x) => x,
  int32: (x) => x | 0,
  int16: (x) => (x << 16) >> 16,
  int8: (x) => (x << 24) >> 24,
  uint32: (x) => x >>> 0,
  uint16: (x) => x & 0xffff,
  uint8: (x) => x & 0xff,
  bool: (x) => x & 1,
}

/** Bits of an integer or bool dtype. */
function widthOf(dtype: DType): number {
  return dtype === "bool" ? 1 : 8 * dtypes[dtype].bytes
}

/** An integer's bits as a number of at least 0. */
function bitsOf(dtype: DType, x: number): number {
  return (x & (2 ** widthOf(dtype) - 1)) >>> 0
}

/** One function for floats and, wrapped around, for integers. */
function wrapping(onFloats: ScalarFunction, onIntegers = onFloats): (d: DType) => ScalarFunction {
  return (dtype) => {
    if (isFloat(dtype)) return onFloats
    const wrap = wraps[dtype]
    return (a, b, c, d) => wrap(onIntegers(a, b, c, d))
  }
}

/** A shift that knows its width; amounts count as unsigned, so negative ones exceed the width. */
function shift(within: ScalarFunction, beyond: ScalarFunction): (d: DType) => ScalarFunction {
  return (dtype) => {
    const wrap = wraps[dtype]
    const width = widthOf(dtype)
    return (a, b, c, d) => wrap(b >>> 0 < width ? within(a, b, c, d) : beyond(a, b, c, d))
  }
}

const truth = (condition: boolean): number => (condition ? 1 : 0)

/** Values that do not fit saturate; only floats have such values, integers wrap. */
function castTo(from: DType, to: DType): ScalarFunction {
  if (to === "bool") return (a) => truth(a !== 0)
  if (!isFloat(from) || isFloat(to)) return wraps[to]
  const { lowest: low, highest: high } = dtypes[to]
  return (a) => (Number.isNaN(a) ? 0 : Math.min(high, Math.max(low, Math.trunc(a))) + 0)
}

const scalarRules: { readonly [P in ScalarPrimitive]: ScalarRule<P> } = {
  exp: () => Math.exp,
  expm1: () => Math.expm1,
  log: () => Math.log,
  log1p: () => Math.log1p,
  sin: () => Math.sin,
  cos: () => Math.cos,
  tan: () => Math.tan,
  asin: () => Math.asin,
  acos: () => Math.acos,
  atan: () => Math.atan,
  sinh: () => Math.sinh,
  cosh: () => Math.cosh,
  tanh: () => Math.tanh,
  asinh: () => Math.asinh,
  acosh: () => Math.acosh,
  atanh: () => Math.atanh,
  sqrt: () => Math.sqrt,
  rsqrt: () => (a) => 1 / Math.sqrt(a),
  cbrt: () => Math.cbrt,
  erf: () => erf,
  erfc: () => erfc,
  erfInv: () => erfInv,
  logistic: () => logistic,
  floor: () => Math.floor,
  ceil: () => Math.ceil,
  round: () => roundToEven,
  negate: wrapping((a) => -a),
  abs: wrapping(Math.abs),
  sign: wrapping(Math.sign),
  add: wrapping((a, b) => a + b),
  subtract: wrapping((a, b) => a - b),
  multiply: wrapping((a, b) => a * b, Math.imul),
  divide: wrapping(
    (a, b) => a / b,
    (a, b) => (b === 0 ? -1 : Math.trunc(a / b)),
  ),
  remainder: wrapping(
    (a, b) => a % b,
    (a, b) => (b === 0 ? a : a % b),
  ),
  power: wrapping(power, integerPower),
  maximum: () => (a, b) => Math.max(a, b),
  minimum: () => (a, b) => Math.min(a, b),
  atan2: () => Math.atan2,
  not: wrapping((a) => ~a),
  and: wrapping((a, b) => a & b),
  or: wrapping((a, b) => a | b),
  xor: wrapping((a, b) => a ^ b),
  shiftLeft: shift(
    (a, b) => a << b,
    () => 0,
  ),
  shiftRightLogical: (dtype) => {
    const shifted = shift(
      (a, b) => bitsOf(dtype, a) >>> b,
      () => 0,
    )
    return shifted(dtype)
  },
  // Unsigned operands have no sign: they are numbers of at least 0, of which `>>` would see a bit.
  shiftRightArithmetic: shift(
    (a, b) => Math.floor(a / 2 ** b),
    (a) => (a < 0 ? -1 : 0),
  ),
  populationCount: (dtype) => (a) => populationCount(bitsOf(dtype, a)),
  countLeadingZeros: (dtype) => (a) => Math.clz32(bitsOf(dtype, a)) - 32 + widthOf(dtype),
  threefry: (_dtype, { word }) => {
    if (word === "xor") {
      return (...block) => {
        const [first, second] = threefry(...block)
        return (first ^ second) >>> 0
      }
    }
    const index = word === "first" ? 0 : 1
    return (...block) => threefry(...block)[index]
  },
  isFinite: () => (a) => truth(Number.isFinite(a)),
  equal: () => (a, b) => truth(a === b),
  notEqual: () => (a, b) => truth(a !== b),
  less: () => (a, b) => truth(a < b),
  lessEqual: () => (a, b) => truth(a <= b),
  greater: () => (a, b) => truth(a > b),
  greaterEqual: () => (a, b) => truth(a >= b),
  select: () => (a, b, c) => (a === 0 ? c : b),
  cast: (from, { dtype }) => castTo(from, dtype),
  stopGradient: () => (a) => a,
}

function populationCount(a: number): number {
  let ones = 0
  for (let bits = a >>> 0; bits !== 0; bits &= bits - 1) ones++
  return ones
}
