/** Where the items of `spread` come from: a list, or something that yields them in its own time. */

/** An item and its place among all. */
export interface Unit<T> {
  readonly index: number
  readonly item: T
}

export interface SourceListener {
  /** There may be more to take, or the end has come. */
  news(): void
  failure(error: unknown): void
}

/** Items are asked for as they are taken, never all of them ahead. */
export class Source<T> {
  readonly #listener: SourceListener
  readonly #now: Iterator<T> | undefined
  readonly #later: AsyncIterator<T> | undefined
  readonly #length: number | undefined
  /** Items that came later than they were asked for. */
  readonly #ready: T[] = []
  #taken = 0
  #wanted = 0
  #pumping = false
  #exhausted = false

  constructor(items: Iterable<T> | AsyncIterable<T>, listener: SourceListener) {
    this.#listener = listener
    if (Symbol.asyncIterator in items) {
      this.#later = items[Symbol.asyncIterator]()
    } else {
      this.#now = items[Symbol.iterator]()
      this.#length = lengthOf(items)
    }
  }

  /** Nothing is left and nothing will come. */
  get done(): boolean {
    return this.#exhausted && this.#ready.length === 0
  }

  /** How many are left to take, if that is known. */
  get remaining(): number | undefined {
    return this.#length === undefined ? undefined : Math.max(0, this.#length - this.#taken)
  }

  /** At most so many items, as many as there are at once; more are asked for. */
  take(most: number): Unit<T>[] {
    if (this.#later !== undefined) {
      this.#wanted = most
      void this.#pump(this.#later)
      return this.#ready.splice(0, most).map((item) => this.#unit(item))
    }
    const units: Unit<T>[] = []
    while (units.length < most && !this.#exhausted) {
      const step = this.#now?.next()
      if (step === undefined || step.done) this.#exhausted = true
      else units.push(this.#unit(step.value))
    }
    return units
  }

  /** Tells the source that no more is wanted, unless it ended by itself. */
  close(): void {
    if (this.#exhausted) return
    this.#exhausted = true
    this.#now?.return?.()
    // What a source says while it is put away concerns nobody any more.
    this.#later?.return?.().then(undefined, () => {})
  }

  #unit(item: T): Unit<T> {
    return { index: this.#taken++, item }
  }

  /** Asks for one item after another until as many are ready as were wanted last. */
  async #pump(items: AsyncIterator<T>): Promise<void> {
    if (this.#pumping) return
    this.#pumping = true
    try {
      while (!this.#exhausted && this.#ready.length < this.#wanted) {
        const step = await items.next()
        if (this.#exhausted) break
        if (step.done) this.#exhausted = true
        else this.#ready.push(step.value)
        this.#listener.news()
      }
    } catch (error) {
      this.#exhausted = true
      this.#listener.failure(error)
    } finally {
      this.#pumping = false
    }
  }
}

function lengthOf(items: object): number | undefined {
  if ("length" in items && typeof items.length === "number") return items.length
  if ("size" in items && typeof items.size === "number") return items.size
  return undefined
}
