/** How C code for a contraction lays out a thread's private memory. */

import {
  type ContractionKernel,
  iterations,
  panelsOfGroup,
  type Scalar,
  type Target,
  type Tile,
  type Window,
} from "../../schedule/index.ts"

/** What tiles multiply and add up: of narrower dtypes, their float32. */
export type Element = "f32" | "f64"

export const elementBytes: { readonly [E in Element]: number } = { f32: 4, f64: 8 }

/** The element of an operand's panels, and of the sums of its products. */
export function elementOf({ dtype }: Scalar): Element {
  return dtype === "float64" ? "f64" : "f32"
}

/** Arrays and panels of fewer bytes stay in the second cache, for the most part. */
export const nearBytes = 2 ** 20

/** Where parts of the private memory of a thread start, in bytes. */
export interface PanelMemory {
  /** The panels of a block of rows, or the box that they are read from. */
  readonly lhs: number
  /** The panels of a block, or of a group, of columns. */
  readonly rhs: number
  /** A panel of columns on its way, its elements along the depth. */
  readonly values: number
  /** The sums of the block, where its depth comes in several blocks; else of one tile. */
  readonly sums: number
  readonly bytes: number
}

/**
 * Elements from one row of a panel to the next where they lie along the depth: no multiple of 4096
 * bytes, which would share places of the first cache.
 */
export function rowStride(depthBlock: number): number {
  return roundUp(depthBlock, 16) + 16
}

function panelMemory(tile: Tile, depth: number, each: number, window?: Window): PanelMemory {
  const { rows, columns, rowBlock, columnBlock, depthBlock, inPlace } = tile
  const line = window?.rows.at(-1)?.extent ?? rowBlock
  const tall = Math.ceil(rowBlock / line) * Math.ceil(line / rows)
  const wide = Math.ceil(columnBlock / columns)
  const tiles = depth > depthBlock ? tall * wide : 1
  const stride = rowStride(depthBlock)
  const lhs = 0
  const panels = inPlace ? 0 : tall * rows * stride
  const left = window === undefined ? panels : iterations(window.axes)
  // Where blocks are of rows, the columns of a window are packed ahead.
  const ahead = window?.over === "rows"
  const together = window === undefined ? wide : Math.min(panelsOfGroup, wide)
  const group = ahead ? 0 : together * columns * depthBlock
  const rhs = lhs + roundUp(each * left, 64)
  const values = rhs + roundUp(each * group, 64)
  const sums = values + roundUp(ahead ? 0 : each * columns * stride, 64)
  return { lhs, rhs, values, sums, bytes: sums + roundUp(each * tiles * rows * columns, 64) }
}

/** Rows, or columns, of a panel of bfloat16: those of two of a processor's tiles. */
export const rowsOfPanel = 32

/** Steps of depth in a processor's tile of bfloat16. */
export const stepsOfTile = 32

/** Words, each of two bfloat16, from one row of a panel of rows to the next. */
export function pairStride({ depthBlock }: Tile): number {
  return rowStride(roundUp(depthBlock, stepsOfTile) / 2)
}

/** The memory of operands in bfloat16. */
function pairMemory(tile: Tile, depth: number): PanelMemory {
  const { rowBlock, columnBlock, depthBlock } = tile
  const tall = Math.ceil(rowBlock / rowsOfPanel)
  const wide = Math.ceil(columnBlock / rowsOfPanel)
  const tiles = depth > depthBlock ? tall * wide : 1
  const words = roundUp(depthBlock, stepsOfTile) / 2
  const bytes = 4 * rowsOfPanel
  const rhs = tall * bytes * pairStride(tile)
  const values = rhs + Math.min(panelsOfGroup, wide) * bytes * words
  // Of a panel on its way: words along the depth, or elements that are not paired yet.
  const sums = values + bytes * Math.max(2 * words, pairStride(tile))
  return { lhs: 0, rhs, values, sums, bytes: sums + tiles * bytes * rowsOfPanel }
}

