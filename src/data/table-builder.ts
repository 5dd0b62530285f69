/** Cells, one after another, to columns: the same rules for every format and every reader. */

import { type Commas, numberOf, plainCell, type TextKind, textKind } from "./cell-text.ts"
import { ColumnCount, type Reading, readingsOf } from "./column-count.ts"
import {
  type Column,
  type CommaNumbers,
  heldNumbers,
  heldStrings,
  type Stray,
  type Table,
} from "./table.ts"

/** Bytes of a string's place in a dictionary, beside its letters, about. */
const placeBytes = 100
/** Words of a column that are remembered while its cells are counted. */
const mostWords = 1000
/** Bytes that a cell takes on its way from the file to a column, about. */
export const cellBytes = 24

export interface TableBuilderOptions {
  /** Where cells go, if they are not to be held in memory. */
  readonly spilled?: Table["spilled"]
  /** What commas mean in numbers where the cells do not tell. */
  readonly commas?: Commas
}

export class TableBuilder {
  readonly #name: string
  readonly #columns: readonly ColumnBuilder[]
  #rows = 0

  readonly #spilled: Table["spilled"]
  readonly #commas: Commas | undefined

  /**
   * @throws SyntaxError when two columns have one name.
   */
  constructor(
    name: string,
    columns: readonly string[],
    { spilled, commas }: TableBuilderOptions = {},
  ) {
    const twice = columns.find((column, i) => columns.indexOf(column) !== i)
    if (twice !== undefined) {
      throw new SyntaxError(`${name} has two columns named "${twice}": each needs its own name`)
    }
    this.#name = name
    this.#columns = columns.map((column) => new ColumnBuilder(column, spilled))
    this.#spilled = spilled
    this.#commas = commas
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

  /** @param readings of the columns, where the cells are part of a larger table; by the cells unless given */
  build(
    readings = readingsOf(
      this.#columns.map(({ count }) => count),
      this.#commas,
    ),
  ): Table {
    return {
      name: this.#name,
      rows: this.#rows,
      columns: this.#columns.map((column, i) => column.build(readings[i])),
      ...(this.#spilled === undefined ? {} : { spilled: this.#spilled }),
    }
  }
}

/** Tells how columns are to be read, without holding their cells. */
export class ReadingCounter {
  readonly #columns: readonly {
    readonly count: ColumnCount
    readonly words: Map<string, TextKind>
  }[]
  readonly #commas: Commas | undefined
  #rows = 0

  constructor(columns: number, commas?: Commas) {
    this.#commas = commas
    this.#columns = Array.from({ length: columns }, () => ({
      count: new ColumnCount(),
      words: new Map<string, TextKind>(),
    }))
  }

  get rows(): number {
    return this.#rows
  }

  /** Counts the cells of many rows, column by column. */
  addColumns(columns: readonly ArrayLike<unknown>[]): void {
    for (const [i, { count, words }] of this.#columns.entries()) {
      const cells = columns[i]
      if (cells instanceof Float64Array) {
        count.addNumbers(cells)
        continue
      }
      for (let row = 0; row < cells.length; row++) {
        const cell = cells[row]
        const known = typeof cell === "string" ? words.get(cell) : undefined
        if (known !== undefined) {
          count.addText(known)
          continue
        }
        const value = plainCell(cell)
        if (typeof value === "number") count.addNumber(value)
        else if (value !== undefined) {
          const kind = textKind(value)
          count.addText(kind)
          if (words.size < mostWords) words.set(value, kind)
        }
      }
    }
    this.#rows += columns[0].length
  }

  readings(): readonly Reading[] {
    return readingsOf(
      this.#columns.map(({ count }) => count),
      this.#commas,
    )
  }
}

/** Cells of one column that were written away together: where numbers and codes are, if there are any. */
interface Part {
  readonly rows: number
  readonly values: number | undefined
  readonly codes: number | undefined
}

/** Cells of a column that are written away together. */
const partRows = 8192

/** Numbers with commas among the distinct strings of a column, by their places, and one to tell. */
interface CommaWords {
  readonly numbers: readonly number[]
  readonly told: CommaNumbers
}

