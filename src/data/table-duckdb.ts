/** Tables through DuckDB, which streams them: for Node. */

import type { DuckDBConnection, DuckDBResult } from "@duckdb/node-api"
import type { KnownFormat, PartRows, ReadTableOptions } from "./read-options.ts"
import { Shelf, Spill, SpillError } from "./spill.ts"
import type { Table } from "./table.ts"
import { cellBytes, FormCounter, TableBuilder } from "./table-builder.ts"

/** Bytes for each row of a table whose cells are in a file: a column or two, and its row's number. */
const rowBytes = 64
/** Columns of a spilled table that are held at once. */
const heldColumns = 2
/** Bytes that DuckDB reads with, at least. */
const leastReading = 100e6

/**
 * Reads a file of a known format. Cells of CSV files are read as text, so that the rules for
 * numbers and missing cells are the same in every format and on every machine.
 * @throws SyntaxError with DuckDB's reason when it is no such file.
 */
export async function readWithDuckdb(path: string, options: KnownFormat): Promise<Table> {
  const session = await sessionOf(options)
  try {
    return await readThrough(session.connection, path, options)
  } catch (error) {
    throw readable(path, options, error)
  } finally {
    session.close()
  }
}

/**
 * The same in parts. What form a column has is known when all of its cells have been seen, so a file of
 * more than one part is read twice.
 * @throws SyntaxError with DuckDB's reason when it is no such file.
 */
export async function* readPartsWithDuckdb(
  path: string,
  options: KnownFormat,
  parts: PartRows,
): AsyncGenerator<Table, void> {
  const session = await sessionOf(options)
  try {
    yield* partsThrough(session.connection, path, options, parts)
  } catch (error) {
    throw readable(path, options, error)
  } finally {
    session.close()
  }
}

/** DuckDB with no more memory than it may take. */
async function sessionOf({ memory }: KnownFormat) {
  const { DuckDBInstance } = await duckdb()
  const settings =
    memory === undefined
      ? undefined
      : { memory_limit: `${Math.ceil(Math.max(leastReading, memory / 2) / 1e6)}MB` }
  const instance = await DuckDBInstance.create(":memory:", settings)
  const connection = await instance.connect()
  const close = (): void => {
    connection.closeSync()
    instance.closeSync()
  }
  return { connection, close }
}

/** An error as it is told, with DuckDB's reason in one line. */
function readable(path: string, { format }: KnownFormat, error: unknown): unknown {
  if (error instanceof SyntaxError || error instanceof SpillError) return error
  const reason = (error instanceof Error ? error.message : String(error)).split("\n")[0]
  return new SyntaxError(`${path} is no readable ${format} table: ${reason}`, { cause: error })
}

async function* partsThrough(
  connection: DuckDBConnection,
  path: string,
  options: KnownFormat,
  parts: PartRows,
): AsyncGenerator<Table, void> {
  const all = `SELECT * FROM ${scanOf(path, options)}`
  const first = await connection.stream(all)
  const names = first.columnNames().map((name) => name.trim())
  const size = parts.rows(names.length)
  const whole = new TableBuilder(path, names)
  const counter = new FormCounter(names.length)
  for await (const columns of columnsOf(first)) {
    for (const [column, cells] of columns.entries()) {
      counter.addTo(column, cells)
      if (whole.rows < size + parts.least) whole.addTo(column, cells)
    }
  }
  if (counter.rows === whole.rows) return yield whole.build()
  const forms = counter.forms()
  let waiting: (readonly unknown[])[] = names.map(() => [])
  const built = (columns: readonly (readonly unknown[])[]): Table => {
    const builder = new TableBuilder(path, names)
    for (const [column, cells] of columns.entries()) builder.addTo(column, cells)
    return builder.build(forms)
  }
  for await (const columns of columnsOf(await connection.stream(all))) {
    waiting = waiting.map((cells, column) => [...cells, ...columns[column]])
    while (waiting[0].length >= size + parts.least) {
      yield built(waiting.map((cells) => cells.slice(0, size)))
      waiting = waiting.map((cells) => cells.slice(size))
    }
  }
  yield built(waiting)
}

