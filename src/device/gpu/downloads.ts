/** Elements on their way to the host: buffers to map, used again when they are unmapped. */

import { usage } from "./adapter.ts"

export class Downloads {
  readonly #device: GPUDevice
  readonly #idle: GPUBuffer[] = []

  constructor(device: GPUDevice) {
    this.#device = device
  }

  /** A copy of bytes of a buffer, from an offset on, as they are after what was submitted so far. */
  async read(buffer: GPUBuffer, bytes: number, offset = 0): Promise<ArrayBuffer> {
    if (bytes === 0) return new ArrayBuffer(0)
    const staging = this.#staging(bytes)
    const encoder = this.#device.createCommandEncoder()
    encoder.copyBufferToBuffer(buffer, offset, staging, 0, bytes)
    this.#device.queue.submit([encoder.finish()])
    await staging.mapAsync(1, 0, bytes)
    const copy = staging.getMappedRange(0, bytes).slice(0)
    staging.unmap()
    this.#idle.push(staging)
    while (this.#idle.length > mostIdle) this.#idle.shift()?.destroy()
    return copy
  }

  #staging(bytes: number): GPUBuffer {
    const at = this.#idle.findIndex(({ size }) => size >= bytes && size <= 4 * bytes + 4096)
    if (at >= 0) return this.#idle.splice(at, 1)[0]
    const size = Math.max(4096, 4 * Math.ceil(bytes / 4))
    return this.#device.createBuffer({ size, usage: usage.mapRead | usage.copyTarget })
  }
}

/** So many buffers wait for further reads. */
const mostIdle = 8
