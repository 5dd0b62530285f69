/** What a trace becomes before it runs: simplified, and without captures that it does not need. */

import type { Graph } from "../../graph/index.ts"
import { simplify } from "../../transform/index.ts"
import type { Array } from "../array.ts"

/** A graph with the arrays that it takes from outside. */
interface Captured {
  readonly graph: Graph
  readonly captures: readonly Array[]
}

/**
 * The graph that is run.
 * @param own how many inputs are the function's own: the captures follow them.
 */
export function finish({ graph, captures }: Captured, own: number): Captured {
  const finished = finishGraph(graph, own)
  return { graph: finished.graph, captures: captures.filter((_, i) => finished.needed[own + i]) }
}

/** The graph that is run, and which inputs it still has. */
export function finishGraph(
  graph: Graph,
  own: number,
): { readonly graph: Graph; readonly needed: readonly boolean[] } {
  const simple = simplify(graph, { differentiable: false })
  const used = new Set(simple.outputs)
  for (const { operands } of simple.equations) for (const operand of operands) used.add(operand)
  const needed = simple.inputs.map((input, i) => i < own || used.has(input))
  return { graph: { ...simple, inputs: simple.inputs.filter((_, i) => needed[i]) }, needed }
}
