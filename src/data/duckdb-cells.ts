/** Cells as DuckDB gives them: numbers of a CSV file are parsed there, and come without a string each. */

import type { DuckDBConnection, DuckDBDataChunk } from "@duckdb/node-api"
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
  read(from?: string): AsyncGenerator<readonly ArrayLike<unknown>[]>
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
  options: KnownFormat,
): Promise<OpenCells> {
  const { JSDuckDBValueConverter, bindings } = await duckdb()
  const scan = scanOf(path, options)
  const described = await connection.runAndReadAll(`DESCRIBE SELECT * FROM ${scan}`)
  const columns = described.getRows().map(([name, type]) => ({
    name: String(name),
    ...selected(identifier(String(name)), String(type), options),
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
  const cellsOf = (chunk: DuckDBDataChunk, i: number): ArrayLike<unknown> => {
    const { form, texts } = columns[i]
    if (form === "any") return chunk.convertColumnValues(places[i], JSDuckDBValueConverter)
    const { buffer, byteOffset } = memoryOf(chunk, places[i], Float64Array.BYTES_PER_ELEMENT)
    const numbers = new Float64Array(buffer, byteOffset, chunk.rowCount).slice()
    if (texts.length === 0) return numbers
    const strings = memoryOf(chunk, places[i] + 1, stringBytes)
    const whole = strings.buffer
    if (!(whole instanceof ArrayBuffer)) throw new TypeError("DuckDB's memory is shared")
    const memory = Buffer.from(whole, strings.byteOffset, strings.byteLength)
    return merged(numbers, (row) => {
      const at = stringBytes * row
      const length = memory.readUInt32LE(at)
      if (length <= shortString) return memory.toString("utf8", at + 4, at + 4 + length)
      const place = memory.byteOffset + at + 8
      return decoder.decode(bindings.get_data_from_pointer(whole, place, length))
    })
  }
  async function* read(from = scan): AsyncGenerator<readonly ArrayLike<unknown>[]> {
    for await (const chunk of await connection.stream(`SELECT ${selection} FROM ${from}`)) {
      yield columns.map((_, i) => cellsOf(chunk, i))
    }
  }
  return { scan, names: columns.map(({ name }) => name.trim()), read }
}

interface Selected {
  readonly form: "numbers" | "any"
  /** In SQL: the cells, or the numbers among them with NaN for the others. */
  readonly cells: string
  /** In SQL: the others as text, where there may be any. */
  readonly texts: readonly string[]
}

/**
 * What is asked of a column. A CSV file's cell is a number where DuckDB's rule and this library's surely
 * agree; else its text comes as well, and is judged by the rule that every reader follows. Both round to the
 * nearest float64. There are no NULLs, which take longer to tell than all else.
 */
function selected(column: string, type: string, { format }: KnownFormat): Selected {
  if (numeric.has(type)) {
    return { form: "numbers", cells: `coalesce(${column}::DOUBLE, 'nan'::DOUBLE)`, texts: [] }
  }
  if (format !== "csv") return { form: "any", cells: column, texts: [] }
  const number = `TRY_CAST(${column} AS DOUBLE)`
  const isNumber = `coalesce(isfinite(${number}) AND NOT contains(${column}, '_'), false)`
  return {
    form: "numbers",
    cells: `CASE WHEN ${isNumber} THEN ${number} ELSE 'nan'::DOUBLE END`,
    texts: [`CASE WHEN ${isNumber} THEN '' ELSE coalesce(${column}, '') END`],
  }
}

/** Numbers, and in place of NaN what the text says; the numbers themselves where no text says anything. */
function merged(numbers: Float64Array, textOf: (row: number) => string): ArrayLike<unknown> {
  let cells: unknown[] | undefined
  for (let row = 0; row < numbers.length; row++) {
    if (!Number.isNaN(numbers[row])) continue
    const text = textOf(row)
    if (text === "") continue
    cells ??= withoutMissing(numbers)
    cells[row] = text
  }
  return cells ?? numbers
}

function withoutMissing(numbers: Float64Array): unknown[] {
  const cells: unknown[] = []
  for (let row = 0; row < numbers.length; row++) {
    cells.push(Number.isNaN(numbers[row]) ? undefined : numbers[row])
  }
  return cells
}

function scanOf(path: string, { format, delimiter, serially = false }: KnownFormat): string {
  const file = quoted(path)
  switch (format) {
    case "parquet":
      return `read_parquet(${file})`
    case "arrow":
      throw new SyntaxError(`${path} is an Arrow file: read it with the engine javascript`)
    case "json":
      return `read_json(${file}, sample_size = -1)`
    default: {
      const given = delimiter === undefined ? "" : `, delim = ${quoted(delimiter)}`
      return (
        `read_csv(${file}, header = true, all_varchar = true, null_padding = true, ` +
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
