/**
 * The spread of a row: how far its least element lies below its greatest one. Where e^x of x less the
 * greatest element of its row is wanted, as in a softmax, one look at the spread tells for the whole row
 * whether all results are normal numbers, so that nothing is asked along the way.
 */

import { type Axis, type LoopKernel, type Scalar, visitScalars } from "../../schedule/index.ts"
import { isSame } from "./nan-watch.ts"

/** A greatest element and the least one beside it, by the numbers of their totals. */
export interface Spread {
  readonly greatest: number
  readonly least: number
}

/** e^−x is a normal number up to here. */
export const mostSpread = 87

/** The kernel with a least element beside the greatest one that powers are taken against. */
export function withSpread(
  kernel: LoopKernel,
  lane: Axis | undefined,
): { readonly kernel: LoopKernel; readonly spread: Spread | undefined } {
  const { accumulators, reduced } = kernel
  if (lane === undefined || !reduced.includes(lane)) return { kernel, spread: undefined }
  const values = accumulators.map(({ value }) => value)
  const greatest = accumulators.findIndex(
    ({ combine, dtype }, number) =>
      combine === "max" &&
      dtype === "float32" &&
      powersBelow(values, values[number], number).size > 0,
  )
  if (greatest < 0) return { kernel, spread: undefined }
  const least = { combine: "min", dtype: "float32", value: values[greatest] } as const
  return {
    kernel: { ...kernel, accumulators: [...accumulators, least] },
    spread: { greatest, least: accumulators.length },
  }
}

/** The powers e^(value − total) among some expressions, of a value and the total of this number. */
export function powersBelow(
  scalars: readonly Scalar[],
  value: Scalar,
  number: number,
): ReadonlySet<Scalar> {
  const found = new Set<Scalar>()
  visitScalars(scalars, (scalar) => {
    if (scalar.kind !== "apply" || scalar.primitive !== "exp" || scalar.dtype !== "float32") return
    const [difference] = scalar.operands
    if (difference.kind !== "apply" || difference.primitive !== "subtract") return
    const [from, total] = difference.operands
    if (total.kind !== "accumulator" || total.number !== number) return
    if (isSame(from, value)) found.add(scalar)
  })
  return found
}
