/**
 * Kernels: nests of axes, each in space or in time, around scalar expressions.
 *
 * A kernel says what is computed where and when, for no particular language; the emitters print it.
 */

import { type DType, dtypes } from "../size/index.ts"
import { type Axis, iterations, laneOf } from "./axis.ts"
import type { Buffer, Condition, Index, Scalar } from "./expression.ts"

export interface Store {
  readonly buffer: Buffer
  readonly index: Index
  readonly value: Scalar
  /**
   * Of a loop's stores: whether nothing is stored where the guard that the value is does not hold. Its
   * conditions do not vary with lanes.
   */
  readonly skips?: true
  /** Of several kernels that each store elements of their own in one buffer: what all of them share. */
  readonly apart?: object
  /** Of a contraction's stores: what is stored are sums of the values over parts of the rows. */
  readonly summed?: RowParts
}

/** Parts of rows, counted through all of them: blocks of rows end where parts end. */
export interface RowParts {
  /** Rows of a part, whose values are added in their order. */
  readonly rows: number
  /** Elements from the sums of one part to those of the next; the store's index is the first part's. */
  readonly stride: number
}

/** Where alone a store is done; everywhere where there are none. */
export function conditionsOf({ value, skips }: Store): readonly Condition[] {
  return skips === true && value.kind === "guard" ? value.conditions : []
}

export type Combine = "sum" | "prod" | "max" | "min"

/** What combines with any value to that value. */
export function identityOf(combine: Combine, dtype: DType): number {
  const { lowest, highest } = dtypes[dtype]
  return { sum: 0, prod: 1, max: lowest, min: highest }[combine]
}

/** All values of a reduction combined. */
export interface Total {
  readonly combine: Combine
  readonly dtype: DType
  readonly value: Scalar
}

/** The index, along the one reduced axis, of the first extreme value; NaN wins. */
export interface ExtremePlace {
  readonly combine: "argmax" | "argmin"
  readonly dtype: "int32"
  readonly value: Scalar
}

/** A reduction of `value` over the kernel's reduced axes. */
export type Accumulator = Total | ExtremePlace

export function seeksPlace(accumulator: Accumulator): accumulator is ExtremePlace {
  return accumulator.combine === "argmax" || accumulator.combine === "argmin"
}

/**
 * for each of `axes`: reduce every accumulator over `reduced`, then do the stores.
 * `axes` and `reduced` are nested outermost first. At most one axis of all is in lanes.
 */
export interface LoopKernel {
  readonly kind: "loop"
  readonly axes: readonly Axis[]
  readonly reduced: readonly Axis[]
  readonly accumulators: readonly Accumulator[]
  readonly stores: readonly Store[]
}

/** How a contraction is cut into blocks and register tiles. */
export interface Tile {
  /** Rows and columns of the tile held in registers; columns are in lanes. */
  readonly rows: number
  readonly columns: number
  /** Rows, columns and depth of a block: what one thread packs and works through at a time. */
  readonly rowBlock: number
  readonly columnBlock: number
  readonly depthBlock: number
  /** Whether tiles read the left operand's rows where they lie: the schedule has seen that they can. */
  readonly inPlace?: true
}

/**
 * An operand packed ahead of the kernel: row-major [batch, ⌈columns/tile.columns⌉, depth,
 * tile.columns], with zeros where columns end inside a panel.
 */
export interface Panels {
  readonly kind: "panels"
  readonly buffer: Buffer
}

/** Iterations of a loop, and the floats by which an address moves at each. */
export interface Level {
  readonly extent: number
  readonly stride: number
}

/**
 * A left operand read from a box: what a block of rows and steps needs of it, each element once.
 * The block's rows and steps, in order, stand in the box where their levels, outermost first, say.
 */
export interface Window {
  /** The group of axes that blocks cut: a block has all of the other. */
  readonly over: "rows" | "depth"
  /** Where a block begins: the axes of that group down to the one that is cut. */
  readonly at: readonly Axis[]
  /** Iterations of that group within one of the axis that is cut. */
  readonly each: number
  /** The axes of the box, row-major; with `channels` the last is of a vector's lanes. */
  readonly axes: readonly Axis[]
  /** An element of the box, over the batch, `at` (whose last is the block's first) and `axes`. */
  readonly value: Scalar
  /**
   * Set where columns are of several groups, each with so many channels of its own, which stand in a
   * vector of the box in the groups' order. The last axis of depth, the channels, has no level then.
   */
  readonly channels?: number | undefined
  readonly rows: readonly Level[]
  /** One level or two. */
  readonly depth: readonly Level[]
}

/**
 * for each of batch, rows, columns: accumulator 0 = Σ over depth of lhs·rhs, then the stores.
 * Each group of axes counts as one, flattened row-major. `lhs` depends on batch, rows and depth,
 * `rhs` on batch, columns and depth: both are evaluated while packing, so whatever elementwise
 * work and views feed them is fused. The stores are the fused epilogue.
 */
