/** Arrays in a GPU's memory. */

import { type DType, elementsOf, type TypedArray } from "../../size/index.ts"
import { type DeviceArray, DeviceError } from "../device.ts"
import type { Block } from "./blocks.ts"
import type { GpuDevice } from "./device.ts"
import { bytesInWords, fromBytes } from "./elements.ts"

export class GpuArray implements DeviceArray {
  readonly device: GpuDevice
  readonly shape: readonly number[]
  readonly dtype: DType
  readonly block: Block
  #freed = false
  #failure: DeviceError | undefined

  constructor(device: GpuDevice, block: Block, shape: readonly number[], dtype: DType) {
    this.device = device
    this.block = block
    this.shape = shape
    this.dtype = dtype
  }

  get freed(): boolean {
    return this.#freed
  }

  /** Why there are no elements, once what came before is done. */
  get failure(): DeviceError | undefined {
    return this.#failure ?? this.block.failure
  }

  /** Notes why the elements will never be there. */
  fail(failure: DeviceError): void {
    this.#failure = failure
  }

  async read(): Promise<TypedArray> {
    this.requireLive()
    // The block is held until the elements are copied, whatever happens to the array meanwhile.
    this.block.holders++
    try {
      const elements = Number(elementsOf(this.shape))
      const bytes = await this.device.download(this, bytesInWords(this.dtype, elements))
      return fromBytes(this.dtype, bytes, elements)
    } finally {
      this.device.blocks.release(this.block)
    }
  }

  free(): void {
    if (this.#freed) return
    this.#freed = true
    this.device.blocks.release(this.block)
  }

  requireLive(): void {
    if (this.#freed) throw new DeviceError("an array is used after its memory was given back")
  }
}
