/** Who makes and who reads the variables of a graph. */

import type { Equation, Graph, Variable } from "./graph.ts"

/** The equation that makes each variable; inputs are absent. Work: the graph's size. */
export function makersOf({ equations }: Graph): ReadonlyMap<Variable, Equation> {
  const makers = new Map<Variable, Equation>()
  for (const equation of equations) {
    for (const result of equation.results) makers.set(result, equation)
  }
  return makers
}

/** The equations that read each variable, each once and in their order. Work: the graph's size. */
export function usersOf({ equations }: Graph): ReadonlyMap<Variable, readonly Equation[]> {
  const users = new Map<Variable, Equation[]>()
  for (const equation of equations) {
    for (const operand of new Set(equation.operands)) {
      const list = users.get(operand)
      if (list === undefined) users.set(operand, [equation])
      else list.push(equation)
    }
  }
  return users
}
