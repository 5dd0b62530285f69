/** Files to tables: through DuckDB in Node, in plain JavaScript elsewhere, with one outcome. */

import { type Files, machineFiles } from "./files.ts"
import type { NamedBytes } from "./labelled-images.ts"
import type { Table } from "./table.ts"
import { readWithDuckdb } from "./table-duckdb.ts"
import { readPlainly } from "./table-plain.ts"

export type TableFormat = "csv" | "json" | "parquet" | "arrow"

export interface ReadTableOptions {
  /** By the file's name and first bytes unless given. */
  readonly format?: TableFormat
  /** Between the cells of a CSV file; found out unless given. */
  readonly delimiter?: string
  /** Rows to read at most: of more, a sample drawn with the seed. */
  readonly mostRows?: number
  /**
   * Bytes that the cells may take: those of a larger table are kept in a file by DuckDB's reader, and of
   * one whose single columns would not fit either, a sample of rows is read.
   */
  readonly memory?: number
  readonly seed?: number
  /** DuckDB for files in Node, JavaScript for bytes and for Arrow, unless given. */
  readonly engine?: "duckdb" | "javascript"
  /** Where a path is read from; this machine unless given. */
  readonly files?: Files
}

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
  const { files = machineFiles } = options
  const name = typeof source === "string" ? source : source.name
  const given = { ...options, format: options.format ?? (await formatOf(source, files)) }
  if (given.delimiter !== undefined && given.format !== "csv") {
    throw new RangeError(
      `delimiter is "${given.delimiter}", which sets cells of CSV files apart, where ${name} is ${given.format}`,
    )
  }
  const isPath = typeof source === "string" && files.areHere && given.format !== "arrow"
  const engine = options.engine ?? (isPath ? "duckdb" : "javascript")
  if (engine === "duckdb" && !(typeof source === "string" && files.areHere)) {
    throw new TypeError(`${name}: DuckDB reads files by their path, and these are bytes`)
  }
  const bytes = async (): Promise<NamedBytes> =>
    typeof source === "string" ? { name, bytes: await files.read(source) } : source
  const table =
    engine === "duckdb"
      ? await readWithDuckdb(name, given)
      : await readPlainly(await bytes(), given)
  requireTable(table)
  return table
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
  const delimiter = [";", "\t", "|", ","].find((each) => only.name.includes(each))
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
  return "csv"
}
