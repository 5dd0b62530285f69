/** Batching of reading and writing through indices. */

import { type GraphBuilder, operations as op, type Variable } from "../../graph/index.ts"
import { type Shape, type Size, sizesEqual, subtract } from "../../size/index.ts"
import { takeApart } from "../jvp/indexing.ts"
import { type BatchRule, later, mapAll, repeat } from "./rule.ts"

export const batchGather: BatchRule<"gather"> = (b, operands, mapped, { axes, mode }, size) => {
  const [operand, ...indices] = operands
  const [operandMapped, ...indexMapped] = mapped
  if (!indexMapped.includes(true)) {
    // The batch axis of the operand is not indexed: it comes after the places.
    const read = b.emit("gather", [operand, ...indices], { axes: later(axes), mode })
    return [op.moveAxis(b, read, indices[0].shape.length, 0)]
  }
  const places = mapAll(b, indices, indexMapped, size)
  if (!operandMapped) return [b.emit("gather", [operand, ...places], { axes, mode })]
  const own = op.iota(b, places[0].shape, 0)
  return [b.emit("gather", [operand, own, ...places], { axes: [0, ...later(axes)], mode })]
}

export const batchScatter: BatchRule<"scatter"> = (b, operands, mapped, params, size) => {
  const [operand, indices, updates] = takeApart(operands)
  const [operandMapped, indexMapped, updatesMapped] = takeApart(mapped)
  const into = operandMapped ? operand : repeat(b, operand, size)
  const values = updatesMapped ? updates : repeat(b, updates, size)
  const { combine } = params
  const axes = later(params.axes)
  if (!indexMapped.includes(true)) {
    const moved = op.moveAxis(b, values, 0, indices[0].shape.length)
    return [b.emit("scatter", [into, ...indices, moved], { axes, combine })]
  }
  const places = mapAll(b, indices, indexMapped, size)
  const own = op.iota(b, places[0].shape, 0)
  return [b.emit("scatter", [into, own, ...places, values], { axes: [0, ...axes], combine })]
}

export const batchDynamicSlice: BatchRule<"dynamicSlice"> = (b, operands, mapped, params, size) => {
  const [operand, ...starts] = operands
  const [operandMapped, ...startMapped] = mapped
  if (!startMapped.includes(true)) {
    const first = op.sizeScalar(b, 0)
    return [b.emit("dynamicSlice", [operand, first, ...starts], { sizes: [size, ...params.sizes] })]
  }
  const extents = operandMapped ? operand.shape.slice(1) : operand.shape
  const own = mapAll(b, starts, startMapped, size)
  const { axes, indices } = placesOf(b, own, extents, params.sizes, size)
  const batched = operandMapped
    ? { axes: [0, ...later(axes)], indices: [op.iota(b, indices[0].shape, 0), ...indices] }
    : { axes, indices }
  const read = b.emit("gather", [operand, ...batched.indices], { axes: batched.axes, mode: "clip" })
  return [op.transpose(b, read, elementOrder(axes, extents.length))]
}

export const batchDynamicUpdateSlice: BatchRule<"dynamicUpdateSlice"> = (
  b,
  [operand, update, ...starts],
  [operandMapped, updateMapped, ...startMapped],
  _params,
  size,
) => {
  const into = operandMapped ? operand : repeat(b, operand, size)
  const values = updateMapped ? update : repeat(b, update, size)
  if (!startMapped.includes(true)) {
    return [b.emit("dynamicUpdateSlice", [into, values, op.sizeScalar(b, 0), ...starts], {})]
  }
  const extents = into.shape.slice(1)
  const own = mapAll(b, starts, startMapped, size)
  const { axes, indices } = placesOf(b, own, extents, values.shape.slice(1), size)
  const order = elementOrder(axes, extents.length)
  const reordered: number[] = []
  for (const [to, from] of order.entries()) reordered[from] = to
  const moved = op.transpose(b, values, reordered)
  const written = b.emit("scatter", [into, op.iota(b, indices[0].shape, 0), ...indices, moved], {
    axes: [0, ...later(axes)],
    combine: "set",
  })
  return [written]
}

/**
 * The index arrays that read a block at each element's own start, clamped so that it fits. Axes
 * that the block fills need no index; of these all are but one kept out where none would be left.
 */
function placesOf(
  b: GraphBuilder,
  starts: readonly Variable[],
  extents: Shape,
  block: Shape,
  size: Size,
): { readonly axes: readonly number[]; readonly indices: readonly Variable[] } {
  const all = extents.map((_, axis) => axis)
  const partial = all.filter((axis) => !sizesEqual(extents[axis], block[axis]))
  const axes = partial.length > 0 ? partial : all.slice(0, 1)
  const shape = [size, ...axes.map((axis) => block[axis])]
  const indices = axes.map((axis, i) => {
    const start = op.clampIndex(b, starts[axis], subtract(extents[axis], block[axis]))
    return op.add(b, op.broadcast(b, start, shape, [0]), op.iota(b, shape, i + 1))
  })
  return { axes, indices }
}

/** The permutation from (batch, indexed axes, other axes) to (batch, axes in their order). */
function elementOrder(indexed: readonly number[], rank: number): number[] {
  const all = Array.from({ length: rank }, (_, axis) => axis)
  const order = [...indexed, ...all.filter((axis) => !indexed.includes(axis))]
  return [0, ...all.map((axis) => order.indexOf(axis) + 1)]
}
