export * from "./byte-pairs.ts"
export type { CellBlock, WrittenCells } from "./cell-block.ts"
export { type Commas, isNumber, type TextKind } from "./cell-text.ts"
export type { ColumnCount, CommaHabit, Reading } from "./column-count.ts"
export {
  type ColumnKind,
  daysOf,
  decimalWords,
  kindOf,
  unclearDates,
  unitWords,
} from "./column-kind.ts"
export {
  type Entry,
  type Files,
  filesOf,
  folderOf,
  type HeldFiles,
  machineFiles,
  pathIn,
} from "./files.ts"
export * from "./gpt2-tokens.ts"
export { unzipped } from "./gzip.ts"
export * from "./idx.ts"
export { type ImageCodec, imageCodec, type RawImage } from "./image-codec.ts"
export * from "./labelled-images.ts"
export type { PartRows, ReadTableOptions, TableFormat, TableHabit } from "./read-options.ts"
export { readTable, readTableParts } from "./read-table.ts"
export { Spill } from "./spill.ts"
export {
  type Column,
  type CommaNumbers,
  cellOf,
  columnOf,
  distinctCells,
  isMissing,
  type NumberColumn,
  type NumberExample,
  type Stray,
  type StringColumn,
  selectRows,
  stringsOf,
  type Table,
} from "./table.ts"
export { TableBuilder, type TableBuilderOptions } from "./table-builder.ts"
export { habitOf, isTableHabit } from "./table-habit.ts"
export { tableOf } from "./table-plain.ts"
