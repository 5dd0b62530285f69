/** Batches that are made ready while the steps before them run. */

import { BatchOrder, type Examples, type HostBatch, type OrderPlace } from "./examples.ts"

/** Batches that lie ready or are being made, at most: each takes memory. */
const mostReady = 2

interface Ready {
  readonly batch: HostBatch
  /** Where the walk stands behind it. */
  readonly place: OrderPlace
}

/**
 * The batches of a walk through examples, in an order that seed and place alone decide. Examples that
 * come from files are read and decoded for the next batches while the device is at work.
 */
export class BatchesAhead {
  readonly #examples: Examples
  readonly #size: number
  readonly #seed: number
  #order: BatchOrder
  #place: OrderPlace
  #numbers: Promise<unknown> = Promise.resolve()
  #ready: Promise<Ready>[] = []

  constructor(examples: Examples, size: number, seed: number, place?: OrderPlace) {
    this.#examples = examples
    this.#size = size
    this.#seed = seed
    this.#order = new BatchOrder(examples.count, size, seed, place)
    this.#place = this.#order.place
  }

  /** Where the walk stands behind the latest batch that was taken. */
  get place(): OrderPlace {
    return this.#place
  }

  /** The next batch. */
  async next(): Promise<HostBatch> {
    const [first] = this.#ready.length > 0 ? this.#ready : [this.#add()]
    // Made ready now, so that it is there when the step that this batch is for has begun.
    while (this.#ready.length <= mostReady) this.#add()
    this.#ready.shift()
    const { batch, place } = await first
    this.#place = place
    return batch
  }

  /** Goes back, or on, to a place. */
  moveTo(place: OrderPlace): void {
    this.#order = new BatchOrder(this.#examples.count, this.#size, this.#seed, place)
    this.#place = place
    this.#numbers = Promise.resolve()
    this.#ready = []
  }

  #add(): Promise<Ready> {
    const order = this.#order
    // Numbers are drawn one batch after another, what they stand for is read at the same time.
    const drawn = this.#numbers.then(async () => ({
      numbers: await order.next(),
      place: order.place,
    }))
    this.#numbers = drawn
    const ready = drawn.then(async ({ numbers, place }) => ({
      batch: await this.#examples.gather(numbers),
      place,
    }))
    ready.catch(() => {})
    this.#ready.push(ready)
    return ready
  }
}
