/** Batching of contractions: the batch becomes an axis that they already have. */

import {
  type ConvolveParams,
  type GraphBuilder,
  inferTypes,
  operations as op,
  type Variable,
} from "../../graph/index.ts"
import { isSymbolic, type Size } from "../../size/index.ts"
import { type BatchRule, later } from "./rule.ts"

/** Two batches pair their axes; one batch is a free axis of its operand. */
export const batchDot: BatchRule<"dot"> = (b, [lhs, rhs], [left, right], params) => {
  const { contract, batch } = params
  const shift = (axes: readonly number[], mapped: boolean): readonly number[] =>
    mapped ? later(axes) : axes
  const contracted: [readonly number[], readonly number[]] = [
    shift(contract[0], left),
    shift(contract[1], right),
  ]
  const paired: [readonly number[], readonly number[]] = [
    shift(batch[0], left),
    shift(batch[1], right),
  ]
  if (left && right) {
    const both = {
      contract: contracted,
      batch: [
        [0, ...paired[0]],
        [0, ...paired[1]],
      ] as const,
    }
    return [b.emit("dot", [lhs, rhs], both)]
  }
  const product = b.emit("dot", [lhs, rhs], { contract: contracted, batch: paired })
  const leftFree = lhs.shape.length - batch[0].length - contract[0].length
  // The batch axis is the first free axis of its operand.
  return [op.moveAxis(b, product, batch[0].length + (left ? 0 : leftFree), 0)]
}

/**
 * A batch of inputs is a larger batch, a batch of kernels gives more features, and a batch of both
 * is as many groups.
 * @throws RangeError when inputs and kernels are batched and the size is symbolic.
 */
export const batchConvolve: BatchRule<"convolve"> = (b, [lhs, rhs], [left, right], p, size) => {
  if (size === 0) return [noElements(b, [lhs, rhs], [left, right], p)]
  const { featureGroups, batchGroups } = p
  const groups = featureGroups * batchGroups
  if (left && right) {
    if (isSymbolic(size)) {
      throw new RangeError(
        `a convolution of ${size} inputs each with its own kernel needs a known number of them`,
      )
    }
    const grouped = batchGroups > 1
    const input = foldInto(b, lhs, grouped ? p.lhs[0] : p.lhs[1], 1)
    const out = b.emit("convolve", [input, foldInto(b, rhs, p.rhs[0], 1)], {
      ...p,
      featureGroups: grouped ? featureGroups : size * featureGroups,
      batchGroups: grouped ? size * batchGroups : 1,
    })
    return [takeOut(b, out, p.out[1], 1, size)]
  }
  if (left) {
    const out = b.emit("convolve", [foldInto(b, lhs, p.lhs[0], batchGroups), rhs], p)
    return [takeOut(b, out, p.out[0], 1, size)]
  }
  const out = b.emit("convolve", [lhs, foldInto(b, rhs, p.rhs[0], groups)], p)
  return [takeOut(b, out, p.out[1], groups, size)]
}

/** (batch, …, groups·m, …) becomes (…, groups·batch·m, …). */
function foldInto(b: GraphBuilder, x: Variable, axis: number, groups: number): Variable {
  if (groups === 1) return op.mergeAxes(b, op.moveAxis(b, x, 0, axis), axis)
  // Split (groups, m), put the batch between them, and make the three one again.
  const split = op.splitAxis(b, x, axis + 1, groups)
  const between = op.moveAxis(b, split, 0, axis + 1)
  return op.mergeAxes(b, op.mergeAxes(b, between, axis), axis)
}

/** Undoes {@link foldInto}. */
function takeOut(b: GraphBuilder, x: Variable, axis: number, groups: number, size: Size): Variable {
  if (groups === 1) return op.moveAxis(b, op.splitAxis(b, x, axis, size), axis, 0)
  const split = op.splitAxis(b, op.splitAxis(b, x, axis, groups), axis + 1, size)
  return op.mergeAxes(b, op.moveAxis(b, split, axis + 1, 0), axis + 1)
}

/** The convolutions of an empty batch. */
function noElements(
  b: GraphBuilder,
  operands: readonly Variable[],
  mapped: readonly boolean[],
  params: ConvolveParams,
): Variable {
  const elements = operands.map(({ shape, dtype }, i) => ({
    shape: mapped[i] ? shape.slice(1) : shape,
    dtype,
  }))
  const [{ shape, dtype }] = inferTypes("convolve", elements, params)
  return op.zeros(b, { shape: [0, ...shape], dtype })
}
