/** Combinations of two values, and what they begin with. */

import type { Accumulator, Combine } from "../../schedule/index.ts"
import { type DType, dtypes } from "../../size/index.ts"
import { literal, typeOf } from "./types.ts"

/** The combination of two values of a dtype. */
export function combined(combine: Combine, dtype: DType, a: string, b: string): string {
  const type = typeOf(dtype)
  switch (combine) {
    case "sum":
      return type === "bool" ? `(${a} != ${b})` : `(${a} + ${b})`
    case "prod":
      return type === "bool" ? `(${a} & ${b})` : `(${a} * ${b})`
    case "max":
      if (type === "bool") return `(${a} | ${b})`
      return `${type === "f32" ? "maths_max" : "max"}(${a}, ${b})`
    case "min":
      if (type === "bool") return `(${a} & ${b})`
      return `${type === "f32" ? "maths_min" : "min"}(${a}, ${b})`
  }
}

/** What combines with any value to that value. */
export function identityOf(combine: Combine, dtype: DType): string {
  return literal(dtype, identityNumber(combine, dtype))
}

function identityNumber(combine: Combine, dtype: DType): number {
  if (combine === "sum") return 0
  if (combine === "prod") return 1
  const sign = combine === "max" ? -1 : 1
  switch (dtypes[dtype].kind) {
    case "float":
      return sign * Number.POSITIVE_INFINITY
    case "signed":
      return sign < 0 ? -(2 ** 31) : 2 ** 31 - 1
    case "unsigned":
      return sign < 0 ? 0 : 2 ** 32 - 1
    case "bool":
      return sign < 0 ? 0 : 1
  }
}

/** Whether an accumulator seeks the place of an extreme value. */
export function seeksPlace(
  accumulator: Accumulator,
): accumulator is Extract<Accumulator, { combine: "argmax" | "argmin" }> {
  return accumulator.combine === "argmax" || accumulator.combine === "argmin"
}

/** Whether a value goes before the best so far: NaN before all, then the extreme, then the first. */
export function precedes(
  combine: "argmax" | "argmin",
  dtype: DType,
  value: string,
  best: string,
): string {
  const [better, type] = [combine === "argmax" ? ">" : "<", typeOf(dtype)]
  if (type === "f32") {
    return `(!maths_isNan(${best}) && (maths_isNan(${value}) || ${value} ${better} ${best}))`
  }
  if (type !== "bool") return `(${value} ${better} ${best})`
  return combine === "argmax" ? `(${value} & !${best})` : `(!${value} & ${best})`
}
