/** The memory of the native device: addresses reserved once, of which parts are handed out. */

import { type DType, dtypes, type TypedArray, viewTyped } from "../../size/index.ts"
import { Allocator } from "../cpu/allocator.ts"
import { physicalMemory } from "../cpu/machine.ts"
import { DeviceError } from "../device.ts"
import type { Runtime } from "./crew.ts"

const leastBytes = 2 ** 26

/** The first bytes are nobody's: no block has the address of the whole. */
const unused = 64

export class NativeMemory {
  readonly maximumBytes: number
  readonly #runtime: Runtime
  readonly #start: number
  readonly #allocator: Allocator

  /** @throws DeviceError when not even 64 MiB of addresses can be had. */
  constructor(runtime: Runtime, asked?: number) {
    this.#runtime = runtime
    const most = physicalMemory()
    let bytes = roundDown(asked ?? (Number.isFinite(most) ? most : 2 ** 34))
    let start = runtime.reserve(bytes)
    // Limited processes reserve less; what was asked for is kept to.
    while (start === 0 && asked === undefined && bytes > leastBytes) {
      bytes = roundDown(bytes / 2)
      start = runtime.reserve(bytes)
    }
    if (start === 0) throw new DeviceError(`${bytes} bytes of memory could not be reserved`)
    this.maximumBytes = bytes
    this.#start = start
    const end = start + bytes
    this.#allocator = new Allocator({ start: start + unused, end, limit: end, grow: () => end })
  }

  get bytesInUse(): number {
    return this.#allocator.bytesInUse
  }

  get highWater(): number {
    return this.#allocator.highWater
  }

  /** @throws MemoryError when there is no room. */
  allocate(bytes: number): number {
    return this.#allocator.allocate(bytes)
  }

  free(address: number): void {
    this.#allocator.free(address)
  }

  write(address: number, elements: TypedArray): void {
    if (elements.byteLength > 0) this.#runtime.write(address, elements, elements.byteLength)
  }

  /** A copy of n elements. */
  read(dtype: DType, address: number, n: number): TypedArray {
    const elements = viewTyped(dtype, new ArrayBuffer(n * dtypes[dtype].bytes), 0, n)
    if (n > 0) this.#runtime.read(elements, address, elements.byteLength)
    return elements
  }

  release(): void {
    this.#runtime.release(this.#start, this.maximumBytes)
  }
}

function roundDown(bytes: number): number {
  return Math.floor(bytes / 65_536) * 65_536
}
