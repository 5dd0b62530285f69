/** Tables through DuckDB, which streams them: for Node. */

import type { ReadTableOptions, TableFormat } from "./read-table.ts"
import type { Table } from "./table.ts"
import { TableBuilder } from "./table-builder.ts"

/**
 * Reads a file of a known format. Cells of CSV files are read as text, so that the rules for
 * numbers and missing cells are the same in every format and on every machine.
 * @throws SyntaxError with DuckDB's reason when it is no such file.
 */
export async function readWithDuckdb(
  path: string,
  options: ReadTableOptions & { readonly format: TableFormat },
): Promise<Table> {
  const { DuckDBInstance, JS } = await duckdb()
  const instance = await DuckDBInstance.create(":memory:")
  const connection = await instance.connect()
  try {
    const scan = scanOf(path, options)
    const { mostRows, seed = 0 } = options
    let query = `SELECT * FROM ${scan}`
    let sampledFrom: number | undefined
    if (mostRows !== undefined) {
      const counted = await connection.runAndReadAll(`SELECT count(*) FROM ${scan}`)
      const rows = Number(counted.getRows()[0][0])
      if (rows > mostRows) {
        sampledFrom = rows
        // Hashes of row numbers: the same rows whatever the number of threads.
        const rate = mostRows / rows
        query =
          `SELECT * EXCLUDE (row_number_) FROM (SELECT *, row_number() OVER () AS row_number_ ` +
          `FROM ${scan}) WHERE hash(row_number_ + ${seed}) < ${Math.floor(rate * 2 ** 53)}::UBIGINT * 2048`
      }
    }
    const result = await connection.stream(query)
    const names = result.columnNames().map((name) => name.trim())
    const builder = new TableBuilder(path, names)
    for await (const chunk of result) {
      for (let column = 0; column < names.length; column++) {
        builder.addTo(column, chunk.convertColumnValues(column, JS))
      }
    }
    const table = builder.build()
    return sampledFrom === undefined ? table : { ...table, sampledFrom }
  } catch (error) {
    if (error instanceof SyntaxError) throw error
    const reason = (error instanceof Error ? error.message : String(error)).split("\n")[0]
    throw new SyntaxError(`${path} is no readable ${options.format} table: ${reason}`, {
      cause: error,
    })
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
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
