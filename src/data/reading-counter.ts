/** How the columns of a table are to be read, found out without holding their cells. */

import { type CellBlock, WrittenCells } from "./cell-block.ts"
import { hasGroupPoint, plainCell, type TextKind, textKind } from "./cell-text.ts"
import type { ColumnCount } from "./column-count.ts"

/** Words of a column that are remembered while its cells are counted. */
const mostWords = 1000

/** Counts cells behind those that a table's builder has counted. */
export class ReadingCounter {
  readonly #columns: readonly {
    readonly count: ColumnCount
    readonly words: Map<string, TextKind>
  }[]

  /** @param counts of the columns, which go on */
  constructor(counts: readonly ColumnCount[]) {
    this.#columns = counts.map((count) => ({ count, words: new Map<string, TextKind>() }))
  }

  /** Counts the cells of many rows, column by column. */
  addColumns(columns: readonly CellBlock[]): void {
    for (const [i, { count, words }] of this.#columns.entries()) {
      const cells = columns[i]
      if (cells instanceof Float64Array) count.addNumbers(cells)
      else if (cells instanceof WrittenCells) {
        count.addAllWritten(cells)
        for (const text of cells.texts ?? []) if (text !== "") addCell(text, count, words)
      } else for (let row = 0; row < cells.length; row++) addCell(cells[row], count, words)
    }
  }
}

function addCell(cell: unknown, count: ColumnCount, words: Map<string, TextKind>): void {
  const known = typeof cell === "string" ? words.get(cell) : undefined
  const value = known === undefined ? plainCell(cell) : undefined
  if (known !== undefined) count.addText(known)
  else if (typeof value === "string") {
    const kind = textKind(value)
    count.addText(kind)
    if (words.size < mostWords) words.set(value, kind)
  } else if (value !== undefined) {
    if (typeof cell === "string") count.addWritten(value, hasGroupPoint(cell))
    else count.addNumber(value)
  }
}
