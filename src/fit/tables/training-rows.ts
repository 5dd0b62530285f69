/** Training rows as batches: of rows in memory, or of a file of rows that are read as they are needed. */

import { Spill, selectRows, type Table } from "../../data/index.ts"
import type { Goal } from "../task.ts"
import type { Examples, HostBatch } from "../training/examples.ts"
import {
  batchOf,
  binEdges,
  codesOf,
  type FeatureRows,
  featureRows,
  scoresOf,
  type TableFeatures,
} from "./features.ts"
import type { TablePreprocessing } from "./known-form.ts"
import { bins } from "./table-networks.ts"

/** Rows with their targets. */
export interface LabelledRows {
  readonly table: Table
  readonly rows: FeatureRows
  /** Values as they are, or class numbers. */
  readonly truth: Float64Array
}

export interface TrainingRows {
  readonly examples: Examples
  /** Edges of the bins of each number. */
  readonly edges: readonly (readonly number[])[]
  /** All of them, or as many as memory holds: what simpler ways learn from. */
  readonly some: LabelledRows
  close(): void
}

/** How targets enter a batch. */
export interface Targets {
  readonly goal: Goal
  readonly scaling: TablePreprocessing["scaling"]
}

/** Training rows that are in memory. */
export function heldTraining(
  some: LabelledRows,
  features: TableFeatures,
  targets: Targets,
): TrainingRows {
  const { rows, numbers } = some.rows
  const width = features.numbers.length
  const edges = features.numbers.map((_, feature) =>
    binEdges(
      Float32Array.from({ length: rows }, (_, row) => numbers[row * width + feature]),
      bins,
    ),
  )
  return { examples: labelledRows(some, features, targets), edges, some, close: () => {} }
}

/** Rows and targets as the trainer takes them: a regression's targets have mean 0 and deviation 1. */
export function labelledRows(
  { rows, truth }: LabelledRows,
  features: TableFeatures,
  targets: Targets,
): Examples {
  const counts = [features.numbers.length, features.categories.length] as const
  return {
    count: rows.rows,
    gather: (chosen) => ({
      ...batchOf(rows, counts, chosen),
      target: targetOf(truth, chosen, targets),
    }),
  }
}

function targetOf(
  truth: Float64Array,
  chosen: Uint32Array,
  { goal, scaling: { mean, deviation } }: Targets,
): HostBatch[string] {
  const data =
    goal === "classification"
      ? Int32Array.from(chosen, (row) => truth[row])
      : Float32Array.from(chosen, (row) => (truth[row] - mean) / deviation)
  return { data, shape: [chosen.length] }
}

/** Bytes that are brought from columns to rows together. */
const blockBytes = 4_000_000

/**
 * Training rows that are in a file: each as its numbers and categories side by side, so that a batch
 * is read row by row, on threads of the system, while the device computes. The batches are those of
 * rows in memory, to the bit.
 * @param truth target of each row
 * @param mostHeld rows that memory holds
 */
export async function spilledTraining(
  table: Table,
  truth: Float64Array,
  features: TableFeatures,
  targets: Targets,
  mostHeld: number,
): Promise<TrainingRows> {
  const { numbers, categories } = features
  const [n, c] = [numbers.length, categories.length]
  const file = await Spill.open()
  const edges: number[][] = []
  const columns = [
    ...numbers.map((feature) => {
      const scores = scoresOf(table, feature)
      edges.push(binEdges(scores, bins))
      return file.append(scores)
    }),
    ...categories.map((feature) => file.append(codesOf(table, feature))),
  ]
  const { start, rowBytes } = rowsOfColumns(file, columns, table.rows)
  const chosen = strided(table.rows, mostHeld)
  const part = selectRows(table, chosen, true)
  return {
    edges,
    some: {
      table: part,
      rows: featureRows(part, features),
      truth: Float64Array.from(chosen, (row) => truth[row]),
    },
    examples: {
      count: table.rows,
      async gather(wanted) {
        const bytes = new Uint8Array(wanted.length * rowBytes)
        const reads = Array.from(wanted, (row, i) =>
          file.readLater(bytes.subarray(i * rowBytes, (i + 1) * rowBytes), start + row * rowBytes),
        )
        await Promise.all(reads)
        const rows = wanted.length
        const batch: Record<string, HostBatch[string]> = {
          target: targetOf(truth, wanted, targets),
        }
        if (n > 0) {
          const own = new Float32Array(bytes.buffer)
          const data = cut(own, new Float32Array(rows * n), n + c, 0, n)
          batch.numbers = { data, shape: [rows, n] }
        }
        if (c > 0) {
          const own = new Int32Array(bytes.buffer)
          const data = cut(own, new Int32Array(rows * c), n + c, n, c)
          batch.categories = { data, shape: [rows, c] }
        }
        return batch
      },
    },
    close: () => file.close(),
  }
}

/** Columns of a file, each of 4 bytes a row, written behind them as rows. */
function rowsOfColumns(file: Spill, columns: readonly number[], rows: number) {
  const width = columns.length
  const rowBytes = 4 * width
  const block = Math.max(1, Math.floor(blockBytes / rowBytes))
  let start: number | undefined
  for (let from = 0; from < rows; from += block) {
    const count = Math.min(block, rows - from)
    const side = new Int32Array(count)
    const whole = new Int32Array(count * width)
    for (const [i, column] of columns.entries()) {
      file.read(side, column + 4 * from)
      for (let row = 0; row < count; row++) whole[row * width + i] = side[row]
    }
    const at = file.append(whole)
    start ??= at
  }
  return { start: start ?? 0, rowBytes }
}

/** Some columns of rows that are `width` wide. */
function cut<T extends Float32Array | Int32Array>(
  from: T,
  into: T,
  width: number,
  first: number,
  count: number,
): T {
  for (let row = 0; row * count < into.length; row++) {
    for (let i = 0; i < count; i++) into[row * count + i] = from[row * width + first + i]
  }
  return into
}

/** Numbers below a count, spread evenly: all of them where they are no more than so many. */
export function strided(count: number, most: number): Uint32Array {
  const some = Math.min(count, most)
  return Uint32Array.from({ length: some }, (_, i) => Math.floor((i * count) / some))
}

/** As many rows of a table as memory holds; all of them where it is in memory. */
export function heldPart(table: Table, mostHeld: number): Table {
  if (table.spilled === undefined && table.rows <= mostHeld) return table
  return selectRows(table, strided(table.rows, mostHeld), true)
}
