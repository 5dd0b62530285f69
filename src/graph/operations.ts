/** Primitives as functions of a builder, so that rules over graphs read like the maths they state. */

import type { DType, Shape, Size } from "../size/index.ts"
import * as sizes from "../size/index.ts"
import type { GraphBuilder } from "./builder.ts"
import type { ArrayType, Variable } from "./graph.ts"
import type { ElementwisePrimitive, ParamsOf } from "./primitive.ts"

/** The elementwise primitives without params. */
export type PlainElementwise = {
  [P in ElementwisePrimitive]: ParamsOf[P] extends Readonly<Record<never, never>>
    ? Record<never, never> extends ParamsOf[P]
      ? P
      : never
    : never
}[ElementwisePrimitive]

/** An operand: an array, or a number that takes the other operand's type. */
export type Term = Variable | number

/** Applies an elementwise primitive that has no params. */
export function apply(
  b: GraphBuilder,
  primitive: PlainElementwise,
  ...operands: readonly Variable[]
): Variable {
  return b.emit(primitive, operands, {})
}

/** Applies a binary primitive; a number becomes a constant of the other operand's type. */
export function combine(b: GraphBuilder, primitive: PlainElementwise, x: Term, y: Term): Variable {
  if (typeof x !== "number") {
    return apply(b, primitive, x, typeof y === "number" ? full(b, x, y) : y)
  }
  if (typeof y === "number") throw new TypeError(`${primitive} of two numbers has no type`)
  return apply(b, primitive, full(b, y, x), y)
}

export const add = (b: GraphBuilder, x: Term, y: Term): Variable => combine(b, "add", x, y)
export const subtract = (b: GraphBuilder, x: Term, y: Term): Variable =>
  combine(b, "subtract", x, y)
export const multiply = (b: GraphBuilder, x: Term, y: Term): Variable =>
  combine(b, "multiply", x, y)
export const divide = (b: GraphBuilder, x: Term, y: Term): Variable => combine(b, "divide", x, y)
export const equal = (b: GraphBuilder, x: Term, y: Term): Variable => combine(b, "equal", x, y)
export const less = (b: GraphBuilder, x: Term, y: Term): Variable => combine(b, "less", x, y)
export const greater = (b: GraphBuilder, x: Term, y: Term): Variable => combine(b, "greater", x, y)
export const negate = (b: GraphBuilder, x: Variable): Variable => apply(b, "negate", x)
export const square = (b: GraphBuilder, x: Variable): Variable => multiply(b, x, x)

/** x where the condition holds, else y; one of them may be a number. */
export function select(b: GraphBuilder, condition: Variable, x: Term, y: Term): Variable {
  const type = typeof x !== "number" ? x : y
  if (typeof type === "number") throw new TypeError("select of two numbers has no type")
  const lift = (term: Term): Variable => (typeof term === "number" ? full(b, type, term) : term)
  return apply(b, "select", condition, lift(x), lift(y))
}

/** An array of one value. */
export function full(b: GraphBuilder, type: ArrayType, value: number): Variable {
  return b.emit("full", [], { shape: type.shape, dtype: type.dtype, value })
}

export const zeros = (b: GraphBuilder, type: ArrayType): Variable => full(b, type, 0)
export const ones = (b: GraphBuilder, type: ArrayType): Variable => full(b, type, 1)

/** 0, 1, 2, … along one axis, as indices. */
export function iota(b: GraphBuilder, shape: Shape, axis: number): Variable {
  return b.emit("iota", [], { shape, dtype: "int32", axis })
}

export function cast(b: GraphBuilder, x: Variable, dtype: DType): Variable {
  return x.dtype === dtype ? x : b.emit("cast", [x], { dtype })
}

export function reshape(b: GraphBuilder, x: Variable, shape: Shape): Variable {
  return sizes.shapesEqual(x.shape, shape) ? x : b.emit("reshape", [x], { shape })
}

export function transpose(b: GraphBuilder, x: Variable, permutation: readonly number[]): Variable {
  return permutation.every((axis, i) => axis === i) ? x : b.emit("transpose", [x], { permutation })
}

/** Moves one axis to another place; the others keep their order. */
export function moveAxis(b: GraphBuilder, x: Variable, from: number, to: number): Variable {
  const permutation = x.shape.map((_, axis) => axis).filter((axis) => axis !== from)
  permutation.splice(to, 0, from)
  return transpose(b, x, permutation)
}

