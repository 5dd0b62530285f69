/**
 * Dtypes that the type checker knows. Floats are followed through operations; where integers, bools
 * or weak numbers meet, the dtype is any, because it depends on values or on the operation.
 */

import type { DType, TypedArray } from "../../size/index.ts"
import type { Array } from "../array.ts"
import type { IsUnion } from "./shape.ts"

/** Dtypes of integers. */
export type IntegerDType = "int32" | "int16" | "int8" | "uint32" | "uint16" | "uint8"

/** Dtypes of floats. */
export type FloatDType = "float64" | "float32" | "float16" | "bfloat16"

/** What takes the place of whole numbers: arrays of integers, and numbers. */
export type IntegerLike = Array<IntegerDType> | number

/** Operands of bits: arrays of integers or bools, numbers and truth values. */
export type BitsLike = Array<IntegerDType | "bool"> | number | boolean

/** A key of random numbers: two words. */
export type Key = Array<"uint32", [2]>

type OperandDType<A> = A extends Array<infer D, infer _S> ? D : never

/** The dtype of an array; a number's is any. */
export type DTypeOf<A> = [A] extends [Array<infer D, infer _S>] ? D : DType

/** An element as a JavaScript value. */
export type ElementOf<A> = [DTypeOf<A>] extends ["bool"]
  ? boolean
  : "bool" extends DTypeOf<A>
    ? number | boolean
    : number

/** The float dtype of an operand, any dtype where it is not known to be one. */
export type FloatOf<A> = [A] extends [Array<infer D, infer _S>]
  ? [D] extends [FloatDType]
    ? D
    : DType
  : DType

/** The float dtype in which two meet, any dtype where that is not known. */
export type FloatMeet<A, B> = true extends IsUnion<OperandDType<A>> | IsUnion<OperandDType<B>>
  ? DType
  : Meet<OperandDType<A> | OperandDType<B>>

type Meet<D> = [D] extends [never]
  ? DType
  : "float64" extends D
    ? "float64"
    : "float32" extends D
      ? "float32"
      : "float16" extends D
        ? "bfloat16" extends D
          ? "float32"
          : "float16"
        : "bfloat16" extends D
          ? "bfloat16"
          : DType

/** A dtype that may be a float; of those that are none, what would be right. */
export type MaybeFloat<D> = [D] extends [IntegerDType | "bool"] ? FloatDType : D

/** The dtype asked for, or the operand's if it is a float. */
export type AskedOr<T, A> = [T] extends [DType] ? T : FloatOf<A>

/** What nested lists hold, to a depth of four. */
type LeafOf<I> = Part<Part<Part<Part<I>>>>
type Part<I> = I extends readonly unknown[] ? I[number] : I

type LeafDType<L> = [L] extends [Array<infer D, infer _S>]
  ? D
  : [L] extends [never]
    ? "float32"
    : [L] extends [boolean]
      ? "bool"
      : [L] extends [number | boolean]
        ? "float32"
        : [L] extends [TypedArray | Uint8ClampedArray]
          ? DTypeOfTyped<L>
          : DType

interface TypedDTypes {
  readonly Float64Array: "float64"
  readonly Float32Array: "float32"
  readonly Float16Array: "float16"
  readonly Int32Array: "int32"
  readonly Int16Array: "int16"
  readonly Int8Array: "int8"
  readonly Uint32Array: "uint32"
  readonly Uint16Array: "uint16"
  readonly Uint8Array: "uint8"
  readonly Uint8ClampedArray: "uint8"
}

type DTypeOfTyped<L> = L extends {
  readonly [Symbol.toStringTag]: infer Name extends keyof TypedDTypes
}
  ? TypedDTypes[Name]
  : DType

/** The dtype that `full` gives a value. */
export type FilledDType<V> = [V] extends [boolean]
  ? "bool"
  : [V] extends [number]
    ? "float32"
    : DType

/** The dtype of what `np.array` takes; numbers alone are weak, so any. */
export type InitDType<I> = [I] extends [number | boolean] ? DType : LeafDType<LeafOf<I>>
