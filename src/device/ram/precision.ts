/** Contractions of rounded operands, as a graph that says so. */

import {
  type Equation,
  type Graph,
  GraphBuilder,
  isEquation,
  mapSubgraphs,
  operations as op,
  type Variable,
} from "../../graph/index.ts"

/** The graph with the float32 operands of its dots and convolutions rounded to bfloat16. */
export function roundContractions(graph: Graph): Graph {
  const b = new GraphBuilder()
  const here = new Map(graph.inputs.map((input) => [input, b.input(input)]))
  const look = (variable: Variable): Variable => {
    const found = here.get(variable)
    if (found === undefined) throw new Error("a graph uses a variable before it is computed")
    return found
  }
  for (const equation of graph.equations) {
    const { primitive, params } = equation
    const operands = equation.operands.map(look)
    const contracts = primitive === "dot" || primitive === "convolve"
    const rounds = contracts && operands[0].dtype === "float32"
    const given = rounds ? operands.map((x) => rounded(b, x)) : operands
    const results = withControl(b, equation, given) ?? b.emitAll(primitive, given, params)
    for (const [i, result] of equation.results.entries()) here.set(result, results[i])
  }
  return b.build(graph.outputs.map(look))
}

/** An equation of control flow, the graphs inside it rounded too; undefined for any other. */
function withControl(
  b: GraphBuilder,
  equation: Equation,
  operands: readonly Variable[],
): readonly Variable[] | undefined {
  for (const name of ["loop", "while", "cond"] as const) {
    if (isEquation(equation, name)) return emitControl(b, name, equation, operands)
  }
  return undefined
}

function emitControl<P extends "loop" | "while" | "cond">(
  b: GraphBuilder,
  name: P,
  { params }: Equation<P>,
  operands: readonly Variable[],
): readonly Variable[] {
  return b.emitAll(name, operands, mapSubgraphs[name](params, roundContractions))
}

function rounded(b: GraphBuilder, x: Variable): Variable {
  return op.cast(b, op.cast(b, x, "bfloat16"), "float32")
}
