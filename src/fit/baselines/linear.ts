/**
 * Linear baselines: ridge regression by the normal equations, and logistic (softmax) regression by
 * averaged stochastic descent with a rate for each parameter (Adam). Rows are standardised first.
 */

import type { Baseline, BaselineTarget, DenseRows } from "./dense-rows.ts"

/** Penalty on squared weights, for each row. */
const ridge = 1e-4

export function linearBaseline(rows: DenseRows, target: BaselineTarget, seed: number): Baseline {
  const scaling = momentsOf(rows)
  const standard = standardised(rows, scaling)
  const outputs = Math.max(1, target.classes)
  const weights =
    target.classes === 0
      ? ridgeWeights(standard, target.truth)
      : softmaxWeights(standard, target, seed)
  return {
    name: target.classes === 0 ? "a linear model" : "logistic regression",
    predict(given) {
      const scores = scoresOf(standardised(given, scaling), weights, outputs)
      return target.classes === 0 ? scores : softmaxRows(scores, outputs)
    },
  }
}

interface Moments {
  readonly mean: Float64Array
  readonly deviation: Float64Array
}

function momentsOf({ rows, width, values }: DenseRows): Moments {
  const mean = new Float64Array(width)
  const deviation = new Float64Array(width)
  for (let i = 0; i < values.length; i++) mean[i % width] += values[i] / rows
  for (let i = 0; i < values.length; i++) {
    deviation[i % width] += (values[i] - mean[i % width]) ** 2 / rows
  }
  return { mean, deviation: deviation.map((variance) => Math.sqrt(variance) || 1) }
}

/** Rows with mean 0 and deviation 1, and a column of ones behind them. */
function standardised({ rows, width, values }: DenseRows, { mean, deviation }: Moments): DenseRows {
  const wider = new Float32Array(rows * (width + 1))
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < width; i++) {
      wider[row * (width + 1) + i] = (values[row * width + i] - mean[i]) / deviation[i]
    }
    wider[row * (width + 1) + width] = 1
  }
  return { rows, width: width + 1, values: wider }
}

function scoresOf(
  { rows, width, values }: DenseRows,
  weights: Float64Array,
  outputs: number,
): Float32Array {
  const scores = new Float32Array(rows * outputs)
  for (let row = 0; row < rows; row++) {
    for (let output = 0; output < outputs; output++) {
      let sum = 0
      for (let i = 0; i < width; i++) sum += values[row * width + i] * weights[i * outputs + output]
      scores[row * outputs + output] = sum
    }
  }
  return scores
}

/** Rows of scores as probabilities. */
export function softmaxRows(scores: Float32Array, classes: number): Float32Array {
  const found = new Float32Array(scores.length)
  for (let start = 0; start < scores.length; start += classes) {
    let most = Number.NEGATIVE_INFINITY
    for (let i = 0; i < classes; i++) most = Math.max(most, scores[start + i])
    let sum = 0
    for (let i = 0; i < classes; i++) {
      found[start + i] = Math.exp(scores[start + i] - most)
      sum += found[start + i]
    }
    for (let i = 0; i < classes; i++) found[start + i] /= sum
  }
  return found
}

/** Solves (XᵀX + λ)w = Xᵀy by Cholesky's factorisation. */
function ridgeWeights({ rows, width, values }: DenseRows, truth: Float64Array): Float64Array {
  const square = new Float64Array(width * width)
  const right = new Float64Array(width)
  for (let row = 0; row < rows; row++) {
    const start = row * width
    for (let i = 0; i < width; i++) {
      const x = values[start + i]
      if (x === 0) continue
      right[i] += x * truth[row]
      for (let j = 0; j <= i; j++) square[i * width + j] += x * values[start + j]
    }
  }
  for (let i = 0; i < width; i++) square[i * width + i] += ridge * rows + 1e-9
  return solveCholesky(square, right, width)
}

/** Solves a symmetric positive system given by its lower triangle, which is overwritten. */
function solveCholesky(square: Float64Array, right: Float64Array, width: number): Float64Array {
  for (let i = 0; i < width; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = square[i * width + j]
      for (let k = 0; k < j; k++) sum -= square[i * width + k] * square[j * width + k]
      square[i * width + j] =
        i === j ? Math.sqrt(Math.max(sum, 1e-12)) : sum / square[j * width + j]
    }
  }
  const x = Float64Array.from(right)
  for (let i = 0; i < width; i++) {
    for (let k = 0; k < i; k++) x[i] -= square[i * width + k] * x[k]
    x[i] /= square[i * width + i]
  }
  for (let i = width - 1; i >= 0; i--) {
    for (let k = i + 1; k < width; k++) x[i] -= square[k * width + i] * x[k]
    x[i] /= square[i * width + i]
  }
  return x
}

const batch = 64
const leastUpdates = 600
const mostUpdates = 3000

function softmaxWeights(
  { rows, width, values }: DenseRows,
  { truth, classes }: BaselineTarget,
  seed: number,
): Float64Array {
  const weights = new Float64Array(width * classes)
  const first = new Float64Array(weights.length)
  const second = new Float64Array(weights.length)
  const gradient = new Float64Array(weights.length)
  const scores = new Float32Array(classes)
  const updates = Math.max(leastUpdates, Math.min(mostUpdates, Math.round((10 * rows) / batch)))
  let state = seed >>> 0
  for (let update = 1; update <= updates; update++) {
    for (let i = 0; i < gradient.length; i++) gradient[i] = ridge * weights[i]
    for (let drawn = 0; drawn < batch; drawn++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      const row = Math.floor((state / 2 ** 32) * rows)
      const start = row * width
      scores.fill(0)
      for (let i = 0; i < width; i++) {
        const x = values[start + i]
        for (let c = 0; c < classes; c++) scores[c] += x * weights[i * classes + c]
      }
      const found = softmaxRows(scores, classes)
      found[truth[row]] -= 1
      for (let i = 0; i < width; i++) {
        const x = values[start + i] / batch
        for (let c = 0; c < classes; c++) gradient[i * classes + c] += x * found[c]
      }
    }
    const rate = 0.05 * (1 - update / (updates + 1))
    for (let i = 0; i < weights.length; i++) {
      first[i] = 0.9 * first[i] + 0.1 * gradient[i]
      second[i] = 0.999 * second[i] + 0.001 * gradient[i] ** 2
      const mean = first[i] / (1 - 0.9 ** update)
      const scale = Math.sqrt(second[i] / (1 - 0.999 ** update)) + 1e-8
      weights[i] -= (rate * mean) / scale
    }
  }
  return weights
}
