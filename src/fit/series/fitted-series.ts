/** A fitted forecaster in use: from the latest rows to those that follow. */

import { jit } from "../../array/index.ts"
import { type Files, isTableHabit, readTable, type TableHabit, tableOf } from "../../data/index.ts"
import type { BatchNetwork } from "../networks/batch-network.ts"
import type { ForecasterSettings } from "../networks/forecaster.ts"
import type { Fitted, JsonSchema, Predictions } from "../solver.ts"
import type { Task } from "../task.ts"
import { readAllWith } from "../training/inference.ts"
import { readoutOf } from "../training/programs.ts"
import { requireWeights, type Weights } from "../training/weights.ts"
import { type ColumnScaling, scaled, unscaled } from "./scaling.ts"
import { rowsOf, type Series, seriesOf } from "./series.ts"

/** What a fitted forecaster keeps beside its weights: JSON. */
export interface SeriesPreprocessing {
  readonly columns: readonly string[]
  /** Name of the column of moments. */
  readonly time: string | null
  /** How the training data were read. */
  readonly reading?: TableHabit
  readonly season: number
  readonly scaling: readonly ColumnScaling[]
}

export class FittedSeries implements Fitted {
  readonly task: Task
  readonly network: BatchNetwork
  readonly weights: Weights
  readonly preprocessing: SeriesPreprocessing
  readonly settings: ForecasterSettings
  readonly #readout

  /** @throws RangeError when the weights are not those of the network. */
  constructor(
    task: Task,
    network: BatchNetwork,
    settings: ForecasterSettings,
    weights: Weights,
    preprocessing: SeriesPreprocessing,
  ) {
    requireWeights(network, weights)
    this.task = task
    this.network = network
    this.settings = settings
    this.weights = weights
    this.preprocessing = preprocessing
    this.#readout = jit(readoutOf(network, { loss: (output) => output.mean(), readout: (o) => o }))
  }

  /** One row, as a list of the latest rows has many. */
  get inputSchema(): JsonSchema {
    const { columns } = this.preprocessing
    return {
      type: "object",
      required: [...columns],
      properties: Object.fromEntries(columns.map((name) => [name, { type: "number" }])),
    }
  }

  /** The rows that follow the given ones, of which as many as the context are needed. */
  async predict(rows: readonly unknown[]): Promise<Predictions> {
    if (rows.length === 0) return { rows: [], notes: [] }
    const { columns, time, reading: like } = this.preprocessing
    const table = tableOf("the rows", rows, { like })
    const has = time !== null && table.columns.some(({ name }) => name === time)
    return this.#forecast(seriesOf(table, { keep: columns, ...(has ? { time } : {}) }))
  }

  async predictFile(path: string, files?: Files): Promise<Predictions> {
    const { columns, time, reading: like } = this.preprocessing
    const table = await readTable(path, { files, like })
    return this.#forecast(seriesOf(table, { keep: columns, time: time ?? undefined }))
  }

  /** Forecasts behind some rows of a series: values, row-major [starts, horizon, columns]. */
  async forecasts(series: Series, starts: readonly number[]): Promise<Float64Array> {
    const { context, horizon } = this.settings
    const { columns, scaling } = this.preprocessing
    const width = columns.length
    const found = await readAllWith(
      this.#readout,
      this.weights,
      {
        count: starts.length,
        gather: (numbers) => {
          const data = new Float32Array(numbers.length * context * width)
          for (const [i, number] of numbers.entries()) {
            const start = starts[number]
            const known = scaled(rowsOf(series, start - context, start), scaling)
            data.set(known, i * context * width)
          }
          return { context: { data, shape: [numbers.length, context, width] } }
        },
      },
      horizon * width,
    )
    return unscaled(found, scaling)
  }

  async #forecast(series: Series): Promise<Predictions> {
    const { context, horizon } = this.settings
    const { columns, time } = this.preprocessing
    if (series.rows < context) {
      throw new RangeError(
        `${series.name} has ${series.rows} rows, where the latest ${context} are needed to forecast`,
      )
    }
    const values = await this.forecasts(series, [series.rows])
    const moments = following(series, horizon)
    const rows = Array.from({ length: horizon }, (_, step) => ({
      ...(moments === undefined ? { step: step + 1 } : { [time ?? "time"]: moments[step] }),
      ...Object.fromEntries(
        columns.map((name, c) => [name, values[step * columns.length + c]] as const),
      ),
    }))
    const notes =
      series.filled === 0 ? [] : [`${series.filled} missing cells have the value before them`]
    return { rows, notes }
  }
}

const dayMilliseconds = 86_400_000
/** Digits of a sum of float64 that are those of the decimals it is of: 10.3, and not 10.299999999999999. */
const surelyExact = 14

/** The moments after the last, in its form: months go on as months, else by equal steps. */
function following({ time, moments, rows }: Series, count: number) {
  if (time === undefined || moments === undefined) return undefined
  const last = moments[rows - 1]
  const step = rows > 1 ? last - moments[rows - 2] : 0
  if (!time.areDates) {
    return Array.from({ length: count }, (_, i) =>
      Number((last + (i + 1) * step).toPrecision(surelyExact)),
    )
  }
  const form = time.labels[rows - 1]
  const date = (days: number): Date => new Date(Math.round(days * dayMilliseconds))
  const monthly = step >= 28 && step <= 31
  return Array.from({ length: count }, (_, i) => {
    const at = date(monthly ? last : last + (i + 1) * step)
    if (monthly) at.setUTCMonth(at.getUTCMonth() + i + 1)
    const text = at.toISOString()
    if (/^\d{4}-\d{2}$/.test(form)) return text.slice(0, 7)
    if (/^\d{4}-\d{2}-\d{2}$/.test(form)) return text.slice(0, 10)
    return text.slice(0, 19).replace("T", form.includes("T") ? "T" : " ")
  })
}

export function isSeriesPreprocessing(value: unknown): value is SeriesPreprocessing {
  const { columns, scaling, season, reading }: Partial<Record<string, unknown>> = Object(value)
  const isRead = reading === undefined || isTableHabit(reading)
  return isRead && Array.isArray(columns) && Array.isArray(scaling) && typeof season === "number"
}
