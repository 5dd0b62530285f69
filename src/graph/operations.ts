/** Primitives as functions of a builder, so that rules over graphs read like the maths they state. */

import type { DType, Shape, Size } from "../size/index.ts"
import * as sizes from "../size/index.ts"
import type { GraphBuilder } from "./builder.ts"
import type { ArrayType, Variable } from "./graph.ts"
import type { ElementwisePrimitive, ParamsOf } from "./primitive.ts"

type PlainElementwise = {
  [P in ElementwisePrimitive]: ParamsOf[P] extends Readonly<Record<never, never>>
    ? Record<never, never> extends ParamsOf[P]
      ? P
      : never
    : never
}[ElementwisePrimitive]

/** Applies an elementwise primitive that has no params. */
export function apply(
  b: GraphBuilder,
  primitive: PlainElementwise,
  ...operands: readonly Variable[]
): Variable {
  return b.emit(primitive, operands, {})
}

export const add = (b: GraphBuilder, x: Variable, y: Variable): Variable => apply(b, "add", x, y)
export const subtract = (b: GraphBuilder, x: Variable, y: Variable): Variable =>
  apply(b, "subtract", x, y)
export const multiply = (b: GraphBuilder, x: Variable, y: Variable): Variable =>
  apply(b, "multiply", x, y)
export const divide = (b: GraphBuilder, x: Variable, y: Variable): Variable =>
  apply(b, "divide", x, y)
export const negate = (b: GraphBuilder, x: Variable): Variable => apply(b, "negate", x)
export const select = (b: GraphBuilder, c: Variable, x: Variable, y: Variable): Variable =>
  apply(b, "select", c, x, y)

/** An array of one value; of another variable's type with {@link fullLike}. */
export function full(b: GraphBuilder, type: ArrayType, value: number): Variable {
  return b.emit("full", [], { shape: type.shape, dtype: type.dtype, value })
}

export const zeros = (b: GraphBuilder, type: ArrayType): Variable => full(b, type, 0)

/** x combined with a constant of its type. */
export function applyConstant(
  b: GraphBuilder,
  primitive: PlainElementwise,
  x: Variable,
  value: number,
): Variable {
  return apply(b, primitive, x, full(b, x, value))
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

/** Elements from..to of one axis. */
export function sliceAxis(
  b: GraphBuilder,
  x: Variable,
  axis: number,
  from: Size,
  to: Size,
): Variable {
  return b.emit("slice", [x], {
    starts: x.shape.map((_, i) => (i === axis ? from : 0)),
    limits: x.shape.map((extent, i) => (i === axis ? to : extent)),
    strides: x.shape.map(() => 1),
  })
}
