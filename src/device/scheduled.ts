/** What every device does with a graph before it makes code of it. */

import type { Graph } from "../graph/index.ts"
import {
  type AnyTarget,
  fitMemory,
  type Program,
  type ScheduleOptions,
  schedule,
} from "../schedule/index.ts"
import type { CompileOptions, Device } from "./device.ts"

/** A graph's program, and the graph as it is computed within the memory that was asked for. */
export interface Scheduled {
  readonly graph: Graph
  readonly program: Program
  /** The most threads that runs may use. */
  readonly threads: number
}

/**
 * Schedules a graph for a device.
 * @throws RangeError when a size is symbolic; BudgetError when `memory` is too little.
 */
export function scheduled(
  device: Device,
  whole: Graph,
  { donated, memory, precision, threads: most = device.threads }: CompileOptions,
  target?: AnyTarget,
): Scheduled {
  const threads = Math.min(device.threads, most)
  const options: Omit<ScheduleOptions, "threads"> = { donated, precision, target }
  const graph =
    memory === undefined
      ? whole
      : fitMemory(whole, memory, { ...options, threads: [threads] }).graph
  return { graph, program: schedule(graph, { ...options, threads }), threads }
}
