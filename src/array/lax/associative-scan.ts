/** Prefixes of any associative function, as a tree of array operations. */

import { normalizeAxis } from "../../size/index.ts"
import type { Array } from "../array.ts"
import { concreteExtent, sliceAxis } from "../operations/axes.ts"
import { concatenate, flip, reshape, stack } from "../operations/movement.ts"
import { arraysOf, control, replaced } from "../tracing/subgraph.ts"
import type { AnyShape, Relaxed } from "../types.ts"

export interface AssociativeScanOptions {
  /** Whether prefixes are taken from the end. */
  readonly reverse?: boolean
  readonly axis?: number
}

/**
 * All prefixes of an associative function along an axis: result i is
 * `combine(… combine(x₀, x₁) …, xᵢ)`. `combine` takes two trees of the form of `elements` and works
 * on whole slices along the axis at once. Differentiable and batchable as its operations are.
 *
 * Work is at most 2n combinations of elements, span 2⌈log₂ n⌉ of them: the odd-even recursion of
 * Blelloch's scan, as JAX writes it.
 *
 *     lax.associativeScan((a, b) => np.multiply(a, b), np.array([1, 2, 3, 4])) // → [1, 2, 6, 24]
 *
 * @throws RangeError when extents along the axis differ, or one is symbolic.
 */
export function associativeScan<T>(
  combine: (left: AnyShape<T>, right: AnyShape<T>) => Relaxed<AnyShape<T>>,
  elements: T,
  reverse: boolean | AssociativeScanOptions = false,
  axis = 0,
): T {
  const options = typeof reverse === "boolean" ? { reverse, axis } : { axis, ...reverse }
  return control([elements] as const, (tree) => {
    const given = arraysOf(tree, "associativeScan: elements")
    const along = given.map((x) => normalizeAxis(options.axis, x.ndim, "associativeScan: axis"))
    const extents = given.map((x, i) => concreteExtent("associativeScan", x, along[i]))
    for (const extent of extents) {
      if (extent !== extents[0]) {
        throw new RangeError(
          `associativeScan: arrays must have one extent along axis ${options.axis}, ` +
            `not ${extents[0]} and ${extent}`,
        )
      }
    }
    const turn = (xs: readonly Array[]): readonly Array[] =>
      options.reverse ? xs.map((x, i) => flip(x, along[i])) : xs
    const part = (arrays: readonly Array[]) => replaced<unknown>(tree, arrays) as AnyShape<T>
    const apply = (left: readonly Array[], right: readonly Array[]): readonly Array[] => {
      const result = combine(part(left), part(right))
      return arraysOf(result, "associativeScan: the combination")
    }
    const results = extents[0] === undefined ? given : prefixes(apply, turn(given), along)
    return replaced(tree, turn(results))
  })
}

type Apply = (left: readonly Array[], right: readonly Array[]) => readonly Array[]

/** Pairs are combined, their prefixes taken, and those between them completed. */
function prefixes(apply: Apply, xs: readonly Array[], axes: readonly number[]): readonly Array[] {
  const n = Number(xs[0].shape[axes[0]])
  if (n < 2) return xs
  const cut = (list: readonly Array[], from: number, to: number, stride = 1): readonly Array[] =>
    list.map((x, i) => sliceAxis(x, axes[i], from, to, stride))
  const pairs = apply(cut(xs, 0, n - (n % 2), 2), cut(xs, 1, n, 2))
  const odd = prefixes(apply, pairs, axes)
  const half = Math.floor(n / 2)
  const before = n % 2 === 0 ? cut(odd, 0, half - 1) : odd
  const rest = n > 2 ? apply(before, cut(xs, 2, n, 2)) : []
  const firsts = cut(xs, 0, 1)
  const even = firsts.map((first, i) => (n > 2 ? concatenate([first, rest[i]], axes[i]) : first))
  return even.map((x, i) => interleave(x, odd[i], axes[i]))
}

/** x₀ y₀ x₁ y₁ …, where x has as many elements along the axis as y, or one more. */
function interleave(x: Array, y: Array, axis: number): Array {
  const n = Number(y.shape[axis])
  const joined = reshape(
    stack([sliceAxis(x, axis, 0, n), y], axis + 1),
    x.shape.map((extent, i) => (i === axis ? 2 * n : extent)),
  )
  const last = Number(x.shape[axis])
  return last === n ? joined : concatenate([joined, sliceAxis(x, axis, n, last)], axis)
}
