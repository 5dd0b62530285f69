/** The remainder of division, which is exact. */

import type { Lanes } from "./lanes.ts"

/**
 * C's fmod, in float64 lanes: x − y·trunc(x/y) with the sign of x.
 *
 * Each turn takes away the largest multiple of y·2^k that fits, where k leaves a quotient below 2²⁹,
 * so that its product with the 24 bits of y is exact in 53. One turn does for |x/y| below 2²⁸, and
 * eleven for any pair of float32.
 */
export function remainder<C>(d: Lanes<C>, x: C, y: C): C {
  // An infinite divisor divides nothing; a finite one above every float32 does not either.
  const divisor = d.keep(d.min(d.abs(y), 2 ** 200))
  const magnitude = d.keep(d.abs(x))
  const valid = d.and(d.lt(magnitude, Infinity), d.gt(divisor, 0))
  const rest = d.variable(d.select(valid, magnitude, Number.NaN))
  const r = rest.value
  d.whileAny(d.ge(r, divisor), () => {
    const gap = d.integerSub(d.shiftRight(r, 52), d.shiftRight(divisor, 52))
    const excess = d.keep(d.integerSub(gap, d.integer(28)))
    const k = d.and(excess, d.integerGreater(excess, d.integer(0)))
    const scaled = d.keep(d.integerAdd(divisor, d.shiftLeft(k, 52)))
    rest.set(d.nmadd(d.trunc(d.div(r, scaled)), scaled, r))
    // A quotient that was rounded up took one multiple too many.
    rest.set(d.select(d.lt(r, 0), d.add(r, scaled), r))
  })
  return d.withSign(r, x)
}
