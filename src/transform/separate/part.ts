/** One of the two parts of a graph. */

import { type Graph, GraphBuilder, type Variable } from "../../graph/index.ts"
import { Demand } from "../demand.ts"
import { dependents } from "../dependents.ts"
import { chooseResiduals } from "../residuals.ts"

/** The results of an equation that was separated, and which of them are linear. */
export interface Separated {
  readonly results: readonly Variable[]
  readonly linear: readonly boolean[]
}

/** Separates a graph inside an equation. */
export type SeparateGraph = (graph: Graph, linear: readonly boolean[]) => Graph

/** A graph whose inputs and outputs are told apart, with what passes between its parts. */
export interface Parted {
  readonly graph: Graph
  readonly residuals: readonly Variable[]
}

/** Tells apart what depends on linear inputs; `linearOutputs` are taken to, whether they do or not. */
export function part(
  graph: Graph,
  linear: readonly boolean[],
  linearOutputs: readonly boolean[],
): Parted {
  const residuals = chooseResiduals(
    graph,
    [
      ...graph.inputs.filter((_, i) => !linear[i]),
      ...graph.outputs.filter((_, i) => !linearOutputs[i]),
    ],
    graph.inputs.filter((_, i) => linear[i]),
    graph.outputs.filter((_, i) => linearOutputs[i]),
  )
  return { graph, residuals }
}

/** Which outputs depend on linear inputs. */
export function dependsOn(graph: Graph, linear: readonly boolean[]): readonly boolean[] {
  const depends = dependents(
    graph,
    graph.inputs.filter((_, i) => linear[i]),
  )
  return graph.outputs.map((output) => depends.has(output))
}

/** The graph from some of its variables to some others. */
export function between(graph: Graph, from: readonly Variable[], to: readonly Variable[]): Graph {
  const b = new GraphBuilder()
  const values = new Demand(b, graph)
  for (const variable of from) values.set(variable, b.input(variable))
  return b.build(to.map((variable) => values.get(variable)))
}
