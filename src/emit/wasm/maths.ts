/**
 * Single precision mathematics as WebAssembly functions, added to a module when first needed.
 *
 * Results differ from the exact ones by at most 2 ulp of float32 over the whole range, and have C's
 * values at infinities, NaN, signed zeros and denormals (`remainder` and `round` are exact). With
 * `relaxed` they use fused multiply-add where the processor has it, which changes last bits only.
 */

import type { FunctionBuilder, Local, ModuleBuilder } from "./assembler.ts"
import * as angles from "./maths-angles.ts"
import * as double from "./maths-double.ts"
import type { Code } from "./maths-lanes.ts"
import { Lanes } from "./maths-lanes.ts"
import { functionOnce } from "./maths-library.ts"
import { remainder } from "./maths-remainder.ts"
import * as single from "./maths-single.ts"

export { addThreefry } from "./maths-threefry.ts"

/** A formula of one vector; the vector is kept. */
type UnaryFormula = (v: Lanes, x: Code) => Code
type BinaryFormula = (v: Lanes, a: Code, b: Code) => Code

/** Four float32 lanes by a formula over two float64 lanes. */
function halves(formula: UnaryFormula): UnaryFormula {
  return (v, x) => v.inHalves((d, half) => formula(d, half(x)))
}

function halvesOfTwo(formula: BinaryFormula): BinaryFormula {
  return (v, a, b) => v.inHalves((d, half) => formula(d, half(a), half(b)))
}

/** Functions of one operand. */
export const unaryMaths = [
  "exp",
  "exp2",
  "expm1",
  "log",
  "log2",
  "log1p",
  "cbrt",
  "rsqrt",
  "round",
  "tanh",
  "sigmoid",
  "erf",
  "erfc",
  "erfInv",
  "sin",
  "cos",
  "tan",
  "asin",
  "acos",
  "atan",
  "sinh",
  "cosh",
  "asinh",
  "acosh",
  "atanh",
] as const

/** Functions of two operands: pow(x, y), atan2(y, x), and remainder(x, y) with the sign of x. */
export const binaryMaths = ["pow", "atan2", "remainder"] as const

export type UnaryMath = (typeof unaryMaths)[number]
export type BinaryMath = (typeof binaryMaths)[number]
export type MathName = UnaryMath | BinaryMath

const unaryFormulas: { readonly [N in UnaryMath]: UnaryFormula } = {
  exp: single.exp,
  exp2: single.exp2,
  expm1: single.expm1,
  log: single.log,
  log2: halves(double.log2),
  log1p: halves(double.log1p),
  cbrt: halves(double.cbrt),
  rsqrt: single.rsqrt,
  round: single.round,
  tanh: single.tanh,
  sigmoid: single.sigmoid,
  erf: single.erf,
  erfc: halves(double.erfc),
  erfInv: halves(double.erfInv),
  sin: halves(angles.sin),
  cos: halves(angles.cos),
  tan: halves(angles.tan),
  asin: halves(angles.asin),
  acos: halves(angles.acos),
  atan: halves(angles.atan),
  sinh: halves(double.sinh),
  cosh: halves(double.cosh),
  asinh: halves(double.asinh),
  acosh: halves(double.acosh),
  atanh: halves(double.atanh),
}

const binaryFormulas: { readonly [N in BinaryMath]: BinaryFormula } = {
  pow: halvesOfTwo(double.pow),
  atan2: halvesOfTwo(angles.atan2),
  remainder: halvesOfTwo(remainder),
}

export interface MathOptions {
  /** Whether to use relaxed SIMD, which the engine must have (`features().relaxedSimd`). */
  readonly relaxed: boolean
}

/** How many operands a function takes. */
export function mathArity(name: MathName): 1 | 2 {
  return isUnary(name) ? 1 : 2
}

/**
 * Writes the function's code into another function, leaving the f32x4 result on the stack: no call,
 * but its code once more. The operands are v128 locals, which are not changed.
 * @throws RangeError when there are more or fewer operands than {@link mathArity} says.
 */
export function inlineMath(
  module: ModuleBuilder,
  f: FunctionBuilder,
  name: MathName,
  operands: readonly Local[],
  options: MathOptions,
): void {
  const [first, second] = operands
  if (first === undefined || operands.length !== mathArity(name)) {
    throw new RangeError(`${name} takes ${mathArity(name)} operands, not ${operands.length}`)
  }
  const v = new Lanes(module, f, "f32x4", options.relaxed)
  const code = isUnary(name)
    ? unaryFormulas[name](v, v.get(first))
    : binaryFormulas[name](v, v.get(first), v.get(second ?? first))
  code()
}

/**
 * The number of the module's f32x4 function (v128) -> v128, or (v128, v128) -> v128, which is added
 * when it is first asked for.
 */
export function addMath(module: ModuleBuilder, name: MathName, options: MathOptions): number {
  const label = options.relaxed ? `${name}_relaxed` : name
  return functionOnce(module, label, () => {
    const params = isUnary(name) ? (["v128"] as const) : (["v128", "v128"] as const)
    const f = module.function({ params, results: ["v128"] }, label)
    inlineMath(module, f, name, f.locals.slice(), options)
    return f.index
  })
}

/** The scalar function (f32) -> f32, or (f32, f32) -> f32: lane 0 of {@link addMath}'s, same bits. */
export function addScalarMath(module: ModuleBuilder, name: MathName, options: MathOptions): number {
  const label = `${name}${options.relaxed ? "_relaxed" : ""}_scalar`
  return functionOnce(module, label, () => {
    const vector = addMath(module, name, options)
    const params = isUnary(name) ? (["f32"] as const) : (["f32", "f32"] as const)
    const f = module.function({ params, results: ["f32"] }, label)
    for (const operand of f.locals) {
      f.localGet(operand)
      f.f32x4.splat()
    }
    f.call(vector)
    f.f32x4.extract_lane(0)
    return f.index
  })
}

function isUnary(name: MathName): name is UnaryMath {
  return name in unaryFormulas
}
