/** Memory for arrays: GPU buffers with those who hold them, kept for others when nobody does. */

import { DeviceError } from "../device.ts"
import { usage } from "./adapter.ts"
import type { Limits } from "./limits.ts"

/** A GPU buffer with the arrays and runs that hold it. */
export interface Block {
  readonly buffer: GPUBuffer
  readonly bytes: number
  holders: number
  /** Why there is no memory behind it, where the driver gave none. */
  failure?: DeviceError
}

/** Free buffers are kept up to so many bytes in all. */
const mostKept = 2 ** 28

export class Blocks {
  readonly #device: GPUDevice
  readonly #maximumBytes: number
  /** Bytes of the largest block. */
  readonly #most: number
  readonly #free = new Map<number, GPUBuffer[]>()
  #kept = 0
  #inUse = 0
  #highWater = 0
  /** Settles when it is known which of the blocks so far have memory. */
  #unsure: Promise<unknown> | undefined

  constructor(device: GPUDevice, limits: Limits, maximumBytes: number) {
    this.#device = device
    this.#most = Math.min(limits.maxBufferSize, limits.maxStorageBufferBindingSize)
    this.#maximumBytes = maximumBytes
  }

  get inUse(): number {
    return this.#inUse
  }

  get highWater(): number {
    return this.#highWater
  }

  /** Resolves when it is known which blocks have memory; undefined where it is. */
  get unsure(): Promise<unknown> | undefined {
    return this.#unsure
  }

  /**
   * Predicts whether a program finds memory.
   * @throws DeviceError when its inputs, results and what lies between them exceed what may be used.
   */
  requireRoom(bytes: number): void {
    if (bytes <= this.#maximumBytes) return
    throw new DeviceError(
      `a program of ${grouped(bytes)} bytes with its inputs and results has no room on the gpu ` +
        `device, which may use ${grouped(this.#maximumBytes)}: give jit a lower memory, or use cpu`,
    )
  }

  /**
   * A block of at least so many bytes. Whether a driver has memory for a new one turns out a little
   * later (see {@link unsure}): nothing that uses the block may be submitted before. Commands are
   * done in the order in which they are submitted, so what was given back may be used again at once.
   * @throws DeviceError when the block is larger than the device's buffers, or memory is short.
   */
  allocate(bytes: number): Block {
    const size = sizeOf(bytes)
    const most = this.#most
    if (bytes > most) {
      throw new DeviceError(
        `an array of ${grouped(bytes)} bytes is larger than this GPU lets a program hold in ` +
          `one buffer, which is ${grouped(most)} bytes: use smaller arrays or the cpu device`,
      )
    }
    if (this.#inUse + size > this.#maximumBytes) {
      throw new DeviceError(
        `the gpu device has no room for ${grouped(bytes)} bytes: ${grouped(this.#inUse)} of ` +
          `${grouped(this.#maximumBytes)} bytes are in use`,
      )
    }
    this.#inUse += size
    this.#highWater = Math.max(this.#highWater, this.#inUse)
    const known = this.#take(size)
    if (known !== undefined) return { buffer: known, bytes: size, holders: 1 }
    return this.#create(size, Math.min(size, 4 * Math.floor(most / 4)))
  }

  /** Does what needs memory for a block; where there is none, the block says so. */
  attempt<T>(what: () => T, blockOf: (made: T) => Block, bytes: number): T {
    this.#device.pushErrorScope("out-of-memory")
    const made = what()
    const asked = this.#device.popErrorScope().then((error) => {
      if (error !== null) this.#fail(blockOf(made), bytes)
    })
    // A device that is lost says so itself.
    const unsure = Promise.all([this.#unsure, asked.catch(() => {})]).then(() => {
      if (this.#unsure === unsure) this.#unsure = undefined
    })
    this.#unsure = unsure
    return made
  }

  #fail(block: Block, bytes: number): void {
    block.failure ??= new DeviceError(
      `the gpu device has no room for ${grouped(bytes)} bytes: its driver gave none, where ` +
        `${grouped(this.#inUse)} bytes are in use or asked for`,
    )
    // What is kept for others may be what is missing.
    for (const buffer of [...this.#free.values()].flat()) buffer.destroy()
    this.#free.clear()
    this.#kept = 0
  }

  /** Takes one holder away from a block; the last one's gives it back. */
  release(block: Block): void {
    block.holders--
    if (block.holders > 0) return
    this.#inUse -= block.bytes
    if (block.failure !== undefined || this.#kept + block.bytes > mostKept) {
      block.buffer.destroy()
      return
    }
    this.#kept += block.bytes
    const same = this.#free.get(block.bytes)
    if (same === undefined) this.#free.set(block.bytes, [block.buffer])
    else same.push(block.buffer)
  }

  #take(size: number): GPUBuffer | undefined {
    const buffer = this.#free.get(size)?.pop()
    if (buffer !== undefined) this.#kept -= size
    return buffer
  }

  #create(bytes: number, size: number): Block {
    const flags = usage.storage | usage.indirect | usage.copySource | usage.copyTarget
    const create = (): Block => {
      const buffer = this.#device.createBuffer({ size, usage: flags })
      return { buffer, bytes, holders: 1 }
    }
    return this.attempt(create, (block) => block, bytes)
  }
}

/** Sizes that others are likely to ask for again: at most an eighth more than needed. */
function sizeOf(bytes: number): number {
  const least = Math.max(256, bytes)
  const step = Math.max(256, 2 ** Math.floor(Math.log2(least)) / 8)
  return step * Math.ceil(least / step)
}

export function grouped(count: number): string {
  return count.toLocaleString("en")
}
