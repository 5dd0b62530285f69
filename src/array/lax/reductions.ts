/** Reductions by any associative function, of axes and of windows, as `jax.lax` has them. */

import type { Array } from "../array.ts"
import { concreteExtent, sliceAxis } from "../operations/axes.ts"
import { type Padding, paddingPairs } from "../operations/convolution.ts"
import * as elementwise from "../operations/elementwise.ts"
import * as movement from "../operations/movement.ts"
import * as pooling from "../operations/pooling.ts"
import { axesOf, axisOf } from "../operations/shapes.ts"
import { resultLeaves } from "../tracing/call.ts"
import { type ArrayLike, broadcastTo, castTo, toArray } from "../tracing/operands.ts"
import { arraysOf, control, replaced } from "../tracing/subgraph.ts"
import { bind } from "../tracing/trace.ts"
import { vmap } from "../transforms/vmap.ts"
import type { Relaxed } from "../types.ts"
import { pad } from "./shapes.ts"

type Combine = (left: readonly Array[], right: readonly Array[]) => readonly Array[]

/** Rows (n, m) halved, paired and combined until one is left. */
function halved(rows: readonly Array[], combine: Combine): readonly Array[] {
  let left = rows
  for (let n = Number(rows[0].shape[0]); n > 1; n = Math.ceil(n / 2)) {
    const half = Math.floor(n / 2)
    const cut = (from: number, to: number) => left.map((x) => sliceAxis(x, 0, from, to))
    const paired = combine(cut(0, half), cut(half, 2 * half))
    left =
      n === 2 * half
        ? paired
        : cut(2 * half, n).map((rest, i) => movement.concatenate([paired[i], rest], 0))
  }
  return left
}

/**
 * The elements along axes combined by an associative function, starting from an initial value. Of
 * trees of arrays the function takes two trees of scalars. Work n calls of the function on scalars,
 * span 1 + ⌈log₂ n⌉ of them.
 *
 * @example
 * lax.reduce(np.array([[1, 5], [7, 2]]), 0, (a, b) => np.maximum(a, b), [1]) // → [5, 7]
 *
 * @throws RangeError when the arrays differ in shape, or there are not as many initial values.
 */
export function reduce<T>(
  operands: T,
  initials: Relaxed<T>,
  computation: (left: T, right: T) => Relaxed<T>,
  dimensions: readonly number[],
): T {
  return control([operands, initials] as const, (tree, starts) => {
    const arrays = arraysOf(tree, "reduce: operands")
    const first = resultLeaves(starts)
    if (arrays.length === 0 || first.length !== arrays.length) {
      throw new RangeError(`reduce: ${first.length} initial values for ${arrays.length} operands`)
    }
    const { shape, ndim } = arrays[0]
    const axes = axesOf("reduce: dimensions", dimensions, ndim)
    const count = axes.reduce((all, axis) => all * concreteExtent("reduce", arrays[0], axis), 1)
    const outer = shape.filter((_, axis) => !axes.includes(axis))
    const front = axes.map((_, i) => i)
    const rows = arrays.map((x) =>
      movement.reshape(movement.moveaxis(x, axes, front), [count, ...outer]),
    )
    const types = arrays.map(({ dtype }) => ({ dtype, weak: false }))
    const each = vmap((left: Array[], right: Array[]): Array[] => {
      const result = computation(replaced(tree, left), replaced(tree, right))
      return resultLeaves(result).map((leaf, i) => castTo(leaf, types[i]))
    })
    const combine: Combine = (left, right) => {
      const flat = (list: readonly Array[]) => list.map((x) => movement.ravel(x))
      return each(flat(left), flat(right)).map((x, i) => movement.reshape(x, left[i].shape))
    }
    const start = first.map((leaf, i) => broadcastTo(castTo(leaf, types[i]), [1, ...outer]))
    const found = count === 0 ? start : combine(start, halved(rows, combine))
    return replaced(
      tree,
      found.map((x) => movement.reshape(x, outer)),
    )
  })
}

/** Functions that a reduction is known of. */
const known = new Map<unknown, pooling.WindowReduction>([
  [elementwise.add, "sum"],
  [elementwise.multiply, "prod"],
  [elementwise.maximum, "max"],
  [elementwise.minimum, "min"],
])

