/** A graph in another order, with steps taken again. */

import {
  type Equation,
  type Graph,
  GraphBuilder,
  makersOf,
  type Variable,
} from "../../graph/index.ts"
import type { Order } from "../../transform/index.ts"
import type { GraphComputation } from "./computation.ts"

/**
 * The graph whose equations follow an order of its computation. What a repeat computes is read
 * through `after`, so that no kernel takes it together with what was computed before.
 */
export function inOrder(graph: Graph, computation: GraphComputation, order: Order): Graph {
  const b = new GraphBuilder()
  const { equations, stored } = computation
  const makers = makersOf(graph)
  /** What each stored variable is at the moment. */
  const current = new Map(graph.inputs.map((input) => [input, b.input(input)]))
  const melted = new Map<
    Equation,
    { operands: readonly Variable[]; results: readonly Variable[] }
  >()
  const taken = new Set<number>()
  let newest: Variable | undefined
  for (const step of order) {
    const equation = equations[step]
    const anchor = taken.has(step) ? newest : undefined
    const waiting = new Map<Variable, Variable>()
    const valueOf = (variable: Variable): Variable => {
      const value = current.get(variable)
      if (value === undefined) throw new Error("an order reads a value before it is made")
      if (anchor === undefined) return value
      const known = waiting.get(value)
      if (known !== undefined) return known
      const after = b.emit("after", [value, anchor], { name: "" })
      waiting.set(value, after)
      return after
    }
    const get = (variable: Variable): Variable => {
      const maker = makers.get(variable)
      if (maker === undefined || stored.has(variable)) return valueOf(variable)
      const operands = maker.operands.map(get)
      const known = melted.get(maker)
      const isSame = known?.operands.every((operand, i) => operand === operands[i])
      const made =
        known !== undefined && isSame && known.operands.length > 0
          ? known
          : { operands, results: b.emitAll(maker.primitive, operands, maker.params) }
      melted.set(maker, made)
      return made.results[maker.results.indexOf(variable)]
    }
    const results = b.emitAll(equation.primitive, equation.operands.map(get), equation.params)
    for (const [i, result] of equation.results.entries()) current.set(result, results[i])
    newest = results[0]
    taken.add(step)
  }
  return b.build(
    graph.outputs.map((output) => {
      const value = current.get(output)
      if (value === undefined) throw new Error("an order leaves an output out")
      return value
    }),
  )
}
