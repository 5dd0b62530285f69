/** Cells, one after another, to columns: the same rules for every format and every reader. */

import { type Column, heldNumbers, heldStrings, type Stray, type Table } from "./table.ts"

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

/** Letters of the longest of them. */
const longestMissing = Math.max(...Array.from(missingWords, (word) => word.length))

const plainNumber = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i

/** The number that a text is, or undefined. Thousands may be set apart by commas: 1,234.5. */
export function numberOf(text: string): number | undefined {
  if (plainNumber.test(text)) return Number(text)
  if (/^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$/.test(text)) return Number(text.replaceAll(",", ""))
  if (/^[+-]?inf(inity)?$/i.test(text)) return undefined
  return undefined
}

/** Bytes of a string's place in a dictionary, beside its letters, about. */
const placeBytes = 100
/** Words of a column that are remembered while its cells are counted. */
const mostWords = 1000
/** Share of a column's cells that may be no numbers before it is a column of strings. */
const mostStrays = 0.02

/** Bytes that a cell takes on its way from the file to a column, about. */
export const cellBytes = 24

export class TableBuilder {
  readonly #name: string
  readonly #columns: readonly ColumnBuilder[]
  #rows = 0

  readonly #spilled: Table["spilled"]

  /**
   * @param spilled where cells go, if they are not to be held in memory
   * @throws SyntaxError when two columns have one name.
   */
  constructor(name: string, columns: readonly string[], spilled?: Table["spilled"]) {
    const twice = columns.find((column, i) => columns.indexOf(column) !== i)
    if (twice !== undefined) {
      throw new SyntaxError(`${name} has two columns named "${twice}": each needs its own name`)
    }
    this.#name = name
    this.#columns = columns.map((column) => new ColumnBuilder(column, spilled))
    this.#spilled = spilled
  }

  /** Bytes of the distinct strings of all columns, about: they are always in memory. */
  get dictionaryBytes(): number {
    return this.#columns.reduce((sum, column) => sum + column.dictionaryBytes, 0)
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

  /** Adds the cells of many rows, column by column. */
  addColumns(columns: readonly ArrayLike<unknown>[], from = 0, to = columns[0].length): void {
    for (const [i, column] of this.#columns.entries()) {
      const cells = columns[i]
      if (cells instanceof Float64Array) column.addNumbers(cells.subarray(from, to))
      else for (let row = from; row < to; row++) column.add(cells[row])
    }
    this.#rows += to - from
  }

  /** @param forms of the columns, where the cells are part of a larger table; by the cells unless given */
  build(forms: readonly Column["form"][] = []): Table {
    return {
      name: this.#name,
      rows: this.#rows,
      columns: this.#columns.map((column, i) => column.build(forms[i])),
      ...(this.#spilled === undefined ? {} : { spilled: this.#spilled }),
    }
  }
}

/** Tells which columns are of numbers, without holding their cells. */
export class FormCounter {
  readonly #counts: { numbers: number; strings: number; readonly words: Set<string> }[]
  #rows = 0

  constructor(columns: number) {
    this.#counts = Array.from({ length: columns }, () => ({
      numbers: 0,
      strings: 0,
      words: new Set<string>(),
    }))
  }

  get rows(): number {
    return this.#rows
  }

  /** Counts the cells of many rows, column by column. */
  addColumns(columns: readonly ArrayLike<unknown>[]): void {
    for (const [i, counts] of this.#counts.entries()) {
      const cells = columns[i]
      if (cells instanceof Float64Array) {
        counts.numbers += finiteIn(cells)
        continue
      }
      const { words } = counts
      for (let row = 0; row < cells.length; row++) {
        const cell = cells[row]
        if (typeof cell === "string" && words.has(cell)) {
          counts.strings++
          continue
        }
        const value = plain(cell)
        if (typeof value === "string") {
          counts.strings++
          if (words.size < mostWords) words.add(value)
        } else if (value !== undefined && Number.isFinite(value)) counts.numbers++
      }
    }
    this.#rows += columns[0].length
  }

  forms(): readonly Column["form"][] {
    return this.#counts.map(({ numbers, strings }) => formOf(numbers, strings))
  }
}

function finiteIn(cells: Float64Array): number {
  let count = 0
  for (let i = 0; i < cells.length; i++) if (Number.isFinite(cells[i])) count++
  return count
}

function formOf(numbers: number, strings: number): Column["form"] {
  return strings <= mostStrays * (numbers + strings) ? "numbers" : "strings"
}

/** Cells of one column that were written away together: where numbers and codes are, if there are any. */
interface Part {
  readonly rows: number
  readonly values: number | undefined
  readonly codes: number | undefined
}

/** Cells of a column that are written away together. */
const partRows = 8192

/** One column that grows: numbers apart from strings until it is known which of them it is. */
class ColumnBuilder {
  readonly #name: string
  readonly #spilled: Table["spilled"]
  #parts: Part[] = []
  #values: Float64Array
  #codes: Int32Array
  /** Cells in the arrays. */
  #length = 0
  /** Numbers and strings among them, and in all. */
  #own: readonly [numbers: number, strings: number] = [0, 0]
  #numbers = 0
  #strings = 0
  #textLength = 0
  readonly #places = new Map<string, number>()

