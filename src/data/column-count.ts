/** How a column is read, by how many of its cells are what: of numbers or of strings, and what commas mean. */

import type { Commas, TextKind } from "./cell-text.ts"
import type { Column } from "./table.ts"

/** How the cells of a column are understood. */
export interface Reading {
  readonly form: Column["form"]
  readonly commas: Commas
}

/** Share of a column's cells that may be no numbers before it is a column of strings. */
const mostStrays = 0.02

/** Cells of a column. */
export class ColumnCount {
  #numbers = 0
  /** Whether a number without commas is no whole one, so that a point sets its decimals apart. */
  #hasFractions = false
  readonly #texts: Record<TextKind, number> = { word: 0, decimal: 0, thousands: 0, either: 0 }

  /** Finite ones without commas. */
  get numbers(): number {
    return this.#numbers
  }

  addNumber(value: number): void {
    if (!Number.isFinite(value)) return
    this.#numbers++
    if (!Number.isInteger(value)) this.#hasFractions = true
  }

  addNumbers(cells: Float64Array): void {
    let count = 0
    for (let i = 0; i < cells.length; i++) {
      if (!Number.isFinite(cells[i])) continue
      count++
      if (!this.#hasFractions && !Number.isInteger(cells[i])) this.#hasFractions = true
    }
    this.#numbers += count
  }

  addText(kind: TextKind): void {
    this.#texts[kind]++
  }

  /** Whether commas can be decimal: none of its numbers says that they are not. */
  get #allowsDecimals(): boolean {
    return !this.#hasFractions && this.#texts.thousands === 0
  }

  /** Whether its commas are decimal, by its own cells. */
  get isDecimal(): boolean {
    return this.#texts.decimal > 0 && this.#allowsDecimals && this.#form("decimal") === "numbers"
  }

  /** @param isDecimal whether a column of its table has decimal commas */
  reading(isDecimal: boolean): Reading {
    const commas = isDecimal && this.#allowsDecimals ? "decimal" : "thousands"
    return { form: this.#form(commas), commas }
  }

  #form(commas: Commas): Column["form"] {
    const { word, either } = this.#texts
    const numbers = this.#numbers + either + this.#texts[commas]
    const strings = word + this.#texts[commas === "decimal" ? "thousands" : "decimal"]
    return strings <= mostStrays * (numbers + strings) ? "numbers" : "strings"
  }
}

/**
 * How the columns of one table are read: where one has decimal commas, so have all that may.
 * @param commas what they mean, where that is known and its own cells do not say
 */
export function readingsOf(columns: readonly ColumnCount[], commas?: Commas): readonly Reading[] {
  const isDecimal = commas === "decimal" || columns.some((column) => column.isDecimal)
  return columns.map((column) => column.reading(isDecimal))
}
