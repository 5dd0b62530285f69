/** Simpler ways to the same target, on the same rows: what a network has to beat. */

import { constantBaseline } from "../baselines/constant.ts"
import type { Baseline, DenseRows } from "../baselines/dense-rows.ts"
import { linearBaseline } from "../baselines/linear.ts"
import { treesBaseline } from "../baselines/trees.ts"
import { isBetter, metricText, type Task } from "../task.ts"
import { cardinalityOf, type FeatureRows, type TableFeatures } from "./features.ts"
import { figuresOf } from "./table-evaluation.ts"
import type { TableTask } from "./table-task.ts"
import type { LabelledRows } from "./training-rows.ts"

export interface BaselineStanding {
  readonly name: string
  readonly score: number
  readonly seconds: number
}

/** Categories that get a column each in linear baselines; of others the first ones do. */
const mostColumns = 64

/** Fits the baselines on the training rows, and judges them. */
export function baselineStandings(
  task: TableTask,
  features: TableFeatures,
  parts: {
    readonly training: LabelledRows
    readonly validation: LabelledRows
    readonly judged: LabelledRows
  },
  seed: number,
): BaselineStanding[] {
  const { training, validation, judged } = parts
  const target = { truth: training.truth, classes: task.classes?.length ?? 0 }
  const codes = ({ rows }: LabelledRows): DenseRows => withCodes(rows, features)
  const columns = ({ rows }: LabelledRows): DenseRows => withColumns(rows, features)
  const held = { rows: codes(validation), truth: validation.truth }
  const ways: readonly [fit: () => Baseline, rows: (part: LabelledRows) => DenseRows][] = [
    [() => constantBaseline(target), codes],
    [() => linearBaseline(columns(training), target, seed), columns],
    [() => treesBaseline(codes(training), target, held), codes],
  ]
  return ways.map(([fit, rows]) => {
    const began = performance.now()
    const baseline = fit()
    const found = baseline.predict(rows(judged))
    const figures = figuresOf(task, { found, truth: judged.truth })
    return {
      name: baseline.name,
      score: figures[task.metric.name],
      seconds: (performance.now() - began) / 1000,
    }
  })
}

/** Numbers, and each category column by its code: for trees. */
function withCodes({ rows, numbers, categories }: FeatureRows, features: TableFeatures): DenseRows {
  const n = features.numbers.length
  const c = features.categories.length
  const values = new Float32Array(rows * (n + c))
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < n; i++) values[row * (n + c) + i] = numbers[row * n + i]
    for (let i = 0; i < c; i++) values[row * (n + c) + n + i] = categories[row * c + i]
  }
  return { rows, width: n + c, values }
}

/** Numbers, and a column of 0 and 1 for each category: for linear models. */
function withColumns(
  { rows, numbers, categories }: FeatureRows,
  features: TableFeatures,
): DenseRows {
  const n = features.numbers.length
  const c = features.categories.length
  const counts = features.categories.map((one) => Math.min(mostColumns, cardinalityOf(one)))
  const starts = counts.map((_, i) => n + counts.slice(0, i).reduce((a, b) => a + b, 0))
  const width = n + counts.reduce((a, b) => a + b, 0)
  const values = new Float32Array(rows * width)
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < n; i++) values[row * width + i] = numbers[row * n + i]
    for (let i = 0; i < c; i++) {
      const code = categories[row * c + i]
      if (code < counts[i]) values[row * width + starts[i] + code] = 1
    }
  }
  return { rows, width, values }
}

/** The comparison in a sentence, also when the network loses. */
export function verdictOf(
  { metric }: Pick<Task, "metric">,
  network: number,
  baselines: readonly BaselineStanding[],
  rows: number,
  noun = "rows",
): string {
  const best = baselines.reduce((a, b) => (isBetter(metric, b.score, a.score) ? b : a))
  const [own, other] = [network, best.score].map((score) => metricText(metric, score))
  const on = `on ${rows.toLocaleString("en-US")} ${noun} that neither has seen`
  if (isBetter(metric, network, best.score)) {
    return `The network is better than the best simple way, ${best.name}: ${metric.name} ${own} to ${other} ${on}.`
  }
  if (network === best.score) {
    return `The network is as good as ${best.name}, and no better: ${metric.name} ${own} ${on}. The simpler way is worth using.`
  }
  return `The network does not beat ${best.name}: ${metric.name} ${own} to ${other} ${on}. Use the simpler way, give the fit more time, or collect more ${noun}.`
}
