/** Columns of numbers over time, one row for each moment. */

import {
  type Column,
  cellOf,
  columnOf,
  daysOf,
  type ReadTableOptions,
  readTable,
  type Table,
} from "../../data/index.ts"
import { DataError } from "../finding.ts"

export interface Series {
  /** Where it came from, for messages. */
  readonly name: string
  /** What it was read from. */
  readonly table: Table
  /** What tells the moments apart, dates or numbers; undefined where rows are only counted. */
  readonly time:
    | { readonly name: string; readonly areDates: boolean; readonly labels: readonly string[] }
    | undefined
  readonly columns: readonly string[]
  /** Values, row-major [rows, columns], gaps filled with what stood before. */
  readonly values: Float64Array
  readonly rows: number
  /** Cells that were missing, and filled. */
  readonly filled: number
  /** The rows' moments in their order, dates in days; undefined where rows are only counted. */
  readonly moments: Float64Array | undefined
  /** Whether the rows stood in another order. */
  readonly sorted: boolean
}

/** The column of moments: the one named, or the first whose every cell is a date. */
export function timeColumnOf(table: Table, name: string | undefined): Column | undefined {
  if (name !== undefined) return columnOf(table, name)
  return table.columns.find(
    (column) =>
      column.form === "strings" &&
      column.codes.every((code) => code >= 0) &&
      column.dictionary.every((text) => daysOf(text) !== undefined),
  )
}

/** Which columns of a table are a series. */
export interface SeriesColumns {
  /** The moments; the first column of dates unless given. */
  readonly time?: string | undefined
  /** Those to take; all of numbers unless given. */
  readonly keep?: readonly string[] | undefined
  readonly leaveOut?: readonly string[] | undefined
}

/**
 * The series of a table's file, in the order of its moments.
 * @throws DataError when no column of numbers is left, or a kept one is none.
 */
export async function readSeries(
  source: string,
  {
    time,
    keep,
    leaveOut,
    ...reading
  }: SeriesColumns &
    Pick<ReadTableOptions, "delimiter" | "header" | "commas" | "like" | "files"> = {},
): Promise<Series> {
  return seriesOf(await readTable(source, reading), { time, keep, leaveOut })
}

/** The series of a table that was read. */
export function seriesOf(table: Table, options: SeriesColumns = {}): Series {
  const { keep, leaveOut = [] } = options
  const times = timeColumnOf(table, options.time)
  for (const name of leaveOut) columnOf(table, name)
  const wanted =
    keep?.map((name) => columnOf(table, name)) ??
    table.columns.filter(
      (column) =>
        column.form === "numbers" && column.name !== times?.name && !leaveOut.includes(column.name),
    )
  const numbers = wanted.map((column) => {
    if (column.form === "numbers") return column
    throw new DataError(`the column "${column.name}" of ${table.name} does not hold numbers`)
  })
  if (numbers.length === 0) throw new DataError(`${table.name} has no column of numbers over time`)
  const { order, moments } = orderOf(table, times)
  const values = new Float64Array(table.rows * numbers.length)
  let filled = 0
  for (const [c, column] of numbers.entries()) {
    const first = order.find((row) => Number.isFinite(column.values[row]))
    let before = first === undefined ? 0 : column.values[first]
    for (const [row, from] of order.entries()) {
      const value = column.values[from]
      if (Number.isFinite(value)) before = value
      else filled++
      values[row * numbers.length + c] = before
    }
  }
  const time = times && {
    name: times.name,
    areDates: times.form === "strings",
    labels: order.map((row) => String(cellOf(times, row))),
  }
  const columns = numbers.map(({ name }) => name)
  const sorted = order.some((row, i) => row !== i)
  const { name, rows } = table
  return { name, table, time, columns, values, rows, filled, moments, sorted }
}

/** The rows by their moments, and these: dates in days. */
function orderOf(table: Table, times: Column | undefined) {
  const order = Array.from({ length: table.rows }, (_, row) => row)
  if (times === undefined) return { order, moments: undefined }
  const moments =
    times.form === "numbers"
      ? times.values
      : Float64Array.from(times.codes, (code) => daysOf(times.dictionary[code]) ?? Number.NaN)
  if (moments.some(Number.isNaN)) {
    throw new DataError(
      `the column "${times.name}" of ${table.name} holds cells that are no ` +
        `${times.form === "numbers" ? "numbers" : "dates"}`,
    )
  }
  order.sort((a, b) => moments[a] - moments[b] || a - b)
  return { order, moments: Float64Array.from(order, (row) => moments[row]) }
}

/** Some rows of a series. */
export function rowsOf(series: Series, from: number, to: number): Float64Array {
  const width = series.columns.length
  return series.values.subarray(from * width, to * width)
}

/**
 * The season of a column: the first lag at which it is like itself again, by the autocorrelation
 * of what a straight line leaves of it; 1 where no lag stands out.
 */
export function seasonOf(values: Float64Array): number {
  const centred = withoutLine(values)
  const total = centred.reduce((a, b) => a + b * b, 0)
  if (total < 1e-12 * values.reduce((a, b) => a + b * b, 0)) return 1
  const longest = Math.min(400, Math.floor(values.length / 3))
  // The sum is over fewer terms for a longer lag: each is held against what it could be.
  const like = Array.from({ length: longest + 2 }, (_, lag) => {
    let sum = 0
    for (let i = lag; i < centred.length; i++) sum += centred[i] * centred[i - lag]
    return ((sum / total) * centred.length) / (centred.length - lag)
  })
  let [best, most] = [1, 0.2]
  for (let lag = 2; lag <= longest; lag++) {
    const isPeak = like[lag] > like[lag - 1] && like[lag] >= like[lag + 1]
    // A later peak must be clearly better, as a multiple of a season is not.
    if (isPeak && like[lag] > most * (best > 1 ? 1.15 : 1)) [best, most] = [lag, like[lag]]
  }
  return best
}

/** Rows before `training` are learned from, those up to `validation` chosen by. */
export interface Cut {
  readonly training: number
  readonly validation: number
}

/** Values less the straight line of least squares. */
function withoutLine(values: Float64Array): Float64Array {
  const n = values.length
  const mean = values.reduce((a, b) => a + b, 0) / n
  const middle = (n - 1) / 2
  let [slope, spread] = [0, 0]
  for (const [i, value] of values.entries()) {
    slope += (i - middle) * (value - mean)
    spread += (i - middle) ** 2
  }
  return values.map((value, i) => value - mean - (slope / (spread || 1)) * (i - middle))
}

/** One column of a series. */
export function columnValues(series: Series, column: number): Float64Array {
  const width = series.columns.length
  return Float64Array.from({ length: series.rows }, (_, row) => series.values[row * width + column])
}
