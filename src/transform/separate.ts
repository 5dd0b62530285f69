/**
 * Control flow in two parts: what can be computed without some inputs, and what is linear in them.
 *
 * A joint graph of values and tangents may be split equation by equation, but an equation of control
 * flow computes both. Here each becomes one that gives the values, with what the linear part needs
 * of its inside (residuals: a loop's are stacked, a row for each step), and one that is linear.
 */

import {
  type Equation,
  type Graph,
  GraphBuilder,
  isControl,
  isEquation,
  type Variable,
} from "../graph/index.ts"
import { separateCall } from "./separate/call.ts"
import { separateCond } from "./separate/cond.ts"
import { separateLoop, separateWhile } from "./separate/loop.ts"
import type { Separated } from "./separate/part.ts"

/**
 * The graph with every loop and cond that depends on the linear inputs separated, in the graphs
 * inside them too. Of a while loop, whose steps cannot be counted, the linear part keeps the whole.
 * Work is at most the graph's twice.
 * @param linear which inputs are linear.
 */
export function separate(graph: Graph, linear: readonly boolean[]): Graph {
  const isWhole = ({ primitive }: Equation) => isControl(primitive) || primitive === "call"
  if (!graph.equations.some(isWhole)) return graph
  const b = new GraphBuilder()
  const values = new Map<Variable, Variable>()
  const depends = new Set<Variable>()
  for (const [i, input] of graph.inputs.entries()) {
    const own = b.input(input)
    values.set(input, own)
    if (linear[i]) depends.add(own)
  }
  const known = (variable: Variable): Variable => {
    const value = values.get(variable)
    if (value === undefined) throw new Error("a graph uses a variable before it is computed")
    return value
  }
  for (const equation of graph.equations) {
    const operands = equation.operands.map(known)
    const own = operands.map((operand) => depends.has(operand))
    const { results, linear: made } = separateEquation(b, equation, operands, own)
    for (const [i, result] of equation.results.entries()) {
      values.set(result, results[i])
      if (made[i]) depends.add(results[i])
    }
  }
  return b.build(graph.outputs.map(known))
}

function separateEquation(
  b: GraphBuilder,
  equation: Equation,
  operands: readonly Variable[],
  linear: readonly boolean[],
): Separated {
  if (linear.includes(true)) {
    if (isEquation(equation, "loop")) {
      return separateLoop(separate, b, equation.params, operands, linear)
    }
    if (isEquation(equation, "cond")) {
      return separateCond(separate, b, equation.params, operands, linear)
    }
    if (isEquation(equation, "while"))
      return separateWhile(separate, b, equation.params, operands, linear)
    if (isEquation(equation, "call")) {
      return separateCall(separate, b, equation.params, operands, linear)
    }
  }
  const results = b.emitAll(equation.primitive, operands, equation.params)
  return { results, linear: results.map(() => linear.includes(true)) }
}
