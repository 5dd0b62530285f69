/** Concurrent requests are answered together: rows wait a moment for company. */

import type { Predictions } from "../solver.ts"
import type { Servable } from "./servable.ts"

interface Waiting {
  readonly rows: readonly unknown[]
  readonly resolve: (predictions: Predictions) => void
  readonly reject: (error: unknown) => void
}

/** Too many rows wait. */
export class Busy extends Error {
  override readonly name = "Busy"
}

/** Rows that are predicted together, at most. */
const batchRows = 1024
/** Rows that wait, at most. */
const mostWaiting = 100_000

export class Batching {
  readonly #network: Servable
  readonly #waitMilliseconds: number
  #queue: Waiting[] = []
  #waitingRows = 0
  #running: Promise<void> | undefined
  /** Predictions made together so far. */
  batches = 0

  constructor(network: Servable, waitMilliseconds: number) {
    this.#network = network
    this.#waitMilliseconds = waitMilliseconds
  }

  /**
   * Predictions for rows, made together with those of others.
   * @throws Busy when too many rows wait already.
   */
  predict(rows: readonly unknown[]): Promise<Predictions> {
    if (this.#waitingRows + rows.length > mostWaiting) {
      throw new Busy(`${this.#waitingRows} rows wait already: try again later`)
    }
    this.#waitingRows += rows.length
    return new Promise((resolve, reject) => {
      this.#queue.push({ rows, resolve, reject })
      this.#running ??= this.#run()
    })
  }

  /** Resolves when nothing waits. */
  async settled(): Promise<void> {
    while (this.#running !== undefined) await this.#running
  }

  async #run(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, this.#waitMilliseconds))
    while (this.#queue.length > 0) {
      const batch: Waiting[] = []
      let rows = 0
      do {
        const [next] = this.#queue.splice(0, 1)
        batch.push(next)
        rows += next.rows.length
      } while (this.#queue.length > 0 && rows + this.#queue[0].rows.length <= batchRows)
      await this.#answer(batch)
      this.#waitingRows -= rows
    }
    this.#running = undefined
  }

  async #answer(batch: readonly Waiting[]): Promise<void> {
    this.batches++
    const rows = batch.flatMap((waiting) => waiting.rows)
    try {
      const found = await this.#network.predict(rows)
      // What is odd about one request's rows is for nobody else to see.
      if (found.notes.length > 0 && batch.length > 1) return this.#answerEach(batch)
      let at = 0
      for (const waiting of batch) {
        const own = found.rows.slice(at, at + waiting.rows.length)
        at += waiting.rows.length
        waiting.resolve({ rows: own, notes: found.notes })
      }
    } catch (error) {
      if (batch.length === 1) return batch[0].reject(error)
      // One request's fault is not the others'.
      await this.#answerEach(batch)
    }
  }

  async #answerEach(batch: readonly Waiting[]): Promise<void> {
    for (const waiting of batch) await this.#answer([waiting])
  }
}
