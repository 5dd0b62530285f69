/** The same elements in another shape or order of axes: views, work 0 and span 0. */

import { broadcastShapes, printShape, type Shape, type Size, sizesEqual } from "../../size/index.ts"
import type { Array } from "../array.ts"
import { isNamed } from "../named.ts"
import type { DTypeOf } from "../static/dtype.ts"
import type { Reshaped, Reshapes, ShapeOf, Transposed } from "../static/shape.ts"
import { type ArrayLike, broadcastTo as broadcastArray, toArray } from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"
import { bind } from "../tracing/trace.ts"
import { reshaped } from "./axes.ts"
import type { PassedOn } from "./pointwise.ts"
import { type Axes, axesOf, axisOf, resolveShape, shapeArgument } from "./shapes.ts"

/**
 * The elements in another shape; one extent may be −1. They are counted along the last axis first,
 * with order "F" along the first. Work 0.
 * @example np.reshape(np.arange(6), [2, -1]) // → [[0, 1, 2], [3, 4, 5]]
 * @throws RangeError if they differ.
 */
export const reshape: PassedOn &
  (<A extends ArrayLike, const S extends Size | Shape>(
    x: A,
    shape: Reshapes<ShapeOf<A>, S>,
    order?: Order | { readonly order?: Order },
  ) => Array<DTypeOf<A>, Reshaped<ShapeOf<A>, S>>) = operation(1, (x, shape, order) => {
  const array = toArray("reshape", x)
  const to = resolveShape("reshape", array.shape, shape)
  return isFortran("reshape", order)
    ? transpose(reshaped(transpose(array), to.toReversed()))
    : reshaped(array, to)
})

/** In which order elements are counted: C's, the last axis first, or Fortran's, the first. */
export type Order = "C" | "F"

function isFortran(name: string, given: Order | { readonly order?: Order } | undefined): boolean {
  const order = typeof given === "object" ? given.order : given
  if (order === undefined || order === "C" || order === "F") return order === "F"
  throw new RangeError(`${name}: order ${String(order)} is none of C, F`)
}

/**
 * All elements in one axis, the last axis first, with order "F" the first. Work 0.
 * @example np.ravel(np.array([[1, 2], [3, 4]])) // → [1, 2, 3, 4]
 */
export const ravel: (x: ArrayLike, order?: Order | { readonly order?: Order }) => Array = operation(
  1,
  (x, order) => reshape(x, [-1], order),
)

/**
 * Axes in another order; reversed without a permutation. Work 0.
 * @example np.transpose(np.array([[1, 2], [3, 4]])) // → [[1, 3], [2, 4]]
 */
export const transpose: PassedOn &
  (<A extends ArrayLike, const P extends readonly number[] | null | undefined = undefined>(
    x: A,
    permutation?: P | { readonly axes?: P },
  ) => Array<DTypeOf<A>, Transposed<ShapeOf<A>, P>>) = operation(1, (x, permutation) => {
  if (isNamed(permutation)) return transpose(x, permutation.axes)
  const array = toArray("transpose", x)
  const order =
    permutation?.map((axis) => axisOf("transpose", axis, array.ndim)) ??
    array.shape.map((_, axis) => array.ndim - 1 - axis)
  if (order.length !== array.ndim || new Set(order).size !== order.length) {
    throw new RangeError(
      `transpose of ${printShape(array.shape)}: the permutation [${order.join(", ")}] ` +
        "must name every axis once",
    )
  }
  return permuted(array, order)
})
export { transpose as permuteDims }

function permuted(x: Array, permutation: readonly number[]): Array {
  return permutation.every((axis, i) => axis === i) ? x : bind("transpose", [x], { permutation })
}

/**
 * The last two axes exchanged. Work 0.
 * @example np.matrixTranspose(np.array([[1, 2], [3, 4]])) // → [[1, 3], [2, 4]]
 * @throws RangeError when there are fewer.
 */
export const matrixTranspose: (x: ArrayLike) => Array = operation(1, (x) => swapaxes(x, -1, -2))

/**
 * Two axes exchanged. Work 0.
 * @example np.swapaxes(np.ones([2, 3, 4]), 0, 2).shape // → [4, 3, 2]
 */
export const swapaxes: (x: ArrayLike, a: number, b: number) => Array = operation(1, (x, a, b) => {
  const array = toArray("swapaxes", x)
  const [from, to] = [a, b].map((axis) => axisOf("swapaxes", axis, array.ndim))
  return permuted(
    array,
    array.shape.map((_, axis) => (axis === from ? to : axis === to ? from : axis)),
  )
})

/**
 * Axes moved to other places; the rest keep their order. Work 0.
 * @example np.moveaxis(np.ones([2, 3, 4]), 0, -1).shape // → [3, 4, 2]
 */
