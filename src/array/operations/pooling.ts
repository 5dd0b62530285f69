/**
 * Reductions over windows that slide along axes. With o results of k elements each, work is
 * o(k − 1) and span ⌈log₂ k⌉; average pooling divides once more.
 */

import { type DType, dtypes, isFloat, type Size } from "../../size/index.ts"
import type { Array } from "../array.ts"
import { type ArrayLike, asFloat, fill, toArray } from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"
import { bind } from "../tracing/trace.ts"
import { type Padding, paddingPairs } from "./convolution.ts"
import * as elementwise from "./elementwise.ts"
import * as movement from "./movement.ts"

/** What a window is reduced to. */
export type WindowReduction = "sum" | "prod" | "max" | "min"

const primitives = {
  sum: "reduceSum",
  prod: "reduceProd",
  max: "reduceMax",
  min: "reduceMin",
} as const

/** What a reduction starts from: the value that padding has. */
export function identityOf(reduction: WindowReduction, dtype: DType): number {
  if (reduction === "sum") return 0
  if (reduction === "prod") return 1
  if (isFloat(dtype)) return reduction === "max" ? -Infinity : Infinity
  const bits = 8 * dtypes[dtype].bytes
  if (dtypes[dtype].kind === "bool") return reduction === "max" ? 0 : 1
  if (dtypes[dtype].kind === "unsigned") return reduction === "max" ? 0 : 2 ** bits - 1
  return reduction === "max" ? -(2 ** (bits - 1)) : 2 ** (bits - 1) - 1
}

export interface WindowOptions {
  /** Steps from window to window, 1 along each axis unless given. */
  readonly strides?: readonly number[]
  /** Elements added around the array that do not count; none unless given. */
  readonly padding?: Padding
  /** Steps between the elements of a window, 1 unless given. */
  readonly dilation?: readonly number[]
}

/**
 * Every window of an array reduced to one element. Work r(k − 1) for r windows of k elements, span
 * ⌈log₂ k⌉.
 * @example lax.reduceWindow(np.array([1, 3, 2, 4]), "max", [2]) // → [3, 3, 4]
 * @param window extents, one for each axis
 * @throws RangeError when a window does not fit, or lists do not have one entry for each axis.
 */
export const reduceWindow: (
  x: ArrayLike,
  reduction: WindowReduction,
  window: readonly number[],
  options?: WindowOptions,
) => Array = operation(1, (x, reduction, window, options = {}) => {
  const array = toArray("reduceWindow", x)
  const ones = window.map(() => 1)
  const { strides = ones, padding = "VALID", dilation = ones } = options
  if (window.length !== array.ndim || strides.length !== array.ndim) {
    throw new RangeError(
      `reduceWindow: a window of ${window.length} axes and ${strides.length} strides ` +
        `for an array of rank ${array.ndim}`,
    )
  }
  const spans = window.map((size, i) => (size - 1) * dilation[i] + 1)
  const pairs = paddingPairs("reduceWindow", padding, array.shape, spans, strides)
  const padded = pairs.every(([low, high]) => low === 0 && high === 0)
    ? array
    : bind("pad", [array], {
        low: pairs.map(([low]) => low),
        high: pairs.map(([, high]) => high),
        interior: ones.map(() => 0),
        value: identityOf(reduction, array.dtype),
      })
  const sliding = window.flatMap((size, i) => (size === 1 && strides[i] === 1 ? [] : [i]))
  if (sliding.length === 0) return padded
  if (sliding.every((i) => tiles(padded.shape[i], window[i], strides[i], dilation[i]))) {
    return reduceTiles(padded, primitives[reduction], window, sliding)
  }
  const rank = array.ndim
  const windows = bind("windows", [padded], {
    axes: sliding,
    sizes: sliding.map((i) => window[i]),
    strides: sliding.map((i) => strides[i]),
    dilations: sliding.map((i) => dilation[i]),
  })
  return bind(primitives[reduction], [windows], { axes: sliding.map((_, i) => rank + i) })
})

