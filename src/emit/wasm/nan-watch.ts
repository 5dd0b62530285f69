/**
 * Extremes of floats that need no watch for NaN. A softmax's greatest element is such: where an element
 * is NaN the sum of powers is NaN without it, and so is all that either of them leads to.
 */

import type { ElementwisePrimitive } from "../../graph/index.ts"
import {
  type Buffer,
  indexKey,
  type LoopKernel,
  type Program,
  type Scalar,
  visitScalars,
} from "../../schedule/index.ts"
import { isFloat } from "../../size/index.ts"

/** Primitives that are NaN where any operand is, as float32 or float64. */
const spreading: ReadonlySet<ElementwisePrimitive> = new Set<ElementwisePrimitive>([
  "add",
  "subtract",
  "multiply",
  "divide",
  "negate",
  "exp",
  "log",
])

/** The numbers of the extremes whose NaNs are seen elsewhere. */
export function findUnwatched(
  kernel: LoopKernel,
  { storage }: Pick<Program, "storage">,
): ReadonlySet<number> {
  const isAt = (a: Buffer, b: Buffer): boolean => {
    const [one, other] = [storage.get(a), storage.get(b)]
    if (one === undefined || other === undefined) return a === b
    const place = "number" in one ? one.number : one.offset
    return one.kind === other.kind && place === ("number" in other ? other.number : other.offset)
  }
  const { accumulators } = kernel
  const found = new Set<number>()
  for (const [number, { combine, dtype, value }] of accumulators.entries()) {
    if ((combine !== "max" && combine !== "min") || !isFloat(dtype)) continue
    const seen = nanWith(kernel, value)
    if (seen.size > 0 && leadsToNaN(kernel, number, seen, isAt)) found.add(number)
  }
  return found
}

/** The numbers of the sums that are NaN where one of the values is. */
function nanWith({ accumulators }: LoopKernel, value: Scalar): ReadonlySet<number> {
  const seen = new Set<number>()
  for (const [number, { combine, value: summand }] of accumulators.entries()) {
    if (combine !== "sum") continue
    const isSeen = (scalar: Scalar): boolean =>
      isSame(scalar, value) || (scalar.kind === "accumulator" && seen.has(scalar.number))
    if (spreadsFrom(summand, isSeen)) seen.add(number)
  }
  return seen
}

/** Whether everything that is stored and depends on a total is NaN where those of `seen` are. */
function leadsToNaN(
  { accumulators, stores }: LoopKernel,
  number: number,
  seen: ReadonlySet<number>,
  isAt: (a: Buffer, b: Buffer) => boolean,
): boolean {
  const written = new Set(stores.map(({ buffer }) => buffer))
  const depends = (value: Scalar): boolean => {
    let found = false
    visitScalars([value], (scalar) => {
      if (scalar.kind === "load") found ||= written.has(scalar.buffer)
      if (scalar.kind !== "accumulator") return
      found ||= scalar.number === number || depends(accumulators[scalar.number].value)
    })
    return found
  }
  const isSeen = (scalar: Scalar): boolean =>
    scalar.kind === "accumulator" && seen.has(scalar.number)
  return stores.every(({ buffer, index, value }, i) => {
    if (spreadsFrom(value, isSeen) || !depends(value)) return true
    // What only later passes read, and put their results in the place of.
    return stores
      .slice(i + 1)
      .some((later) => isAt(later.buffer, buffer) && indexKey(later.index) === indexKey(index))
  })
}

/** Whether a value is NaN where those that are looked for are. */
function spreadsFrom(value: Scalar, isLookedFor: (scalar: Scalar) => boolean): boolean {
  if (isLookedFor(value)) return true
  if (value.kind !== "apply" || !isFloat(value.dtype) || !spreading.has(value.primitive))
    return false
  return value.operands.some((operand) => spreadsFrom(operand, isLookedFor))
}

/** Whether two values are one, or the same load. */
export function isSame(a: Scalar, b: Scalar): boolean {
  if (a === b) return true
  if (a.kind !== "load" || b.kind !== "load") return false
  return a.buffer === b.buffer && indexKey(a.index) === indexKey(b.index)
}
