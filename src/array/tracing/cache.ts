/** Values made once per key; the oldest make room when there are too many. */
export class Cache<V> {
  readonly #entries = new Map<string, V>()
  readonly #capacity: number

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  get size(): number {
    return this.#entries.size
  }

  get(key: string, make: () => V): V {
    const known = this.#entries.get(key)
    if (known !== undefined) return known
    const made = make()
    if (this.#entries.size >= this.#capacity) {
      const [oldest] = this.#entries.keys()
      this.#entries.delete(oldest)
    }
    this.#entries.set(key, made)
    return made
  }
}
