/** The quote of a function of arrays before it runs, and its bill after. */

import { defaultDevice, graphOf, openDevice, openDeviceFor } from "../array/index.ts"
import {
  type Bill,
  billGraph,
  type Calibration,
  calibrationOf,
  type Device,
  paceOf,
  type Quote,
  quoteGraph,
} from "../device/index.ts"
import type { Graph } from "../graph/index.ts"
import { printSeconds } from "../price/index.ts"
import type { ContractionPrecision } from "../schedule/index.ts"
import { concreteShape, printBytes } from "../size/index.ts"
import type { Specs } from "./price.ts"

export interface QuoteOptions {
  /** A device's name, `auto` for the one that a single run is best done on; the default unless given. */
  readonly device?: string
  /** Threads to use; all of the device's unless given. */
  readonly threads?: number
  /** To what products and convolutions round their float32 operands, as `jit` is told; nothing unless given. */
  readonly precision?: ContractionPrecision
}

export interface CalibrateOptions {
  /** Threads to be quoted for, each number by itself; all of the device's unless given. */
  readonly threads?: number
  /** Whether to measure again what is known well. */
  readonly fresh?: boolean
  /** Hears which share of the work is done. */
  readonly progress?: (done: number) => void
}

export interface BillOptions extends QuoteOptions {
  /** Seconds in which further runs may begin; 0.1 unless given. */
  readonly patience?: number
}

/**
 * What one run of a function will take on a device, in seconds with an interval, bytes and threads:
 * `await quote((x) => np.sort(x), [f32(1 << 20)])`. Nothing of it is run, but a device that was never
 * calibrated with so many threads is measured roughly, in a second or two, and the quote then is marked
 * as rough: {@link calibrateDevice} makes the next ones truer.
 * @example
 * const quoted = await quote((x: Array) => np.sum(x), [f32(1024)], { device: "ram" })
 * quoted.threads // → 1
 * @throws what the function throws when its arguments do not fit it; RangeError when a size has no
 *   value, no device has that name, or threads is no whole number of at least 1.
 */
export async function quote<A extends readonly unknown[], R>(
  f: (...args: A) => R,
  specs: Specs<A> extends readonly unknown[] ? Specs<A> : never,
  options: QuoteOptions = {},
): Promise<Quote> {
  const { precision } = options
  const graph = concreteGraph(f, specs)
  const device = await deviceOf(graph, options)
  const calibration = await calibrationOf(device, { rough: true })
  return quoteGraph(graph, calibration, { pace: await paceOf(device, calibration), precision })
}

/**
 * Measures a device well, once for a machine, so that quotes of it are no longer rough: what
 * `tradespace devices --device cpu --threads 3` does. Takes some ten seconds on `cpu` and `native` and
 * minutes where software imitates a GPU; nothing where the device is known well already.
 * @param name one device; the default unless given
 * @example
 * const { rough } = await calibrateDevice("ram")
 * rough // → false
 * @throws RangeError when no device has that name, it is one that chooses among others, or threads is no
 *   whole number of at least 1; DeviceError when the device cannot be had, or not with so many threads.
 */
export async function calibrateDevice(
  name = defaultDevice(),
  { threads, ...options }: CalibrateOptions = {},
): Promise<Calibration> {
  requireThreads(threads)
  if (name === "auto") {
    throw new RangeError('"auto" chooses among devices: calibrate one of those by its own name')
  }
  return calibrationOf(await openDevice(name, { threads }), options)
}

/**
 * What one run of a function really takes on a device: the median of runs, one after another, on
 * drawn inputs (floats from 0.8 to 1.25 whose products stay near 1, whole numbers from 0 to 9). The
 * first runs, with compiling, are not counted.
 * @example
 * const billed = await bill((x: Array) => np.sum(x), [f32(1024)], { device: "ram" })
 * billed.seconds > 0 // → true
 * @throws as {@link quote}, and DeviceError when a run fails.
 */
export async function bill<A extends readonly unknown[], R>(
  f: (...args: A) => R,
  specs: Specs<A> extends readonly unknown[] ? Specs<A> : never,
  options: BillOptions = {},
): Promise<Bill> {
  const { patience, precision } = options
  const graph = concreteGraph(f, specs)
  return billGraph(graph, await deviceOf(graph, options), { patience, precision })
}

/**
 * A quote for people: seconds with their interval, memory, threads; and where it is rough, what makes
 * the next one better.
 * @example printQuote(await quote((x: Array) => np.sum(x), [f32(1024)], { device: "ram" })).split(":")[0] // → "ram, 1 thread"
 */
export function printQuote(quoted: Quote): string {
  const { device, threads, seconds, interval, bytes } = quoted
  const [low, high] = interval.map(printSeconds)
  const line =
    `${device}, ${threads} ${threads === 1 ? "thread" : "threads"}: ${printSeconds(seconds)} ` +
    `(${low} to ${high} four times of five), ${printBytes(bytes)}`
  return [line, ...quoteNotes([quoted])].join("\n")
}

/** What is to be said beside quotes: what they do not know, and what makes them truer. */
export function quoteNotes(
  quotes: readonly Pick<Quote, "device" | "threads" | "rough" | "openLoops">[],
): readonly string[] {
  const open = quotes.flatMap(({ openLoops }) => openLoops ?? [])
  const roughly = quotes.filter(({ rough }) => rough)
  const counts = roughly.map(({ threads }) => threads)
  return [
    ...(open.length === 0 ? [] : [openNote(open)]),
    ...(roughly.length === 0 ? [] : [roughNote(roughly[0].device, counts)]),
  ]
}

/** What further steps take: of several quotes from the least to the most. */
function openNote(open: readonly Exclude<Quote["openLoops"], undefined>[]): string {
  const [{ count }] = open
  const [loops, of] = count === 1 ? ["a while loop", "it"] : [`${count} while loops`, "all of them"]
  const steps = open.map(({ stepSeconds }) => stepSeconds)
  const ends = [Math.min(...steps), Math.max(...steps)].map(printSeconds)
  return (
    `quoted for one step of ${loops} whose steps depend on the data: ` +
    `each further step of ${of} takes about ${[...new Set(ends)].join(" to ")}`
  )
}

/** What is to be said beside quotes that are rough: the command after which the same ones are not. */
function roughNote(device: string, threads: readonly number[]): string {
  const counts = [...new Set(threads)].sort((a, b) => a - b).join(",")
  return (
    `rough: ${device} was measured in a hurry; for truer quotes measure it well, once:\n` +
    `tradespace devices --device ${device} --threads ${counts}`
  )
}

/** The graph of a function, refused where a size has no value: before any device is opened. */
function concreteGraph<A extends readonly unknown[], R>(
  f: (...args: A) => R,
  specs: Specs<A> extends readonly unknown[] ? Specs<A> : never,
): Graph {
  const graph = graphOf(f)(...specs)
  for (const { shape } of graph.inputs) concreteShape(shape)
  return graph
}

function requireThreads(threads: number | undefined): void {
  if (threads !== undefined && !(Number.isSafeInteger(threads) && threads >= 1)) {
    throw new RangeError(`threads is ${threads}: it must be a whole number of at least 1`)
  }
}

async function deviceOf(graph: Graph, { device, threads }: QuoteOptions): Promise<Device> {
  requireThreads(threads)
  return (await openDeviceFor(graph, device ?? defaultDevice(), { threads })).device
}
