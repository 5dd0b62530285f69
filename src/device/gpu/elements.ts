/** Elements at the door: in the GPU's memory they lie as on the host, in whole words. */

import { allocateTyped, type DType, dtypes, type TypedArray } from "../../size/index.ts"
import { DeviceError } from "../device.ts"

/** Bytes of a word: memory is read, written and copied in words. */
export const wordBytes = 4

/** @throws DeviceError when GPUs do not compute in a dtype. */
export function requireSupported(dtype: DType): void {
  if (dtypes[dtype].bytes <= wordBytes) return
  throw new DeviceError(
    `GPUs do not compute in ${dtype}: use float32 here, or one of the devices that do: ` +
      "cpu, native and ram",
  )
}

/** Bytes of so many elements, in whole words. */
export function bytesInWords(dtype: DType, elements: number): number {
  return wordBytes * Math.ceil((elements * dtypes[dtype].bytes) / wordBytes)
}

/** The bytes of elements, with zeros after them to a whole word. */
export function toBytes(dtype: DType, data: TypedArray): Uint8Array<ArrayBufferLike> {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  const whole = bytesInWords(dtype, data.length)
  if (whole === bytes.length) return bytes
  const padded = new Uint8Array(whole)
  padded.set(bytes)
  return padded
}

/** Elements from their bytes. */
export function fromBytes(dtype: DType, bytes: ArrayBuffer, elements: number): TypedArray {
  const data = allocateTyped(dtype, elements)
  new Uint8Array(data.buffer).set(new Uint8Array(bytes, 0, data.byteLength))
  return data
}
