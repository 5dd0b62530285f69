/** C for one elementwise primitive, from a table with a rule for each. */

import type { ElementwisePrimitive, ParamsOf } from "../../graph/index.ts"
import type { Apply } from "../../schedule/index.ts"
import { type DType, dtypes, isFloat } from "../../size/index.ts"
import type { MathName } from "../maths/index.ts"
import type { MathLibrary } from "./maths.ts"
import { cTypes, isHalf, type Register, registerType } from "./registers.ts"

/** Where a primitive's operands stand. */
export interface ElementwiseSite {
  readonly library: MathLibrary
  /** Lanes of the operands and of the result: 1, or the kernel's. */
  readonly lanes: number
  /** Lanes of the kernel's vectors. */
  readonly vector: number
  /** The operands that are numbers known now. */
  readonly constants: readonly (number | undefined)[]
}

interface Operation<P extends ElementwisePrimitive> {
  readonly site: ElementwiseSite
  readonly operands: readonly string[]
  /** The first operand's dtype. */
  readonly dtype: DType
  readonly result: DType
  readonly params: ParamsOf[P]
  /** Types of the first operand's register and of a mask. */
  readonly type: string
  readonly mask: string
}

type Rule<P extends ElementwisePrimitive> = (operation: Operation<P>) => string

/** The expression of a primitive's result. */
export function elementwise<P extends ElementwisePrimitive>(
  { primitive, operands: scalars, params, dtype: result }: Apply<P>,
  operands: readonly string[],
  site: ElementwiseSite,
): string {
  const { dtype } = scalars[0]
  const rule: Rule<P> = rules[primitive]
  const type = registerType(cTypes[dtype].register, site.lanes)
  return rule({
    site,
    operands,
    dtype,
    result,
    params,
    type,
    mask: registerType("i32", site.lanes),
  })
}

/** A prelude's function, by its name and the first operand's type. */
function called(name: string): Rule<ElementwisePrimitive> {
  return ({ operands, type }) => `${name}_${type}(${operands.join(", ")})`
}

function infix(sign: string, onBools = sign): Rule<ElementwisePrimitive> {
  return ({ operands: [a, b], dtype }) => `(${a} ${dtype === "bool" ? onBools : sign} ${b})`
}

/** A mask: in lanes, comparisons give one as wide as the operands; alone, 0 or 1. */
function asMask(
  expression: string,
  { site, dtype, mask }: Operation<ElementwisePrimitive>,
): string {
  if (site.lanes === 1) return `-(i32)(${expression})`
  return dtype === "float64" ? `thin_x${site.lanes}(${expression})` : `((${mask})(${expression}))`
}

/** A bool is −1 where it holds, so that its order is turned round. */
function comparison(sign: string, onBools: string): Rule<ElementwisePrimitive> {
  return (operation) => {
    const [a, b] = operation.operands
    return asMask(`${a} ${operation.dtype === "bool" ? onBools : sign} ${b}`, operation)
  }
}

/** A function of the library; alone, it is lane 0 of the vectors', with the same bits. */
function maths(name: MathName): Rule<ElementwisePrimitive> {
  return ({ site, operands, dtype }) => {
    const register = dtype === "float64" ? "f64" : "f32"
    const f = site.library.nameOf(name, register, site.vector)
    if (site.lanes > 1) return `${f}(${operands.join(", ")})`
    const splat = `splat_${registerType(register, site.vector)}`
    return `${f}(${operands.map((operand) => `${splat}(${operand})`).join(", ")})[0]`
  }
}

/** Float rule, else integer rule. */
function split(
  float: Rule<ElementwisePrimitive>,
  integer: Rule<ElementwisePrimitive>,
): Rule<ElementwisePrimitive> {
  return (operation) => (isFloat(operation.dtype) ? float : integer)(operation)
}

/** An extreme of bools is an operation on bits; beside a number, one instruction keeps NaN. */
function extreme(name: "max" | "min"): Rule<ElementwisePrimitive> {
  return (operation) => {
    const { operands, dtype, site, type } = operation
    const [a, b] = operands
    if (dtype === "bool") return `(${a} ${name === "max" ? "|" : "&"} ${b})`
    const isNumber = (i: 0 | 1): boolean => {
      const value = site.constants[i]
      return value !== undefined && !Number.isNaN(value)
    }
    if (!isFloat(dtype) || !(isNumber(0) || isNumber(1))) return called(name)(operation)
    const [other, constant] = isNumber(1) ? [a, b] : [b, a]
    return `${name === "max" ? "most" : "least"}_${type}(${other}, ${constant})`
  }
}

/** Of one bit, any amount but 0 leaves 0. */
function shift(name: "shl" | "shr" | "sar"): Rule<ElementwisePrimitive> {
  return (operation) => {
    const [a, b] = operation.operands
    return operation.dtype === "bool" ? `(${a} & ~${b})` : called(name)(operation)
  }
}

