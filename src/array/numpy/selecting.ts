/** Choice among several arrays, elements put at indices, and comparison of whole arrays. */

import { printShape, shapesEqual } from "../../size/index.ts"
import type { Array } from "../array.ts"
import * as elementwise from "../operations/elementwise.ts"
import * as indexing from "../operations/indexing.ts"
import * as movement from "../operations/movement.ts"
import * as reductions from "../operations/reductions.ts"
import { axisOf, withExtent } from "../operations/shapes.ts"
import type { TakeMode } from "../operations/taking.ts"
import {
  type ArrayLike,
  align,
  castTo,
  spread,
  toArray,
  toCommon,
  typeOf,
} from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"
import { bind } from "../tracing/trace.ts"

/**
 * The choice that belongs to the first condition that holds, `otherwise` (0) where none does. Work
 * n and span 1 for each condition.
 * @example
 * const x = np.array([1, 5, 9])
 * np.select([np.less(x, 3), np.greater(x, 7)], [0, 10], 5) // → [0, 5, 10]
 * @throws RangeError when there are not as many of both.
 */
export const select: (
  conditions: readonly ArrayLike[],
  choices: readonly ArrayLike[],
  otherwise?: ArrayLike,
) => Array = operation(3, (conditions, choices, otherwise = 0) => {
  if (conditions.length !== choices.length || choices.length === 0) {
    throw new RangeError(
      `select has ${conditions.length} conditions for ${choices.length} choices, ` +
        "which must be as many and at least one",
    )
  }
  const { arrays } = align("select", toCommon, [...choices, otherwise])
  return conditions.reduceRight<Array>(
    (rest, condition, i) => elementwise.where(condition, arrays[i], rest),
    arrays[choices.length],
  )
})

/** How indices of choices out of range are taken; `raise` has no place in a compiled program. */
export interface ChooseOptions {
  readonly mode?: "clip" | "wrap"
}

/**
 * Elements from a list of arrays by an index for each place, all broadcast together. Work O(kn) for
 * k choices, span O(k).
 * @example
 * np.choose(np.array([0, 1, 0], { dtype: "int32" }), [np.array([1, 2, 3]), np.array([10, 20, 30])])
 * // → [1, 20, 3]
 */
export const choose: (
  index: ArrayLike,
  choices: readonly ArrayLike[],
  options?: ChooseOptions,
) => Array = operation(2, (index, choices, { mode = "clip" } = {}) => {
  if (choices.length === 0) throw new RangeError("choose needs at least one choice")
  const { arrays } = align("choose", toCommon, choices)
  const wanted = indexing.indexArray("choose", index)
  const last = choices.length - 1
  const place =
    mode === "wrap"
      ? elementwise.remainder(wanted, choices.length)
      : elementwise.clip(wanted, 0, last)
  return arrays
    .slice(0, last)
    .reduceRight<Array>(
      (rest, choice, i) => elementwise.where(elementwise.equal(place, i), choice, rest),
      arrays[last],
    )
})

/**
 * Functions of x where conditions hold, the last one where several do; a function more than
 * conditions is for where none holds, which is otherwise 0. Every function sees every element. Work
 * and span are those of all functions, and n and O(1) for each.
 * @example
 * const x = np.array([-2, 3])
 * np.piecewise(x, [np.less(x, 0)], [(v: Array) => np.negative(v), 7]) // → [2, 7]
 */
export const piecewise: (
  x: ArrayLike,
  conditions: readonly ArrayLike[],
  functions: readonly (number | ((x: Array) => ArrayLike))[],
) => Array = operation(2, (x, conditions, functions) => {
  const array = toArray("piecewise", x)
  const spare = functions.length - conditions.length
  if (spare !== 0 && spare !== 1) {
    throw new RangeError(
      `piecewise has ${functions.length} functions for ${conditions.length} conditions`,
    )
  }
  const valueOf = (i: number): Array => {
    const one = functions[i]
    const value = typeof one === "function" ? one(array) : one
    return spread(value, array.shape, { dtype: array.dtype, weak: false })
  }
  const start = spare === 1 ? valueOf(conditions.length) : elementwise.multiply(array, 0)
  return conditions.reduce<Array>(
    (rest, condition, i) => elementwise.where(condition, valueOf(i), rest),
    spread(start, array.shape, { dtype: array.dtype, weak: false }),
  )
})

/**
 * The array with values put at an index for each place along an axis, as `takeAlongAxis` reads
 * them; indices out of range are dropped. Work O(n + u) for u updates, span O(log u).
 * @example
 * np.putAlongAxis(np.zeros([2, 2]), np.array([[0], [1]], { dtype: "int32" }), 9, 1)
 * // → [[9, 0], [0, 9]]
 */
export const putAlongAxis: (
  x: ArrayLike,
  indices: ArrayLike,
  values: ArrayLike,
  axis?: number | null,
) => Array = operation(3, (x, indices, values, axis = -1) => {
  const given = toArray("putAlongAxis", x)
  const array = axis === null ? movement.ravel(given) : given
  const at = axisOf("putAlongAxis", axis ?? 0, array.ndim)
  const index = indexing.indexArray("putAlongAxis", indices)
  if (index.ndim !== array.ndim) {
    throw new RangeError(
      `putAlongAxis: indices of rank ${index.ndim} for an array of rank ${array.ndim}`,
    )
  }
  const shape = withExtent(array.shape, at, index.shape[at])
  const along = spread(indexing.fromFront(index, array.shape[at]), shape, {
    dtype: "int32",
    weak: false,
  })
  const places = shape.map((_, i) =>
    i === at ? along : bind("iota", [], { shape, dtype: "int32", axis: i }),
  )
  const updates = spread(values, shape, { dtype: array.dtype, weak: false })
  const put = bind("scatter", [array, ...places, updates], {
    axes: shape.map((_, i) => i),
    combine: "set",
  })
  return movement.reshape(put, given.shape)
})

