/** Memory under the RAM model: one equation after another. */

import type { Graph, Variable } from "../graph/index.ts"
import { addVectors, Basis, type Size, subtractVectors } from "../size/index.ts"
import type { Cost } from "./cost.ts"
import { bytesOf, finalBytes, type Holding, holdingOf, inputBytes, keptOwners } from "./storage.ts"

/**
 * Most bytes at once when the equations run in their order: an array lives from the equation that
 * makes it to the last one that reads it; inputs live throughout and outputs from then on.
 */
export function sequentialMemory(
  graph: Graph,
  holdings: ReadonlyMap<Variable, Holding>,
  costs: readonly Cost[],
): Size {
  const kept = keptOwners(graph, holdings)
  const lastUse = new Map<Variable, number>()
  for (const [i, { operands, results }] of graph.equations.entries()) {
    for (const variable of [...operands, ...results]) {
      const { owner } = holdingOf(variable, holdings)
      if (owner !== undefined) lastUse.set(owner, i)
    }
  }
  const dying = graph.equations.map((): Variable[] => [])
  for (const [owner, i] of lastUse) if (!kept.has(owner)) dying[i].push(owner)
  const basis = new Basis()
  let held = basis.vectorOf(inputBytes(graph))
  const peaks = [held, basis.vectorOf(finalBytes(graph, holdings))]
  for (const [i, { results }] of graph.equations.entries()) {
    const made = results.filter((result) => holdings.get(result)?.owner === result)
    for (const result of made) held = addVectors(held, basis.vectorOf(bytesOf(result)))
    if (made.length > 0) peaks.push(held)
    const inside = costs[i].memory
    if (inside !== undefined) peaks.push(addVectors(held, basis.vectorOf(inside.sequential)))
    for (const owner of dying[i]) held = subtractVectors(held, basis.vectorOf(bytesOf(owner)))
  }
  return basis.maximum(peaks)
}