const power: Rule<"power"> = (operation) => {
  const { operands, dtype, site } = operation
  const [x] = operands
  if (isFloat(dtype)) {
    const times = site.constants[1]
    if (times === 2) return `(${x} * ${x})`
    if (times === 3) return `(${x} * ${x} * ${x})`
    if (times === -1) return `(1 / ${x})`
    return maths("pow")(operation)
  }
  return called("pow")(operation)
}

const cast: Rule<"cast"> = (operation) => {
  const { operands, dtype: from, params, site } = operation
  const { dtype: to } = params
  const [x] = operands
  if (from === to) return x
  const named = (register: Register): string => registerType(register, site.lanes)
  if (isHalf(from)) {
    const f32 = `f32_${from === "float16" ? "f16" : "bf16"}${site.lanes > 1 ? `x${site.lanes}` : ""}(${x})`
    return f32
  }
  if (isHalf(to)) return `${to === "float16" ? "f16" : "bf16"}_${named("f32")}(${x})`
  if (to === "bool") return asMask(`${x} != 0`, operation)
  const target = named(cTypes[to].register)
  const plain = (value: string): string =>
    site.lanes === 1 ? `((${target})${value})` : `__builtin_convertvector(${value}, ${target})`
  if (from === "bool") return plain(`(${x} & 1)`)
  if (isFloat(from) && !isFloat(to))
    return `${cTypes[to].register}_${named(cTypes[from].register)}(${x})`
  if (isFloat(to)) return plain(x)
  return narrowed(`((${target})${x})`, to)
}

/** An integer brought into a dtype's range by dropping high bits. */
function narrowed(x: string, dtype: DType): string {
  const missing = 32 - 8 * dtypes[dtype].bytes
  return missing === 0 ? x : `((${x} << ${missing}) >> ${missing})`
}

const bitcast: Rule<"bitcast"> = ({ operands: [x], dtype: from, params: { dtype: to }, site }) => {
  const [source, target] = [cTypes[from].register, cTypes[to].register]
  if (source === target) return x
  if (site.lanes > 1) return narrowedBits(`((${registerType(target, site.lanes)})${x})`, to)
  if (source === "f32") return target === "u32" ? `bits_u32(${x})` : `(i32)bits_u32(${x})`
  return target === "f32" ? `bits_f32((u32)${x})` : narrowedBits(`((${target})${x})`, to)
}

/** Signed integers are held with their sign copied, all else with zeros before its bits. */
function narrowedBits(x: string, dtype: DType): string {
  return dtypes[dtype].kind === "float" && !isHalf(dtype) ? x : narrowed(x, dtype)
}

const threefry: Rule<"threefry"> = ({ operands, params: { word }, type }) =>
  `threefry_${word}_${type}(${operands.join(", ")})`

const identity: Rule<ElementwisePrimitive> = ({ operands: [x] }) => x

const rules: { readonly [P in ElementwisePrimitive]: Rule<P> } = {
  exp: maths("exp"),
  expm1: maths("expm1"),
  log: maths("log"),
  log1p: maths("log1p"),
  sin: maths("sin"),
  cos: maths("cos"),
  tan: maths("tan"),
  asin: maths("asin"),
  acos: maths("acos"),
  atan: maths("atan"),
  sinh: maths("sinh"),
  cosh: maths("cosh"),
  tanh: maths("tanh"),
  asinh: maths("asinh"),
  acosh: maths("acosh"),
  atanh: maths("atanh"),
  sqrt: called("sqrt"),
  rsqrt: maths("rsqrt"),
  cbrt: maths("cbrt"),
  erf: maths("erf"),
  erfc: maths("erfc"),
  erfInv: maths("erfInv"),
  logistic: maths("sigmoid"),
  floor: called("floor"),
  ceil: called("ceil"),
  round: called("nearest"),
  negate: ({ operands: [x] }) => `(-(${x}))`,
  abs: called("abs"),
  sign: called("sign"),
  add: infix("+", "^"),
  subtract: infix("-", "^"),
  multiply: infix("*", "&"),
  divide: split(infix("/"), called("div")),
  remainder: split(maths("remainder"), called("rem")),
  power,
  maximum: extreme("max"),
  minimum: extreme("min"),
  atan2: maths("atan2"),
  not: ({ operands: [x] }) => `(~${x})`,
  and: infix("&"),
  or: infix("|"),
  xor: infix("^"),
  shiftLeft: shift("shl"),
  shiftRightLogical: shift("shr"),
  shiftRightArithmetic: shift("sar"),
  populationCount: (operation) =>
    operation.dtype === "bool" ? operation.operands[0] : called("popcount")(operation),
  countLeadingZeros: (operation) =>
    operation.dtype === "bool" ? `(~${operation.operands[0]})` : called("clz")(operation),
  threefry,
  isFinite: called("finite"),
  equal: comparison("==", "=="),
  notEqual: comparison("!=", "!="),
  less: comparison("<", ">"),
  lessEqual: comparison("<=", ">="),
  greater: comparison(">", "<"),
  greaterEqual: comparison(">=", "<="),
  select: ({ operands, site, result }) =>
    `sel_${registerType(cTypes[result].register, site.lanes)}(${operands.join(", ")})`,
  cast,
  bitcast,
  stopGradient: identity,
}
