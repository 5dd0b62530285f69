/** Arrays in a GPU's memory. */

import type { TypedArray } from "../../size/index.ts"
import type { DeviceError } from "../device.ts"
import { BlockArray } from "../ownership.ts"
import type { Block } from "./blocks.ts"
import type { GpuDevice } from "./device.ts"
import { bytesInWords, fromBytes } from "./elements.ts"

export class GpuArray extends BlockArray<Block, GpuDevice> {
  #failure: DeviceError | undefined

  /** Why there are no elements, once what came before is done. */
  get failure(): DeviceError | undefined {
    return this.#failure ?? this.block.failure
  }

  /** Notes why the elements will never be there. */
  fail(failure: DeviceError): void {
    this.#failure = failure
  }

  protected async copy(): Promise<TypedArray> {
    const bytes = await this.device.download(this, bytesInWords(this.dtype, this.length))
    return fromBytes(this.dtype, bytes, this.length)
  }
}
