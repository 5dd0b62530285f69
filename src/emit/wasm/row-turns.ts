/**
 * Rows in turns: passes over neighbouring rows done in one loop, so that memory and all units of a
 * processor have work at once.
 *
 * Of three passes or more, the last one over the row before goes with the last but one over this row
 * and the first one over the next. Of two, or where others wait for the last, that one goes with the
 * first one over the next row, if it divides: quotients take some three cycles a vector, in which
 * there is time for more.
 */

import {
  Axis,
  axisIndex,
  indexKey,
  indexUses,
  type LoopKernel,
  type Scalar,
  ScalarRewriter,
  type Store,
  scalarUses,
  storesWithin,
  visitScalars,
} from "../../schedule/index.ts"
import { isFloat } from "../../size/index.ts"
import type { Pass } from "../passes.ts"

/** Expressions of a first pass that leave registers to the others. */
const mostNodes = 6

export interface RowTurns {
  /** The axis of rows, which one thread goes along. */
  readonly row: Axis
  /** Stands at the row after the one at hand, where the first pass is done. */
  readonly next: Axis
  readonly first: Pass
  /** Passes over the row at hand; the last of them goes with the others. */
  readonly own: readonly Pass[]
  /** The last pass, over the row before; none where it is among those of the row at hand. */
  readonly late: Late | undefined
}

/** A pass without totals of its own, over the row where `previous` stands. */
export interface Late {
  readonly previous: Axis
  readonly pass: Pass
  /** What is stored once for that row. */
  readonly stores: readonly Store[]
  /** The total number n of the row before is number n + `totals` in the pass. */
  readonly totals: number
}

/** How rows may be done in turns, where that is worth it. */
export function findRowTurns(
  kernel: LoopKernel,
  passes: readonly Pass[],
  lane: Axis | undefined,
): RowTurns | undefined {
  const row = kernel.axes.at(-1)
  const [first, ...rest] = passes
  const last = rest.at(-1)
  if (row === undefined || last === undefined) return undefined
  if (row.place !== "steps" || row.extent < 2) return undefined
  if (lane === undefined || !kernel.reduced.includes(lane) || first.work.stores.length > 0) {
    return undefined
  }
  const { scalars } = first.work
  if (!scalars.every((scalar) => scalarUses(scalar, row))) return undefined
  const isLate = endsLate(passes)
  if (!(isLate || divides(last, lane)) || !staysInRows(kernel, row)) return undefined
  let nodes = 0
  visitScalars(scalars, ({ kind }) => {
    nodes += kind === "guard" ? mostNodes : kind === "apply" || kind === "load" ? 1 : 0
  })
  if (nodes > mostNodes) return undefined
  const next = new Axis(`next ${row.name}`, row.extent, row.place, row.within)
  return {
    row,
    next,
    first: rewritten(first, moving(row, next)),
    own: isLate ? rest.slice(0, -1) : rest,
    late: isLate ? lateOver(kernel, last, row) : undefined,
  }
}

function lateOver(kernel: LoopKernel, last: Pass, row: Axis): Late {
  const previous = new Axis(`previous ${row.name}`, row.extent, row.place, row.within)
  const stores = kernel.stores.filter((store) => !storesWithin(kernel, store))
  const totals = kernel.accumulators.length
  const renumbered = new Map<Scalar, Scalar>()
  visitScalars([...last.work.scalars, ...stores.map(({ value }) => value)], (scalar) => {
    if (scalar.kind !== "accumulator") return
    renumbered.set(scalar, { ...scalar, number: scalar.number + totals })
  })
  const rewriter = moving(row, previous, renumbered)
  return { previous, pass: rewritten(last, rewriter), stores: stores.map(rewriter.store), totals }
}

function moving(row: Axis, to: Axis, given?: ReadonlyMap<Scalar, Scalar>): ScalarRewriter {
  return new ScalarRewriter((axis) => (axis === row ? axisIndex(to) : undefined), given)
}

function rewritten({ members, work }: Pass, rewriter: ScalarRewriter): Pass {
  return {
    members: members.map((member) => ({ ...member, values: member.values.map(rewriter.scalar) })),
    work: {
      scalars: work.scalars.map(rewriter.scalar),
      stores: work.stores.map(rewriter.store),
    },
  }
}

/** Whether nothing waits for the last of three passes or more. */
export function endsLate(passes: readonly Pass[]): boolean {
  return passes.length > 2 && passes[passes.length - 1].members.length === 0
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

/** Whether what a kernel stores and reads again is read where it was stored, row by row. */
function staysInRows({ accumulators, stores }: LoopKernel, row: Axis): boolean {
  const written = new Map<object, Store[]>()
  for (const store of stores) {
    const others = written.get(store.buffer)
    if (others === undefined) written.set(store.buffer, [store])
    else others.push(store)
  }
  let stays = true
  visitScalars(
    [...accumulators, ...stores].map(({ value }) => value),
    (scalar) => {
      if (scalar.kind !== "load") return
      for (const { index } of written.get(scalar.buffer) ?? []) {
        if (!indexUses(index, row) || indexKey(index) !== indexKey(scalar.index)) stays = false
      }
    },
  )
  return stays
}
