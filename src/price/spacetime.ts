/**
 * The spacetime model: a computation fills part of a machine for a while, and is charged the
 * volume of that part times the time.
 */

import {
  type Machine,
  type PeakDtype,
  peakOf,
  type Space,
  spaceOf,
  wattsOf,
} from "../hardware/index.ts"
import {
  causalDiamond,
  FLAT,
  type LawCheck,
  lightCrossing,
  spacetimeVolume,
} from "../physics/index.ts"
import { isSymbolic, type Size } from "../size/index.ts"
import { type Price, timeOn } from "./price.ts"

export interface SpacetimeOptions {
  /** What a device is charged: its board, its share of the chassis, or of the floor. */
  readonly space: Space
  /** Threads to run on; by default as many as are of use and the machine has lanes for. */
  readonly threads?: number
  /** Steps that these threads take; by default the most that any greedy schedule takes. */
  readonly steps?: number
  /** The format of the operations, which decides the machine's rate; float32 by default. */
  readonly dtype?: PeakDtype
  /**
   * The share of the machine's volume that is its memory's; the rest is its threads'. No source
   * gives it, so it is one half unless given.
   */
  readonly memoryShare?: number
}

/** An amount with its two parts. */
export interface Split {
  readonly memory: number
  readonly threads: number
  readonly total: number
}

/** What a computation takes in space and time on one machine. */
export interface Spacetime {
  readonly machine: string
  readonly space: Space
  readonly threads: number
  /** Steps of one scalar operation on each thread. */
  readonly steps: number
  /** At the machine's peak: the longer of the operations' time and the memory traffic's. */
  readonly seconds: number
  readonly limitedBy: "threads" | "memory"
  readonly bytes: number
  /** The part of the machine that bytes and threads fill, in m³. */
  readonly cubicMetres: Split
  /** That volume times the seconds, in m³·s. */
  readonly cubicMetreSeconds: Split
  /** At most: the whole machine is on while it runs, whoever else uses the rest of it. */
  readonly joules: number
  /**
   * The seconds that light takes across the space filled, where it is any: what is computed from
   * all of it cannot be there sooner.
   */
  readonly lightCrossing?: LawCheck
  /**
   * The seconds within which no machine of this density, however large, gets from one event
   * through so many operations to one event; for programs that have any.
   */
  readonly causalDiamond?: LawCheck
}

/**
 * What a program of concrete sizes takes on a machine.
 *
 * A thread is one of the machine's float32 lanes and does peak/lanes operations per second, a fused
 * multiply-add being two. Bytes fill memory's share of the volume in proportion to the capacity,
 * threads fill theirs in proportion to the lanes. On one thread the program holds the memory of the
 * RAM model, else that of the GPU model.
 * @example
 * const work = price((x: Array) => np.sum(x), f32(1024))
 * spacetime(work, findMachine("a100"), { space: "board" }).threads // → 512
 * @throws RangeError when a size has no value, the bytes or the threads are more than the machine
 *   has, or an option is out of range; Error when the machine's figures are not known.
 */
export function spacetime(price: Price, machine: Machine, options: SpacetimeOptions): Spacetime {
  const { space, dtype = "float32", memoryShare = 0.5 } = options
  if (!(memoryShare >= 0 && memoryShare <= 1)) {
    throw new RangeError(`memoryShare is ${memoryShare}: it must be a share from 0 to 1`)
  }
  const lanes = machine.threads.lanes?.value
  if (lanes === undefined) {
    throw new Error(
      `${machine.name} has no scalar lanes in the catalogue, and prices count scalar operations: ` +
        "take a machine with float32 lanes, such as an A100",
    )
  }
  const work = concrete(price.work, machine)
  const useful = concrete(price.gpu.threads, machine)
  const threads = options.threads ?? Math.max(1, Math.min(useful, lanes))
  const { most } = timeOn(price, threads)
  const greedy = threads >= useful ? price.span : most
  const steps = options.steps ?? concrete(greedy, machine)
  if (threads > lanes) {
    throw new RangeError(`${threads} threads are more than the ${lanes} lanes of ${machine.name}`)
  }
  if (!(steps >= 0 && steps < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`steps is ${steps}: it must be a number of at least 0`)
  }
  const bytes = concrete(threads === 1 ? price.ram.memory : price.gpu.memory, machine)
  const capacity = machine.memoryBytes.value
  if (bytes > capacity) {
    throw new RangeError(
      `${bytes} bytes are more than the ${capacity} of ${machine.name}: ` +
        "take a machine with more memory or smaller sizes",
    )
  }
  const operationsPerSecond = peakOf(machine, dtype, "plain").perSecond.value
  const computing = (steps * lanes) / operationsPerSecond
  const moving = concrete(price.traffic, machine) / machine.memoryBytesPerSecond.value
  const seconds = Math.max(computing, moving)
  const volume = spaceOf(machine, space).value
  const cubicMetres = split(
    (bytes / capacity) * memoryShare * volume,
    (threads / lanes) * (1 - memoryShare) * volume,
  )
  const watts = space === "board" ? machine.watts.board : wattsOf(machine)
  const density = operationsPerSecond / volume
  return {
    machine: machine.name,
    space,
    threads,
    steps,
    seconds,
    limitedBy: computing >= moving ? "threads" : "memory",
    bytes,
    cubicMetres,
    // The seconds are those of a clock at the machine, so the field does not enter.
    cubicMetreSeconds: split(
      spacetimeVolume(cubicMetres.memory, seconds, FLAT),
      spacetimeVolume(cubicMetres.threads, seconds, FLAT),
    ),
    joules: watts.value * seconds,
    ...(cubicMetres.total > 0 && {
      lightCrossing: lightCrossing.check({ cubicMetres: cubicMetres.total }, seconds),
    }),
    ...(work > 0 && {
      causalDiamond: causalDiamond.check(
        { operations: work, operationsPerCubicMetreSecond: density },
        seconds,
      ),
    }),
  }
}

function split(memory: number, threads: number): Split {
  return { memory, threads, total: memory + threads }
}

function concrete(size: Size, machine: Machine): number {
  if (!isSymbolic(size)) return size
  throw new RangeError(
    `what it takes on ${machine.name} needs sizes with values, but a price is ${size}: ` +
      "bind its names, as in priceAt(price, { N: 1024 })",
  )
}
