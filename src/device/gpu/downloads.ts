/**
 * Elements on their way to the host: a few buffers that take turns. While one is mapped and copied
 * from, the GPU fills the others, or goes on with the programs that come next.
 */

import { DeviceError } from "../device.ts"
import { usage } from "./adapter.ts"
import { grouped } from "./blocks.ts"

export interface DownloadOptions {
  /** Bytes that are mapped together at most. */
  readonly pieceBytes?: number
  /** Bytes of buffers in use at once, but for words on which a program's way depends. */
  readonly mostBytes?: number
}

/** So much is read at once, without its turn: words that decide where a program goes on. */
const wordsAtMost = 64

const leastBytes = 4096

export class Downloads {
  readonly #device: GPUDevice
  readonly #pieceBytes: number
  readonly #mostBytes: number
  readonly #idle: GPUBuffer[] = []
  /** Those that wait for their turn, in order. */
  readonly #waiting: (() => void)[] = []
  #inUse = 0
  #highWater = 0

  constructor(device: GPUDevice, options: DownloadOptions = {}) {
    const { pieceBytes = 2 ** 25, mostBytes = 4 * pieceBytes } = options
    this.#device = device
    this.#pieceBytes = pieceBytes
    this.#mostBytes = mostBytes
  }

  /** The most bytes of buffers that were ever in use at once. */
  get highWater(): number {
    return this.#highWater
  }

  /**
   * A copy of bytes of a buffer, from an offset on: as they are after what was submitted so far, if
   * they are a few words; of more bytes, nothing submitted since may have changed any.
   * @throws DeviceError when there is no memory for the copy.
   */
  async read(buffer: GPUBuffer, bytes: number, offset = 0): Promise<ArrayBuffer> {
    const copy = new Uint8Array(bytes)
    if (bytes === 0) return copy.buffer
    if (bytes <= wordsAtMost) {
      await this.#piece(buffer, offset, copy)
      return copy.buffer
    }
    const failures: unknown[] = []
    const pieces: Promise<unknown>[] = []
    for (let from = 0; from < bytes; from += this.#pieceBytes) {
      const piece = copy.subarray(from, from + this.#pieceBytes)
      while (this.#inUse > 0 && this.#inUse + sizeOf(piece.length) > this.#mostBytes) {
        await new Promise<void>((resolve) => this.#waiting.push(resolve))
      }
      pieces.push(
        this.#piece(buffer, offset + from, piece).catch((failure) => failures.push(failure)),
      )
    }
    await Promise.all(pieces)
    if (failures.length > 0) throw failures[0]
    return copy.buffer
  }

  async #piece(buffer: GPUBuffer, offset: number, into: Uint8Array): Promise<void> {
    const bytes = into.length
    const { staging, failed } = this.#staging(bytes)
    this.#inUse += staging.size
    this.#highWater = Math.max(this.#highWater, this.#inUse)
    try {
      if ((await failed) === true) {
        throw new DeviceError(
          `the GPU has no room for the ${grouped(bytes)} bytes through which an array is read`,
        )
      }
      const encoder = this.#device.createCommandEncoder()
      encoder.copyBufferToBuffer(buffer, offset, staging, 0, 4 * Math.ceil(bytes / 4))
      this.#device.queue.submit([encoder.finish()])
      await staging.mapAsync(1, 0, 4 * Math.ceil(bytes / 4))
      into.set(new Uint8Array(staging.getMappedRange(0, 4 * Math.ceil(bytes / 4)), 0, bytes))
      staging.unmap()
      this.#keep(staging)
    } catch (failure) {
      staging.destroy()
      throw failure
    } finally {
      this.#inUse -= staging.size
      for (const go of this.#waiting.splice(0)) go()
    }
  }

  #keep(staging: GPUBuffer): void {
    this.#idle.push(staging)
    const kept = (): number => this.#idle.reduce((sum, { size }) => sum + size, 0)
    while (this.#idle.length > mostIdle || kept() > this.#mostBytes) this.#idle.shift()?.destroy()
  }

  /** A buffer to map, and, where it is a new one, whether there was no memory for it. */
  #staging(bytes: number): {
    readonly staging: GPUBuffer
    readonly failed?: Promise<boolean>
  } {
    const size = sizeOf(bytes)
    const at = this.#idle.findIndex((one) => one.size >= size && one.size <= 4 * size)
    if (at >= 0) return { staging: this.#idle.splice(at, 1)[0] }
    this.#device.pushErrorScope("out-of-memory")
    const staging = this.#device.createBuffer({ size, usage: usage.mapRead | usage.copyTarget })
    const failed = this.#device.popErrorScope().then((error) => error !== null)
    return { staging, failed }
  }
}

function sizeOf(bytes: number): number {
  return Math.max(leastBytes, 4 * Math.ceil(bytes / 4))
}

/** So many buffers wait for further reads. */
const mostIdle = 8
