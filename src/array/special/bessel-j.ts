/** Bessel functions of the first kind, of whole orders, by their recurrence from high orders down. */

import type { Array } from "../array.ts"
import { type Custom, custom } from "../linalg/custom.ts"
import { sliceAxis } from "../operations/axes.ts"
import * as elementwise from "../operations/elementwise.ts"
import * as movement from "../operations/movement.ts"
import { type ArrayLike, asFloat } from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"

const { absolute, add, divide, equal, maximum, multiply, subtract, where } = elementwise

export interface BesselJnOptions {
  /** The highest order. */
  readonly v: number
  /** From which order on the recurrence goes down; 50 unless given. */
  readonly nIter?: number
}

/**
 * J₀ … Jᵥ, one after another: Jₖ₋₁ = (2k/x) Jₖ − Jₖ₊₁ down from any start, divided by what
 * J₀ + 2 (J₂ + J₄ + …) comes to, which is 1 (Miller).
 */
function orders(x: Array, v: number, start: number): readonly Array[] {
  const zero = equal(x, 0)
  const inverse = divide(2, where(zero, 1, x))
  let above: Array = multiply(inverse, 0)
  let own: Array = add(above, 1)
  let total: Array = above
  let kept: Array[] = []
  for (let k = start; k > 0; k--) {
    if (k <= v) kept.push(own)
    if (k % 2 === 0) total = add(total, multiply(2, own))
    const next = subtract(multiply(multiply(inverse, k), own), above)
    // All are made smaller before they leave the range of a float.
    const shrink = divide(1, maximum(1, absolute(next)))
    above = multiply(own, shrink)
    own = multiply(next, shrink)
    total = multiply(total, shrink)
    kept = kept.map((one) => multiply(one, shrink))
  }
  const scale = divide(1, add(total, own))
  return [own, ...kept.reverse()].map((one, k) =>
    where(zero, k === 0 ? 1 : 0, multiply(one, scale)),
  )
}

const stacked: Custom<{ readonly v: number; readonly start: number }> = custom(
  ([x], { v, start }) => [movement.stack(orders(x, v, start), 0)],
  // 2 Jₖ′ = Jₖ₋₁ − Jₖ₊₁, and J₋₁ = −J₁.
  ([x], _, [dx], { v, start }) => {
    const [all] = stacked([x], { v: v + 1, start: Math.max(start, v + 2) })
    const after = sliceAxis(all, 0, 1, v + 2)
    const first = elementwise.negative(sliceAxis(all, 0, 1, 2))
    const before = v === 0 ? first : movement.concatenate([first, sliceAxis(all, 0, 0, v)], 0)
    return [multiply(multiply(0.5, subtract(before, after)), dx)]
  },
)

/**
 * The Bessel functions J₀ … Jᵥ: (v + 1, …x.shape), floats. Right for |x| up to about 0.7 nIter.
 * Differentiable. Work about (4 + v) nIter for each number, span 5 nIter.
 * @example special.besselJn(1, { v: 2 }) // → [0.765198, 0.440051, 0.114903]
 * @throws RangeError when v or nIter is no whole number from 0 up.
 */
export const besselJn: (x: ArrayLike, options: BesselJnOptions) => Array = operation(
  1,
  (x, { v, nIter = 50 }) => {
    for (const [name, value] of Object.entries({ v, nIter })) {
      if (Number.isInteger(value) && value >= 0) continue
      throw new RangeError(`besselJn: ${name} is ${value}, which must be whole and at least 0`)
    }
    return stacked([asFloat("besselJn", x)], { v, start: Math.max(nIter, v + 1) })[0]
  },
)
