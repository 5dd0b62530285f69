/** A series, ready to be learned from. */

import { type Files, habitOf } from "../../data/index.ts"
import { DataError, type Finding, SettingError } from "../finding.ts"
import {
  type ForecasterSettings,
  forecaster,
  forecasters,
  isForecaster,
} from "../networks/forecaster.ts"
import { readingFindings } from "../reading-findings.ts"
import { requireRead } from "../settings.ts"
import type { NetworkChoice, Problem, SolverOptions } from "../solver.ts"
import { metrics, type Task } from "../task.ts"
import type { Examples } from "../training/examples.ts"
import { readAll } from "../training/inference.ts"
import type { Objective } from "../training/objective.ts"
import type { DescentPrograms } from "../training/programs.ts"
import { adamRecipe } from "../training/recipe.ts"
import type { NamedArrays } from "../training/weights.ts"
import { FittedSeries, type SeriesPreprocessing } from "./fitted-series.ts"
import { scaled, scalingOf } from "./scaling.ts"
import { type Cut, columnValues, readSeries, rowsOf, type Series, seasonOf } from "./series.ts"
import { windowsOf } from "./series-examples.ts"
import { finishSeries } from "./series-finish.ts"

/** Squares of differences of scaled values. */
const forecastSquares: Objective = {
  loss(output, { target }) {
    const difference = output.sub(target)
    return difference.mul(difference).mean()
  },
  readout: (output) => output,
}

/** Series of fewer rows hold out one horizon each; longer ones a share. */
const shortSeries = 2000

export async function seriesProblem(
  source: string,
  options: SolverOptions,
  files: Files,
): Promise<Problem> {
  if (options.task !== undefined && options.task !== "forecast") {
    throw new SettingError(`task is ${options.task}, where a series has only forecast`)
  }
  if (options.test !== undefined) {
    throw new SettingError("a series is judged by its own last rows: give no other test data")
  }
  requireRead(options, "a series")
  const { time, leaveOut, delimiter, header, commas, seed } = options
  const series = await readSeries(source, { time, leaveOut, delimiter, header, commas, files })
  const target = options.target
  if (target !== undefined && !series.columns.includes(target)) {
    throw new SettingError(
      `target is ${target}, which must be one of the columns ${series.columns.join(", ")}`,
    )
  }
  const column = target === undefined ? series.columns.length - 1 : series.columns.indexOf(target)
  const season = seasonOf(columnValues(series, column))
  const { context, horizon } = extents(series, season, options)
  const cut = split(series, horizon, options)
  const width = series.columns.length
  const training = rowsOf(series, 0, cut.training)
  const scaling = scalingOf(training, width, season)
  const values = scaled(series.values, scaling)
  const stretch = (first: number, end: number) =>
    windowsOf({ values, columns: width, first, end }, context, horizon)
  const examples = stretch(0, cut.training)
  const look = stretch(cut.training, cut.validation)
  if (examples.count < 1 || look.count < 1) {
    throw new DataError(
      `${series.name} has ${series.rows} rows, too few to learn ${horizon} rows from the ` +
        `${context} before and to hold out as many twice: give a shorter --horizon or --context`,
    )
  }
  const task: Task = {
    kind: "series",
    goal: "forecast",
    inputs: [...series.columns],
    target: target ?? series.columns.join(", "),
    metric: metrics.mse,
  }
  const preprocessing: SeriesPreprocessing = {
    columns: series.columns,
    time: series.time?.name ?? null,
    reading: habitOf(series.table, options),
    season,
    scaling,
  }
  return {
    task,
    reasons: [
      series.time === undefined
        ? "the rows are moments in their order"
        : `the column "${series.time.name}" holds moments`,
      `the season of ${series.columns[column]} is ${season === 1 ? "none" : `${season} rows`}`,
      `${horizon} rows are forecast from the ${context} before`,
      ...logarithms(series, scaling),
    ],
    findings: [...readingFindings(series.table), ...findingsOf(series)],
    split: {
      training: examples.count,
      validation: look.count,
      test: Math.max(0, series.rows - horizon - cut.validation + 1),
      how:
        `by time: rows 1 to ${cut.training} to learn from, to ${cut.validation} to choose by, ` +
        `to ${series.rows} to judge by; counted are windows`,
    },
    fingerprint: `${series.rows}-${width}-${context}-${horizon}-${hash(values).toString(16)}-${seed}`,
    examples,
    choices: choices(options.network, context, horizon, examples.count),
    objective: forecastSquares,
    wantedSteps: Math.max(300, Math.min(3000, Math.floor(examples.count / 8))),
    mostEpochs: examples.count < 1000 ? 400 : 40,
    secondsAfter: 2 + series.rows / 10_000,
    check: async (_choice, programs, weights) => {
      const score = await meanSquare(programs, weights, look, horizon * width)
      return { score, loss: score }
    },
    finish: (choice, weights) => {
      const { settings } = choice.network
      if (!isForecaster(settings)) throw new TypeError("a series has another network")
      const fitted = new FittedSeries(task, choice.network, settings, weights, preprocessing)
      return finishSeries(fitted, series, cut, column)
    },
  }
}

function split(series: Series, horizon: number, options: SolverOptions): Cut {
  const { rows } = series
  const part = (share: number | undefined): number => {
    if (share !== undefined) return Math.max(horizon, Math.floor(share * rows))
    return rows < shortSeries ? horizon : Math.floor(0.2 * rows)
  }
  const validation = rows - part(options.testShare)
  return { validation, training: validation - part(options.validationShare) }
}

