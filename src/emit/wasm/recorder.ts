/**
 * Recording builds: what each thread did when, in memory of its own.
 *
 *     a thread's record, `bytes` long
 *     word 0       entries written
 *     from byte 64 entries of 24 bytes: group (−1 while waiting for others), piece, start, end
 *
 * Times are float64 milliseconds of `env.now`. What does not fit is left out.
 */

import type { FunctionBuilder, Local, ModuleBuilder, Operand } from "./assembler.ts"

/** Where threads write their records: thread t from `address + t·bytes` on, aligned to 64 bytes. */
export interface Recording {
  readonly address: number
  readonly bytes: number
}

const headBytes = 64
const entryBytes = 24
/** The group of an entry that is a wait. */
const waiting = -1

/** One line of a record. */
export interface RecordedEntry {
  /** The number of the group in the program's stages; undefined while waiting for other threads. */
  readonly group: number | undefined
  readonly piece: number
  /** Milliseconds. */
  readonly start: number
  readonly end: number
}

/** Writes the code that keeps records. */
export class Recorder {
  readonly #recording: Recording
  readonly #now: number

  constructor(module: ModuleBuilder, recording: Recording) {
    this.#recording = recording
    this.#now = module.importFunction("env", "now", { params: [], results: ["f64"] })
  }

  /** For the start of a run. */
  begin(f: FunctionBuilder): Record {
    const base = f.local("i32", "record")
    const { address, bytes } = this.#recording
    f.set(base, () => {
      f.localGet(f.param(0))
      f.i32.const(bytes)
      f.i32.mul()
      f.i32.const(address)
      f.i32.add()
    })
    const count = f.local("i32", "entries")
    f.set(count, 0)
    return new Record(f, this.#now, base, count, Math.floor((bytes - headBytes) / entryBytes))
  }
}

/** A thread's record in the code of a function. */
class Record {
  readonly #f: FunctionBuilder
  readonly #now: number
  readonly #base: Local
  readonly #count: Local
  readonly #room: number

  constructor(f: FunctionBuilder, now: number, base: Local, count: Local, room: number) {
    this.#f = f
    this.#now = now
    this.#base = base
    this.#count = count
    this.#room = room
  }

  /** Code with an entry around it. */
  around(group: number | undefined, piece: Operand, body: () => void): void {
    const f = this.#f
    const start = f.local("f64", "start")
    f.call(this.#now)
    f.localSet(start)
    body()
    f.localGet(this.#count)
    f.i32.const(this.#room)
    f.i32.lt_s()
    f.if()
    this.#pushEntry()
    f.i32.const(group ?? waiting)
    f.i32.store(headBytes)
    this.#pushEntry()
    f.push(piece, "i32")
    f.i32.store(headBytes + 4)
    this.#pushEntry()
    f.localGet(start)
    f.f64.store(headBytes + 8)
    this.#pushEntry()
    f.call(this.#now)
    f.f64.store(headBytes + 16)
    f.increment(this.#count, 1)
    f.localGet(this.#base)
    f.localGet(this.#count)
    f.i32.store()
    f.end()
  }

  #pushEntry(): void {
    const f = this.#f
    f.localGet(this.#base)
    f.localGet(this.#count)
    f.i32.const(entryBytes)
    f.i32.mul()
    f.i32.add()
  }
}

export type { Record }

/** The entries of one thread's record. */
export function readRecord(words: Int32Array): readonly RecordedEntry[] {
  const times = new Float64Array(words.buffer, words.byteOffset, words.length >> 1)
  return Array.from({ length: words[0] }, (_, i): RecordedEntry => {
    const word = (headBytes + i * entryBytes) / 4
    const group = words[word]
    return {
      group: group === waiting ? undefined : group,
      piece: words[word + 1],
      start: times[word / 2 + 1],
      end: times[word / 2 + 2],
    }
  })
}
