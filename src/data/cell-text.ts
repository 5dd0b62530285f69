/** What a cell says: a number, a word or nothing, and what commas in numbers mean. */

/** What stands for a missing cell, without regard to case and to spaces around it. */
const missingWords: ReadonlySet<string> = new Set([
  "",
  "?",
  "na",
  "n/a",
  "#n/a",
  "nan",
  "null",
  "none",
  "nil",
  "-",
  "--",
  ".",
])

/** Letters of the longest of them. */
const longestMissing = Math.max(...Array.from(missingWords, (word) => word.length))

const plainNumber = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i
/** 1,234 and 1,234,567.8, and also 0,125, which is none but with a decimal comma. */
const withThousands = /^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$/
/** 1.234.567, which is a number only where points stand between thousands. */
const withPoints = /^[+-]?[1-9]\d{0,2}(\.\d{3}){2,}$/
/** 1.234, which is one either way. */
const withPoint = /^[+-]?[1-9]\d{0,2}\.\d{3}$/
/** 12,5 and 1.234,5 and ,5. */
const withDecimals = /^[+-]?(\d*|\d{1,3}(\.\d{3})+),\d+(e[+-]?\d+)?$/i
const zeroFirst = /^[+-]?0\d*,/

/**
 * What commas mean in the numbers of a column. Points mean the other: where commas are decimal, points
 * stand between thousands.
 */
export type Commas = "decimal" | "thousands"

/**
 * What a text may be: a word; a number whose comma is surely decimal (12,5), surely one between thousands
 * (1,234,567), or either of them (1,234); or a number whose points are surely between thousands
 * (1.234.567).
 */
export type TextKind = "word" | Commas | "either" | "points"

/** What commas mean where a text of some kind is a number; undefined where that does not matter. */
export const commasIn: Readonly<Record<Exclude<TextKind, "word">, Commas | undefined>> = {
  decimal: "decimal",
  points: "decimal",
  thousands: "thousands",
  either: undefined,
}

/** The kind of a text that is neither missing nor a number without commas. */
export function textKind(text: string): TextKind {
  if (!text.includes(",")) return withPoints.test(text) ? "points" : "word"
  const decimal = withDecimals.test(text)
  if (!withThousands.test(text)) return decimal ? "decimal" : "word"
  if (zeroFirst.test(text)) return decimal ? "decimal" : "word"
  return decimal ? "either" : "thousands"
}

/** The number that a text of some kind is; NaN where commas do not mean that. */
export function numberOf(text: string, kind: TextKind, commas: Commas): number {
  if (kind === "word" || (commasIn[kind] ?? commas) !== commas) return Number.NaN
  return Number(
    commas === "decimal" ? text.replaceAll(".", "").replace(",", ".") : text.replaceAll(",", ""),
  )
}

/**
 * Whether a text is a number, whatever commas mean.
 * @example isNumber("1.234,5") // → true
 */
export function isNumber(text: string): boolean {
  const value = plainCell(text)
  return typeof value === "number" || (typeof value === "string" && textKind(value) !== "word")
}

/** Whether a number has a point before its last three digits, so that it may stand between thousands: 1.234. */
export function hasGroupPoint(text: string): boolean {
  return withPoint.test(text.trim())
}

/** A cell as a number without commas or as text; undefined when it is missing. */
export function plainCell(cell: unknown): number | string | undefined {
  switch (typeof cell) {
    case "number":
      return cell
    case "bigint":
      return Number(cell)
    case "boolean":
      return String(cell)
    case "string": {
      const text = cell.trim()
      if (text.length <= longestMissing && missingWords.has(text.toLowerCase())) return undefined
      return plainNumber.test(text) ? Number(text) : text
    }
    case "object":
      if (cell === null) return undefined
      if (cell instanceof Date) return Number.isNaN(cell.getTime()) ? undefined : cell.toISOString()
      return plainCell(Array.isArray(cell) ? JSON.stringify(cell) : String(cell))
    default:
      return undefined
  }
}