export const moveaxis: (
  x: ArrayLike,
  source: number | readonly number[],
  destination: number | readonly number[],
) => Array = operation(1, (x, source, destination) => {
  const array = toArray("moveaxis", x)
  const [from, to] = [source, destination].map((axes) =>
    (typeof axes === "number" ? [axes] : axes).map((a) => axisOf("moveaxis", a, array.ndim)),
  )
  if (from.length !== to.length) {
    throw new RangeError(
      `moveaxis has ${from.length} sources and ${to.length} destinations, which must be as many`,
    )
  }
  const order = array.shape.map((_, axis) => axis).filter((axis) => !from.includes(axis))
  const moves = to.map((place, i) => [place, from[i]]).toSorted(([a], [b]) => a - b)
  for (const [place, axis] of moves) order.splice(place, 0, axis)
  return permuted(array, order)
})

/**
 * New axes of extent 1 at places of the result. Work 0.
 * @example np.expandDims(np.array([1, 2]), 0) // → [[1, 2]]
 */
export const expandDims: (x: ArrayLike, axis: number | readonly number[]) => Array = operation(
  1,
  (x, axis) => {
    const array = toArray("expandDims", x)
    const list = typeof axis === "number" ? [axis] : axis
    const axes = axesOf("expandDims", list, array.ndim + list.length)
    const shape = [...array.shape]
    for (const at of axes) shape.splice(at, 0, 1)
    return reshaped(array, shape)
  },
)

/**
 * Without axes of extent 1: all of them, or those named. Work 0.
 * @example np.squeeze(np.array([[1, 2]])) // → [1, 2]
 * @throws RangeError otherwise.
 */
export const squeeze: (x: ArrayLike, axis?: Axes | { readonly axis?: Axes }) => Array = operation(
  1,
  (x, axis) => {
    if (isNamed(axis)) return squeeze(x, axis.axis)
    const array = toArray("squeeze", x)
    const axes =
      axis === undefined || axis === null
        ? array.shape.flatMap((size, i) => (size === 1 ? [i] : []))
        : axesOf("squeeze", axis, array.ndim)
    for (const i of axes) {
      if (array.shape[i] !== 1) {
        throw new RangeError(
          `squeeze of ${printShape(array.shape)}: axis ${i} has extent ${array.shape[i]}, not 1`,
        )
      }
    }
    return reshaped(
      array,
      array.shape.filter((_, i) => !axes.includes(i)),
    )
  },
)

/**
 * At least one, two or three axes, as NumPy adds them. Work 0.
 * @example np.atleast1d(3) // → [3]
 */
export const atleast1d: (x: ArrayLike) => Array = operation(1, (x) => {
  const array = toArray("atleast1d", x)
  return array.ndim >= 1 ? array : reshaped(array, [1])
})
/**
 * At least two axes, new ones in front. Work 0.
 * @example np.atleast2d(np.array([1, 2])) // → [[1, 2]]
 */
export const atleast2d: (x: ArrayLike) => Array = operation(1, (x) => {
  const array = toArray("atleast2d", x)
  return array.ndim >= 2 ? array : reshaped(array, array.ndim === 0 ? [1, 1] : [1, ...array.shape])
})
/**
 * At least three axes: a vector becomes (1, n, 1), a matrix (m, n, 1). Work 0.
 * @example np.atleast3d(np.array([1, 2])).shape // → [1, 2, 1]
 */
export const atleast3d: (x: ArrayLike) => Array = operation(1, (x) => {
  const array = toArray("atleast3d", x)
  if (array.ndim >= 3) return array
  return expandDims(atleast2d(array), 2)
})

/**
 * Repeated along new and single axes to a shape. Work 0.
 * @example np.broadcastTo(np.array([1, 2]), [2, 2]) // → [[1, 2], [1, 2]]
 * @throws RangeError if it cannot be.
 */
export const broadcastTo: (x: ArrayLike, shape: Size | Shape) => Array = operation(
  1,
  (x, shape) => {
    const array = toArray("broadcastTo", x)
    const to = shapeArgument("broadcastTo", shape)
    const fits =
      array.ndim <= to.length &&
      array.shape.every((size, axis) => {
        const target = to[axis + to.length - array.ndim]
        return size === 1 || sizesEqual(size, target)
      })
    if (!fits) {
      throw new RangeError(
        `broadcastTo: ${printShape(array.shape)} does not broadcast to ${printShape(to)}`,
      )
    }
    return broadcastArray(array, to)
  },
)

/**
 * Arrays broadcast together. Work 0.
 * @example
 * np.broadcastArrays(np.array([[1], [2]]), np.array([3, 4]))
 * // → [[[1, 1], [2, 2]], [[3, 4], [3, 4]]]
 */
export const broadcastArrays: (...arrays: readonly ArrayLike[]) => Array[] = operation(
  Number.POSITIVE_INFINITY,
  (...operands: readonly ArrayLike[]) => {
    const arrays = operands.map((x) => toArray("broadcastArrays", x))
    const shape = broadcastShapes(...arrays.map((x) => x.shape))
    return arrays.map((x) => broadcastArray(x, shape))
  },
)
