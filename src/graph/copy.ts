/** Graphs built anew, equation by equation: how passes over graphs are written. */

import { GraphBuilder } from "./builder.ts"
import { mapSubgraphs } from "./control.ts"
import { type Equation, type Graph, isEquation, type Variable } from "./graph.ts"

/** A graph with the same inputs as another one, and what stands in it for the other's variables. */
export class GraphCopy {
  readonly builder = new GraphBuilder()
  readonly #here: Map<Variable, Variable>

  constructor({ inputs }: Graph) {
    this.#here = new Map(inputs.map((input) => [input, this.builder.input(input)]))
  }

  /**
   * What stands here for a variable.
   * @throws Error when nothing does yet.
   */
  at(variable: Variable): Variable {
    const found = this.#here.get(variable)
    if (found === undefined) throw new Error("a graph uses a variable before it is computed")
    return found
  }

  /** Lets variables made here stand for the results of an equation. */
  set({ results }: Equation, made: readonly Variable[]): void {
    for (const [i, result] of results.entries()) this.#here.set(result, made[i])
  }

  /** Repeats an equation here, the graphs of its control flow mapped. */
  repeat(equation: Equation, map: (graph: Graph) => Graph): void {
    const operands = equation.operands.map((operand) => this.at(operand))
    const params = mapControl(equation, map)
    this.set(equation, this.builder.emitAll(equation.primitive, operands, params))
  }

  build({ outputs }: Graph): Graph {
    return this.builder.build(outputs.map((output) => this.at(output)))
  }
}

/** An equation's params with the graphs of its control flow mapped. */
export function mapControl(equation: Equation, map: (graph: Graph) => Graph): Equation["params"] {
  if (isEquation(equation, "loop")) return mapSubgraphs.loop(equation.params, map)
  if (isEquation(equation, "while")) return mapSubgraphs.while(equation.params, map)
  if (isEquation(equation, "cond")) return mapSubgraphs.cond(equation.params, map)
  return equation.params
}
