/** CSV to rows of cells in plain JavaScript, where no row may have more cells than there are columns. */

import type { TableHabit } from "./read-options.ts"

export interface CsvRows {
  /** Without spaces around them. */
  readonly names: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/** What sets cells apart in one file or another: those that often stand in cells come first. */
const delimiters = [",", "|", "\t", ";"]

/** Those in a text: by a file's first line, for rows may have more decimal commas than delimiters. */
export function delimitersIn(text: string): string[] {
  return delimiters.filter((each) => text.includes(each))
}

/** The first line that is not empty, without what stands in quotes. */
function firstLine(text: string): string {
  return text
    .replace(/^[\r\n]+/, "")
    .replace(/"[^"]*"/g, "")
    .split("\n", 1)[0]
}

/** What sets cells apart, where it is told, or was so in a like table, or the first line has but one. */
export function delimiterOf(text: string, { delimiter, like }: CsvForm): string | undefined {
  if (delimiter !== undefined) return delimiter
  const first = firstLine(text)
  if (like?.delimiter !== undefined && first.includes(like.delimiter)) return like.delimiter
  const likely = delimitersIn(first)
  return likely.length === 1 ? likely[0] : undefined
}

/** How a CSV file is cut. */
export interface CsvForm {
  /** Found out unless given. */
  readonly delimiter?: string | undefined
  readonly like?: TableHabit | undefined
  /** Whether the first line names the columns; it does unless this is false. */
  readonly header?: boolean | undefined
  /** Whether the text ends somewhere in a file: its last row is left out. */
  readonly isStart?: boolean
}

/**
 * Parses a file, or its start. Columns without a name are named by their place, and cells behind the
 * named columns are let go where they are empty.
 * @throws SyntaxError naming the line of a row with more cells than columns, and quotes that do not end.
 */
export async function csvRows(name: string, text: string, form: CsvForm): Promise<CsvRows> {
  const { default: papaparse } = await import("papaparse")
  const { header = true, isStart = false } = form
  const { data, errors } = papaparse.parse<string[]>(text.replace(/[\r\n]+$/, ""), {
    delimiter: delimiterOf(text, form) ?? "",
    delimitersToGuess: delimitersIn(firstLine(text)),
  })
  const broken = errors.find(({ type }) => type === "Quotes")
  if (broken !== undefined && !isStart) {
    throw new SyntaxError(`${name} is no readable csv table: row ${broken.row}: ${broken.message}`)
  }
  if (isStart) data.pop()
  const rows: string[][] = []
  let line = 1
  for (const row of data) {
    const isEmpty = row.length === 1 && row[0] === ""
    if (!isEmpty) {
      rows.push(row)
      requireColumns(name, row, rows[0].length, line)
    }
    line += row.reduce((sum, cell) => sum + cell.split("\n").length - 1, 1)
  }
  const [first = [], ...others] = rows
  const digits = String(first.length).length
  const placeName = (i: number): string => `column${String(i).padStart(digits, "0")}`
  return header
    ? { names: first.map((cell, i) => cell.trim() || placeName(i)), rows: others }
    : { names: first.map((_, i) => placeName(i)), rows }
}

function requireColumns(name: string, row: readonly string[], columns: number, line: number): void {
  if (row.length <= columns || row.slice(columns).every((cell) => cell.trim() === "")) return
  throw longRow(name, line, columns)
}

/** What is wrong with a file whose bytes are no UTF-8, as spreadsheets on Windows write them. */
export function noUtf8(name: string, from = "WINDOWS-1252", cause?: unknown): SyntaxError {
  return new SyntaxError(
    `${name} is not in UTF-8, as a file in Windows-1252 or UTF-16 is not: save it as "CSV UTF-8", ` +
      `or convert it, as in iconv -f ${from} -t UTF-8 ${name}`,
    { cause },
  )
}

/** What is wrong with a row that has more cells than there are columns. */
export function longRow(name: string, line: number, columns: number): SyntaxError {
  return new SyntaxError(
    `line ${line} of ${name} has more cells than its first line has columns (${columns}): ` +
      "name all columns, or put quotes around cells that hold the delimiter",
  )
}
