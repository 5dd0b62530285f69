/** Contractions of rounded operands, as a graph that says so. */

import {
  type Graph,
  type GraphBuilder,
  GraphCopy,
  mapControl,
  operations as op,
  type Variable,
} from "../../graph/index.ts"

/** The graph with the float32 operands of its dots and convolutions rounded to bfloat16. */
export function roundContractions(graph: Graph): Graph {
  const copy = new GraphCopy(graph)
  const b = copy.builder
  for (const equation of graph.equations) {
    const { primitive } = equation
    const operands = equation.operands.map((operand) => copy.at(operand))
    const contracts = primitive === "dot" || primitive === "convolve"
    const rounds = contracts && operands[0].dtype === "float32"
    const given = rounds ? operands.map((x) => rounded(b, x)) : operands
    copy.set(equation, b.emitAll(primitive, given, mapControl(equation, roundContractions)))
  }
  return copy.build(graph)
}

function rounded(b: GraphBuilder, x: Variable): Variable {
  return op.cast(b, op.cast(b, x, "bfloat16"), "float32")
}
