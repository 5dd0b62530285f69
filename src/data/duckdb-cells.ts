/** Cells as DuckDB gives them: numbers of a CSV file are parsed there, and come without a string each. */

import type { DuckDBConnection, DuckDBDataChunk } from "@duckdb/node-api"
import { type CellBlock, rowsOf, WrittenCells } from "./cell-block.ts"
import { csvRows, delimiterOf } from "./csv-rows.ts"
import { machineFiles } from "./files.ts"
import { unzipped } from "./gzip.ts"
import type { KnownFormat } from "./read-options.ts"

/**
 * Bytes of a piece of a CSV file that DuckDB reads: it holds several, and each must have room for more than
 * the longest line (2 MiB).
 */
const pieceBytes = 2 ** 22

/**
 * Bytes of a string in a column's memory: its length in 4, then itself if it is short, else its first 4
 * bytes and where it is in 8 (duckdb_string_t of DuckDB's C interface).
 */
const stringBytes = 16
const shortString = 12
const decoder = new TextDecoder()

/** A file that DuckDB reads. */
export interface OpenCells {
  /** What stands after FROM. */
  readonly scan: string
  /** Of the columns, without spaces around them. */
  readonly names: readonly string[]
  /**
   * The cells column by column, some rows at a time: in float64 with NaN for what is missing where they
   * are all numbers.
   * @param from what stands after FROM; the file unless given
   */
  read(from?: string): AsyncGenerator<readonly CellBlock[]>
}

/** Types of which every value is a number that float64 holds as nearly as it can. */
const numeric: ReadonlySet<string> = new Set([
  "TINYINT",
  "SMALLINT",
  "INTEGER",
  "BIGINT",
  "UTINYINT",
  "USMALLINT",
  "UINTEGER",
  "UBIGINT",
  "FLOAT",
  "DOUBLE",
])

/** Looks at a file's columns. */
export async function openCells(
  connection: DuckDBConnection,
  path: string,
  given: KnownFormat,
): Promise<OpenCells> {
  const options = await withStart(path, given)
  const { JSDuckDBValueConverter, bindings } = await duckdb()
  const scan = scanOf(path, options)
  const described = await connection
    .runAndReadAll(`DESCRIBE SELECT * FROM ${scan}`)
    .catch(async (error: unknown) => {
      // Rows of many lengths are no table to DuckDB, which does not say where they are.
      const isUnclear = error instanceof Error && error.message.includes("sniffing")
      if (isUnclear) await startOf(path, options, startBytes)
      throw error
    })
  const rows = described.getRows()
  const found = rows.map(([name]) => String(name))
  const names = await namesOf(path, found, options)
  const columns = names.map((name, i) => ({
    name,
    ...selected(identifier(found[i]), String(rows[i][1]), options, names.length),
  }))
  const selection = columns.flatMap(({ cells, texts }) => [cells, ...texts]).join(", ")
  const places: number[] = []
  let place = 0
  for (const { texts } of columns) {
    places.push(place)
    place += 1 + texts.length
  }
  /** The memory of a column: it goes with the chunk. */
  const memoryOf = (chunk: DuckDBDataChunk, at: number, bytesEach: number): Uint8Array =>
    bindings.vector_get_data(
      bindings.data_chunk_get_vector(chunk.chunk, at),
      bytesEach * chunk.rowCount,
    )
  const cellsOf = (chunk: DuckDBDataChunk, i: number): CellBlock => {
    const { form, texts } = columns[i]
    if (form === "any") return chunk.convertColumnValues(places[i], JSDuckDBValueConverter)
    const { buffer, byteOffset } = memoryOf(chunk, places[i], Float64Array.BYTES_PER_ELEMENT)
    const numbers = new Float64Array(buffer, byteOffset, chunk.rowCount).slice()
    if (texts.length === 0) return numbers
    const strings = memoryOf(chunk, places[i] + 1, stringBytes)
    const whole = strings.buffer
    if (!(whole instanceof ArrayBuffer)) throw new TypeError("DuckDB's memory is shared")
    const memory = Buffer.from(whole, strings.byteOffset, strings.byteLength)
    const lengths = new Uint32Array(whole, strings.byteOffset, strings.byteLength / 4)
    return writtenCells(numbers, lengths, (row) => {
      const at = stringBytes * row
      const length = lengths[at / 4]
      if (length <= shortString) return memory.toString("utf8", at + 4, at + 4 + length)
      const place = memory.byteOffset + at + 8
      return decoder.decode(bindings.get_data_from_pointer(whole, place, length))
    })
  }
  // A stream that fails ends like one that is whole, so a row of its own says that all others came.
  const nothing = columns.flatMap(({ form, texts }) => [
    form === "numbers" ? "'nan'::DOUBLE" : "NULL",
    ...texts.map(() => "''"),
  ])
  async function* read(from = scan): AsyncGenerator<readonly CellBlock[]> {
    const query = `SELECT ${selection}, false FROM ${from} UNION ALL SELECT ${nothing.join(", ")}, true`
    let isWhole = false
    for await (const chunk of await connection.stream(query)) {
      isWhole = chunk.getColumnVector(place).getItem(chunk.rowCount - 1) === true
      const cells = columns.map((_, i) => cellsOf(chunk, i))
      if (!isWhole) yield cells
      else if (chunk.rowCount > 1) yield cells.map((block) => rowsOf(block, 0, block.length - 1))
    }
    if (isWhole) return
    // The same without a stream says why.
    await connection.run(
      `SELECT ${columns.map((_, i) => `count(${identifier(found[i])})`)} FROM ${from}`,
    )
    throw new Error("DuckDB gave up before the last row")
  }
  return { scan, names, read }
}

