/**
 * Arrays as text, as NumPy prints them: columns aligned, floats by the fewest digits that tell them
 * from their neighbours, large arrays with their middle left out.
 * Source: numpy/_core/arrayprint.py.
 */

import { type DType, isFloat, storedNumber } from "../size/index.ts"

export interface FormatOptions {
  /** Most digits after the point; 8 unless given. */
  readonly precision?: number
  /** Elements from which on the middle is left out; 1000 unless given. */
  readonly threshold?: number
  /** Elements shown at each end of an axis whose middle is left out; 3 unless given. */
  readonly edgeitems?: number
  /** Characters of a line; 75 unless given. */
  readonly linewidth?: number
  /** What stands between elements; a space unless given. */
  readonly separator?: string
  /** What stands before the first line, in whose width the others are indented. */
  readonly prefix?: string
}

/** Row-major elements as text. Work: proportional to the elements shown. */
export function formatElements(
  data: ArrayLike<number>,
  shape: readonly number[],
  dtype: DType,
  options: FormatOptions = {},
): string {
  const { threshold = 1000, edgeitems = 3, linewidth = 75, separator = " ", prefix = "" } = options
  const size = shape.reduce((n, extent) => n * extent, 1)
  const edge = size > threshold ? edgeitems : 0
  const shown: number[] = []
  const collect = (axis: number, at: number): void => {
    if (axis === shape.length) shown.push(data[at])
    else for (const i of placesOf(shape[axis], edge)) collect(axis + 1, at * shape[axis] + i)
  }
  if (size > 0) collect(0, 0)
  const format = formatOf(dtype, shown, options.precision ?? 8)
  if (shape.length === 0) return format(data[0]).trim()
  if (size === 0) return "[]"
  const write = (axis: number, at: number, indent: string, width: number): string => {
    const extent = shape[axis]
    const places = placesOf(extent, edge)
    const gap = edge > 0 && extent > 2 * edge ? edge : -1
    if (axis < shape.length - 1) {
      const parts = places.map((i) => write(axis + 1, at * extent + i, `${indent} `, width - 1))
      const lines = "\n".repeat(shape.length - axis - 1)
      const between = `${separator.trimEnd()}${lines}${indent} `
      if (gap >= 0) parts.splice(gap, 0, "...")
      return `[${parts.join(between)}]`
    }
    const words = places.map((i) => format(data[at * extent + i]))
    if (gap >= 0) words.splice(gap, 0, "...")
    return wrap(words, indent, width, separator)
  }
  return write(0, 0, " ".repeat(prefix.length), linewidth - prefix.length)
}

/** The places of an axis that are shown. */
function placesOf(extent: number, edge: number): readonly number[] {
  const all = Array.from({ length: extent }, (_, i) => i)
  return edge > 0 && extent > 2 * edge ? [...all.slice(0, edge), ...all.slice(-edge)] : all
}

/** Words in lines. @param width of a line without its indent. */
function wrap(words: readonly string[], indent: string, width: number, separator: string): string {
  const lines: string[] = []
  let line = ""
  for (const [i, word] of words.entries()) {
    const after = i < words.length - 1 ? separator.trimEnd().length : 1
    const longer = line === "" ? word : `${line}${separator}${word}`
    if (line !== "" && 1 + longer.length + Math.max(after, 1) > width) {
      lines.push(`${line}${separator.trimEnd()}`)
      line = word
    } else line = longer
  }
  lines.push(line)
  return `[${lines.join(`\n${indent} `)}]`
}

/** How the elements that are shown are written: all as wide. */
function formatOf(
  dtype: DType,
  shown: readonly number[],
  precision: number,
): (x: number) => string {
  if (isFloat(dtype)) return floatFormat(dtype, shown, precision)
  const word = (x: number): string => (dtype === "bool" ? (x === 0 ? "False" : "True") : `${x}`)
  const width = shown.reduce((most, x) => Math.max(most, word(x).length), 0)
  return (x) => word(x).padStart(width)
}

