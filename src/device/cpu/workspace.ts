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

  /** Addresses of both, at least as large as a program needs; 0 where it needs none. */
  for({ arenaBytes, scratchBytes }: Program): { readonly arena: number; readonly scratch: number } {
    this.#arena = this.#atLeast(this.#arena, arenaBytes)
    this.#scratch = this.#atLeast(this.#scratch, this.#threads * scratchBytes)
    return { arena: this.#arena?.address ?? 0, scratch: this.#scratch?.address ?? 0 }
  }

  /** Gives both back. */
  trim(): void {
    for (const block of [this.#arena, this.#scratch]) {
      if (block !== undefined) this.#blocks.release(block)
    }
    this.#arena = undefined
    this.#scratch = undefined
  }

  #atLeast(block: Block | undefined, bytes: number): Block | undefined {
    if (bytes === 0 || (block !== undefined && block.bytes >= bytes)) return block
    if (block !== undefined) this.#blocks.release(block)
    return this.#blocks.forResult(bytes)
  }
}
