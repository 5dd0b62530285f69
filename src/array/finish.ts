/** What a trace becomes before it runs: simplified, and without captures that it does not need. */

import type { Graph } from "../graph/index.ts"
import { simplify } from "../transform/index.ts"
import type { AbstractArray } from "./abstract.ts"
import type { Array } from "./array.ts"

export interface Finished {
  readonly graph: Graph
  readonly outputs: readonly AbstractArray[]
  readonly captures: readonly Array[]
}

/**
 * The graph that is run.
 * @param own how many inputs are the function's own: the captures follow them.
 */
export function finish(traced: Finished, own: number): Finished {
  const graph = simplify(traced.graph, { differentiable: false })
  const used = new Set(graph.equations.flatMap(({ operands }) => operands).concat(graph.outputs))
  const needed = graph.inputs.map((input, i) => i < own || used.has(input))
  return {
    graph: { ...graph, inputs: graph.inputs.filter((_, i) => needed[i]) },
    outputs: traced.outputs,
    captures: traced.captures.filter((_, i) => needed[own + i]),
  }
}
