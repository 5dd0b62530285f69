/** The solver for series: a row of the table of solvers. */

import type { Table } from "../../data/index.ts"
import { forecaster, forecasters, isForecaster } from "../networks/forecaster.ts"
import type { Fitted, FittedParts, Solver } from "../solver.ts"
import { FittedSeries, isSeriesPreprocessing } from "./fitted-series.ts"
import { timeColumnOf } from "./series.ts"
import { seriesProblem } from "./series-problem.ts"

const endings = /\.(csv|tsv|jsonl|ndjson|json|parquet|pq|arrow|feather)(\.gz|\.zst)?$/i

export const seriesSolver: Solver = {
  kind: "series",
  takes: "a table of numbers with a column of dates, one row for each moment, to forecast",
  recognises: async (source, { rows }) => endings.test(source) && looksLikeSeries(await rows()),
  prepare: seriesProblem,
  restore({ task, network, preprocessing, weights }: FittedParts): Fitted {
    if (!isForecaster(network)) {
      throw new SyntaxError(
        `its network is of the architecture ${network.architecture}, ` +
          `where ${forecasters.join(", ")} are known`,
      )
    }
    if (!isSeriesPreprocessing(preprocessing))
      throw new SyntaxError("its preprocessing is malformed")
    return new FittedSeries(task, forecaster(network), network, weights, preprocessing)
  },
}

/** Whether the first column holds rising dates, each once, and all others numbers. */
function looksLikeSeries(table: Table | undefined): boolean {
  if (table === undefined || table.rows < 24 || table.columns.length < 2) return false
  const [first, ...others] = table.columns
  if (timeColumnOf(table, undefined) !== first || first.form !== "strings") return false
  return (
    first.dictionary.length === table.rows && others.every((column) => column.form === "numbers")
  )
}
