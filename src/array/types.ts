/** Types of trees of arrays, as traced functions take and give them. */

import type { Array } from "./array.ts"
import type { ArrayLike } from "./operands.ts"

/** A tree with numbers allowed wherever it has an array. */
export type Relaxed<T> = T extends Array
  ? ArrayLike
  : T extends (...args: never[]) => unknown
    ? T
    : T extends object
      ? { [K in keyof T]: Relaxed<T[K]> }
      : T

/** A tree of one form with other leaves in place of its arrays. */
export type WithLeaves<T, L> = T extends ArrayLike
  ? L
  : T extends object
    ? { [K in keyof T]: WithLeaves<T[K], L> }
    : T
