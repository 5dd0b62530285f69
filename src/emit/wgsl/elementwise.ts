/** The expression of one elementwise primitive, from a table with a rule for each. */

import type { ElementwisePrimitive, ParamsOf } from "../../graph/index.ts"
import type { Apply } from "../../schedule/index.ts"
import { type DType, isStorage } from "../../size/index.ts"
import { fromBits, narrowed, toBits } from "./narrow.ts"
import { literal, typeOf, type WgslType } from "./types.ts"

type Rule<P extends ElementwisePrimitive> = (
  operands: readonly string[],
  /** The first operand's dtype. */
  dtype: DType,
  params: ParamsOf[P],
) => string

/** The expression of a primitive on operands that are names or constants. */
export function elementwise<P extends ElementwisePrimitive>(
  { primitive, params }: Apply<P>,
  operands: readonly string[],
  dtype: DType,
): string {
  const rule: Rule<P> = rules[primitive]
  return rule(operands, dtype, params)
}

/** A function of this library or of WGSL. */
function call(name: string): Rule<ElementwisePrimitive> {
  return (operands) => `${name}(${operands.join(", ")})`
}

function infix(operator: string): Rule<ElementwisePrimitive> {
  return ([a, b]) => `${a} ${operator} ${b}`
}

type ByType = { readonly [T in WgslType]?: Rule<ElementwisePrimitive> }

/** Rules by the operands' type. */
function byType(rulesOf: ByType): Rule<ElementwisePrimitive> {
  return (operands, dtype, params) => {
    const rule = rulesOf[typeOf(dtype)]
    if (rule === undefined) throw new TypeError(`no WGSL for ${dtype} operands`)
    return rule(operands, dtype, params)
  }
}

const identity: Rule<ElementwisePrimitive> = ([a]) => a

/** Shifts of words; a bool is one bit wide, so that any amount but 0 leaves 0. */
function shift(name: string): Rule<ElementwisePrimitive> {
  return byType({
    i32: ([a, b]) => `bitcast<i32>(${name}(bitcast<u32>(${a}), bitcast<u32>(${b})))`,
    u32: ([a, b]) => `${name}(${a}, ${b})`,
    bool: ([a, b]) => `${a} & !${b}`,
  })
}

const shiftRight = shift("maths_shiftRight")

/** Between the dtypes that are computed in, or from one of them to a narrow one of its kind. */
const cast: Rule<"cast"> = ([a], from, { dtype }) => {
  if (isStorage(dtype)) return narrowed(dtype, a)
  const [source, target] = [typeOf(from), typeOf(dtype)]
  if (source === target) return a
  if (source === "f32") {
    if (target === "i32") return `maths_toInt(${a})`
    if (target === "u32") return `maths_toUint(${a})`
    return `maths_isNonzero(${a})`
  }
  return target === "bool" ? `${a} != ${literal(from, 0)}` : `${target}(${a})`
}

const bitcast: Rule<"bitcast"> = ([a], from, { dtype }) => {
  if (from === dtype) return a
  if (isStorage(from) || isStorage(dtype)) return fromBits(dtype, toBits(from, a))
  const [source, target] = [typeOf(from), typeOf(dtype)]
  return source === target ? a : `bitcast<${target}>(${a})`
}

const threefry: Rule<"threefry"> = (operands, _, { word }) => {
  const words = `maths_threefry(${operands.join(", ")})`
  if (word === "xor") return `maths_xorWords(${words})`
  return `${words}.${word === "first" ? "x" : "y"}`
}

/**
 * Comparisons of floats as of integers that rise as they do: hardware may take denormals for 0, and
 * compilers may leave NaN out of account.
 */
function floatCompare(operator: string): Rule<ElementwisePrimitive> {
  return ([a, b]) =>
    `maths_isOrdered(${a}, ${b}) && maths_rising(${a}) ${operator} maths_rising(${b})`
}

/** Comparisons of bools as of 0 and 1. */
function compare(operator: string, bool: Rule<ElementwisePrimitive>): Rule<ElementwisePrimitive> {
  const integers = infix(operator)
  return byType({ f32: floatCompare(operator), i32: integers, u32: integers, bool })
}

const notEqual = byType({
  f32: ([a, b]) => `!maths_isOrdered(${a}, ${b}) || maths_rising(${a}) != maths_rising(${b})`,
  i32: infix("!="),
  u32: infix("!="),
  bool: infix("!="),
})

