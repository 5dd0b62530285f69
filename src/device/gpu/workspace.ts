/** Memory that all programs use in turn: arenas and scratch memory, as large as any has needed. */

import type { Block, Blocks } from "./blocks.ts"

export class Workspace {
  readonly #blocks: Blocks
  readonly #parts = new Map<string, Block>()

  constructor(blocks: Blocks) {
    this.#blocks = blocks
  }

  /** The part of a name, of at least so many bytes, held once more. */
  hold(name: string, bytes: number): Block {
    let part = this.#parts.get(name)
    if (part === undefined || part.bytes < bytes || part.failure !== undefined) {
      if (part !== undefined) this.#blocks.release(part)
      this.#parts.delete(name)
      part = this.#blocks.allocate(bytes)
      this.#parts.set(name, part)
    }
    part.holders++
    return part
  }
}
