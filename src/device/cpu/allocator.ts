import { DeviceError } from "../device.ts"
import { type Block, FreeBlocks, makeBlock } from "./free.ts"

/** Every address and every block's size is a multiple of this: a cache line, four SIMD vectors. */
export const alignment = 64

/** A device has no room for the bytes asked; freeing some and asking again may succeed. */
export class MemoryError extends DeviceError {
  /** Bytes that were asked for. */
  readonly asked: number
  /** Bytes that were in use at the time. */
  readonly inUse: number
  /** Bytes that may be in use at most. */
  readonly limit: number

  constructor(asked: number, inUse: number, limit: number) {
    const count = (n: number) => n.toLocaleString("en")
    super(
      `cannot allocate ${count(asked)} bytes: ${count(inUse)} of at most ${count(limit)} bytes ` +
        "are in use, and no free block is that large",
    )
    this.asked = asked
    this.inUse = inUse
    this.limit = limit
  }
}

/** Where an allocator may hand out addresses. */
export interface Range {
  /** The first address, a multiple of 64. */
  readonly start: number
  /** The address after the last one there is now, a multiple of 64. */
  readonly end: number
  /** The highest that `end` may become. */
  readonly limit: number
  /**
   * Asks for addresses up to `end` at least. Returns the new end, which may lie beyond what was
   * asked, or the old one if there is no more.
   */
  grow(end: number): number
}

/**
 * Hands out ranges of addresses: bookkeeping only, no byte is read or written.
 *
 * A request gets the smallest free block that holds it (the lowest address among equals), cut to
 * size; a freed block joins its free neighbours at once. A loop that asks for the same sizes again
 * and again therefore finds the blocks that it left, and the range stops growing.
 *
 * Allocating and freeing cost O(log n) of the n free blocks.
 */
export class Allocator {
  readonly #range: Range
  readonly #used = new Map<number, Block>()
  #free = new FreeBlocks()
  #last: Block | undefined
  #end: number
  #bytesInUse = 0
  #highWater = 0

  constructor(range: Range) {
    this.#range = range
    this.#end = range.start
    this.#extend(range.end)
  }

  /** Bytes in allocated blocks, each rounded up to a multiple of 64. */
  get bytesInUse(): number {
    return this.#bytesInUse
  }

  /** The most bytes that were in use at once since the last `reset`. */
  get highWater(): number {
    return this.#highWater
  }

  /** The address after the last one that may be handed out without growing. */
  get end(): number {
    return this.#end
  }

  /** Free blocks there are now: 1 at most when nothing is in use. */
  get freeBlocks(): number {
    return this.#free.size
  }

  /**
   * The address of `bytes` bytes that nobody else has, a multiple of 64. Zero bytes get an address
   * of their own as well.
   *
   * Throws a MemoryError if neither the free blocks nor growing to the limit hold that many.
   */
  allocate(bytes: number): number {
    if (!Number.isSafeInteger(bytes) || bytes < 0) {
      throw new DeviceError(`cannot allocate ${bytes} bytes: the size must be a whole number, >= 0`)
    }
    const size = Math.max(alignment, Math.ceil(bytes / alignment) * alignment)
    const block = this.#free.takeBestFit(size) ?? this.#growFor(size)
    if (block === undefined) {
      const { start, limit } = this.#range
      throw new MemoryError(bytes, this.#bytesInUse, limit - start)
    }
    this.#cut(block, size)
    this.#used.set(block.address, block)
    this.#bytesInUse += size
    this.#highWater = Math.max(this.#highWater, this.#bytesInUse)
    return block.address
  }

  /** Gives back what `allocate` handed out. Throws if nothing is allocated at that address. */
  free(address: number): void {
    const block = this.#used.get(address)
    if (block === undefined) {
      throw new DeviceError(`cannot free address ${address}: no block is allocated there`)
    }
    this.#used.delete(address)
    this.#bytesInUse -= block.bytes
    const { before, after } = block
    if (after?.free) {
      this.#free.remove(after)
      this.#join(block, after)
    }
    if (before?.free) {
      this.#free.remove(before)
      this.#join(before, block)
      this.#free.add(before)
    } else {
      this.#free.add(block)
    }
  }

  /** Bytes of the block allocated at an address: what was asked for, rounded up. */
  sizeAt(address: number): number | undefined {
    return this.#used.get(address)?.bytes
  }

  /** Frees everything and forgets the high-water mark. The range keeps its grown end. */
  reset(): void {
    const end = this.#end
    this.#used.clear()
    this.#free = new FreeBlocks()
    this.#last = undefined
    this.#end = this.#range.start
    this.#bytesInUse = 0
    this.#highWater = 0
    this.#extend(end)
  }

  /** Grows until the last block is free and holds `size`, and takes it. */
  #growFor(size: number): Block | undefined {
    const last = this.#last
    const tail = last?.free ? last.bytes : 0
    const wanted = this.#end + size - tail
    if (wanted > this.#range.limit) return undefined
    this.#extend(this.#range.grow(wanted))
    return this.#free.takeBestFit(size)
  }

  /** Adds the addresses from the end to a new end as free ones. */
  #extend(end: number): void {
    if (end <= this.#end) return
    const last = this.#last
    const more = end - this.#end
    if (last?.free) {
      this.#free.remove(last)
      last.bytes += more
      this.#free.add(last)
    } else {
      const block = makeBlock(this.#end, more)
      block.before = last
      if (last !== undefined) last.after = block
      this.#last = block
      this.#free.add(block)
    }
    this.#end = end
  }

  /** Shortens a block to `size` and frees what is left over. */
  #cut(block: Block, size: number): void {
    if (block.bytes === size) return
    const rest = makeBlock(block.address + size, block.bytes - size)
    rest.before = block
    rest.after = block.after
    if (rest.after === undefined) this.#last = rest
    else rest.after.before = rest
    block.bytes = size
    block.after = rest
    this.#free.add(rest)
  }

  /** Lengthens a block over the one after it. */
  #join(block: Block, after: Block): void {
    block.bytes += after.bytes
    block.after = after.after
    if (block.after === undefined) this.#last = block
    else block.after.before = block
  }
}
