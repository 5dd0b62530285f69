/** Tables: columns of numbers or of strings, with missing cells. */

import type { Commas } from "./cell-text.ts"
import type { Shelf, Spill } from "./spill.ts"

/** Numbers; NaN where the cell is missing. */
export interface NumberColumn {
  readonly name: string
  readonly form: "numbers"
  readonly values: Float64Array
  /** Cells that are no numbers in a column of numbers: they count as missing. */
  readonly strays: readonly Stray[]
  /** What commas mean in it, where its cells say so or some number depends on it. */
  readonly commas?: CommaNumbers | undefined
}

/** What commas mean in a column of numbers, and what says so. */
export interface CommaNumbers {
  readonly meaning: Commas
  /**
   * The column's own cells, those of its table, who asked for the table, or nothing, where it might be
   * otherwise.
   */
  readonly by: "cells" | "table" | "caller" | "nothing"
  /** Its first number with a comma; where it has none, the first as 1.234, whose point depends on it. */
  readonly example: NumberExample | undefined
}

/** A cell, and the number that it was taken for. */
export interface NumberExample {
  readonly text: string
  readonly number: number
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
  /** Where its cells are, if not in memory: columns are read as they are asked for, one or two at once. */
  readonly spilled?: { readonly shelf: Shelf; readonly file: Spill }
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

/** Rows of a spilled table up to which a selection of them is held in memory, unless told. */
const heldRows = 10_000

/**
 * The rows with the given numbers, in that order.
 * @param held whether the cells are in memory, where those of the table are not
 * @example
 * const table = selectRows(tableOf("flats", [{ rooms: 3 }, { rooms: 5 }]), [1, 1, 0])
 * cellOf(columnOf(table, "rooms"), 1) // → 5
 */
export function selectRows(
  table: Table,
  numbers: ArrayLike<number>,
  held = numbers.length <= heldRows,
): Table {
  const { spilled } = table
  if (spilled !== undefined && !held) {
    const columns = table.columns.map((column) => chosenColumn(column, numbers, spilled.shelf))
    return { name: table.name, rows: numbers.length, columns, spilled }
  }
  const columns = table.columns.map((column): Column => {
    if (column.form === "numbers") {
      return { name: column.name, form: "numbers", values: valuesAt(column, numbers), strays: [] }
    }
    const { name, dictionary } = column
    return { name, form: "strings", codes: codesAt(column, numbers), dictionary }
  })
  return { name: table.name, rows: numbers.length, columns }
}

function valuesAt({ values }: NumberColumn, numbers: ArrayLike<number>): Float64Array {
  return Float64Array.from(numbers, (row) => values[row])
}

function codesAt({ codes }: StringColumn, numbers: ArrayLike<number>): Int32Array {
  return Int32Array.from(numbers, (row) => codes[row])
}

/** The same, of cells that are read when they are asked for. */
function chosenColumn(column: Column, numbers: ArrayLike<number>, shelf: Shelf): Column {
  const { name } = column
  if (column.form === "numbers") {
    return heldNumbers(
      name,
      [],
      shelf.hold(() => valuesAt(column, numbers)),
    )
  }
  return heldStrings(
    name,
    column.dictionary,
    shelf.hold(() => codesAt(column, numbers)),
  )
}

/** A column of numbers that are read when they are asked for. */
export function heldNumbers(
  name: string,
  strays: readonly Stray[],
  values: () => Float64Array,
  commas?: CommaNumbers,
): NumberColumn {
  return {
    name,
    form: "numbers",
    strays,
    commas,
    get values() {
      return values()
    },
  }
}

/** A column of strings whose codes are read when they are asked for. */
export function heldStrings(
  name: string,
  dictionary: readonly string[],
  codes: () => Int32Array,
): StringColumn {
  return {
    name,
    form: "strings",
    dictionary,
    get codes() {
      return codes()
    },
  }
}

/**
 * How many different cells a column has, those that are missing left out.
 * @example distinctCells(columnOf(tableOf("flats", [{ rooms: 3 }, { rooms: 3 }]), "rooms")) // → 1
 */
export function distinctCells(column: Column): number {
  if (column.form === "strings") {
    const used = new Uint8Array(column.dictionary.length)
    let count = 0
    for (const code of column.codes) {
      if (code < 0 || used[code] === 1) continue
      used[code] = 1
      count++
    }
    return count
  }
  const sorted = column.values.slice().sort()
  let count = 0
  // Missing ones are sorted to the end.
  for (let i = 0; i < sorted.length && !Number.isNaN(sorted[i]); i++) {
    if (i === 0 || sorted[i] !== sorted[i - 1]) count++
  }
  return count
}
