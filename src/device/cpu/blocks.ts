/** Memory for arrays on a device whose programs run later than they are asked for. */

import type { Graph } from "../../graph/index.ts"
import { bytesOf, type Program } from "../../schedule/index.ts"
import type { DType, TypedArray } from "../../size/index.ts"

/** The memory that blocks are parts of. */
export interface BlockMemory {
  /** @throws MemoryError when there is no room. */
  allocate(bytes: number): number
  free(address: number): void
  write(address: number, elements: TypedArray): void
}

/** A stretch of memory with the arrays that hold it. */
export interface Block {
  readonly address: number
  readonly bytes: number
  holders: number
}

/** A block that was given back while runs were pending. */
interface Cooling {
  readonly address: number
  readonly bytes: number
  /** The run that must be done before the host may write there. */
  readonly after: number
}

/**
 * Hands out blocks. A block that is given back may still be read by programs that wait their turn:
 * it cools until those are done. Programs that are asked for later come after them, so results may
 * take a cooling block at once; the host writes into cold memory only.
 */
export class Blocks {
  readonly #memory: BlockMemory
  /** Cooling blocks in the order in which they were given back; those before #first are done. */
  #queue: Cooling[] = []
  #first = 0
  /** Those of them that no result has taken, by size. */
  readonly #bySize = new Map<number, Set<Cooling>>()
  #asked = 0
  #done = 0

  constructor(memory: BlockMemory) {
    this.#memory = memory
  }

  /** Notes that a run was asked for. */
  begin(): void {
    this.#asked++
  }

  /** Notes that the oldest pending run is done, and frees what waited for it. */
  end(): void {
    this.#done++
    for (; this.#first < this.#queue.length; this.#first++) {
      const cooling = this.#queue[this.#first]
      if (cooling.after > this.#done) break
      if (this.#take(cooling)) this.#memory.free(cooling.address)
    }
    if (2 * this.#first > this.#queue.length) {
      this.#queue = this.#queue.slice(this.#first)
      this.#first = 0
    }
  }

  /** A block that only programs will write. */
  forResult(bytes: number): Block {
    const size = sizeOf(bytes)
    const same = this.#bySize.get(size)
    if (same === undefined) return this.forHost(bytes)
    const [warm] = same
    this.#take(warm)
    return { address: warm.address, bytes: size, holders: 1 }
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
    const cooling = { address: block.address, bytes: block.bytes, after: this.#asked }
    this.#queue.push(cooling)
    const same = this.#bySize.get(block.bytes)
    if (same === undefined) this.#bySize.set(block.bytes, new Set([cooling]))
    else same.add(cooling)
  }

  /** Whether a cooling block was nobody's; it is somebody's now. */
  #take(cooling: Cooling): boolean {
    const same = this.#bySize.get(cooling.bytes)
    const free = same?.delete(cooling) ?? false
    if (same?.size === 0) this.#bySize.delete(cooling.bytes)
    return free
  }
}

export function addressOf({ address }: Block): number {
  return address
}

export function blockOf({ block }: { readonly block: Block }): Block {
  return block
}

/** Empty arrays have an address too. */
function sizeOf(bytes: number): number {
  return 64 * Math.max(1, Math.ceil(bytes / 64))
}

/** What is known of a program's result before any run: its type, and where it finds its block. */
export interface Result {
  readonly shape: readonly number[]
  readonly dtype: DType
  /** The input that it is, or the earlier result; -1 where it is none. */
  readonly input: number
  readonly earlier: number
  /** The input whose block it may take over; -1 where there is none. */
  readonly donated: number
  readonly bytes: number
}

/** The results of a graph's program, in their order. */
export function resultsOf(
  graph: Graph,
  { outputs, inputs, donations }: Program,
): readonly Result[] {
  return outputs.map((buffer, number) => {
    const first = outputs.indexOf(buffer)
    const { shape, dtype } = graph.outputs[number]
    return {
      shape: shape.map(Number),
      dtype,
      input: inputs.indexOf(buffer),
      earlier: first < number ? first : -1,
      donated: donations.get(number) ?? -1,
      bytes: bytesOf(buffer),
    }
  })
}

/**
 * One block per result of a program, each held once more for the array that will own it.
 * @throws MemoryError when there is no room; no block is held then.
 */
export function blocksOfResults(
  results: readonly Result[],
  inputs: readonly Block[],
  blocks: Blocks,
): Block[] {
  const found: Block[] = []
  try {
    for (const { input, earlier, donated, bytes } of results) {
      if (input >= 0) found.push(hold(inputs[input]))
      else if (earlier >= 0) found.push(hold(found[earlier]))
      else if (donated >= 0 && isSoleUse(inputs, donated)) found.push(hold(inputs[donated]))
      else found.push(blocks.forResult(bytes))
    }
  } catch (failure) {
    for (const block of found) blocks.release(block)
    throw failure
  }
  return found
}

function hold(block: Block): Block {
  block.holders++
  return block
}

/** Whether an input's memory belongs to that input alone. */
function isSoleUse(inputs: readonly Block[], number: number): boolean {
  const block = inputs[number]
  return block.holders === 1 && inputs.every((other, i) => i === number || other !== block)
}
