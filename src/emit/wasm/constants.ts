/** Vectors of constants. */

import { type DType, dtypes, storedNumber } from "../../size/index.ts"
import type { FunctionBuilder, ModuleBuilder } from "./assembler.ts"

/** Where code goes. */
export interface Place {
  readonly module: ModuleBuilder
  readonly f: FunctionBuilder
}

/** Pushes a constant in all lanes; a bool as a mask. */
export function pushConstant(place: Place, dtype: DType, value: number): void {
  const held = storedNumber(dtype, value)
  if (dtype === "bool") pushIntegers(place, -held)
  else if (dtype === "float64") pushBytes(place, new Float64Array([held, held]))
  else if (dtypes[dtype].kind === "float") pushFloats(place, held)
  else pushIntegers(place, held)
}

/** Pushes float32 lanes: one value for all of them, or one for each. */
export function pushFloats(place: Place, ...values: readonly number[]): void {
  pushBytes(place, new Float32Array(fourOf(values)))
}

/** Pushes integer lanes: one value for all of them, or one for each. */
export function pushIntegers(place: Place, ...values: readonly number[]): void {
  pushBytes(place, new Int32Array(fourOf(values)))
}

function fourOf(values: readonly number[]): readonly number[] {
  return values.length === 1 ? [values[0], values[0], values[0], values[0]] : values
}

/** Zero is one instruction; anything else is read from a global, which is faster than building it. */
function pushBytes(
  { module, f }: Place,
  { buffer }: Float64Array | Float32Array | Int32Array,
): void {
  const bytes = new Uint8Array(buffer)
  if (bytes.every((byte) => byte === 0)) f.i32x4.const(0)
  else f.globalGet(module.vectorConstant(bytes))
}
