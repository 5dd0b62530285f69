/**
 * How regions of scores are cut: into bands of rows, each with the columns that they see, and a band
 * into rounds and blocks of rows. Threads take a round each; workgroups all work on one block after
 * another. It depends on sizes alone.
 */

import type { Equation, Variable } from "../graph/index.ts"
import { type AnyTarget, isGroupTarget } from "./group-target.ts"
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
  /** Batches side by side in the one block of a round; where undefined, blocks are of one batch. */
  readonly beside?: number
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

/** How a machine has regions cut. */
export interface Cutter {
  /** Regions of fewer scores are left as they are. */
  readonly fewestScores: number
  /** Whether regions keep scores for others where they are few. */
  readonly keepsScores?: boolean
  /** The rows [from, to) of a region, which see its first `columns` columns, as a band or two. */
  cut(region: Region, from: number, to: number, columns: number): readonly Band[] | undefined
}

/** How a target has regions cut, where it does. */
export function cutterFor(target: AnyTarget): Cutter | undefined {
  if (!isGroupTarget(target)) return target.spreadsRounds ? forThreads : undefined
  const { mostScores } = target
  return mostScores === undefined ? undefined : forGroups(mostScores)
}

/** The bands of a region: of all its rows, or several that leave out what no row of them sees. */
export function bandsOf(
  region: Region,
  makers: ReadonlyMap<Variable, Equation>,
  cutter: Cutter,
): readonly Band[] | undefined {
  const [rows, columns] = region.shape.slice(-2)
  const wanted = bandsFrom.find((row) => rows >= row.rows && rows % row.bands === 0)?.bands ?? 1
  const reach = wanted > 1 ? reachOf(region, makers) : undefined
  if (reach !== undefined) {
    const each = rows / wanted
    const bands = Array.from({ length: wanted }, (_, i) => {
      const to = (i + 1) * each
      return cutter.cut(region, to - each, to, Math.max(1, Math.min(columns, to + reach)))
    })
    const all = bands.filter((band) => band !== undefined)
    if (all.length === wanted) return all.flat()
  }
  return cutter.cut(region, 0, rows, columns)
}

/** Fewer scores than this stay in the caches whatever is done. */
const forThreads: Cutter = {
  fewestScores: 2 ** 17,
  keepsScores: true,
  cut: (region, from, to, columns) => {
    const cut = cutOf(region, to - from, columns)
    return cut && [{ from, to, columns, cut }]
  },
}

/**
 * Blocks of at most so many scores, each large enough for all workgroups: several batches with all
 * of their rows, or some rows of one. Rows that are left over make a band of their own.
 */
function forGroups(mostScores: number): Cutter {
  return {
    fewestScores: mostScores + 1,
    cut: ({ shape }, from, to, columns) => {
      const pairs = shape.slice(0, -2).reduce((a, b) => a * b, 1)
      const all = to - from
      if (all * columns <= mostScores) {
        let beside = Math.min(pairs, Math.floor(mostScores / (all * columns)))
        while (pairs % beside !== 0) beside--
        const cut = { rounds: pairs / beside, blocks: 1, rows: all, chunks: 1, beside }
        return [{ from, to, columns, cut }]
      }
      const blocks = Math.ceil(all / Math.max(1, Math.floor(mostScores / columns)))
      const rows = Math.floor(all / blocks)
      const middle = from + rows * blocks
      const whole = { from, to: middle, columns, cut: { rounds: pairs, blocks, rows, chunks: 1 } }
      if (middle === to) return [whole]
      const rest = { rounds: pairs, blocks: 1, rows: to - middle, chunks: 1, beside: 1 }
      return [whole, { from: middle, to, columns, cut: rest }]
    },
  }
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
