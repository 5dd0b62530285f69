/** One call of `spread`: which thread gets which items when. */

import { errorOf, SpreadError } from "./spread-function.ts"
import {
  begun,
  claimWords,
  type FromThread,
  mostItems,
  openClaim,
  type Sendable,
  slots,
  takeBack,
  unbegun,
} from "./spread-message.ts"
import { Source, type Unit } from "./spread-source.ts"
import { Thread } from "./spread-thread.ts"
import { buffersOf } from "./spread-transfer.ts"

/** Where results go. */
export interface Sink {
  put(index: number, result: unknown): void
  /** Results that nobody has taken yet. */
  readonly waiting: number
}

export interface RunOptions<T> {
  readonly f: Sendable
  readonly items: Iterable<T> | AsyncIterable<T>
  readonly threads: number
  readonly transfer: boolean
  /** Most results that may wait to be taken. */
  readonly ahead: number
  readonly sink: Sink
}

/**
 * What a batch should take: long against a message and the host's way to the processor. Where what
 * is not begun cannot be taken back, also short, for balance. It is doubled up to the most when
 * threads wait, because the host has no processor to itself.
 */
const batchSeconds = { takenBack: 8e-3, most: 0.1, kept: 1e-3 }

/** Items of such a length are not sent before a thread is free for them. */
const longSeconds = 25e-3

/** Shorter batches are not worth a message. */
const leastSeconds = 5e-5

interface Batch<T> {
  units: Unit<T>[]
}

/** A thread with the batches it has. */
interface Seat<T> {
  readonly thread: Thread
  readonly claims: Int32Array | undefined
  /** By slot; the earlier of two comes first in `order`. */
  readonly batches: (Batch<T> | undefined)[]
  readonly order: number[]
}

/**
 * Threads get items in batches that take some milliseconds, by what items took so far, and are
 * sent the next batch while they work on one. When there is nothing left to send, a thread without
 * work gets half of what another has not begun; so no thread is idle while an item waits, however
 * uneven items are.
 */
export class Run<T> {
  readonly #options: RunOptions<T>
  readonly #source: Source<T>
  readonly #seats: Seat<T>[] = []
  /** What a batch should take. */
  #batchSeconds: number
  readonly #settled = Promise.withResolvers<void>()
  readonly #canTakeBack: boolean
  #ended = false
  /** Seconds and items of late, older ones counting half with each batch. */
  #seconds = 0
  #items = 0
  #largest = 1

