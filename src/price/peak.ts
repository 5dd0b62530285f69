/** The most that is there at once, of things that come and go. */

import {
  add,
  addVectors,
  Basis,
  isSymbolic,
  type Size,
  subtractVectors,
  type Vector,
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

/** Steps beyond which they are not walked one by one: long loops have very many. */
const manySteps = 2 ** 22

/** The most of all presences together, over all steps. */
export function peakOf(presences: readonly Presence[]): Peak {
  const concrete = presences.every(
    ({ start, end, most }) =>
      ![start, end ?? 0, most].some((size) => isSymbolic(size)) &&
      Math.max(Number(start), Number(end ?? 0)) <= manySteps,
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
  const times = new Timeline(leastSize)
  const amounts = new Basis()
  const rows = presences.map(({ start, end, at, most, steady }) => ({
    start: times.placeOf(start),
    end: end === undefined ? undefined : times.placeOf(end),
    most: amounts.vectorOf(most),
    at: (step: number) => amounts.vectorOf(at(step)),
    steady,
  }))
  let bound = false
  const peaks = [...new Set(rows.map(({ start }) => start))].map((time) => {
    const next = times.placeOf(add(times.timeAt(time), 1))
    let sum: Vector = [0]
    for (const { start, end, at, most, steady } of rows) {
      if (start === time) {
        sum = addVectors(sum, at(0))
        continue
      }
      if (end !== undefined && times.isNotAfter(end, time)) continue
      if (times.isNotAfter(next, start)) continue
      const since = steady ? undefined : times.since(start, time)
      if (since !== undefined) sum = addVectors(sum, at(since))
      else {
        sum = addVectors(sum, most)
        const stays = end === undefined || times.isNotAfter(next, end)
        bound ||= !(steady && stays && times.isNotAfter(start, time))
      }
    }
    return sum
  })
  return { size: amounts.maximum(peaks), bound }
}

/** Times that are compared again and again. */
class Timeline {
  readonly #basis: Basis
  readonly #vectors: Vector[] = []
  readonly #places = new Map<string, number>()
  readonly #answers: (boolean | undefined)[][] = []

  constructor(least: number) {
    this.#basis = new Basis(least)
  }

  placeOf(time: Size): number {
    const key = String(typeof time === "number" ? time : time.key)
    let place = this.#places.get(key)
    if (place === undefined) {
      place = this.#vectors.length
      this.#places.set(key, place)
      this.#vectors.push(this.#basis.vectorOf(time))
    }
    return place
  }

  timeAt(place: number): Size {
    return this.#basis.sizeOf(this.#vectors[place])
  }

  /** Whether one time is certain not to come after another. */
  isNotAfter(a: number, b: number): boolean {
    this.#answers[a] ??= []
    const answers = this.#answers[a]
    answers[b] ??= this.#basis.isAtMost(this.#vectors[a], this.#vectors[b])
    return answers[b]
  }

  /** The steps from one time to another, where they are the same for all sizes. */
  since(a: number, b: number): number | undefined {
    const difference = subtractVectors(this.#vectors[b], this.#vectors[a])
    return difference.every((c, i) => i === 0 || c === 0) ? difference[0] : undefined
  }
}
