/** Arrays described before they exist: arguments for `graphOf`, `evalShape` and `price`. */

import { type DType, parseSize, parseSpecs, type Shape, type Size } from "../size/index.ts"
import { AbstractArray } from "./abstract.ts"
import { Array } from "./array.ts"

/** One extent: a number, a symbol's name such as "N" (or "2*B"), or a symbolic size. */
export type Extent = Size | string

/** What describes an array: a spec, an array itself, or a number for a scalar. */
export type SpecLike = AbstractArray | Array | { readonly shape: Shape; readonly dtype: DType }

function specOf(dtype: DType): (...shape: readonly Extent[]) => AbstractArray {
  return (...shape) =>
    new AbstractArray(
      requireExtents(shape.map((size) => (typeof size === "string" ? parseSize(size) : size))),
      dtype,
    )
}

/** @throws RangeError naming the axis whose extent no array can have. */
function requireExtents(shape: Shape): Shape {
  for (const [axis, size] of shape.entries()) {
    if (typeof size !== "number" || (Number.isSafeInteger(size) && size >= 0)) continue
    throw new RangeError(
      `axis ${axis} of a spec has extent ${size}: extents are whole numbers of at least 0, or names`,
    )
  }
  return shape
}

/**
 * A float64 array of a shape.
 * @example f64(2).dtype // → "float64"
 */
export const f64: (...shape: readonly Extent[]) => AbstractArray = specOf("float64")
/**
 * A float16 array of a shape.
 * @example f16(2).dtype // → "float16"
 */
export const f16: (...shape: readonly Extent[]) => AbstractArray = specOf("float16")
/**
 * A bfloat16 array of a shape.
 * @example bf16(2, "N").shape.map(String) // → ["2", "N"]
 */
export const bf16: (...shape: readonly Extent[]) => AbstractArray = specOf("bfloat16")
/**
 * A float32 array of a shape: `f32("N", 3)`; `f32()` is a scalar.
 * @example f32("N", 3).shape.map(String) // → ["N", "3"]
 */
export const f32: (...shape: readonly Extent[]) => AbstractArray = specOf("float32")
/**
 * An int32 array of a shape.
 * @example i32(2).dtype // → "int32"
 */
export const i32: (...shape: readonly Extent[]) => AbstractArray = specOf("int32")
/**
 * An int16 array of a shape.
 * @example i16(2).dtype // → "int16"
 */
export const i16: (...shape: readonly Extent[]) => AbstractArray = specOf("int16")
/**
 * An int8 array of a shape.
 * @example i8(2).dtype // → "int8"
 */
export const i8: (...shape: readonly Extent[]) => AbstractArray = specOf("int8")
/**
 * A uint16 array of a shape.
 * @example u16(2).dtype // → "uint16"
 */
export const u16: (...shape: readonly Extent[]) => AbstractArray = specOf("uint16")
/**
 * A uint8 array of a shape.
 * @example u8(2).dtype // → "uint8"
 */
export const u8: (...shape: readonly Extent[]) => AbstractArray = specOf("uint8")
/**
 * A uint32 array of a shape.
 * @example u32(2).dtype // → "uint32"
 */
export const u32: (...shape: readonly Extent[]) => AbstractArray = specOf("uint32")
/**
 * A bool array of a shape.
 * @example bool(2).dtype // → "bool"
 */
export const bool: (...shape: readonly Extent[]) => AbstractArray = specOf("bool")

/**
 * Specs from text: `specs("f32[N, 3], i32[N]")`.
 * @example specs("f32[N, 3], i32[N]").map(({ dtype }) => dtype) // → ["float32", "int32"]
 * @throws SyntaxError pointing at the character.
 */
export function specs(text: string): readonly AbstractArray[] {
  return parseSpecs(text).map(({ shape, dtype }) => new AbstractArray(shape, dtype))
}

/** A spec's type, or undefined where a value is no spec but part of a tree. */
export function typeOfSpec(value: unknown): AbstractArray | undefined {
  if (value instanceof AbstractArray) return value
  if (value instanceof Array) return value.type
  return isBareSpec(value) ? new AbstractArray(requireExtents(value.shape), value.dtype) : undefined
}

function isBareSpec(value: unknown): value is { readonly shape: Shape; readonly dtype: DType } {
  return (
    typeof value === "object" &&
    value !== null &&
    "shape" in value &&
    globalThis.Array.isArray(value.shape) &&
    "dtype" in value &&
    typeof value.dtype === "string"
  )
}
