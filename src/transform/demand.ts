/** Copies of a graph's equations, each made when a value of it is first asked for. */

import {
  type Equation,
  type Graph,
  type GraphBuilder,
  makersOf,
  type Variable,
} from "../graph/index.ts"

/**
 * Values of one graph inside another that is being built. What nobody asks for is not computed,
 * and what only a late part asks for is computed there, so that it does not occupy memory before.
 */
export class Demand {
  readonly #builder: GraphBuilder
  readonly #makers: ReadonlyMap<Variable, Equation>
  readonly #values = new Map<Variable, Variable>()

  constructor(builder: GraphBuilder, graph: Graph) {
    this.#builder = builder
    this.#makers = makersOf(graph)
  }

  /** Says what a variable of the graph is here: its inputs must be said before they are needed. */
  set(variable: Variable, value: Variable): void {
    this.#values.set(variable, value)
  }

  /** The value of a variable, computed now unless it was before. */
  get(variable: Variable): Variable {
    // An explicit stack: graphs can be deeper than the call stack.
    const waiting = [variable]
    while (waiting.length > 0) {
      const next = waiting[waiting.length - 1]
      const equation = this.#makers.get(next)
      if (this.#values.has(next)) waiting.pop()
      else if (equation === undefined) throw new Error("a graph uses an input that has no value")
      else {
        const missing = equation.operands.filter((operand) => !this.#values.has(operand))
        if (missing.length === 0) this.#copy(equation)
        // The last one pushed is computed first: operands keep their order.
        else waiting.push(...missing.reverse())
      }
    }
    return this.#known(variable)
  }

  #copy({ primitive, operands, params, results }: Equation): void {
    const here = operands.map((operand) => this.#known(operand))
    const copies = this.#builder.emitAll(primitive, here, params)
    for (const [i, result] of results.entries()) this.#values.set(result, copies[i])
  }

  #known(variable: Variable): Variable {
    const value = this.#values.get(variable)
    if (value === undefined) throw new Error("a graph uses a variable before it is computed")
    return value
  }
}

/** The equations that some variables need, in order. */
export function reached(graph: Graph, variables: readonly Variable[]): readonly Equation[] {
  const needed = new Set(variables)
  const kept = graph.equations.toReversed().filter(({ operands, results }) => {
    const wanted = results.some((result) => needed.has(result))
    if (wanted) for (const operand of operands) needed.add(operand)
    return wanted
  })
  return kept.reverse()
}
