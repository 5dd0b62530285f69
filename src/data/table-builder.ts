/** Cells, one after another, to columns: the same rules for every format and every reader. */

import type { Column, Stray, Table } from "./table.ts"

/** What stands for a missing cell, without regard to case and to spaces around it. */
const missingWords: ReadonlySet<string> = new Set([
  "",
  "?",
  "na",
  "n/a",
  "#n/a",
  "nan",
  "null",
  "none",
  "nil",
  "-",
  "--",
  ".",
])

const plainNumber = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i

/** The number that a text is, or undefined. Thousands may be set apart by commas: 1,234.5. */
export function numberOf(text: string): number | undefined {
  if (plainNumber.test(text)) return Number(text)
  if (/^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$/.test(text)) return Number(text.replaceAll(",", ""))
  if (/^[+-]?inf(inity)?$/i.test(text)) return undefined
  return undefined
}

/** Share of a column's cells that may be no numbers before it is a column of strings. */
const mostStrays = 0.02

export class TableBuilder {
  readonly #name: string
  readonly #columns: readonly ColumnBuilder[]
  #rows = 0

  /** @throws SyntaxError when two columns have one name. */
  constructor(name: string, columns: readonly string[]) {
    const twice = columns.find((column, i) => columns.indexOf(column) !== i)
    if (twice !== undefined) {
      throw new SyntaxError(`${name} has two columns named "${twice}": each needs its own name`)
    }
    this.#name = name
    this.#columns = columns.map((column) => new ColumnBuilder(column))
  }

  get rows(): number {
    return this.#rows
  }

  get width(): number {
    return this.#columns.length
  }

  /** Adds a row; cells that are left out are missing. */
  add(cells: ArrayLike<unknown>): void {
    for (const [i, column] of this.#columns.entries()) column.add(cells[i])
    this.#rows++
  }

  /** Adds many cells to one column: every column must get as many. */
  addTo(column: number, cells: ArrayLike<unknown>): void {
    const builder = this.#columns[column]
    for (let i = 0; i < cells.length; i++) builder.add(cells[i])
    if (column === this.#columns.length - 1) this.#rows += cells.length
  }

  build(): Table {
    return {
      name: this.#name,
      rows: this.#rows,
      columns: this.#columns.map((column) => column.build()),
    }
  }
}

/** One column that grows: numbers apart from strings until it is known which of them it is. */
class ColumnBuilder {
  readonly #name: string
  #values = new Float64Array(1024)
  #codes = new Int32Array(1024)
  #length = 0
  #numbers = 0
  #strings = 0
  readonly #places = new Map<string, number>()

  constructor(name: string) {
    this.#name = name
  }

  add(cell: unknown): void {
    if (this.#length === this.#values.length) this.#grow()
    const at = this.#length++
    const value = plain(cell)
    this.#values[at] = Number.NaN
    this.#codes[at] = -1
    if (typeof value === "number") {
      if (!Number.isFinite(value)) return
      this.#values[at] = value
      this.#numbers++
    } else if (value !== undefined) {
      this.#codes[at] = this.#placeOf(value)
      this.#strings++
    }
  }

  build(): Column {
    const name = this.#name
    const values = this.#values.slice(0, this.#length)
    const codes = this.#codes.slice(0, this.#length)
    if (this.#strings <= mostStrays * (this.#numbers + this.#strings)) {
      return { name, form: "numbers", values, strays: this.#strays(codes) }
    }
    for (const [row, value] of values.entries()) {
      if (!Number.isNaN(value)) codes[row] = this.#placeOf(String(value))
    }
    return { name, form: "strings", codes, dictionary: [...this.#places.keys()] }
  }

  #placeOf(text: string): number {
    const known = this.#places.get(text)
    if (known !== undefined) return known
    const place = this.#places.size
    this.#places.set(text, place)
    return place
  }

  #strays(codes: Int32Array): Stray[] {
    if (this.#strings === 0) return []
    const dictionary = [...this.#places.keys()]
    const strays: Stray[] = []
    for (const [row, code] of codes.entries()) {
      if (code >= 0) strays.push({ row, text: dictionary[code] })
    }
    return strays
  }

  #grow(): void {
    const values = new Float64Array(2 * this.#length)
    const codes = new Int32Array(2 * this.#length)
    values.set(this.#values)
    codes.set(this.#codes)
    this.#values = values
    this.#codes = codes
  }
}

/** A cell as number or text; undefined when it is missing. */
function plain(cell: unknown): number | string | undefined {
  switch (typeof cell) {
    case "number":
      return cell
    case "bigint":
      return Number(cell)
    case "boolean":
      return String(cell)
    case "string": {
      const text = cell.trim()
      return missingWords.has(text.toLowerCase()) ? undefined : (numberOf(text) ?? text)
    }
    case "object":
      if (cell === null) return undefined
      if (cell instanceof Date) return Number.isNaN(cell.getTime()) ? undefined : cell.toISOString()
      return plain(Array.isArray(cell) ? JSON.stringify(cell) : String(cell))
    default:
      return undefined
  }
}
