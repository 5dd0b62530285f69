/** Rows of numbers for baselines: every feature a number, every category a column of 0 and 1. */

export interface DenseRows {
  readonly rows: number
  readonly width: number
  /** float32[rows, width] */
  readonly values: Float32Array
}

/** How a baseline predicts: a value for each row, or a score for each class of each row. */
export interface Baseline {
  readonly name: string
  /** Values, or the probability of each class, row after row. */
  predict(rows: DenseRows): Float32Array
}

/** What is to be predicted. */
export interface BaselineTarget {
  /** Values, or class numbers. */
  readonly truth: Float64Array
  /** 0 for values. */
  readonly classes: number
}
