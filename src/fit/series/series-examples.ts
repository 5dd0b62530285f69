/** Windows of a series: rows that are known and the rows that follow. */

import type { Examples } from "../training/examples.ts"

/** A stretch of scaled rows whose every row from `first` on is to be forecast by some window. */
export interface Stretch {
  /** Scaled values, row-major. */
  readonly values: Float32Array
  readonly columns: number
  /** First row that may be forecast, and the row behind the last. */
  readonly first: number
  readonly end: number
}

/** Every window whose forecast rows lie in a stretch; what is known may lie before it. */
export function windowsOf(
  { values, columns, first, end }: Stretch,
  context: number,
  horizon: number,
): Examples {
  const start = Math.max(first, context)
  return {
    count: Math.max(0, end - horizon - start + 1),
    gather(numbers) {
      const known = new Float32Array(numbers.length * context * columns)
      const future = new Float32Array(numbers.length * horizon * columns)
      for (const [i, number] of numbers.entries()) {
        const at = start + number
        known.set(values.subarray((at - context) * columns, at * columns), i * context * columns)
        future.set(values.subarray(at * columns, (at + horizon) * columns), i * horizon * columns)
      }
      return {
        context: { data: known, shape: [numbers.length, context, columns] },
        target: { data: future, shape: [numbers.length, horizon, columns] },
      }
    },
  }
}
