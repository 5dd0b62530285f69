/**
 * Elements at the door: on the GPU each has a 32-bit word of its own. Narrow floats are held as the
 * float32 that they equal, narrow integers and bools as the number that they are.
 */

import {
  allocateTyped,
  type DType,
  decodeTyped,
  dtypes,
  type TypedArray,
} from "../../size/index.ts"
import { DeviceError } from "../device.ts"

/** Bytes of an element in the GPU's memory. */
export const elementBytes = 4

/** @throws DeviceError when GPUs do not compute in a dtype. */
export function requireSupported(dtype: DType): void {
  if (dtypes[dtype].bytes <= elementBytes) return
  throw new DeviceError(
    `GPUs do not compute in ${dtype}: use float32 here, or one of the devices that do: ` +
      "cpu, native and ram",
  )
}

type Words = Float32Array | Int32Array | Uint32Array

/** The words of elements. */
export function toWords(dtype: DType, data: TypedArray): Words {
  if (data instanceof Float32Array || data instanceof Int32Array || data instanceof Uint32Array) {
    return data
  }
  const numbers = decodeTyped(dtype, data)
  switch (dtypes[dtype].kind) {
    case "float":
      return Float32Array.from(numbers)
    case "signed":
      return Int32Array.from(numbers)
    default:
      return Uint32Array.from(numbers)
  }
}

/** Elements from their words. */
export function fromWords(dtype: DType, words: ArrayBuffer, elements: number): TypedArray {
  const data = allocateTyped(dtype, elements)
  const { bytes, kind } = dtypes[dtype]
  if (bytes === elementBytes) {
    new Uint8Array(data.buffer).set(new Uint8Array(words, 0, elements * elementBytes))
  } else if (dtype === "bfloat16") {
    const bits = new Uint32Array(words, 0, elements)
    for (const [i, word] of bits.entries()) data[i] = word >>> 16
  } else if (kind === "float") data.set(new Float32Array(words, 0, elements))
  else if (kind === "signed") data.set(new Int32Array(words, 0, elements))
  else data.set(new Uint32Array(words, 0, elements))
  return data
}
