/** Memory for arrays: GPU buffers with those who hold them, kept for others when nobody does. */

import { DeviceError } from "../device.ts"
import { usage } from "./adapter.ts"
import type { Limits } from "./limits.ts"

/** A GPU buffer with the arrays and runs that hold it. */
export interface Block {
  readonly buffer: GPUBuffer
  readonly bytes: number
  holders: number
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

  /**
   * A block of at least so many bytes. Commands are done in the order in which they are submitted,
   * so what was given back may be used again at once.
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
    const buffer = this.#take(size) ?? this.#create(Math.min(size, 4 * Math.floor(most / 4)))
    return { buffer, bytes: size, holders: 1 }
  }

  /** Takes one holder away from a block; the last one's gives it back. */
  release(block: Block): void {
    block.holders--
    if (block.holders > 0) return
    this.#inUse -= block.bytes
    if (this.#kept + block.bytes > mostKept) {
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

  #create(size: number): GPUBuffer {
    const flags = usage.storage | usage.indirect | usage.copySource | usage.copyTarget
    return this.#device.createBuffer({ size, usage: flags })
  }
}

/** Sizes that others are likely to ask for again: at most an eighth more than needed. */
function sizeOf(bytes: number): number {
  const least = Math.max(256, bytes)
  const step = Math.max(256, 2 ** Math.floor(Math.log2(least)) / 8)
  return step * Math.ceil(least / step)
}

function grouped(count: number): string {
  return count.toLocaleString("en")
}
