/** How a table was read, as far as it might have been meant otherwise: of tables and of series. */

import {
  type Column,
  type CommaNumbers,
  decimalWords,
  distinctCells,
  isNumber,
  kindOf,
  type StringColumn,
  type Table,
  unclearDates,
  unitWords,
} from "../data/index.ts"
import type { Finding } from "./finding.ts"

/** What commas and points in numbers were taken for, in any column, and names that look like cells. */
export function readingFindings(table: Table): Finding[] {
  const commas = table.columns.flatMap((column): Finding[] => {
    if (column.form === "numbers") {
      return column.commas === undefined ? [] : commaFindings(column.name, column.commas)
    }
    const text = decimalWords(column)
    if (text === undefined) return wordFindings(column)
    return [
      {
        name: "decimal-commas",
        severity: "warning",
        message:
          `column "${column.name}" looks like numbers with decimal commas, such as "${text}", and is ` +
          "read as words, since in others a point is decimal (1.5) or commas are between thousands " +
          "(1,234,567), or too many are no numbers: write all of them with decimal commas",
      },
    ]
  })
  return [...headerFindings(table), ...commas]
}

/** Words that people take for amounts, or dates that may be of another day. */
function wordFindings(column: StringColumn): Finding[] {
  const { name } = column
  const unit = unitWords(column)
  if (unit !== undefined) {
    return [
      {
        name: "numbers-with-units",
        severity: "warning",
        message:
          `column "${name}" looks like numbers with a sign, such as "${unit}", and is read as words: ` +
          "write them without it",
      },
    ]
  }
  const dates = kindOf(column) === "date" ? unclearDates(column) : undefined
  if (dates === undefined) return []
  return [
    {
      name: "unclear-dates",
      severity: "warning",
      message:
        `column "${name}" has the day first in "${dates[0]}", where "${dates[1]}" is read with the month ` +
        "first: write dates as in 2024-05-31",
    },
  ]
}

function commaFindings(name: string, { meaning, by, example }: CommaNumbers): Finding[] {
  if (example === undefined) return []
  const { text, number } = example
  const isDecimal = meaning === "decimal"
  const isRead = `"${text}" is read as ${number}`
  const otherwise = `--commas ${isDecimal ? "thousands" : "decimal"}`
  const isUnclear = by === "nothing"
  if (text.includes(",")) {
    return [
      {
        name: isDecimal ? "decimal-commas" : "thousands-commas",
        severity: isUnclear ? "warning" : "note",
        message:
          `column "${name}" writes numbers with ` +
          `${isDecimal ? "decimal commas" : "commas between thousands"}: ${isRead}` +
          (isUnclear
            ? `, where no cell says so: if that is wrong, ${otherwise} reads it otherwise`
            : ""),
      },
    ]
  }
  if (isUnclear) {
    return [
      {
        name: "unclear-points",
        severity: "warning",
        message:
          `column "${name}" has a point before three digits, and no cell says whether it stands between ` +
          `thousands: ${isRead}; if that is wrong, ${otherwise} reads it otherwise`,
      },
    ]
  }
  if (!isDecimal) return []
  return [
    {
      name: "decimal-commas",
      severity: "note",
      message: `column "${name}" writes numbers with points between thousands: ${isRead}`,
    },
  ]
}

/** Tells when the names of columns look like the cells below them. */
export function headerFindings(table: Table): Finding[] {
  const looks = table.columns.map((column) => looksLikeCell(column, table.rows))
  if (looks.includes("name") || !looks.includes("cell")) return []
  const numbers = table.columns
    .map(({ name }) => Number(name))
    .filter((value) => !Number.isNaN(value))
  // Years, or places, are names of columns of numbers.
  const areCounted =
    numbers.length > 1 && numbers.every((value, i) => i === 0 || value - numbers[i - 1] === 1)
  if (areCounted) return []
  const names = table.columns.map(({ name }) => name)
  const some = names.slice(0, 4).map((name) => `"${name}"`)
  return [
    {
      name: "no-header",
      severity: "warning",
      message:
        `the first line of ${table.name} is taken for the names of its columns, and looks like a row: ` +
        `${some.join(", ")}${names.length > some.length ? ", …" : ""}: if it is one, use --no-header`,
    },
  ]
}

/** Categories are told apart by cells that come this often on the average, at least. */
const oftenSeen = 10

/** Whether a column's name looks like one of its cells or surely like none; undefined where it may be either. */
function looksLikeCell(column: Column, rows: number): "cell" | "name" | undefined {
  const { name } = column
  if (column.form === "numbers") {
    if (column.values.every(Number.isNaN)) return undefined
    return isNumber(name) ? "cell" : "name"
  }
  if (column.dictionary.includes(name)) return "cell"
  if (kindOf(column) === "date") return "name"
  return distinctCells(column) * oftenSeen <= rows ? "name" : undefined
}
