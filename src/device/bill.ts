/** Bills: what a program really took, measured. */

import type { Graph } from "../graph/index.ts"
import type { Device } from "./device.ts"
import { type MeasureOptions, measureGraph } from "./measure.ts"

/** What a run really took, measured. */
export interface Bill {
  /** From its start to its end; of several runs, the median. */
  readonly seconds: number
  /** Most bytes that the device held. */
  readonly bytes: number
  readonly threads: number
}

/**
 * Runs a graph on drawn inputs, over and over for a while, and tells what a run took.
 * @throws RangeError when a size of the graph is symbolic; DeviceError when a run fails.
 */
export async function billGraph(
  graph: Graph,
  device: Device,
  options: Omit<MeasureOptions, "together"> = {},
): Promise<Bill> {
  // What earlier programs left for the next one would hide what this one takes.
  await device.settled()
  device.trim?.()
  const before = device.memory().inUse
  const { median, bytes } = await measureGraph(device, graph, { patience: 0.1, ...options })
  return { seconds: median, bytes: bytes - before, threads: options.threads ?? device.threads }
}
