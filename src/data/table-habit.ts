/** How a table was read, kept for others of its kind. */

import type { ReadTableOptions, TableHabit } from "./read-options.ts"
import type { Table } from "./table.ts"

/**
 * What others of a table's kind are to be read by where their own cells do not tell.
 * @param given what it was read with
 * @example
 * const { columns } = tableOf("prices", [{ a: "2,5" }, { a: "1.000" }])
 * habitOf({ name: "prices", rows: 2, columns }, {}) // → { commas: { usual: "decimal", others: [] } }
 */
export function habitOf(
  table: Table,
  given: Pick<ReadTableOptions, "commas" | "delimiter" | "header"> = {},
): TableHabit {
  const { commas, delimiter, header } = given
  const meant = table.columns.flatMap((column) =>
    column.form === "numbers" && column.commas !== undefined
      ? [{ name: column.name, meaning: column.commas.meaning }]
      : [],
  )
  const isDecimal = meant.some(({ meaning }) => meaning === "decimal")
  const usual = commas ?? (isDecimal ? "decimal" : meant[0]?.meaning)
  const others = meant.filter(({ meaning }) => meaning !== usual).map(({ name }) => name)
  return {
    ...(usual === undefined ? {} : { commas: { usual, others } }),
    ...(delimiter === undefined ? {} : { delimiter }),
    ...(header === false ? { header } : {}),
  }
}

/**
 * Whether a value, as JSON gives it, says how a table was read.
 * @example isTableHabit({ delimiter: ";" }) // → true
 */
export function isTableHabit(value: unknown): value is TableHabit {
  if (typeof value !== "object" || value === null) return false
  const { commas, delimiter, header }: Partial<Record<string, unknown>> = { ...value }
  const { usual, others }: Partial<Record<string, unknown>> = Object(commas)
  const isMeaning = (said: unknown) => said === "decimal" || said === "thousands"
  return (
    (commas === undefined || isMeaning(commas) || (isMeaning(usual) && Array.isArray(others))) &&
    (delimiter === undefined || typeof delimiter === "string") &&
    (header === undefined || header === false)
  )
}
