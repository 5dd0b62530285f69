/** The price of a function of arrays. */

import { graphOf, type SpecLike, type WithLeaves } from "../array/index.ts"
import { type Price, priceGraph } from "../price/index.ts"

/** A function's arguments with specs in place of arrays. */
export type Specs<A> = WithLeaves<A, SpecLike | number | boolean>

/**
 * The price of a function for arguments of given types, before anything runs:
 * `price((x) => np.prod(x), f32("N"))`. Sizes may be symbols; the price then is of expressions in
 * them, exact except for what its `bounds` name.
 *
 * What is priced is the graph that `jit` would run: simplified, and without what no result needs.
 * @example String(price((x: Array) => np.prod(x), f32("N")).work) // → "N − 1"
 * @throws what the function throws when its arguments do not fit it.
 */
export function priceOf<A extends readonly unknown[], R>(
  f: (...args: A) => R,
  ...specs: Specs<A> extends readonly unknown[] ? Specs<A> : never
): Price {
  return priceGraph(graphOf(f)(...specs))
}
