/** What more threads would buy: the choices of threads that no other choice beats. */

import { defaultDevice, graphOf, openDevice } from "../array/index.ts"
import { calibrationOf, type Quote, quoteGraph } from "../device/index.ts"
import type { Specs } from "./price.ts"

/** One choice of space, and the time that it takes. */
export interface FrontierPoint {
  readonly threads: number
  /** Bytes of inputs, results and intermediates together. */
  readonly memory: number
  /** As quoted. */
  readonly seconds: number
  /** Where the seconds are expected to lie four times out of five. */
  readonly interval: readonly [number, number]
}

/** A choice that another one beats: no more threads, memory or seconds, and less of some. */
export interface BeatenPoint extends FrontierPoint {
  /** The threads of the quickest choice that beats it. */
  readonly by: number
}

export interface Frontier {
  readonly device: string
  /** By rising threads; each further one buys time or memory. */
  readonly points: readonly FrontierPoint[]
  readonly beaten: readonly BeatenPoint[]
}

export interface FrontierOptions {
  /** A device's name; the default device unless given. */
  readonly device?: string
  /** The most threads, of which powers of two and this one are tried; or all that are tried. */
  readonly threads?: number | readonly number[]
}

/**
 * The frontier of a function over thread counts, from quotes: nothing of it is run, but a device
 * that was never measured with so many threads is calibrated, about a second for each.
 *
 * `await frontier((x) => np.prod(x), [f32(1 << 20)])`
 * @throws what the function throws when its arguments do not fit it; RangeError when a size has no
 *   value, no device has that name, or threads are not whole numbers of at least 1.
 */
export async function frontier<A extends readonly unknown[], R>(
  f: (...args: A) => R,
  specs: Specs<A> extends readonly unknown[] ? Specs<A> : never,
  options: FrontierOptions = {},
): Promise<Frontier> {
  const { device = defaultDevice() } = options
  const graph = graphOf(f)(...specs)
  const quotes: Quote[] = []
  for (const threads of await threadsToTry(device, options.threads)) {
    const calibration = await calibrationOf(await openDevice(device, { threads }))
    quotes.push(quoteGraph(graph, calibration))
  }
  return frontierOf(device, quotes)
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

/** Quotes told apart into those that no other beats and the rest. */
export function frontierOf(device: string, quotes: readonly Quote[]): Frontier {
  const all = quotes
    .map(({ threads, bytes, seconds, interval }) => ({ threads, memory: bytes, seconds, interval }))
    .filter((point, i, points) => !points.slice(0, i).some((other) => same(other, point)))
    .sort((a, b) => a.threads - b.threads || a.seconds - b.seconds)
  const points: FrontierPoint[] = []
  const beaten: BeatenPoint[] = []
  for (const point of all) {
    const better = all.filter((other) => beats(other, point))
    if (better.length === 0) points.push(point)
    else beaten.push({ ...point, by: quickest(better).threads })
  }
  return { device, points, beaten }
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
