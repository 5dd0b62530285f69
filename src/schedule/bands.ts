/**
 * How regions of scores are cut: into bands of rows, each with the columns that they see, and a band
 * into rounds for threads and blocks of rows. It depends on sizes alone.
 */

import type { Equation, Variable } from "../graph/index.ts"
import { enoughRounds } from "./lower/control.ts"
import { reachOf } from "./masked.ts"
import type { Region } from "./scores.ts"

/** Scores of a block: they stay in a thread's second cache, several of them beside each other. */
const blockScores = 2 ** 16

/** Rows of a block: enough for register tiles, and to pay for packing the keys. */
const [fewestRows, mostRows] = [32, 128]

/** Rounds of the outer loop, which go to threads: no more than must be where each has sums of its own. */
const wantedRounds = { alone: 64, withSums: enoughRounds } as const

/** How a region is cut: `rounds` of the outer loop, each of `blocks` blocks of `rows` rows. */
export interface Cut {
  readonly rounds: number
  readonly blocks: number
  readonly rows: number
  /** Rounds that share a batch. */
  readonly chunks: number
}

/** Rows [from, to) of a region, which see its first `columns` columns. */
export interface Band {
  readonly from: number
  readonly to: number
  readonly columns: number
  readonly cut: Cut
}

/** Rows from which on a region whose rows see different columns is worth cutting into so many bands. */
const bandsFrom = [
  { rows: 2048, bands: 8 },
  { rows: 512, bands: 4 },
]

/** The bands of a region: one of all its rows, or several that leave out what no row of them sees. */
export function bandsOf(
  region: Region,
  makers: ReadonlyMap<Variable, Equation>,
): readonly Band[] | undefined {
  const [rows, columns] = region.shape.slice(-2)
  const wanted = bandsFrom.find((row) => rows >= row.rows && rows % row.bands === 0)?.bands ?? 1
  const reach = wanted > 1 ? reachOf(region, makers) : undefined
  if (reach !== undefined) {
    const each = rows / wanted
    const bands = Array.from({ length: wanted }, (_, i): Band | undefined => {
      const to = (i + 1) * each
      const seen = Math.max(1, Math.min(columns, to + reach))
      const cut = cutOf(region, each, seen)
      return cut && { from: to - each, to, columns: seen, cut }
    })
    const all = bands.filter((band) => band !== undefined)
    if (all.length === wanted) return all
  }
  const cut = cutOf(region, rows, columns)
  return cut && [{ from: 0, to: rows, columns, cut }]
}

function cutOf({ shape, sums }: Region, all: number, columns: number): Cut | undefined {
  const pairs = shape.slice(0, -2).reduce((a, b) => a * b, 1)
  const most = Math.min(mostRows, Math.max(fewestRows, Math.floor(blockScores / columns)))
  let rows = Math.min(all, most)
  const isTooFew = (): boolean => (pairs * all) / rows < wantedRounds.alone && rows > fewestRows
  while (all % rows !== 0 || isTooFew()) rows--
  // Blocks of few rows would pack the keys over and over again.
  if (rows < Math.min(all, fewestRows / 2)) return undefined
  const carries = sums.some(({ over }) => over === "rows")
  const wanted = carries ? wantedRounds.withSums : wantedRounds.alone
  let chunks = Math.min(all / rows, Math.ceil(wanted / pairs))
  while ((all / rows) % chunks !== 0) chunks++
  if (pairs * chunks < enoughRounds) return undefined
  return { rounds: pairs * chunks, blocks: all / rows / chunks, rows, chunks }
}
