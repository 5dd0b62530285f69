/** Tables through DuckDB, which streams them: for Node. */

import type { DuckDBConnection } from "@duckdb/node-api"
import { type CellBlock, rowsOf } from "./cell-block.ts"
import type { Reading } from "./column-count.ts"
import { longRow, noUtf8 } from "./csv-rows.ts"
import { duckdb, type OpenCells, openCells } from "./duckdb-cells.ts"
import { type KnownFormat, type PartRows, toldCommas } from "./read-options.ts"
import { ReadingCounter } from "./reading-counter.ts"
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
  const session = await sessionOf(options)
  try {
    return await readThrough(session.connection, path, options).catch((error: unknown) => {
      if (!needsOneThread(error)) throw error
      return readThrough(session.connection, path, { ...options, serially: true })
    })
  } catch (error) {
    throw readable(path, options, error)
  } finally {
    session.close()
  }
}

/**
 * The same in parts. How a column is read is known when all of its cells have been seen, so a file of
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
    try {
      yield* partsThrough(session.connection, path, options, parts)
    } catch (error) {
      // It is met in the first reading, before there is a part.
      if (!needsOneThread(error)) throw error
      yield* partsThrough(session.connection, path, { ...options, serially: true }, parts)
    }
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

/** Threads of DuckDB do not read lines within quotes where short rows are filled up. */
function needsOneThread(error: unknown): boolean {
  return error instanceof Error && error.message.includes("quoted new lines")
}

/** An error as it is told, with DuckDB's reason, which fills two lines, in one. */
function readable(path: string, { format }: KnownFormat, error: unknown): unknown {
  if (error instanceof SyntaxError || error instanceof SpillError) return error
  const message = error instanceof Error ? error.message : String(error)
  const long = /CSV Error on Line: (\d+)[\s\S]*Expected Number of Columns: (\d+) Found: (\d+)/.exec(
    message,
  )
  if (long !== null && Number(long[3]) > Number(long[2])) {
    return longRow(path, Number(long[1]), Number(long[2]))
  }
  if (format === "csv" && /invalid unicode|utf-8/i.test(message))
    return noUtf8(path, undefined, error)
  const reason = message.split("\n").slice(0, 2).join(" ").trim()
  return new SyntaxError(`${path} is no readable ${format} table: ${reason}`, { cause: error })
}

async function* partsThrough(
  connection: DuckDBConnection,
  path: string,
  options: KnownFormat,
  parts: PartRows,
): AsyncGenerator<Table, void> {
  const { names, read } = await openCells(connection, path, options)
  const size = parts.rows(names.length)
  const commas = toldCommas(options)
  const start = new TableBuilder(path, names, { commas })
  const readings = await readingsIn(read(), start, size + parts.least)
  if ("rows" in readings) return yield readings
  let part = new TableBuilder(path, names)
  // Beyond a full part, until they are enough for a part of their own.
  const waiting: (readonly CellBlock[])[] = []
  let rows = 0
  for await (const columns of read()) {
    waiting.push(columns)
    rows += columns[0].length
    while (waiting.length > 0) {
      if (part.rows === size) {
        if (rows < parts.least) break
        yield part.build(readings)
        part = new TableBuilder(path, names)
      }
      const [first] = waiting
      const taken = Math.min(size - part.rows, first[0].length)
      part.addColumns(first, 0, taken)
      rows -= taken
      if (taken === first[0].length) waiting.shift()
      else waiting[0] = first.map((cells) => rowsOf(cells, taken))
    }
  }
  for (const columns of waiting) part.addColumns(columns)
  yield part.build(readings)
}

/** How all columns are read, or the whole table where it is no longer than one part. */
async function readingsIn(
  read: ReturnType<OpenCells["read"]>,
  start: TableBuilder,
  most: number,
): Promise<Table | readonly Reading[]> {
  let counter: ReadingCounter | undefined
  for await (const columns of read) {
    if (start.rows < most) start.addColumns(columns)
    else {
      counter ??= new ReadingCounter(start.counts)
      counter.addColumns(columns)
    }
  }
  return counter === undefined ? start.build() : start.readings()
}

async function readThrough(
  connection: DuckDBConnection,
  path: string,
  options: KnownFormat,
): Promise<Table> {
  const { mostRows = Number.POSITIVE_INFINITY, memory, seed = 0 } = options
  const commas = toldCommas(options)
  const { scan, names, read } = await openCells(connection, path, options)
  if (memory === undefined && mostRows === Number.POSITIVE_INFINITY) {
    return builtOf(read(), new TableBuilder(path, names, { commas }))
  }
  const counted = await connection.runAndReadAll(`SELECT count(*) FROM ${scan}`)
  const rows = Number(counted.getRows()[0][0])
  const fit = (bytes: number): number => Math.floor((memory ?? Number.POSITIVE_INFINITY) / bytes)
  const inMemory = fit(cellBytes * names.length)
  if (rows <= mostRows && rows > inMemory && rows <= fit(rowBytes)) {
    const spilled = { shelf: new Shelf(heldColumns), file: await Spill.open() }
    const table = await builtOf(read(), new TableBuilder(path, names, { spilled, commas }), fit(2))
    if (table !== undefined) return table
    spilled.file.close()
  }
  const most = Math.max(1, Math.min(mostRows, inMemory))
  if (rows <= most) return builtOf(read(), new TableBuilder(path, names, { commas }))
  // Hashes of row numbers: the same rows whatever the number of threads.
  const rate = most / rows
  const some =
    `(SELECT *, row_number() OVER () AS row_number_ FROM ${scan}) ` +
    `WHERE hash(row_number_ + ${seed}) < ${Math.floor(rate * 2 ** 53)}::UBIGINT * 2048`
  return {
    ...(await builtOf(read(some), new TableBuilder(path, names, { commas }))),
    sampledFrom: rows,
  }
}

function builtOf(cells: ReturnType<OpenCells["read"]>, builder: TableBuilder): Promise<Table>
function builtOf(
  cells: ReturnType<OpenCells["read"]>,
  builder: TableBuilder,
  mostDictionary: number,
): Promise<Table | undefined>
/** The table of a result; undefined when its distinct strings take more bytes than they may. */
async function builtOf(
  cells: ReturnType<OpenCells["read"]>,
  builder: TableBuilder,
  mostDictionary = Number.POSITIVE_INFINITY,
): Promise<Table | undefined> {
  for await (const columns of cells) {
    builder.addColumns(columns)
    if (builder.dictionaryBytes > mostDictionary) return undefined
  }
  return builder.build()
}