/** Names that DuckDB gives to columns without one, and to all but the first of one name. */
const unnamed = /^column\d+$/
const renamed = /_\d+$/
/** Bytes of a file's start: of its first line, and of the rows by which DuckDB judges it, about. */
const lineBytes = 2 ** 16
const startBytes = 2 ** 22

/**
 * The columns' names as the file has them, without those behind the last, which are of empty cells.
 * @throws SyntaxError as csvRows does
 */
async function namesOf(
  path: string,
  found: readonly string[],
  options: KnownFormat,
): Promise<readonly string[]> {
  const trimmed = found.map((name) => name.trim())
  const isLonger = unnamed.test(trimmed[trimmed.length - 1] ?? "")
  const isOdd = isLonger || trimmed.some((name) => unnamed.test(name) || renamed.test(name))
  if (options.format !== "csv" || !isOdd) return trimmed
  const names = await startOf(path, options, isLonger ? startBytes : lineBytes)
  const isOwn = (name: string, i: number): boolean =>
    name === trimmed[i] ||
    unnamed.test(trimmed[i]) ||
    (renamed.test(trimmed[i]) && trimmed[i].startsWith(`${name}_`))
  // A first line that is longer than the start that was looked at has none of its names told.
  const isKnown = names !== undefined && names.length > 0 && names.length <= found.length
  return isKnown && names.every(isOwn) ? names : trimmed
}

/** The names that the first line of a CSV file gives, and a look at the rows behind it. */
async function startOf(
  path: string,
  options: KnownFormat,
  most: number,
): Promise<readonly string[] | undefined> {
  const start = await startText(path, options, most)
  if (start === undefined) return undefined
  return (await csvRows(path, start.text, { ...options, isStart: start.isCut })).names
}

/** How a file begins; undefined where that is not readable by itself. */
async function startText(path: string, { files = machineFiles }: KnownFormat, most: number) {
  const bytes = await files.readStart(path, most)
  const isCut = bytes.length === most
  if (/\.(gz|zst)$/i.test(path) && (isCut || !/\.gz$/i.test(path))) return undefined
  return { text: new TextDecoder().decode(await unzipped({ name: path, bytes })), isCut }
}

/** The options with what a file's start says: its empty lines, and a delimiter that is given or no comma. */
async function withStart(path: string, options: KnownFormat): Promise<KnownFormat> {
  if (options.format !== "csv") return options
  const { text = "" } = (await startText(path, options, lineBytes)) ?? {}
  const emptyLines = /^[\r\n]*/.exec(text)?.[0].split(/\r?\n/).length ?? 1
  const found = delimiterOf(text, options)
  const delimiter = found === "," ? options.delimiter : found
  return { ...options, delimiter, emptyLines: emptyLines - 1 }
}

