/**
 * Single precision mathematics, as formulas for any target.
 *
 * Results differ from the exact ones by at most 2 ulp of float32 over the whole range, and have C's
 * values at infinities, NaN, signed zeros and denormals (`remainder` and `round` are exact).
 */

import * as angles from "./angles.ts"
import * as double from "./double.ts"
import type { Lanes } from "./lanes.ts"
import { remainder } from "./remainder.ts"
import * as single from "./single.ts"
import * as wide from "./wide.ts"
import * as wideAngles from "./wide-angles.ts"
import { power } from "./wide-power.ts"

export type { Lanes, Variable, Vector } from "./lanes.ts"
export type { Wide } from "./wide.ts"

/** A formula of one vector; the vector is kept. */
type UnaryFormula = <C>(v: Lanes<C>, x: C) => C
type BinaryFormula = <C>(v: Lanes<C>, a: C, b: C) => C

/** float32 lanes by a formula over float64 lanes. */
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
  erfInv: single.erfInv,
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

/** How many operands a function takes. */
export function mathArity(name: MathName): 1 | 2 {
  return isUnaryMath(name) ? 1 : 2
}

export function isUnaryMath(name: MathName): name is UnaryMath {
  return name in unaryFormulas
}

/** A function of `a`, or of `a` and `b`; both are kept. */
export function applyFormula<C>(name: MathName, v: Lanes<C>, a: C, b: C): C {
  return isUnaryMath(name) ? unaryFormulas[name](v, a) : binaryFormulas[name](v, a, b)
}

/** Functions of float64 in float64 lanes, of one operand or two; both are kept. */
export const wideFormulas = {
  exp: wide.exp,
  expm1: wide.expm1,
  log: wide.log,
  log1p: wide.log1p,
  sin: wideAngles.sin,
  cos: wideAngles.cos,
  asin: wideAngles.asin,
  acos: wideAngles.acos,
  atan: wideAngles.atan,
  sinh: wide.sinh,
  cosh: wide.cosh,
  tanh: wide.tanh,
  logistic: wide.logistic,
  power,
  atan2: wideAngles.atan2,
} as const
