/** The extent of an axis as a number to compute with, also while it is a symbol. */

import { type Size, subtract } from "../size/index.ts"
import type { ArrayLike } from "./operands.ts"
import { bind } from "./trace.ts"

/**
 * A size as an operand. A symbolic one is counted in the graph: it is one more than the last
 * index below it, which takes one addition and no memory.
 */
export function extentValue(size: Size): ArrayLike {
  if (typeof size === "number") return size
  const one = bind("full", [], { shape: [], dtype: "int32", value: 1 })
  const indices = bind("iota", [], { shape: [size], dtype: "int32", axis: 0 })
  const last = bind("slice", [indices], {
    starts: [subtract(size, 1)],
    limits: [size],
    strides: [1],
  })
  return bind("add", [bind("reshape", [last], { shape: [] }), one], {})
}
