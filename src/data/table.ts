/** Tables: columns of numbers or of strings, with missing cells. */

/** Numbers; NaN where the cell is missing. */
export interface NumberColumn {
  readonly name: string
  readonly form: "numbers"
  readonly values: Float64Array
  /** Cells that are no numbers in a column of numbers: they count as missing. */
  readonly strays: readonly Stray[]
}

/** Strings by their place in a dictionary; −1 where the cell is missing. */
export interface StringColumn {
  readonly name: string
  readonly form: "strings"
  readonly codes: Int32Array
  /** The distinct strings, in the order of their first row. */
  readonly dictionary: readonly string[]
}

export type Column = NumberColumn | StringColumn

/** A cell that does not fit its column. */
export interface Stray {
  readonly row: number
  readonly text: string
}

export interface Table {
  /** Where it came from, for messages. */
  readonly name: string
  readonly rows: number
  readonly columns: readonly Column[]
  /** Rows of the source, where only a sample of them was read. */
  readonly sampledFrom?: number
}

/**
 * The column of a name.
 * @throws RangeError listing the columns when there is none.
 * @example columnOf(tableOf("flats", [{ rooms: 3 }]), "rooms").form // → "numbers"
 */
export function columnOf(table: Table, name: string): Column {
  const found = table.columns.find((column) => column.name === name)
  if (found === undefined) {
    const names = table.columns.map((column) => column.name).join(", ")
    throw new RangeError(`${table.name} has no column "${name}": its columns are ${names}`)
  }
  return found
}

/**
 * The cell of a row as text, number or nothing.
 * @example cellOf(columnOf(tableOf("flats", [{ rooms: 3 }]), "rooms"), 0) // → 3
 */
export function cellOf(column: Column, row: number): string | number | undefined {
  if (column.form === "numbers") {
    const value = column.values[row]
    return Number.isNaN(value) ? undefined : value
  }
  const code = column.codes[row]
  return code < 0 ? undefined : column.dictionary[code]
}

/**
 * Whether the cell of a row is missing.
 * @example
 * const table = tableOf("flats", [{ rooms: 3, city: "Oslo" }, { rooms: 5 }])
 * isMissing(columnOf(table, "city"), 1) // → true
 */
export function isMissing(column: Column, row: number): boolean {
  return column.form === "numbers" ? Number.isNaN(column.values[row]) : column.codes[row] < 0
}

/**
 * A number as the string of a category: 7 and "7.0" are the same one.
 * @example stringsOf(columnOf(tableOf("flats", [{ rooms: 3 }]), "rooms")).dictionary // → ["3"]
 */
export function stringsOf(column: Column): StringColumn {
  if (column.form === "strings") return column
  const places = new Map<number, number>()
  const codes = Int32Array.from(column.values, (value) => {
    if (Number.isNaN(value)) return -1
    const known = places.get(value)
    if (known !== undefined) return known
    places.set(value, places.size)
    return places.size - 1
  })
  return { name: column.name, form: "strings", codes, dictionary: [...places.keys()].map(String) }
}

/**
 * The rows with the given numbers, in that order.
 * @example
 * const table = selectRows(tableOf("flats", [{ rooms: 3 }, { rooms: 5 }]), [1, 1, 0])
 * cellOf(columnOf(table, "rooms"), 1) // → 5
 */
export function selectRows(table: Table, numbers: ArrayLike<number>): Table {
  const columns = table.columns.map((column): Column => {
    if (column.form === "numbers") {
      const values = Float64Array.from(numbers, (row) => column.values[row])
      return { ...column, values, strays: [] }
    }
    return { ...column, codes: Int32Array.from(numbers, (row) => column.codes[row]) }
  })
  return { name: table.name, rows: numbers.length, columns }
}
