/** Code for one elementwise primitive on four lanes, from a table with a rule for each. */

import type { ElementwisePrimitive, ParamsOf } from "../../graph/index.ts"
import type { Apply, Scalar } from "../../schedule/index.ts"
import { type DType, isFloat } from "../../size/index.ts"
import type { FunctionBuilder, Local, ModuleBuilder } from "./assembler.ts"
import { pushConstant, pushFloats } from "./constants.ts"
import {
  countLeadingZeros,
  divideIntegers,
  integerPower,
  populationCount,
  shiftByLanes,
} from "./integers.ts"
import { addMath, addThreefry, inlineMath, type MathName } from "./maths.ts"

/** Where a primitive's code goes, and how it gets its operands. */
export interface ElementwiseSite {
  readonly f: FunctionBuilder
  readonly module: ModuleBuilder
  readonly relaxed: boolean
  /** Pushes an operand. */
  push(operand: Scalar): void
  /** The local that holds an operand. */
  keep(operand: Scalar): Local
  /** Whether an operand differs between lanes. */
  varies(operand: Scalar): boolean
  /** Whether a function may be written out here rather than called. */
  mayInline(): boolean
}

type Rule<P extends ElementwisePrimitive> = (
  site: ElementwiseSite,
  operands: readonly Scalar[],
  /** The first operand's dtype. */
  dtype: DType,
  params: ParamsOf[P],
) => void

/** Pushes the result of a primitive. */
export function emitElementwise<P extends ElementwisePrimitive>(
  { primitive, operands, params }: Apply<P>,
  site: ElementwiseSite,
): void {
  const rule: Rule<P> = rules[primitive]
  rule(site, operands, operands[0].dtype, params)
}

/** All operands, then one instruction or more. */
function instruction(write: (f: FunctionBuilder) => void): Rule<ElementwisePrimitive> {
  return (site, operands) => {
    for (const operand of operands) site.push(operand)
    write(site.f)
  }
}

type Writers = { readonly [D in DType]?: (f: FunctionBuilder) => void }

/** Instructions that depend on the operands' dtype. uint32 is like int32 where it is not named. */
function byDtype(writers: Writers): Rule<ElementwisePrimitive> {
  return (site, operands, dtype) => {
    const write = writers[dtype] ?? (dtype === "uint32" ? writers.int32 : undefined)
    if (write === undefined) throw new TypeError(`no instructions for ${dtype} operands`)
    for (const operand of operands) site.push(operand)
    write(site.f)
  }
}

/** Short formulas, which take less time than a call with its registers to save. */
const worthInlining: ReadonlySet<MathName> = new Set<MathName>([
  "exp",
  "expm1",
  "log",
  "tanh",
  "sigmoid",
  "erf",
  "rsqrt",
])

/** A function of the module's mathematical library. */
function maths(name: MathName): Rule<ElementwisePrimitive> {
  return ({ f, module, relaxed, push, keep, mayInline }, operands) => {
    if (worthInlining.has(name) && mayInline()) {
      inlineMath(module, f, name, operands.map(keep), { relaxed })
      return
    }
    for (const operand of operands) push(operand)
    f.call(addMath(module, name, { relaxed }))
  }
}

/** Float rule, else integer rule. */
function split(
  float: Rule<ElementwisePrimitive>,
  integer: Rule<ElementwisePrimitive>,
): Rule<ElementwisePrimitive> {
  return (site, operands, dtype, params) =>
    (isFloat(dtype) ? float : integer)(site, operands, dtype, params)
}

const maximum = byDtype({
  float32: (f) => f.f32x4.max(),
  int32: (f) => f.i32x4.max_s(),
  uint32: (f) => f.i32x4.max_u(),
  bool: (f) => f.v128.or(),
})

const minimum = byDtype({
  float32: (f) => f.f32x4.min(),
  int32: (f) => f.i32x4.min_s(),
  uint32: (f) => f.i32x4.min_u(),
  bool: (f) => f.v128.and(),
})