/** Whether windows lie side by side and cover the axis. */
function tiles(extent: Size, window: number, stride: number, dilation: number): boolean {
  return stride === window && dilation === 1 && typeof extent === "number" && extent % window === 0
}

/** Windows side by side are a reshape: (n·w) is (n, w), reduced over w. */
function reduceTiles(
  x: Array,
  primitive: (typeof primitives)[WindowReduction],
  window: readonly number[],
  sliding: readonly number[],
): Array {
  const shape: Size[] = []
  const axes: number[] = []
  for (const [i, size] of x.shape.entries()) {
    if (!sliding.includes(i)) shape.push(size)
    else {
      axes.push(shape.length + 1)
      shape.push(Number(size) / window[i], window[i])
    }
  }
  return bind(primitive, [movement.reshape(x, shape)], { axes })
}

export interface PoolOptions {
  /** Steps from window to window; the window's extents unless given. */
  readonly strides?: readonly number[]
  readonly padding?: Padding
}

/** A window over the spatial axes of (batch, …spatial, channels). */
function spatialWindow(name: string, x: Array, window: readonly number[], options: PoolOptions) {
  const { strides = window, padding = "VALID" } = options
  if (window.length !== x.ndim - 2 || strides.length !== window.length) {
    throw new RangeError(
      `${name}: a window of ${window.length} axes and ${strides.length} strides ` +
        `for ${x.ndim - 2} spatial axes of (batch, …spatial, channels)`,
    )
  }
  const none = [0, 0] as const
  return {
    window: [1, ...window, 1],
    options: {
      strides: [1, ...strides, 1],
      padding: typeof padding === "string" ? padding : [none, ...padding, none],
    },
  }
}

/**
 * The greatest element of each window over the spatial axes of (batch, …spatial, channels). Work
 * r(k − 1) for r windows of k elements, span ⌈log₂ k⌉.
 * @example nn.maxPool(np.arange(4).reshape([1, 4, 1]), [2], { strides: [2] }) // → [[[1], [3]]]
 */
export const maxPool: (x: ArrayLike, window: readonly number[], options?: PoolOptions) => Array =
  operation(1, (x, window, options = {}) => {
    const array = toArray("maxPool", x)
    const spatial = spatialWindow("maxPool", array, window, options)
    return reduceWindow(array, "max", spatial.window, spatial.options)
  })

/**
 * The least element of each window over the spatial axes of (batch, …spatial, channels). Work r(k −
 * 1) for r windows of k elements, span ⌈log₂ k⌉.
 * @example nn.minPool(np.arange(4).reshape([1, 4, 1]), [2], { strides: [2] }) // → [[[0], [2]]]
 */
export const minPool: (x: ArrayLike, window: readonly number[], options?: PoolOptions) => Array =
  operation(1, (x, window, options = {}) => {
    const array = toArray("minPool", x)
    const spatial = spatialWindow("minPool", array, window, options)
    return reduceWindow(array, "min", spatial.window, spatial.options)
  })

/**
 * The mean of each window over the spatial axes of (batch, …spatial, channels); padding does not
 * count unless said. Work about rk for r windows of k elements, span ⌈log₂ k⌉ + 1.
 * @example nn.avgPool(np.arange(4).reshape([1, 4, 1]), [2], { strides: [2] }) // → [[[0.5], [2.5]]]
 */
export const avgPool: (
  x: ArrayLike,
  window: readonly number[],
  options?: PoolOptions & { readonly countPadding?: boolean },
) => Array = operation(1, (x, window, options = {}) => {
  const array = asFloat("avgPool", x)
  const spatial = spatialWindow("avgPool", array, window, options)
  const total = reduceWindow(array, "sum", spatial.window, spatial.options)
  const elements = window.reduce((product, size) => product * size, 1)
  const { padding = "VALID", countPadding = false } = options
  if (padding === "VALID" || countPadding) return elementwise.divide(total, elements)
  const plane = array.shape.map((size, i) => (i === 0 || i === array.ndim - 1 ? 1 : size))
  const ones = fill(1, plane, { dtype: array.dtype, weak: false })
  return elementwise.divide(total, reduceWindow(ones, "sum", spatial.window, spatial.options))
})
