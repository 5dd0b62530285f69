/** Where a program's buffers are when it runs: GPU buffers, and places in them. */

import type { Buffer, Program, Storage } from "../../schedule/index.ts"

/** One GPU buffer of a run. Those that a run writes are all different. */
export type Memory =
  | { readonly kind: "input"; readonly number: number }
  | { readonly kind: "output"; readonly number: number }
  | { readonly kind: "arena"; readonly segment: number }
  /** What the passes of one kernel hand to each other. */
  | { readonly kind: "scratch" }

export interface Place {
  /** Number in {@link Memories.all}. */
  readonly memory: number
  /** Words before the buffer's first element. */
  readonly offset: number
}

export class Memories {
  readonly all: readonly Memory[]
  readonly #program: Program
  readonly #segmentBytes: number
  readonly #segments: number
  readonly #numbers = new Map<string, number>()

  constructor(program: Program, segmentBytes: number) {
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
    this.all = all
  }

  get scratch(): number {
    return this.all.length - 1
  }

  /** An output that takes over a donated input is that input's memory. */
  placeOf(buffer: Buffer): Place {
    const storage = this.#program.storage.get(buffer)
    if (storage === undefined) throw new Error(`buffer ${buffer.name} was given no memory`)
    const { memory, offset } = this.#memoryOf(storage)
    const number = this.#numbers.get(keyOf(memory))
    if (number === undefined) throw new Error(`buffer ${buffer.name} lies in no memory`)
    return { memory: number, offset: offset / 4 }
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
    case "scratch":
      return "scratch"
    case "arena":
      return `arena ${memory.segment}`
    default:
      return `${memory.kind} ${memory.number}`
  }
}
