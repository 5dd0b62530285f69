/** What a cache of any size would have done, from one look at the uses of its things. */

import { UseStack } from "./stack-distance.ts"

/** What a budget would have given, for each use. */
export interface Expected {
  /** The budget, in bytes. */
  readonly memory: number
  /** The share of uses that find their thing. */
  readonly hitRatio: number
  /** Seconds that these finds save, over all uses. */
  readonly secondsSaved: number
}

interface Bucket {
  uses: number
  seconds: number
}

export interface CurveOptions {
  /** Most things that are watched at once; with more, a sample of them is. Default 16 384. */
  readonly things?: number
}

/** Distances that are told apart before near ones are put together. */
const mostBuckets = 8192

/** Buckets of each power of two from then on: a distance is rounded up by less than 1 %. */
const bucketsPerOctave = 128

/** All digests are below. */
const digests = 2 ** 53

/**
 * The hit ratio of least-recently-used replacement at every budget of bytes: a use is a hit in all
 * budgets from its stack distance on (Mattson et al. 1970). Exact while all things are watched, for
 * budgets that the largest thing fits; a smaller budget does at least as well as said, since the
 * largest things, which it refuses, do not push out the others.
 *
 * With more things than are to be watched, only those are whose digest is below a threshold, which
 * falls as needed; distances and counts are scaled up by the share (SHARDS with a fixed size:
 * Waldspurger, Park, Garthwaite and Ahmad, FAST 2015), and how far the sampled uses are from their
 * expected number is made good at the smallest distance (their SHARDS-adj).
 *
 * O(log n) for each use, memory for n things and 8192 distances.
 */
export class MissRatioCurve {
  readonly #things: number
  readonly #stack = new UseStack()
  readonly #buckets = new Map<number, Bucket>()
  #rate = 1
  #rounded = false
  #uses = 0
  /** Uses that were watched, hits or not, each as many as the present share counts it. */
  #watched = 0

  constructor({ things = 16_384 }: CurveOptions = {}) {
    this.#things = things
  }

  /** Uses so far. */
  get uses(): number {
    return this.#uses
  }

  /** The share of things that is watched; at 1 the curve is exact. */
  get rate(): number {
    return this.#rate
  }

  /**
   * One more use.
   * @param digest the thing: a well-mixed whole number of 53 bits.
   * @param bytes what it takes in the cache.
   * @param seconds what finding it saves.
   */
  use(digest: number, bytes: number, seconds: number): void {
    this.#uses++
    if (digest >= this.#rate * digests) return
    this.#watched++
    const above = this.#stack.use(digest, bytes)
    if (above !== undefined) this.#count(above / this.#rate + bytes, 1, seconds)
    while (this.#stack.size > this.#things) this.#halve()
  }

  /** Every budget from which on more is found than below it, the smallest first. */
  steps(): Expected[] {
    const sorted = [...this.#buckets].sort(([a], [b]) => a - b)
    const expected = this.#uses * this.#rate
    if (expected === 0) return []
    let uses = expected - this.#watched
    let seconds = uses * meanSeconds(sorted.map(([, bucket]) => bucket))
    return sorted.map(([distance, bucket]) => {
      uses += bucket.uses
      seconds += bucket.seconds
      return {
        memory: distance,
        hitRatio: Math.min(1, Math.max(0, uses / expected)),
        secondsSaved: seconds / expected,
      }
    })
  }

  #count(distance: number, uses: number, seconds: number): void {
    const place = this.#rounded ? roundUp(distance) : distance
    const bucket = this.#buckets.get(place)
    if (bucket !== undefined) {
      bucket.uses += uses
      bucket.seconds += seconds
      return
    }
    this.#buckets.set(place, { uses, seconds })
    if (!this.#rounded && this.#buckets.size > mostBuckets) this.#round()
  }

  /** From now on near distances count as one. */
  #round(): void {
    this.#rounded = true
    const exact = [...this.#buckets]
    this.#buckets.clear()
    for (const [distance, { uses, seconds }] of exact) this.#count(distance, uses, seconds)
  }

  #halve(): void {
    this.#rate /= 2
    this.#watched /= 2
    for (const bucket of this.#buckets.values()) {
      bucket.uses /= 2
      bucket.seconds /= 2
    }
    this.#stack.retain((digest) => digest < this.#rate * digests)
  }
}

function roundUp(distance: number): number {
  const grain = 2 ** Math.floor(Math.log2(Math.max(distance, 1))) / bucketsPerOctave
  return Math.ceil(distance / grain) * grain
}

function meanSeconds(buckets: readonly Bucket[]): number {
  let uses = 0
  let seconds = 0
  for (const bucket of buckets) {
    uses += bucket.uses
    seconds += bucket.seconds
  }
  return uses === 0 ? 0 : seconds / uses
}
