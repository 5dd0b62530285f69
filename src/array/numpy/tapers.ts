/** Windows that fade a stretch of samples out at its ends: float32[n], computed in float64. */

import type { Array } from "../array.ts"
import { array } from "../operations/creation.ts"

/** A window of n samples from its value at each, told as a place from −1 to 1. */
function taper(name: string, n: number, valueAt: (place: number) => number): Array {
  if (!Number.isInteger(n)) throw new RangeError(`${name}: n is ${n}, which must be a whole number`)
  if (n === 1) return array([1])
  const last = n - 1
  return array(
    globalThis.Array.from({ length: Math.max(n, 0) }, (_, i) => valueAt((2 * i - last) / last)),
  )
}

/**
 * A triangle from 0 over 1 to 0. Work 0: the host computes it.
 * @example np.bartlett(5) // → [0, 0.5, 1, 0.5, 0]
 */
export function bartlett(n: number): Array {
  return taper("bartlett", n, (place) => 1 - Math.abs(place))
}

/**
 * Raised cosines: 0.42 + 0.5 cos πp + 0.08 cos 2πp. Work 0: the host computes it.
 * @example np.blackman(3) // → [0, 1, 0]
 */
export function blackman(n: number): Array {
  return taper("blackman", n, (place) => {
    const angle = Math.PI * place
    return 0.42 + 0.5 * Math.cos(angle) + 0.08 * Math.cos(2 * angle)
  })
}

/**
 * A raised cosine on a pedestal: 0.54 + 0.46 cos πp. Work 0: the host computes it.
 * @example np.hamming(3) // → [0.08, 1, 0.08]
 */
export function hamming(n: number): Array {
  return taper("hamming", n, (place) => 0.54 + 0.46 * Math.cos(Math.PI * place))
}

/**
 * A raised cosine: 0.5 + 0.5 cos πp. Work 0: the host computes it.
 * @example np.hanning(3) // → [0, 1, 0]
 */
export function hanning(n: number): Array {
  return taper("hanning", n, (place) => 0.5 + 0.5 * Math.cos(Math.PI * place))
}

/**
 * I₀(β √(1 − p²)) / I₀(β): the greater β, the lower the side lobes and the wider the main one. Work
 * 0: the host computes it.
 * @example np.kaiser(3, 2) // → [0.438676, 1, 0.438676]
 */
export function kaiser(n: number, beta: number): Array {
  const scaled = besselExp(beta)
  return taper("kaiser", n, (place) => {
    const at = beta * Math.sqrt(Math.max(0, 1 - place * place))
    return (besselExp(at) / scaled) * Math.exp(Math.abs(at) - Math.abs(beta))
  })
}

/** e^−|x| I₀(x) in float64: the mean of e^(|x|(cos t − 1)) over half a turn, by trapezoids. */
function besselExp(x: number): number {
  const points = 64 + 4 * Math.ceil(Math.sqrt(Math.abs(x)))
  let sum = 0
  for (let i = 0; i <= points; i++) {
    const value = Math.exp(Math.abs(x) * (Math.cos((Math.PI * i) / points) - 1))
    sum += i === 0 || i === points ? value / 2 : value
  }
  return sum / points
}
