/** How dtypes appear in C: in memory, and in registers alone or in lanes. */

import type { Kernel } from "../../schedule/index.ts"
import { loadsOf, scalarsOf, storesOf, visitScalars } from "../../schedule/index.ts"
import { type DType, dtypes, encodeTyped } from "../../size/index.ts"

/** The element of a register. A bool is a mask, all bits or none; float16's and bfloat16's are bits. */
export const registers = ["f64", "f32", "i32", "u32"] as const
export type Register = (typeof registers)[number]

interface CType {
  /** The type of an element in memory. */
  readonly memory: string
  readonly register: Register
}

export const cTypes: { readonly [D in DType]: CType } = {
  float64: { memory: "f64", register: "f64" },
  float32: { memory: "f32", register: "f32" },
  float16: { memory: "u16", register: "u32" },
  bfloat16: { memory: "u16", register: "u32" },
  int32: { memory: "i32", register: "i32" },
  int16: { memory: "i16", register: "i32" },
  int8: { memory: "i8", register: "i32" },
  uint32: { memory: "u32", register: "u32" },
  uint16: { memory: "u16", register: "u32" },
  uint8: { memory: "u8", register: "u32" },
  bool: { memory: "u8", register: "i32" },
}

/** The C type of a value: alone, or in so many lanes. */
export function registerType(register: Register, lanes: number): string {
  return lanes === 1 ? register : `${register}x${lanes}`
}

/** Lanes of a kernel's vectors: half as many where float64 takes part. */
export function lanesOf(kernel: Kernel, most: number): number {
  let wide = [...loadsOf(kernel), ...storesOf(kernel)].some(({ dtype }) => dtype === "float64")
  visitScalars(scalarsOf(kernel), ({ dtype }) => {
    wide ||= dtype === "float64"
  })
  return wide ? Math.max(2, most / 2) : most
}

/** A number as a C constant of a register. */
export function literal(register: Register, value: number): string {
  if (register === "u32") return `${value >>> 0}u`
  if (register === "i32") return value === -(2 ** 31) ? "(-2147483647 - 1)" : String(value | 0)
  const suffix = register === "f32" ? "f" : ""
  if (Number.isNaN(value)) return `__builtin_nan${suffix}("")`
  const held = register === "f32" ? Math.fround(value) : value
  if (!Number.isFinite(held)) return `${held < 0 ? "-" : ""}__builtin_inf${suffix}()`
  if (Object.is(held, -0)) return `-0.0${suffix}`
  const digits = String(held)
  return `${/[.e]/.test(digits) ? digits : `${digits}.0`}${suffix}`
}

/** A constant of a dtype, as its register holds it. */
export function constantOf(dtype: DType, value: number): string {
  if (dtype === "bool") return value === 0 ? "0" : "-1"
  const { register } = cTypes[dtype]
  return literal(register, isHalf(dtype) ? halfBits(dtype, value) : value)
}

export function isHalf(dtype: DType): dtype is "float16" | "bfloat16" {
  return dtype === "float16" || dtype === "bfloat16"
}

function halfBits(dtype: "float16" | "bfloat16", value: number): number {
  return new Uint16Array(encodeTyped(dtype, [value]).buffer)[0]
}

/** Bits of an integer dtype, or of a bool, whose width is one. */
export function widthOf(dtype: DType): number {
  return dtype === "bool" ? 1 : 8 * dtypes[dtype].bytes
}
