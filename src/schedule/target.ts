/** What the scheduler must know of the processor that will run a program. */

import type { Tile, Window } from "./kernel.ts"
import { contractionScratch } from "./scratch.ts"

/** A tile of sums held in registers, columns in lanes, with the cycles of one step of its depth. */
export interface RegisterTile {
  readonly rows: number
  readonly columns: number
  readonly cycles: number
}

/** Cycles by which ways to cut a contraction are compared. */
export interface TileCycles {
  /** A tile's call and its loads and stores. */
  readonly tile: number
  readonly piece: number
  /** A kernel and its barrier. */
  readonly kernel: number
  /** An element packed in a kernel of its own. */
  readonly ahead: number
  /** An element packed by the thread that uses it. */
  readonly pack: number
  /** An element read from panels that were packed ahead. */
  readonly read: number
  /** What a unit of elementwise cost adds to an element. */
  readonly unit: number
  /**
   * Rows of a block that lie side by side in memory use more of each cache line, the more they are:
   * what an element costs beyond the others, times the rows.
   */
  readonly slice: number
}

/** How a processor works on several elements at once. */
export interface Vectors {
  /** float32 lanes of a vector. */
  readonly lanes: number
  /** Whether elements that fill no vector are done together, under a mask, and not one by one. */
  readonly masksRest?: true
}

export interface Target extends Vectors {
  /** The first fills the fused multiply-adders; the others suit few rows or few columns. */
  readonly tiles: readonly RegisterTile[]
  /** Steps of depth up to which panels of rows and columns stay together in the first cache. */
  readonly mostDepth: number
  /** Elements of a block of rows that stay in the second cache beside its sums. */
  readonly mostLeft: number
  readonly mostColumns: number
  /** Elements of a block of both operands and of its sums together that do so; any number unless given. */
  readonly mostKept?: number
  /** Blocks of depth are multiples of this, but for a last one; 4 unless given. */
  readonly depthUnit?: number
  /** Panels packed ahead have no more elements than this, or than the result has. */
  readonly mostAhead: number
  readonly cycles: TileCycles
  /**
   * Whether rounds of a loop that hands nothing on may go to threads, each round's kernels run by one
   * of them, with private memory for what lives in a round alone. Asked for by targets whose emitter
   * knows repetitions with a counter in `threads` and storage of kind `private`; attention is then
   * computed in blocks.
   */
  readonly spreadsRounds?: true | undefined
  /**
   * Whether rows of memory that lie along the depth are read where they are: elements of a tile's rows in
   * a block of depth that stay in the first cache, and the cycles of a row's start and of an element.
   */
  readonly readsRows?: {
    readonly mostElements: number
    readonly row: number
    readonly element: number
  }
  /** Whether a contraction's epilogue may add up what it computes, over parts of its rows. */
  readonly sumsRows?: true
  /** Whether the left operand of a convolution may be read from boxes instead of panels. */
  readonly readsWindows?: true
  /**
   * What contractions take for their target whose operands are rounded to bfloat16, where the
   * processor multiplies that dtype itself: their kernels' operands are of it, and each of its tiles'
   * rows and columns is one of a panel.
   */
  readonly bfloat16?: Target
  /** What contractions of float64 take for their target, where tiles multiply it. */
  readonly float64?: Target
  /**
   * The target as it was written down, of one whose tiles and blocks were found by a search: it answers
   * whatever decides the order of sums, so that the search changes no bits.
   */
  readonly table?: Target
  /** Bytes of private memory that a thread needs for a contraction cut this way. */
  scratchBytes(tile: Tile, depth: number, window?: Window): number
}

/** WebAssembly's 128-bit lanes and 16 registers; cycles measured in V8 on an AMD Zen 5. */
export const wasmTarget: Target = {
  lanes: 4,
  tiles: [
    { rows: 6, columns: 8, cycles: 6 },
    { rows: 12, columns: 4, cycles: 6.7 },
    { rows: 4, columns: 8, cycles: 4.7 },
    { rows: 2, columns: 24, cycles: 6.1 },
  ],
  mostDepth: 320,
  mostLeft: 65536,
  mostColumns: 512,
  mostAhead: 2 ** 20,
  cycles: {
    tile: 30,
    piece: 800,
    kernel: 20_000,
    ahead: 1.5,
    pack: 0.5,
    read: 0.4,
    unit: 0.4,
    slice: 12,
  },
  spreadsRounds: true,
  scratchBytes: (tile, depth) => contractionScratch(tile, depth).bytes,
}

/** What decides the order of sums: the target as it was written down. */
export function tableOf(target: Target): Target {
  return target.table ?? target
}
