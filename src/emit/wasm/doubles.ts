/**
 * float64 in lanes: two of them in a vector, beside which other values stand in the lower two of
 * four lanes. Functions have formulas for lanes where their operands are usual ones; for all others, and
 * where there is no formula, the host's are called lane by lane.
 */

import { kernelsOf, type Program, scalarsOf, visitScalars } from "../../schedule/index.ts"
import { type Lanes, type Wide, wideFormulas } from "../maths/index.ts"
import type { FunctionBuilder, Local, ModuleBuilder } from "./assembler.ts"
import { type Code, WasmLanes } from "./maths-lanes.ts"
import { functionOnce } from "./maths-library.ts"

/** Functions of float64 that a module may import from `math`, with their number of operands. */
const hostMathArity = {
  exp: 1,
  expm1: 1,
  log: 1,
  log1p: 1,
  sin: 1,
  cos: 1,
  tan: 1,
  asin: 1,
  acos: 1,
  atan: 1,
  sinh: 1,
  cosh: 1,
  tanh: 1,
  asinh: 1,
  acosh: 1,
  atanh: 1,
  cbrt: 1,
  erf: 1,
  erfc: 1,
  erfInv: 1,
  logistic: 1,
  power: 2,
  atan2: 2,
  remainder: 2,
} as const

export type HostMath = keyof typeof hostMathArity

/** What a module may import from `math`. */
export type HostMaths = {
  readonly [N in HostMath]: (typeof hostMathArity)[N] extends 1
    ? (x: number) => number
    : (x: number, y: number) => number
}

/** Imports what a program's float64s need; imports come before all functions of a module. */
export function importHostMaths(module: ModuleBuilder, program: Program): void {
  const needed = new Set<HostMath>()
  const kernels = kernelsOf(program.steps)
  visitScalars(kernels.flatMap(scalarsOf), (scalar) => {
    if (scalar.kind !== "apply" || scalar.dtype !== "float64") return
    if (isHostMath(scalar.primitive)) needed.add(scalar.primitive)
  })
  for (const name of needed) {
    const params = hostMathArity[name] === 1 ? (["f64"] as const) : (["f64", "f64"] as const)
    functionOnce(module, `math.${name}`, () =>
      module.importFunction("math", name, { params, results: ["f64"] }),
    )
  }
}

function isHostMath(name: string): name is HostMath {
  return name in hostMathArity
}

/** Calls a function for the operands on the stack, in both lanes. */
export function callWideMath(
  f: FunctionBuilder,
  { module, relaxed }: { readonly module: ModuleBuilder; readonly relaxed: boolean },
  name: HostMath,
): void {
  const params = hostMathArity[name] === 1 ? (["v128"] as const) : (["v128", "v128"] as const)
  const both = functionOnce(module, `${name}_f64x2`, () => {
    const g = module.function({ params, results: ["v128"] }, `${name}_f64x2`)
    const operands = g.locals.slice()
    if (hasFormula(name)) pushWithFormula(g, module, relaxed, name, operands)
    else pushByHost(g, module, name, operands)
    return g.index
  })
  f.call(both)
}

function hasFormula(name: HostMath): name is HostMath & keyof typeof wideFormulas {
  return name in wideFormulas
}

/** Pushes the formula's results, in whose place the host's are where it does not serve. */
function pushWithFormula(
  g: FunctionBuilder,
  module: ModuleBuilder,
  relaxed: boolean,
  name: HostMath & keyof typeof wideFormulas,
  operands: readonly Local[],
): void {
  const d = new WasmLanes(module, g, "f64x2", relaxed)
  const [a, b = a] = operands.map((operand) => d.get([operand]))
  const formula: (d: Lanes<Code>, a: Code, b: Code) => Wide<Code> = wideFormulas[name]
  const { result, beyond } = formula(d, a, b)
  const found = d.variable(result)
  const mask = d.keep(beyond)
  d.whereAny(mask, () =>
    found.set(d.select(mask, () => pushByHost(g, module, name, operands), found.value)),
  )
  found.value()
}

/** Pushes the host's results of both lanes. */
function pushByHost(
  g: FunctionBuilder,
  module: ModuleBuilder,
  name: HostMath,
  operands: readonly Local[],
): void {
  const host = functionOnce(module, `math.${name}`, () => {
    throw new Error(`the module does not import ${name}`)
  })
  for (const lane of [0, 1] as const) {
    for (const operand of operands) {
      g.localGet(operand)
      g.f64x2.extract_lane(lane)
    }
    g.call(host)
    if (lane === 0) g.f64x2.splat()
    else g.f64x2.replace_lane(1)
  }
}

/** The mask on the stack, of two lanes of 64 bits, to one of lanes of 32. */
export function narrowMask(f: FunctionBuilder): void {
  spread(f, [0, 2, 0, 2])
}

/** The mask on the stack, of lanes of 32 bits, to one of two lanes of 64. */
export function widenMask(f: FunctionBuilder): void {
  spread(f, [0, 0, 1, 1])
}

function spread(f: FunctionBuilder, order: readonly number[]): void {
  const vector = f.local("v128")
  f.localTee(vector)
  f.localGet(vector)
  f.i32x4.shuffle(...order)
}
