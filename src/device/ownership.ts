/** Whose arrays are, and how long their memory is theirs: the same on every device. */

import { type DType, elementsOf, type TypedArray } from "../size/index.ts"
import { type Device, type DeviceArray, DeviceError } from "./device.ts"

/** A stretch of memory with the number of arrays and runs that hold it. */
export interface Held {
  holders: number
}

/** A device whose arrays are blocks of its memory. */
export interface BlockDevice<B extends Held> extends Device {
  /** Takes a holder away from a block at a time; the last one's gives it back. */
  readonly blocks: { release(block: B): void }
}

/** An array that holds a block of a device's memory until it is freed. */
export abstract class BlockArray<B extends Held, D extends BlockDevice<B>> implements DeviceArray {
  readonly device: D
  readonly block: B
  readonly shape: readonly number[]
  readonly dtype: DType
  #freed = false

  constructor(device: D, block: B, shape: readonly number[], dtype: DType) {
    this.device = device
    this.block = block
    this.shape = shape
    this.dtype = dtype
  }

  get freed(): boolean {
    return this.#freed
  }

  get length(): number {
    return Number(elementsOf(this.shape))
  }

  /** @throws DeviceError when the array was freed or what computes it failed. */
  async read(): Promise<TypedArray> {
    requireLive(this)
    // The block is held until the elements are copied, whatever happens to the array meanwhile.
    this.block.holders++
    try {
      return await this.copy()
    } finally {
      this.device.blocks.release(this.block)
    }
  }

  free(): void {
    if (this.#freed) return
    this.#freed = true
    this.device.blocks.release(this.block)
  }

  /** A copy of the elements once everything that was started is done. */
  protected abstract copy(): Promise<TypedArray>
}

/** @throws DeviceError when an array's memory was given back. */
export function requireLive({ freed }: DeviceArray): void {
  if (freed) refuseFreed()
}

/** @throws DeviceError always: an array's memory was given back. */
export function refuseFreed(): never {
  throw new DeviceError("an array is used after its memory was given back")
}

/**
 * A run's inputs as the arrays that its device makes.
 * @throws DeviceError when one was freed or is of another device.
 */
export function ownInputs<A extends DeviceArray>(
  inputs: readonly DeviceArray[],
  device: Device,
  kind: abstract new (...args: never[]) => A,
): readonly A[] {
  return inputs.map((input, i) => {
    if (!(input instanceof kind) || input.device !== device) {
      const names = `${input.device.name}, not on this ${device.name} device`
      throw new DeviceError(
        `a program was given an array of another device: input ${i} lies on ${names}`,
      )
    }
    requireLive(input)
    return input
  })
}

/** Frees the inputs that a run has consumed. */
export function freeDonated(inputs: readonly DeviceArray[], donated: readonly boolean[]): void {
  for (let i = 0; i < donated.length; i++) if (donated[i]) inputs[i].free()
}
