/** Time on any number of threads, and the number beyond which more of them gain nothing. */

import type { Graph, Variable } from "../graph/index.ts"
import { type Bindings, isSymbolic } from "../size/index.ts"
import { greedySteps, type Job, jobsOf, stepsAfter } from "./greedy.ts"
import { type Price, priceAt, priceGraph, priceSymbols, timeOn } from "./price.ts"
import { costOf } from "./rules.ts"

/** Steps on P threads. */
export interface StepsOn {
  readonly threads: number
  /** No schedule takes fewer: max(⌈work/P⌉, span). */
  readonly least: number
  /** No greedy schedule takes more: (work − span)/P + span. */
  readonly most: number
  /** What the greedy schedule takes that serves the longest chain first, where it was simulated. */
  readonly greedy?: number
}

/** A number of threads beyond which nothing is gained. */
export interface UsefulThreads {
  readonly threads: number
  /**
   * Whether no smaller number reaches the span. Where it is false, parts run side by side, greedy
   * times need not fall with every thread (Graham 1969), and a smaller number may do as well.
   */
  readonly least: boolean
}

/** A program's time as a function of threads. */
export interface ParallelTime {
  readonly work: number
  readonly span: number
  /** Work per step of the span: the most times faster that any number of threads can be. */
  readonly parallelism: number
  /** The threads with which the span is reached. */
  readonly useful: UsefulThreads
  /** Whether greedy schedules are simulated; else there are only bounds. */
  readonly simulated: boolean
  /** @throws RangeError when P is no whole number of at least 1. */
  on(threads: number): StepsOn
}

/** Simulations of all thread counts are tried where they take no more levels than this. */
const scannedLevels = 1e6

/**
 * The time of a graph of concrete sizes on any number of threads: by simulating a greedy schedule,
 * or by the bounds of work and span where the graph is too large for that or priced by bounds.
 * @example parallelTime(graphOf((x: Array) => np.sum(x))(f32(8))).on(2).greedy // → 4
 * @param bindings of what is no size of the graph, such as how often a loop runs.
 * @throws RangeError naming a size that has no value.
 */
export function parallelTime(graph: Graph, bindings: Bindings = {}): ParallelTime {
  const price = boundPrice(priceGraph(graph), bindings)
  const [work, span, threads] = [price.work, price.span, price.gpu.threads].map(concrete)
  const jobs = jobsOf(graph)
  return {
    work,
    span,
    parallelism: span === 0 ? 0 : work / span,
    useful: jobs === undefined ? { threads, least: false } : usefulThreads(jobs, price),
    simulated: jobs !== undefined,
    on(threads) {
      const { least, most } = timeOn(price, threads)
      const bounds = { threads, least: concrete(least), most: concrete(most) }
      return jobs === undefined ? bounds : { ...bounds, greedy: greedySteps(jobs, threads) }
    },
  }
}

/** The price with its names bound, if all of them have values. */
function boundPrice(price: Price, bindings: Bindings): Price {
  const bound = priceSymbols(price).every((name) => bindings[name] !== undefined)
  return bound ? priceAt(price, bindings) : price
}

function concrete(size: Price["work"]): number {
  if (!isSymbolic(size)) return size
  throw new RangeError(
    `time on a number of threads needs sizes with values, but a price is ${size}: bind its names`,
  )
}

/**
 * The least threads with which the greedy schedule takes no more than the span. At least as many
 * are needed as operations of one step that cannot be put off, and as work per step of the span.
 */
function usefulThreads(jobs: readonly Job[], price: Price): UsefulThreads {
  const [work, span, most] = [price.work, price.span, price.gpu.threads].map(concrete)
  if (span === 0) return { threads: most, least: true }
  const reaches = (threads: number): boolean => greedySteps(jobs, threads) === span
  const floor = urgentOperations(jobs, span).reduce(
    (least, operations) => Math.max(least, operations),
    Math.ceil(work / span),
  )
  if (reaches(floor)) return { threads: floor, least: true }
  const levels = jobs.reduce((sum, job) => sum + job.levels.length, 0)
  if ((most - floor) * levels <= scannedLevels) {
    let threads = floor + 1
    while (!reaches(threads)) threads++
    return { threads, least: true }
  }
  let [below, enough] = [floor, most]
  while (enough - below > 1) {
    const middle = Math.floor((below + enough) / 2)
    if (reaches(middle)) enough = middle
    else below = middle
  }
  return { threads: enough, least: false }
}

/** For each step of the span, the operations on longest chains, which must be done in it. */
function urgentOperations(jobs: readonly Job[], span: number): readonly number[] {
  const rest = stepsAfter(jobs)
  const ends: number[] = []
  const operations = Array.from({ length: span }, () => 0)
  for (const [i, { levels, after }] of jobs.entries()) {
    const start = after.reduce((latest, before) => Math.max(latest, ends[before]), 0)
    ends.push(start + levels.length)
    if (ends[i] + rest[i] < span) continue
    for (const [step, level] of levels.entries()) operations[start + step] += level
  }
  return operations
}

/** What waiting for each other costs a program on a device. */
export interface Burden {
  /** Steps of the longest chain when every meeting of threads on it takes time too. */
  readonly span: number
  /** Steps of the longest chain when meetings take none. */
  readonly plainSpan: number
  /** Work per step of the burdened span: the parallelism that is left. */
  readonly parallelism: number
  /** Times faster than one thread, at most: min(P, work/span). */
  mostSpeedup(threads: number): number
  /** Times faster that may be expected at least: work/(work/P + 1.7 × burdened span). */
  leastSpeedup(threads: number): number
}

/** The share of the burdened span that Cilkview adds to work/P for its lower estimate. */
const burdenWeight = 1.7

/**
 * The burdened span: behind each equation that computes, its threads meet, before the next one or
 * before the end. A single equation too is begun and awaited, so a speed-up below 1 is possible.
 *
 * Y. He, C. E. Leiserson, W. M. Leiserson, The Cilkview scalability analyzer, SPAA 2010.
 * @param barrierSteps steps of one thread that a device's threads take to meet.
 * @throws RangeError naming a size that has no value, or when the barrier is no number from 0 up.
 */
export function burdenOf(graph: Graph, barrierSteps: number): Burden {
  if (!(barrierSteps >= 0 && barrierSteps < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`a barrier of ${barrierSteps} steps: it must be a number of at least 0`)
  }
  const ready = new Map<Variable, number>()
  const price = priceGraph(graph)
  const [work, plain] = [price.work, price.span].map(concrete)
  let span = 0
  for (const equation of graph.equations) {
    const steps = concrete(costOf(equation).span)
    const start = Math.max(0, ...equation.operands.map((operand) => ready.get(operand) ?? 0))
    const end = steps === 0 ? start : start + steps + barrierSteps
    for (const result of equation.results) ready.set(result, end)
    span = Math.max(span, end)
  }
  return {
    span,
    plainSpan: plain,
    parallelism: span === 0 ? 0 : work / span,
    mostSpeedup: (threads) => (plain === 0 ? 1 : Math.min(threads, work / plain)),
    leastSpeedup: (threads) =>
      work === 0 ? 1 : Math.min(threads, work / (work / threads + burdenWeight * span)),
  }
}
