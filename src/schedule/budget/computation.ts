/** A graph as a computation in steps: one for each equation whose results are stored. */

import {
  type Equation,
  type Graph,
  isElementwise,
  makersOf,
  type Variable,
} from "../../graph/index.ts"
import { costOf as priceOf } from "../../price/index.ts"
import { dtypes, elementsOf, evaluate } from "../../size/index.ts"
import type { Computation, ComputationStep } from "../../transform/index.ts"
import { chooseStored, costOf, isFusible } from "../fusion.ts"

/** A graph's steps, and which equations and variables they stand for. */
export interface GraphComputation extends Computation {
  readonly equations: readonly Equation[]
  readonly stored: ReadonlySet<Variable>
}

/** Offsets in an arena are multiples of a cache line. */
const alignment = 64

/** Rounds that a while loop is taken to run: only the data tell, and it should seldom run again. */
const trips = 32

/** Multiplications and additions that tiles do while lanes do one instruction. */
const tiledAtOnce = 16

/**
 * The computation of a graph of concrete sizes, as it is scheduled: what melts into its users is
 * part of their steps. Costs are in instructions; inputs and outputs, whose memory is there anyway,
 * have no bytes.
 */
export function computationOf(graph: Graph): GraphComputation {
  const stored = chooseStored(graph)
  const makers = makersOf(graph)
  const numbers = new Map<Variable, number>()
  const bytes: number[] = []
  const lasting = new Set([...graph.inputs, ...graph.outputs])
  for (const equation of graph.equations) {
    for (const result of equation.results) {
      if (!stored.has(result)) continue
      numbers.set(result, bytes.length)
      bytes.push(lasting.has(result) ? 0 : bytesOf(result))
    }
  }
  const equations = graph.equations.filter(({ results }) => results.some((r) => numbers.has(r)))
  const steps = equations.map((equation): ComputationStep => {
    const operands = new Set<number>()
    const seen = new Set<Equation>([equation])
    let cost = instructionsOf(equation)
    const visit = (variable: Variable): void => {
      const number = numbers.get(variable)
      const maker = makers.get(variable)
      if (number !== undefined) operands.add(number)
      else if (maker !== undefined && !seen.has(maker)) {
        seen.add(maker)
        cost += instructionsOf(maker)
        maker.operands.forEach(visit)
      }
    }
    equation.operands.forEach(visit)
    const results = equation.results.flatMap((result) => numbers.get(result) ?? [])
    return { cost, operands: [...operands], results }
  })
  return { steps, bytes, equations, stored }
}

function bytesOf({ shape, dtype }: Variable): number {
  return alignment * Math.ceil((Number(elementsOf(shape)) * dtypes[dtype].bytes) / alignment)
}

/** Instructions in lanes that an equation takes, about. */
function instructionsOf(equation: Equation): number {
  const { primitive, results } = equation
  const elements = Number(elementsOf(results[0]?.shape ?? []))
  if (isFusible(primitive)) return elements * costOf(primitive)
  const work = evaluate(priceOf(equation).work, { trips })
  if (primitive === "dot" || primitive === "convolve") return elements + work / tiledAtOnce
  return isElementwise(primitive) ? elements : Math.max(elements, work)
}
