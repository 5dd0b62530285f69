/** Functions that the platform's `Math` lacks, to float64 accuracy. */

const twoOverRootPi = 2 / Math.sqrt(Math.PI)

/** erf x: the error function (DLMF 7.2.1). */
export function erf(x: number): number {
  if (Math.abs(x) < 1.5) return erfSeries(x)
  return x < 0 ? erfcFraction(-x) - 1 : 1 - erfcFraction(x)
}

/** 1 − erf x, without the cancellation. */
export function erfc(x: number): number {
  if (Math.abs(x) < 1.5) return 1 - erfSeries(x)
  return x < 0 ? 2 - erfcFraction(-x) : erfcFraction(x)
}

/** erf x = 2/√π e^(−x²) Σ 2ⁿ x^(2n+1) / (2n+1)!! (DLMF 7.6.2): no term cancels another. */
function erfSeries(x: number): number {
  let term = x
  let sum = x
  for (let n = 1; Math.abs(term) > Math.abs(sum) * 1e-18; n++) {
    term *= (2 * x * x) / (2 * n + 1)
    sum += term
  }
  return twoOverRootPi * Math.exp(-x * x) * sum
}

/** erfc x for x ≥ 1.5 by its continued fraction (DLMF 7.9.1), from its 120th level up. */
function erfcFraction(x: number): number {
  if (Number.isNaN(x)) return x
  if (x > 30) return 0
  let below = x
  for (let k = 120; k >= 1; k--) below = x + k / 2 / below
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * below)
}

/** The x whose erf is y; ±∞ at ±1, NaN beyond. */
export function erfInv(y: number): number {
  if (Number.isNaN(y) || Math.abs(y) > 1) return Number.NaN
  if (Math.abs(y) === 1) return y * Number.POSITIVE_INFINITY
  if (y === 0) return y
  const target = Math.abs(y)
  // Winitzki's closed form is within 0.4 %; Halley's step cubes the relative error.
  const log = Math.log1p(-target * target)
  const half = 2 / (Math.PI * 0.147) + log / 2
  let x = Math.sqrt(Math.sqrt(half * half - log / 0.147) - half)
  for (let step = 0; step < 4; step++) {
    const miss = target < 0.5 ? erf(x) - target : 1 - target - erfc(x)
    const newton = miss / (twoOverRootPi * Math.exp(-x * x))
    x -= newton / (1 + x * newton)
  }
  return y < 0 ? -x : x
}

/** 1 / (1 + e^−x). */
export function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x))
}

/** To the nearest whole number, ties to even; the sign of zero is kept. */
export function roundToEven(x: number): number {
  if (!Number.isFinite(x) || Math.abs(x) >= 2 ** 52) return x
  const floor = Math.floor(x)
  const rest = x - floor
  const up = rest > 0.5 || (rest === 0.5 && floor % 2 !== 0)
  const rounded = up ? floor + 1 : floor
  return rounded === 0 ? 0 * Math.sign(x) : rounded
}

/** C's pow: Math.pow, but 1 to any power and −1 to an infinite one are 1. */
export function power(x: number, y: number): number {
  if (x === 1 || (x === -1 && Math.abs(y) === Number.POSITIVE_INFINITY)) return 1
  return x ** y
}

/**
 * x to the power y in 32-bit integers that wrap around; a negative y gives the quotient 1 / x^−y,
 * truncated as division is, so that 0 to a negative power is −1.
 */
export function integerPower(x: number, y: number): number {
  if (y < 0) {
    if (x === 0) return -1
    if (x === 1) return 1
    if (x === -1) return y % 2 === 0 ? 1 : -1
    return 0
  }
  let product = 1
  for (let [base, bits] = [x, y]; bits > 0; bits = Math.floor(bits / 2)) {
    if (bits % 2 === 1) product = Math.imul(product, base)
    base = Math.imul(base, base)
  }
  return product
}

const rotations = [13, 15, 26, 6, 17, 29, 16, 24]

/**
 * One block of Threefry-2x32 with 20 rounds (Salmon et al. 2011): two random words from a key of
 * two words and a counter of two.
 */
export function threefry(
  key0: number,
  key1: number,
  counter0: number,
  counter1: number,
): readonly [number, number] {
  const keys = [key0, key1, key0 ^ key1 ^ 0x1bd11bda]
  let x0 = (counter0 + key0) | 0
  let x1 = (counter1 + key1) | 0
  for (let round = 0; round < 20; round++) {
    const rotation = rotations[round % 8]
    x0 = (x0 + x1) | 0
    x1 = ((x1 << rotation) | (x1 >>> (32 - rotation))) ^ x0
    if (round % 4 === 3) {
      const injection = (round + 1) / 4
      x0 = (x0 + keys[injection % 3]) | 0
      x1 = (x1 + keys[(injection + 1) % 3] + injection) | 0
    }
  }
  return [x0 >>> 0, x1 >>> 0]
}
