/** Amounts that people write: times and sizes. */

const seconds: Readonly<Record<string, number>> = {
  ms: 1e-3,
  s: 1,
  m: 60,
  min: 60,
  h: 3600,
  d: 86400,
}
const bytes: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
}

/**
 * Seconds: of a number as it is, of a text with its unit (ms, s, m, h, d).
 * @throws RangeError when it is no time above 0.
 * @example secondsOf("2m", "deadline") // → 120
 */
export function secondsOf(time: number | string, name: string): number {
  return amountOf(time, seconds, name, "a time above 0 such as 90s, 2m or 1h")
}

/**
 * Bytes: of a number as it is, of a text with its unit (kB, MB, GB, KiB, MiB, GiB).
 * @throws RangeError when it is no size above 0.
 * @example bytesOf("2MiB", "memory") // → 2097152
 */
export function bytesOf(size: number | string, name: string): number {
  return amountOf(size, bytes, name, "a size above 0 such as 500MB or 2GB")
}

function amountOf(
  amount: number | string,
  units: Readonly<Record<string, number>>,
  name: string,
  right: string,
): number {
  const [, digits, unit] = /^\s*([\d.]+)\s*([a-zA-Z]+)\s*$/.exec(String(amount)) ?? []
  const value = typeof amount === "number" ? amount : Number(digits) * (units[unit] ?? Number.NaN)
  if (!(value > 0 && value < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`${name} is ${amount}, which must be ${right}`)
  }
  return value
}