/** The cells of a result, column by column, some rows at a time. */
async function* columnsOf(result: DuckDBResult): AsyncGenerator<readonly (readonly unknown[])[]> {
  const { JS } = await duckdb()
  const { columnCount } = result
  for await (const chunk of result) {
    yield Array.from({ length: columnCount }, (_, column) => chunk.convertColumnValues(column, JS))
  }
}

async function readThrough(
  connection: DuckDBConnection,
  path: string,
  options: KnownFormat,
): Promise<Table> {
  const { mostRows = Number.POSITIVE_INFINITY, memory, seed = 0 } = options
  const scan = scanOf(path, options)
  const all = `SELECT * FROM ${scan}`
  if (memory === undefined && mostRows === Number.POSITIVE_INFINITY) {
    return builtOf(await connection.stream(all), path)
  }
  const counted = await connection.runAndReadAll(`SELECT count(*) FROM ${scan}`)
  const rows = Number(counted.getRows()[0][0])
  const columns = (await connection.runAndReadAll(`DESCRIBE ${all}`)).currentRowCount
  const fit = (bytes: number): number => Math.floor((memory ?? Number.POSITIVE_INFINITY) / bytes)
  const inMemory = fit(cellBytes * columns)
  if (rows <= mostRows && rows > inMemory && rows <= fit(rowBytes)) {
    const spilled = { shelf: new Shelf(heldColumns), file: await Spill.open() }
    const table = await builtOf(await connection.stream(all), path, spilled, fit(2))
    if (table !== undefined) return table
    spilled.file.close()
  }
  const most = Math.max(1, Math.min(mostRows, inMemory))
  if (rows <= most) return builtOf(await connection.stream(all), path)
  // Hashes of row numbers: the same rows whatever the number of threads.
  const rate = most / rows
  const some =
    `SELECT * EXCLUDE (row_number_) FROM (SELECT *, row_number() OVER () AS row_number_ ` +
    `FROM ${scan}) WHERE hash(row_number_ + ${seed}) < ${Math.floor(rate * 2 ** 53)}::UBIGINT * 2048`
  return { ...(await builtOf(await connection.stream(some), path)), sampledFrom: rows }
}

function builtOf(result: DuckDBResult, path: string): Promise<Table>
function builtOf(
  result: DuckDBResult,
  path: string,
  spilled: NonNullable<Table["spilled"]>,
  mostDictionary: number,
): Promise<Table | undefined>
/** The table of a result; undefined when its distinct strings take more bytes than they may. */
async function builtOf(
  result: DuckDBResult,
  path: string,
  spilled?: Table["spilled"],
  mostDictionary = Number.POSITIVE_INFINITY,
): Promise<Table | undefined> {
  const names = result.columnNames().map((name) => name.trim())
  const builder = new TableBuilder(path, names, spilled)
  for await (const columns of columnsOf(result)) {
    for (const [column, cells] of columns.entries()) builder.addTo(column, cells)
    if (builder.dictionaryBytes > mostDictionary) return undefined
  }
  return builder.build()
}

function scanOf(path: string, { format, delimiter }: ReadTableOptions): string {
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
      return `read_csv(${file}, header = true, all_varchar = true, null_padding = true${given})`
    }
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** DuckDB, loaded when a table is first read, and its conversion to plain values. */
async function duckdb() {
  const { DuckDBInstance, JSDuckDBValueConverter } = await import("@duckdb/node-api").catch(
    (error: unknown) => {
      throw new Error(
        "tables are read through @duckdb/node-api, which is not installed here: " +
          "npm install @duckdb/node-api, or read with the engine javascript",
        { cause: error },
      )
    },
  )
  return { DuckDBInstance, JS: JSDuckDBValueConverter }
}