/** x raised to a constant that takes a multiplication or two; other powers are a function. */
const power = byType({
  f32: ([a, b]) => {
    if (b === "2f") return `${a} * ${a}`
    if (b === "3f") return `${a} * ${a} * ${a}`
    return b === "(-1f)" ? `1f / ${a}` : `maths_power(${a}, ${b})`
  },
  i32: call("maths_powerInt"),
  u32: call("maths_powerUint"),
})

const rules: { readonly [P in ElementwisePrimitive]: Rule<P> } = {
  exp: call("maths_exp"),
  expm1: call("maths_expm1"),
  log: call("maths_log"),
  log1p: call("maths_log1p"),
  sin: call("maths_sin"),
  cos: call("maths_cos"),
  tan: call("maths_tan"),
  asin: call("maths_asin"),
  acos: call("maths_acos"),
  atan: call("maths_atan"),
  sinh: call("maths_sinh"),
  cosh: call("maths_cosh"),
  tanh: call("maths_tanh"),
  asinh: call("maths_asinh"),
  acosh: call("maths_acosh"),
  atanh: call("maths_atanh"),
  sqrt: call("maths_sqrt"),
  rsqrt: ([a]) => `1f / maths_sqrt(${a})`,
  cbrt: call("maths_cbrt"),
  erf: call("maths_erf"),
  erfc: call("maths_erfc"),
  erfInv: call("maths_erfInv"),
  logistic: call("maths_logistic"),
  floor: call("floor"),
  ceil: call("ceil"),
  round: call("round"),
  negate: byType({
    f32: call("maths_negate"),
    i32: ([a]) => `0i - ${a}`,
    u32: ([a]) => `0u - ${a}`,
  }),
  abs: byType({ f32: call("abs"), i32: call("abs"), u32: identity }),
  sign: byType({ f32: call("maths_sign"), i32: call("sign"), u32: ([a]) => `min(${a}, 1u)` }),
  add: infix("+"),
  subtract: infix("-"),
  multiply: infix("*"),
  divide: byType({
    f32: infix("/"),
    i32: call("maths_divideInt"),
    u32: call("maths_divideUint"),
  }),
  remainder: byType({
    f32: call("maths_remainder"),
    i32: call("maths_remainderInt"),
    u32: call("maths_remainderUint"),
  }),
  power,
  maximum: byType({
    f32: call("maths_max"),
    i32: call("max"),
    u32: call("max"),
    bool: infix("|"),
  }),
  minimum: byType({
    f32: call("maths_min"),
    i32: call("min"),
    u32: call("min"),
    bool: infix("&"),
  }),
  atan2: call("maths_atan2"),
  not: byType({ i32: ([a]) => `~${a}`, u32: ([a]) => `~${a}`, bool: ([a]) => `!${a}` }),
  and: infix("&"),
  or: infix("|"),
  xor: byType({ i32: infix("^"), u32: infix("^"), bool: infix("!=") }),
  shiftLeft: shift("maths_shiftLeft"),
  shiftRightLogical: shiftRight,
  shiftRightArithmetic: byType({
    i32: ([a, b]) => `maths_shiftArithmetic(${a}, bitcast<u32>(${b}))`,
    // An unsigned number has no sign to copy.
    u32: (operands, dtype, params) => shiftRight(operands, dtype, params),
    bool: (operands, dtype, params) => shiftRight(operands, dtype, params),
  }),
  populationCount: byType({
    i32: call("countOneBits"),
    u32: call("countOneBits"),
    bool: identity,
  }),
  countLeadingZeros: byType({
    i32: call("countLeadingZeros"),
    u32: call("countLeadingZeros"),
    bool: ([a]) => `!${a}`,
  }),
  threefry,
  isFinite: call("maths_isFinite"),
  equal: byType({
    f32: floatCompare("=="),
    i32: infix("=="),
    u32: infix("=="),
    bool: infix("=="),
  }),
  notEqual,
  less: compare("<", ([a, b]) => `!${a} & ${b}`),
  lessEqual: compare("<=", ([a, b]) => `!${a} | ${b}`),
  greater: compare(">", ([a, b]) => `${a} & !${b}`),
  greaterEqual: compare(">=", ([a, b]) => `${a} | !${b}`),
  select: ([condition, onTrue, onFalse]) => `select(${onFalse}, ${onTrue}, ${condition})`,
  cast,
  bitcast,
  stopGradient: identity,
}
