/** Code for one elementwise primitive on four lanes, from a table with a rule for each. */

import type { ElementwisePrimitive } from "../../graph/index.ts"
import type { Apply, Scalar } from "../../schedule/index.ts"
import { type DType, isFloat } from "../../size/index.ts"
import type { FunctionBuilder } from "./assembler.ts"
import { bitcast, cast } from "./casts.ts"
import { pushConstant, pushFloats } from "./constants.ts"
import { callWideMath, type HostMath, narrowMask, widenMask } from "./doubles.ts"
import type { ElementwiseSite, Rule } from "./elementwise-rule.ts"
import {
  countLeadingZeros,
  divideIntegers,
  integerPower,
  populationCount,
  shiftByLanes,
} from "./integers.ts"
import { addMath, addThreefry, type MathName } from "./maths.ts"

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

/** The instruction of this name for lanes of floats. */
function byFloat(name: "sqrt" | "floor" | "ceil" | "nearest" | "div"): Rule<ElementwisePrimitive> {
  return byDtype({ float64: (f) => f.f64x2[name](), float32: (f) => f.f32x4[name]() })
}

/** Short formulas, which take less time than a call with its registers to save. */
const worthInlining: ReadonlySet<MathName> = new Set<MathName>([
  "exp",
  "expm1",
  "log",
  "tanh",
  "sigmoid",
  "erf",
  "erfInv",
  "rsqrt",
])

/** Primitives of many steps that wait for each other: several vectors at once take less time. */
const slowAlone: ReadonlySet<ElementwisePrimitive> = new Set<ElementwisePrimitive>([
  "exp",
  "expm1",
  "log",
  "tanh",
  "logistic",
  "erf",
  "erfInv",
  "threefry",
])

/** Whether an expression takes less time for several vectors at once. */
export function gainsTogether(scalar: Scalar): boolean {
  return scalar.kind === "apply" && scalar.dtype !== "float64" && slowAlone.has(scalar.primitive)
}

