/** Which arrays have bytes of their own, and for how long they are needed. */

import type { Graph, Variable } from "../graph/index.ts"
import { add, dtypes, elementsOf, multiply, type Size } from "../size/index.ts"
import { isCreation, isView } from "./views.ts"

/** Bytes of an array that is stored element by element. */
export function bytesOf({ shape, dtype }: Variable): Size {
  return multiply(elementsOf(shape), dtypes[dtype].bytes)
}

/** Where a variable's elements lie. */
export interface Holding {
  /** The array whose bytes they are; none for what is made from nothing. */
  readonly owner: Variable | undefined
  /** Whether the variable is made from nothing or repeats them: a broadcast, say. */
  readonly spread: boolean
}

/**
 * The holding of every variable. Views share their operand's bytes; constants and counts have
 * none. What is folded or moved holds its own, in the threads' hands only while it is in flight.
 */
export function holdingsOf(graph: Graph): ReadonlyMap<Variable, Holding> {
  const holdings = new Map<Variable, Holding>()
  for (const input of graph.inputs) holdings.set(input, { owner: input, spread: false })
  for (const { primitive, operands, results } of graph.equations) {
    for (const result of results) {
      if (isCreation(primitive)) holdings.set(result, { owner: undefined, spread: true })
      else if (isView(primitive)) {
        const { owner, spread } = holdingOf(operands[0], holdings)
        const repeats = primitive === "broadcast" || primitive === "windows"
        holdings.set(result, { owner, spread: spread || repeats })
      } else holdings.set(result, { owner: result, spread: false })
    }
  }
  return holdings
}

export function holdingOf(variable: Variable, holdings: ReadonlyMap<Variable, Holding>): Holding {
  const holding = holdings.get(variable)
  if (holding === undefined) throw new Error("a graph uses a variable before it is computed")
  return holding
}

/** The bytes held when a graph is done: inputs, and what the outputs need. */
export function finalBytes(graph: Graph, holdings: ReadonlyMap<Variable, Holding>): Size {
  // What is made from nothing or repeats its elements is written out for the one who asked.
  const written = [...new Set(graph.outputs)].filter((v) => holdingOf(v, holdings).spread)
  return add(...[...keptOwners(graph, holdings), ...written].map(bytesOf))
}

/** The bytes of a graph's inputs, which live throughout. */
export function inputBytes(graph: Graph): Size {
  return add(...graph.inputs.map(bytesOf))
}

/** The arrays whose bytes outlive every equation: inputs, and what outputs are views of. */
export function keptOwners(
  graph: Graph,
  holdings: ReadonlyMap<Variable, Holding>,
): ReadonlySet<Variable> {
  const kept = new Set<Variable>(graph.inputs)
  for (const output of graph.outputs) {
    const { owner } = holdingOf(output, holdings)
    if (owner !== undefined) kept.add(owner)
  }
  return kept
}