/**
 * One instruction where one operand is a number: pmax(x, c) is x < c ? c : x, so a NaN x stays.
 */
function extreme(
  general: Rule<ElementwisePrimitive>,
  pseudo: (f: FunctionBuilder) => void,
): Rule<ElementwisePrimitive> {
  return (site, operands, dtype, params) => {
    const isNumber = ({ kind, ...rest }: Scalar): boolean =>
      kind === "constant" && "value" in rest && !Number.isNaN(rest.value)
    const [a, b] = operands
    if (dtype !== "float32" || !(isNumber(a) || isNumber(b))) {
      general(site, operands, dtype, params)
      return
    }
    const [other, constant] = isNumber(b) ? [a, b] : [b, a]
    site.push(other)
    site.push(constant)
    pseudo(site.f)
  }
}

/** a < b of masks is ¬a ∧ b. */
const less = byDtype({
  float32: (f) => f.f32x4.lt(),
  int32: (f) => f.i32x4.lt_s(),
  uint32: (f) => f.i32x4.lt_u(),
  bool: (f) => f.i32x4.gt_s(),
})

const lessEqual = byDtype({
  float32: (f) => f.f32x4.le(),
  int32: (f) => f.i32x4.le_s(),
  uint32: (f) => f.i32x4.le_u(),
  bool: (f) => f.i32x4.ge_s(),
})

const greater = byDtype({
  float32: (f) => f.f32x4.gt(),
  int32: (f) => f.i32x4.gt_s(),
  uint32: (f) => f.i32x4.gt_u(),
  bool: (f) => f.i32x4.lt_s(),
})

const greaterEqual = byDtype({
  float32: (f) => f.f32x4.ge(),
  int32: (f) => f.i32x4.ge_s(),
  uint32: (f) => f.i32x4.ge_u(),
  bool: (f) => f.i32x4.le_s(),
})

/** −1, 0 or 1; floats keep NaN and the sign of zero. */
const sign: Rule<ElementwisePrimitive> = (site, [operand], dtype) => {
  const { f } = site
  const x = site.keep(operand)
  if (dtype === "float32") {
    // (x < 0 or x > 0) ? copysign(1, x) : x
    f.localGet(x)
    pushFloats(site, -0)
    f.v128.and()
    pushFloats(site, 1)
    f.v128.or()
    f.localGet(x)
    f.localGet(x)
    f.f32x4.abs()
    f.f32x4.const(0)
    f.f32x4.gt()
    f.v128.bitselect()
    return
  }
  // (0 > x) − (x > 0) as masks is −sign: each mask is −1.
  f.localGet(x)
  f.i32x4.const(0)
  if (dtype === "int32") f.i32x4.lt_s()
  else f.i32x4.lt_u()
  f.localGet(x)
  f.i32x4.const(0)
  if (dtype === "int32") f.i32x4.gt_s()
  else f.i32x4.ne()
  f.i32x4.sub()
}

/** One word of the block that the operands make, or both words' exclusive or. */
const threefry: Rule<"threefry"> = ({ f, module, push }, operands, _dtype, { word }) => {
  for (const operand of operands) push(operand)
  f.call(addThreefry(module))
  if (word === "xor") f.v128.xor()
  else if (word === "first") f.drop()
  else {
    const second = f.local("v128")
    f.localSet(second)
    f.drop()
    f.localGet(second)
  }
}

const cast: Rule<"cast"> = (site, [operand], from, { dtype: to }) => {
  const { f } = site
  site.push(operand)
  if (from === to) return
  if (to === "bool") {
    if (from === "float32") {
      f.f32x4.const(0)
      f.f32x4.ne()
    } else {
      f.i32x4.const(0)
      f.i32x4.ne()
    }
  } else if (from === "bool") {
    pushConstant(site, to, 1)
    f.v128.and()
  } else if (to === "float32") {
    if (from === "int32") f.f32x4.convert_i32x4_s()
    else f.f32x4.convert_i32x4_u()
  } else if (from === "float32") {
    if (to === "int32") f.i32x4.trunc_sat_f32x4_s()
    else f.i32x4.trunc_sat_f32x4_u()
  }
}

