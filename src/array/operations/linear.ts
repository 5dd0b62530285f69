/**
 * Products of vectors, matrices and stacks of them. A contraction of m×n results over k is work
 * mn(2k − 1) and span 1 + ⌈log₂ k⌉.
 */

import { elementsOf, printShape, type Size, sizesEqual } from "../../size/index.ts"
import type { Array } from "../array.ts"
import { isNamed } from "../named.ts"
import type { FloatMeet } from "../static/dtype.ts"
import type { DotShape, Dots, Multiplies, Product, ShapeOf } from "../static/shape.ts"
import {
  type ArrayLike,
  broadcastTo,
  castTo,
  commonShape,
  toNumber,
  typeOf,
} from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"
import { bind } from "../tracing/trace.ts"
import * as elementwise from "./elementwise.ts"
import * as indexing from "./indexing.ts"
import * as movement from "./movement.ts"
import type { PassedOn } from "./pointwise.ts"
import * as reductions from "./reductions.ts"
import { axisOf } from "./shapes.ts"

/** The type of `matmul`. */
export type MatrixProduct = PassedOn &
  (<A extends ArrayLike, B extends ArrayLike>(
    x: A,
    y: Multiplies<A, B>,
  ) => Array<FloatMeet<A, B>, Product<ShapeOf<A>, ShapeOf<B>>>)

/** The type of `dot`. */
export type DotProduct = PassedOn &
  (<A extends ArrayLike, B extends ArrayLike>(
    x: A,
    y: Dots<A, B>,
  ) => Array<FloatMeet<A, B>, DotShape<ShapeOf<A>, ShapeOf<B>>>)

/** Two operands in their common number dtype. */
function pair(name: string, x: ArrayLike, y: ArrayLike): readonly [Array, Array] {
  const type = toNumber([typeOf(name, x), typeOf(name, y)])
  return [castTo(x, type), castTo(y, type)]
}

/** Sums over paired axes; the left operand's other axes come first, then the right one's. */
function contract(
  x: Array,
  y: Array,
  axes: readonly [readonly number[], readonly number[]],
  batch: readonly [readonly number[], readonly number[]] = [[], []],
): Array {
  return bind("dot", [x, y], { contract: axes, batch })
}

function requireEqual(name: string, x: Array, i: number, y: Array, j: number): void {
  if (!sizesEqual(x.shape[i], y.shape[j])) {
    throw new RangeError(
      `${name} of ${printShape(x.shape)} and ${printShape(y.shape)}: axis ${i} of the first has ` +
        `extent ${x.shape[i]} and axis ${j} of the second ${y.shape[j]}, which must be equal`,
    )
  }
}

/**
 * Matrix product of the last two axes; axes before them are broadcast, and a vector counts as a
 * row on the left and a column on the right. Work bmn(2k − 1), span 1 + ⌈log₂ k⌉.
 * @example np.matmul(np.array([[1, 2], [3, 4]]), np.array([1, 1])) // → [3, 7]
 * @throws RangeError for scalars and where the inner extents differ.
 */
export const matmul: MatrixProduct = operation(2, (x, y) => {
  const [a, b] = pair("matmul", x, y)
  if (a.ndim === 0 || b.ndim === 0) throw new RangeError("matmul takes no scalars: use multiply")
  const inner = Math.max(0, b.ndim - 2)
  requireEqual("matmul", a, a.ndim - 1, b, inner)
  const [outerA, outerB] = [a.shape.slice(0, -2), b.shape.slice(0, -2)]
  if (outerB.length === 0) return contract(a, b, [[a.ndim - 1], [inner]])
  if (outerA.length === 0) {
    const product = contract(a, b, [[a.ndim - 1], [inner]])
    return a.ndim === 1 ? product : movement.moveaxis(product, 0, -2)
  }
  const outer = commonShape("matmul", [outerA, outerB])
  const wideA = broadcastTo(a, [...outer, ...a.shape.slice(-2)])
  const wideB = broadcastTo(b, [...outer, ...b.shape.slice(-2)])
  const batch = outer.map((_, axis) => axis)
  return contract(wideA, wideB, [[outer.length + 1], [outer.length]], [batch, batch])
})

