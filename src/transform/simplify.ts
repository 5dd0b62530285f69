/** Simplification: the same results from fewer equations. */

import {
  type Graph,
  isControl,
  isEquation,
  type ParamsOf,
  type Primitive,
  type Variable,
} from "../graph/index.ts"
import { prune } from "./prune.ts"
import { type Rewrite, SimplifyingBuilder } from "./simplify/builder.ts"
import { onlyBackwards, simplifyCall } from "./simplify/call.ts"
import { simplifyControl } from "./simplify/control.ts"
import {
  applyBeforeBroadcast,
  elementwiseRows,
  finalRows,
  foldConstants,
} from "./simplify/elementwise.ts"
import { finalMoveRows, otherRows } from "./simplify/movement.ts"

type Rows = { readonly [P in Primitive]?: readonly Rewrite<P>[] }

const rows: Rows = { ...elementwiseRows, ...otherRows }

const allRows: Rows = { ...rows, ...finalRows, ...finalMoveRows }

function rewriteBy(table: Rows) {
  return <P extends Primitive>(
    b: SimplifyingBuilder,
    operands: readonly Variable[],
    params: ParamsOf[P],
    primitive: P,
  ): Variable | undefined => {
    const own: readonly Rewrite<P>[] = table[primitive] ?? []
    for (const rule of [foldConstants, ...own, applyBeforeBroadcast]) {
      const result = rule(b, operands, params, primitive)
      if (result !== undefined) return result
    }
    return undefined
  }
}

export interface SimplifyOptions {
  /**
   * Whether derivatives may still be asked of the result (default true): keeps stopGradient, names
   * and calls with their rules.
   */
  readonly differentiable?: boolean
}

/**
 * The graph rewritten by the rules of `simplify/`, without equal equations and without those that
 * no output needs, in the graphs inside control flow too. Inputs and outputs stay what they were. Results are equal, NaN and infinities
 * included; the sign of a zero may change, and folded constants round once.
 * Takes time linear in the equations.
 */
export function simplify(graph: Graph, { differentiable = true }: SimplifyOptions = {}): Graph {
  const b = new SimplifyingBuilder(rewriteBy(differentiable ? rows : allRows))
  const values = new Map(graph.inputs.map((input) => [input, b.input(input)]))
  const known = (variable: Variable): Variable => {
    const value = values.get(variable)
    if (value === undefined) throw new Error("a graph uses a variable before it is computed")
    return value
  }
  const inside = (inner: Graph): Graph => simplify(inner, { differentiable })
  for (const equation of graph.equations) {
    const { primitive, operands, params, results } = equation
    const here = operands.map(known)
    if (primitive === "pullback" && !differentiable) throw onlyBackwards()
    const made = isControl(primitive)
      ? simplifyControl(b, equation, here, inside)
      : isEquation(equation, "call")
        ? simplifyCall(b, here, equation.params, inside, differentiable)
        : b.emitAll(primitive, here, params)
    for (const [i, result] of results.entries()) values.set(result, made[i])
  }
  return prune(b.build(graph.outputs.map(known)))
}
