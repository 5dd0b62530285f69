/** Dtypes in WGSL: types, constants, and 32-bit words that hold values by themselves. */

import { type DType, dtypes } from "../../size/index.ts"

export type WgslType = "f32" | "i32" | "u32" | "bool"

/** The type in which values of a dtype are computed. */
export function typeOf(dtype: DType): WgslType {
  const { kind } = dtypes[dtype]
  if (kind === "float") return "f32"
  if (kind === "bool") return "bool"
  return kind === "signed" ? "i32" : "u32"
}

/** A value of a dtype from the word that holds it. */
export function fromWord(dtype: DType, word: string): string {
  const type = typeOf(dtype)
  if (type === "u32") return word
  return type === "bool" ? `(${word} != 0u)` : `bitcast<${type}>(${word})`
}

/** The word that holds a value of a dtype. */
export function toWord(dtype: DType, value: string): string {
  const type = typeOf(dtype)
  if (type === "u32") return value
  return type === "bool" ? `select(0u, 1u, ${value})` : `bitcast<u32>(${value})`
}

const cell = new Float32Array(1)
const bits = new Uint32Array(cell.buffer)
const leastNormal = 2 ** -126
const greatest = (2 - 2 ** -23) * 2 ** 127

/**
 * A constant of a dtype. What WGSL does not let a program write down (infinities and NaN) or may
 * read as 0 (denormals) comes from its bits at run time.
 */
export function literal(dtype: DType, value: number): string {
  switch (typeOf(dtype)) {
    case "bool":
      return value === 0 ? "false" : "true"
    case "i32":
      return integer(value | 0)
    case "u32":
      return `${value >>> 0}u`
    case "f32": {
      cell[0] = value
      const [single] = cell
      if (Number.isNaN(single)) return "maths_bits(0x7fc00000u)"
      if (!Number.isFinite(single) || (single !== 0 && Math.abs(single) < leastNormal)) {
        return `maths_bits(0x${bits[0].toString(16)}u)`
      }
      if (single === 0) return Object.is(single, 0) ? "0f" : "maths_bits(0x80000000u)"
      const text = `${shortest(single)}f`
      return single < 0 ? `(${text})` : text
    }
  }
}

/** The shortest decimal that reads back as the same float32. */
function shortest(single: number): string {
  for (let digits = 1; digits < 9; digits++) {
    const text = String(Number(single.toPrecision(digits)))
    // WGSL takes no decimal beyond the greatest float32, however near to it.
    if (Math.fround(Number(text)) === single && Math.abs(Number(text)) <= greatest) return text
  }
  return String(single)
}

/** An i32 constant. An index of an axis without elements is no number, and is never looked at. */
export function integer(value: number): string {
  if (Number.isNaN(value)) return "0i"
  if (value === -(2 ** 31)) return "i32(-2147483648)"
  return value < 0 ? `(${value}i)` : `${value}i`
}