/** One column that grows: numbers apart from strings until it is known which of them it is. */
class ColumnBuilder {
  readonly #name: string
  readonly #spilled: Table["spilled"]
  #parts: Part[] = []
  #values: Float64Array
  #codes: Int32Array
  /** Cells in the arrays. */
  #length = 0
  /** Numbers and strings of all cells before those in the arrays. */
  #before: readonly [numbers: number, strings: number] = [0, 0]
  #strings = 0
  #textLength = 0
  readonly #places = new Map<string, number>()
  /** Of the distinct strings, by their places. */
  readonly #kinds: TextKind[] = []
  readonly count = new ColumnCount()

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
      this.count.addNumbers(some)
      for (let at = this.#length; at < end; at++) {
        if (!Number.isFinite(this.#values[at])) this.#values[at] = Number.NaN
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
      this.#addText(at, known)
      return
    }
    const value = plainCell(cell)
    if (typeof value === "number") {
      if (!Number.isFinite(value)) return
      this.#values[at] = value
      this.count.addNumber(value)
    } else if (value !== undefined) {
      this.#addText(at, this.#placeOf(value))
    }
  }

  #addText(at: number, place: number): void {
    this.#codes[at] = place
    this.#strings++
    this.count.addText(this.#kinds[place])
  }

  #makeRoom(): void {
    if (this.#spilled === undefined) this.#grow()
    else this.#writeAway(this.#spilled)
  }

  /** Puts what the arrays hold into the file. */
  #writeAway({ file }: NonNullable<Table["spilled"]>): void {
    const rows = this.#length
    const [numbers, strings] = this.#before
    const values =
      this.count.numbers > numbers ? file.append(this.#values.subarray(0, rows)) : undefined
    const codes = this.#strings > strings ? file.append(this.#codes.subarray(0, rows)) : undefined
    this.#parts.push({ rows, values, codes })
    this.#before = [this.count.numbers, this.#strings]
    this.#length = 0
  }

  build(reading: Reading): Column {
    if (this.#spilled !== undefined) return this.#buildSpilled(this.#spilled, reading)
    const name = this.#name
    const values = this.#values.slice(0, this.#length)
    const codes = this.#codes.slice(0, this.#length)
    const found = this.#commaNumbers(reading)
    this.#read(codes, values, found)
    if (reading.form === "numbers") {
      return { name, form: "numbers", values, strays: this.#strays(codes), commas: found?.told }
    }
    const named = this.#named(codes, values)
    return { name, form: "strings", codes: named, dictionary: [...this.#places.keys()] }
  }

  #buildSpilled(spilled: NonNullable<Table["spilled"]>, reading: Reading): Column {
    if (this.#length > 0) this.#writeAway(spilled)
    const { shelf, file } = spilled
    const name = this.#name
    const rows = this.#parts.reduce((sum, part) => sum + part.rows, 0)
    const found = this.#commaNumbers(reading)
    const cellsOf = (part: Part) => {
      const codes = new Int32Array(part.rows)
      const values = new Float64Array(part.rows)
      if (part.codes === undefined) codes.fill(-1)
      else file.read(codes, part.codes)
      if (part.values === undefined) values.fill(Number.NaN)
      else file.read(values, part.values)
      this.#read(codes, values, found)
      return { codes, values }
    }
    const whole = <T extends Float64Array | Int32Array>(into: T, of: (part: Part) => T): T => {
      let at = 0
      for (const part of this.#parts) {
        into.set(of(part), at)
        at += part.rows
      }
      return into
    }
    if (reading.form === "numbers") {
      const strays: Stray[] = []
      let before = 0
      for (const part of this.#parts) {
        if (part.codes !== undefined) {
          for (const { row, text } of this.#strays(cellsOf(part).codes)) {
            strays.push({ row: before + row, text })
          }
        }
        before += part.rows
      }
      const values = shelf.hold(() => whole(new Float64Array(rows), (part) => cellsOf(part).values))
      return heldNumbers(name, strays, values, found?.told)
    }
    this.#parts = this.#parts.map((part) => {
      if (part.values === undefined && found === undefined) return part
      const { codes, values } = cellsOf(part)
      return { ...part, codes: file.append(this.#named(codes, values)), values: undefined }
    })
    // Every string that is a number is named by now, and stays a string.
    const codesOf = ({ rows: length, codes }: Part): Int32Array => {
      const into = new Int32Array(length)
      return codes === undefined ? into.fill(-1) : file.read(into, codes)
    }
    const codes = shelf.hold(() => whole(new Int32Array(rows), codesOf))
    return heldStrings(name, [...this.#places.keys()], codes)
  }

  /** Numbers with commas among the distinct strings, by their places; NaN for the others. */
  #commaNumbers({ commas }: Reading): CommaWords | undefined {
    let told: CommaNumbers | undefined
    const numbers: number[] = []
    for (const [text, place] of this.#places) {
      const number = numberOf(text, this.#kinds[place], commas)
      numbers.push(number)
      if (told === undefined && !Number.isNaN(number)) told = { meaning: commas, text, number }
    }
    return told && { numbers, told }
  }

  /** Puts numbers with commas from codes to values. */
  #read(codes: Int32Array, values: Float64Array, found: CommaWords | undefined): void {
    if (found === undefined) return
    for (let row = 0; row < codes.length; row++) {
      if (codes[row] < 0) continue
      const number = found.numbers[codes[row]]
      if (Number.isNaN(number)) continue
      values[row] = number
      codes[row] = -1
    }
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
    this.#kinds.push(textKind(text))
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
