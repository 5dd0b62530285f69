/** The extent of an axis as a number to compute with, also while it is a symbol. */

import { add, type DType, type Size } from "../../size/index.ts"
import type { ArrayLike } from "../tracing/operands.ts"
import { bind } from "../tracing/trace.ts"

/**
 * A size as an operand. A symbolic one is read off the graph: it is the last of the indices 0 to
 * N, a view of what takes no work to make.
 */
export function extentValue(size: Size, dtype: DType = "int32"): ArrayLike {
  if (typeof size === "number") return size
  const end = add(size, 1)
  const indices = bind("iota", [], { shape: [end], dtype, axis: 0 })
  const last = bind("slice", [indices], { starts: [size], limits: [end], strides: [1] })
  return bind("reshape", [last], { shape: [] })
}
