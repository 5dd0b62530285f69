/** Rewrite rules of views and moves, and of reductions of what has nothing to reduce. */

import { inferTypes, operations as op, type Primitive } from "../../graph/index.ts"
import { add, elementsOf, type Shape, shapesEqual, sizesEqual } from "../../size/index.ts"
import type { Rewrite } from "./builder.ts"

type Rows = { readonly [P in Primitive]?: readonly Rewrite<P>[] }

/** A view of full c → full c. */
const viewOfFull: Rewrite<"reshape" | "transpose" | "broadcast" | "slice" | "flip" | "windows"> = (
  b,
  [x],
  params,
  primitive,
) => {
  const value = b.constant(x)
  return value === undefined ? undefined : op.full(b, inferTypes(primitive, [x], params)[0], value)
}

const isIdentity = (permutation: readonly number[]): boolean =>
  permutation.every((axis, i) => axis === i)

const allZero = (amounts: Shape): boolean => amounts.every((amount) => amount === 0)

/** A reduction over no axes → x; over axes of one element → reshape x. */
const reduceNothing: Rewrite<"reduceSum" | "reduceProd" | "reduceMax" | "reduceMin"> = (
  b,
  [x],
  { axes },
) =>
  axes.every((axis) => x.shape[axis] === 1)
    ? op.reshape(
        b,
        x,
        x.shape.filter((_, axis) => !axes.includes(axis)),
      )
    : undefined

/** A scan along an axis of at most one element → x. */
const scanNothing: Rewrite<
  "cumulativeSum" | "cumulativeProd" | "cumulativeMax" | "cumulativeMin"
> = (_b, [x], { axis }) => (x.shape[axis] === 0 || x.shape[axis] === 1 ? x : undefined)

export const otherRows: Rows = {
  reshape: [
    // reshape x to its own shape → x
    (_b, [x], { shape }) => (shapesEqual(x.shape, shape) ? x : undefined),
    viewOfFull,
    // reshape (reshape x) → reshape x
    (b, [x], { shape }) => {
      const inner = b.match(x, "reshape")
      return inner && op.reshape(b, inner.operands[0], shape)
    },
  ],
  transpose: [
    // transpose x by the identity → x
    (_b, [x], { permutation }) => (isIdentity(permutation) ? x : undefined),
    viewOfFull,
    // transpose (transpose x) → transpose x by the product of the permutations
    (b, [x], { permutation }) => {
      const inner = b.match(x, "transpose")
      return (
        inner &&
        op.transpose(
          b,
          inner.operands[0],
          permutation.map((axis) => inner.params.permutation[axis]),
        )
      )
    },
  ],
  broadcast: [
    // broadcast x to its own shape → x
    (_b, [x], { shape }) => (shapesEqual(x.shape, shape) ? x : undefined),
    viewOfFull,
    // broadcast that only adds axes of extent 1 → reshape
    (b, [x], { shape }) =>
      sizesEqual(elementsOf(x.shape), elementsOf(shape)) ? op.reshape(b, x, shape) : undefined,
    // broadcast (broadcast x) → broadcast x
    (b, [x], { shape, axes }) => {
      const inner = b.match(x, "broadcast")
      return (
        inner &&
        op.broadcast(
          b,
          inner.operands[0],
          shape,
          inner.params.axes.map((axis) => axes[axis]),
        )
      )
    },
  ],
  slice: [
    // x[0:n] → x
    (_b, [x], { starts, limits, strides }) =>
      allZero(starts) && shapesEqual(limits, x.shape) && strides.every((stride) => stride === 1)
        ? x
        : undefined,
    viewOfFull,
    // x[a:b:1][c:d:s] → x[a+c : a+d : s]
    (b, [x], { starts, limits, strides }) => {
      const inner = b.match(x, "slice")
      if (inner?.params.strides.every((stride) => stride === 1) !== true) return undefined
      const from = inner.params.starts
      return b.emit("slice", [inner.operands[0]], {
        starts: starts.map((start, axis) => add(from[axis], start)),
        limits: limits.map((limit, axis) => add(from[axis], limit)),
        strides,
      })
    },
  ],
  pad: [
    // pad x by nothing → x
    (_b, [x], { low, high, interior }) =>
      allZero(low) && allZero(high) && allZero(interior) ? x : undefined,
  ],
  concatenate: [
    // concatenate x → x
    (_b, operands) => (operands.length === 1 ? operands[0] : undefined),
    // parts without elements add nothing
    (b, operands, { axis }) => {
      const kept = operands.filter((operand) => operand.shape[axis] !== 0)
      if (kept.length === operands.length) return undefined
      return op.concatenate(b, kept.length === 0 ? operands.slice(0, 1) : kept, axis)
    },
  ],
  flip: [
    // flip x along no axis, or along axes of one element → x
    (_b, [x], { axes }) => (axes.every((axis) => x.shape[axis] === 1) ? x : undefined),
    viewOfFull,
    // flip (flip x) → x, along the axes that only one of them turns
    (b, [x], { axes }) => {
      const inner = b.match(x, "flip")
      if (inner === undefined) return undefined
      const turned = inner.params.axes
      const once = [
        ...axes.filter((axis) => !turned.includes(axis)),
        ...turned.filter((axis) => !axes.includes(axis)),
      ]
      return op.flip(b, inner.operands[0], once)
    },
  ],
  windows: [viewOfFull],
  dynamicSlice: [
    // a slice of everything → x
    (_b, [x], params) => (shapesEqual(x.shape, params.sizes) ? x : undefined),
  ],
  dynamicUpdateSlice: [
    // an update of everything → the update
    (_b, [x, update]) => (shapesEqual(x.shape, update.shape) ? update : undefined),
  ],
  reduceSum: [
    reduceNothing,
    // Σ 0 → 0
    (b, [x], { axes }) =>
      b.constant(x) === 0
        ? op.zeros(b, {
            shape: x.shape.filter((_, axis) => !axes.includes(axis)),
            dtype: x.dtype,
          })
        : undefined,
    // Σ Σ x → Σ x over the axes of both
    (b, [x], { axes }) => {
      const inner = b.match(x, "reduceSum")
      if (inner === undefined) return undefined
      const first = inner.params.axes
      const kept = inner.operands[0].shape
        .map((_, axis) => axis)
        .filter((axis) => !first.includes(axis))
      const both = [...first, ...axes.map((axis) => kept[axis])]
      return op.reduceSum(
        b,
        inner.operands[0],
        both.sort((p, q) => p - q),
      )
    },
  ],
  reduceProd: [reduceNothing],
  reduceMax: [reduceNothing],
  reduceMin: [reduceNothing],
  cumulativeSum: [scanNothing],
  cumulativeProd: [scanNothing],
  cumulativeMax: [scanNothing],
  cumulativeMin: [scanNothing],
}
