/** Examples on the host, and batches of them on the device. */

import { type Array, np } from "../../array/index.ts"
import type { TypedArray } from "../../size/index.ts"
import type { Batch } from "../networks/batch-network.ts"
import { shuffled } from "./shuffled.ts"

/** Arrays outside any device, examples along the first axis. */
export interface HostArray {
  readonly data: TypedArray
  readonly shape: readonly number[]
}

export type HostBatch = { readonly [name: string]: HostArray }

/** Where batches come from: memory, files or a generator. */
export interface Examples {
  readonly count: number
  /** The examples with some numbers; each call gives arrays of the same names, dtypes and ranks. */
  gather(numbers: Uint32Array): HostBatch | Promise<HostBatch>
}

/** Puts a batch on the device. */
export function putBatch(batch: HostBatch): Batch {
  return Object.fromEntries(
    Object.entries(batch).map(([name, { data, shape }]): [string, Array] => {
      using flat = np.array(data)
      return [name, flat.reshape([...shape])]
    }),
  )
}

export function disposeBatch(batch: Batch): void {
  for (const array of Object.values(batch)) array.dispose()
}

/** Where a walk through the examples stands. */
export interface OrderPlace {
  readonly epoch: number
  readonly at: number
}

/** Batches of numbers in an order that is drawn anew for every epoch, by seed and epoch alone. */
export class BatchOrder {
  readonly #count: number
  readonly #batch: number
  readonly #seed: number
  #place: OrderPlace
  #order: Uint32Array | undefined
  /** The order after this one: drawn ahead, so that no epoch begins with waiting. */
  #following: Promise<Uint32Array> | undefined

  constructor(count: number, batch: number, seed: number, place: OrderPlace = { epoch: 0, at: 0 }) {
    this.#count = count
    this.#batch = Math.min(batch, count)
    this.#seed = seed
    this.#place = place
  }

  get place(): OrderPlace {
    return this.#place
  }

  /** The numbers of the next batch; what does not fill a batch waits for the next epoch. */
  async next(): Promise<Uint32Array> {
    if (this.#place.at + this.#batch > this.#count) {
      this.#place = { epoch: this.#place.epoch + 1, at: 0 }
      this.#order = undefined
    }
    const { epoch, at } = this.#place
    if (this.#order === undefined) {
      this.#order = await (this.#following ?? this.#draw(epoch))
      this.#following = this.#draw(epoch + 1)
      this.#following.catch(() => {})
    }
    this.#place = { epoch, at: at + this.#batch }
    return this.#order.slice(at, at + this.#batch)
  }

  /** Goes back, or on, to a place. */
  moveTo(place: OrderPlace): void {
    this.#place = place
    this.#order = undefined
    this.#following = undefined
  }

  #draw(epoch: number): Promise<Uint32Array> {
    return shuffled(this.#count, this.#seed + epoch)
  }
}
