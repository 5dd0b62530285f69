/** How much else has been used since something was used last, in bytes. */

interface Place {
  /** The time of the last use. */
  time: number
  bytes: number
}

/**
 * The stack of Mattson, Gecsei, Slutz and Traiger (1970): all things in the order of their last
 * use, the newest on top, each as high as it has bytes. A thing's distance is the height of the
 * stack down to its foot: the least memory in which least-recently-used replacement still has it.
 *
 * Heights are prefix sums over the times of last use, in a Fenwick tree: O(log n) for each use,
 * where n things are on the stack. Times are renumbered when the tree is full.
 */
export class UseStack {
  readonly #places = new Map<number, Place>()
  #tree = new Float64Array(1025)
  #time = 0
  #bytes = 0

  get size(): number {
    return this.#places.size
  }

  /**
   * Puts a thing on top and returns the bytes that lay above it, or undefined if it is new.
   * @param bytes what it takes from now on.
   */
  use(thing: number, bytes: number): number | undefined {
    if (this.#time + 1 === this.#tree.length) this.#renumber()
    const place = this.#places.get(thing)
    let above: number | undefined
    if (place === undefined) {
      this.#places.set(thing, { time: this.#time, bytes })
    } else {
      above = this.#bytes - this.#below(place.time + 1)
      this.#add(place.time, -place.bytes)
      this.#bytes -= place.bytes
      place.time = this.#time
      place.bytes = bytes
    }
    this.#add(this.#time++, bytes)
    this.#bytes += bytes
    return above
  }

  /** Takes away all things but those that pass. */
  retain(passes: (thing: number) => boolean): void {
    for (const thing of this.#places.keys()) {
      if (!passes(thing)) this.#places.delete(thing)
    }
    this.#renumber()
  }

  /** The bytes of all things that were last used before a time. */
  #below(time: number): number {
    let sum = 0
    for (let i = time; i > 0; i &= i - 1) sum += this.#tree[i]!
    return sum
  }

  #add(time: number, bytes: number): void {
    const tree = this.#tree
    for (let i = time + 1; i < tree.length; i += i & -i) tree[i]! += bytes
  }

  #renumber(): void {
    const places = [...this.#places.values()].sort((a, b) => a.time - b.time)
    this.#tree = new Float64Array(Math.max(1024, 2 * places.length) + 1)
    this.#time = 0
    this.#bytes = 0
    for (const place of places) {
      place.time = this.#time
      this.#add(this.#time++, place.bytes)
      this.#bytes += place.bytes
    }
  }
}
