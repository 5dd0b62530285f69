/** The most that is there at once, of things that come and go. */

import {
  add,
  isAtMost,
  isSymbolic,
  maximum,
  type Size,
  sizesEqual,
  subtract,
} from "../size/index.ts"

/** Something that is there from a start to an end, more or less of it at each step. */
export interface Presence {
  readonly start: Size
  /** The first step after its start at which it is there no more; undefined: it stays. */
  readonly end: Size | undefined
  /** How much of it there is so many steps after its start, while it is there. */
  readonly at: (step: number) => Size
  /** The most there ever is of it; it never grows beyond what it starts with. */
  readonly most: Size
  /** Whether there is equally much of it all the time. */
  readonly steady: boolean
}

/** A peak, and whether it is only an upper bound. */
export interface Peak {
  readonly size: Size
  readonly bound: boolean
}

/** The greatest of many sizes, most of which are equal or beaten. */
export function greatest(sizes: readonly Size[]): Size {
  const numbers = sizes.filter((s) => typeof s === "number")
  const most = numbers.reduce((a, b) => Math.max(a, b), 0)
  const symbolic = new Map(sizes.filter(isSymbolic).map((s) => [s.key, s]))
  return maximum(most, ...symbolic.values())
}

/** The most of all presences together, over all steps. */
export function peakOf(presences: readonly Presence[]): Peak {
  const concrete = presences.every(
    ({ start, end, most }) => ![start, end ?? 0, most].some(isSymbolic),
  )
  return concrete ? { size: concretePeak(presences), bound: false } : symbolicPeak(presences)
}

/** Adds everything up, step by step. */
function concretePeak(presences: readonly Presence[]): number {
  const last = presences.reduce((m, p) => Math.max(m, Number(p.start) + 1, Number(p.end ?? 0)), 0)
  // changes[t]: what is steady comes at its start and goes at its end; the rest is laid on top.
  const changes = new Float64Array(last + 2)
  const changing = new Float64Array(last + 2)
  for (const { start, end, at, steady } of presences) {
    const from = Number(start)
    const to = end === undefined ? last + 1 : Math.max(from + 1, Number(end))
    if (steady) {
      changes[from] += Number(at(0))
      changes[to] -= Number(at(0))
    } else for (let t = from; t < to; t++) changing[t] += Number(at(t - from))
  }
  let there = 0
  let most = 0
  for (let t = 0; t <= last; t++) {
    there += changes[t]
    most = Math.max(most, there + changing[t])
  }
  return most
}

/**
 * Times are told apart for sizes of at least 2: at 1, a tree takes no time, and what comes after it
 * comes at once.
 */
const leastSize = 2

/**
 * Looks at every start: nothing grows while it is there, so the peak is at one of them. Where two
 * times cannot be told apart for all sizes, both are taken to be there: then it is a bound.
 */
function symbolicPeak(presences: readonly Presence[]): Peak {
  const starts = new Map(presences.map(({ start }) => [String(start), start]))
  const isBefore = remembered((a, b) => isAtMost(add(a, 1), b, leastSize))
  const isNotAfter = remembered((a, b) => isAtMost(a, b, leastSize))
  let bound = false
  const peaks = [...starts.values()].map((time) => {
    const there = presences.flatMap(({ start, end, at, most, steady }) => {
      if (sizesEqual(start, time)) return [at(0)]
      if (end !== undefined && isNotAfter(end, time)) return []
      if (isBefore(time, start)) return []
      const since = subtract(time, start)
      if (!steady && typeof since === "number") return [at(since)]
      const certain =
        steady && isNotAfter(start, time) && (end === undefined || isBefore(time, end))
      bound ||= !certain
      return [most]
    })
    return add(...there)
  })
  return { size: greatest(peaks), bound }
}

/** A question about two sizes, asked once. */
function remembered(question: (a: Size, b: Size) => boolean): (a: Size, b: Size) => boolean {
  const answers = new Map<string, boolean>()
  return (a, b) => {
    const key = `${isSymbolic(a) ? a.key : a} ${isSymbolic(b) ? b.key : b}`
    let answer = answers.get(key)
    if (answer === undefined) {
      answer = question(a, b)
      answers.set(key, answer)
    }
    return answer
  }
}
