/** Amounts as people write them, read and written. */

const seconds: Readonly<Record<string, number>> = {
  s: 1,
  min: 60,
  m: 60,
  h: 3600,
  d: 86400,
  w: 7 * 86400,
  mo: 365.25 * 7200,
  y: 365.25 * 86400,
}

const multiples: Readonly<Record<string, number>> = {
  k: 1e3,
  K: 1e3,
  M: 1e6,
  G: 1e9,
  B: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
}

/** Beyond this no amount of anything on Earth is meant. */
const ABSURD = 1e45

function positive(text: string, value: number, what: string, like: string): number {
  if (!(value > 0))
    throw new Error(`${what} is "${text}": it must be a positive number such as ${like}`)
  if (value > ABSURD) throw new Error(`${what} is "${text}": no more than 1e45 can be meant`)
  return value
}

/** A duration such as "30d", "12h", "90min", "3.5y" or plain seconds. Throws on other units. */
export function parseDuration(text: string, what = "the duration"): number {
  const found = /^([0-9.]+(?:e[+-]?\d+)?)\s*([a-z]*)$/i.exec(text.trim())
  const unit = found?.[2] === "" ? "s" : found?.[2]?.toLowerCase()
  const factor = unit === undefined ? undefined : seconds[unit]
  if (found === null || factor === undefined)
    throw new Error(
      `${what} is "${text}": it must be a number with s, min, h, d, w, mo or y, such as 30d`,
    )
  return positive(text, Number(found[1]) * factor, what, "30d")
}

/** A count such as "300e9", "300B", "1.5T" or "1024". Throws on anything else. */
export function parseCount(text: string, what = "the count"): number {
  const found = /^([0-9.]+(?:e[+-]?\d+)?)\s*([a-z]?)$/i.exec(text.trim())
  const factor = found?.[2] === "" ? 1 : multiples[found?.[2] ?? ""]
  if (found === null || factor === undefined)
    throw new Error(`${what} is "${text}": it must be a number such as 300e9, 300B or 1.5T`)
  return positive(text, Number(found[1]) * factor, what, "300e9")
}

/** A whole count from 1 up. */
export function parseWhole(text: string, what: string): number {
  const value = Number(text) === 0 ? 0 : parseCount(text, what)
  if (value < 1 || !Number.isSafeInteger(value))
    throw new Error(`${what} is "${text}": it must be a whole number from 1 up`)
  return value
}

/** Three significant digits, without an exponent where the number is of human size. */
export function short(value: number): string {
  if (value === 0) return "0"
  if (!Number.isFinite(value)) return String(value)
  const size = Math.abs(value)
  if (size >= 1e6 || size < 1e-3) return value.toExponential(2).replace("e+", "e")
  if (size >= 1000) return Math.round(value).toLocaleString("en-US")
  return Number(value.toPrecision(3)).toString()
}

/** A duration in the unit that suits it: µs to years. */
export function duration(value: number): string {
  if (value === 0) return "0 s"
  if (!Number.isFinite(value)) return "for ever"
  const units: readonly (readonly [number, string])[] = [
    [365.25 * 86400, "years"],
    [86400, "days"],
    [3600, "hours"],
    [60, "minutes"],
    [1, "s"],
    [1e-3, "ms"],
    [1e-6, "µs"],
    [0, "ns"],
  ]
  // 80 s is easier to grasp than 1.33 minutes, 1.2 ms easier than 1,200 µs.
  const [size, name] = units.find(([least]) => value >= (least > 1 ? 1.5 : 1) * least) ?? [0, "ns"]
  return `${short(value / (size === 0 ? 1e-9 : size))} ${name}`
}

/** Bytes in decimal units, as memory makers count bandwidth and this project counts memory. */
export function bytes(value: number): string {
  const units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"]
  let index = 0
  let rest = value
  while (rest >= 1000 && index < units.length - 1) {
    rest /= 1000
    index++
  }
  return `${short(rest)} ${units[index]}`
}

/** A count with k, M, B or T. */
export function count(value: number): string {
  if (value < 1e4) return short(value)
  const [size, name] = (
    [
      [1e12, "T"],
      [1e9, "B"],
      [1e6, "M"],
      [1e3, "k"],
    ] as const
  ).find(([least]) => value >= least) ?? [1, ""]
  return value >= 1e16 ? short(value) : `${short(value / size)} ${name}`
}

export function money(value: number): string {
  return `$${count(value)}`
}

/** Energy in J, kWh, MWh or GWh. */
export function energy(joules: number): string {
  const hours = joules / 3600
  if (hours < 1000) return `${short(joules)} J`
  if (hours < 1e6) return `${short(hours / 1e3)} kWh`
  if (hours < 1e9) return `${short(hours / 1e6)} MWh`
  return `${short(hours / 1e9)} GWh`
}

export function percent(fraction: number): string {
  return `${Number((100 * fraction).toPrecision(3))} %`
}