/**
 * Windows of an array reduced: by a name (`"sum"`, `"prod"`, `"max"`, `"min"`) and options, or, with
 * the arguments of `jax.lax`, by an associative function and the value that windows start from and
 * padding has. Work: o results of k elements each take o(k − 1) combinations, span ⌈log₂ k⌉.
 *
 * @example
 * lax.reduceWindow(np.array([1, 2, 3, 4]), "max", [2], { strides: [2] }) // → [2, 4]
 * lax.reduceWindow(np.array([1, 2, 3, 4]), 0, lax.add, [2], [2], "VALID") // → [3, 7]
 *
 * @throws RangeError when the window and the strides do not fit the array's axes.
 */
export function reduceWindow(
  x: ArrayLike,
  reduction: pooling.WindowReduction,
  window: readonly number[],
  options?: pooling.WindowOptions,
): Array
export function reduceWindow(
  x: ArrayLike,
  initial: ArrayLike,
  computation: (left: Array, right: Array) => ArrayLike,
  window: readonly number[],
  strides?: readonly number[],
  padding?: Padding,
  baseDilation?: readonly number[] | null,
  windowDilation?: readonly number[] | null,
): Array
export function reduceWindow(
  x: ArrayLike,
  first: pooling.WindowReduction | ArrayLike,
  second: readonly number[] | ((left: Array, right: Array) => ArrayLike),
  third?: pooling.WindowOptions | readonly number[],
  ...rest: readonly [
    strides?: readonly number[],
    padding?: Padding,
    baseDilation?: readonly number[] | null,
    windowDilation?: readonly number[] | null,
  ]
): Array {
  if (typeof second === "function") {
    if (!isList(third) || typeof first === "string") {
      throw new TypeError("reduceWindow needs an initial value, a function and a window of extents")
    }
    return windowsReduced(x, first, second, third, ...rest)
  }
  if (typeof first !== "string" || isList(third)) {
    throw new TypeError(
      'reduceWindow needs a reduction, "sum", "prod", "max" or "min", and a window',
    )
  }
  return pooling.reduceWindow(x, first, second, third)
}

function isList(x: unknown): x is readonly number[] {
  return globalThis.Array.isArray(x)
}

function windowsReduced(
  x: ArrayLike,
  initial: ArrayLike,
  computation: (left: Array, right: Array) => ArrayLike,
  window: readonly number[],
  strides: readonly number[] = window.map(() => 1),
  padding: Padding = "VALID",
  baseDilation?: readonly number[] | null,
  windowDilation?: readonly number[] | null,
): Array {
  return control([x, initial] as const, (operand, start) => {
    const array = toArray("reduceWindow", operand)
    const value = castTo(start, { dtype: array.dtype, weak: false })
    if (window.length !== array.ndim || strides.length !== array.ndim) {
      throw new RangeError(
        `reduceWindow: a window of ${window.length} axes and ${strides.length} strides ` +
          `for an array of rank ${array.ndim}`,
      )
    }
    const spread = baseDilation ?? window.map(() => 1)
    const dilation = windowDilation ?? window.map(() => 1)
    const dilated = pad(
      array,
      value,
      spread.map((by): [number, number, number] => [0, 0, by - 1]),
    )
    const reduction = known.get(computation)
    if (reduction !== undefined && initial === pooling.identityOf(reduction, array.dtype)) {
      return pooling.reduceWindow(dilated, reduction, window, { strides, padding, dilation })
    }
    const spans = window.map((size, i) => (size - 1) * dilation[i] + 1)
    const pairs = paddingPairs("reduceWindow", padding, dilated.shape, spans, strides)
    const padded = pad(
      dilated,
      value,
      pairs.map(([low, high]): [number, number, number] => [Number(low), Number(high), 0]),
    )
    const windows = bind("windows", [padded], {
      axes: window.map((_, i) => i),
      sizes: window,
      strides,
      dilations: dilation,
    })
    const inner = window.map((_, i) => axisOf("reduceWindow", i - window.length, windows.ndim))
    return reduce(windows, value, computation, inner)
  })
}