/** A function of the module's mathematical library; of float64, {@link callWideMath}'s. */
function maths(name: MathName, host: HostMath): Rule<ElementwisePrimitive> {
  return ({ f, module, relaxed, push, inline, mayInline }, operands, dtype) => {
    if (dtype === "float64") {
      for (const operand of operands) push(operand)
      callWideMath(f, { module, relaxed }, host)
      return
    }
    if (worthInlining.has(name) && mayInline()) {
      inline(name)
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
  float64: (f) => f.f64x2.max(),
  float32: (f) => f.f32x4.max(),
  int32: (f) => f.i32x4.max_s(),
  uint32: (f) => f.i32x4.max_u(),
  bool: (f) => f.v128.or(),
})

const minimum = byDtype({
  float64: (f) => f.f64x2.min(),
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

/** Masks of comparisons are of 32 bits a lane, whatever is compared. */
function compareDoubles(name: "eq" | "ne" | "lt" | "le" | "gt" | "ge") {
  return (f: FunctionBuilder): void => {
    f.f64x2[name]()
    narrowMask(f)
  }
}

/** a < b of masks is ¬a ∧ b. */
const less = byDtype({
  float64: compareDoubles("lt"),
  float32: (f) => f.f32x4.lt(),
  int32: (f) => f.i32x4.lt_s(),
  uint32: (f) => f.i32x4.lt_u(),
  bool: (f) => f.i32x4.gt_s(),
})

const lessEqual = byDtype({
  float64: compareDoubles("le"),
  float32: (f) => f.f32x4.le(),
  int32: (f) => f.i32x4.le_s(),
  uint32: (f) => f.i32x4.le_u(),
  bool: (f) => f.i32x4.ge_s(),
})

const greater = byDtype({
  float64: compareDoubles("gt"),
  float32: (f) => f.f32x4.gt(),
  int32: (f) => f.i32x4.gt_s(),
  uint32: (f) => f.i32x4.gt_u(),
  bool: (f) => f.i32x4.lt_s(),
})

const greaterEqual = byDtype({
  float64: compareDoubles("ge"),
  float32: (f) => f.f32x4.ge(),
  int32: (f) => f.i32x4.ge_s(),
  uint32: (f) => f.i32x4.ge_u(),
  bool: (f) => f.i32x4.le_s(),
})

/** −1, 0 or 1; floats keep NaN and the sign of zero. */
const sign: Rule<ElementwisePrimitive> = (site, [operand], dtype) => {
  const { f } = site
  const x = site.keep(operand)
  if (isFloat(dtype)) {
    // (x < 0 or x > 0) ? copysign(1, x) : x
    const lanes = dtype === "float64" ? f.f64x2 : f.f32x4
    f.localGet(x)
    pushConstant(site, dtype, -0)
    f.v128.and()
    pushConstant(site, dtype, 1)
    f.v128.or()
    f.localGet(x)
    f.localGet(x)
    lanes.abs()
    pushConstant(site, dtype, 0)
    lanes.gt()
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
const threefry: Rule<"threefry"> = ({ f, module, together }, _operands, _dtype, { word }) => {
  together((blocks) => {
    const [[k0, k1]] = blocks
    const sameKeys = blocks.every((operands) => operands[0] === k0 && operands[1] === k1)
    const groups = sameKeys ? [blocks] : blocks.map((operands) => [operands])
    return groups.flatMap((group) => {
      f.localGet(group[0][0])
      f.localGet(group[0][1])
      for (const [, , x0, x1] of group) {
        f.localGet(x0)
        f.localGet(x1)
      }
      f.call(addThreefry(module, group.length))
      // The last pair is on top.
      const words = group.map(() => [f.local("v128"), f.local("v128")] as const)
      for (const [first, second] of words.toReversed()) {
        f.localSet(second)
        f.localSet(first)
      }
      return words.map(([first, second]) => {
        if (word === "first") return first
        if (word !== "xor") return second
        f.localGet(first)
        f.localGet(second)
        f.v128.xor()
        f.localSet(first)
        return first
      })
    })
  })
}

const select: Rule<"select"> = ({ f, push, relaxed }, [condition, onTrue, onFalse]) => {
  push(onTrue)
  push(onFalse)
  push(condition)
  if (onTrue.dtype === "float64") widenMask(f)
  if (relaxed) f.i32x4.relaxed_laneselect()
  else f.v128.bitselect()
}

const singleRsqrt = maths("rsqrt", "power")

/** 1 / √x. */
const rsqrt: Rule<"rsqrt"> = (site, operands, dtype, params) => {
  if (dtype !== "float64") {
    singleRsqrt(site, operands, dtype, params)
    return
  }
  site.f.f64x2.const(1)
  site.push(operands[0])
  site.f.f64x2.sqrt()
  site.f.f64x2.div()
}

const identity = instruction(() => {})

const isFinite: Rule<"isFinite"> = (site, [operand], dtype) => {
  site.push(operand)
  if (dtype === "float64") {
    site.f.f64x2.abs()
    site.f.f64x2.const(Number.POSITIVE_INFINITY)
    compareDoubles("lt")(site.f)
    return
  }
  site.f.f32x4.abs()
  pushFloats(site, Number.POSITIVE_INFINITY)
  site.f.f32x4.lt()
}

const anyPower = split(maths("pow", "power"), integerPower)

/** x raised to a constant that takes a multiplication or two; other powers are a function. */
const power: Rule<"power"> = (site, operands, dtype, params) => {
  const { f } = site
  const [base, exponent] = operands
  const times = exponent.kind === "constant" ? exponent.value : undefined
  if (!isFloat(dtype) || (times !== 2 && times !== 3 && times !== -1)) {
    anyPower(site, operands, dtype, params)
    return
  }
  const lanes = dtype === "float64" ? f.f64x2 : f.f32x4
  const x = site.keep(base)
  if (times === -1) pushConstant(site, dtype, 1)
  f.localGet(x)
  if (times === -1) lanes.div()
  for (let i = 1; i < times; i++) {
    f.localGet(x)
    lanes.mul()
  }
}

const rules: { readonly [P in ElementwisePrimitive]: Rule<P> } = {
  exp: maths("exp", "exp"),
  expm1: maths("expm1", "expm1"),
  log: maths("log", "log"),
  log1p: maths("log1p", "log1p"),
  sin: maths("sin", "sin"),
  cos: maths("cos", "cos"),
  tan: maths("tan", "tan"),
  asin: maths("asin", "asin"),
  acos: maths("acos", "acos"),
  atan: maths("atan", "atan"),
  sinh: maths("sinh", "sinh"),
  cosh: maths("cosh", "cosh"),
  tanh: maths("tanh", "tanh"),
  asinh: maths("asinh", "asinh"),
  acosh: maths("acosh", "acosh"),
  atanh: maths("atanh", "atanh"),
  sqrt: byFloat("sqrt"),
  rsqrt,
  cbrt: maths("cbrt", "cbrt"),
  erf: maths("erf", "erf"),
  erfc: maths("erfc", "erfc"),
  erfInv: maths("erfInv", "erfInv"),
  logistic: maths("sigmoid", "logistic"),
  floor: byFloat("floor"),
  ceil: byFloat("ceil"),
  round: byFloat("nearest"),
  negate: byDtype({
    float64: (f) => f.f64x2.neg(),
    float32: (f) => f.f32x4.neg(),
    int32: (f) => f.i32x4.neg(),
  }),
  abs: byDtype({
    float64: (f) => f.f64x2.abs(),
    float32: (f) => f.f32x4.abs(),
    int32: (f) => f.i32x4.abs(),
    uint32: () => {},
  }),
  sign,
  add: byDtype({
    float64: (f) => f.f64x2.add(),
    float32: (f) => f.f32x4.add(),
    int32: (f) => f.i32x4.add(),
  }),
  subtract: byDtype({
    float64: (f) => f.f64x2.sub(),
    float32: (f) => f.f32x4.sub(),
    int32: (f) => f.i32x4.sub(),
  }),
  multiply: byDtype({
    float64: (f) => f.f64x2.mul(),
    float32: (f) => f.f32x4.mul(),
    int32: (f) => f.i32x4.mul(),
  }),
  divide: split(byFloat("div"), divideIntegers("quotient")),
  remainder: split(maths("remainder", "remainder"), divideIntegers("remainder")),
  power,
  maximum: extreme(maximum, (f) => f.f32x4.pmax()),
  minimum: extreme(minimum, (f) => f.f32x4.pmin()),
  atan2: maths("atan2", "atan2"),
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
    float64: compareDoubles("eq"),
    float32: (f) => f.f32x4.eq(),
    int32: (f) => f.i32x4.eq(),
    bool: (f) => f.i32x4.eq(),
  }),
  notEqual: byDtype({
    float64: compareDoubles("ne"),
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
  bitcast,
  stopGradient: identity,
}
