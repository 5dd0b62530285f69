/** Columns of numbers over time, one row for each moment. */

import {
  type Column,
  columnOf,
  daysOf,
  type Files,
  readTable,
  type Table,
} from "../../data/index.ts"
import { DataError } from "../finding.ts"

export interface Series {
  /** Where it came from, for messages. */
  readonly name: string
  /** What tells the moments apart; undefined where rows are only counted. */
  readonly time: { readonly name: string; readonly labels: readonly string[] } | undefined
  readonly columns: readonly string[]
  /** Values, row-major [rows, columns], gaps filled with what stood before. */
  readonly values: Float64Array
  readonly rows: number
  /** Cells that were missing, and filled. */
  readonly filled: number
  /** Days of the rows' moments, in their order; undefined where rows are only counted. */
  readonly days: Float64Array | undefined
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

/**
 * The series of a table's file, in the order of its moments.
 * @param keep the columns to take; all columns of numbers unless given
 * @throws DataError when no column of numbers is left, or a kept one is none.
 */
export async function readSeries(
  source: string,
  options: {
    readonly time?: string | undefined
    readonly keep?: readonly string[] | undefined
    readonly leaveOut?: readonly string[] | undefined
    readonly delimiter?: string | undefined
    readonly files?: Files
  } = {},
): Promise<Series> {
  const { delimiter, files } = options
  return seriesOf(await readTable(source, { delimiter, files }), options)
}

/** The series of a table that was read. */
export function seriesOf(
  table: Table,
  options: {
    readonly time?: string | undefined
    readonly keep?: readonly string[] | undefined
    readonly leaveOut?: readonly string[] | undefined
  } = {},
): Series {
  const { keep, leaveOut = [] } = options
  const moments = timeColumnOf(table, options.time)
  for (const name of leaveOut) columnOf(table, name)
  const wanted =
    keep?.map((name) => columnOf(table, name)) ??
    table.columns.filter(
      (column) =>
        column.form === "numbers" &&
        column.name !== moments?.name &&
        !leaveOut.includes(column.name),
    )
  const numbers = wanted.map((column) => {
    if (column.form === "numbers") return column
    throw new DataError(`the column "${column.name}" of ${table.name} does not hold numbers`)
  })
  if (numbers.length === 0) throw new DataError(`${table.name} has no column of numbers over time`)
  const { order, days } = orderOf(table, moments)
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
  const time =
    moments?.form === "strings"
      ? { name: moments.name, labels: order.map((row) => moments.dictionary[moments.codes[row]]) }
      : undefined
  const columns = numbers.map(({ name }) => name)
  const sorted = order.some((row, i) => row !== i)
  return { name: table.name, time, columns, values, rows: table.rows, filled, days, sorted }
}

/** The rows by their moments, and these in days. */
function orderOf(table: Table, moments: Column | undefined) {
  const order = Array.from({ length: table.rows }, (_, row) => row)
  if (moments === undefined) return { order, days: undefined }
  const days =
    moments.form === "numbers"
      ? moments.values
      : Float64Array.from(moments.codes, (code) => daysOf(moments.dictionary[code]) ?? Number.NaN)
  if (days.some(Number.isNaN)) {
    throw new DataError(
      `the column "${moments.name}" of ${table.name} holds cells that are no dates`,
    )
  }
  order.sort((a, b) => days[a] - days[b] || a - b)
  return { order, days: Float64Array.from(order, (row) => days[row]) }
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
