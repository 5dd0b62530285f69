/** What more space would buy: the choices of threads and memory that no other choice beats. */

import { defaultDevice, graphOf, openDevice, openDeviceFor } from "../array/index.ts"
import { calibrationOf, type Quote, quoteGraph } from "../device/index.ts"
import type { Graph } from "../graph/index.ts"
import {
  BudgetError,
  type FitOptions,
  type Fitted,
  fitMemory,
  leastMemory,
} from "../schedule/index.ts"
import { parseBytes } from "../size/index.ts"
import type { Specs } from "./price.ts"

/** One choice of space, and the time that it takes. */
export interface FrontierPoint {
  readonly threads: number
  /** Bytes of inputs, results and intermediates, and of what threads hold each for themselves. */
  readonly memory: number
  /** As quoted. */
  readonly seconds: number
  /** Where the seconds are expected to lie four times out of five. */
  readonly interval: readonly [number, number]
  /** Whether the device was measured with a part of the programs only: see {@link Quote}. */
  readonly rough: boolean
  /** While loops of which nobody knows how often they run: see {@link Quote}. */
  readonly openLoops?: Quote["openLoops"]
  /** Instructions that are taken again to save memory, as a share of the others. */
  readonly extra: number
  /** How often each primitive is computed again. */
  readonly again: Readonly<Record<string, number>>
}

/** A choice that another one beats: no more threads, memory or seconds, and less of some. */
export interface BeatenPoint extends FrontierPoint {
  /** The threads of the quickest choice that beats it. */
  readonly by: number
}

export interface Frontier {
  readonly device: string
  /** By rising threads, then falling memory; each further one buys time or memory. */
  readonly points: readonly FrontierPoint[]
  readonly beaten: readonly BeatenPoint[]
  /** Whether the seconds of some choice are rough. */
  readonly rough: boolean
}

export interface FrontierOptions {
  /** A device's name; the default device unless given. */
  readonly device?: string
  /** The most threads, of which powers of two and this one are tried; or all that are tried. */
  readonly threads?: number | readonly number[]
  /**
   * The most memory, as bytes or as in "64MB": budgets from the least that is found to this one are
   * tried; or all that are tried. Without it, up to what keeping everything takes.
   */
  readonly memory?: number | string | readonly (number | string)[]
}

/**
 * The frontier of a function over thread counts and memory budgets, from quotes: nothing of it is
 * run, but a device that was never calibrated with so many threads is measured roughly, a second or
 * two for each. Memory is bought and sold by computing values again instead of keeping them.
 *
 * `await frontier((x) => np.prod(x), [f32(1 << 20)])`
 * @example
 * const { points } = await frontier((x: Array) => np.sum(x), [f32(1024)], { device: "ram" })
 * points.map(({ threads }) => threads) // → [1]
 * @throws what the function throws when its arguments do not fit it; RangeError when a size has no
 *   value, no device has that name, or threads are not whole numbers of at least 1; BudgetError when
 *   no budget is enough, naming the least that is.
 */
export async function frontier<A extends readonly unknown[], R>(
  f: (...args: A) => R,
  specs: Specs<A> extends readonly unknown[] ? Specs<A> : never,
  options: FrontierOptions = {},
): Promise<Frontier> {
  const graph = graphOf(f)(...specs)
  const asked = options.device ?? defaultDevice()
  const device = asked === "auto" ? (await openDeviceFor(graph, asked)).device.name : asked
  const counts = await threadsToTry(device, options.threads)
  const choices: Choice[] = []
  let failure: BudgetError | undefined
  for (const threads of counts) {
    const own = await openDevice(device, { threads })
    let fitted: readonly Fitted[]
    try {
      const programs = { threads: [threads], target: own.processor }
      fitted = graphsToTry(graph, programs, options.memory)
    } catch (error) {
      // What is too little for many threads may be enough for few, which hold less for themselves.
      if (!(error instanceof BudgetError)) throw error
      if (failure === undefined || error.least < failure.least) failure = error
      continue
    }
    const calibration = await calibrationOf(own, { rough: true })
    for (const { graph: within, extra, again } of fitted) {
      choices.push({ ...quoteGraph(within, calibration), extra, again: Object.fromEntries(again) })
    }
  }
  if (choices.length === 0 && failure !== undefined) throw failure
  return frontierOf(device, choices)
}

/** Budgets that are tried where none are named. */
const budgets = 7

/** Budgets closer to each other than this share of them are one. */
const apart = 1.02

