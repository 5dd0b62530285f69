/** Simpler ways to the class of an image, on the same images. */

import { constantBaseline } from "../baselines/constant.ts"
import type { Baseline, BaselineTarget, DenseRows } from "../baselines/dense-rows.ts"
import { linearBaseline, softmaxRows } from "../baselines/linear.ts"
import type { BaselineStanding } from "../tables/table-baselines.ts"
import { figuresOf } from "../tables/table-evaluation.ts"
import type { ImageTask } from "./fitted-images.ts"
import type { Pixels } from "./image-files.ts"
import type { ImageSet } from "./image-set.ts"
import { shrunk } from "./image-split.ts"

/** Squares across and down whose means simpler ways see. */
const places = 8
/** Classes up to which a linear model is fitted: its time grows with them. */
const mostLinear = 50

/** Fits the baselines on the training images, and judges them. */
export function imageBaselines(
  task: ImageTask,
  training: ImageSet,
  judged: ImageSet,
  seed: number,
): BaselineStanding[] {
  const { classes, metric } = task
  const rows = meansOf(training.pixels)
  const target: BaselineTarget = {
    truth: Float64Array.from(training.labels),
    classes: classes.length,
  }
  const given = meansOf(judged.pixels)
  const truth = Float64Array.from(judged.labels)
  const ways: readonly (() => Baseline)[] = [
    () => constantBaseline(target),
    () => nearestMean(rows, target),
    ...(classes.length > mostLinear ? [] : [() => linearBaseline(rows, target, seed)]),
  ]
  return ways.map((fit) => {
    const began = performance.now()
    const baseline = fit()
    const figures = figuresOf(task, { found: baseline.predict(given), truth })
    const seconds = (performance.now() - began) / 1000
    return { name: baseline.name, score: figures[metric.name], seconds }
  })
}

/** Each image as the means of 8 × 8 squares. */
export function meansOf(pixels: Pixels): DenseRows {
  const { count, channels } = pixels
  const width = places * places * channels
  const values = new Float32Array(count * width)
  for (let image = 0; image < count; image++) {
    values.set(shrunk(pixels, image, places, places), image * width)
  }
  return { rows: count, width, values }
}

/** The class whose mean image is nearest. */
export function nearestMean({ rows, width, values }: DenseRows, target: BaselineTarget): Baseline {
  const { truth, classes } = target
  const means = new Float64Array(classes * width)
  const counts = new Float64Array(classes)
  for (let row = 0; row < rows; row++) {
    counts[truth[row]]++
    for (let i = 0; i < width; i++) means[truth[row] * width + i] += values[row * width + i]
  }
  for (let i = 0; i < means.length; i++) means[i] /= Math.max(1, counts[Math.floor(i / width)])
  return {
    name: "the nearest class mean",
    predict(given) {
      const scores = new Float32Array(given.rows * classes)
      for (let i = 0; i < scores.length; i++) {
        const [row, label] = [Math.floor(i / classes), i % classes]
        let sum = 0
        for (let at = 0; at < width; at++) {
          sum += (given.values[row * width + at] - means[label * width + at]) ** 2
        }
        scores[i] = -sum / width
      }
      return softmaxRows(scores, classes)
    },
  }
}
