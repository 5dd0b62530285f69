/** What depends on what. */

import type { Graph, Variable } from "../graph/index.ts"

/** The variables of a graph that depend on some of its inputs. */
export function dependents(graph: Graph, inputs: Iterable<Variable>): ReadonlySet<Variable> {
  const depends = new Set(inputs)
  for (const { operands, results } of graph.equations) {
    if (operands.some((operand) => depends.has(operand))) {
      for (const result of results) depends.add(result)
    }
  }
  return depends
}
