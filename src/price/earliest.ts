/**
 * The earliest-start schedule: as many threads as can be of use, the GPU model.
 *
 * An equation starts when the last element of its operands is there, and then takes its own trees
 * step by step.
 */

import type { Graph, Variable } from "../graph/index.ts"
import { add, maximum, type Size } from "../size/index.ts"
import type { Cost } from "./cost.ts"
import { type Peak, type Presence, peakOf } from "./peak.ts"
import { bytesOf, finalBytes, type Holding, holdingOf, inputBytes, keptOwners } from "./storage.ts"

/** When each equation starts and ends, in steps. */
export interface Schedule {
  readonly starts: readonly Size[]
  readonly ends: readonly Size[]
  /** The end of the last one: the span. */
  readonly span: Size
}

export function earliestStarts(graph: Graph, costs: readonly Cost[]): Schedule {
  const ready = new Map<Variable, Size>(graph.inputs.map((input) => [input, 0]))
  const starts: Size[] = []
  const ends: Size[] = []
  for (const [i, { operands, results }] of graph.equations.entries()) {
    const start = maximum(0, ...operands.map((operand) => ready.get(operand) ?? 0))
    const end = add(start, costs[i].span)
    starts.push(start)
    ends.push(end)
    for (const result of results) ready.set(result, end)
  }
  return { starts, ends, span: maximum(0, ...ends) }
}

/** Most scalar operations in flight. */
export function threadsInFlight(costs: readonly Cost[], { starts, ends }: Schedule): Peak {
  return peakOf(
    costs.flatMap(({ threads, at }, i) =>
      threads === 0 ? [] : [{ start: starts[i], end: ends[i], at, most: threads, steady: false }],
    ),
  )
}

/**
 * Most bytes at once: an array lives from the start of the equation that makes it to the end of
 * the last one that reads it; inputs throughout, outputs from then on.
 */
export function scheduledMemory(
  graph: Graph,
  holdings: ReadonlyMap<Variable, Holding>,
  costs: readonly Cost[],
  { starts, ends }: Schedule,
): Peak {
  const kept = keptOwners(graph, holdings)
  const ofInputs = new Set<Variable>(graph.inputs)
  const lives = new Map<Variable, { start: Size; end: Size }>()
  for (const [i, { operands, results }] of graph.equations.entries()) {
    const end = ends[i]
    for (const variable of [...operands, ...results]) {
      const { owner } = holdingOf(variable, holdings)
      if (owner === undefined || ofInputs.has(owner)) continue
      const life = lives.get(owner)
      if (life === undefined) lives.set(owner, { start: starts[i], end })
      else life.end = maximum(life.end, end)
    }
  }
  const presences = [...lives].map(([owner, { start, end }]): Presence => {
    const bytes = bytesOf(owner)
    const stays = kept.has(owner)
    return { start, end: stays ? undefined : end, at: () => bytes, most: bytes, steady: true }
  })
  for (const [i, { memory }] of costs.entries()) {
    if (memory === undefined || memory.earliest === 0) continue
    const bytes = memory.earliest
    presences.push({ start: starts[i], end: ends[i], at: () => bytes, most: bytes, steady: true })
  }
  const inputs = inputBytes(graph)
  const throughout: Presence = {
    start: 0,
    end: undefined,
    at: () => inputs,
    most: inputs,
    steady: true,
  }
  const peak = peakOf([throughout, ...presences])
  return { size: maximum(peak.size, finalBytes(graph, holdings)), bound: peak.bound }
}
