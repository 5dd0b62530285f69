/** Float64 references for the error function's family, which the platform lacks. */

/** erf by its series with positive terms: 2/√π · e^(−x²) · Σ 2ⁿ x^(2n+1) / (1·3·…·(2n+1)). */
function series(x: number): number {
  let term = x
  let sum = x
  for (let n = 1; term > sum * 1e-17; n++) {
    term *= (2 * x * x) / (2 * n + 1)
    sum += term
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum
}

/** erfc by its continued fraction, e^(−x²)/√π / (x + ½/(x + 1/(x + 3⁄2/(x + …)))), for x from 2 on. */
function fraction(x: number): number {
  let tail = x
  for (let n = 120; n >= 1; n--) tail = x + n / 2 / tail
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / tail
}

/** erf in float64. */
export function erf(x: number): number {
  if (Number.isNaN(x) || x === 0) return x
  const a = Math.abs(x)
  return Math.sign(x) * (a < 2 ? series(a) : 1 - fraction(a))
}

/** 1 − erf in float64. */
export function erfc(x: number): number {
  if (Number.isNaN(x)) return x
  if (x < 0) return 1 + erf(-x)
  return x < 2 ? 1 - series(x) : x > 30 ? 0 : fraction(x)
}

/** Inverse of erf in float64, by Newton's method on whichever of erf and erfc is small. */
export function erfInv(x: number): number {
  const a = Math.abs(x)
  if (!(a < 1)) return a === 1 ? x * Infinity : Number.NaN
  if (a < 1e-9) return (x * Math.sqrt(Math.PI)) / 2
  const w = Math.log((1 - a) * (1 + a))
  const t = 2 / (Math.PI * 0.147) + w / 2
  let y = Math.sqrt(Math.sqrt(t * t - w / 0.147) - t)
  for (let turn = 0; turn < 6; turn++) {
    const error = a < 0.9 ? erf(y) - a : 1 - a - erfc(y)
    const step = error / ((2 / Math.sqrt(Math.PI)) * Math.exp(-y * y))
    // Halley's correction: the second derivative of erf is -2y times the first.
    y -= step / (1 + y * step)
    if (Math.abs(step) < 1e-15 * y) break
  }
  return Math.sign(x) * y
}
