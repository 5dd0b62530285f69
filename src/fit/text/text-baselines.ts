/** Simpler ways to tell texts apart, on the same texts: what a network has to beat. */

import { constantBaseline } from "../baselines/constant.ts"
import type { BaselineStanding } from "../tables/table-baselines.ts"
import { figuresOf } from "../tables/table-evaluation.ts"
import type { TextTask } from "./fitted-classifier.ts"
import type { LabelledTexts } from "./labelled-texts.ts"
import { tfIdfClassifier } from "./tf-idf.ts"

export interface TextBaselines {
  readonly standings: readonly BaselineStanding[]
  /** The words that speak most for each class, by the linear model. */
  readonly words: readonly (readonly string[])[]
}

export function textBaselines(
  task: TextTask,
  training: LabelledTexts,
  validation: LabelledTexts,
  judged: LabelledTexts,
): TextBaselines {
  const { classes, metric } = task
  const truth = Float64Array.from(judged.labels)
  const rows = { rows: judged.texts.length, width: 0, values: new Float32Array(0) }
  const target = { truth: Float64Array.from(training.labels), classes: classes.length }
  const constant = constantBaseline(target)
  const standing = (name: string, found: Float32Array, began: number): BaselineStanding => ({
    name,
    score: figuresOf(task, { found, truth })[metric.name],
    seconds: (performance.now() - began) / 1000,
  })
  const first = performance.now()
  const usual = standing(constant.name, constant.predict(rows), first)
  const began = performance.now()
  const linear = tfIdfClassifier(training, validation, classes.length)
  const counted = standing("logistic regression on TF-IDF", linear.predict(judged.texts), began)
  return { standings: [usual, counted], words: linear.words }
}