function floatFormat(
  dtype: DType,
  shown: readonly number[],
  precision: number,
): (x: number) => string {
  const finite = shown.filter(Number.isFinite)
  const sizes = finite.filter((x) => x !== 0).map(Math.abs)
  const [most, least] = [Math.max(...sizes), Math.min(...sizes)]
  const scientific = sizes.length > 0 && (most >= 1e8 || least < 1e-4 || most / least > 1000)
  const write = scientific
    ? scientificFormat(dtype, finite, precision)
    : positionalFormat(dtype, finite, precision)
  const others = shown.filter((x) => !Number.isFinite(x)).map(nameOf)
  const width = [...finite.map(write), ...others].reduce((n, word) => Math.max(n, word.length), 0)
  return (x) => (Number.isFinite(x) ? write(x) : nameOf(x)).padStart(width)
}

function nameOf(x: number): string {
  return Number.isNaN(x) ? "nan" : x > 0 ? "inf" : "-inf"
}

/** Digits before and after the point, the latter filled up with spaces. */
function positionalFormat(
  dtype: DType,
  finite: readonly number[],
  precision: number,
): (x: number) => string {
  const partsOf = (x: number): readonly [string, string] => {
    const [whole, fraction = ""] = positional(shortest(dtype, x)).split(".")
    if (fraction.length <= precision) return [whole, fraction]
    const [rounded, rest = ""] = Math.abs(x).toFixed(precision).split(".")
    return [`${signOf(x)}${rounded}`, rest.replace(/0+$/, "")]
  }
  const all = finite.map(partsOf)
  const before = Math.max(0, ...all.map(([whole]) => whole.length))
  const after = Math.max(0, ...all.map(([, fraction]) => fraction.length))
  return (x) => {
    const [whole, fraction] = partsOf(x)
    return `${whole.padStart(before)}.${fraction.padEnd(after)}`
  }
}

/** One digit before the point, as many after it as any needs. */
function scientificFormat(
  dtype: DType,
  finite: readonly number[],
  precision: number,
): (x: number) => string {
  const digitsOf = (x: number): number => {
    const [mantissa] = Number(shortest(dtype, x)).toExponential().split("e")
    return Math.min(precision, (mantissa.split(".")[1] ?? "").length)
  }
  const digits = Math.max(0, ...finite.map(digitsOf))
  const exponentOf = (x: number): number => Number(x.toExponential().split("e")[1])
  const room = Math.max(2, ...finite.map((x) => `${Math.abs(exponentOf(x))}`.length))
  const word = (x: number): string => {
    const [mantissa, exponent] = x.toExponential(digits).split("e")
    const sign = exponent.startsWith("-") ? "-" : "+"
    const point = mantissa.includes(".") ? "" : "."
    const signed = Object.is(x, -0) ? `-${mantissa}` : mantissa
    return `${signed}${point}e${sign}${exponent.slice(1).padStart(room, "0")}`
  }
  const width = Math.max(0, ...finite.map((x) => word(x).length))
  return (x) => word(x).padStart(width)
}

function signOf(x: number): string {
  return x < 0 || Object.is(x, -0) ? "-" : ""
}

/** The shortest decimal that a dtype reads as this number, as a JavaScript number's text. */
function shortest(dtype: DType, x: number): string {
  if (dtype === "float64" || x === 0) return Object.is(x, -0) ? "-0" : `${x}`
  for (let digits = 1; digits < 9; digits++) {
    const text = x.toPrecision(digits)
    if (storedNumber(dtype, Number(text)) === x) return `${Number(text)}`
  }
  return `${Number(x.toPrecision(9))}`
}

/** A number's text without an exponent. */
function positional(text: string): string {
  if (!text.includes("e")) return text
  const [mantissa, exponent] = text.split("e")
  const digits = Math.max(0, (mantissa.split(".")[1] ?? "").length - Number(exponent))
  return Number(text).toFixed(Math.min(100, digits))
}
