/** CSV to rows of cells in plain JavaScript, where no row may have more cells than there are columns. */

export interface CsvRows {
  /** Without spaces around them. */
  readonly names: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

const delimiters = [",", "\t", "|", ";"]

/** What may set cells apart by a file's first line: rows may have more decimal commas than delimiters. */
export function delimitersIn(text: string): string[] {
  const [first] = text
    .replace(/^[\r\n]+/, "")
    .replace(/"[^"]*"/g, "")
    .split("\n", 1)
  return delimiters.filter((each) => first.includes(each))
}

/**
 * Parses a file, or its start. Columns without a name are named by their place, and cells behind the
 * named columns are let go where they are empty.
 * @param isStart whether the text ends somewhere in a file: its last row is left out
 * @throws SyntaxError naming the line of a row with more cells than columns, and quotes that do not end.
 */
export async function csvRows(
  name: string,
  text: string,
  delimiter: string | undefined,
  isStart = false,
): Promise<CsvRows> {
  const { default: papaparse } = await import("papaparse")
  const likely = delimitersIn(text)
  const { data, errors } = papaparse.parse<string[]>(text.replace(/[\r\n]+$/, ""), {
    delimiter: delimiter ?? (likely.length === 1 ? likely[0] : ""),
    delimitersToGuess: likely,
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
  const [header = [], ...others] = rows
  const digits = String(header.length).length
  const names = header.map((cell, i) => cell.trim() || `column${String(i).padStart(digits, "0")}`)
  return { names, rows: others }
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
