/** Amounts of memory as people write them. */

/** Bytes of each unit. */
const units: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
}

/**
 * The bytes that an amount such as `"64MB"`, `"1.5 GiB"` or `4096` names.
 * @param what what the amount is of, for the error.
 * @throws if it is no amount, or negative.
 */
export function parseBytes(amount: number | string, what: string): number {
  const [, digits, unit = "B"] =
    /^\s*(\d+(?:\.\d*)?(?:e\d+)?)\s*([a-zA-Z]+)?\s*$/.exec(String(amount)) ?? []
  const bytes = Number(digits) * (units[unit] ?? Number.NaN)
  if (digits === undefined || !Number.isFinite(bytes)) {
    throw new Error(`${what} is ${show(amount)}; it takes bytes, as in 64000000, "64MB" or "64MiB"`)
  }
  return bytes
}

/** An amount of memory in the largest unit that it fills: `64 MB`. */
export function printBytes(bytes: number): string {
  const names = ["B", "kB", "MB", "GB", "TB"]
  const step = bytes < 1000 ? 0 : Math.min(names.length - 1, Math.floor(Math.log10(bytes) / 3))
  return `${Number((bytes / 1000 ** step).toPrecision(3))} ${names[step]}`
}

function show(amount: unknown): string {
  return typeof amount === "string" ? JSON.stringify(amount) : String(amount)
}
