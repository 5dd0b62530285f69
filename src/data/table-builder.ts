/** Cells, one after another, to columns: the same rules for every format and every reader. */

import { type CellBlock, rowsOf, WrittenCells } from "./cell-block.ts"
import {
  type Commas,
  hasGroupPoint,
  isNumber,
  numberOf,
  plainCell,
  type TextKind,
  textKind,
} from "./cell-text.ts"
import { ColumnCount, type CommaHabit, type Reading, readingsOf } from "./column-count.ts"
import {
  type Column,
  type CommaNumbers,
  heldNumbers,
  heldStrings,
  type NumberExample,
  type Stray,
  type Table,
} from "./table.ts"

/** Bytes of a string's place in a dictionary, beside its letters, about. */
const placeBytes = 100
/** Bytes that a cell takes on its way from the file to a column, about. */
export const cellBytes = 24

export interface TableBuilderOptions {
  /** Where cells go, if they are not to be held in memory. */
  readonly spilled?: Table["spilled"]
  /** What commas mean in numbers where the cells do not tell, or what they meant in a table of its kind. */
  readonly commas?: Commas | CommaHabit
}

export class TableBuilder {
  readonly #name: string
  readonly #columns: readonly ColumnBuilder[]
  #rows = 0

  readonly #spilled: Table["spilled"]
  readonly #commas: Commas | CommaHabit | undefined

