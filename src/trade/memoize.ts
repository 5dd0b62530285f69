/** Memory for time: results that are kept are not computed again. */

import { parseBytes } from "../size/index.ts"
import { bytesWith, type Entry, LeastRecentlyUsed } from "./memoize-cache.ts"
import { type MemoryFrontier, memoryFrontier } from "./memoize-frontier.ts"
import { type Key, keyOf, StructureError } from "./memoize-key.ts"
import { sizeOf } from "./memoize-size.ts"
import { ResultStore } from "./memoize-store.ts"
import { MissRatioCurve } from "./miss-ratio.ts"
import { isPromise } from "./promise.ts"

export interface MemoizeOptions {
  /** The budget for keys and results: bytes, or as in `"64MB"`. */
  readonly memory: number | string
  /**
   * A folder, for this function alone, where results outlive the process. The function then always
   * returns a promise.
   */
  readonly store?: string
  /**
   * What else a stored result depends on: change it when anything that the function calls or reads
   * changes. A change of the function's own text is seen without it.
   */
  readonly version?: string
  /** Bytes that a result holds, where it holds more than can be seen from outside. */
  readonly sizeOf?: (result: unknown) => number
  /** Hears of stored entries that were ignored. Default: `console.warn`. */
  readonly warn?: (sentence: string) => void
}

/** What memory has saved so far. */
export interface MemoizeReport {
  /** Calls that found their result, in memory, in the store or under way. */
  readonly hits: number
  /** Calls that computed. */
  readonly misses: number
  /** The part of the hits that came from the store. */
  readonly storeHits: number
  /** The part of the hits that waited for a computation which another call had begun. */
  readonly joined: number
  /** Results in memory. */
  readonly entries: number
  /** Bytes that they and their keys hold. */
  readonly bytes: number
  /** The budget in bytes. */
  readonly budget: number
  /** Results given up to stay within it. */
  readonly evictions: number
  /**
   * Over all hits, what the computation took when it was done less what the hit took, both
   * measured. Negative where the function is quicker than the look-up.
   */
  readonly secondsSaved: number
}

/** A function that remembers. */
export interface Memoized<A extends readonly unknown[], R> {
  (...args: A): R
  report(): MemoizeReport
  /**
   * What each budget would have given over the calls so far, in at most so many points (32):
   * by stack distances, exact up to 16 384 keys and from a sample of them above.
   */
  frontier(points?: number): MemoryFrontier
  /** Forgets what is in memory; the store and the counts stay. */
  clear(): void
}

/** A computation under way. */
interface Flight {
  readonly text: string
  readonly result: Promise<Found>
}

interface Found {
  readonly value: unknown
  readonly seconds: number
}

interface Kept {
  readonly value: unknown
  /** The function gave a promise, and a hit gives one too. */
  readonly isPromise: boolean
}

/**
 * The same function, except that a result which is still in memory is not computed again: exact,
 * since calls are told apart by the whole structure of their arguments. These are numbers (NaN and
 * −0 too), strings, bigints, booleans, dates, maps and sets (their order counts), typed arrays,
 * regular expressions, arrays and plain objects (the order of keys does not count), nested as deep
 * as 1000. The function must be pure: its result must depend on its arguments alone, not on `this`.
 * Results are handed out as they are, without a copy; do not change them.
 *
 * The least recently used results are given up when keys and results exceed the budget. A promise
 * is kept when it is fulfilled; calls with the same arguments share one computation in flight;
 * what is thrown or rejected is not kept.
 * @example
 * const square = memoize((n: number) => n * n, { memory: "1MB" })
 * square(3) + square(3) // → 18
 * square.report().hits // → 1
 * @throws if the budget is no amount of memory; a call throws StructureError for arguments that
 *   cannot be told apart, such as functions and instances of classes.
 */
export function memoize<A extends readonly unknown[], R>(
  f: (...args: A) => R,
  options: MemoizeOptions & { readonly store: string },
): Memoized<A, Promise<Awaited<R>>>
export function memoize<A extends readonly unknown[], R>(
  f: (...args: A) => R,
  options: MemoizeOptions,
): Memoized<A, R>
export function memoize<A extends readonly unknown[]>(
  f: (...args: A) => unknown,
  options: MemoizeOptions,
): Memoized<A, unknown> {
  const memory = new Memory(f, options)
  return Object.assign((...args: A) => memory.call(args), {
    report: () => memory.report(),
    frontier: (points = 32) => memoryFrontier(memory.curve, points),
    clear: () => memory.clear(),
  })
}

class Memory<A extends readonly unknown[]> {
  readonly curve = new MissRatioCurve()
  readonly #f: (...args: A) => unknown
  readonly #name: string
  readonly #cache: LeastRecentlyUsed<Kept>
  readonly #flights = new Map<number, Flight>()
  readonly #sizeOf: (result: unknown) => number
  readonly #openStore: (() => Promise<ResultStore>) | undefined
  #store: Promise<ResultStore> | undefined
  #hits = 0
  #misses = 0
  #storeHits = 0
  #joined = 0
  #secondsSaved = 0

