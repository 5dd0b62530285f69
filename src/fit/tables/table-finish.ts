/** What comes out of a fit for a table: figures, the comparison with simpler ways, the report. */

import type { Finish } from "../solver.ts"
import type { FittedTable } from "./fitted-table.ts"
import { importances } from "./importance.ts"
import { type BaselineStanding, verdictOf } from "./table-baselines.ts"
import { figuresOf, type Judged } from "./table-evaluation.ts"
import { tableSections } from "./table-sections.ts"
import type { LabelledRows } from "./training-rows.ts"

export interface TableParts {
  readonly validation: LabelledRows
  /** Without rows where all were needed. */
  readonly test: LabelledRows
  readonly baselines: readonly BaselineStanding[]
}

export async function finishTable(
  fitted: FittedTable,
  { validation, test, baselines }: TableParts,
  seed: number,
): Promise<Finish> {
  const { task } = fitted
  const judgedOf = async ({ rows, truth }: LabelledRows): Promise<Judged> => ({
    found: await fitted.readRows(rows),
    truth,
  })
  const held = await judgedOf(validation)
  const isTested = test.rows.rows > 0
  const rows = isTested ? test : validation
  const judged = isTested ? await judgedOf(test) : held
  const figures = figuresOf(task, judged)
  const score = figures[task.metric.name]
  const importance = await importances(fitted, rows, seed)
  return {
    fitted,
    validation: figuresOf(task, held),
    test: isTested ? figures : undefined,
    standings: [{ name: "the network", score }, ...baselines],
    verdict: verdictOf(task, score, baselines, rows.rows.rows),
    sections: tableSections(task, judged, rows, importance),
  }
}
