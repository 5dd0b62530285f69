/** Graph to program: lowered, placed, its memory planned. */

import type { Graph } from "../graph/index.ts"
import { aligned, buffersOf, planMemory } from "./arena.ts"
import { cutterFor } from "./bands.ts"
import { inBlocks } from "./blocks.ts"
import type { ContractionPrecision } from "./contraction.ts"
import { withFactorsOut } from "./factors.ts"
import { type AnyTarget, isGroupTarget, layoutOf } from "./group-target.ts"
import { withPartsJoined } from "./joins.ts"
import type { Kernel } from "./kernel.ts"
import { withScansInParts } from "./long-scans.ts"
import { lower } from "./lower/index.ts"
import { place, placeAlone, placeInTime } from "./placement.ts"
import { placeInGroups } from "./placement-groups.ts"
import type { Program } from "./program.ts"
import { withSlopesApart } from "./slopes.ts"
import { kernelsOf, mapKernels, type Step } from "./step.ts"
import { wasmTarget } from "./target.ts"
import { widen } from "./widen.ts"

export interface ScheduleOptions {
  /** Threads of the device that will run the program; the results do not depend on it. */
  readonly threads?: number
  /** The processor that will run the program: WebAssembly's unless given. */
  readonly target?: AnyTarget
  /** Per input, whether runs consume it, so that its memory may become an output's. */
  readonly donated?: readonly boolean[]
  /** "time" puts every axis in time: the RAM model. */
  readonly place?: "space" | "time"
  /** To what contractions round their float32 operands: nothing unless given. */
  readonly precision?: ContractionPrecision
}

/**
 * The program of a graph.
 * @throws RangeError when a size of the graph is symbolic.
 */
export function schedule(narrow: Graph, options: ScheduleOptions = {}): Program {
  const { threads = 1, donated = [], target = wasmTarget, precision } = options
  const wide = withPartsJoined(withSlopesApart(withFactorsOut(widen(narrow))))
  const cutter = cutterFor(target)
  const blocks = cutter === undefined ? wide : inBlocks(wide, cutter)
  // On a GPU a whole workgroup goes along a row.
  const graph = isGroupTarget(target) ? blocks : withScansInParts(blocks)
  const lowered = lower(graph, { threads, target, precision })
  const steps =
    options.place === "time"
      ? mapKernels(lowered.steps, placeInTime)
      : placedFor(target, lowered.steps)
  const inputs = buffersOf(graph.inputs, lowered.homes)
  const outputs = buffersOf(graph.outputs, lowered.homes)
  const scratch = aligned(Math.max(0, ...kernelsOf(steps).map(scratchOf)))
  const { privateBytes, ...plan } = planMemory(steps, inputs, outputs, {
    donated,
    aliases: lowered.aliases,
    privateFrom: scratch,
    layout: layoutOf(target),
  })
  return { inputs, outputs, steps, ...plan, scratchBytes: scratch + privateBytes }
}

function placedFor(target: AnyTarget, steps: readonly Step[]): readonly Step[] {
  if (!isGroupTarget(target)) return mapKernels(steps, place, placeAlone)
  return mapKernels(steps, (kernel) => placeInGroups(kernel, target))
}

function scratchOf(kernel: Kernel): number {
  return kernel.kind === "contraction" || kernel.kind === "sort" ? kernel.scratchBytes : 0
}
