/** How values combine: into accumulators, and across the lanes of one. */

import { type Combine, identityOf } from "../../schedule/index.ts"
import type { DType } from "../../size/index.ts"
import { constantOf, cTypes, registerType } from "./registers.ts"

/** The constant that changes nothing when it is combined. */
export function identityConstant(combine: Combine, dtype: DType): string {
  return constantOf(dtype, identityOf(combine, dtype))
}

/** Two values combined. */
export function combined(
  combine: Combine,
  dtype: DType,
  lanes: number,
  a: string,
  b: string,
): string {
  const type = registerType(cTypes[dtype].register, lanes)
  if (dtype === "bool") return `(${a} ${{ sum: "^", prod: "&", max: "|", min: "&" }[combine]} ${b})`
  if (combine === "sum") return `(${a} + ${b})`
  if (combine === "prod") return `(${a} * ${b})`
  // Of floats, the sign of a zero among extremes is left open; NaN wins.
  return `${combine}_${type}(${a}, ${b})`
}

/** The lanes of a vector combined. */
export function folded(combine: Combine, dtype: DType, lanes: number, vector: string): string {
  const type = registerType(cTypes[dtype].register, lanes)
  const name =
    dtype === "bool" ? { sum: "xor", prod: "and", max: "or", min: "and" }[combine] : combine
  return `fold_${name}_${type}(${vector})`
}

/** An accumulator in C variables, one for each vector of totals. */
export interface Running {
  readonly totals: readonly string[]
  /** Takes in vector `u` of the values, into total number `into`. */
  take(into: number, u: number): void
  /** Makes the totals what they are, once all values are in. */
  finish?(): void
  /** Brings the lanes of all totals together; a C expression of the result. */
  together(): string
}
