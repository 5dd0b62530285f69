/** What a column means: a number, one of a few categories, a date, or text. */

import { isNumber, textKind } from "./cell-text.ts"
import type { Column, StringColumn } from "./table.ts"

export type ColumnKind = "number" | "category" | "date" | "text"

/** Texts are longer than this, on the average over distinct cells. */
const textLength = 32

/**
 * The kind of a column, by its cells.
 * @example kindOf(columnOf(tableOf("log", [{ day: "2024-05-31" }]), "day")) // → "date"
 */
export function kindOf(column: Column): ColumnKind {
  if (column.form === "numbers") return "number"
  const { dictionary } = column
  const some = dictionary.slice(0, 1000)
  if (some.length === 0) return "category"
  if (some.every((text) => daysOf(text) !== undefined)) return "date"
  const length = some.reduce((sum, text) => sum + text.length, 0) / some.length
  const worded = some.filter((text) => text.includes(" ")).length > some.length / 2
  return length > textLength && worded ? "text" : "category"
}

/**
 * The first number with a decimal comma (12,5) of a column of strings, where more than half of them are
 * such numbers; else undefined.
 * @example
 * const { columns } = tableOf("prices", [{ a: "1,5" }, { a: "2,5" }, { a: "1.200" }, { a: "2.5" }, { a: "0,75" }])
 * const [column] = columns
 * column.form === "strings" && decimalWords(column) // → "1,5"
 */
export function decimalWords({ dictionary }: StringColumn): string | undefined {
  const some = dictionary.slice(0, 1000)
  const decimal = some.filter((text) => textKind(text) === "decimal")
  return decimal.length > some.length / 2 ? decimal[0] : undefined
}

/** A sign of money before or behind a number, or one of percent behind it. */
const withUnit = /^(?:[$€£¥]\s?([\d.,+-]+)|([\d.,+-]+)\s?(?:[%‰$€£¥]|EUR|USD))$/

/**
 * The first number with a sign of percent or of money (45.3 %, $1,200) of a column of strings, where more
 * than half of them are such numbers; else undefined.
 * @example
 * const { columns } = tableOf("prices", [{ a: "$1.50" }, { a: "$1,200" }])
 * const [column] = columns
 * column.form === "strings" && unitWords(column) // → "$1.50"
 */
export function unitWords({ dictionary }: StringColumn): string | undefined {
  const some = dictionary.slice(0, 1000)
  const found = some.filter((text) => {
    const [, before, behind = before] = withUnit.exec(text) ?? []
    return behind !== undefined && isNumber(behind)
  })
  return found.length > some.length / 2 ? found[0] : undefined
}

/**
 * Two dates with slashes of a column of strings, one of which has the day first (31/12/2024) and one is
 * read with the month first (5/6/2024); undefined where it has not both.
 * @example
 * const { columns } = tableOf("days", [{ a: "31/12/2024" }, { a: "5/6/2024" }])
 * const [column] = columns
 * column.form === "strings" && unclearDates(column) // → ["31/12/2024", "5/6/2024"]
 */
export function unclearDates({ dictionary }: StringColumn): readonly [string, string] | undefined {
  const places = (text: string) => text.split("/").map((part) => Number(part.split(" ")[0]))
  const slashed = dictionary.filter((text) => text.includes("/"))
  const dayFirst = slashed.find((text) => places(text)[0] > mostMonths)
  const either = slashed.find((text) => {
    const [first, second] = places(text)
    return first <= mostMonths && second <= mostMonths && first !== second
  })
  return dayFirst === undefined || either === undefined ? undefined : [dayFirst, either]
}

const mostMonths = 12

const isoDate =
  /^(\d{4})-(\d{1,2})(?:-(\d{1,2}))?(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/
const slashDate = /^(\d{1,2})[/.](\d{1,2})[/.](\d{4})(?: (\d{1,2}):(\d{2})(?::(\d{2}))?)?$/

const dayMilliseconds = 86_400_000

/**
 * Days since 1970-01-01 of a date in ISO 8601 (2024-05-31, 2024-05-31 12:00), or with slashes in
 * America's order (5/31/2024), or with full stops in Europe's (31.5.2024); undefined for anything
 * else. Times of day count as they stand, without their zone.
 * @example daysOf("1970-01-03") // → 2
 */
export function daysOf(text: string): number | undefined {
  const iso = isoDate.exec(text)
  if (iso !== null) return days(iso[1], iso[2], iso[3] ?? "1", iso.slice(4, 7))
  const other = slashDate.exec(text)
  if (other === null) return undefined
  const [, first, second, year] = other
  return text.includes("/")
    ? (days(year, first, second, other.slice(4)) ?? days(year, second, first, other.slice(4)))
    : days(year, second, first, other.slice(4))
}

function days(
  year: string,
  month: string,
  day: string,
  [hour = "0", minute = "0", second = "0"]: readonly (string | undefined)[],
): number | undefined {
  const given = [Number(year), Number(month) - 1, Number(day)] as const
  const time = Date.UTC(...given, Number(hour), Number(minute), Number(second))
  const back = new Date(time)
  const exists = back.getUTCMonth() === given[1] || Number(hour) > 23
  return exists && given[1] < 12 ? time / dayMilliseconds : undefined
}