interface Selected {
  readonly form: "numbers" | "any"
  /** In SQL: the cells, or the numbers among them with NaN for the others. */
  readonly cells: string
  /** In SQL: the others as text, where there may be any. */
  readonly texts: readonly string[]
}

/**
 * Columns of a CSV file whose numbers DuckDB parses. Its optimizer takes time with the square of their number:
 * 5 s for 1,000, 19 s for 2,000.
 */
const mostParsed = 200

/**
 * What is asked of a column. A CSV file's cell is a number where DuckDB's rule and this library's surely
 * agree; else its text comes as well, and is judged by the rule that every reader follows. Both round to the
 * nearest float64. There are no NULLs, which take longer to tell than all else.
 */
function selected(
  column: string,
  type: string,
  { format }: KnownFormat,
  columns: number,
): Selected {
  if (numeric.has(type)) {
    return { form: "numbers", cells: `coalesce(${column}::DOUBLE, 'nan'::DOUBLE)`, texts: [] }
  }
  if (format !== "csv" || columns > mostParsed) return { form: "any", cells: column, texts: [] }
  const number = `TRY_CAST(${column} AS DOUBLE)`
  const isNumber = `coalesce(isfinite(${number}) AND NOT contains(${column}, '_'), false)`
  const isGrouped = `contains(${column}, '.') AND regexp_full_match(${column}, ${quoted(groupedCell)})`
  return {
    form: "numbers",
    cells: `CASE WHEN ${isNumber} THEN ${number} ELSE 'nan'::DOUBLE END`,
    texts: [
      `CASE WHEN NOT ${isNumber} THEN coalesce(${column}, '') ` +
        `WHEN ${isGrouped} THEN '${groupMark}' ELSE '' END`,
    ],
  }
}

/** What hasGroupPoint says of a cell that is a number to DuckDB, as an expression of its. */
const groupedCell = "[\\s\\x0b]*[+-]?[1-9][0-9]{0,2}\\.[0-9]{3}[\\s\\x0b]*"

/** What stands in place of a number's text where its point may be one between thousands. */
const groupMark = "."

/**
 * Cells whose texts are "" for missing ones and for numbers, where they are no mark.
 * @param lengths of the texts, one in each fourth place
 */
function writtenCells(
  values: Float64Array,
  lengths: Uint32Array,
  textOf: (row: number) => string,
): WrittenCells {
  let texts: string[] | undefined
  let grouped: Uint8Array | undefined
  for (let row = 0; row < values.length; row++) {
    if (lengths[(row * stringBytes) / 4] === 0) continue
    if (Number.isNaN(values[row])) {
      texts ??= Array<string>(values.length).fill("")
      texts[row] = textOf(row)
    } else {
      grouped ??= new Uint8Array(values.length)
      grouped[row] = 1
    }
  }
  return new WrittenCells(values, texts, grouped)
}

function scanOf(
  path: string,
  { format, delimiter, header = true, serially = false, emptyLines = 0 }: KnownFormat,
): string {
  const file = quoted(path)
  switch (format) {
    case "parquet":
      return `read_parquet(${file})`
    case "arrow":
      throw new SyntaxError(`${path} is an Arrow file: read it with the engine javascript`)
    case "json":
      return `read_json(${file}, sample_size = -1)`
    default: {
      const given =
        (delimiter === undefined ? "" : `, delim = ${quoted(delimiter)}`) +
        (emptyLines === 0 ? "" : `, skip = ${emptyLines}`)
      return (
        `read_csv(${file}, header = ${header}, all_varchar = true, null_padding = true, quote = '"', ` +
        `escape = '"', ` +
        `parallel = ${!serially}, buffer_size = ${pieceBytes}${given})`
      )
    }
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** What is used of DuckDB, loaded when a table is first read. */
export async function duckdb() {
  const missing = (error: unknown): never => {
    throw new Error(
      "tables are read through @duckdb/node-api, which is not installed here: " +
        "npm install @duckdb/node-api, or read with the engine javascript",
      { cause: error },
    )
  }
  const { DuckDBInstance, JSDuckDBValueConverter } = await import("@duckdb/node-api").catch(missing)
  const { default: bindings } = await import("@duckdb/node-bindings").catch(missing)
  return { DuckDBInstance, JSDuckDBValueConverter, bindings }
}