/**
 * Sum over the last axis of x and the last but one of y (its only one for a vector); a product
 * for scalars. Work mn(2k − 1), span 1 + ⌈log₂ k⌉.
 * @example np.dot(np.array([1, 2]), np.array([3, 4])) // → 11
 */
export const dot: DotProduct = operation(2, (x, y) => {
  const [a, b] = pair("dot", x, y)
  if (a.ndim === 0 || b.ndim === 0) return elementwise.multiply(a, b)
  const inner = Math.max(0, b.ndim - 2)
  requireEqual("dot", a, a.ndim - 1, b, inner)
  return contract(a, b, [[a.ndim - 1], [inner]])
})

/**
 * Sum over the last axes of both. Work mn(2k − 1), span 1 + ⌈log₂ k⌉.
 * @example np.inner(np.array([1, 2]), np.array([3, 4])) // → 11
 */
export const inner: (x: ArrayLike, y: ArrayLike) => Array = operation(2, (x, y) => {
  const [a, b] = pair("inner", x, y)
  if (a.ndim === 0 || b.ndim === 0) return elementwise.multiply(a, b)
  requireEqual("inner", a, a.ndim - 1, b, b.ndim - 1)
  return contract(a, b, [[a.ndim - 1], [b.ndim - 1]])
})

/**
 * Sum of products of all elements. Work 2n − 1, span 1 + ⌈log₂ n⌉.
 * @example np.vdot(np.array([[1, 2], [3, 4]]), np.ones([2, 2])) // → 10
 */
export const vdot: (x: ArrayLike, y: ArrayLike) => Array = operation(2, (x, y) => {
  const [a, b] = [movement.ravel(x), movement.ravel(y)]
  if (!sizesEqual(a.shape[0], b.shape[0])) {
    throw new RangeError(
      `vdot: x has ${a.shape[0]} elements and y ${b.shape[0]}: they must be as many`,
    )
  }
  return inner(a, b)
})

/**
 * Sums of products along one axis, the rest broadcast. Work m(2n − 1), span 1 + ⌈log₂ n⌉.
 * @example np.vecdot(np.array([[1, 2], [3, 4]]), np.array([1, 1])) // → [3, 7]
 */
export const vecdot: (
  x: ArrayLike,
  y: ArrayLike,
  axis?: number | { readonly axis?: number },
) => Array = operation(2, (x, y, axis = -1) => {
  if (isNamed(axis)) return vecdot(x, y, axis.axis)
  return reductions.sum(elementwise.multiply(x, y), axis)
})

/**
 * Every product of an element of x with one of y, both flattened: (m, n). Work mn, span 1.
 * @example np.outer(np.array([1, 2]), np.array([3, 4])) // → [[3, 4], [6, 8]]
 */
export const outer: (x: ArrayLike, y: ArrayLike) => Array = operation(2, (x, y) =>
  elementwise.multiply(movement.reshape(x, [-1, 1]), movement.reshape(y, [1, -1])),
)

/**
 * Sum over several axes: the last n of x with the first n of y, or axes named for each.
 * Work mn(2k − 1), span 1 + ⌈log₂ k⌉.
 * @example np.tensordot(np.ones([2, 3]), np.ones([3, 2]), 1) // → [[3, 3], [3, 3]]
 */
