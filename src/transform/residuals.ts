/** Which values a computation keeps for the linear map that follows it. */

import {
  type Equation,
  type Graph,
  isElementwise,
  makersOf,
  type Primitive,
  type Variable,
} from "../graph/index.ts"
import { dtypes } from "../size/index.ts"
import { dependents } from "./dependents.ts"

/** Elementwise primitives that cost more than reading their result from memory. */
const costly: ReadonlySet<Primitive> = new Set<Primitive>([
  ...(["exp", "expm1", "log", "log1p", "sin", "cos", "tan", "asin", "acos", "atan"] as const),
  ...(["sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "sqrt", "rsqrt", "cbrt"] as const),
  ...(["erf", "erfc", "erfInv", "logistic", "power", "atan2", "remainder", "threefry"] as const),
])

/** Made from nothing, or the same elements in no fewer places: rebuilt from the operand. */
const views: ReadonlySet<Primitive> = new Set<Primitive>([
  "full",
  "iota",
  "reshape",
  "transpose",
  "broadcast",
  "flip",
  "windows",
  "pad",
  "after",
])

/** Most elementwise operations per element that rebuilding may take. */
const patience = 8

/** A view moves no element, but a long chain of them is a long search. */
const viewCost = 1 / 8

/**
 * The variables whose values the tangent part of a joint graph is given, so that it can compute
 * the rest for itself: those at hand where they serve (inputs and outputs of the primal part), then
 * the fewest further ones that a greedy choice finds.
 */
export function chooseResiduals(
  joint: Graph,
  atHand: readonly Variable[],
  tangentInputs: readonly Variable[],
  tangentOutputs: readonly Variable[],
): readonly Variable[] {
  const makers = makersOf(joint)
  const isTangent = dependents(joint, tangentInputs)
  const crossing = new Set<Variable>()
  const cross = (variable: Variable): void => {
    if (!isTangent.has(variable)) crossing.add(source(variable, makers))
  }
  for (const { operands, results } of joint.equations) {
    if (results.some((result) => isTangent.has(result))) operands.forEach(cross)
  }
  tangentOutputs.forEach(cross)

  const kept = new Set(atHand.filter((v) => !isTangent.has(v)))
  for (const variable of crossing) if (!isCheap(makers.get(variable))) kept.add(variable)
  for (const variable of crossing) {
    if (rebuildCost(variable, kept, makers, patience) > patience) kept.add(variable)
  }
  return neededOf(crossing, kept, makers)
}

/** Behind views that do not shrink, the variable whose elements they show. */
function source(variable: Variable, makers: ReadonlyMap<Variable, Equation>): Variable {
  let shown = variable
  for (;;) {
    const maker = makers.get(shown)
    if (maker?.operands.length !== 1) return shown
    const [operand] = maker.operands
    const widens =
      maker.primitive === "cast" && dtypes[operand.dtype].bytes <= dtypes[shown.dtype].bytes
    if (!widens && !views.has(maker.primitive)) return shown
    shown = operand
  }
}

function isCheap(maker: Equation | undefined): boolean {
  if (maker === undefined) return false
  const { primitive } = maker
  return views.has(primitive) || (isElementwise(primitive) && !costly.has(primitive))
}

/** Elementwise operations that rebuild a variable from those that are kept; ∞ beyond the limit. */
function rebuildCost(
  variable: Variable,
  kept: ReadonlySet<Variable>,
  makers: ReadonlyMap<Variable, Equation>,
  limit: number,
): number {
  if (kept.has(variable)) return 0
  const maker = makers.get(variable)
  if (maker === undefined || !isCheap(maker)) return Number.POSITIVE_INFINITY
  let cost = isElementwise(maker.primitive) ? 1 : viewCost
  for (const operand of maker.operands) {
    if (cost > limit) return Number.POSITIVE_INFINITY
    cost += rebuildCost(operand, kept, makers, limit - cost)
  }
  return cost
}

/** The kept variables that rebuilding the crossing ones starts from. */
function neededOf(
  crossing: ReadonlySet<Variable>,
  kept: ReadonlySet<Variable>,
  makers: ReadonlyMap<Variable, Equation>,
): readonly Variable[] {
  const seen = new Set<Variable>()
  const waiting = [...crossing].reverse()
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (seen.has(next)) continue
    seen.add(next)
    if (!kept.has(next)) waiting.push(...(makers.get(next)?.operands ?? []))
  }
  return [...seen].filter((variable) => kept.has(variable))
}
