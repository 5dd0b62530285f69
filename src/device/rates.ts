/** The rates of a device, and the seconds that a program's sections take at them. */

import { type CostKind, costKinds } from "../schedule/index.ts"
import type { KernelRuns, Sections, Traffic, Work } from "./sections.ts"

/** Reaches, in bytes, at which the cost of memory is known; between them it changes evenly. */
const reachLogs = [15, 17, 19, 21, 22, 23, 25, 27, 28] as const
export const reaches = reachLogs.map((log) => 2 ** log)
/** Reaches at which the three levels of a crowd are known. */
const levelLogs = [19, 23, 27] as const

/** What one thread takes, in seconds, for what kernels are made of. */
export interface Rates {
  /** For one instruction of each kind. */
  readonly instructions: ReadonlyMap<CostKind, number>
  /** For a byte read that was last touched as far back as {@link reaches} say, beyond its loading. */
  readonly bytes: readonly number[]
  /** The same for a byte written. */
  readonly written: readonly number[]
  /** The same for an element at a place that nobody could foresee. */
  readonly scattered: readonly number[]
  /**
   * How well arithmetic and memory hide behind each other: kernels take (aᵖ + mᵖ)^(1/p), the sum of
   * both for p = 1, the longer of both for great p.
   */
  readonly overlap: number
  /** Going on from one program to the next. */
  readonly following: number
}

/** One figure for each of the near caches, the far one, and what lies beyond. */
export type Levels = readonly [number, number, number]

/** What changes when all threads work. */
export interface Crowd {
  readonly threads: number
  /** How many times as long a thread's instructions take. */
  readonly arithmetic: number
  /** How many times as long its memory takes: from the near caches, the far one, and beyond. */
  readonly memory: Levels
  /** The same for what is written. */
  readonly writing: Levels
  /** Seconds that a program on several threads takes more. */
  readonly company: number
  /** Seconds for all threads to meet once. */
  readonly barrier: number
}

export const solitude: Crowd = {
  threads: 1,
  arithmetic: 1,
  memory: [1, 1, 1],
  writing: [1, 1, 1],
  company: 0,
  barrier: 0,
}

/** Seconds of one run that follows others. */
export function secondsOf({ sections, pieces, meetings }: Sections, rates: Rates, crowd: Crowd) {
  const threads = Math.min(crowd.threads, pieces)
  let seconds = rates.following
  if (threads > 1) seconds += crowd.company + meetings * crowd.barrier
  for (const { times, works } of sections) {
    if (times > 0) seconds += times * secondsOfWorks(works, rates, crowd, threads)
  }
  return seconds
}

/** Threads take pieces in order, whoever is free first. */
function secondsOfWorks(
  works: readonly Work[],
  rates: Rates,
  crowd: Crowd,
  threads: number,
): number {
  const pieces = works.reduce((sum, work) => sum + work.pieces, 0)
  const active = Math.min(threads, pieces)
  const slowdown = slowdownOf(crowd, active)
  if (active === 1) {
    return works.reduce((sum, work) => sum + secondsOfWork(work, rates, slowdown), 0)
  }
  const busy = new Float64Array(active)
  for (const work of works) {
    const each = secondsOfWork(work, rates, slowdown) / work.pieces
    // Of many equal pieces the first rounds keep everyone busy alike.
    const rounds = Math.max(0, Math.floor(work.pieces / active) - 4)
    for (let t = 0; t < active; t++) busy[t] += rounds * each
    for (let piece = rounds * active; piece < work.pieces; piece++) {
      let first = 0
      for (let t = 1; t < active; t++) if (busy[t] < busy[first]) first = t
      busy[first] += each
    }
  }
  return Math.max(...busy)
}

type Slowdown = Pick<Crowd, "arithmetic" | "memory" | "writing">

/** What so many active threads do to each other; between one and all, evenly more. */
function slowdownOf({ threads, arithmetic, memory, writing }: Crowd, active: number): Slowdown {
  const share = threads === 1 ? 0 : (active - 1) / (threads - 1)
  const part = (factor: number): number => 1 + (factor - 1) * share
  const parts = ([near, far, beyond]: Levels): Levels => [part(near), part(far), part(beyond)]
  return { arithmetic: part(arithmetic), memory: parts(memory), writing: parts(writing) }
}

