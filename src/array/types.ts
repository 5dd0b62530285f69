/** Types of trees of arrays, as traced functions take and give them. */

import type { Array } from "./array.ts"
import type { ArrayLike } from "./tracing/operands.ts"

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

/** A tree whose arrays are of any shape: of each row, of all rows, or of some. */
export type AnyShape<T> =
  T extends Array<infer D, infer _S>
    ? Array<D>
    : T extends (...args: never[]) => unknown
      ? T
      : T extends object
        ? { [K in keyof T]: AnyShape<T[K]> }
        : T

/** What loops start from: a tree, whose lists are taken for tuples. */
export type Carry = object | number | boolean | null | undefined | []

/** A tree as a traced function is given it: scalar arrays in place of plain numbers. */
export type Carried<T> = T extends number | boolean
  ? Array
  : T extends Array | ((...args: never[]) => unknown)
    ? T
    : T extends object
      ? { [K in keyof T]: Carried<T[K]> }
      : T
