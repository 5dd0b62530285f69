/** The iterations of a loop where guards are known to hold: the inside of an image, without its border. */

import {
  type Axis,
  addIndices,
  axisIndex,
  type Condition,
  indexUses,
  rangeOf,
  type Scalar,
  scaleIndex,
  strideOf,
  visitScalars,
} from "../../schedule/index.ts"

/** Iterations [from, to) of a loop, and the conditions that hold in all of them. */
export interface Segment {
  readonly from: number
  readonly to: number
  readonly known: readonly Condition[]
}

/** Code of more expressions is not written several times over. */
const mostNodes = 600

/** The conditions that code tests, other than those that lanes test each for themselves. */
export function conditionsUnder(roots: readonly Scalar[]): readonly Condition[] {
  const found: Condition[] = []
  let nodes = 0
  visitScalars(roots, (scalar) => {
    nodes++
    if (scalar.kind === "guard") found.push(...scalar.conditions)
  })
  return nodes > mostNodes ? [] : found
}

/** A loop cut where conditions begin and cease to hold, if they do so for most of it. */
export function segmentsOf(
  axis: Axis,
  lane: Axis | undefined,
  conditions: readonly Condition[],
): readonly Segment[] {
  const { extent } = axis
  const known: Condition[] = []
  let [from, to] = [0, extent]
  for (const condition of conditions) {
    const { index, low, high } = condition
    const stride = strideOf(index, axis)
    if (stride === undefined || stride === 0) continue
    if (lane !== undefined && indexUses(index, lane)) continue
    const [least, most] = rangeOf(addIndices(index, scaleIndex(axisIndex(axis), -stride)))
    // low ≤ stride·i + rest < high for every rest.
    const [first, last] =
      stride > 0
        ? [(low - least) / stride, (high - 1 - most) / stride]
        : [(high - 1 - most) / stride, (low - least) / stride]
    const [a, b] = [Math.max(0, Math.ceil(first)), Math.min(extent, Math.floor(last) + 1)]
    if (2 * (b - a) <= extent) continue
    known.push(condition)
    from = Math.max(from, a)
    to = Math.min(to, b)
  }
  if (known.length === 0 || 2 * (to - from) <= extent) return [{ from: 0, to: extent, known: [] }]
  const border = [
    { from: 0, to: from, known: [] },
    { from, to, known },
    { from: to, to: extent, known: [] },
  ]
  return border.filter((segment) => segment.to > segment.from)
}
