/** Writes graphs: equations are appended, their types inferred, their operands checked. */

import type { Graph } from "./graph.ts"
import { type ArrayType, type Equation, Variable } from "./graph.ts"
import type { ParamsOf, Primitive } from "./primitive.ts"
import { inferTypes } from "./typing.ts"

export class GraphBuilder {
  readonly #inputs: Variable[] = []
  readonly #equations: Equation[] = []
  readonly #own = new Set<Variable>()

  /** A further input of the graph. */
  input(type: ArrayType): Variable {
    const variable = new Variable(type)
    this.#inputs.push(variable)
    this.#own.add(variable)
    return variable
  }

  /** Whether a variable belongs to the graph that is being built. */
  owns(variable: Variable): boolean {
    return this.#own.has(variable)
  }

  /**
   * Appends an equation and returns its results.
   * @throws TypeError or RangeError when the operands do not fit the primitive.
   */
  emitAll<P extends Primitive>(
    primitive: P,
    operands: readonly Variable[],
    params: ParamsOf[P],
  ): readonly Variable[] {
    for (const operand of operands) {
      if (!this.#own.has(operand)) {
        throw new Error(`${primitive} was given a variable of another graph`)
      }
    }
    const results = inferTypes(primitive, operands, params).map((type) => new Variable(type))
    for (const result of results) this.#own.add(result)
    const equation: Equation<P> = { primitive, operands, params, results }
    this.#equations.push(equation)
    return results
  }

  /** Appends an equation with one result. */
  emit<P extends Primitive>(
    primitive: P,
    operands: readonly Variable[],
    params: ParamsOf[P],
  ): Variable {
    return this.emitAll(primitive, operands, params)[0]
  }

  /** Repeats a graph's equations on other operands and returns its outputs there. */
  inline(graph: Graph, operands: readonly Variable[]): readonly Variable[] {
    const here = new Map(graph.inputs.map((input, i) => [input, operands[i]]))
    const look = (variable: Variable): Variable => {
      const found = here.get(variable)
      if (found === undefined) throw new Error("a graph uses a variable before it is computed")
      return found
    }
    for (const { primitive, operands, params, results } of graph.equations) {
      const copies = this.emitAll(primitive, operands.map(look), params)
      for (const [i, result] of results.entries()) here.set(result, copies[i])
    }
    return graph.outputs.map(look)
  }

  /** The graph of everything so far. */
  build(outputs: readonly Variable[]): Graph {
    return { inputs: [...this.#inputs], equations: [...this.#equations], outputs: [...outputs] }
  }
}
