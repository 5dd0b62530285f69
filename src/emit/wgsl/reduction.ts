/** Combinations of two values, and what they begin with. */

import { type Combine, type ExtremePlace, identityOf } from "../../schedule/index.ts"
import type { DType } from "../../size/index.ts"
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
export function identityLiteral(combine: Combine, dtype: DType): string {
  return literal(dtype, identityOf(combine, dtype))
}

/** Whether a value goes before the best so far: NaN before all, then the extreme, then the first. */
export function precedes(
  combine: ExtremePlace["combine"],
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
