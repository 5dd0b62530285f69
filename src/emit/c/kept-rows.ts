/**
 * What a kernel keeps from one pass over a row to a later one, kept beside the result: a large result
 * is stored past the caches, so that it would not be there when it is read.
 */

import {
  type Axis,
  Buffer,
  bytesOf,
  constantIndex,
  type Index,
  type LoopKernel,
  loadsOf,
  type Program,
  type Scalar,
  ScalarRewriter,
  scalarsOf,
  strideOf,
  substituteIndex,
  visitScalars,
} from "../../schedule/index.ts"
import { largeResult } from "./streams.ts"
import { pointerOf } from "./words.ts"

/** Elements of a row that stays in a core's caches, and on its stack. */
const longestRow = 8192

export interface KeptRows {
  readonly kernel: LoopKernel
  /** Buffers of one row, which belong to the thread. */
  readonly rows: readonly Buffer[]
}

/**
 * A kernel that keeps rows of its own where the scheduler had it keep them in the place of a large
 * result (see `schedule/reuse.ts`).
 */
export function keepRows(program: Program, kernel: LoopKernel): KeptRows {
  const rows = new Map<Buffer, Buffer>()
  const length = kernel.reduced.reduce((product, { extent }) => product * extent, 1)
  const loaded = loadsOf(kernel)
  for (const { buffer, index } of kernel.stores) {
    const place = pointerOf(program, buffer)
    const shares = kernel.stores.some(
      (other) => other.buffer !== buffer && pointerOf(program, other.buffer) === place,
    )
    if (!shares || !loaded.has(buffer) || bytesOf(buffer) < largeResult) continue
    if (length > longestRow || !isRow(index, kernel.reduced)) continue
    rows.set(buffer, new Buffer(buffer.dtype, length, `row of ${buffer.name}`))
  }
  if (rows.size === 0) return { kernel, rows: [] }
  const first = (axis: Axis): Index | undefined =>
    kernel.axes.includes(axis) ? constantIndex(0) : undefined
  const inRow = (index: Index): Index => substituteIndex(index, first, (scalar) => scalar)
  const given = new Map<Scalar, Scalar>()
  visitScalars(scalarsOf(kernel), (scalar) => {
    if (scalar.kind !== "load") return
    const row = rows.get(scalar.buffer)
    if (row !== undefined) given.set(scalar, { ...scalar, buffer: row, index: inRow(scalar.index) })
  })
  const rewriter = new ScalarRewriter(() => undefined, given)
  const stores = kernel.stores.map(({ buffer, index, value }) => {
    const row = rows.get(buffer)
    const place = row === undefined ? { buffer, index } : { buffer: row, index: inRow(index) }
    return { ...place, value: rewriter.scalar(value) }
  })
  const accumulators = kernel.accumulators.map((accumulator) => ({
    ...accumulator,
    value: rewriter.scalar(accumulator.value),
  }))
  return { kernel: { ...kernel, stores, accumulators }, rows: [...rows.values()] }
}

/** Whether an index runs through the reduced axes as if they were a row of memory, lanes last. */
function isRow(index: Index, reduced: readonly Axis[]): boolean {
  let stride = 1
  for (const axis of reduced.toReversed()) {
    if (strideOf(index, axis) !== stride) return false
    stride *= axis.extent
  }
  return reduced.at(-1)?.place === "lanes"
}