  constructor(options: RunOptions<T>) {
    this.#options = options
    this.#canTakeBack = !options.transfer && claimWords() !== undefined
    this.#batchSeconds = this.#canTakeBack ? batchSeconds.takenBack : batchSeconds.kept
    this.#source = new Source(options.items, {
      news: () => this.advance(),
      failure: (error) => this.fail(error),
    })
  }

  /** Settles when all results have been put, or with the error that ended the run. */
  get done(): Promise<void> {
    return this.#settled.promise
  }

  /** Hands out what there is; to be called again when results have been taken. */
  advance(): void {
    try {
      while (!this.#ended && this.#handOut()) {}
    } catch (error) {
      // The list of items itself failed, or an item cannot be sent.
      this.fail(error)
    }
    if (this.#source.done && this.#seats.every(isIdle)) this.#end()
  }

  /** Ends the run with an error, wherever the threads are. */
  fail(error: unknown): void {
    if (this.#ended) return
    this.#settled.reject(error)
    this.#end()
  }

  /** Ends the run without its results. */
  stop(): void {
    if (!this.#ended) this.#end()
  }

  #end(): void {
    if (this.#ended) return
    this.#ended = true
    for (const seat of this.#seats) {
      if (isIdle(seat)) seat.thread.release()
      else seat.thread.stop()
    }
    this.#source.close()
    this.#settled.resolve()
  }

  /** Sends a batch to a thread that should have one; false if there is none, or nothing to send. */
  #handOut(): boolean {
    const { threads, sink, ahead } = this.#options
    const free = this.#seats.find(isIdle)
    const isShort = this.#items > 0 && this.#seconds / this.#items < longSeconds
    const canGrow = this.#seats.length < threads
    const next = free ?? (canGrow || !isShort ? undefined : this.#seats.find(hasRoom))
    if (next === undefined && !canGrow) return false
    const room = ahead - sink.waiting - (ahead === Number.POSITIVE_INFINITY ? 0 : this.#sent())
    const units = room > 0 ? this.#source.take(Math.min(this.#batchSize(), room)) : []
    if (units.length === 0) {
      return free !== undefined && this.#relieve(free)
    }
    this.#send(next ?? this.#seat(), units)
    return true
  }

  #seat(): Seat<T> {
    const seat: Seat<T> = {
      thread: Thread.take({
        message: (message) => this.#hear(seat, message),
        death: (reason) => this.#bury(seat, reason),
      }),
      claims: claimWords(),
      batches: new Array(slots).fill(undefined),
      order: [],
    }
    seat.thread.post({
      kind: "function",
      f: this.#options.f,
      transfer: this.#options.transfer,
    })
    this.#seats.push(seat)
    return seat
  }

  #send(seat: Seat<T>, units: Unit<T>[]): void {
    const slot = seat.batches.indexOf(undefined)
    const items = units.map(({ item }) => item)
    if (seat.claims !== undefined) openClaim(seat.claims, slot, items.length)
    try {
      const transfer = this.#options.transfer ? buffersOf(items) : []
      seat.thread.post({ kind: "batch", slot, items, claims: seat.claims }, transfer)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      const { index, item } = units.find((unit) => !isCloneable(unit.item)) ?? units[0]!
      throw new SpreadError(index, item, `cannot be sent to a thread: ${reason}`, error)
    }
    seat.batches[slot] = { units }
    seat.order.push(slot)
  }

  /** Gives a thread without work half of what another has not begun. */
  #relieve(seat: Seat<T>): boolean {
    // What has been transferred is no longer here.
    if (!this.#canTakeBack) return false
    let most = 0
    let from: { batch: Batch<T>; claims: Int32Array; slot: number } | undefined
    for (const { claims, batches } of this.#seats) {
      batches.forEach((batch, slot) => {
        if (claims === undefined || batch === undefined) return
        const items = unbegun(claims, slot)
        if (items <= most) return
        most = items
        from = { batch, claims, slot }
      })
    }
    if (from === undefined) return false
    const units = from.batch.units.splice(takeBack(from.claims, from.slot))
    if (units.length === 0) return false
    this.#send(seat, units)
    return true
  }

  #batchSize(): number {
    const mean = this.#seconds / this.#items
    const { remaining } = this.#source
    if (this.#items === 0) return 1
    const wished = mean > 0 ? this.#batchSeconds / mean : mostItems
    // Towards the end the batches become small, since the last of them sets the time.
    const fair = (remaining ?? Number.POSITIVE_INFINITY) / (2 * this.#options.threads)
    const least = mean > 0 ? leastSeconds / mean : 1
    const size = Math.min(wished, this.#largest, Math.max(fair, least))
    return Math.max(1, Math.min(mostItems, Math.ceil(size)))
  }

  #sent(): number {
    let items = 0
    for (const { batches } of this.#seats) {
      for (const batch of batches) items += batch?.units.length ?? 0
    }
    return items
  }

  #hear(seat: Seat<T>, message: FromThread): void {
    if (this.#ended) return
    const { slot } = message
    const units = seat.batches[slot]?.units ?? []
    if (message.kind === "failed") {
      const { index, item } = units[message.failure.place ?? 0]!
      this.fail(errorOf(this.#options.f, message.failure, index, item))
      return
    }
    const { results, seconds, waited } = message
    seat.batches[slot] = undefined
    seat.order.splice(seat.order.indexOf(slot), 1)
    this.#seconds = this.#seconds / 2 + seconds
    this.#items = this.#items / 2 + results.length
    if (this.#canTakeBack && !this.#source.done && waited > seconds / 20) {
      this.#batchSeconds = Math.min(batchSeconds.most, 2 * this.#batchSeconds)
    }
    if (results.length >= this.#largest) this.#largest = 8 * results.length
    for (let place = 0; place < results.length; place++) {
      this.#options.sink.put(units[place]!.index, results[place])
    }
    this.advance()
  }

  /** A thread has ended by itself: the function ended it, or ran out of memory. */
  #bury(seat: Seat<T>, reason: string): void {
    if (this.#ended) return
    const slot = seat.order[0]
    const units = slot === undefined ? [] : (seat.batches[slot]?.units ?? [])
    const place = seat.claims && slot !== undefined ? begun(seat.claims, slot) - 1 : 0
    const { index, item } = units[Math.max(0, place)] ?? { index: 0, item: undefined }
    this.fail(new SpreadError(index, item, `ended its thread: ${reason}`))
  }
}

function isIdle<T>({ batches }: Seat<T>): boolean {
  return batches.every((batch) => batch === undefined)
}

function hasRoom<T>({ batches }: Seat<T>): boolean {
  return batches.includes(undefined)
}

function isCloneable(value: unknown): boolean {
  try {
    structuredClone(value)
    return true
  } catch {
    return false
  }
}
