import { type DType, dtypes, type TypedArray, viewTyped } from "../../size/index.ts"
import { DeviceError } from "../device.ts"
import { Allocator } from "./allocator.ts"
import { controlBytes } from "./control.ts"
import { physicalMemory } from "./machine.ts"
import type { Store } from "./store.ts"

const pageBytes = 65_536

/** The most that 32-bit addresses reach, less a page so that no end address overflows. */
const addressable = 2 ** 32 - pageBytes

/** Growing moves nothing but interrupts every thread, so it is done in steps of this at least. */
const leastGrowth = 2 ** 20

export interface MemoryOptions {
  /** Bytes it may grow to. By default the machine's memory, and 4 GiB less a page at most. */
  readonly maximumBytes?: number
}

/**
 * A linear memory that all threads of a device share, and who has which part of it.
 *
 * The first page belongs to the pool; all else is handed out by `allocate`. It only grows, through
 * `allocate`, and growing moves nothing: addresses and views made before stay good.
 */
export class Memory implements Store {
  readonly shared = true
  /** What Wasm programs import as `env.memory`. They must not grow it. */
  readonly wasm: WebAssembly.Memory
  readonly maximumBytes: number
  readonly #allocator: Allocator
  #bytes: Uint8Array<ArrayBuffer | SharedArrayBuffer>

  /** Throws a DeviceError if there is no shared memory here or not even 64 MiB of address space. */
  constructor(options: MemoryOptions = {}) {
    const { wasm, maximumBytes } = reserve(options.maximumBytes)
    this.wasm = wasm
    this.maximumBytes = maximumBytes
    this.#bytes = new Uint8Array(wasm.buffer)
    this.#allocator = new Allocator({
      start: controlBytes,
      end: wasm.buffer.byteLength,
      limit: maximumBytes,
      grow: (end) => this.#grow(end),
    })
  }

  /** Every byte there is now. Make no copy of this view: after growth there is a longer one. */
  get bytes(): Uint8Array<ArrayBuffer | SharedArrayBuffer> {
    return this.#bytes
  }

  /** Bytes in use, each block rounded up to a multiple of 64. */
  get bytesInUse(): number {
    return this.#allocator.bytesInUse
  }

  /** The most bytes in use at once since the last `reset`. */
  get highWater(): number {
    return this.#allocator.highWater
  }

  /**
   * The address of `bytes` bytes, a multiple of 64. What they hold is undefined.
   * Throws a MemoryError if there is no room. O(log n) in n free blocks.
   */
  allocate(bytes: number): number {
    return this.#allocator.allocate(bytes)
  }

  /** Gives back what `allocate` handed out. Throws if nothing is allocated there. */
  free(address: number): void {
    this.#allocator.free(address)
  }

  /** Frees everything. */
  reset(): void {
    this.#allocator.reset()
  }

  /**
   * The n elements at an address, without copying: the view sees what programs write, and stays
   * good when the memory grows. Throws if they lie outside of the memory.
   */
  view(dtype: DType, address: number, n: number): TypedArray {
    const size = dtypes[dtype].bytes
    this.#check(address, n * size, size)
    return viewTyped(dtype, this.#bytes.buffer, address, n)
  }

  peek(dtype: DType, address: number, n: number): TypedArray {
    return this.view(dtype, address, n)
  }

  /** A copy of the n elements at an address. Throws if they lie outside of the memory. */
  read(dtype: DType, address: number, n: number): TypedArray {
    return this.view(dtype, address, n).slice()
  }

  /** Copies elements to an address. Throws if they would lie outside of the memory. */
  write(address: number, elements: TypedArray): void {
    this.#check(address, elements.byteLength, 1)
    const { buffer, byteOffset, byteLength } = elements
    this.#bytes.set(new Uint8Array(buffer, byteOffset, byteLength), address)
  }

  #check(address: number, bytes: number, multiple: number): void {
    const end = address + bytes
    if (!(address >= controlBytes && bytes >= 0 && end <= this.#bytes.length)) {
      throw new DeviceError(
        `bytes ${address} to ${end} lie outside of the memory, ` +
          `which has ${controlBytes} to ${this.#bytes.length} for arrays`,
      )
    }
    if (address % multiple !== 0) {
      throw new DeviceError(`address ${address} must be a multiple of ${multiple}`)
    }
  }

  /** Grows by half, or just as far as asked if that is refused. Returns the end reached. */
  #grow(end: number): number {
    const now = this.#bytes.length
    const generous = Math.min(
      this.maximumBytes,
      Math.max(end, now + Math.max(now / 2, leastGrowth)),
    )
    for (const target of [generous, end]) {
      try {
        this.wasm.grow(Math.ceil((target - now) / pageBytes))
        this.#bytes = new Uint8Array(this.wasm.buffer)
        break
      } catch (error) {
        // The system may refuse memory before the maximum is reached.
        if (!(error instanceof RangeError)) throw error
      }
    }
    return this.#bytes.length
  }
}

interface Reserved {
  readonly wasm: WebAssembly.Memory
  readonly maximumBytes: number
}

function reserve(asked: number | undefined): Reserved {
  if (asked !== undefined && !(asked >= 2 * pageBytes && asked <= addressable)) {
    throw new DeviceError(
      `maximumBytes is ${asked}, but a memory has ${2 * pageBytes} to ${addressable} bytes`,
    )
  }
  let maximum = Math.floor((asked ?? Math.min(addressable, physicalMemory())) / pageBytes)
  for (;;) {
    try {
      const wasm = new WebAssembly.Memory({ initial: 2, maximum, shared: true })
      return { wasm, maximumBytes: maximum * pageBytes }
    } catch (error) {
      // Phones and limited processes reserve less address space; what was asked for is kept to.
      const least = 2 ** 26 / pageBytes
      if (asked !== undefined || maximum <= least) {
        const reason = error instanceof Error ? error.message : String(error)
        throw new DeviceError(
          `no shared memory of ${maximum * pageBytes} bytes could be made (${reason}); ` +
            "in a browser the page must be cross-origin isolated",
        )
      }
      maximum = Math.max(least, Math.floor(maximum / 2))
    }
  }
}
