/** What a rule of batching is given and gives back. */

import {
  type GraphBuilder,
  operations as op,
  type ParamsOf,
  type Primitive,
  type Variable,
} from "../../graph/index.ts"
import type { Size } from "../../size/index.ts"

/** Results, and which of them differ by element: those have the batch axis first. */
export interface Batched {
  readonly results: readonly Variable[]
  readonly mapped: readonly boolean[]
}

/**
 * The results of a primitive for every element of a batch, with the batch axis first. Operands
 * where `mapped` is true have that axis first too, the others are the same for every element.
 * Called only when some operand is mapped.
 */
export type BatchRule<P extends Primitive> = (
  b: GraphBuilder,
  operands: readonly Variable[],
  mapped: readonly boolean[],
  params: ParamsOf[P],
  size: Size,
  primitive: P,
) => readonly Variable[]

/** A value that is the same for every element, once for each. */
export function repeat(b: GraphBuilder, x: Variable, size: Size): Variable {
  return op.broadcast(
    b,
    x,
    [size, ...x.shape],
    x.shape.map((_, axis) => axis + 1),
  )
}

/** Every operand with the batch axis first. */
export function mapAll(
  b: GraphBuilder,
  operands: readonly Variable[],
  mapped: readonly boolean[],
  size: Size,
): readonly Variable[] {
  return operands.map((operand, i) => (mapped[i] ? operand : repeat(b, operand, size)))
}

/** Axes of an element are one further back in the batch. */
export function later(axes: readonly number[]): number[] {
  return axes.map((axis) => axis + 1)
}

/**
 * The primitive itself on operands that all have the batch axis, with params that leave it alone.
 */
export function leading<P extends Primitive>(
  shift: (params: ParamsOf[P], size: Size) => ParamsOf[P],
): BatchRule<P> {
  return (b, operands, mapped, params, size, primitive) =>
    b.emitAll(primitive, mapAll(b, operands, mapped, size), shift(params, size))
}
