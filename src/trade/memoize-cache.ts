/** Results that are kept, the least recently used of them given up first. */

import type { Key } from "./memoize-key.ts"
import { valueBytes } from "./memoize-size.ts"

export interface Entry<Value> {
  readonly text: string
  readonly value: Value
  /** What the entry holds in memory, its key and its own bookkeeping included. */
  readonly bytes: number
  /** What the computation took. */
  readonly seconds: number
}

/**
 * Bytes of an entry apart from its key's text and its value: the entry, its place among the others
 * and its numbers. Measured as the value sizes are.
 */
const entryBytes = 160

/** Bytes that an entry takes whose value takes so many. */
export function bytesWith(key: Key, bytesOfValue: number): number {
  return entryBytes + valueBytes.string + 2 * key.text.length + bytesOfValue
}

/** Entries within a budget of bytes. Each operation takes constant time. */
export class LeastRecentlyUsed<Value> {
  readonly budget: number
  /** In order of use, the oldest first: that is the order in which a Map was filled. */
  readonly #entries = new Map<number, Entry<Value>>()
  #bytes = 0
  #evictions = 0

  constructor(budget: number) {
    this.budget = budget
  }

  get bytes(): number {
    return this.#bytes
  }

  get size(): number {
    return this.#entries.size
  }

  get evictions(): number {
    return this.#evictions
  }

  /** The entry of a key, which becomes the newest. */
  use(key: Key): Entry<Value> | undefined {
    const entry = this.#entries.get(key.digest)
    // Two keys of one digest are told apart here; the later one takes the place of the other.
    if (entry === undefined || entry.text !== key.text) return undefined
    this.#entries.delete(key.digest)
    this.#entries.set(key.digest, entry)
    return entry
  }

  /** Keeps an entry, unless it is larger than the whole budget: then all others stay. */
  keep(key: Key, entry: Entry<Value>): void {
    this.#remove(key.digest)
    if (entry.bytes > this.budget) return
    this.#entries.set(key.digest, entry)
    this.#bytes += entry.bytes
    for (const digest of this.#entries.keys()) {
      if (this.#bytes <= this.budget) break
      this.#remove(digest)
      this.#evictions++
    }
  }

  clear(): void {
    this.#entries.clear()
    this.#bytes = 0
  }

  #remove(digest: number): void {
    this.#bytes -= this.#entries.get(digest)?.bytes ?? 0
    this.#entries.delete(digest)
  }
}