  constructor(name: string, spilled: Table["spilled"]) {
    this.#name = name
    this.#spilled = spilled
    const room = spilled === undefined ? 1024 : partRows
    this.#values = new Float64Array(room)
    this.#codes = new Int32Array(room)
  }

  get dictionaryBytes(): number {
    return 2 * this.#textLength + placeBytes * this.#places.size
  }

  /** Adds numbers, of which those that are not finite are missing. */
  addNumbers(cells: Float64Array): void {
    for (let done = 0; done < cells.length; ) {
      if (this.#length === this.#values.length) this.#makeRoom()
      const some = cells.subarray(done, done + this.#values.length - this.#length)
      const end = this.#length + some.length
      this.#values.set(some, this.#length)
      this.#codes.fill(-1, this.#length, end)
      for (let at = this.#length; at < end; at++) {
        if (Number.isFinite(this.#values[at])) this.#numbers++
        else this.#values[at] = Number.NaN
      }
      this.#length = end
      done += some.length
    }
  }

  add(cell: unknown): void {
    if (this.#length === this.#values.length) this.#makeRoom()
    const at = this.#length++
    this.#values[at] = Number.NaN
    this.#codes[at] = -1
    const known = typeof cell === "string" ? this.#places.get(cell) : undefined
    if (known !== undefined) {
      this.#codes[at] = known
      this.#strings++
      return
    }
    const value = plain(cell)
    if (typeof value === "number") {
      if (!Number.isFinite(value)) return
      this.#values[at] = value
      this.#numbers++
    } else if (value !== undefined) {
      this.#codes[at] = this.#placeOf(value)
      this.#strings++
    }
  }

  #makeRoom(): void {
    if (this.#spilled === undefined) this.#grow()
    else this.#writeAway(this.#spilled)
  }

  /** Puts what the arrays hold into the file. */
  #writeAway({ file }: NonNullable<Table["spilled"]>): void {
    const rows = this.#length
    const [numbers, strings] = this.#own
    const values = this.#numbers > numbers ? file.append(this.#values.subarray(0, rows)) : undefined
    const codes = this.#strings > strings ? file.append(this.#codes.subarray(0, rows)) : undefined
    this.#parts.push({ rows, values, codes })
    this.#own = [this.#numbers, this.#strings]
    this.#length = 0
  }

  get #form(): Column["form"] {
    return formOf(this.#numbers, this.#strings)
  }

  build(form = this.#form): Column {
    if (this.#spilled !== undefined) return this.#buildSpilled(this.#spilled)
    const name = this.#name
    const values = this.#values.slice(0, this.#length)
    const codes = this.#codes.slice(0, this.#length)
    if (form === "numbers") {
      return { name, form: "numbers", values, strays: this.#strays(codes) }
    }
    const named = this.#named(codes, values)
    return { name, form: "strings", codes: named, dictionary: [...this.#places.keys()] }
  }

  #buildSpilled(spilled: NonNullable<Table["spilled"]>): Column {
    if (this.#length > 0) this.#writeAway(spilled)
    const { shelf, file } = spilled
    const name = this.#name
    const rows = this.#parts.reduce((sum, part) => sum + part.rows, 0)
    const codesOf = (part: Part): Int32Array => {
      const codes = new Int32Array(part.rows)
      return part.codes === undefined ? codes.fill(-1) : file.read(codes, part.codes)
    }
    const valuesOf = (part: Part): Float64Array => {
      const values = new Float64Array(part.rows)
      return part.values === undefined ? values.fill(Number.NaN) : file.read(values, part.values)
    }
    const whole = <T extends Float64Array | Int32Array>(into: T, of: (part: Part) => T): T => {
      let at = 0
      for (const part of this.#parts) {
        into.set(of(part), at)
        at += part.rows
      }
      return into
    }
    if (this.#form === "numbers") {
      const strays: Stray[] = []
      let before = 0
      for (const part of this.#parts) {
        if (part.codes !== undefined) {
          for (const { row, text } of this.#strays(codesOf(part))) {
            strays.push({ row: before + row, text })
          }
        }
        before += part.rows
      }
      const values = shelf.hold(() => whole(new Float64Array(rows), valuesOf))
      return heldNumbers(name, strays, values)
    }
    this.#parts = this.#parts.map((part) => {
      if (part.values === undefined) return part
      const codes = this.#named(codesOf(part), valuesOf(part))
      return { ...part, codes: file.append(codes) }
    })
    const codes = shelf.hold(() => whole(new Int32Array(rows), codesOf))
    return heldStrings(name, [...this.#places.keys()], codes)
  }

  /** Codes where numbers have become strings. */
  #named(codes: Int32Array, values: Float64Array): Int32Array {
    for (let row = 0; row < values.length; row++) {
      if (!Number.isNaN(values[row])) codes[row] = this.#placeOf(String(values[row]))
    }
    return codes
  }

  #placeOf(text: string): number {
    const known = this.#places.get(text)
    if (known !== undefined) return known
    const place = this.#places.size
    this.#textLength += text.length
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
      if (text.length <= longestMissing && missingWords.has(text.toLowerCase())) return undefined
      return numberOf(text) ?? text
    }
    case "object":
      if (cell === null) return undefined
      if (cell instanceof Date) return Number.isNaN(cell.getTime()) ? undefined : cell.toISOString()
      return plain(Array.isArray(cell) ? JSON.stringify(cell) : String(cell))
    default:
      return undefined
  }
}
