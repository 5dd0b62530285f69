/** NumPy's functions of matrices that in `linalg` speak of the last two axes. */

import type { Array } from "../array.ts"
import * as linear from "../operations/linear.ts"
import * as taking from "../operations/taking.ts"
import type { ArrayLike } from "../tracing/operands.ts"

export interface OffsetOptions {
  /** How many places right of the main diagonal; 0 unless given. */
  readonly offset?: number
}

/**
 * The sum of a diagonal of matrices (…, m, n): (…). Work n − 1, span ⌈log₂ n⌉ for each.
 *
 * @example
 * np.linalg.trace(np.array([[1, 2], [3, 4]])) // → 5
 */
export function trace(x: ArrayLike, { offset = 0 }: OffsetOptions = {}): Array {
  return linear.trace(x, offset, -2, -1)
}

/**
 * A diagonal of matrices (…, m, n) as vectors (…, k). Work 0, span 0.
 *
 * @example
 * np.linalg.diagonal(np.array([[1, 2], [3, 4]])) // → [1, 4]
 */
export function diagonal(x: ArrayLike, { offset = 0 }: OffsetOptions = {}): Array {
  return taking.diagonal(x, offset, -2, -1)
}
