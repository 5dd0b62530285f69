/** Tables of text, and physical amounts as people write them. */

/** Left-aligned columns, two spaces apart. */
export function alignColumns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)))
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i]))
      .join("  ")
      .trimEnd(),
  )
}

const prefixes = ["", "m", "µ", "n", "p", "f", "a"]

/** Seconds with three digits in the unit that suits them: `2.5 µs`. */
export function printSeconds(seconds: number): string {
  if (seconds === 0) return "0 s"
  if (seconds >= 1) return `${Number(seconds.toPrecision(3))} s`
  const thirds = Math.min(prefixes.length - 1, Math.ceil(-Math.log10(seconds) / 3))
  return `${Number((seconds * 1000 ** thirds).toPrecision(3))} ${prefixes[thirds]}s`
}

/** An amount with three digits, as a power of ten where it is very large or small: `3.25e-8`. */
export function printAmount(amount: number): string {
  if (amount === 0) return "0"
  if (amount >= 0.001 && amount < 1e6) return String(Number(amount.toPrecision(3)))
  return amount.toExponential(2).replace("e+", "e")
}
