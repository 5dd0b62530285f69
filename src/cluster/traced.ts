import type { Graph, Variable } from "../graph/index.ts"
import { isCreation, isView, priceGraph } from "../price/index.ts"
import { concreteShape, dtypes, elementsOf, evaluate } from "../size/index.ts"
import type { Described } from "./network.ts"

/** What a graph does not say of itself: which inputs are data, and how many samples they hold. */
export type TracedCall = {
  readonly name: string
  /** Positions of the inputs that are data, from 0; all other inputs are parameters. */
  readonly data: readonly number[]
  /** Samples that one call of the graph takes. */
  readonly samples: number
}

function elements(variable: Variable): number {
  return Number(elementsOf(concreteShape(variable.shape)))
}

function bytes(variable: Variable): number {
  return elements(variable) * dtypes[variable.dtype].bytes
}

/** Contractions on the longest chain of them: where a pipeline may cut. */
function contractionDepth(graph: Graph): number {
  const depth = new Map<Variable, number>()
  let deepest = 1
  for (const { primitive, operands, results } of graph.equations) {
    const own = primitive === "dot" || primitive === "convolve" ? 1 : 0
    const reached = own + Math.max(0, ...operands.map((operand) => depth.get(operand) ?? 0))
    for (const result of results) depth.set(result, reached)
    deepest = Math.max(deepest, reached)
  }
  return deepest
}

/**
 * A forward pass traced by Tradespace, as a network that the planner can place. For each sample:
 * FLOP are its scalar operations; kept for the backward pass are the data and every result that is
 * no view, so no more than what a fused program keeps. Throws where the graph's sizes are not
 * numbers, where positions are no inputs, or where no parameter is left to train.
 */
export function tracedNetwork(graph: Graph, { name, data, samples }: TracedCall): Described {
  const wrong = data.find((at) => !Number.isSafeInteger(at) || at < 0 || at >= graph.inputs.length)
  if (wrong !== undefined)
    throw new Error(
      `${name} has no input ${wrong + 1}: data must be among its ${graph.inputs.length} inputs`,
    )
  if (!(Number.isSafeInteger(samples) && samples >= 1))
    throw new Error(`${name} takes ${samples} samples a call: it must be a whole number from 1 up`)
  const trained = graph.inputs.filter((_, at) => !data.includes(at))
  const parameters = trained.reduce((sum, input) => sum + elements(input), 0)
  if (parameters === 0)
    throw new Error(`${name} has no parameters: of its inputs at least one must not be data`)
  const given = graph.inputs.filter((_, at) => data.includes(at))
  const kept = graph.equations.flatMap(({ primitive, results }) =>
    isView(primitive) || isCreation(primitive) ? [] : results,
  )
  const held = [...given, ...kept].reduce((sum, variable) => sum + bytes(variable), 0)
  const flop = evaluate(priceGraph(graph).work, {})
  if (flop === 0) throw new Error(`${name} computes nothing: there is no work to plan for`)
  return {
    kind: "described",
    name,
    parameters,
    flop: flop / samples,
    activationBytes: held / samples,
    layers: contractionDepth(graph),
  }
}
