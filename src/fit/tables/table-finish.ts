/** What comes out of a fit for a table: figures, the comparison with simpler ways, the report. */

import type { Finish } from "../solver.ts"
import type { FittedTable } from "./fitted-table.ts"
import { figuresOf } from "./table-evaluation.ts"
import type { LabelledRows } from "./table-problem.ts"

export interface TableParts {
  readonly training: LabelledRows
  readonly validation: LabelledRows
  readonly test: LabelledRows
}

export async function finishTable(
  fitted: FittedTable,
  { validation, test }: TableParts,
  _seed: number,
): Promise<Finish> {
  const figures = async ({ rows, truth }: LabelledRows) =>
    figuresOf(fitted.task, { found: await fitted.readRows(rows), truth })
  return {
    fitted,
    validation: await figures(validation),
    test: test.rows.rows > 0 ? await figures(test) : undefined,
    standings: [],
    verdict: "",
    sections: [],
  }
}
