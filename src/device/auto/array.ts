/** Arrays that may lie on several devices: copies are made where programs need them, and kept. */

import { type DType, dtypes, elementsOf, type TypedArray } from "../../size/index.ts"
import type { Device, DeviceArray } from "../device.ts"
import { refuseFreed, requireLive } from "../ownership.ts"
import type { AutoDevice } from "./device.ts"

export class AutoArray implements DeviceArray {
  readonly device: AutoDevice
  readonly shape: readonly number[]
  readonly dtype: DType
  readonly bytes: number
  /** Elements that no device has yet. */
  #host: TypedArray | undefined
  readonly #copies = new Map<Device, DeviceArray>()
  #onRead: (() => void) | undefined
  #failure: unknown
  #freed = false

  /** @param onRead told once when the host asks for the elements. */
  constructor(device: AutoDevice, shape: readonly number[], dtype: DType, onRead?: () => void) {
    this.device = device
    this.shape = shape
    this.dtype = dtype
    this.bytes = Number(elementsOf(shape)) * dtypes[dtype].bytes
    this.#onRead = onRead
  }

  static ofHost(device: AutoDevice, data: TypedArray, shape: readonly number[], dtype: DType) {
    const array = new AutoArray(device, shape, dtype)
    array.#host = data.slice()
    return array
  }

  get freed(): boolean {
    return this.#freed
  }

  /** Whether the elements are still with the host alone. */
  get isOfHost(): boolean {
    return this.#host !== undefined
  }

  isOn(member: Device): boolean {
    return this.#copies.has(member)
  }

  read(): Promise<TypedArray> {
    requireLive(this)
    this.#onRead?.()
    this.#onRead = undefined
    return new Promise((resolve, reject) => {
      this.device.inOrder(() => {
        try {
          if (this.#host !== undefined) resolve(this.#host.slice())
          else this.#copy().read().then(resolve, reject)
        } catch (failure) {
          reject(failure)
        }
      })
    })
  }

  peek(): TypedArray | undefined {
    if (this.#freed || this.device.isBehind) return undefined
    if (this.#host !== undefined) return this.#host
    for (const copy of this.#copies.values()) {
      const elements = copy.peek?.()
      if (elements !== undefined) return elements
    }
    return undefined
  }

  free(): void {
    if (this.#freed) return
    this.#freed = true
    // Runs that were asked for before may still wait for it.
    this.device.inOrder(() => this.#drop())
  }

  /** The array on a device, now or once it is copied there. Call it in the order of the runs. */
  on(member: Device): DeviceArray | Promise<DeviceArray> {
    const known = this.#copies.get(member)
    if (known !== undefined) return known
    if (this.#host !== undefined) {
      const array = member.put(this.#host, this.shape, this.dtype)
      this.#host = undefined
      this.#copies.set(member, array)
      return array
    }
    return this.#copy()
      .read()
      .then((elements) => {
        const array = member.put(elements, this.shape, this.dtype)
        this.#copies.set(member, array)
        return array
      })
  }

  fill(array: DeviceArray): void {
    this.#copies.set(array.device, array)
  }

  fail(failure: unknown): void {
    this.#failure = failure
  }

  #copy(): DeviceArray {
    for (const copy of this.#copies.values()) return copy
    if (this.#failure !== undefined) throw this.#failure
    return refuseFreed()
  }

  #drop(): void {
    this.#host = undefined
    for (const copy of this.#copies.values()) copy.free()
    this.#copies.clear()
  }
}
