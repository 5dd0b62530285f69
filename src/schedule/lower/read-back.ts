/**
 * Values that a kernel goes over its rows for more than once: what an earlier pass stored at a cost
 * is read back rather than computed again, while the row is still in the cache.
 */

import type { Scalar } from "../expression.ts"
import { costOf } from "../fusion.ts"
import type { Accumulator } from "../kernel.ts"
import { ScalarRewriter, visitScalars } from "../rewrite.ts"
import type { Draft } from "./kernel-list.ts"

/** Instructions beyond which an element is read back: about what a read from the cache takes. */
const dear = 12

/** The value with what an earlier pass over the row has stored read back, where that is cheaper. */
export function readBack(draft: Draft, value: Scalar): Scalar {
  const { reduction } = draft
  if (reduction?.rows === undefined) return value
  const elements = reduction.rows.reduce((a, b) => a * b, 1)
  const pass = passOf(value, reduction.accumulators)
  const given = new Map<Scalar, Scalar>()
  for (const { buffer, index, value: stored } of draft.stores) {
    const earlier = passOf(stored, reduction.accumulators) < pass
    if (earlier && buffer.elements === elements && costOfScalar(stored) > dear) {
      given.set(stored, { kind: "load", dtype: buffer.dtype, buffer, index })
    }
  }
  return given.size === 0 ? value : new ScalarRewriter(() => undefined, given).scalar(value)
}

/** Passes over the row that must be done before a value is known. */
export function passOf(value: Scalar, accumulators: readonly Accumulator[]): number {
  let passes = 0
  visitScalars([value], (scalar) => {
    if (scalar.kind !== "accumulator") return
    passes = Math.max(passes, 1 + passOf(accumulators[scalar.number].value, accumulators))
  })
  return passes
}

function costOfScalar(value: Scalar): number {
  let cost = 0
  visitScalars([value], (scalar) => {
    if (scalar.kind === "apply") cost += costOf(scalar.primitive)
  })
  return cost
}