function extents(series: Series, season: number, options: SolverOptions) {
  const { rows } = series
  const usual = Math.max(1, Math.min(rows < shortSeries ? 2 * season : 96, Math.floor(rows / 6)))
  const { horizon = usual } = options
  const left = rows - (rows < shortSeries ? 3 * horizon : Math.floor(0.4 * rows))
  const wide = rows < shortSeries ? Math.max(3 * season, 8) : 336
  const { context = Math.max(2, Math.min(wide, Math.floor(left / 2))) } = options
  for (const [name, value] of Object.entries({ horizon, context })) {
    if (!Number.isInteger(value) || value < 1) {
      throw new SettingError(`${name} is ${value}, which must be a whole number of at least 1`)
    }
  }
  return { context, horizon }
}

const sizes = {
  xs: { width: 16, layers: 1, heads: 4, dropout: 0.2, rate: 2e-3 },
  s: { width: 16, layers: 3, heads: 4, dropout: 0.3, rate: 1e-3 },
  m: { width: 64, layers: 3, heads: 8, dropout: 0.3, rate: 5e-4 },
  l: { width: 128, layers: 3, heads: 16, dropout: 0.2, rate: 2e-4 },
} as const

function choices(
  network: string | undefined,
  context: number,
  horizon: number,
  count: number,
): NetworkChoice[] {
  const batch = count < 1000 ? 16 : 64
  const recipe = { ...adamRecipe, batch, weightDecay: 1e-4 }
  const known = forecasters.find((name) => name === (network ?? "dlinear"))
  if (known === undefined) {
    throw new SettingError(`network is ${network}, which must be one of ${forecasters.join(", ")}`)
  }
  if (known === "dlinear") {
    const settings: ForecasterSettings = { architecture: "dlinear", context, horizon }
    return [{ size: "s", network: forecaster(settings), recipe: { ...recipe, rate: 1e-3 } }]
  }
  const patch = Math.max(1, Math.min(16, Math.floor(context / 3)))
  const stride = Math.max(1, Math.floor(patch / 2))
  return Object.entries(sizes).map(([size, { rate, ...shape }]) => {
    const cut = { context, horizon, patch, stride }
    const settings: ForecasterSettings = { architecture: "patchtst", ...cut, ...shape }
    return { size, network: forecaster(settings), recipe: { ...recipe, rate } }
  })
}

/** The mean square of differences over all windows, in scaled values. */
async function meanSquare(
  programs: DescentPrograms,
  weights: NamedArrays,
  examples: Examples,
  width: number,
): Promise<number> {
  const found = await readAll(programs.readout, weights, examples, width)
  const numbers = Uint32Array.from({ length: examples.count }, (_, i) => i)
  const { target } = await examples.gather(numbers)
  return (
    found.reduce((sum, value, i) => sum + (value - Number(target.data[i])) ** 2, 0) / found.length
  )
}

function findingsOf({ filled, values, name, moments, sorted, time }: Series): Finding[] {
  const findings: Finding[] = []
  const column = `column "${time?.name}" of ${name}`
  if (sorted) {
    findings.push({
      name: "unsorted-time",
      severity: "note",
      message: `the rows are not in the order of the ${column}: they are put into it`,
    })
  }
  const uneven = moments === undefined ? undefined : unevenSteps(moments)
  if (uneven !== undefined) {
    const { count, usual, row } = uneven
    const [from, to] = [time?.labels[row] ?? row + 1, time?.labels[row + 1] ?? row + 2]
    findings.push({
      name: "uneven-steps",
      severity: "warning",
      message:
        `the ${column} goes on by ${time?.areDates ? daysText(usual) : amount(usual)}, but not ${count} times, first from ${from} to ${to}: ` +
        "rows are taken to be evenly apart, so fill in what is missing and leave out what is there twice",
    })
  }
  if (filled > 0) {
    const share = ((100 * filled) / values.length).toFixed(1)
    findings.push({
      name: "gaps",
      severity: "warning",
      message: `${filled} cells of ${name} (${share} %) are missing: each has the value before it`,
    })
  }
  return findings
}

/** Months and years are of uneven length: that much from the usual step is none. */
const evenWithin = 0.15
/** Where more steps than this are uneven there is no usual one, as in days of trade. */
const mostUneven = 0.1

/** Steps that differ from the usual one, and the row before the first of them; undefined where none does. */
function unevenSteps(moments: Float64Array) {
  const steps = moments.subarray(1).map((moment, i) => moment - moments[i])
  const usual = Float64Array.from(steps).sort()[Math.floor(steps.length / 2)] ?? 0
  const isUneven = (step: number): boolean => Math.abs(step - usual) > evenWithin * usual
  const count = steps.filter(isUneven).length
  if (count === 0 || count > mostUneven * steps.length) return undefined
  return { count, usual, row: steps.findIndex(isUneven) }
}

const units: readonly (readonly [name: string, perDay: number])[] = [
  ["day", 1],
  ["hour", 24],
  ["minute", 1440],
  ["second", 86_400],
]

/** In the largest unit of which there is one at least. */
function daysText(days: number): string {
  const [unit, perDay] = units.find(([, each]) => days * each >= 1 - 1e-9) ?? ["second", 86_400]
  const rounded = amount(days * perDay)
  return `${rounded} ${unit}${rounded === 1 ? "" : "s"}`
}

function amount(value: number): number {
  return Number(value.toPrecision(3))
}

function logarithms(series: Series, scaling: SeriesPreprocessing["scaling"]): string[] {
  const names = series.columns.filter((_, i) => scaling[i].logarithm)
  if (names.length === 0) return []
  return [`${names.join(", ")} swing more where they are higher: their logarithms are learned`]
}

function hash(values: Float32Array): number {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length)
  return words.reduce((sum, word) => (Math.imul(sum, 31) + word) >>> 0, 0)
}