/** Seconds of all pieces of a work on one thread. */
function secondsOfWork({ kernels }: Work, rates: Rates, slowdown: Slowdown): number {
  return kernels.reduce((sum, runs) => sum + runs.times * secondsOfKernel(runs, rates, slowdown), 0)
}

function secondsOfKernel({ cost, traffic }: KernelRuns, rates: Rates, slowdown: Slowdown): number {
  let busy = 0
  let waiting = 0
  for (const [kind, count] of cost.instructions) {
    const seconds = count * (rates.instructions.get(kind) ?? 0)
    if (kind === "chain") waiting = seconds
    else busy += seconds
  }
  const arithmetic = slowdown.arithmetic * Math.max(busy, waiting)
  const memory = traffic.reduce((sum, each) => sum + secondsOfTraffic(each, rates, slowdown), 0)
  if (memory === 0) return arithmetic
  const p = rates.overlap
  const longer = Math.max(arithmetic, memory)
  const shorter = Math.min(arithmetic, memory)
  return longer * (1 + (shorter / longer) ** p) ** (1 / p)
}

function secondsOfTraffic(
  { bytes, reach, writes, again, scattered = 0, within = reach }: Traffic,
  rates: Rates,
  { memory, writing }: Slowdown,
): number {
  const read = (curve: readonly number[], count: number, back: number): number =>
    count * at(reachLogs, curve, back) * at(levelLogs, memory, back)
  let seconds = again === undefined ? 0 : read(rates.bytes, again.bytes, again.reach)
  if (scattered > 0) seconds += read(rates.scattered, scattered, Math.min(reach, within))
  // Elements here and there are no stream, but rows of some length are, and one stretch after another.
  if (scattered > 0 && bytes < 64 * scattered && within >= reach) return seconds
  if (!writes) return seconds + read(rates.bytes, bytes, reach)
  return seconds + bytes * at(reachLogs, rates.written, reach) * at(levelLogs, writing, reach)
}

/** What a curve over reaches, of which the logarithms are given, says of a reach; evenly in between. */
function at(logs: readonly number[], curve: readonly number[], reach: number): number {
  const log = Math.log2(Math.max(reach, 1))
  const i = logs.findIndex((each) => each > log)
  if (i < 0) return curve[curve.length - 1]
  // What the first cache holds costs no more than its loading.
  if (i === 0) return logs === reachLogs ? curve[0] * Math.max(0, 1 + log - logs[0]) : curve[0]
  const between = (log - logs[i - 1]) / (logs[i] - logs[i - 1])
  return curve[i - 1] * (1 - between) + curve[i] * between
}

/** How many numbers make rates, and how many a crowd. */
export const rateCount = costKinds.length + 3 * reaches.length + 2
export const crowdCount = 9

/** Rates as a list of positive numbers, for those who fit them: curves by what each reach adds. */
export function listRates(rates: Rates): number[] {
  return [
    ...costKinds.map((kind) => rates.instructions.get(kind) ?? 0),
    ...[rates.bytes, rates.written, rates.scattered].flatMap(risesOf),
    rates.overlap,
    rates.following,
  ]
}

/** The rates of a list that {@link listRates} made. */
export function ratesOf(list: readonly number[]): Rates {
  let next = 0
  const take = (count: number): readonly number[] => {
    next += count
    return list.slice(next - count, next)
  }
  const kinds = take(costKinds.length)
  const curve = (): readonly number[] => {
    let sum = 0
    return take(reaches.length).map((rise) => {
      sum += rise
      return sum
    })
  }
  return {
    instructions: new Map(costKinds.map((kind, i) => [kind, kinds[i]])),
    bytes: curve(),
    written: curve(),
    scattered: curve(),
    overlap: take(1)[0],
    following: take(1)[0],
  }
}

function risesOf(curve: readonly number[]): readonly number[] {
  return curve.map((value, i) => Math.max(1e-14, value - (curve[i - 1] ?? 0)))
}

export function listCrowd({ arithmetic, memory, writing, company, barrier }: Crowd): number[] {
  return [arithmetic, ...memory, ...writing, company, barrier]
}

export function crowdOf(threads: number, list: readonly number[]): Crowd {
  const [arithmetic, m0, m1, m2, w0, w1, w2, company, barrier] = list
  return { threads, arithmetic, memory: [m0, m1, m2], writing: [w0, w1, w2], company, barrier }
}
