/** Simplification: the same results from fewer equations. */

import type { Graph, ParamsOf, Primitive, Variable } from "../graph/index.ts"
import { reached } from "./demand.ts"
import { type Rewrite, SimplifyingBuilder } from "./simplify/builder.ts"
import {
  applyBeforeBroadcast,
  elementwiseRows,
  finalRows,
  foldConstants,
} from "./simplify/elementwise.ts"
import { otherRows } from "./simplify/movement.ts"

type Rows = { readonly [P in Primitive]?: readonly Rewrite<P>[] }

const rows: Rows = { ...elementwiseRows, ...otherRows }

const allRows: Rows = { ...rows, ...finalRows }

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
  /** Whether derivatives may still be asked of the result (default true): keeps stopGradient. */
  readonly differentiable?: boolean
}

/**
 * The graph rewritten by the rules of `simplify/`, without equal equations and without those that
 * no output needs. Inputs and outputs stay what they were. Results are equal, NaN and infinities
 * included; the sign of a zero may change, and folded constants round once.
 * Takes time linear in the equations.
 */
export function simplify(graph: Graph, { differentiable = true }: SimplifyOptions = {}): Graph {
  const b = new SimplifyingBuilder(rewriteBy(differentiable ? rows : allRows))
  const inputs = graph.inputs.map((input) => b.input(input))
  const simple = b.build(b.inline(graph, inputs))
  return { ...simple, equations: reached(simple, simple.outputs) }
}
