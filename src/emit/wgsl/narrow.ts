/**
 * Narrow dtypes: a shader holds the value as its wide dtype does, so that they are rounded or wrapped
 * when they are cast to, and have their own bits in memory and where those are asked for.
 */

import { type DType, dtypes } from "../../size/index.ts"

/** A value of the wide dtype, rounded or wrapped to a narrow one. */
export function narrowed(dtype: DType, value: string): string {
  if (dtype === "float16") return `maths_toHalf(${value})`
  if (dtype === "bfloat16") return `maths_toBfloat(${value})`
  const free = freeBits(dtype)
  if (dtypes[dtype].kind === "signed") return `(${value} << ${free}u) >> ${free}u`
  return `${value} & ${maskOf(dtype)}`
}

/** The bits of a value as the low bits of a u32. */
export function toBits(dtype: DType, value: string): string {
  if (dtype === "float16") return `maths_halfBits(${value})`
  if (dtype === "bfloat16") return `(bitcast<u32>(${value}) >> 16u)`
  if (dtypes[dtype].kind !== "signed") return value
  return `(bitcast<u32>(${value}) & ${maskOf(dtype)})`
}

/** The value whose bits are the low bits of a u32. */
export function fromBits(dtype: DType, bits: string): string {
  if (dtype === "float16") return `maths_fromHalfBits(${bits})`
  if (dtype === "bfloat16") return `bitcast<f32>(${bits} << 16u)`
  if (dtypes[dtype].kind !== "signed") return bits
  const free = freeBits(dtype)
  return `bitcast<i32>(${bits} << ${free}u) >> ${free}u`
}

function freeBits(dtype: DType): number {
  return 32 - 8 * dtypes[dtype].bytes
}

/** The bits of a dtype, all ones. */
export function maskOf(dtype: DType): string {
  return `0x${(2 ** (8 * dtypes[dtype].bytes) - 1).toString(16)}u`
}
