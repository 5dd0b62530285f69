/** The simplest baseline: the mean, or each class by its frequency. */

import type { Baseline, BaselineTarget, DenseRows } from "./dense-rows.ts"

export function constantBaseline({ truth, classes }: BaselineTarget): Baseline {
  const mean = truth.reduce((sum, value) => sum + value, 0) / truth.length
  const shares = Float32Array.from({ length: classes }, (_, label) => {
    return truth.filter((own) => own === label).length / truth.length
  })
  return {
    name: classes === 0 ? "the mean" : "the most frequent class",
    predict({ rows }: DenseRows) {
      if (classes === 0) return new Float32Array(rows).fill(mean)
      const found = new Float32Array(rows * classes)
      for (let row = 0; row < rows; row++) found.set(shares, row * classes)
      return found
    },
  }
}
