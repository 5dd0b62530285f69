/** Graph to program: lowered, placed, its memory planned. */

import type { Graph } from "../graph/index.ts"
import { buffersOf, planMemory } from "./arena.ts"
import type { Kernel } from "./kernel.ts"
import { lower } from "./lower/index.ts"
import { place, placeInTime } from "./placement.ts"
import type { Program } from "./program.ts"
import { kernelsOf, mapKernels } from "./step.ts"
import { type Target, wasmTarget } from "./target.ts"
import { widen } from "./widen.ts"

export interface ScheduleOptions {
  /** Threads of the device that will run the program; the results do not depend on it. */
  readonly threads?: number
  /** The processor that will run the program: WebAssembly's unless given. */
  readonly target?: Target
  /** Per input, whether runs consume it, so that its memory may become an output's. */
  readonly donated?: readonly boolean[]
  /** "time" puts every axis in time: the RAM model. */
  readonly place?: "space" | "time"
}

/**
 * The program of a graph.
 * @throws RangeError when a size of the graph is symbolic.
 */
export function schedule(narrow: Graph, options: ScheduleOptions = {}): Program {
  const graph = widen(narrow)
  const { threads = 1, donated = [], target = wasmTarget } = options
  const lowered = lower(graph, { threads, target })
  const steps = mapKernels(lowered.steps, options.place === "time" ? placeInTime : place)
  const inputs = buffersOf(graph.inputs, lowered.homes)
  const outputs = buffersOf(graph.outputs, lowered.homes)
  const plan = planMemory(steps, inputs, outputs, donated, lowered.aliases)
  return {
    inputs,
    outputs,
    steps,
    ...plan,
    scratchBytes: Math.max(0, ...kernelsOf(steps).map(scratchOf)),
  }
}

function scratchOf(kernel: Kernel): number {
  return kernel.kind === "contraction" || kernel.kind === "sort" ? kernel.scratchBytes : 0
}
