/** Rows of a contraction that register tiles read where they lie in memory, so that nobody packs them. */

import { type DType, dtypes } from "../size/index.ts"
import { type Axis, iterations } from "./axis.ts"
import type { Buffer, Index } from "./expression.ts"
import { indexUses, strideOf } from "./index-function.ts"
import type { ContractionKernel } from "./kernel.ts"

/** Rows so many bytes apart fall on one place of the first cache, which holds so many of them. */
const [cachePeriod, cacheWays] = [4096, 8]

/** Whether so many rows, so many bytes apart, would drive each other out of the first cache. */
export function rowsCollide(rows: number, stride: number): boolean {
  return rows > cacheWays && stride % cachePeriod === 0
}

/**
 * Elements from row to row and from step to step of the left operand, where tiles may read it as it
 * lies: rows of memory, each along the depth, or in memory that a thread has in its caches (`isNear`)
 * also steps of depth, each along the rows.
 */
export function rowsInPlace(
  { lhs, rows, depth, tile }: ContractionKernel,
  isNear: (buffer: Buffer) => boolean,
): { readonly row: number; readonly step: number } | undefined {
  if (lhs.kind !== "load" || !isFloatOfTiles(lhs.buffer.dtype)) return undefined
  const [row, step] = [strideThrough(lhs.index, rows), strideThrough(lhs.index, depth)]
  if (row === undefined || step === undefined || row <= 0 || step <= 0) return undefined
  if (step !== 1 && (row !== 1 || !isNear(lhs.buffer))) return undefined
  if (rowsCollide(tile.rows, dtypes[lhs.buffer.dtype].bytes * row)) return undefined
  return { row, step }
}

/** Columns that take no more bytes than this stay in the first cache, with what lies between them. */
const nearBytes = 49_152

/**
 * Elements from step to step of the right operand, where tiles may read it as it lies: columns side by
 * side, so near each other that packing would only copy them. Those of a last panel that fill no vector
 * of so many lanes are read in one that overlaps the one before it.
 */
export function columnsInPlace(kernel: ContractionKernel, lanes: number): number | undefined {
  const { rhs, columns, depth, tile, window } = kernel
  if (window !== undefined || rhs.kind !== "load") return undefined
  const wide = iterations(columns)
  if (!isFloatOfTiles(rhs.buffer.dtype) || wide < lanes) return undefined
  const step = strideThrough(rhs.index, depth)
  if (strideThrough(rhs.index, columns) !== 1 || step === undefined || step <= 0) return undefined
  const bytes = step * dtypes[rhs.buffer.dtype].bytes
  const isPanel = step === tile.columns && wide === tile.columns
  const isNear = bytes * Math.min(iterations(depth), tile.depthBlock) <= nearBytes
  return isPanel || isNear ? step : undefined
}

/** Whether tiles read elements of a dtype as they lie in memory. */
export function isFloatOfTiles(dtype: DType): boolean {
  return dtype === "float32" || dtype === "float64"
}

/** The stride of an index along axes counted as one; undefined where there is no single one. */
export function strideThrough(index: Index, axes: readonly Axis[]): number | undefined {
  const last = axes.at(-1)
  if (last === undefined) return undefined
  const near = strideOf(index, last)
  let run = last.extent
  for (const axis of axes.slice(0, -1).reverse()) {
    const isUnused = !indexUses(index, axis) && near === 0
    if (near === undefined || (!isUnused && strideOf(index, axis) !== near * run)) return undefined
    run *= axis.extent
  }
  return near
}
