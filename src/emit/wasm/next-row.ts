/**
 * Rows taken ahead: the first pass over the next row, done in a last pass over this one that divides.
 * A processor takes three cycles or so for the quotients of a vector, in which it can do other work.
 */

import {
  Axis,
  axisIndex,
  type LoopKernel,
  loadsOf,
  type Scalar,
  ScalarRewriter,
  scalarUses,
  visitScalars,
} from "../../schedule/index.ts"
import { isFloat } from "../../size/index.ts"
import type { Pass } from "../passes.ts"

/** Expressions of a first pass that leave registers to the last one. */
const mostNodes = 6

export interface NextRow {
  /** The axis of rows, which one thread goes along. */
  readonly row: Axis
  /** Stands at the row whose first pass is done. */
  readonly next: Axis
  /** The first pass, over the row where `next` stands. */
  readonly pass: Pass
}

/** The first of several passes over rows, written for the row after; where that may be done ahead. */
export function findNextRow(
  kernel: LoopKernel,
  passes: readonly Pass[],
  lane: Axis | undefined,
): NextRow | undefined {
  const row = kernel.axes.at(-1)
  const [first] = passes
  if (row === undefined || row.place !== "steps" || row.extent < 2 || passes.length < 2) {
    return undefined
  }
  if (lane === undefined || !kernel.reduced.includes(lane) || first.work.stores.length > 0) {
    return undefined
  }
  const { scalars } = first.work
  if (!scalars.every((scalar) => scalarUses(scalar, row))) return undefined
  if (!divides(passes[passes.length - 1], lane)) return undefined
  const loads = loadsOf(kernel)
  if (kernel.stores.some(({ buffer }) => loads.has(buffer) && reads(scalars, buffer))) {
    return undefined
  }
  let nodes = 0
  visitScalars(scalars, ({ kind }) => {
    nodes += kind === "guard" ? mostNodes : kind === "apply" || kind === "load" ? 1 : 0
  })
  if (nodes > mostNodes) return undefined
  const next = new Axis(`next ${row.name}`, row.extent, row.place, row.within)
  const rewriter = new ScalarRewriter((axis) => (axis === row ? axisIndex(next) : undefined))
  const members = first.members.map((member) => ({
    ...member,
    values: member.values.map(rewriter.scalar),
  }))
  return {
    row,
    next,
    pass: { members, work: { scalars: scalars.map(rewriter.scalar), stores: [] } },
  }
}

/** Whether a pass divides floats, each lane its own. */
function divides({ work }: Pass, lane: Axis): boolean {
  let found = false
  visitScalars(work.scalars, (scalar) => {
    if (scalar.kind !== "apply" || scalar.primitive !== "divide") return
    if (isFloat(scalar.dtype) && scalarUses(scalar, lane)) found = true
  })
  return found
}

/** Whether expressions read a buffer that the kernel writes. */
function reads(scalars: readonly Scalar[], written: object): boolean {
  let found = false
  visitScalars(scalars, (scalar) => {
    if (scalar.kind === "load" && scalar.buffer === written) found = true
  })
  return found
}
