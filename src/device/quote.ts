/** Quotes: what a program will take on a device, before it runs. */

import type { Graph } from "../graph/index.ts"
import { type ContractionPrecision, memoryOf, type Program, schedule } from "../schedule/index.ts"
import { concreteShape } from "../size/index.ts"
import type { Calibration } from "./calibration.ts"
import type { Device } from "./device.ts"
import { probe } from "./pace.ts"
import { secondsOf } from "./rates.ts"
import { sectionsOf, sectionsWith } from "./sections.ts"

/** Looks at the pace, and the pace from which on another look is taken. */
const [mostLooks, slowPace] = [3, 1.1]

/**
 * How many times as long as when it was calibrated a device takes now, from a look of a few
 * milliseconds: clocks change with heat and load, and neighbours take their share. Two threads may
 * also share a core for a moment: what seems slow is looked at again, and the least counts.
 */
export async function paceOf(device: Device, calibration: Calibration): Promise<number> {
  const { paces, crowd } = calibration
  let pace = Number.POSITIVE_INFINITY
  for (let look = 0; look < mostLooks && pace > slowPace; look++) {
    pace = Math.min(pace, (await probe(device, crowd.threads)) / paces[paces.length - 1])
  }
  return pace
}

/** A prediction for one run of one program on one device. */
export interface Quote {
  readonly device: string
  /** From the start of a run to when its caller knows that it is done, the device being awake. */
  readonly seconds: number
  /** Where the seconds lie four times out of five, as far as the calibration's own programs show. */
  readonly interval: readonly [number, number]
  /** Bytes of inputs, results and intermediates, and of what threads hold each for themselves. */
  readonly bytes: number
  readonly threads: number
  /**
   * Whether the device was measured with a part of the programs only. `tradespace devices` or, in a
   * program, `calibrateDevice` measures it well, for each number of threads by itself, after which
   * quotes are truer and intervals narrower.
   */
  readonly rough: boolean
  /**
   * Set where the program has while loops of which nobody knows how often they run: the seconds are
   * those of one step of each, and each further step of all of them takes so many more.
   */
  readonly openLoops?: { readonly count: number; readonly stepSeconds: number }
}

export interface QuoteGraphOptions {
  /** How many times as long as when it was calibrated the device takes now: see {@link paceOf}. */
  readonly pace?: number
  /** To what contractions round their float32 operands: nothing unless given. */
  readonly precision?: ContractionPrecision | undefined
}

/**
 * The quote for one run of a graph.
 * @throws RangeError when a size of the graph is symbolic.
 */
export function quoteGraph(
  graph: Graph,
  calibration: Calibration,
  { pace, precision }: QuoteGraphOptions = {},
): Quote {
  for (const { shape } of graph.inputs) concreteShape(shape)
  const { threads, processor: target } = calibration
  return quoteProgram(schedule(graph, { threads, target, precision }), calibration, pace)
}

/**
 * The quote for one run of a program: for each kernel the seconds of its instructions and of its
 * memory, pieces spread over threads as the device spreads them, and threads that meet in between.
 * @param pace how many times as long as when it was calibrated the device takes now
 */
export function quoteProgram(program: Program, calibration: Calibration, pace = 1): Quote {
  const { device, rates, crowd, threads, processor, launches, spread } = calibration
  const sections = sectionsOf(program, processor)
  const launch = launches[Math.min(crowd.threads, sections.pieces) > 1 ? launches.length - 1 : 0]
  const running = pace * secondsOf(sections, rates, crowd)
  const { openLoops: count } = sections
  const stepSeconds = (): number => {
    const [two, three] = [2, 3].map((steps) =>
      sectionsWith(program, processor, (expected, isInside) => expected ?? (isInside ? 1 : steps)),
    )
    return secondsOf(three, rates, crowd) - secondsOf(two, rates, crowd)
  }
  const seconds = launch.seconds + running
  // Launch and run are uncertain for different reasons: their errors do not add up.
  const below = Math.hypot(launch.seconds - launch.low, running * (1 - spread[0]))
  const above = Math.hypot(launch.high - launch.seconds, running * (spread[1] - 1))
  return {
    device,
    seconds,
    interval: [Math.max(launch.low, seconds - below), seconds + above],
    bytes: memoryOf(program, calibration.holdsScratch ? threads : 0),
    threads,
    rough: calibration.rough,
    ...(count > 0 ? { openLoops: { count, stepSeconds: pace * stepSeconds() } } : {}),
  }
}
