/**
 * Elementary functions to some 250 bits, by whole numbers: numbers are integers over 2^{@link bits}, and
 * all series are cut where their terms vanish. Slow, plain, and independent of any float's rounding.
 */

const bits = 300n
const one = 1n << bits

/** A number m·2^e. */
export interface Exact {
  readonly m: bigint
  readonly e: number
}

/** A finite float64 as it is. */
function exactly(x: number): Exact {
  const word = new BigUint64Array(Float64Array.of(x).buffer)[0]!
  const exponent = Number((word >> 52n) & 0x7ffn)
  const fraction = word & ((1n << 52n) - 1n)
  const m = exponent === 0 ? fraction : fraction | (1n << 52n)
  return { m: x < 0 ? -m : m, e: Math.max(exponent, 1) - 1075 }
}

const shifted = (m: bigint, by: number): bigint => (by < 0 ? m >> BigInt(-by) : m << BigInt(by))

/** Over 2^bits, what lies below cut off. */
const fixed = (x: number): bigint => {
  const { m, e } = exactly(x)
  return shifted(m, e + Number(bits))
}

const times = (a: bigint, b: bigint): bigint => (a * b) >> bits
const over = (a: bigint, b: bigint): bigint => (a << bits) / b
const absolute = (a: bigint): bigint => (a < 0n ? -a : a)
const ratio = (a: bigint, b: bigint): Exact => {
  const by = Number(bits) + b.toString(2).length - a.toString(2).length
  return { m: shifted(a, by) / b, e: -by }
}
const plainly = (m: bigint): Exact => ({ m, e: -Number(bits) })

function root(a: bigint): bigint {
  const square = a << bits
  let x = 1n << BigInt(Math.ceil(square.toString(2).length / 2))
  for (;;) {
    const next = (x + square / x) >> 1n
    if (next >= x) return x
    x = next
  }
}

/** Σ ±x^(2n+1)/(2n+1): atanh, or atan where signs take turns. */
function arcSeries(x: bigint, sign: 1n | -1n): bigint {
  const squared = sign * times(x, x)
  let [power, sum] = [x, 0n]
  for (let n = 1n; power !== 0n && power !== -1n; n += 2n) {
    sum += power / n
    power = times(power, squared)
  }
  return sum
}

const atanh = (x: bigint): bigint => arcSeries(x, 1n)
const ln2 = 2n * atanh(one / 3n)
const pi = 16n * arcSeries(one / 5n, -1n) - 4n * arcSeries(one / 239n, -1n)

/** e^x as m·2^n over 2^bits. */
function power(x: bigint): { readonly m: bigint; readonly n: bigint } {
  const n = (2n * x + ln2) / (2n * ln2)
  const r = x - n * ln2
  let [term, sum] = [one, 0n]
  for (let k = 1n; term !== 0n && term !== -1n; k++) {
    sum += term
    term = times(term, r) / k
  }
  return { m: sum, n }
}

const expOf = (x: bigint): Exact => {
  const { m, n } = power(x)
  return { m, e: Number(n - bits) }
}

/** e^|x|, over 2^bits. */
const grown = (x: number): bigint => {
  const { m, n } = power(fixed(Math.abs(x)))
  return m << n
}

/** log of a positive number. */
function logOf({ m, e }: Exact): bigint {
  const length = m.toString(2).length
  const mantissa = shifted(m, Number(bits) - length)
  const log = 2n * atanh(over(mantissa - one, mantissa + one))
  return log + BigInt(e + length) * ln2
}

function sineOf(x: bigint): bigint {
  const n = (4n * x + absolute(pi)) / (2n * pi) - (4n * x + pi < 0n ? 1n : 0n)
  const r = x - (n * pi) / 2n
  const isOdd = n % 2n !== 0n
  let [term, sum] = [isOdd ? one : r, 0n]
  for (let k = isOdd ? 1n : 2n; term !== 0n && term !== -1n; k += 2n) {
    sum += term
    term = -times(times(term, r), r) / (k * (k + 1n))
  }
  return ((n % 4n) + 4n) % 4n >= 2n ? -sum : sum
}

/** The angle of a number, halved until its series is short. */
function angleOf(x: bigint): bigint {
  if (x < 0n) return -angleOf(-x)
  if (x > one) return pi / 2n - angleOf(over(one, x))
  let [t, halved] = [x, 0n]
  for (; halved < 4n; halved++) t = over(t, one + root(one + times(t, t)))
  return arcSeries(t, -1n) << halved
}

const arcSineOf = (x: bigint): bigint =>
  absolute(x) === one ? (x < 0n ? -pi / 2n : pi / 2n) : angleOf(over(x, root(one - times(x, x))))

/** Functions of float64, as exact as whole numbers of 300 bits make them. */
export const exact = {
  exp: (x: number) => expOf(fixed(x)),
  expm1: (x: number) => {
    const { m, n } = power(fixed(x))
    return plainly(shifted(m, Number(n)) - one)
  },
  log: (x: number) => plainly(logOf(exactly(x))),
  log1p: (x: number) => plainly(logOf(plainly(one + fixed(x)))),
  sin: (x: number) => plainly(sineOf(fixed(x))),
  cos: (x: number) => plainly(sineOf(fixed(x) + pi / 2n)),
  asin: (x: number) => plainly(arcSineOf(fixed(x))),
  acos: (x: number) => plainly(pi / 2n - arcSineOf(fixed(x))),
  atan: (x: number) => plainly(angleOf(fixed(x))),
  sinh: (x: number) => {
    const e = grown(x)
    const twice = (e - (one * one) / e) * (x < 0 ? -1n : 1n)
    return { m: twice, e: -Number(bits) - 1 }
  },
  cosh: (x: number) => {
    const e = grown(x)
    return { m: e + (one * one) / e, e: -Number(bits) - 1 }
  },
  tanh: (x: number) => {
    const e = grown(2 * x)
    return ratio((e - one) * (x < 0 ? -1n : 1n), e + one)
  },
  logistic: (x: number) => {
    const e = grown(x)
    return ratio(x < 0 ? one : e, e + one)
  },
  power: (x: number, y: number) => expOf(times(fixed(y), logOf(exactly(x)))),
  atan2: (y: number, x: number) => {
    const angle = angleOf(ratioOf(Math.abs(y), Math.abs(x)))
    const turned = x < 0 ? pi - angle : angle
    return plainly(y < 0 ? -turned : turned)
  },
} as const

function ratioOf(a: number, b: number): bigint {
  const { m, e } = ratio(exactly(a).m, exactly(b).m)
  return shifted(m, e + exactly(a).e - exactly(b).e + Number(bits))
}

/** Error in units of float64's last place at the exact number. */
export function wideUlps(result: number, { m, e }: Exact): number {
  if (!Number.isFinite(result)) return Number.POSITIVE_INFINITY
  const unit = Math.max(absolute(m).toString(2).length + e - 53, -1074)
  const found = exactly(result)
  const least = Math.min(e, found.e, unit - 20)
  const error = absolute(shifted(m, e - least) - shifted(found.m, found.e - least))
  return Number(shifted(error, least - unit + 20)) / 2 ** 20
}
