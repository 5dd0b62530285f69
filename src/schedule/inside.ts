/** Passes over graphs go into those inside of control flow. */

import { type Equation, type Graph, isEquation, mapSubgraphs } from "../graph/index.ts"

/** An equation's params with the graphs of its control flow mapped. */
export function mapControl(equation: Equation, map: (graph: Graph) => Graph): Equation["params"] {
  if (isEquation(equation, "loop")) return mapSubgraphs.loop(equation.params, map)
  if (isEquation(equation, "while")) return mapSubgraphs.while(equation.params, map)
  if (isEquation(equation, "cond")) return mapSubgraphs.cond(equation.params, map)
  return equation.params
}
