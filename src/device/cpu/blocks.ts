/** Memory for arrays on a device whose programs run later than they are asked for. */

import type { TypedArray } from "../../size/index.ts"
import type { Memory } from "./memory.ts"

/** A stretch of memory with the arrays that hold it. */
export interface Block {
  readonly address: number
  readonly bytes: number
  holders: number
}

/**
 * Hands out blocks. A block that is given back may still be read by programs that wait their turn:
 * it cools until those are done. Programs that are asked for later come after them, so results may
 * take a cooling block at once; the host writes into cold memory only.
 */
export class Blocks {
  readonly #memory: Memory
  /** Blocks given back while runs were pending, by size; each with the run that must be done. */
  readonly #cooling = new Map<number, { readonly address: number; readonly after: number }[]>()
  #asked = 0
  #done = 0

  constructor(memory: Memory) {
    this.#memory = memory
  }

  /** Notes that a run was asked for. */
  begin(): void {
    this.#asked++
  }

  /** Notes that the oldest pending run is done, and frees what waited for it. */
  end(): void {
    this.#done++
    for (const [bytes, list] of this.#cooling) {
      const still = list.filter(({ address, after }) => {
        if (after > this.#done) return true
        this.#memory.free(address)
        return false
      })
      if (still.length === 0) this.#cooling.delete(bytes)
      else if (still.length < list.length) this.#cooling.set(bytes, still)
    }
  }

  /** A block that only programs will write. */
  forResult(bytes: number): Block {
    const size = sizeOf(bytes)
    const list = this.#cooling.get(size)
    const warm = list?.pop()
    if (list?.length === 0) this.#cooling.delete(size)
    return { address: warm?.address ?? this.#memory.allocate(size), bytes: size, holders: 1 }
  }

  /** A block that the host may write at once: no pending program reads it. */
  forHost(bytes: number): Block {
    const size = sizeOf(bytes)
    return { address: this.#memory.allocate(size), bytes: size, holders: 1 }
  }

  /** A block that holds a copy of some elements. */
  forCopy(elements: TypedArray): Block {
    const block = this.forHost(elements.byteLength)
    this.#memory.write(block.address, elements)
    return block
  }

  /** Takes one holder away from a block; the last one's gives it back. */
  release(block: Block): void {
    block.holders--
    if (block.holders > 0) return
    if (this.#asked === this.#done) {
      this.#memory.free(block.address)
      return
    }
    const list = this.#cooling.get(block.bytes) ?? []
    list.push({ address: block.address, after: this.#asked })
    this.#cooling.set(block.bytes, list)
  }
}

/** Empty arrays have an address too. */
function sizeOf(bytes: number): number {
  return 64 * Math.max(1, Math.ceil(bytes / 64))
}