  constructor(f: (...args: A) => unknown, options: MemoizeOptions) {
    if (typeof f !== "function") throw new TypeError("memoize takes a function and its options")
    const { memory, store, version = "", warn = console.warn } = options
    this.#f = f
    this.#name = f.name || "the function"
    this.#cache = new LeastRecentlyUsed(parseBytes(memory, "the memory to memoize within"))
    this.#sizeOf = options.sizeOf ?? sizeOf
    if (store !== undefined) {
      const author = keyOf([String(f), version]).digest
      this.#openStore = () => ResultStore.open({ folder: store, author, warn })
    }
  }

  call(args: A): unknown {
    const start = now()
    const key = this.#keyOf(args)
    const entry = this.#cache.use(key)
    if (entry !== undefined) return this.#hit(key, entry, start)
    const flight = this.#flights.get(key.digest)
    if (flight !== undefined && flight.text === key.text) return this.#join(flight, start)
    if (this.#openStore !== undefined) return this.#fly(key, this.#fetch(key, args, start))
    const begun = now()
    const result = this.#f(...args)
    if (isPromise(result)) return this.#fly(key, this.#await(key, result, start, begun))
    this.#computed(key, { value: result, isPromise: false }, begun - start, now() - begun)
    return result
  }

  report(): MemoizeReport {
    return {
      hits: this.#hits,
      misses: this.#misses,
      storeHits: this.#storeHits,
      joined: this.#joined,
      entries: this.#cache.size,
      bytes: this.#cache.bytes,
      budget: this.#cache.budget,
      evictions: this.#cache.evictions,
      secondsSaved: this.#secondsSaved,
    }
  }

  clear(): void {
    this.#cache.clear()
  }

  #keyOf(args: A): Key {
    try {
      return keyOf(args)
    } catch (error) {
      if (!(error instanceof StructureError)) throw error
      throw new StructureError(`memoize cannot remember a call of ${this.#name}: ${error.message}`)
    }
  }

  #hit(key: Key, entry: Entry<Kept>, start: number): unknown {
    const saved = entry.seconds - (now() - start)
    this.#hits++
    this.#secondsSaved += saved
    this.curve.use(key.digest, entry.bytes, saved)
    const { value, isPromise } = entry.value
    return isPromise ? Promise.resolve(value) : value
  }

  /** Waits for another's computation. It needs no memory, so the curve does not count it. */
  async #join({ result }: Flight, start: number): Promise<unknown> {
    const { value, seconds } = await result
    this.#hits++
    this.#joined++
    this.#secondsSaved += seconds - (now() - start)
    return value
  }

  /** Lets other calls share a computation until it is settled. */
  async #fly(key: Key, result: Promise<Found>): Promise<unknown> {
    const flight = { text: key.text, result }
    this.#flights.set(key.digest, flight)
    try {
      return (await result).value
    } finally {
      // Another key of the same digest may have taken the place.
      if (this.#flights.get(key.digest) === flight) this.#flights.delete(key.digest)
    }
  }

  async #await(key: Key, result: PromiseLike<unknown>, start: number, begun: number) {
    const value = await result
    const seconds = now() - begun
    this.#computed(key, { value, isPromise: true }, begun - start, seconds)
    return { value, seconds }
  }

  /** From the store, or else computed and stored. */
  async #fetch(key: Key, args: A, start: number): Promise<Found> {
    this.#store ??= this.#openStore?.()
    const store = await this.#store
    const stored = await store?.read(key)
    const begun = now()
    if (stored !== undefined) {
      const { value, seconds } = stored
      const saved = seconds - (begun - start)
      this.#hits++
      this.#storeHits++
      this.#secondsSaved += saved
      this.#keep(key, { value, isPromise: true }, seconds, saved)
      return { value, seconds }
    }
    const value = await this.#f(...args)
    const seconds = now() - begun
    this.#computed(key, { value, isPromise: true }, begun - start, seconds)
    await store?.write(key, { value, seconds })
    return { value, seconds }
  }

  #computed(key: Key, kept: Kept, lookup: number, seconds: number): void {
    this.#misses++
    this.#keep(key, kept, seconds, seconds - lookup)
  }

  #keep(key: Key, kept: Kept, seconds: number, saved: number): void {
    const bytes = bytesWith(key, this.#sizeOf(kept.value))
    this.#cache.keep(key, { text: key.text, value: kept, bytes, seconds })
    this.curve.use(key.digest, bytes, saved)
  }
}

/** Seconds on a clock that never goes back. */
function now(): number {
  return performance.now() / 1000
}