/**
 * The array with values put at indices of its flattened form, repeated where they are fewer. Work
 * O(n + u) for u updates, span O(log u).
 * @example
 * np.put(np.zeros([3]), np.array([0, 2], { dtype: "int32" }), np.array([5, 6])) // → [5, 0, 6]
 */
export const put: (
  x: ArrayLike,
  indices: ArrayLike,
  values: ArrayLike,
  options?: { readonly mode?: Exclude<TakeMode, "fill"> },
) => Array = operation(3, (x, indices, values, { mode } = {}) => {
  const array = toArray("put", x)
  const extent = Number(array.size)
  const index = movement.ravel(indexing.indexArray("put", indices))
  const wrapped = mode === "wrap" ? elementwise.remainder(index, extent) : index
  const place =
    mode === "clip" ? elementwise.clip(index, 0, extent - 1) : indexing.fromFront(wrapped, extent)
  const flat = movement.ravel(castTo(values, { dtype: array.dtype, weak: false }))
  const numbers = bind("iota", [], { shape: index.shape, dtype: "int32", axis: 0 })
  const updates = indexing.take(flat, numbers, 0, { mode: "wrap" })
  const filled = bind("scatter", [movement.ravel(array), place, updates], {
    axes: [0],
    combine: "set",
  })
  return movement.reshape(filled, array.shape)
})

type Closeness = { readonly rtol?: number; readonly atol?: number; readonly equalNan?: boolean }

/**
 * Whether all elements are close, as `isclose` says: a bool scalar. Work 12n − 1, span ⌈log₂ n⌉ +
 * 5.
 * @example np.allclose(np.array([1, 2]), np.array([1, 2.000001])) // → true
 */
export const allclose: (x: ArrayLike, y: ArrayLike, options?: Closeness) => Array = operation(
  2,
  (x, y, options) => reductions.all(elementwise.isclose(x, y, options)),
)

/**
 * Whether two arrays have one shape and equal elements: a bool scalar. Work 2n − 1, span ⌈log₂ n⌉ +
 * 1.
 * @example np.arrayEqual(np.array([1, 2]), np.array([1, 2])) // → true
 */
export const arrayEqual: (
  x: ArrayLike,
  y: ArrayLike,
  options?: { readonly equalNan?: boolean },
) => Array = operation(2, (x, y, { equalNan = false } = {}) => {
  const [a, b] = [x, y].map((one) => typeOf("arrayEqual", one).shape)
  if (!shapesEqual(a, b)) return castTo(false, { dtype: "bool", weak: false })
  const same = elementwise.equal(x, y)
  if (!equalNan) return reductions.all(same)
  const unknown = elementwise.logicalAnd(elementwise.isnan(x), elementwise.isnan(y))
  return reductions.all(elementwise.logicalOr(same, unknown))
})

/**
 * Whether two arrays broadcast together to equal elements: a bool scalar. Work 2n − 1, span
 * ⌈log₂ n⌉ + 1.
 * @example np.arrayEquiv(np.array([1, 1]), np.array(1)) // → true
 */
export const arrayEquiv: (x: ArrayLike, y: ArrayLike) => Array = operation(2, (x, y) => {
  const [a, b] = [x, y].map((one) => typeOf("arrayEquiv", one).shape)
  const rank = Math.min(a.length, b.length)
  const fits = globalThis.Array.from({ length: rank }, (_, i) => [a.at(-1 - i), b.at(-1 - i)])
  if (!fits.every(([m, n]) => m === n || m === 1 || n === 1)) {
    return castTo(false, { dtype: "bool", weak: false })
  }
  return reductions.all(elementwise.equal(x, y))
})

/**
 * The matrix (or cube) with a value, or values in turn, on its main diagonal; with `wrap` the
 * diagonal of a tall matrix begins anew a row below its end. Work about n, span O(1).
 * @example
 * np.fillDiagonal(np.zeros([2, 2]), 5) // → [[5, 0], [0, 5]]
 * np.fillDiagonal(np.zeros([4, 2]), 5, { wrap: true }) // → [[5, 0], [0, 5], [0, 0], [5, 0]]
 * @throws RangeError for vectors.
 */
export const fillDiagonal: (
  x: ArrayLike,
  value: ArrayLike,
  options?: { readonly wrap?: boolean },
) => Array = operation(2, (x, value, { wrap = false } = {}) => {
  const array = toArray("fillDiagonal", x)
  if (array.ndim < 2 || (array.ndim > 2 && new Set(array.shape).size > 1)) {
    throw new RangeError(
      `fillDiagonal takes a matrix or equal extents, not shape ${printShape(array.shape)}`,
    )
  }
  const extents = array.shape.map(Number)
  const [rows, columns] = extents
  const wraps = wrap && array.ndim === 2
  // Every columns + 1 elements one is on the diagonal; without wrap it ends with the columns.
  const length = wraps ? Math.ceil((rows * columns) / (columns + 1)) : Math.min(...extents)
  const index = bind("iota", [], { shape: [length], dtype: "int32", axis: 0 })
  const places = wraps
    ? [0, 1].map((axis) => {
        const flat = elementwise.multiply(index, columns + 1)
        return axis === 0
          ? elementwise.floorDivide(flat, columns)
          : elementwise.remainder(flat, columns)
      })
    : extents.map(() => index)
  const flat = movement.ravel(castTo(value, { dtype: array.dtype, weak: false }))
  const updates = indexing.take(flat, index, 0, { mode: "wrap" })
  return bind("scatter", [array, ...places, updates], {
    axes: array.shape.map((_, i) => i),
    combine: "set",
  })
})
