/**
 * One worker with a memory of its own, for pages that may not share memory between threads: those
 * that are not cross-origin isolated. The host keeps account of the memory and sends messages, which
 * the worker takes in their order, so a run sees what was written before it was asked for.
 */

import { type DType, dtypes, type TypedArray, viewTyped } from "../../size/index.ts"
import { DeviceError } from "../device.ts"
import { Allocator } from "./allocator.ts"
import { controlBytes } from "./control.ts"
import { physicalMemory } from "./machine.ts"
import { checkProgram } from "./module-check.ts"
import type { FromSolo, ToSolo } from "./solo-messages.ts"
import { spawnSolo, type Thread } from "./spawn.ts"
import type { Runner, Store } from "./store.ts"

const pageBytes = 65_536
const addressable = 2 ** 32 - pageBytes
const leastGrowth = 2 ** 20

interface Waiting {
  resolve(bytes: ArrayBuffer | undefined): void
  reject(failure: DeviceError): void
}

export class Solo implements Store, Runner {
  readonly threads = 1
  readonly shared = false
  readonly maximumBytes: number
  readonly #allocator: Allocator
  readonly #worker: Thread<ToSolo>
  readonly #waiting = new Map<number, Waiting>()
  #nextRequest = 0
  #nextProgram = 0
  #pages = 2
  #failure: DeviceError | undefined
  readonly #ready: Promise<void>

  /** @throws DeviceError when the worker cannot start. */
  static async open(maximumBytes?: number): Promise<Solo> {
    const solo = new Solo(maximumBytes ?? Math.min(addressable, physicalMemory()))
    await solo.#ready
    return solo
  }

  private constructor(maximumBytes: number) {
    const maximum = Math.floor(maximumBytes / pageBytes)
    this.maximumBytes = maximum * pageBytes
    this.#allocator = new Allocator({
      start: controlBytes,
      end: this.#pages * pageBytes,
      limit: this.maximumBytes,
      grow: (end) => this.#grow(end),
    })
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#ready = promise
    const end = (reason: string): void => {
      this.#end(reason)
      reject(this.#failure)
    }
    this.#worker = spawnSolo("tradespace alone", {
      message: (message: FromSolo) => {
        if (message.kind === "ready") resolve()
        else if (message.kind === "failed") end(message.reason)
        else this.#answer(message)
      },
      death: end,
    })
    this.#worker.post({ kind: "open", pages: this.#pages, maximum })
  }

  get bytesInUse(): number {
    return this.#allocator.bytesInUse
  }

  get highWater(): number {
    return this.#allocator.highWater
  }

  allocate(bytes: number): number {
    return this.#allocator.allocate(bytes)
  }

  free(address: number): void {
    this.#allocator.free(address)
  }

  write(address: number, elements: TypedArray): void {
    const { buffer, byteOffset, byteLength } = elements
    const bytes = new Uint8Array(buffer, byteOffset, byteLength).slice()
    this.#worker.post({ kind: "write", address, bytes })
  }

  /** The elements are in the worker's memory alone. */
  peek(): undefined {}

  idles(): boolean {
    return false
  }

  async read(dtype: DType, address: number, n: number): Promise<TypedArray> {
    const bytes = n * dtypes[dtype].bytes
    const read = (request: number): ToSolo => ({ kind: "read", request, address, bytes })
    const copy = await this.#ask(read)
    return viewTyped(dtype, copy ?? new ArrayBuffer(0), 0, n)
  }

  load(module: WebAssembly.Module): number {
    if (this.#failure !== undefined) throw this.#failure
    checkProgram(module)
    const program = this.#nextProgram++
    this.#worker.post({ kind: "load", program, module })
    return program
  }

  unload(program: number): void {
    this.#worker.post({ kind: "unload", program })
  }

  async run(program: number, args: number): Promise<void> {
    await this.#ask((request) => ({ kind: "run", request, program, args }))
  }

  async close(): Promise<void> {
    this.#end("the device was closed")
    await this.#worker.stop()
  }

  #ask(message: (request: number) => ToSolo): Promise<ArrayBuffer | undefined> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) throw this.#failure
      const request = this.#nextRequest++
      this.#waiting.set(request, { resolve, reject })
      this.#worker.post(message(request))
    })
  }

  #answer({ request, bytes }: Extract<FromSolo, { kind: "answer" }>): void {
    this.#waiting.get(request)?.resolve(bytes)
    this.#waiting.delete(request)
  }

  /** Grows by half at least. A refusal shows when the worker comes to it. */
  #grow(end: number): number {
    const now = this.#pages * pageBytes
    const wanted = Math.max(end, now + Math.max(now / 2, leastGrowth))
    const pages = Math.ceil(Math.min(this.maximumBytes, wanted) / pageBytes) - this.#pages
    this.#worker.post({ kind: "grow", pages })
    this.#pages += pages
    return this.#pages * pageBytes
  }

  #end(reason: string): void {
    this.#failure ??= new DeviceError(`${reason}: the worker runs nothing more, open another one`)
    for (const { reject } of this.#waiting.values()) reject(this.#failure)
    this.#waiting.clear()
  }
}