  /**
   * @throws SyntaxError when two columns have one name.
   */
  constructor(
    name: string,
    columns: readonly string[],
    { spilled, commas }: TableBuilderOptions = {},
  ) {
    const seen = new Set<string>()
    const twice = columns.find((column) => seen.size === seen.add(column).size)
    if (twice !== undefined) {
      throw new SyntaxError(
        `${name} has two columns named "${twice}": each needs its own name` +
          (isNumber(twice) ? ", or --no-header if its first line is a row" : ""),
      )
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

  /** What its cells are, column by column. */
  get counts(): readonly ColumnCount[] {
    return this.#columns.map(({ count }) => count)
  }

  /** Adds a row; cells that are left out are missing. */
  add(cells: ArrayLike<unknown>): void {
    for (const [i, column] of this.#columns.entries()) column.add(cells[i])
    this.#rows++
  }

  /** Adds the cells of many rows, column by column. */
  addColumns(columns: readonly CellBlock[], from = 0, to = columns[0].length): void {
    for (const [i, column] of this.#columns.entries()) {
      const cells = rowsOf(columns[i], from, to)
      if (cells instanceof Float64Array) column.addNumbers(cells)
      else if (cells instanceof WrittenCells) column.addWritten(cells)
      else for (let row = 0; row < cells.length; row++) column.add(cells[row])
    }
    this.#rows += to - from
  }

  /** How its columns are read, by all of their cells. */
  readings(): readonly Reading[] {
    return readingsOf(this.counts, this.#commas)
  }

  /** @param readings of the columns, where the cells are part of a larger table; by the cells unless given */
  build(readings = this.readings()): Table {
    return {
      name: this.#name,
      rows: this.#rows,
      columns: this.#columns.map((column, i) => column.build(readings[i])),
      ...(this.#spilled === undefined ? {} : { spilled: this.#spilled }),
    }
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

/**
 * Codes of cells that are no strings: numbers, and missing ones; and numbers as 1.234 is, which are
 * thousands where commas are decimal.
 */
const noText = -1
const groupedNumber = -2

/** A number as 1.234 is, where its point stands between thousands. */
function ungrouped(value: number): number {
  return Math.round(1000 * value)
}

/** Numbers with commas among the distinct strings of a column, by their places, and one to tell. */
interface CommaWords {
  readonly numbers: readonly number[]
  readonly first: NumberExample
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
  /** Numbers and codes of all cells before those in the arrays. */
  #before: readonly [numbers: number, codes: number] = [0, 0]
  #strings = 0
  #textLength = 0
  readonly #places = new Map<string, number>()
  /** Of the distinct strings, by their places. */
  readonly #kinds: TextKind[] = []
  readonly count: ColumnCount

  constructor(name: string, spilled: Table["spilled"]) {
    this.#name = name
    this.count = new ColumnCount(name)
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
    this.count.addNumbers(cells)
    this.#append(cells)
  }

  /** Adds cells of a file of texts. */
  addWritten(cells: WrittenCells): void {
    const { values, texts, grouped } = cells
    if (texts === undefined) {
      this.count.addAllWritten(cells)
      this.#append(values, grouped)
      return
    }
    for (let row = 0; row < values.length; row++) {
      if (texts[row] === "") this.#addNumber(values[row], grouped?.[row] === 1)
      else this.add(texts[row])
    }
  }

  #append(cells: Float64Array, grouped?: Uint8Array): void {
    for (let done = 0; done < cells.length; ) {
      if (this.#length === this.#values.length) this.#makeRoom()
      const some = cells.subarray(done, done + this.#values.length - this.#length)
      const end = this.#length + some.length
      this.#values.set(some, this.#length)
      this.#codes.fill(noText, this.#length, end)
      for (let at = this.#length; at < end; at++) {
        if (!Number.isFinite(this.#values[at])) this.#values[at] = Number.NaN
      }
      if (grouped !== undefined) {
        for (let i = 0; i < some.length; i++) {
          if (grouped[done + i] === 1) this.#codes[this.#length + i] = groupedNumber
        }
      }
      this.#length = end
      done += some.length
    }
  }

  add(cell: unknown): void {
    const known = typeof cell === "string" ? this.#places.get(cell) : undefined
    const value = known === undefined ? plainCell(cell) : undefined
    if (typeof value === "number" && typeof cell === "string") {
      this.#addNumber(value, hasGroupPoint(cell))
      return
    }
    const at = this.#place()
    if (known !== undefined) this.#addText(at, known)
    else if (typeof value === "string") this.#addText(at, this.#placeOf(value))
    else if (value !== undefined && Number.isFinite(value)) {
      this.#values[at] = value
      this.count.addNumber(value)
    }
  }

  /** A place for one more cell, which is missing. */
  #place(): number {
    if (this.#length === this.#values.length) this.#makeRoom()
    const at = this.#length++
    this.#values[at] = Number.NaN
    this.#codes[at] = noText
    return at
  }

  /** Adds a number that a text is. */
  #addNumber(value: number, isGrouped: boolean): void {
    const at = this.#place()
    if (!Number.isFinite(value)) return
    this.#values[at] = value
    if (isGrouped) this.#codes[at] = groupedNumber
    this.count.addWritten(value, isGrouped)
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
    const [numbers, codes] = this.#before
    const now = [this.count.numbers, this.#strings + this.count.grouped] as const
    this.#parts.push({
      rows,
      values: now[0] > numbers ? file.append(this.#values.subarray(0, rows)) : undefined,
      codes: now[1] > codes ? file.append(this.#codes.subarray(0, rows)) : undefined,
    })
    this.#before = now
    this.#length = 0
  }

  build(reading: Reading): Column {
    if (this.#spilled !== undefined) return this.#buildSpilled(this.#spilled, reading)
    const name = this.#name
    const values = this.#values.slice(0, this.#length)
    const codes = this.#codes.slice(0, this.#length)
    const found = this.#commaWords(reading)
    this.#read(codes, values, found, reading)
    if (reading.form === "numbers") {
      const commas = this.#commaNumbers(reading, found)
      return { name, form: "numbers", values, strays: this.#strays(codes), commas }
    }
    const named = this.#named(codes, values)
    return { name, form: "strings", codes: named, dictionary: [...this.#places.keys()] }
  }

  #buildSpilled(spilled: NonNullable<Table["spilled"]>, reading: Reading): Column {
    if (this.#length > 0) this.#writeAway(spilled)
    const { shelf, file } = spilled
    const name = this.#name
    const rows = this.#parts.reduce((sum, part) => sum + part.rows, 0)
    const found = this.#commaWords(reading)
    const cellsOf = (part: Part) => {
      const codes = new Int32Array(part.rows)
      const values = new Float64Array(part.rows)
      if (part.codes === undefined) codes.fill(noText)
      else file.read(codes, part.codes)
      if (part.values === undefined) values.fill(Number.NaN)
      else file.read(values, part.values)
      this.#read(codes, values, found, reading)
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
      return heldNumbers(name, strays, values, this.#commaNumbers(reading, found))
    }
    this.#parts = this.#parts.map((part) => {
      if (part.values === undefined && found === undefined) return part
      const { codes, values } = cellsOf(part)
      return { ...part, codes: file.append(this.#named(codes, values)), values: undefined }
    })
    // Every string that is a number is named by now, and stays a string.
    const codesOf = ({ rows: length, codes }: Part): Int32Array => {
      const into = new Int32Array(length)
      return codes === undefined ? into.fill(noText) : file.read(into, codes)
    }
    const codes = shelf.hold(() => whole(new Int32Array(rows), codesOf))
    return heldStrings(name, [...this.#places.keys()], codes)
  }

  /** Numbers with commas among the distinct strings, by their places; NaN for the others. */
  #commaWords({ commas }: Reading): CommaWords | undefined {
    let first: NumberExample | undefined
    const numbers: number[] = []
    for (const [text, place] of this.#places) {
      const number = numberOf(text, this.#kinds[place], commas)
      numbers.push(number)
      if (first === undefined && !Number.isNaN(number)) first = { text, number }
    }
    return first && { numbers, first }
  }

  /** What is known of commas in a column of numbers. */
  #commaNumbers({ commas, by }: Reading, found: CommaWords | undefined): CommaNumbers | undefined {
    const { firstGrouped } = this.count
    const point = firstGrouped !== undefined && {
      text: firstGrouped.toFixed(3),
      number: commas === "decimal" ? ungrouped(firstGrouped) : firstGrouped,
    }
    const example = found?.first ?? (point || undefined)
    return example === undefined && by !== "cells" ? undefined : { meaning: commas, by, example }
  }

  /** Puts numbers with commas from codes to values, and thousands after points where they are such. */
  #read(
    codes: Int32Array,
    values: Float64Array,
    found: CommaWords | undefined,
    { commas }: Reading,
  ): void {
    const isGrouped = commas === "decimal" && this.count.grouped > 0
    if (found === undefined && !isGrouped) return
    for (let row = 0; row < codes.length; row++) {
      if (codes[row] === groupedNumber && isGrouped) {
        values[row] = ungrouped(values[row])
        codes[row] = noText
      } else if (codes[row] >= 0) {
        const number = found?.numbers[codes[row]] ?? Number.NaN
        if (Number.isNaN(number)) continue
        values[row] = number
        codes[row] = noText
      }
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
