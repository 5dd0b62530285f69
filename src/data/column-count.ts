/** How a column is read, by how many of its cells are what: of numbers or of strings, and what commas mean. */

import type { WrittenCells } from "./cell-block.ts"
import { type Commas, commasIn, type TextKind } from "./cell-text.ts"
import type { Column, CommaNumbers } from "./table.ts"

/** How the cells of a column are understood. */
export interface Reading {
  readonly form: Column["form"]
  readonly commas: Commas
  /** What says what commas mean. */
  readonly by: CommaNumbers["by"]
}

/** What commas meant in the numbers of one table, for others of its kind: JSON. */
export interface CommaHabit {
  readonly usual: Commas
  /** Columns in which they meant the other. */
  readonly others: readonly string[]
}

/** Share of a column's cells that may be no numbers before it is a column of strings. */
const mostStrays = 0.02

/** Cells of a column. */
export class ColumnCount {
  readonly name: string
  #numbers = 0
  #grouped = 0
  #firstGrouped: number | undefined
  /** Whether a text is a number with a point anywhere else, which sets its decimals apart. */
  #hasFractions = false
  readonly #texts: Record<TextKind, number> = {
    word: 0,
    decimal: 0,
    thousands: 0,
    either: 0,
    points: 0,
  }

  constructor(name: string) {
    this.name = name
  }

  /** Finite ones without commas. */
  get numbers(): number {
    return this.#numbers
  }

  /** Of the numbers, those with a point before their last three digits: 1.234; and the first of them. */
  get grouped(): number {
    return this.#grouped
  }

  get firstGrouped(): number | undefined {
    return this.#firstGrouped
  }

  /** A number that was none of a text, and says nothing of how texts are written. */
  addNumber(value: number): void {
    if (Number.isFinite(value)) this.#numbers++
  }

  addNumbers(cells: Float64Array): void {
    let count = 0
    for (let i = 0; i < cells.length; i++) if (Number.isFinite(cells[i])) count++
    this.#numbers += count
  }

  /** A number that a text without commas is. */
  addWritten(value: number, isGrouped: boolean): void {
    if (!Number.isFinite(value)) return
    this.#numbers++
    if (isGrouped) {
      this.#grouped++
      this.#firstGrouped ??= value
    } else if (!Number.isInteger(value)) this.#hasFractions = true
  }

  /** All of them in a block. */
  addAllWritten({ values, grouped }: WrittenCells): void {
    if (grouped !== undefined || !this.#hasFractions) {
      for (let row = 0; row < values.length; row++)
        this.addWritten(values[row], grouped?.[row] === 1)
    } else this.addNumbers(values)
  }

  addText(kind: TextKind): void {
    this.#texts[kind]++
  }

  /** Whether commas can be decimal: none of its numbers says that they are not. */
  get allowsDecimals(): boolean {
    return !this.#hasFractions && this.#texts.thousands === 0
  }

  /** What commas mean by its own cells; undefined where they do not say. */
  get commas(): Commas | undefined {
    const { decimal, points, thousands } = this.#texts
    if (decimal + points > 0 && this.allowsDecimals && this.form("decimal") === "numbers") {
      return "decimal"
    }
    const isPlain = this.#hasFractions || thousands > 0
    return isPlain && this.form("thousands") === "numbers" ? "thousands" : undefined
  }

  form(commas: Commas): Column["form"] {
    let [numbers, strings] = [this.#numbers, this.#texts.word]
    for (const kind of ["decimal", "points", "thousands", "either"] as const) {
      if ((commasIn[kind] ?? commas) === commas) numbers += this.#texts[kind]
      else strings += this.#texts[kind]
    }
    return strings <= mostStrays * (numbers + strings) ? "numbers" : "strings"
  }
}

/**
 * How the columns of one table are read: where the cells of a column do not say what commas mean, as they
 * were in a table of its kind, unless that is not so in other columns; else as in other columns, decimal
 * where these are of both sorts.
 * @param told what they mean where the cells do not say, or what they meant in a table of this kind
 */
export function readingsOf(
  columns: readonly ColumnCount[],
  told?: Commas | CommaHabit,
): readonly Reading[] {
  const known = columns.map(({ commas }) => commas)
  const isKnown = (commas: Commas): boolean => known.includes(commas)
  const habit = typeof told === "object" ? toldOf(told) : () => told
  const isRefuted =
    typeof told === "object" &&
    columns.some(({ name }, i) => known[i] !== undefined && known[i] !== habit(name))
  return columns.map((column, i) => {
    const say = (commas: Commas, by: Reading["by"]): Reading => {
      const meaning = column.allowsDecimals ? commas : "thousands"
      return { form: column.form(meaning), commas: meaning, by }
    }
    const own = known[i]
    if (own !== undefined) return say(own, "cells")
    const usual = isRefuted ? undefined : habit(column.name)
    if (usual !== undefined) return say(usual, "caller")
    const agree = isKnown("decimal") !== isKnown("thousands")
    return say(isKnown("decimal") ? "decimal" : "thousands", agree ? "table" : "nothing")
  })
}

function toldOf({ usual, others }: CommaHabit): (name: string) => Commas {
  const other = usual === "decimal" ? "thousands" : "decimal"
  const names = new Set(others)
  return (name) => (names.has(name) ? other : usual)
}
