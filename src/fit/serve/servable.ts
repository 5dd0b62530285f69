/** What a server needs of what it serves: a fitted network of any kind, or a learnt function. */

import type { JsonSchema, Predictions } from "../solver.ts"
import type { Task } from "../task.ts"

export interface Servable {
  readonly task: Task
  readonly fitted: { readonly inputSchema: JsonSchema }
  /** The report, as one HTML page. */
  readonly report: string
  predict(rows: readonly unknown[]): Promise<Predictions>
}
