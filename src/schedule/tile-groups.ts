/** How contractions and long reductions are cut for workgroups: the numbers of the schedule. */

import type { GroupTarget } from "./group-target.ts"
import type { Tile } from "./kernel.ts"
import type { ContractionSizes } from "./tile.ts"

/**
 * Blocks with the register tiles of their invocations, largest first: 256, 128, 64 and 64 invocations.
 * A large block reads each element of an operand once for more products, and a large tile each element
 * of shared memory; small ones leave more blocks for more workgroups. Tiles are whole vectors, and the
 * vectors of both operands' blocks whole rounds of the invocations.
 */
const blocks: readonly Tile[] = [
  { rows: 8, columns: 8, rowBlock: 128, columnBlock: 128, depthBlock: 8 },
  { rows: 8, columns: 4, rowBlock: 64, columnBlock: 64, depthBlock: 16 },
  { rows: 4, columns: 4, rowBlock: 32, columnBlock: 32, depthBlock: 16 },
  { rows: 2, columns: 2, rowBlock: 16, columnBlock: 16, depthBlock: 16 },
]

/** Neighbours along rows or columns that lie in one vector of shared memory. */
export function vectorOf({ rows, columns }: Tile): number {
  return Math.min(4, rows, columns)
}

/** Bytes of float32 blocks of both operands, a vector more at each level. */
function sharedBytesOf(tile: Tile): number {
  const across = tile.rowBlock + tile.columnBlock + 2 * vectorOf(tile)
  return 4 * across * tile.depthBlock
}

/** So many workgroups occupy a GPU; no more than this is gained by cutting further. */
const enoughGroups = 256

/** Whether a contraction fills blocks well enough to pay for going through shared memory. */
export function worthGroupTiling(rows: number, columns: number, depth: number): boolean {
  return Math.min(rows, columns) >= 4 && depth >= 4 && rows * columns * depth >= 4096
}

/** The largest block that leaves enough of them, or, where none does, the one with the most. */
export function chooseGroupTile(sizes: ContractionSizes, target: GroupTarget): Tile {
  const { invocations, sharedBytes } = target
  const fitting = blocks.filter(
    (tile) => invocationsOf(tile) <= invocations && sharedBytesOf(tile) <= sharedBytes,
  )
  const enough = fitting.find(
    (tile) =>
      blocksOf(sizes, tile) >= enoughGroups &&
      sizes.rows * 2 > tile.rowBlock &&
      sizes.columns * 2 > tile.columnBlock,
  )
  const tile = enough ?? fitting.at(-1)
  if (tile === undefined) {
    throw new RangeError(`workgroups of ${invocations} with ${sharedBytes} bytes are too small`)
  }
  return tile
}

/** Invocations that work on one block. */
export function invocationsOf({ rows, columns, rowBlock, columnBlock }: Tile): number {
  return (rowBlock / rows) * (columnBlock / columns)
}

function blocksOf({ batch, rows, columns }: ContractionSizes, tile: Tile): number {
  return batch * Math.ceil(rows / tile.rowBlock) * Math.ceil(columns / tile.columnBlock)
}

/** Parts to cut the depth into where rows and columns alone leave most of a GPU idle. */
export function groupPartsOfDepth(sizes: ContractionSizes, target: GroupTarget): number {
  const here = blocksOf(sizes, chooseGroupTile(sizes, target))
  if (here >= enoughGroups / 4 || sizes.depth < 1024) return 1
  return Math.min(Math.floor(sizes.depth / 256), Math.ceil(enoughGroups / here))
}

/** Elements that each invocation of a workgroup takes before the workgroup adds them up. */
const elementsOfInvocation = 16

/** Results side by side that are enough invocations to occupy a GPU. */
const enoughInvocations = 1 << 15

/**
 * Parts to cut a reduction into where its results are too few to occupy a GPU.
 * @param columns whether results lie side by side in memory, as sums of columns do
 */
export function groupPartsOfReduction(
  results: number,
  length: number,
  columns: boolean,
  { invocations }: GroupTarget,
): number {
  if (length * results < 65536) return 1
  const wanted = columns && results >= 32 ? enoughInvocations / results : enoughGroups / results
  const least = columns && results >= 32 ? 64 : elementsOfInvocation * invocations
  return Math.max(1, Math.min(Math.ceil(wanted), Math.floor(length / least)))
}
