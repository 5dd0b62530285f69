/** How good predictions for a table are: figures by name, for people and for baselines alike. */

import type { Task } from "../task.ts"
import { bestOf, type Classes } from "../training/class-weights.ts"
import type { Score } from "../training/trainer.ts"

/** Values or probabilities beside what is true. */
export interface Judged {
  /** Values, or the probability of each class, row after row. */
  readonly found: Float32Array
  /** Values, or class numbers. */
  readonly truth: Float64Array
}

export type Figures = Readonly<Record<string, number>>

/** What is judged: values, or classes. */
export type Judgeable = Pick<Task, "classes" | "classWeights">

export function figuresOf({ classes, classWeights }: Judgeable, judged: Judged): Figures {
  return classes === undefined
    ? regressionFigures(judged)
    : classFigures(judged, { classes, classWeights })
}

function regressionFigures({ found, truth }: Judged): Figures {
  const n = truth.length
  const mean = truth.reduce((sum, value) => sum + value, 0) / n
  let [squares, sizes, spread] = [0, 0, 0]
  for (let i = 0; i < n; i++) {
    squares += (found[i] - truth[i]) ** 2
    sizes += Math.abs(found[i] - truth[i])
    spread += (truth[i] - mean) ** 2
  }
  return { RMSE: Math.sqrt(squares / n), MAE: sizes / n, "R²": 1 - squares / spread }
}

function classFigures({ found, truth }: Judged, task: Classes): Figures {
  const confusion = confusionOf({ found, truth }, task)
  let loss = 0
  for (const [row, label] of truth.entries()) {
    loss -= Math.log(Math.max(1e-12, found[row * task.classes.length + label]))
  }
  const recalls = confusion.map((row, label) => row[label] / row.reduce((a, b) => a + b, 0))
  const there = recalls.filter((recall) => !Number.isNaN(recall))
  const right = confusion.reduce((sum, row, label) => sum + row[label], 0)
  return {
    accuracy: right / truth.length,
    "balanced accuracy": there.reduce((a, b) => a + b, 0) / there.length,
    "log loss": loss / truth.length,
    "calibration error": calibrationOf({ found, truth }, task).error,
  }
}

/** Rows of each class (first index) by the class that was found (second index). */
export function confusionOf({ found, truth }: Judged, task: Classes): number[][] {
  const n = task.classes.length
  const confusion = Array.from({ length: n }, () => new Array<number>(n).fill(0))
  for (const [row, label] of truth.entries()) confusion[label][bestOf(found, row, task)]++
  return confusion
}

/** How sure the network was, beside how often it was right, in ten steps of sureness. */
export function calibrationOf({ found, truth }: Judged, task: Classes) {
  const bins = Array.from({ length: 10 }, () => ({ count: 0, sure: 0, right: 0 }))
  for (const [row, label] of truth.entries()) {
    const best = bestOf(found, row, task)
    const sure = found[row * task.classes.length + best]
    const bin = bins[Math.min(9, Math.floor(sure * 10))]
    bin.count++
    bin.sure += sure
    if (best === label) bin.right++
  }
  // Expected calibration error (Naeini et al. 2015).
  const error =
    bins.reduce((sum, { sure, right }) => sum + Math.abs(sure - right), 0) / truth.length
  return { bins, error }
}

/** The metric, and the loss that decides between equals. */
export function scoreOf(task: Judgeable & Pick<Task, "metric">, judged: Judged): Score {
  const figures = figuresOf(task, judged)
  const score = figures[task.metric.name]
  return { score, loss: figures["log loss"] ?? score }
}
