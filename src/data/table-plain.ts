/** Tables in plain JavaScript: what browsers read with. */

import { csvRows, noUtf8 } from "./csv-rows.ts"
import { unzipped } from "./gzip.ts"
import type { NamedBytes } from "./labelled-images.ts"
import {
  type KnownFormat,
  type ReadTableOptions,
  type TableFormat,
  toldCommas,
} from "./read-options.ts"
import { selectRows, type Table } from "./table.ts"
import { cellBytes, TableBuilder } from "./table-builder.ts"

/** Reads bytes of a known format. */
export async function readPlainly(source: NamedBytes, options: KnownFormat): Promise<Table> {
  const bytes = await unzipped(source)
  const table = await readers[options.format]({ ...source, bytes }, options)
  const { memory = Number.POSITIVE_INFINITY } = options
  const within = Math.max(1, Math.floor(memory / cellBytes / table.columns.length))
  const mostRows = Math.min(options.mostRows ?? within, within)
  if (table.rows <= mostRows) return table
  const stride = table.rows / mostRows
  const rows = Uint32Array.from({ length: mostRows }, (_, i) => Math.floor(i * stride))
  return { ...selectRows(table, rows), sampledFrom: table.rows }
}

const readers: {
  readonly [F in TableFormat]: (source: NamedBytes, options: ReadTableOptions) => Promise<Table>
} = { csv: readCsv, json: readJson, parquet: readParquet, arrow: readArrow }

async function readCsv({ name, bytes }: NamedBytes, options: ReadTableOptions) {
  const { names, rows } = await csvRows(name, utf8Of(name, bytes), options)
  const builder = new TableBuilder(name, names, { commas: toldCommas(options) })
  for (const row of rows) builder.add(row)
  return builder.build()
}

/** @throws SyntaxError when bytes are no UTF-8. */
function utf8Of(name: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes)
  } catch (error) {
    throw noUtf8(name, undefined, error)
  }
}

async function readJson({ name, bytes }: NamedBytes, options: ReadTableOptions): Promise<Table> {
  const text = new TextDecoder().decode(bytes).trim()
  const whole = text.startsWith("[")
  const lines = whole ? [text] : text.split("\n").filter((line) => line.trim() !== "")
  const parsed = lines.map((line, i): unknown => {
    try {
      return JSON.parse(line)
    } catch {
      throw new SyntaxError(`${name} is no readable json table: line ${i + 1} is not JSON`)
    }
  })
  const rows: readonly unknown[] = whole && Array.isArray(parsed[0]) ? parsed[0] : parsed
  return tableOf(name, rows, options)
}

/**
 * A table of objects, one for each row.
 * @param told how numbers that are texts are read where the cells do not tell
 * @throws SyntaxError naming the row that is no object.
 * @example
 * const table = tableOf("flats", [{ rooms: 3, city: "Oslo" }, { rooms: 5 }])
 * table.columns.map(({ form }) => form) // → ["numbers", "strings"]
 */
export function tableOf(
  name: string,
  rows: readonly unknown[],
  told: Pick<ReadTableOptions, "commas" | "like"> = {},
): Table {
  const records = rows.map((row, i): Partial<Record<string, unknown>> => {
    if (typeof row !== "object" || row === null || Array.isArray(row)) {
      throw new SyntaxError(`${name}: row ${i + 1} is no object of columns and cells`)
    }
    return { ...row }
  })
  const names = [...new Set(records.flatMap((row) => Object.keys(row)))]
  const builder = new TableBuilder(name, names, { commas: toldCommas(told) })
  for (const row of records) builder.add(names.map((column) => row[column]))
  return builder.build()
}

async function readParquet({ name, bytes }: NamedBytes, options: ReadTableOptions): Promise<Table> {
  const { parquetReadObjects } = await import("hyparquet")
  const file = Uint8Array.from(bytes).buffer
  try {
    return tableOf(name, await parquetReadObjects({ file }), options)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new SyntaxError(`${name} is no readable parquet table: ${reason}`, { cause: error })
  }
}

async function readArrow({ name, bytes }: NamedBytes, options: ReadTableOptions): Promise<Table> {
  const { tableFromIPC } = await import("@uwdata/flechette")
  try {
    const table = tableFromIPC(Uint8Array.from(bytes), { useDate: true })
    const builder = new TableBuilder(
      name,
      table.names.map((column) => String(column)),
      { commas: toldCommas(options) },
    )
    builder.addColumns(table.names.map((_, i) => table.getChildAt(i).toArray()))
    return builder.build()
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new SyntaxError(
      `${name} is no readable arrow table: ${reason} (compressed buffers are not read)`,
      { cause: error },
    )
  }
}
