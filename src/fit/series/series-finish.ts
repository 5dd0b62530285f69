/** What comes out of a fit for a series: figures, the comparison with simple ways, the report. */

import { paragraph } from "../report/html.ts"
import type { Section } from "../report/section.ts"
import { plot } from "../report/svg.ts"
import type { Finish, Standing } from "../solver.ts"
import type { FittedSeries } from "./fitted-series.ts"
import { holtWinters, seasonalNaive } from "./holt-winters.ts"
import { scaled } from "./scaling.ts"
import { type Cut, columnValues, type Series } from "./series.ts"

/** Windows on which the network and the simple ways are compared, at most. */
const mostCompared = 60
/** Rows of history that simple ways look at, at most. */
const mostHistory = 1000

export async function finishSeries(
  fitted: FittedSeries,
  series: Series,
  cut: Cut,
  column: number,
): Promise<Finish> {
  const { horizon } = fitted.settings
  const figures = async (first: number, end: number) =>
    figuresOf(fitted, series, startsOf(fitted, first, end - horizon))
  const validation = await figures(cut.training, cut.validation)
  const starts = startsOf(fitted, cut.validation, series.rows - horizon)
  const test = starts.length === 0 ? undefined : await figures(cut.validation, series.rows)
  const compared = spread(
    starts.length > 0 ? starts : startsOf(fitted, cut.training, cut.validation - horizon),
    mostCompared,
  )
  const standings = await compare(fitted, series, compared)
  const [own, ...others] = standings
  const best = others.reduce((a, b) => (b.score < a.score ? b : a))
  const verdict =
    own.score < best.score
      ? `The network forecasts better than ${best.name}: an MSE of ${own.score.toFixed(4)} against ` +
        `${best.score.toFixed(4)}.`
      : `The network does not beat ${best.name}: an MSE of ${own.score.toFixed(4)} against ` +
        `${best.score.toFixed(4)}; take that until there are more rows to learn from.`
  const last = compared[compared.length - 1]
  const sections = [await pictureOf(fitted, series, last, column)]
  return { fitted, validation, test, standings, verdict, sections }
}

/** First rows of windows whose context exists. */
function startsOf({ settings }: FittedSeries, first: number, last: number): number[] {
  const from = Math.max(first, settings.context)
  return Array.from({ length: Math.max(0, last - from + 1) }, (_, i) => from + i)
}

function spread(starts: readonly number[], most: number): number[] {
  const stride = Math.max(1, starts.length / most)
  const count = Math.min(most, starts.length)
  return Array.from(
    { length: count },
    (_, i) => starts[Math.min(starts.length - 1, Math.round((i + 1) * stride) - 1)],
  )
}

/** Errors in scaled values, over all windows, steps and columns. */
async function figuresOf(
  fitted: FittedSeries,
  series: Series,
  starts: readonly number[],
): Promise<Record<string, number>> {
  const { scaling } = fitted.preprocessing
  const found = scaled(await fitted.forecasts(series, starts), scaling)
  const truth = truthOf(fitted, series, starts)
  let [square, absolute] = [0, 0]
  for (const [i, value] of found.entries()) {
    square += (value - truth[i]) ** 2
    absolute += Math.abs(value - truth[i])
  }
  return { MSE: square / found.length, MAE: absolute / found.length }
}

/** The scaled values that were to be forecast. */
function truthOf(fitted: FittedSeries, series: Series, starts: readonly number[]): Float32Array {
  const { scaling, columns } = fitted.preprocessing
  const size = fitted.settings.horizon * columns.length
  const all = new Float32Array(starts.length * size)
  for (const [i, start] of starts.entries()) {
    const from = start * columns.length
    all.set(scaled(series.values.subarray(from, from + size), scaling), i * size)
  }
  return all
}

/** The network and simple ways on the same windows, by MSE of scaled values. */
async function compare(
  fitted: FittedSeries,
  series: Series,
  starts: readonly number[],
): Promise<Standing[]> {
  const { scaling, columns, season } = fitted.preprocessing
  const { horizon } = fitted.settings
  const width = columns.length
  const truth = truthOf(fitted, series, starts)
  const mean = (values: Float32Array): number =>
    values.reduce((sum, value, i) => sum + (value - truth[i]) ** 2, 0) / values.length
  const own = mean(scaled(await fitted.forecasts(series, starts), scaling))
  const simple = (way: (history: Float64Array) => number[]): number => {
    const values = new Float64Array(truth.length)
    for (let c = 0; c < width; c++) {
      const column = columnValues(series, c)
      for (const [i, start] of starts.entries()) {
        const found = way(column.subarray(Math.max(0, start - mostHistory), start))
        for (let step = 0; step < horizon; step++) {
          values[(i * horizon + step) * width + c] = found[step]
        }
      }
    }
    return mean(scaled(values, scaling))
  }
  return [
    { name: "this network", score: own },
    { name: "Holt–Winters", score: simple((history) => holtWinters(history, season, horizon)) },
    {
      name: "the season before",
      score: simple((history) => seasonalNaive(history, season, horizon)),
    },
    { name: "the last value", score: simple((history) => seasonalNaive(history, 1, horizon)) },
  ]
}

/** The last forecast that can be judged, beside what came. */
async function pictureOf(
  fitted: FittedSeries,
  series: Series,
  start: number,
  column: number,
): Promise<Section> {
  const { context, horizon } = fitted.settings
  const { columns } = fitted.preprocessing
  const found = await fitted.forecasts(series, [start])
  const values = columnValues(series, column)
  const shown = Math.min(context, 3 * horizon)
  const known = Array.from({ length: shown + horizon }, (_, i): [number, number] => {
    const row = start - shown + i
    return [row, values[row]]
  })
  const forecast = Array.from({ length: horizon }, (_, i): [number, number] => [
    start + i,
    found[i * columns.length + column],
  ])
  const picture = plot(
    [
      { name: "measured", points: known },
      { name: "forecast", points: forecast, colour: 1 },
    ],
    {
      x: "row",
      y: columns[column],
      title: `${columns[column]}: the last forecast that can be judged`,
    },
  )
  return {
    title: "Forecast beside what came",
    html: picture + paragraph(`${horizon} rows are forecast from the ${context} before them.`),
  }
}