const select: Rule<"select"> = ({ f, push, relaxed }, [condition, onTrue, onFalse]) => {
  push(onTrue)
  push(onFalse)
  push(condition)
  if (relaxed) f.i32x4.relaxed_laneselect()
  else f.v128.bitselect()
}

const identity = instruction(() => {})

const isFinite: Rule<"isFinite"> = (site, [operand]) => {
  site.push(operand)
  site.f.f32x4.abs()
  pushFloats(site, Number.POSITIVE_INFINITY)
  site.f.f32x4.lt()
}

const anyPower = split(maths("pow"), integerPower)

/** x raised to a constant that takes a multiplication or two; other powers are a function. */
const power: Rule<"power"> = (site, operands, dtype, params) => {
  const { f } = site
  const [base, exponent] = operands
  const times = exponent.kind === "constant" ? exponent.value : undefined
  if (dtype !== "float32" || (times !== 2 && times !== 3 && times !== -1)) {
    anyPower(site, operands, dtype, params)
    return
  }
  const x = site.keep(base)
  if (times === -1) pushFloats(site, 1)
  f.localGet(x)
  if (times === -1) f.f32x4.div()
  for (let i = 1; i < times; i++) {
    f.localGet(x)
    f.f32x4.mul()
  }
}

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
  sqrt: instruction((f) => f.f32x4.sqrt()),
  rsqrt: maths("rsqrt"),
  cbrt: maths("cbrt"),
  erf: maths("erf"),
  erfc: maths("erfc"),
  erfInv: maths("erfInv"),
  logistic: maths("sigmoid"),
  floor: instruction((f) => f.f32x4.floor()),
  ceil: instruction((f) => f.f32x4.ceil()),
  round: instruction((f) => f.f32x4.nearest()),
  negate: byDtype({ float32: (f) => f.f32x4.neg(), int32: (f) => f.i32x4.neg() }),
  abs: byDtype({
    float32: (f) => f.f32x4.abs(),
    int32: (f) => f.i32x4.abs(),
    uint32: () => {},
  }),
  sign,
  add: byDtype({ float32: (f) => f.f32x4.add(), int32: (f) => f.i32x4.add() }),
  subtract: byDtype({ float32: (f) => f.f32x4.sub(), int32: (f) => f.i32x4.sub() }),
  multiply: byDtype({ float32: (f) => f.f32x4.mul(), int32: (f) => f.i32x4.mul() }),
  divide: split(
    instruction((f) => f.f32x4.div()),
    divideIntegers("quotient"),
  ),
  remainder: split(maths("remainder"), divideIntegers("remainder")),
  power,
  maximum: extreme(maximum, (f) => f.f32x4.pmax()),
  minimum: extreme(minimum, (f) => f.f32x4.pmin()),
  atan2: maths("atan2"),
  not: instruction((f) => f.v128.not()),
  and: instruction((f) => f.v128.and()),
  or: instruction((f) => f.v128.or()),
  xor: instruction((f) => f.v128.xor()),
  shiftLeft: shiftByLanes("shl"),
  shiftRightLogical: shiftByLanes("shr_u"),
  shiftRightArithmetic: shiftByLanes("shr_s"),
  populationCount,
  countLeadingZeros,
  threefry,
  isFinite,
  equal: byDtype({
    float32: (f) => f.f32x4.eq(),
    int32: (f) => f.i32x4.eq(),
    bool: (f) => f.i32x4.eq(),
  }),
  notEqual: byDtype({
    float32: (f) => f.f32x4.ne(),
    int32: (f) => f.i32x4.ne(),
    bool: (f) => f.i32x4.ne(),
  }),
  less,
  lessEqual,
  greater,
  greaterEqual,
  select,
  cast,
  bitcast: identity,
  stopGradient: identity,
}
