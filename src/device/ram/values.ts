/** Arrays on the host, as the interpreter passes them from equation to equation. */

import type { ArrayType, Equation, Primitive, Variable } from "../../graph/index.ts"
import {
  allocateTyped,
  concreteShape,
  type DType,
  storedNumber,
  type TypedArray,
} from "../../size/index.ts"

/** Elements in row-major order with their shape and dtype; bfloat16s as float32 numbers. */
export interface HostArray {
  readonly data: TypedArray
  readonly shape: readonly number[]
  readonly dtype: DType
}

/** What an equation computes: its operands' arrays to its results' elements. */
export type RamRule<P extends Primitive> = (
  equation: Equation<P>,
  operands: readonly HostArray[],
) => readonly TypedArray[]

/** Room for the elements of a variable, zeros at first. */
export function roomFor(variable: Variable): TypedArray {
  return roomOf(
    variable.dtype,
    shapeOf(variable).reduce((n, extent) => n * extent, 1),
  )
}

/** Room for n elements as equations read and write them. */
export function roomOf(dtype: DType, n: number): TypedArray {
  return allocateTyped(dtype === "bfloat16" ? "float32" : dtype, n)
}

/** Rounds what a typed array has not rounded: bfloat16s among float32 numbers. */
export function roundStored(dtype: DType, data: TypedArray): void {
  if (dtype !== "bfloat16") return
  for (let i = 0; i < data.length; i++) data[i] = storedNumber(dtype, data[i])
}

/** @throws RangeError when the shape is symbolic. */
export function shapeOf(type: ArrayType): readonly number[] {
  return concreteShape(type.shape)
}

/** The sizes of a param as numbers. @throws RangeError when one is symbolic. */
export function numbers(sizes: ArrayType["shape"]): readonly number[] {
  return concreteShape(sizes, "params")
}
