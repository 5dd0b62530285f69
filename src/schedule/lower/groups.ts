/**
 * Convolutions of several groups, each of fewer features than a vector has lanes: groups beside each other
 * fill a vector. Each lane is a feature of some group and has the channels of that group alone, so no
 * zeros stand between groups, and what is infinite in one is not NaN in another.
 */

import { Axis } from "../axis.ts"
import type { Contraction } from "../contraction.ts"
import type { Index } from "../expression.ts"
import { type AnyTarget, isGroupTarget } from "../group-target.ts"
import {
  addIndices,
  axisIndex,
  indexUses,
  quotientIndex,
  remainderIndex,
  scaleIndex,
  strideOf,
  substituteIndex,
} from "../index-function.ts"
import { loadsUnder } from "../placement.ts"
import { ScalarRewriter } from "../rewrite.ts"

/**
 * The contraction with the last axis of its batch that fits counted with its columns, in whole vectors;
 * undefined where there is none.
 * @param store where the result is stored
 */
export function groupsInLanes(
  contraction: Contraction,
  store: Index,
  target: AnyTarget,
): Contraction | undefined {
  const { batch, columns, depth, lhs, rhs, coordinates } = contraction
  const [column, ...others] = columns
  if (isGroupTarget(target) || target.readsWindows !== true || others.length > 0) return undefined
  if (column === undefined || lhs.dtype !== "float32") return undefined
  const { lanes } = target
  const each = column.extent
  const together = lanes / each
  if (together <= 1 || !Number.isInteger(together) || strideOf(store, column) !== 1)
    return undefined
  const group = batch.find((axis) => axis.extent % together === 0 && strideOf(store, axis) === each)
  const channel = depth.at(-1)
  if (group === undefined || channel?.extent !== each) return undefined
  // As many channels as features: those of a vector's groups are a vector of the image.
  const isNear = (index: Index): boolean =>
    !indexUses(index, group) || (strideOf(index, channel) === 1 && strideOf(index, group) === each)
  if (!loadsUnder([lhs]).every(isNear)) return undefined
  const outer = new Axis(group.name, group.extent / together, "steps")
  const lane = new Axis("lane", lanes, "steps")
  const place = addIndices(
    scaleIndex(axisIndex(outer), together),
    quotientIndex(axisIndex(lane), each),
  )
  const within = remainderIndex(axisIndex(lane), each)
  const replace = (axis: Axis): Index | undefined => {
    if (axis === group) return place
    return axis === column ? within : undefined
  }
  const rewriter = new ScalarRewriter(replace)
  return {
    ...contraction,
    batch: batch.map((axis) => (axis === group ? outer : axis)),
    columns: [lane],
    lhs: rewriter.scalar(lhs),
    rhs: rewriter.scalar(rhs),
    coordinates: coordinates.map((index) => substituteIndex(index, replace)),
    spread: { lane, channel },
  }
}
