/** A graph's costs put together, under both models. */

import type { Graph } from "../graph/index.ts"
import { add, type Size } from "../size/index.ts"
import type { Cost } from "./cost.ts"
import { earliestStarts, scheduledMemory, threadsInFlight } from "./earliest.ts"
import type { Peak } from "./peak.ts"
import { sequentialMemory } from "./sequential.ts"
import { holdingsOf } from "./storage.ts"

export interface Measured {
  readonly work: Size
  readonly span: Size
  readonly threads: Peak
  /** Most bytes at once, one equation after another. */
  readonly sequential: Size
  /** Most bytes at once when every equation starts as early as it can. */
  readonly earliest: Peak
}

/** @param costs one per equation. */
export function measure(graph: Graph, costs: readonly Cost[]): Measured {
  const holdings = holdingsOf(graph)
  const schedule = earliestStarts(graph, costs)
  return {
    work: add(...costs.map((cost) => cost.work)),
    span: schedule.span,
    threads: threadsInFlight(costs, schedule),
    sequential: sequentialMemory(graph, holdings, costs),
    earliest: scheduledMemory(graph, holdings, costs, schedule),
  }
}
