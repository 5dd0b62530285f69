/** Where a program's buffers are when it runs: GPU buffers, and places in them. */

import { type Buffer, bytesOf, type Program, type Storage } from "../../schedule/index.ts"

/** One GPU buffer of a run. Those that a run writes are all different. */
export type Memory =
  | { readonly kind: "input"; readonly number: number }
  | { readonly kind: "output"; readonly number: number }
  | { readonly kind: "arena"; readonly segment: number }
  /** What the passes of one kernel hand to each other. */
  | { readonly kind: "scratch" }
  /** The workgroups of dispatches that gates decide. */
  | { readonly kind: "gates" }
  /** Copies of inputs and outputs, where a shader would need too many memories: see {@link Joined}. */
  | { readonly kind: "joined" }

export interface Place {
  /** Number in {@link Memories.all}. */
  readonly memory: number
  /** Words before the buffer's first element. */
  readonly offset: number
}

/**
 * A memory that shaders know by a copy of it, beside others in one memory: copied there before the
 * program's first step where it is an input, and back after the last one where it is written.
 */
export interface Joined {
  readonly memory: number
  /** Bytes before it in the joined memory. */
  readonly offset: number
  readonly bytes: number
  readonly written: boolean
}

const wordBytes = 4
const alignment = 256

export class Memories {
  readonly all: readonly Memory[]
  readonly joined: readonly Joined[]
  readonly #program: Program
  readonly #segmentBytes: number
  readonly #segments: number
  readonly #numbers = new Map<string, number>()

  /** @param join the numbers of inputs and outputs that are joined in one memory */
  constructor(program: Program, segmentBytes: number, join: ReadonlySet<number> = new Set()) {
    this.#program = program
    this.#segmentBytes = segmentBytes
    const all: Memory[] = []
    const note = (memory: Memory): void => {
      this.#numbers.set(keyOf(memory), all.length)
      all.push(memory)
    }
    for (const number of program.inputs.keys()) note({ kind: "input", number })
    for (const [number, buffer] of program.outputs.entries()) {
      const own = program.storage.get(buffer)
      const isOwn = own?.kind === "output" && own.number === number
      if (isOwn && !program.donations.has(number)) note({ kind: "output", number })
    }
    // Buffers without elements lie in an arena too.
    this.#segments = Math.max(1, Math.ceil(program.arenaBytes / segmentBytes))
    for (let segment = 0; segment < this.#segments; segment++) note({ kind: "arena", segment })
    note({ kind: "scratch" })
    note({ kind: "gates" })
    if (join.size > 0) note({ kind: "joined" })
    this.all = all
    const joined: Joined[] = []
    let offset = 0
    for (const memory of join) {
      const bytes = this.bytesOf(memory)
      joined.push({ memory, offset, bytes, written: this.#isWritten(all[memory]) })
      offset += alignment * Math.ceil(bytes / alignment)
    }
    this.joined = joined
  }

  get scratch(): number {
    return this.#numberOf({ kind: "scratch" })
  }

  get gates(): number {
    return this.#numberOf({ kind: "gates" })
  }

  /** Bytes of the joined memory. */
  get joinedBytes(): number {
    return this.joined.reduce((end, { offset, bytes }) => Math.max(end, offset + bytes), 0)
  }

  /** Bytes of an input or output, in whole words. */
  bytesOf(number: number): number {
    const memory = this.all[number]
    if (memory.kind !== "input" && memory.kind !== "output") {
      throw new Error(`a memory of kind ${memory.kind} is no array's`)
    }
    const { inputs, outputs } = this.#program
    const buffers = memory.kind === "input" ? inputs : outputs
    return wordBytes * Math.ceil(bytesOf(buffers[memory.number]) / wordBytes)
  }

  /** An output that takes over a donated input is that input's memory. */
  placeOf(buffer: Buffer): Place {
    const storage = this.#program.storage.get(buffer)
    if (storage === undefined) throw new Error(`buffer ${buffer.name} was given no memory`)
    const { memory, offset } = this.#memoryOf(storage)
    const number = this.#numberOf(memory)
    const joined = this.joined.find((one) => one.memory === number)
    if (joined === undefined) return { memory: number, offset: offset / wordBytes }
    const place = (offset + joined.offset) / wordBytes
    return { memory: this.#numberOf({ kind: "joined" }), offset: place }
  }

  #numberOf(memory: Memory): number {
    const number = this.#numbers.get(keyOf(memory))
    if (number === undefined) throw new Error(`a program has no memory ${keyOf(memory)}`)
    return number
  }

  #isWritten(memory: Memory): boolean {
    if (memory.kind !== "input") return true
    return [...this.#program.donations.values()].includes(memory.number)
  }

  #memoryOf(storage: Storage): { readonly memory: Memory; readonly offset: number } {
    if (storage.kind === "arena") {
      const number = Math.floor(storage.offset / this.#segmentBytes)
      const segment = Math.min(number, this.#segments - 1)
      const offset = segment === 0 ? storage.offset : storage.offset - segment * this.#segmentBytes
      return { memory: { kind: "arena", segment }, offset }
    }
    if (storage.kind === "private") throw new Error("workgroups have no memory of their own")
    const from = storage.kind === "output" ? this.#program.donations.get(storage.number) : undefined
    if (from !== undefined) return { memory: { kind: "input", number: from }, offset: 0 }
    return { memory: storage, offset: 0 }
  }
}

function keyOf(memory: Memory): string {
  switch (memory.kind) {
    case "arena":
      return `arena ${memory.segment}`
    case "input":
    case "output":
      return `${memory.kind} ${memory.number}`
    default:
      return memory.kind
  }
}
