/** What a worker and the host do alike: instantiate programs, and take part in jobs. */

import { now } from "./clock.ts"
import {
  completedWord,
  controlBytes,
  failedWord,
  following,
  presenceCell,
  presenceOf,
  presentOf,
  slotArgs,
  slotProgram,
  slotThreads,
  slotTogether,
  slotWord,
  withoutOne,
} from "./control.ts"
import { reasonOf } from "./home.ts"
import { hostMaths } from "./host-maths.ts"

export type Main = (thread: number, threads: number, args: number) => void

/** A program's entry, on a memory. */
export function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory): Main {
  const { exports } = new WebAssembly.Instance(module, { env: { memory, now }, math: hostMaths })
  return exports.main as Main
}

/** The word at which threads of a pool's runs meet: the lower half of the presence. */
export const presenceAddress = 8 * presenceCell

/** The number that no job comes before. */
const nobody = BigInt(-1) << 32n

/** The part that one thread takes in the jobs of a pool. */
export class Part {
  readonly #words: Int32Array
  readonly #presence: BigInt64Array

  constructor({ buffer }: WebAssembly.Memory) {
    this.#words = new Int32Array(buffer, 0, controlBytes / 4)
    this.#presence = new BigInt64Array(buffer, 0, controlBytes / 8)
  }

  /** For a page of zeros that no thread looks at yet. */
  reset(): void {
    Atomics.store(this.#presence, presenceCell, nobody)
  }

  /**
   * Does a thread's part of a job, if there is one left, and returns whether it ended the job. All
   * jobs before it are done.
   * @throws Error when the program fails.
   */
  take(job: number, thread: number, main: Main): boolean {
    const words = this.#words
    const slot = slotWord(job)
    if (!this.#join(job, Atomics.load(words, slot + slotTogether))) return false
    try {
      main(thread, Atomics.load(words, slot + slotThreads), Atomics.load(words, slot + slotArgs))
    } catch (error) {
      const program = Atomics.load(words, slot + slotProgram)
      throw new Error(`program ${program} failed (${reasonOf(error)})`)
    }
    const before = Atomics.sub(words, 2 * presenceCell, presenceOf(1))
    if (presentOf(before) > 1 || Atomics.load(words, failedWord) === 1) return false
    Atomics.store(words, completedWord, following(job))
    Atomics.notify(words, completedWord)
    return true
  }

  /** For a thread that fails: nobody is kept waiting for it, and no job counts as done any more. */
  abandon(): void {
    const words = this.#words
    const word = 2 * presenceCell
    Atomics.store(words, failedWord, 1)
    let seen = Atomics.load(words, word)
    for (;;) {
      const found = Atomics.compareExchange(words, word, seen, withoutOne(seen))
      if (found === seen) break
      seen = found
    }
    Atomics.notify(words, word)
  }

  /** Counts this thread, or all that go through the job together, as being there; false if it is done. */
  #join(job: number, together: number): boolean {
    const presence = this.#presence
    let seen = Atomics.load(presence, presenceCell)
    for (;;) {
      const at = Number(seen >> 32n)
      const present = presentOf(Number(BigInt.asIntN(32, seen)))
      let next: bigint
      if (at === job && present > 0) {
        if (together > 1) return true
        next = seen + BigInt(presenceOf(1))
      } else if (following(at) === job && present === 0) {
        next = (BigInt(job) << 32n) | BigInt(presenceOf(together))
      } else return false
      const found = Atomics.compareExchange(presence, presenceCell, seen, next)
      if (found === seen) return true
      seen = found
    }
  }
}
