/**
 * A device and the work that is given to it, in order. The device may still be opening: work waits
 * for it, so that arrays can be made and combined at once and only reading them takes an `await`.
 */

import type { Device, DeviceArray, Executable } from "../../device/index.ts"
import type { DType, TypedArray } from "../../size/index.ts"

/**
 * Work on a device. It never throws: what goes wrong belongs to the arrays that it was to make,
 * and `refuse` is called in its place when the device cannot be opened.
 */
interface Job {
  readonly run: (device: Device) => void | Promise<void>
  readonly refuse: (failure: unknown) => void
}

export class Stream {
  readonly name: string
  readonly #open: () => Device | Promise<Device>
  readonly #waiting: Job[] = []
  #device: Device | undefined
  #failure: unknown
  #state: "closed" | "opening" | "ready" | "busy" | "failed" = "closed"

  constructor(name: string, open: () => Device | Promise<Device>) {
    this.name = name
    this.#open = open
  }

  /** Does a job now if the device is free to start it, else after the jobs before it. */
  submit(run: Job["run"], refuse: Job["refuse"] = () => {}): void {
    if (this.#state === "failed") refuse(this.#failure)
    else if (this.#state === "ready" && this.#device !== undefined) this.#start(this.#device, run)
    else {
      this.#waiting.push({ run, refuse })
      if (this.#state === "closed") this.#openDevice()
    }
  }

  /** The device, once it is open. */
  device(): Promise<Device> {
    return new Promise((resolve, reject) => this.submit(resolve, reject))
  }

  /** Waits for all work so far and closes the device; the next work opens it anew. */
  async close(): Promise<void> {
    if (this.#state === "closed") return
    // Where it never opened there is nothing to close, and the next work tries again.
    const device = await this.device().catch(() => undefined)
    this.#state = "closed"
    this.#device = undefined
    this.#failure = undefined
    // Work that was given while this waited goes to the next device.
    if (this.#waiting.length > 0) this.#openDevice()
    await device?.close()
  }

  /** Whether work was given since the device was last closed. */
  get started(): boolean {
    return this.#state !== "closed"
  }

  #openDevice(): void {
    this.#state = "opening"
    try {
      const opened = this.#open()
      if (opened instanceof Promise) {
        opened.then(
          (device) => this.#begin(device),
          (failure) => this.#fail(failure),
        )
      } else this.#begin(opened)
    } catch (failure) {
      this.#fail(failure)
    }
  }

  #begin(device: Device): void {
    this.#device = device
    this.#resume(device)
  }

  #fail(failure: unknown): void {
    this.#state = "failed"
    this.#failure = failure
    for (const { refuse } of this.#waiting.splice(0)) refuse(failure)
  }

  #resume(device: Device): void {
    this.#state = "ready"
    while (this.#state === "ready") {
      const job = this.#waiting.shift()
      if (job === undefined) return
      this.#start(device, job.run)
    }
  }

  #start(device: Device, run: Job["run"]): void {
    const pending = run(device)
    if (pending === undefined) return
    this.#state = "busy"
    pending.finally(() => {
      if (this.#device === device) this.#resume(device)
    })
  }
}

/** Elements of the host, on their way to a device. */
interface HostElements {
  readonly data: TypedArray
  readonly shape: readonly number[]
  readonly dtype: DType
}

/**
 * Elements of a stream's device: still with the host until a program needs them, there already,
 * or there as soon as the work before them is done.
 */
export class Buffer {
  readonly stream: Stream
  readonly #lasting: boolean
  #host: HostElements | undefined
  #held: DeviceArray | undefined
  #on: Device | undefined
  #failure: unknown
  #released = false

  /** @param lasting whether the host keeps the elements, for devices opened after this one. */
  constructor(stream: Stream, host?: HostElements, lasting = false) {
    this.stream = stream
    this.#host = host
    this.#lasting = lasting
  }

  /** The same elements for another stream, where the host keeps them. */
  lastingOn(stream: Stream): Buffer | undefined {
    return this.#lasting ? new Buffer(stream, this.#host, true) : undefined
  }

  /** Whether the elements were given up. */
  get released(): boolean {
    return this.#released
  }

  /** The device's array, for a job of the stream; throws what kept it from being made. */
  held(device: Device): DeviceArray {
    if (this.#host !== undefined && this.#on !== device) {
      const { data, shape, dtype } = this.#host
      this.#held = device.put(data, shape, dtype)
      this.#on = device
      if (!this.#lasting) this.#host = undefined
    }
    if (this.#held === undefined) throw this.#failure
    return this.#held
  }

  fill(array: DeviceArray): void {
    this.#held = array
  }

  fail(failure: unknown): void {
    this.#failure = failure
  }

  /** A copy of the elements, once they are there. */
  read(): Promise<TypedArray> {
    if (this.#host !== undefined) return Promise.resolve(this.#host.data.slice())
    return new Promise((resolve, reject) => {
      this.stream.submit((device) => {
        try {
          this.held(device).read().then(resolve, reject)
        } catch (failure) {
          reject(failure)
        }
      }, reject)
    })
  }

  /** The elements, if they are there: to be looked at, not kept. */
  peek(): TypedArray | undefined {
    if (this.#released) return undefined
    return this.#host?.data ?? this.#held?.peek?.()
  }

  /** Resolves when the elements are there, without copying them. */
  ready(): Promise<void> {
    if (this.#host !== undefined) return Promise.resolve()
    return new Promise((resolve, reject) => {
      this.stream.submit((device) => {
        try {
          this.held(device)
          device.settled().then(resolve, reject)
        } catch (failure) {
          reject(failure)
        }
      }, reject)
    })
  }

  /** Gives the memory back after the work that was given so far. */
  release(): void {
    if (this.#released) return
    this.#released = true
    if (!this.stream.started) this.#host = undefined
    else this.stream.submit(() => this.#free())
  }

  #free(): void {
    this.#host = undefined
    this.#held?.free()
  }
}

/** Runs an executable on buffers of a stream; what goes wrong shows when a result is read. */
export function run(
  stream: Stream,
  executable: (device: Device) => Executable,
  inputs: readonly Buffer[],
  results: number,
): readonly Buffer[] {
  const buffers: Buffer[] = []
  for (let i = 0; i < results; i++) buffers.push(new Buffer(stream))
  const fail = (failure: unknown): void => {
    for (const buffer of buffers) buffer.fail(failure)
  }
  stream.submit((device) => {
    try {
      const arrays = executable(device).run(inputs.map((input) => input.held(device)))
      for (let i = 0; i < results; i++) buffers[i].fill(arrays[i])
    } catch (failure) {
      fail(failure)
    }
  }, fail)
  return buffers
}

/** A copy of a buffer on another stream's device. */
export function transfer(
  buffer: Buffer,
  to: Stream,
  shape: readonly number[],
  dtype: DType,
): Buffer {
  if (buffer.stream === to) return buffer
  const lasting = buffer.lastingOn(to)
  if (lasting !== undefined) return lasting
  const copy = new Buffer(to)
  const elements = buffer.read()
  const fail = (failure: unknown): void => copy.fail(failure)
  to.submit(
    (device) => elements.then((data) => copy.fill(device.put(data, shape, dtype))).catch(fail),
    fail,
  )
  return copy
}