export interface ContractionKernel {
  readonly kind: "contraction"
  readonly batch: readonly Axis[]
  readonly rows: readonly Axis[]
  readonly columns: readonly Axis[]
  readonly depth: readonly Axis[]
  readonly lhs: Scalar
  readonly rhs: Scalar | Panels
  readonly stores: readonly Store[]
  readonly tile: Tile
  /** Set where `lhs` is read from a box instead of panels; for targets that ask for it. */
  readonly window?: Window
  /** Bytes of private memory that each thread packs into. */
  readonly scratchBytes: number
}

/** for each of `axes`: an inclusive scan of `value` along `along`, one step after another. */
export interface ScanKernel {
  readonly kind: "scan"
  readonly axes: readonly Axis[]
  readonly along: Axis
  readonly combine: Combine
  readonly value: Scalar
  /** The value of the store is the running combination. */
  readonly buffer: Buffer
  readonly index: Index
}

/** Rows of a scan that are gone along together: of one alone, each sum would wait for the last. */
export const rowsTogether = 4

/** The axis whose rows are gone along together; undefined where lanes are rows, or each is a piece. */
export function rowsOfScan({ axes }: ScanKernel): Axis | undefined {
  if (laneOf(axes) !== undefined) return undefined
  const last = axes.at(-1)
  return last?.place === "steps" ? last : undefined
}

/**
 * for each of `axes`, in space: for each of `steps`, in time:
 * where `when` holds, buffer[index] = combine(buffer[index], value).
 */
export interface ScatterKernel {
  readonly kind: "scatter"
  readonly axes: readonly Axis[]
  readonly steps: readonly Axis[]
  readonly combine: Combine | "set"
  readonly buffer: Buffer
  readonly index: Index
  readonly value: Scalar
  readonly when: Scalar
}

/**
 * Sorts rows of `extent` elements each, stably, by the first `keys` of the operands, NaN last: whole
 * rows, or stretches of `stretch` elements each by itself, the last of which may be shorter. Operands
 * and results are row-major with the sorted axis innermost.
 */
export interface SortKernel {
  readonly kind: "sort"
  /** The rows, or the stretches of all rows. */
  readonly rows: Axis
  readonly extent: number
  readonly stretch: number
  readonly keys: number
  readonly operands: readonly Buffer[]
  readonly results: readonly Buffer[]
  /** Bytes of private memory of each thread. */
  readonly scratchBytes: number
}

/**
 * Merges the runs of `run` elements, each in order, of rows as {@link SortKernel} has them, two by two;
 * of equal elements those of the first run come first. The last run of a row may be shorter, or alone.
 */
export interface MergeKernel {
  readonly kind: "merge"
  /** Each writes {@link mergePiece} elements of a row, the last of a row perhaps fewer. */
  readonly pieces: Axis
  readonly extent: number
  readonly run: number
  readonly keys: number
  readonly operands: readonly Buffer[]
  readonly results: readonly Buffer[]
}

export type Kernel =
  | LoopKernel
  | ContractionKernel
  | ScanKernel
  | ScatterKernel
  | SortKernel
  | MergeKernel

/** Axes of a kernel, outermost first. */
export function axesOf(kernel: Kernel): readonly Axis[] {
  switch (kernel.kind) {
    case "loop":
      return [...kernel.axes, ...kernel.reduced]
    case "contraction":
      return [...kernel.batch, ...kernel.rows, ...kernel.columns, ...kernel.depth]
    case "scan":
      return [...kernel.axes, kernel.along]
    case "scatter":
      return [...kernel.axes, ...kernel.steps]
    case "sort":
      return [kernel.rows]
    case "merge":
      return [kernel.pieces]
  }
}

/**
 * Independent pieces of a kernel: threads take them in any order. The product of the extents of
 * its axes in `threads`; a contraction's are its blocks of rows and columns.
 */
export function piecesOf(kernel: Kernel): number {
  if (kernel.kind === "contraction") {
    const { rows, columns, batch, tile } = kernel
    const blocks =
      Math.ceil(iterations(rows) / tile.rowBlock) *
      Math.ceil(iterations(columns) / tile.columnBlock)
    return iterations(batch) * blocks
  }
  return iterations(axesOf(kernel).filter((axis) => axis.place === "threads"))
}

/** The buffers that a kernel writes. */
export function storesOf(kernel: Kernel): readonly Buffer[] {
  switch (kernel.kind) {
    case "loop":
    case "contraction":
      return kernel.stores.map((store) => store.buffer)
    case "scan":
    case "scatter":
      return [kernel.buffer]
    case "sort":
    case "merge":
      return kernel.results
  }
}
