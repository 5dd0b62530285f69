/** Rewrite rules of views and moves, and of reductions of what has nothing to reduce. */

import { inferTypes, operations as op, type Primitive, type Variable } from "../../graph/index.ts"
import {
  add,
  elementsOf,
  type Shape,
  type Size,
  shapesEqual,
  sizesEqual,
} from "../../size/index.ts"
import type { Rewrite, SimplifyingBuilder } from "./builder.ts"

type Rows = { readonly [P in Primitive]?: readonly Rewrite<P>[] }

/** A view of full c → full c, also where it reads through indices that are clamped. */
const viewOfFull: Rewrite<Primitive> = (b, operands, params, primitive) => {
  const value = b.constant(operands[0])
  if (value === undefined) return undefined
  return op.full(b, inferTypes(primitive, operands, params)[0], value)
}

/** A sum of zeros → 0. */
const sumOfZeros: Rewrite<"reduceSum" | "cumulativeSum" | "fold"> = (b, [x], params, primitive) =>
  b.constant(x) === 0 ? op.zeros(b, inferTypes(primitive, [x], params)[0]) : undefined

/** The value that all of some arrays are full of. */
function commonConstant(b: SimplifyingBuilder, parts: readonly Variable[]): number | undefined {
  const values = parts.map((part) => b.constant(part))
  return values.every((value) => Object.is(value, values[0])) ? values[0] : undefined
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

/** Constants are always there: after(constant) → the constant; others that are constants go. */
const afterConstants: Rewrite<"after"> = (b, [x, ...others], params) => {
  if (b.constant(x) !== undefined) return x
  const waiting = others.filter((other) => b.constant(other) === undefined)
  return waiting.length < others.length ? b.emit("after", [x, ...waiting], params) : undefined
}

/** What only names a value, for graphs that nothing will differentiate any more. */
export const finalMoveRows: Rows = {
  after: [
    // a name → what has it
    (_b, [x, ...others], { name }) => (name !== "" && others.length === 0 ? x : undefined),
    afterConstants,
  ],
}

export const otherRows: Rows = {
  after: [afterConstants],
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
    // pad (full c) by c → full c
    (b, [x], params) => {
      const same = Object.is(b.constant(x), params.value)
      return same ? op.full(b, inferTypes("pad", [x], params)[0], params.value) : undefined
    },
    // pad (pad x) by the same value → pad x by both, where the outer one spreads nothing
    (b, [x], { low, high, interior, value }) => {
      const inner = b.match(x, "pad")
      if (!inner || !Object.is(inner.params.value, value) || !allZero(interior)) return undefined
      return b.emit("pad", [inner.operands[0]], {
        low: low.map((amount, axis) => add(amount, inner.params.low[axis])),
        high: high.map((amount, axis) => add(amount, inner.params.high[axis])),
        interior: inner.params.interior,
        value,
      })
    },
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
    // parts that are all full c → full c
    (b, operands, { axis }) => {
      const value = commonConstant(b, operands)
      if (value === undefined) return undefined
      return op.full(b, inferTypes("concatenate", operands, { axis })[0], value)
    },
    // one x among parts that are full c → pad x by c
    (b, operands, { axis }) => {
      const at = operands.findIndex((operand) => b.constant(operand) === undefined)
      const others = operands.toSpliced(at, 1)
      if (at < 0 || others.length === 0) return undefined
      const value = commonConstant(b, others)
      if (value === undefined) return undefined
      const extent = (parts: readonly Variable[]): Size =>
        add(...parts.map((part) => part.shape[axis]))
      const amounts = [extent(operands.slice(0, at)), extent(operands.slice(at + 1)), 0] as const
      return op.padAxis(b, operands[at], axis, amounts, value)
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
  fold: [sumOfZeros],
  gather: [
    (b, operands, params, primitive) =>
      params.mode === "clip" ? viewOfFull(b, operands, params, primitive) : undefined,
  ],
  scatter: [
    // x with zeros added in places → x
    (b, operands, { combine }) =>
      combine === "add" && b.constant(operands[operands.length - 1]) === 0
        ? operands[0]
        : undefined,
  ],
  dynamicSlice: [
    // a slice of everything → x
    (_b, [x], params) => (shapesEqual(x.shape, params.sizes) ? x : undefined),
    viewOfFull,
  ],
  dynamicUpdateSlice: [
    // an update of everything → the update
    (_b, [x, update]) => (shapesEqual(x.shape, update.shape) ? update : undefined),
    // full c updated by full c → full c
    (b, [x, update]) => (commonConstant(b, [x, update]) === undefined ? undefined : x),
  ],
  reduceSum: [
    reduceNothing,
    sumOfZeros,
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
  cumulativeSum: [scanNothing, sumOfZeros],
  cumulativeProd: [scanNothing],
  cumulativeMax: [scanNothing],
  cumulativeMin: [scanNothing],
}
