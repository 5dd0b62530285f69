/** Quotes: what a program will take on a device, before it runs. */

import type { Graph } from "../graph/index.ts"
import { costsOf, type KernelCost, memoryOf, type Program, schedule } from "../schedule/index.ts"
import { concreteShape } from "../size/index.ts"

/** What a device can do, measured on it by {@link calibrate}. */
export interface Calibration {
  readonly device: string
  readonly threads: number
  /** Multiplications and additions per second in register tiles, all threads together. */
  readonly tiledPerSecond: number
  /** Instructions per second in lanes, counted by element, all threads together. */
  readonly lanedPerSecond: number
  /** Instructions per second one after another, all threads together. */
  readonly unlanedPerSecond: number
  /** Bytes per second from and to main memory, all threads together. */
  readonly bytesPerSecond: number
  /** Seconds from the start of a small program to its end, when the threads had nothing to do. */
  readonly launchSeconds: number
  /** Seconds that threads take to meet between two kernels. */
  readonly barrierSeconds: number
}

/** A prediction for one run of one program on one device. */
export interface Quote {
  readonly device: string
  readonly seconds: number
  /** Where the seconds are taken to lie four times out of five; an assumed width. */
  readonly interval: readonly [number, number]
  /** Bytes of inputs, results and intermediates together. */
  readonly bytes: number
  readonly threads: number
}

/**
 * Share by which a quote is taken to be off, either way, four times out of five. An assumption: how
 * often bills fall inside it has not been measured over many programs.
 */
const spread = 0.3

/**
 * The quote for one run of a graph.
 * @throws RangeError when a size of the graph is symbolic.
 */
export function quoteGraph(graph: Graph, calibration: Calibration): Quote {
  for (const { shape } of graph.inputs) concreteShape(shape)
  return quoteProgram(schedule(graph, { threads: calibration.threads }), calibration)
}

/**
 * The quote for one run of a program: each kernel takes as long as the slower of its instructions
 * and its memory traffic, and threads meet between kernels.
 */
export function quoteProgram(program: Program, calibration: Calibration): Quote {
  const costs = costsOf(program)
  const kernels = costs.reduce(
    (sum, cost) => sum + cost.times * kernelSeconds(cost, calibration),
    0,
  )
  const meetings = costs.reduce((sum, cost) => sum + cost.meetings, 0)
  const barriers = Math.max(0, meetings - 1) * calibration.barrierSeconds
  const seconds = calibration.launchSeconds + kernels + barriers
  return {
    device: calibration.device,
    seconds,
    interval: [seconds * (1 - spread), seconds * (1 + spread)],
    bytes: memoryOf(program),
    threads: calibration.threads,
  }
}

function kernelSeconds(cost: KernelCost, calibration: Calibration): number {
  const { tiledPerSecond, lanedPerSecond, unlanedPerSecond, bytesPerSecond } = calibration
  // Fewer pieces than threads leave some of them idle.
  const busy = Math.min(1, cost.pieces / calibration.threads)
  const laned = cost.scalar - cost.unlaned
  const computing =
    cost.tiled / tiledPerSecond + laned / lanedPerSecond + cost.unlaned / unlanedPerSecond
  return Math.max(computing / busy, cost.bytes / bytesPerSecond)
}

/** What a run really took, measured. */
export interface Bill {
  /** From its start to its end. */
  readonly seconds: number
  /** Most bytes that the device ever held. */
  readonly bytes: number
  readonly threads: number
}