/** An axis of extent outer·inner becomes two axes; `outer`, at least 1, divides the extent. */
export function splitAxis(b: GraphBuilder, x: Variable, axis: number, outer: Size): Variable {
  const inner = sizes.floorDivide(x.shape[axis], outer)
  return reshape(b, x, x.shape.toSpliced(axis, 1, outer, inner))
}

/** Axes axis and axis+1 become one, the first of them outer. */
export function mergeAxes(b: GraphBuilder, x: Variable, axis: number): Variable {
  const merged = sizes.multiply(x.shape[axis], x.shape[axis + 1])
  return reshape(b, x, x.shape.toSpliced(axis, 2, merged))
}

/** Moves a factor from one axis to another: (groups·m, n) becomes (m, groups·n), groups outer. */
export function moveGroups(
  b: GraphBuilder,
  x: Variable,
  from: number,
  to: number,
  groups: number,
): Variable {
  return groups === 1 ? x : mergeAxes(b, moveAxis(b, splitAxis(b, x, from, groups), from, to), to)
}

export function broadcast(
  b: GraphBuilder,
  x: Variable,
  shape: Shape,
  axes: readonly number[],
): Variable {
  return sizes.shapesEqual(x.shape, shape) ? x : b.emit("broadcast", [x], { shape, axes })
}

/** Gives back the axes that a reduction took: the result has `shape`, constant along `axes`. */
export function broadcastBack(
  b: GraphBuilder,
  x: Variable,
  shape: Shape,
  axes: readonly number[],
): Variable {
  const kept = shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis))
  return broadcast(b, x, shape, kept)
}

export function reduceSum(b: GraphBuilder, x: Variable, axes: readonly number[]): Variable {
  return axes.length === 0 ? x : b.emit("reduceSum", [x], { axes })
}

export function flip(b: GraphBuilder, x: Variable, axes: readonly number[]): Variable {
  return axes.length === 0 ? x : b.emit("flip", [x], { axes })
}

/** Elements from, from+stride, … below `to` of one axis. */
export function sliceAxis(
  b: GraphBuilder,
  x: Variable,
  axis: number,
  from: Size,
  to: Size,
  stride = 1,
): Variable {
  if (from === 0 && stride === 1 && sizes.sizesEqual(to, x.shape[axis])) return x
  return b.emit("slice", [x], {
    starts: x.shape.map((_, i) => (i === axis ? from : 0)),
    limits: x.shape.map((extent, i) => (i === axis ? to : extent)),
    strides: x.shape.map((_, i) => (i === axis ? stride : 1)),
  })
}

/** Adds `low` before, `high` after and `interior` between the elements of one axis. */
export function padAxis(
  b: GraphBuilder,
  x: Variable,
  axis: number,
  [low, high, interior]: readonly [Size, Size, number],
  value: number,
): Variable {
  return b.emit("pad", [x], {
    low: x.shape.map((_, i) => (i === axis ? low : 0)),
    high: x.shape.map((_, i) => (i === axis ? high : 0)),
    interior: x.shape.map((_, i) => (i === axis ? interior : 0)),
    value,
  })
}

export function concatenate(b: GraphBuilder, parts: readonly Variable[], axis: number): Variable {
  return parts.length === 1 ? parts[0] : b.emit("concatenate", parts, { axis })
}

/** A size as an int32 scalar; a symbolic size n is read as the last of 0 … n. */
export function sizeScalar(b: GraphBuilder, size: Size): Variable {
  if (typeof size === "number") return full(b, { shape: [], dtype: "int32" }, size)
  const counted = iota(b, [sizes.add(size, 1)], 0)
  return reshape(b, sliceAxis(b, counted, 0, size, sizes.add(size, 1)), [])
}

/** Indices brought into 0 … last. */
export function clampIndex(b: GraphBuilder, index: Variable, last: Size): Variable {
  const top = broadcast(b, sizeScalar(b, last), index.shape, [])
  return combine(b, "maximum", apply(b, "minimum", index, top), 0)
}

/** x, computed again and only once the others are there. */
export function after(b: GraphBuilder, x: Variable, others: readonly Variable[]): Variable {
  return b.emit("after", [x, ...others], { name: "" })
}

/** Element x[…, index[p], …] at every place p: `index` has x's rank and indexes one axis. */
export function takeAlong(b: GraphBuilder, x: Variable, index: Variable, axis: number): Variable {
  const axes = x.shape.map((_, i) => i)
  const indices = axes.map((i) => (i === axis ? index : iota(b, index.shape, i)))
  return b.emit("gather", [x, ...indices], { axes, mode: "clip" })
}
