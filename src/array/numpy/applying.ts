/** Functions applied along axes and to indices, and what is known of an array without its elements. */

import { type DType, dtypeNames, type Shape, type Size } from "../../size/index.ts"
import { Array } from "../array.ts"
import { isNamed } from "../named.ts"
import * as elementwise from "../operations/elementwise.ts"
import * as movement from "../operations/movement.ts"
import * as ordering from "../operations/ordering.ts"
import { axesOf, axisOf, shapeArgument } from "../operations/shapes.ts"
import { type ArrayLike, toArray, toCommon, typeOf } from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"
import { bind } from "../tracing/trace.ts"
import { vmap } from "../transforms/vmap.ts"

/**
 * A function of vectors applied to every vector along an axis; its result's axes stand where the
 * axis was. The function is traced once, for all vectors together. Work is the function's for each
 * vector, span the function's for one.
 * @example np.applyAlongAxis((row) => np.max(row), 1, np.array([[1, 2], [4, 3]])) // → [2, 4]
 */
export function applyAlongAxis(f: (vector: Array) => ArrayLike, axis: number, x: ArrayLike): Array {
  const array = toArray("applyAlongAxis", x)
  const at = axisOf("applyAlongAxis", axis, array.ndim)
  const vectorwise = array.shape.slice(1).reduce<(x: Array) => Array>(
    (inner) => vmap((part: Array): Array => inner(part)),
    (vector) => toArray("applyAlongAxis", f(vector)),
  )
  const found = vectorwise(movement.moveaxis(array, at, -1))
  const outer = array.ndim - 1
  const own = globalThis.Array.from({ length: found.ndim - outer }, (_, i) => i)
  return movement.moveaxis(
    found,
    own.map((i) => outer + i),
    own.map((i) => at + i),
  )
}

/**
 * A reduction applied over axes one after the other; axes that it removes stay with extent 1. Work
 * and span are those of the reductions, one after the other.
 * @example np.applyOverAxes(np.sum, np.ones([2, 3]), [0, 1]) // → [[6]]
 */
export function applyOverAxes(
  f: (x: Array, axis: number) => Array,
  x: ArrayLike,
  axes: number | readonly number[],
): Array {
  const array = toArray("applyOverAxes", x)
  return axesOf("applyOverAxes", axes, array.ndim).reduce((result, axis) => {
    const reduced = f(result, axis)
    return reduced.ndim === result.ndim ? reduced : movement.expandDims(reduced, axis)
  }, array)
}

/**
 * A function of the index arrays of a shape, one (int32) for each axis. Work and span are the
 * function's.
 * @example np.fromfunction((i, j) => np.add(i, j), [2, 3]) // → [[0, 1, 2], [1, 2, 3]]
 */
export function fromfunction<R>(f: (...indices: Array[]) => R, shape: Size | Shape): R {
  const extents = shapeArgument("fromfunction", shape)
  return f(...extents.map((_, axis) => bind("iota", [], { shape: extents, dtype: "int32", axis })))
}

/**
 * An array whose element at kth stands where sorting puts it: here, sorted. Work O(mn log² n), span
 * O(log² n): a network's.
 * @example np.partition(np.array([3, 1, 2]), 1) // → [1, 2, 3]
 */
export const partition: (
  x: ArrayLike,
  kth: number,
  axis?: number | { readonly axis?: number },
) => Array = operation(1, (x, kth, axis = -1) => {
  if (isNamed(axis)) return partition(x, kth, axis.axis)
  requirePlace("partition", x, kth, axis)
  return ordering.sort(x, axis)
})
/**
 * The indices (int32) that `partition` puts in order. Work O(mn log² n), span O(log² n): a
 * network's.
 * @example np.argpartition(np.array([3, 1, 2]), 1) // → [1, 2, 0]
 */
export const argpartition: (
  x: ArrayLike,
  kth: number,
  axis?: number | { readonly axis?: number },
) => Array = operation(1, (x, kth, axis = -1) => {
  if (isNamed(axis)) return argpartition(x, kth, axis.axis)
  requirePlace("argpartition", x, kth, axis)
  return ordering.argsort(x, axis)
})

function requirePlace(name: string, x: ArrayLike, kth: number, axis: number): void {
  const { shape } = typeOf(name, x)
  const extent = Number(shape[axisOf(name, axis, shape.length)])
  if (!Number.isInteger(kth) || kth < -extent || kth >= extent) {
    throw new RangeError(`${name}: kth is ${kth}, which is not in an axis of extent ${extent}`)
  }
}

/**
 * The extents of an array. Work 0.
 * @example np.shape(np.ones([2, 3])) // → [2, 3]
 */
export function shape(x: ArrayLike): Shape {
  return typeOf("shape", x).shape
}
/**
 * The number of axes of an array. Work 0.
 * @example np.ndim(np.ones([2, 3])) // → 2
 */
export function ndim(x: ArrayLike): number {
  return shape(x).length
}
/**
 * The number of elements of an array, or the extent of an axis. Work 0.
 * @example np.size(np.ones([2, 3])) // → 6
 */
export function size(x: ArrayLike, axis?: number): Size {
  const extents = shape(x)
  return axis === undefined
    ? toArray("size", x).size
    : extents[axisOf("size", axis, extents.length)]
}
/**
 * Whether a value is a number, a truth value or an array without axes. Work 0.
 * @example np.isscalar(3) // → true
 */
export function isscalar(x: unknown): boolean {
  if (x instanceof Array) return x.ndim === 0
  return typeof x === "number" || typeof x === "boolean"
}

/**
 * The dtype in which arrays, numbers and dtypes are combined. Work 0.
 * @example np.resultType(np.ones([2], { dtype: "int32" }), 1) // → "int32"
 */
export function resultType(...operands: readonly (ArrayLike | DType)[]): DType {
  const types = operands.map((one) =>
    typeof one === "string" ? { dtype: known(one), weak: false } : typeOf("resultType", one),
  )
  return toCommon(types).dtype
}

function known(name: string): DType {
  const dtype = dtypeNames.find((one) => one === name)
  if (dtype === undefined) {
    throw new TypeError(`there is no dtype ${name}: there are ${dtypeNames.join(", ")}`)
  }
  return dtype
}

/**
 * The dtype in which two dtypes are combined. Work 0.
 * @example np.promoteTypes("int8", "uint8") // → "int16"
 */
export function promoteTypes(a: DType, b: DType): DType {
  return resultType(a, b)
}

/**
 * The array's elements in a new array. Work 0.
 * @example np.copy(np.array([1, 2])) // → [1, 2]
 */
export const copy: (x: ArrayLike) => Array = operation(1, (x) => elementwise.positive(x))
