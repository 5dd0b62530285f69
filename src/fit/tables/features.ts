/**
 * Preprocessing of tables: what was learned of each column from training rows, as JSON, and what it
 * makes of any rows. Numbers are brought to a normal distribution by their quantiles; categories
 * become codes, of which 0 is for those that training did not see.
 */

import { type Column, columnOf, daysOf, kindOf, stringsOf, type Table } from "../../data/index.ts"
import type { HostBatch } from "../training/examples.ts"
import { normalQuantile } from "./normal.ts"

/** A number made of a cell. */
export type ColumnPart = "value" | "days" | "month" | "weekday" | "hour" | "missing"

export interface NumberFeature {
  readonly column: string
  readonly part: ColumnPart
  /** Values, rising, at which the normal scores are known; straight lines between them. */
  readonly knots: readonly number[]
  readonly scores: readonly number[]
  /** What a missing cell counts as. */
  readonly median: number
}

export interface CategoryFeature {
  readonly column: string
  /** Known categories; their codes are their places + 1, or + 2 where missing cells have code 1. */
  readonly categories: readonly string[]
  readonly missing: boolean
}

export interface TableFeatures {
  readonly numbers: readonly NumberFeature[]
  readonly categories: readonly CategoryFeature[]
}

/** Rows of a table as a network takes them. */
export interface FeatureRows {
  readonly rows: number
  /** float32[rows, numbers] */
  readonly numbers: Float32Array
  /** int32[rows, categories] */
  readonly categories: Int32Array
}

/** Categories that a column may have; rarer ones count as unknown. */
const mostCategories = 1000
/** Knots of a quantile transform at most. */
const mostKnots = 200

/** Learns the features of some columns from a table of training rows. */
export function learnFeatures(table: Table, inputs: readonly string[]): TableFeatures {
  const numbers: NumberFeature[] = []
  const categories: CategoryFeature[] = []
  for (const name of inputs) {
    const column = columnOf(table, name)
    const kind = kindOf(column)
    if (kind === "number" || kind === "date") numbers.push(...numberFeatures(column, kind))
    else categories.push(categoryFeature(column))
  }
  return { numbers, categories }
}

function numberFeatures(column: Column, kind: "number" | "date"): NumberFeature[] {
  const parts: readonly ColumnPart[] =
    kind === "number" ? ["value"] : ["days", "month", "weekday", "hour"]
  const features = parts.flatMap((part) => {
    const values = partOf(column, part)
    const known = values.filter((value) => !Number.isNaN(value)).sort()
    if (known.length === 0 || known[0] === known[known.length - 1]) return []
    const median = known[Math.floor(known.length / 2)]
    return [{ column: column.name, part, median, ...quantileScores(known) }]
  })
  const missing = partOf(column, "missing").some((value) => value === 1)
  const flag: NumberFeature = {
    column: column.name,
    part: "missing",
    knots: [0, 1],
    scores: [0, 1],
    median: 0,
  }
  return missing ? [...features, flag] : features
}

function categoryFeature(column: Column): CategoryFeature {
  const { codes, dictionary } = stringsOf(column)
  const counts = new Uint32Array(dictionary.length)
  let missing = false
  for (const code of codes) {
    if (code < 0) missing = true
    else counts[code]++
  }
  const order = Array.from(counts.keys()).sort((a, b) => counts[b] - counts[a] || a - b)
  // A category that was seen once says more about its row than about its kind.
  const often = order.filter((code) => counts[code] > 1 || codes.length < 200)
  const categories = often.slice(0, mostCategories).map((code) => dictionary[code])
  return { column: column.name, categories, missing }
}

/** One number for each row; NaN where the cell is missing. */
export function partOf(column: Column, part: ColumnPart): Float64Array {
  if (part === "missing") {
    return column.form === "numbers"
      ? column.values.map((value) => (Number.isNaN(value) ? 1 : 0))
      : Float64Array.from(column.codes, (code) => (code < 0 ? 1 : 0))
  }
  if (part === "value") {
    if (column.form === "numbers") return column.values
    const none = new Float64Array(column.codes.length)
    return none.fill(Number.NaN)
  }
  const { codes, dictionary } = stringsOf(column)
  const of = dictionary.map((text) => datePart(daysOf(text), part))
  return Float64Array.from(codes, (code) => (code < 0 ? Number.NaN : of[code]))
}

function datePart(days: number | undefined, part: ColumnPart): number {
  if (days === undefined) return Number.NaN
  const date = new Date(days * 86_400_000)
  switch (part) {
    case "month":
      return date.getUTCMonth() + 1
    case "weekday":
      return date.getUTCDay()
    case "hour":
      return date.getUTCHours() + date.getUTCMinutes() / 60
    default:
      return days
  }
}

/** Normal scores at the quantiles of sorted values; ties share the middle of their ranks. */
function quantileScores(sorted: Float64Array): { knots: number[]; scores: number[] } {
  const n = sorted.length
  // Evenly over the ranks, each end included.
  const kept: { value: number; rank: number }[] = []
  let next = 0
  for (let from = 0; from < n; ) {
    let to = from
    while (to < n && sorted[to] === sorted[from]) to++
    const rank = (from + to) / 2 / n
    if (rank >= next || to === n) {
      kept.push({ value: sorted[from], rank })
      next = rank + 1 / mostKnots
    }
    from = to
  }
  const edge = 0.5 / (n + 1)
  const score = (rank: number): number =>
    normalQuantile(Math.min(1 - edge, Math.max(edge, Math.min(0.9995, Math.max(0.0005, rank)))))
  return { knots: kept.map(({ value }) => value), scores: kept.map(({ rank }) => score(rank)) }
}

