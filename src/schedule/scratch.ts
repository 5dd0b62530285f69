/** The private memory of a thread that works on a contraction: panels, what is on its way there, sums. */

import type { Tile } from "./kernel.ts"

/** Panels that are packed as one group of rows or of columns. */
export const panelsOfGroup = 8

/**
 * Bytes between the panels that a thread packs: panels that lay a multiple of 4096 bytes apart would
 * share the same places of the first cache.
 */
export const panelGap = 64

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

/** Where the parts of that memory lie, of a contraction of some depth cut by a tile. */
export function contractionScratch(tile: Tile, depth: number): ContractionScratch {
  const { rows, columns, rowBlock, columnBlock, depthBlock } = tile
  const widest = Math.max(rows, columns)
  const whole = depth > depthBlock
  const [tall, wide] = [Math.ceil(rowBlock / rows), Math.ceil(columnBlock / columns)]
  const panel = (width: number): number => 4 * width * depthBlock + panelGap
  const tiles = whole ? tall * wide : 1
  const zeros = 0
  const values = zeros + roundUp(4 * Math.max(depthBlock, panelsOfGroup * widest), 64)
  const lhs = values + roundUp(4 * widest * Math.max(depthBlock, panelsOfGroup * stepsOfChunk), 64)
  const rhs = lhs + roundUp(tall * panel(rows), 64)
  const sums = rhs + roundUp(Math.min(panelsOfGroup, wide) * panel(columns), 64)
  return { zeros, values, lhs, rhs, sums, bytes: sums + roundUp(4 * tiles * rows * columns, 64) }
}

function roundUp(n: number, to: number): number {
  return Math.ceil(n / to) * to
}