export const tensordot: (
  x: ArrayLike,
  y: ArrayLike,
  axes?:
    | number
    | readonly [number | readonly number[], number | readonly number[]]
    | {
        readonly axes?: number | readonly [number | readonly number[], number | readonly number[]]
      },
) => Array = operation(2, (x, y, axes = 2) => {
  if (isNamed(axes)) return tensordot(x, y, axes.axes)
  const [a, b] = pair("tensordot", x, y)
  const [left, right] =
    typeof axes === "number"
      ? [
          globalThis.Array.from({ length: axes }, (_, i) => a.ndim - axes + i),
          globalThis.Array.from({ length: axes }, (_, i) => i),
        ]
      : [listOf(axes[0]), listOf(axes[1])]
  if (left.length !== right.length) {
    throw new RangeError(`tensordot pairs ${left.length} axes with ${right.length}`)
  }
  const from = left.map((axis) => axisOf("tensordot", axis, a.ndim, "axes[0]"))
  const to = right.map((axis) => axisOf("tensordot", axis, b.ndim, "axes[1]"))
  for (const [i, axis] of from.entries()) requireEqual("tensordot", a, axis, b, to[i])
  return contract(a, b, [from, to])
})

function listOf(axes: number | readonly number[]): readonly number[] {
  return typeof axes === "number" ? [axes] : axes
}

/**
 * The Kronecker product: every element of x replaced by its product with y. Work mn, span 1.
 * @example np.kron(np.eye(2), np.array([1, 2])) // → [[1, 2, 0, 0], [0, 0, 1, 2]]
 */
export const kron: (x: ArrayLike, y: ArrayLike) => Array = operation(2, (x, y) => {
  const [a, b] = pair("kron", x, y)
  const rank = Math.max(a.ndim, b.ndim)
  const wide = (z: Array): readonly Size[] => [
    ...globalThis.Array.from({ length: rank - z.ndim }, () => 1),
    ...z.shape,
  ]
  const [left, right] = [wide(a), wide(b)]
  const spreadA = movement.reshape(
    a,
    left.flatMap((size) => [size, 1]),
  )
  const spreadB = movement.reshape(
    b,
    right.flatMap((size) => [1, size]),
  )
  return movement.reshape(
    elementwise.multiply(spreadA, spreadB),
    left.map((size, axis) => elementsOf([size, right[axis]])),
  )
})

/**
 * Sum of a diagonal of the first two axes. Work n − 1, span ⌈log₂ n⌉.
 * @example np.trace(np.array([[1, 2], [3, 4]])) // → 5
 */
export const trace: (
  x: ArrayLike,
  offset?: number | { readonly offset?: number; readonly axis1?: number; readonly axis2?: number },
  axis1?: number,
  axis2?: number,
) => Array = operation(1, (x, offset = 0, axis1 = 0, axis2 = 1) => {
  if (isNamed(offset)) return trace(x, offset.offset, offset.axis1, offset.axis2)
  return reductions.sum(indexing.diagonal(x, offset, axis1, axis2), -1)
})

/** Sums along an axis of products with general pairing of axes, as `lax.dotGeneral`. */
export interface DotDimensions {
  readonly lhsContracting?: readonly number[]
  readonly rhsContracting?: readonly number[]
  readonly lhsBatch?: readonly number[]
  readonly rhsBatch?: readonly number[]
}

/**
 * Contraction with every axis named: result axes are the batch pairs, then the left operand's
 * free axes, then the right one's. Work bmn(2k − 1), span 1 + ⌈log₂ k⌉.
 * @example
 * const x = np.ones([2, 3, 4])
 * const along = { lhsContracting: [2], rhsContracting: [2], lhsBatch: [0], rhsBatch: [0] }
 * lax.dotGeneral(x, x, along).shape // → [2, 3, 3]
 */
export const dotGeneral: (x: ArrayLike, y: ArrayLike, dimensions: DotDimensions) => Array =
  operation(2, (x, y, dimensions) => {
    const { lhsContracting = [], rhsContracting = [], lhsBatch = [], rhsBatch = [] } = dimensions
    const [a, b] = pair("dotGeneral", x, y)
    return contract(a, b, [lhsContracting, rhsContracting], [lhsBatch, rhsBatch])
  })
