/** Memory under the RAM model: one equation after another. */

import type { Graph, Variable } from "../graph/index.ts"
import { add, type Size, subtract } from "../size/index.ts"
import { greatest } from "./peak.ts"
import { bytesOf, finalBytes, type Holding, holdingOf, inputBytes, keptOwners } from "./storage.ts"

/**
 * Most bytes at once when the equations run in their order: an array lives from the equation that
 * makes it to the last one that reads it; inputs live throughout and outputs from then on.
 */
export function sequentialMemory(graph: Graph, holdings: ReadonlyMap<Variable, Holding>): Size {
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
  const inputs = inputBytes(graph)
  let held: Size = inputs
  const peaks: Size[] = [finalBytes(graph, holdings)]
  for (const [i, { results }] of graph.equations.entries()) {
    const made = results.filter((result) => holdings.get(result)?.owner === result)
    if (made.length > 0) {
      held = add(held, ...made.map(bytesOf))
      peaks.push(held)
    }
    for (const owner of dying[i]) held = subtract(held, bytesOf(owner))
  }
  return greatest([inputs, ...peaks])
}
