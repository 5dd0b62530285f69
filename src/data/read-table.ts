/** Files to tables: through DuckDB in Node, in plain JavaScript elsewhere, with one outcome. */

import { delimitersIn, noUtf8 } from "./csv-rows.ts"
import { type Files, machineFiles } from "./files.ts"
import type { NamedBytes } from "./labelled-images.ts"
import type { KnownFormat, PartRows, ReadTableOptions, TableFormat } from "./read-options.ts"
import type { Table } from "./table.ts"
import { readPartsWithDuckdb, readWithDuckdb } from "./table-duckdb.ts"
import { readPlainly } from "./table-plain.ts"

/**
 * Reads a table: CSV, TSV, JSON lines, Parquet or Arrow; of a file by its path, or of bytes by their name.
 * Missing cells are empty or one of `?`, `NA`, `null` and the like; spaces around cells do not
 * count. Numbers may be mixed with a few other cells, which then are strays.
 * @throws RangeError when there is a delimiter and the file is no CSV.
 * @throws SyntaxError when the file is empty, has no rows or is no table of its format.
 * @throws Error when the file cannot be read.
 * @example
 * const bytes = new TextEncoder().encode("rooms,city\n3,Oslo\n5,Bergen")
 * const flats = await readTable({ name: "flats.csv", bytes })
 * flats.rows // → 2
 */
export async function readTable(
  source: string | NamedBytes,
  options: ReadTableOptions = {},
): Promise<Table> {
  const { engine, given, name, bytes } = await openingOf(source, options)
  const table =
    engine === "duckdb"
      ? await readWithDuckdb(name, given)
      : await readPlainly(await bytes(), given)
  requireTable(table)
  return table
}

/**
 * The same table in parts, one after another, of which each is freed when the next is asked for. Columns
 * are of the form that the whole table gives them. What DuckDB does not read comes as one part. Files of
 * more than one part are read twice.
 * @throws as readTable does, before the first part
 * @example
 * // Not run: it reads files.
 * for await (const part of readTableParts("flats.csv", { rows: () => 1000, least: 1 })) part.rows
 */
export async function* readTableParts(
  source: string | NamedBytes,
  parts: PartRows,
  options: ReadTableOptions = {},
): AsyncGenerator<Table, void> {
  const { engine, given, name } = await openingOf(source, options)
  if (engine !== "duckdb") return yield await readTable(source, options)
  for await (const table of readPartsWithDuckdb(name, given, parts)) {
    requireTable(table)
    yield table
  }
}

/** With which engine a source is read, and as what. */
async function openingOf(source: string | NamedBytes, options: ReadTableOptions) {
  const { files = machineFiles } = options
  const name = typeof source === "string" ? source : source.name
  const format = options.format ?? (await formatOf(source, files))
  for (const setting of ["delimiter", "header"] as const) {
    if (options[setting] === undefined || format === "csv") continue
    throw new RangeError(
      `${setting} is ${JSON.stringify(options[setting])}, which is for CSV files, where ${name} is ${format}`,
    )
  }
  const given: KnownFormat = {
    ...options,
    format,
    header: options.header ?? options.like?.header,
  }
  const isPath = typeof source === "string" && files.areHere && given.format !== "arrow"
  const engine = options.engine ?? (isPath ? "duckdb" : "javascript")
  if (engine === "duckdb" && !(typeof source === "string" && files.areHere)) {
    throw new TypeError(`${name}: DuckDB reads files by their path, and these are bytes`)
  }
  const bytes = async (): Promise<NamedBytes> =>
    typeof source === "string" ? { name, bytes: await files.read(source) } : source
  return { engine, given, name, bytes }
}

/** @throws SyntaxError when nothing can be learned from the table, saying why. */
function requireTable({ name, rows, columns }: Table): void {
  if (columns.length === 0) throw new SyntaxError(`${name} is empty: it has no columns`)
  if (rows === 0) {
    throw new SyntaxError(
      `${name} has column names (${columns.map((column) => column.name).join(", ")}) and no rows`,
    )
  }
  const [only, ...more] = columns
  const delimiter = delimitersIn(only.name).at(-1)
  if (more.length === 0 && delimiter !== undefined) {
    throw new SyntaxError(
      `${name} was read as one column named "${only.name}": if its cells are set apart by ` +
        `"${delimiter === "\t" ? "\\t" : delimiter}", give that as the delimiter`,
    )
  }
}

async function formatOf(source: string | NamedBytes, files: Files): Promise<TableFormat> {
  const isPath = typeof source === "string"
  const name = isPath ? source : source.name
  const first = isPath ? await files.readStart(source, 64) : source.bytes.subarray(0, 64)
  if (first.length === 0) throw new SyntaxError(`${name} is empty: it has no columns`)
  const start = new TextDecoder().decode(first)
  if (start.startsWith("PAR1")) return "parquet"
  const bare = name.replace(/\.(gz|zst)$/i, "")
  if (start.startsWith("ARROW1") || /\.(arrow|feather)$/i.test(bare)) return "arrow"
  if (/\.(parquet|pq)$/i.test(bare)) return "parquet"
  if (/\.(jsonl|ndjson|json)$/i.test(bare) || /^\s*(\{|\[\s*\{)/.test(start)) return "json"
  // No text in UTF-8 has such bytes, and one in UTF-16 has many.
  const isPacked = bare !== name || first[0] === 0x1f
  if (!isPacked && first.includes(0)) throw noUtf8(name, "UTF-16")
  return "csv"
}
