/** Memory that all programs of a device use in turn: an arena and the threads' scratch memory. */

import type { Program } from "../../schedule/index.ts"
import type { Block, Blocks } from "./blocks.ts"

export class Workspace {
  readonly #blocks: Blocks
  readonly #threads: number
  #arena: Block | undefined
  #scratch: Block | undefined

  constructor(blocks: Blocks, threads: number) {
    this.#blocks = blocks
    this.#threads = threads
  }

  /**
   * Addresses of both, at least as large as a program needs; 0 where it needs none.
   * @throws MemoryError when there is no room.
   */
  for({ arenaBytes, scratchBytes }: Program): { readonly arena: number; readonly scratch: number } {
    if (isShort(this.#arena, arenaBytes)) {
      // What is too small makes room first, and is forgotten: there may be no room all the same.
      this.#arena = this.#give(this.#arena)
      this.#arena = this.#blocks.forResult(arenaBytes)
    }
    const bytes = this.#threads * scratchBytes
    if (isShort(this.#scratch, bytes)) {
      this.#scratch = this.#give(this.#scratch)
      this.#scratch = this.#blocks.forResult(bytes)
    }
    return { arena: this.#arena?.address ?? 0, scratch: this.#scratch?.address ?? 0 }
  }

  /** Gives both back. */
  trim(): void {
    this.#arena = this.#give(this.#arena)
    this.#scratch = this.#give(this.#scratch)
  }

  #give(block: Block | undefined): undefined {
    if (block !== undefined) this.#blocks.release(block)
  }
}

function isShort(block: Block | undefined, bytes: number): boolean {
  return bytes > (block?.bytes ?? 0)
}
