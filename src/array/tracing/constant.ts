/** Arrays made from JavaScript's numbers, put on a device. */

import { allocateTyped, type DType, encodeElement, type TypedArray } from "../../size/index.ts"
import { AbstractArray } from "../abstract.ts"
import { Array } from "../array.ts"
import { defaultStream } from "./devices.ts"
import { Buffer, type Stream } from "./stream.ts"

/** A plain number as a scalar array of a type. */
export function scalar(value: number | boolean, type: AbstractArray, stream: Stream): Array {
  const data: TypedArray = allocateTyped(type.dtype, 1)
  data[0] = encodeElement(type.dtype, Number(value))
  return Array.concrete(type, new Buffer(stream, { data, shape: [], dtype: type.dtype }))
}

/** Elements as an array; the elements must not be changed afterwards. */
export function constant(
  data: TypedArray,
  shape: readonly number[],
  dtype: DType,
  stream: Stream = defaultStream(),
): Array {
  return Array.concrete(new AbstractArray(shape, dtype), new Buffer(stream, { data, shape, dtype }))
}

/**
 * Elements that a traced function needs again and again, such as roots of unity. The host keeps
 * them, so that programs compiled with them outlive the device.
 */
export function table(data: TypedArray, shape: readonly number[], dtype: DType): Array {
  const buffer = new Buffer(defaultStream(), { data, shape, dtype }, true)
  return Array.concrete(new AbstractArray(shape, dtype), buffer)
}
