/** The checker: a graph that passes is well formed. Runs on every graph in tests. */

import { shapesEqual } from "../size/index.ts"
import { subgraphsOf } from "./control.ts"
import { type Graph, printType, type Variable } from "./graph.ts"
import { inferTypes } from "./typing.ts"

/**
 * Checks that every operand is defined before its use, every variable once, and that every
 * equation's results have the types that its primitive's rule infers, in the graphs among the
 * params too.
 * @throws Error naming the equation.
 */
export function checkGraph(graph: Graph): Graph {
  const defined = new Set<Variable>()
  const define = (variable: Variable, where: string): void => {
    if (defined.has(variable)) throw new Error(`${where} defines a variable for the second time`)
    defined.add(variable)
  }
  for (const [i, input] of graph.inputs.entries()) define(input, `input ${i}`)
  for (const [i, equation] of graph.equations.entries()) {
    const where = `equation ${i} (${equation.primitive})`
    for (const operand of equation.operands) {
      if (!defined.has(operand)) throw new Error(`${where} uses a variable before it is computed`)
    }
    for (const { graph: inner } of subgraphsOf(equation.params)) checkGraph(inner)
    const types = inferTypes(equation.primitive, equation.operands, equation.params)
    if (types.length !== equation.results.length) {
      throw new Error(`${where} has ${equation.results.length} results, not ${types.length}`)
    }
    for (const [j, type] of types.entries()) {
      const result = equation.results[j]
      if (result.dtype !== type.dtype || !shapesEqual(result.shape, type.shape)) {
        throw new Error(`${where} says ${printType(result)} where its rule says ${printType(type)}`)
      }
      define(result, where)
    }
  }
  for (const [i, output] of graph.outputs.entries()) {
    if (!defined.has(output)) throw new Error(`output ${i} is never computed`)
  }
  return graph
}
