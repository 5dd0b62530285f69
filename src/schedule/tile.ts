/** How contractions and long reductions are cut: the numbers of the schedule, in one place. */

import { iterations } from "./axis.ts"
import type { Contraction } from "./contraction.ts"
import type { Tile } from "./kernel.ts"

/** Registers hold 6 rows by 8 columns: 12 accumulators of 4 lanes, and room for the operands. */
const tileRows = 6
const tileColumns = 8

/** A depth block of both operands' panels stays in the first cache. */
const depthBlock = 384
const columnBlock = 512
const rowBlock = 96

/** Whether a contraction fills register tiles well enough to pay for packing. */
export function worthTiling(rows: number, columns: number, depth: number): boolean {
  return Math.min(rows, columns) >= 4 && depth >= 4 && rows * columns * depth >= 4096
}

/** Cuts a contraction into blocks: enough of them for all threads, each big enough to pay. */
export function chooseTile(
  batch: number,
  rows: number,
  columns: number,
  depth: number,
  threads: number,
): { tile: Tile; scratchBytes: number } {
  const roundUp = (n: number, to: number): number => Math.ceil(n / to) * to
  const tile = { rows: tileRows, columns: tileColumns }
  const columnsEach = Math.min(roundUp(columns, tileColumns), columnBlock)
  const depthEach = Math.min(depth, depthBlock)
  const columnBlocks = Math.ceil(columns / columnsEach)
  // Four blocks per thread let the counters balance uneven threads.
  const wanted = Math.ceil((4 * threads) / (batch * columnBlocks))
  const rowsEach = Math.min(
    rowBlock,
    Math.max(2 * tileRows, roundUp(Math.ceil(rows / wanted), tileRows)),
    roundUp(rows, tileRows),
  )
  const lhsPanel = rowsEach * depthEach
  const rhsPanel = columnsEach * depthEach
  const sums = rowsEach * columnsEach
  return {
    tile: { ...tile, rowBlock: rowsEach, columnBlock: columnsEach, depthBlock: depthEach },
    scratchBytes: 4 * (lhsPanel + rhsPanel + sums),
  }
}

/** Parts to cut the depth into where rows and columns alone would leave threads idle. */
export function partsOfDepth(batch: number, contraction: Contraction, threads: number): number {
  const rows = iterations(contraction.rows)
  const columns = iterations(contraction.columns)
  const depth = iterations(contraction.depth)
  const blocks = batch * Math.ceil(rows / rowBlock) * Math.ceil(columns / columnBlock)
  const [outer] = contraction.depth
  if (outer === undefined || blocks >= 2 * threads || depth < 2048) return 1
  // Determinism: the cut depends on sizes alone, never on the number of threads.
  return Math.min(outer.extent, Math.max(1, Math.min(32, Math.floor(depth / 512))))
}

/** Parts to cut a reduction into where its results are too few to occupy threads. */
export function partsOfReduction(results: number, length: number): number {
  if (results >= 128 || length * results < 65536) return 1
  return Math.max(1, Math.min(64, Math.floor(length / 2048)))
}
