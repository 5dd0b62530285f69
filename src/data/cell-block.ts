/** Cells of one column, some rows of them together, as a reader gives them. */

/** Cells of any sort, where numbers were none of texts. */
export type CellBlock = ArrayLike<unknown> | WrittenCells

/** Cells of a file of texts, of which the numbers are parsed. */
export class WrittenCells {
  /** NaN where a cell is missing or a text. */
  readonly values: Float64Array
  /** Texts that are no numbers without commas, and "" for other cells; undefined where there are none. */
  readonly texts: readonly string[] | undefined
  /** 1 where a number has a point before its last three digits, as in 1.234; undefined where none has. */
  readonly grouped: Uint8Array | undefined

  constructor(
    values: Float64Array,
    texts: readonly string[] | undefined,
    grouped: Uint8Array | undefined,
  ) {
    this.values = values
    this.texts = texts
    this.grouped = grouped
  }

  get length(): number {
    return this.values.length
  }
}

/** Some rows of a block. */
export function rowsOf(block: CellBlock, from: number, to = block.length): CellBlock {
  if (from === 0 && to === block.length) return block
  if (block instanceof Float64Array) return block.subarray(from, to)
  if (!(block instanceof WrittenCells)) return Array.prototype.slice.call(block, from, to)
  const { values, texts, grouped } = block
  return new WrittenCells(
    values.subarray(from, to),
    texts?.slice(from, to),
    grouped?.subarray(from, to),
  )
}