/** The memory of a kernel's private panels. */
export function memoryOf({ lhs, depth, tile, window }: ContractionKernel): PanelMemory {
  const total = iterations(depth)
  if (lhs.dtype === "bfloat16") return pairMemory(tile, total)
  return panelMemory(tile, total, elementBytes[elementOf(lhs)], window)
}

function roundUp(n: number, to: number): number {
  return Math.ceil(n / to) * to
}

/** What lanes and registers a processor has for float32. */
export interface VectorUnit {
  /** float32 lanes of a vector. */
  readonly lanes: number
  readonly registers: number
  /** Whether it multiplies bfloat16 in tiles (Intel AMX). */
  readonly tiles?: boolean
}

/**
 * The scheduler's target for C on a processor: tiles that fill its registers with sums, but for those
 * of a row of columns and of a broadcast, and one of few rows, for results of few columns: it reads any
 * rows where they lie. Cycles suppose two fused multiply-adds in each, and that some loads miss the
 * first cache.
 */
export function cTarget({ lanes, registers, tiles: hasTiles = false }: VectorUnit): Target {
  const tiles = (
    registers === 32
      ? [
          [14, 2],
          [28, 1],
          [9, 3],
          [6, 4],
          [8, 3],
          [12, 2],
          [8, 1],
        ]
      : [
          [6, 2],
          [12, 1],
          [4, 3],
        ]
  ).map(([rows, vectors]) => ({
    rows,
    columns: vectors * lanes,
    cycles: Math.max((rows * vectors) / 2, (rows + vectors) / 2) + 0.06 * (rows + vectors),
  }))
  const target: Target = {
    lanes,
    masksRest: true,
    tiles,
    mostDepth: 384,
    mostLeft: 131072,
    mostColumns: 1024,
    mostKept: 290_000,
    readsRows: { mostElements: 12_288, row: 100, element: 0.02 },
    mostAhead: 2 ** 22,
    cycles: {
      tile: 30,
      piece: 500,
      kernel: 8000,
      ahead: 0.4 + 14.4 / lanes,
      pack: 9.6 / lanes,
      read: 0.3,
      unit: 4 / lanes,
      slice: 3,
    },
    spreadsRounds: true,
    sumsRows: true,
    readsWindows: true,
    scratchBytes: (tile, depth, window) => panelMemory(tile, depth, elementBytes.f32, window).bytes,
  }
  const float64 = ofDoubles(target)
  return hasTiles ? { ...target, float64, bfloat16: inPairs(target) } : { ...target, float64 }
}

/** The same processor where it multiplies float64: half as many lanes, and half as many elements in a cache. */
function ofDoubles({ readsWindows: _, ...target }: Target): Target {
  const { tiles, lanes, mostDepth, mostLeft, mostKept, mostAhead, readsRows } = target
  return {
    ...target,
    lanes: lanes / 2,
    tiles: tiles.map((tile) => ({ ...tile, columns: tile.columns / 2 })),
    mostDepth: mostDepth / 2,
    mostLeft: mostLeft / 2,
    mostAhead: mostAhead / 2,
    ...(mostKept !== undefined && { mostKept: mostKept / 2 }),
    ...(readsRows && { readsRows: { ...readsRows, mostElements: readsRows.mostElements / 2 } }),
    cycles: { ...target.cycles, unit: 2 * target.cycles.unit },
    scratchBytes: (tile, depth) => panelMemory(tile, depth, elementBytes.f64).bytes,
  }
}

/**
 * The same processor where it multiplies tiles of bfloat16: four products of 16×16×32 in 64 cycles, as
 * Intel's manual has it. Panels packed ahead are paired by the threads that read them.
 */
function inPairs({ readsWindows: _, readsRows: __, ...target }: Target): Target {
  return {
    ...target,
    tiles: [{ rows: rowsOfPanel, columns: rowsOfPanel, cycles: 2.2 }],
    mostDepth: 512,
    depthUnit: stepsOfTile,
    cycles: { ...target.cycles, tile: 100, pack: 0.4, read: 0.2, ahead: 0.5, slice: 8 },
    scratchBytes: (tile, depth) => pairMemory(tile, depth).bytes,
  }
}
