/** What a device can do, as a value: figures to quote with, and to show. */

import { type CostKind, type Target, wasmTarget } from "../schedule/index.ts"
import type { Device } from "./device.ts"
import {
  type Crowd,
  crowdCount,
  crowdOf,
  listCrowd,
  listRates,
  type Rates,
  rateCount,
  ratesOf,
  reaches,
} from "./rates.ts"

/** Seconds of starting one program and of waiting for it, beyond its own. */
export interface Launch {
  readonly seconds: number
  /** Nine tenths of launches took more, and nine tenths less. */
  readonly low: number
  readonly high: number
}

/** What a device can do, measured on it by `calibrate`. */
export interface Calibration {
  readonly device: string
  readonly threads: number
  /** What programs are scheduled for; WebAssembly unless given. */
  readonly processor?: Target | undefined
  /** Whether its threads hold memory of their own: see the device's `holdsScratch`. */
  readonly holdsScratch: boolean
  /** Whether a part of the programs had to do, in a second or two. */
  readonly rough: boolean
  /** What one thread takes for everything that programs are made of. */
  readonly rates: Rates
  /** What changes when all threads work. */
  readonly crowd: Crowd
  /** On one thread, and, where there are several, on all. */
  readonly launches: readonly Launch[]
  /**
   * How far quotes are off: four in five of the calibration's own programs, each quoted from what
   * the others say, took between these multiples of their quote.
   */
  readonly spread: readonly [number, number]
  /** How far runs of one program lay apart while this was measured: median over fastest, less 1. */
  readonly unrest: number
  /** Seconds of {@link probe} at the time, on one thread, and, where there are several, on all. */
  readonly paces: readonly number[]
  /** Seconds in which a program of middling size became code. */
  readonly compileSeconds: number
  /** Multiplications and additions per second in register tiles, all threads together. */
  readonly tiledPerSecond: number
  /** Instructions per second in lanes, counted by element, all threads together. */
  readonly lanedPerSecond: number
  /** Exponentials per second, all threads together. */
  readonly exponentialsPerSecond: number
  /** Instructions per second one after another, all threads together. */
  readonly unlanedPerSecond: number
  /** Bytes read per second, all threads together: what was read so many bytes ago. */
  readonly bandwidths: readonly { readonly reach: number; readonly bytesPerSecond: number }[]
  /** Bytes per second from main memory, all threads together. */
  readonly bytesPerSecond: number
  /** Seconds from the start of a small program to its end. */
  readonly launchSeconds: number
  /** Seconds that threads take to meet between two kernels. */
  readonly barrierSeconds: number
}

/** What is measured of a device; everything else follows from it. */
export type Findings = Pick<
  Calibration,
  | "device"
  | "threads"
  | "processor"
  | "holdsScratch"
  | "rough"
  | "rates"
  | "crowd"
  | "launches"
  | "spread"
  | "unrest"
  | "paces"
  | "compileSeconds"
>

/** The calibration that findings make. */
export function calibrationFrom(findings: Findings): Calibration {
  const { rates, crowd, launches, processor = wasmTarget } = findings
  const { threads } = crowd
  const { lanes } = processor
  const perSecond = (kind: CostKind, each: number): number =>
    (each * threads) / crowd.arithmetic / (rates.instructions.get(kind) ?? 1)
  const load = (rates.instructions.get("load") ?? 0) / (4 * lanes)
  const bandwidths = reaches.map((reach, i) => {
    const far = crowd.memory[reach <= 2 ** 19 ? 0 : reach <= 2 ** 23 ? 1 : 2]
    return { reach, bytesPerSecond: threads / (load * crowd.arithmetic + rates.bytes[i] * far) }
  })
  return {
    ...findings,
    tiledPerSecond: tiledPerSecond(findings),
    lanedPerSecond: perSecond("simple", lanes),
    exponentialsPerSecond: perSecond("exp", lanes),
    unlanedPerSecond: perSecond("scan", 1),
    bandwidths,
    bytesPerSecond: bandwidths[bandwidths.length - 1].bytesPerSecond,
    launchSeconds: launches[launches.length - 1].seconds,
    barrierSeconds: crowd.barrier,
  }
}

/**
 * Of the tile that fills a processor's registers. What a tile reads counts with what it multiplies: no
 * measurement tells the two apart where they overlap.
 */
function tiledPerSecond({ rates: { instructions }, crowd, processor }: Findings): number {
  const { lanes, tiles } = processor ?? wasmTarget
  const [{ rows, columns }] = tiles
  const vectors = columns / lanes
  const [fused, loads] = [instructions.get("fused") ?? 1, instructions.get("tileLoad") ?? 0]
  const products = rows * vectors
  const step = products * fused + (rows + vectors) * loads
  return (2 * lanes * products * crowd.threads) / crowd.arithmetic / step
}

/** Findings as a document of numbers. */
export interface KeptFindings {
  readonly device: string
  readonly threads: number
  readonly rough: boolean
  readonly rates: readonly number[]
  readonly crowd: readonly number[]
  readonly launches: readonly (readonly number[])[]
  readonly spread: readonly number[]
  readonly unrest: number
  readonly paces: readonly number[]
  readonly compileSeconds: number
}

export function keep({
  device,
  threads,
  rough,
  rates,
  crowd,
  launches,
  spread,
  unrest,
  paces,
  compileSeconds,
}: Findings): KeptFindings {
  return {
    device,
    threads,
    rough,
    rates: listRates(rates),
    crowd: listCrowd(crowd),
    launches: launches.map(({ seconds, low, high }) => [seconds, low, high]),
    spread,
    unrest,
    paces,
    compileSeconds,
  }
}

/** The calibration of a kept document, for a device; undefined where that is not one. */
export function restore(
  kept: unknown,
  { processor, holdsScratch = false }: Pick<Device, "processor" | "holdsScratch">,
): Calibration | undefined {
  if (!isKept(kept)) return undefined
  const { device, threads, rough, rates, crowd, launches } = kept
  const { spread, unrest, paces, compileSeconds } = kept
  return calibrationFrom({
    device,
    threads,
    processor,
    holdsScratch,
    rough,
    rates: ratesOf(rates),
    crowd: crowdOf(launches.length === 1 ? 1 : threads, crowd),
    launches: launches.map(([seconds, low, high]) => ({ seconds, low, high })),
    spread: [spread[0], spread[1]],
    unrest,
    paces,
    compileSeconds,
  })
}

function isKept(value: unknown): value is KeptFindings {
  const kept: Partial<Record<keyof KeptFindings, unknown>> = Object(value)
  const { device, threads, rough, rates, crowd, launches } = kept
  const { spread, unrest, paces, compileSeconds } = kept
  const isCount = typeof threads === "number" && Number.isInteger(threads) && threads >= 1
  // Graphics processors count as one thread, however many lanes they have.
  const starts = Array.isArray(launches) && launches.length === 1 ? 1 : 2
  return (
    typeof device === "string" &&
    typeof rough === "boolean" &&
    isCount &&
    isNumbers(rates, rateCount) &&
    isNumbers(crowd, crowdCount) &&
    isNumbers(spread, 2) &&
    isNumbers([unrest, compileSeconds], 2) &&
    isNumbers(paces, starts) &&
    Array.isArray(launches) &&
    launches.length === starts &&
    launches.every((launch) => isNumbers(launch, 3))
  )
}

function isNumbers(value: unknown, count: number): boolean {
  return (
    Array.isArray(value) &&
    value.length === count &&
    value.every((number) => typeof number === "number" && number >= 0 && number < Infinity)
  )
}