/** The score of a value, by straight lines between knots; held at the ends. */
function scoreAt({ knots, scores, median }: NumberFeature, given: number): number {
  const value = Number.isNaN(given) ? median : given
  const last = knots.length - 1
  if (value <= knots[0]) return scores[0]
  if (value >= knots[last]) return scores[last]
  let low = 0
  let high = last
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (knots[middle] <= value) low = middle
    else high = middle
  }
  const share = (value - knots[low]) / (knots[high] - knots[low])
  return scores[low] + share * (scores[high] - scores[low])
}

/** Rows as a network takes them. */
export function featureRows(table: Table, { numbers, categories }: TableFeatures): FeatureRows {
  const { rows } = table
  const scores = new Float32Array(rows * numbers.length)
  for (const [i, feature] of numbers.entries()) {
    const own = scoresOf(table, feature)
    for (let row = 0; row < rows; row++) scores[row * numbers.length + i] = own[row]
  }
  const codes = new Int32Array(rows * categories.length)
  for (const [i, feature] of categories.entries()) {
    const own = codesOf(table, feature)
    for (let row = 0; row < rows; row++) codes[row * categories.length + i] = own[row]
  }
  return { rows, numbers: scores, categories: codes }
}

/** One number of each row, as a network takes it. */
export function scoresOf(table: Table, feature: NumberFeature): Float32Array {
  const values = partOf(columnOf(table, feature.column), feature.part)
  const scores = new Float32Array(values.length)
  for (let row = 0; row < scores.length; row++) scores[row] = scoreAt(feature, values[row])
  return scores
}

/** One category of each row, as a network takes it. */
export function codesOf(
  table: Table,
  { column, categories, missing }: CategoryFeature,
): Int32Array {
  const strings = stringsOf(columnOf(table, column))
  const offset = missing ? 2 : 1
  const places = new Map(categories.map((category, i) => [category, i + offset]))
  const of = strings.dictionary.map((text) => places.get(text) ?? 0)
  return strings.codes.map((code) => (code < 0 ? (missing ? 1 : 0) : of[code]))
}

/** Number of codes of a category feature, the unknown one included. */
export function cardinalityOf({ categories, missing }: CategoryFeature): number {
  return categories.length + (missing ? 2 : 1)
}

/** Some rows as a batch: `numbers` and `categories`, each where there are any. */
export function batchOf(
  { numbers, categories }: FeatureRows,
  counts: readonly [numbers: number, categories: number],
  chosen: Uint32Array,
): HostBatch {
  const batch: Record<string, HostBatch[string]> = {}
  const take = <T extends Float32Array | Int32Array>(from: T, width: number, into: T): T => {
    for (let i = 0; i < chosen.length; i++) {
      for (let j = 0; j < width; j++) into[i * width + j] = from[chosen[i] * width + j]
    }
    return into
  }
  const [n, c] = counts
  const rows = chosen.length
  if (n > 0)
    batch.numbers = { data: take(numbers, n, new Float32Array(rows * n)), shape: [rows, n] }
  if (c > 0) {
    batch.categories = { data: take(categories, c, new Int32Array(rows * c)), shape: [rows, c] }
  }
  return batch
}

/**
 * Edges of bins for piecewise-linear embeddings of one column: about as many rows in each, but a value
 * that fills more than a bin alone counts as one bin, so that the rarer values beside it are still told
 * apart.
 */
export function binEdges(scores: Float32Array, bins: number): number[] {
  const edges = edgesOf(countsOf(scores.slice().sort()), bins)
  return edges.length > 1 ? edges : [edges[0], edges[0] + 1]
}

/** The different values, rising, and how often each occurs. */
interface Counted {
  readonly values: Float32Array
  readonly counts: Uint32Array
}

function countsOf(sorted: Float32Array): Counted {
  const values = new Float32Array(sorted.length)
  const counts = new Uint32Array(sorted.length)
  let last = -1
  for (const value of sorted) {
    if (last < 0 || values[last] !== value) values[++last] = value
    counts[last]++
  }
  return { values: values.subarray(0, last + 1), counts: counts.subarray(0, last + 1) }
}

function edgesOf({ values, counts }: Counted, bins: number): number[] {
  if (values.length <= bins + 1) return [...values]
  // Each value counts for no more than one bin's share of what is counted so.
  let share = counts.reduce((sum, count) => sum + count, 0) / bins
  for (let round = 0; round < 20; round++) {
    share = counts.reduce((sum, count) => sum + Math.min(count, share), 0) / bins
  }
  const edges = [values[0]]
  let filled = 0
  for (let i = 1; i < values.length; i++) {
    filled += Math.min(counts[i], share)
    if (filled < share) continue
    edges.push(values[i])
    filled -= share
  }
  const last = values[values.length - 1]
  return edges[edges.length - 1] === last ? edges : [...edges, last]
}
