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
  const cut = { ...tile, rowBlock: rowsEach, columnBlock: columnsEach, depthBlock: depthEach }
  return { tile: cut, scratchBytes: contractionScratch(cut, depth).bytes }
}

/** Panels that are packed as one block of contiguous rows or columns. */
export const panelsOfGroup = 8

/** Steps of depth that are computed before they are packed. */
export const stepsOfChunk = 32

/** Byte offsets in the private memory of a thread that works on a contraction. */
export interface ContractionScratch {
  /** Zeros, read where an operand has nothing. */
  readonly zeros: number
  /** Values of an operand on their way into panels. */
  readonly values: number
  /** The panels of a block of rows, and of a group of columns. */
  readonly lhs: number
  readonly rhs: number
  /** Sums: of one tile, or of the whole block where its depth comes in several blocks. */
  readonly sums: number
  readonly bytes: number
}

export function contractionScratch(tile: Tile, depth: number): ContractionScratch {
  const { rows, columns, rowBlock, columnBlock, depthBlock } = tile
  const widest = Math.max(rows, columns)
  const whole = depth > depthBlock
  const floats = {
    zeros: Math.max(depthBlock, panelsOfGroup * widest),
    values: widest * Math.max(depthBlock, panelsOfGroup * stepsOfChunk),
    lhs: roundUp(rowBlock, rows) * depthBlock,
    rhs: Math.min(panelsOfGroup * columns, roundUp(columnBlock, columns)) * depthBlock,
    sums: whole ? roundUp(rowBlock, rows) * roundUp(columnBlock, columns) : rows * columns,
  }
  const zeros = 0
  const values = zeros + roundUp(4 * floats.zeros, 64)
  const lhs = values + roundUp(4 * floats.values, 64)
  const rhs = lhs + roundUp(4 * floats.lhs, 64)
  const sums = rhs + roundUp(4 * floats.rhs, 64)
  return { zeros, values, lhs, rhs, sums, bytes: sums + roundUp(4 * floats.sums, 64) }
}

function roundUp(n: number, to: number): number {
  return Math.ceil(n / to) * to
}

/** So many blocks of rows and columns occupy a machine's threads. */
const enoughBlocks = 16

/**
 * Parts to cut the depth into where rows and columns alone would leave threads idle. It depends on
 * sizes alone, never on the number of threads, so that every number of threads gives the same bits.
 */
export function partsOfDepth(batch: number, contraction: Contraction): number {
  const rows = iterations(contraction.rows)
  const columns = iterations(contraction.columns)
  const depth = iterations(contraction.depth)
  const blocks = batch * Math.ceil(rows / rowBlock) * Math.ceil(columns / columnBlock)
  const [outer] = contraction.depth
  if (outer === undefined || blocks >= enoughBlocks || depth < 2048) return 1
  return Math.min(outer.extent, Math.max(1, Math.min(32, Math.floor(depth / 512))))
}

/** Parts to cut a reduction into where its results are too few to occupy threads. */
export function partsOfReduction(results: number, length: number): number {
  if (results >= 128 || length * results < 65536) return 1
  return Math.max(1, Math.min(64, Math.floor(length / 2048)))
}
