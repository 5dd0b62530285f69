/** The solver for tables: a row of the table of solvers. */

import { isTableHabit } from "../../data/index.ts"
import type { Fitted, FittedParts, Solver } from "../solver.ts"
import type { TableFeatures } from "./features.ts"
import { FittedTable } from "./fitted-table.ts"
import type { TablePreprocessing } from "./known-form.ts"
import { type TableSettings, tableArchitectures, tableNetwork } from "./table-networks.ts"
import { tableProblem } from "./table-problem.ts"
import type { TableTask } from "./table-task.ts"

const endings = /\.(csv|tsv|jsonl|ndjson|json|parquet|pq|arrow|feather)(\.gz|\.zst)?$/i

export const tableSolver: Solver = {
  kind: "table",
  takes: "a table: CSV, TSV, JSON lines, Parquet or Arrow, one row for each example",
  recognises: async (source) => endings.test(source),
  prepare: tableProblem,
  restore({ task, network, preprocessing: saved, weights }: FittedParts): Fitted {
    if (!isTableTask(task)) throw new SyntaxError("its task is none of a table")
    if (!isSettings(network)) {
      throw new SyntaxError(
        `its network is of the architecture ${network.architecture}, ` +
          `where ${tableArchitectures.join(", ")} are known`,
      )
    }
    const preprocessing = withReading(saved)
    if (!isPreprocessing(preprocessing)) throw new SyntaxError("its preprocessing is malformed")
    return new FittedTable(task, tableNetwork(network), weights, preprocessing)
  },
}

function isTableTask(task: FittedParts["task"]): task is TableTask {
  return task.kind === "table" && (task.goal === "classification" || task.goal === "regression")
}

function isSettings(network: FittedParts["network"]): network is TableSettings {
  const { edges, cardinalities }: Partial<Record<string, unknown>> = { ...network }
  const known = tableArchitectures.some((name) => name === network.architecture)
  return known && Array.isArray(edges) && Array.isArray(cardinalities)
}

/** Networks of before know what commas meant in all columns, and no more of how their data were read. */
function withReading(preprocessing: unknown): unknown {
  const { commas, ...others }: Partial<Record<string, unknown>> = Object(preprocessing)
  return commas === undefined ? preprocessing : { ...others, reading: { commas } }
}

function isPreprocessing(value: unknown): value is TablePreprocessing {
  const { features, scaling, ignored, reading }: Partial<Record<string, unknown>> = Object(value)
  const isRead = reading === undefined || isTableHabit(reading)
  return isRead && isFeatures(features) && typeof scaling === "object" && Array.isArray(ignored)
}

function isFeatures(value: unknown): value is TableFeatures {
  const { numbers, categories }: Partial<Record<string, unknown>> = Object(value)
  return Array.isArray(numbers) && Array.isArray(categories)
}
