/** Tables through DuckDB, which streams them: for Node. */

import type { DuckDBConnection, DuckDBResult } from "@duckdb/node-api"
import type { ReadTableOptions, TableFormat } from "./read-table.ts"
import { Shelf, Spill, SpillError } from "./spill.ts"
import type { Table } from "./table.ts"
import { cellBytes, TableBuilder } from "./table-builder.ts"

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
  const { memory } = options
  const { DuckDBInstance } = await duckdb()
  const settings =
    memory === undefined
      ? undefined
      : { memory_limit: `${Math.ceil(Math.max(leastReading, memory / 2) / 1e6)}MB` }
  const instance = await DuckDBInstance.create(":memory:", settings)
  const connection = await instance.connect()
  try {
    return await readThrough(connection, path, options)
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof SpillError) throw error
    const reason = (error instanceof Error ? error.message : String(error)).split("\n")[0]
    throw new SyntaxError(`${path} is no readable ${options.format} table: ${reason}`, {
      cause: error,
    })
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

type KnownFormat = ReadTableOptions & { readonly format: TableFormat }

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
  const { JS } = await duckdb()
  const names = result.columnNames().map((name) => name.trim())
  const builder = new TableBuilder(path, names, spilled)
  for await (const chunk of result) {
    for (let column = 0; column < names.length; column++) {
      builder.addTo(column, chunk.convertColumnValues(column, JS))
    }
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
