/** What a search finds about a processor, as a value: register tiles, and the caches that blocks fill. */

import type { RegisterTile, Target } from "../../schedule/index.ts"

/**
 * When a device looks for the tiles and blocks that suit its processor: where its table was not measured
 * on such a one, on every processor, or never. What was found before on this machine is taken again.
 */
export type Tune = (typeof tuneChoices)[number]

export const tuneChoices = ["unknown", "always", "never"] as const

export interface Tuning {
  /** The register tiles, the one that multiplies fastest first. */
  readonly tiles: readonly RegisterTile[]
  /** How many times as much as in the table blocks keep in the first cache, and in the second. */
  readonly firstCache: number
  readonly secondCache: number
}

/**
 * Rows and vectors of the tiles that are tried beside a table's: of C for so many registers, and of
 * WebAssembly, whose rows are even in number, and of which engines on ARM have 32 registers.
 */
const shapes = {
  16: ["6x2", "4x3", "12x1", "5x2", "4x2", "8x1", "3x4", "2x6"],
  32: ["14x2", "28x1", "9x3", "6x4", "8x3", "12x2", "8x2", "7x3", "5x5", "4x6", "24x1"],
  wasm: ["6x2", "12x1", "4x2", "2x6", "4x3", "8x1", "8x2", "12x2", "6x4", "8x3", "4x6"],
} as const

export type Shapes = keyof typeof shapes

/** The register tiles that are tried: the table's first, then others, their cycles those of a peak. */
export function tilesToTry({ lanes, tiles }: Target, kind: Shapes): readonly RegisterTile[] {
  const others = shapes[kind].map((shape) => {
    const [rows, vectors] = shape.split("x").map(Number)
    return { rows, columns: vectors * lanes, cycles: (rows * vectors) / 2 }
  })
  const isWritten = ({ rows, columns }: RegisterTile): boolean =>
    tiles.some((tile) => tile.rows === rows && tile.columns === columns)
  return [...tiles, ...others.filter((tile) => !isWritten(tile))]
}

/** What a table says by itself. */
export function tuningOf({ tiles }: Target): Tuning {
  return { tiles, firstCache: 1, secondCache: 1 }
}

/** A table's target with what was found in place of what it says; the table where that is the same. */
export function tunedTarget(table: Target, { tiles, firstCache, secondCache }: Tuning): Target {
  const { mostDepth, mostLeft, mostColumns, mostKept, readsRows } = table
  if (firstCache === 1 && secondCache === 1 && areAlike(tiles, table.tiles)) return table
  return {
    ...table,
    table,
    tiles,
    mostDepth: firstCache * mostDepth,
    mostLeft: secondCache * mostLeft,
    mostColumns: secondCache * mostColumns,
    ...(mostKept !== undefined && { mostKept: secondCache * mostKept }),
    ...(readsRows !== undefined && {
      readsRows: { ...readsRows, mostElements: firstCache * readsRows.mostElements },
    }),
  }
}

function areAlike(some: readonly RegisterTile[], others: readonly RegisterTile[]): boolean {
  return JSON.stringify(some) === JSON.stringify(others)
}

/** Factors that a search may find. */
const [leastFactor, mostFactor] = [1 / 8, 8]

/** The tuning in a kept document, of tiles that are tried; undefined where it is none. */
export function readTuning(document: unknown, tried: readonly RegisterTile[]): Tuning | undefined {
  const { tiles, firstCache, secondCache }: Partial<Record<keyof Tuning, unknown>> =
    Object(document)
  if (!Array.isArray(tiles) || tiles.length === 0) return undefined
  const found: RegisterTile[] = []
  for (const tile of tiles) {
    const { rows, columns, cycles }: Partial<Record<keyof RegisterTile, unknown>> = Object(tile)
    const known = tried.find((each) => each.rows === rows && each.columns === columns)
    if (known === undefined || !isBetween(cycles, 0.1, 1000)) return undefined
    found.push({ ...known, cycles })
  }
  if (!isBetween(firstCache, leastFactor, mostFactor)) return undefined
  if (!isBetween(secondCache, leastFactor, mostFactor)) return undefined
  return { tiles: found, firstCache, secondCache }
}

function isBetween(value: unknown, least: number, most: number): value is number {
  return typeof value === "number" && value >= least && value <= most
}
