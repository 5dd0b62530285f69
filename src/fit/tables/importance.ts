/**
 * Permutation importance: how much worse the metric becomes when one input's cells are shuffled.
 * Source: Breiman, "Random Forests" (2001), section 10; Fisher, Rudin and Dominici (2019).
 */

import { columnOf, selectRows, type Table } from "../../data/index.ts"
import { shuffled } from "../training/shuffled.ts"
import { featureRows } from "./features.ts"
import type { FittedTable } from "./fitted-table.ts"
import { figuresOf } from "./table-evaluation.ts"
import type { LabelledRows } from "./training-rows.ts"

export interface Importance {
  readonly input: string
  /** By how much the metric is worse; negative where it is better by chance. */
  readonly worse: number
}

/** Rows that are looked at. */
const mostRows = 2000
/** Inputs that are looked at. */
const mostInputs = 100

/** The importance of each input, the greatest first. */
export async function importances(
  fitted: FittedTable,
  { table, truth }: LabelledRows,
  seed: number,
): Promise<Importance[]> {
  const { task, preprocessing } = fitted
  const count = Math.min(mostRows, table.rows)
  const order = await shuffled(count, seed + 17)
  const some = selectRows(
    table,
    Uint32Array.from({ length: count }, (_, i) => i),
  )
  const own = truth.slice(0, count)
  const metricOf = async (given: Table): Promise<number> => {
    const found = await fitted.readRows(featureRows(given, preprocessing.features))
    return figuresOf(task, { found, truth: own })[task.metric.name]
  }
  const base = await metricOf(some)
  const results: Importance[] = []
  for (const input of task.inputs.slice(0, mostInputs)) {
    const alone = { ...some, columns: [columnOf(some, input)] }
    const [shuffledColumn] = selectRows(alone, order).columns
    const columns = some.columns.map((column) => (column.name === input ? shuffledColumn : column))
    const score = await metricOf({ ...some, columns })
    results.push({ input, worse: task.metric.higher ? base - score : score - base })
  }
  return results.sort((a, b) => b.worse - a.worse)
}
