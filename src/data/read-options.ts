/** What callers say of a table that is to be read. */

import type { Commas } from "./cell-text.ts"
import type { CommaHabit } from "./column-count.ts"
import type { Files } from "./files.ts"

export type TableFormat = "csv" | "json" | "parquet" | "arrow"

export interface ReadTableOptions {
  /** By the file's name and first bytes unless given. */
  readonly format?: TableFormat
  /** Between the cells of a CSV file; found out unless given. */
  readonly delimiter?: string
  /** False where the first line of a CSV file is a row like the others: columns are named by their place. */
  readonly header?: boolean
  /** What commas in numbers mean where the cells of a column do not tell; by other columns unless given. */
  readonly commas?: Commas
  /** How a table of its kind was read: so is what is not given and what its cells do not tell. */
  readonly like?: TableHabit
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

/** How a table was read, for others of its kind: JSON. */
export interface TableHabit {
  /** In its columns, or what is told of all of them. */
  readonly commas?: CommaHabit | Commas
  readonly delimiter?: string
  readonly header?: false
}

/** The same where the format has been found out. */
export type KnownFormat = ReadTableOptions & {
  readonly format: TableFormat
  /** Whether DuckDB reads a CSV file with one thread, holding what it has read of it. */
  readonly serially?: boolean
  /** Empty lines before the first of a CSV file. */
  readonly emptyLines?: number
}

/** What commas mean where cells do not tell, as far as it is told. */
export function toldCommas({ commas, like }: ReadTableOptions): Commas | CommaHabit | undefined {
  return commas ?? like?.commas
}

/** Rows of a part of a table: so many, and in the last one so many at least, or all that there are. */
export interface PartRows {
  readonly rows: (columns: number) => number
  readonly least: number
}