/** The graph in every budget: everything kept first. */
function graphsToTry(
  graph: Graph,
  programs: FitOptions,
  memory: FrontierOptions["memory"],
): readonly Fitted[] {
  if (typeof memory === "object") {
    const named = memory.map((amount) => parseBytes(amount, "frontier: memory"))
    return distinct(fitting(named, (bytes) => fitMemory(graph, bytes, programs)))
  }
  const whole = fitMemory(graph, Number.POSITIVE_INFINITY, programs)
  const least = leastMemory(graph, programs)
  const most =
    memory === undefined
      ? whole.bytes
      : Math.min(whole.bytes, parseBytes(memory, "frontier: memory"))
  const ladder = Array.from({ length: budgets }, (_, i) =>
    Math.floor(most * (least.bytes / most) ** (i / (budgets - 1))),
  )
  const between = ladder.slice(0, -1).filter((bytes) => bytes > least.bytes)
  const tried = most < least.bytes ? [most] : between
  const fitted = fitting(tried, (bytes) => fitMemory(graph, bytes, programs))
  return distinct([...fitted, ...(most < least.bytes ? [] : [least])])
}

/**
 * What the budgets that are enough give.
 * @throws BudgetError when none is.
 */
function fitting(amounts: readonly number[], fit: (bytes: number) => Fitted): readonly Fitted[] {
  const found: Fitted[] = []
  let failure: BudgetError | undefined
  for (const bytes of amounts) {
    try {
      found.push(fit(bytes))
    } catch (error) {
      if (!(error instanceof BudgetError)) throw error
      failure = error
    }
  }
  if (found.length === 0 && failure !== undefined) throw failure
  return found
}

/** One of each memory, the cheapest, from the most to the least. */
function distinct(fitted: readonly Fitted[]): readonly Fitted[] {
  const kept: Fitted[] = []
  for (const one of [...fitted].sort((a, b) => b.bytes - a.bytes || a.extra - b.extra)) {
    const last = kept.at(-1)
    if (last === undefined || last.bytes > one.bytes * apart) kept.push(one)
    else if (one.extra <= last.extra) kept[kept.length - 1] = one
  }
  return kept
}

async function threadsToTry(
  device: string,
  threads: FrontierOptions["threads"],
): Promise<readonly number[]> {
  const given = typeof threads === "number" ? [threads] : (threads ?? [])
  for (const count of given) {
    if (Number.isSafeInteger(count) && count >= 1) continue
    throw new RangeError(`threads is ${count}: it must be a whole number of at least 1`)
  }
  if (typeof threads === "object") return [...new Set(threads)].sort((a, b) => a - b)
  const most = threads ?? (await openDevice(device)).threads
  const doublings = Array.from({ length: Math.floor(Math.log2(most)) + 1 }, (_, i) => 2 ** i)
  return [...new Set([...doublings, most])]
}

/** A quote, and what was computed again for it. */
export interface Choice extends Quote, Partial<Pick<FrontierPoint, "extra" | "again">> {}

/** Quotes told apart into those that no other beats and the rest. */
export function frontierOf(device: string, choices: readonly Choice[]): Frontier {
  const all = choices
    .map(({ threads, bytes, seconds, interval, rough, openLoops, extra = 0, again = {} }) => ({
      threads,
      memory: bytes,
      seconds,
      interval,
      rough,
      ...(openLoops === undefined ? {} : { openLoops }),
      extra,
      again,
    }))
    .filter((point, i, points) => !points.slice(0, i).some((other) => same(other, point)))
    .sort((a, b) => a.threads - b.threads || a.seconds - b.seconds)
  const points: FrontierPoint[] = []
  const beaten: BeatenPoint[] = []
  for (const point of all) {
    const better = all.filter((other) => beats(other, point))
    if (better.length === 0) points.push(point)
    else beaten.push({ ...point, by: quickest(better).threads })
  }
  return { device, points, beaten, rough: choices.some(({ rough }) => rough) }
}

function same(a: FrontierPoint, b: FrontierPoint): boolean {
  return a.threads === b.threads && a.memory === b.memory && a.seconds === b.seconds
}

function beats(a: FrontierPoint, b: FrontierPoint): boolean {
  const noMore = a.threads <= b.threads && a.memory <= b.memory && a.seconds <= b.seconds
  return noMore && !same(a, b)
}

function quickest(points: readonly FrontierPoint[]): FrontierPoint {
  return points.reduce((best, point) => (point.seconds < best.seconds ? point : best))
}
