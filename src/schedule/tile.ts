/** How contractions and long reductions are cut: the numbers of the schedule, in one place. */

import { rowsCollide } from "./in-place.ts"
import type { Tile } from "./kernel.ts"
import { type RegisterTile, type Target, type TileCycles, tableOf } from "./target.ts"

/** What it takes to read an element of an operand. */
export interface OperandCost {
  /** Elementwise cost of an element. */
  readonly work: number
  /** Whether neighbouring rows (or columns) lie side by side in memory, rather than depth. */
  readonly sliced: boolean
  /** Bytes from one row to the next where rows are plain memory, each along the depth. */
  readonly rowBytes?: number | undefined
}

/** The sizes of a contraction that decide how it is cut. */
export interface ContractionSizes {
  readonly batch: number
  readonly rows: number
  readonly columns: number
  readonly depth: number
  /** Extent of the innermost depth axis: blocks of depth end where its runs end. */
  readonly innerDepth: number
  readonly lhs: OperandCost
  readonly rhs: OperandCost
}

/** Whether a contraction fills register tiles well enough to pay for packing. */
export function worthTiling(rows: number, columns: number, depth: number): boolean {
  const [least, most] = [Math.min(rows, columns), Math.max(rows, columns)]
  const fills = least >= 4 || (least >= 2 && most >= 24)
  return fills && depth >= 4 && rows * columns * depth >= 4096
}

/** So many times the products of a contraction are still done sooner in tiles of bfloat16. */
const mostPadding = 4

/** Whether a contraction fills tiles of bfloat16: what they lack is multiplied as zeros. */
export function fillsTiles(
  { rows, columns, depth }: ContractionSizes,
  { tiles: [tile], depthUnit = 1 }: Target,
): boolean {
  const padded =
    roundUp(rows, tile.rows) * roundUp(columns, tile.columns) * roundUp(depth, depthUnit)
  return padded <= mostPadding * rows * columns * depth
}

export interface TileChoice {
  readonly tile: Tile
  /** Whether the columns' panels are packed by a kernel of their own, once for all row blocks. */
  readonly ahead: boolean
  readonly scratchBytes: number
}

/**
 * Cuts a contraction into blocks, at least estimated cycles for so many threads. A sum goes on from one
 * block of depth to the next in order: every choice gives the same bits.
 */
export function chooseTile(sizes: ContractionSizes, threads: number, target: Target): TileChoice {
  let best: { tile: Tile; ahead: boolean; cycles: number } | undefined
  for (const { rows, columns, cycles: each } of target.tiles) {
    const most = depthInPlace(sizes.lhs, rows, target)
    const depthBlock = chooseDepthBlock(sizes.depth, sizes.innerDepth, target, most)
    const packed = Math.max(2 * rows, Math.floor(target.mostLeft / depthBlock))
    const mostRows = most === undefined ? packed : sizes.rows
    for (const rowBlock of blockSizes(sizes.rows, rows, mostRows)) {
      for (const columnBlock of blockSizes(sizes.columns, columns, target.mostColumns)) {
        const cut = { rows, columns, rowBlock, columnBlock, depthBlock }
        const tile: Tile = most === undefined ? cut : { ...cut, inPlace: true }
        for (const ahead of mayPackAhead(sizes, tile, target) ? [false, true] : [false]) {
          const cycles = estimate(sizes, tile, each, ahead, threads, target)
          if (best === undefined || cycles < best.cycles) best = { tile, ahead, cycles }
        }
      }
    }
  }
  if (best === undefined) throw new Error("a contraction has at least one row and one column")
  const { tile, ahead } = best
  return { tile, ahead, scratchBytes: target.scratchBytes(tile, sizes.depth) }
}

/**
 * The tile with its blocks of rows cut anew, so that they end where parts of so many rows end: at least
 * estimated cycles, as {@link chooseTile} counts them.
 */
export function cutInParts(
  sizes: ContractionSizes,
  tile: Tile,
  ahead: boolean,
  part: number,
  threads: number,
  target: Target,
): Tile {
  const register = target.tiles.find(
    ({ rows, columns }) => rows === tile.rows && columns === tile.columns,
  )
  const most = Math.max(2 * part, tile.rowBlock)
  const [first, ...others] = blockSizes(sizes.rows, part, most).map((rowBlock) => {
    const cut = { ...tile, rowBlock }
    return { cut, cycles: estimate(sizes, cut, register?.cycles ?? 1, ahead, threads, target) }
  })
  return others.reduce((best, each) => (each.cycles < best.cycles ? each : best), first).cut
}

/** Steps of depth in a block whose rows are read where they lie; undefined where they are packed. */
function depthInPlace(
  { rowBytes }: OperandCost,
  rows: number,
  { readsRows }: Target,
): number | undefined {
  if (readsRows === undefined || rowBytes === undefined) return undefined
  return rowsCollide(rows, rowBytes) ? undefined : Math.floor(readsRows.mostElements / rows)
}

/** By how much a block takes longer whose operands and sums do not stay in the second cache. */
const overflow = 1.1

/** Whether a block's operands, and its sums where its depth comes in several blocks, stay there. */
function isKept(
  { rowBlock, columnBlock, depthBlock, inPlace }: Tile,
  depth: number,
  most = Number.POSITIVE_INFINITY,
): boolean {
  // Rows that are read where they lie pass through: they take as much of the cache as what stays.
  const operands = depthBlock * ((inPlace ? columnBlock : rowBlock) + columnBlock)
  return operands + (depth > depthBlock ? rowBlock * columnBlock : 0) <= most
}

function estimate(
  { batch, rows, columns, depth, lhs, rhs }: ContractionSizes,
  tile: Tile,
  stepCycles: number,
  ahead: boolean,
  threads: number,
  target: Target,
): number {
  const { cycles, mostKept, readsRows } = target
  const { rows: tall, columns: wide, rowBlock, columnBlock, depthBlock } = tile
  const blocks = Math.ceil(depth / depthBlock)
  const pieces = batch * Math.ceil(rows / rowBlock) * Math.ceil(columns / columnBlock)
  const tiles = Math.ceil(rowBlock / tall) * Math.ceil(columnBlock / wide)
  const packLeft =
    tile.inPlace && readsRows !== undefined
      ? rowBlock * (blocks * readsRows.row + depth * readsRows.element)
      : rowBlock * depth * packingOf(lhs, rowBlock, cycles)
  const packRight = columnBlock * depth * packingOf(rhs, columnBlock, cycles)
  const block = { rows: Math.min(rows, rowBlock), columns: Math.min(columns, columnBlock) }
  const step = stepOfBlock(block, { rows: tall, columns: wide, cycles: stepCycles }, target)
  const kept = isKept(tile, depth, mostKept) ? 1 : overflow
  const multiply = depth * step * kept + tiles * blocks * cycles.tile
  const readRight = columnBlock * depth * cycles.read
  const piece = cycles.piece + multiply + packLeft + (ahead ? readRight : packRight)
  // Threads of one pace take so many pieces, one after another; others end a quarter of a piece apart.
  const each = pieces / threads
  const rounds = threads > 1 ? (Math.ceil(each) + Math.max(1, each) + 0.25) / 2 : each
  const before = ahead
    ? cycles.kernel + (batch * columns * depth * (cycles.ahead + cycles.unit * rhs.work)) / threads
    : 0
  return before + rounds * piece
}

/** Cycles of a step of depth of a block, whose last tiles have only the rows and vectors that are left. */
function stepOfBlock(
  block: { readonly rows: number; readonly columns: number },
  { rows, columns, cycles }: RegisterTile,
  { lanes, masksRest, depthUnit }: Target,
): number {
  if (masksRest === undefined || depthUnit !== undefined) {
    return Math.ceil(block.rows / rows) * Math.ceil(block.columns / columns) * cycles
  }
  // Two multiply-adds or loads a cycle, and each sum waits four for its last product.
  const least = (tall: number, vectors: number): number =>
    tall * vectors === 0 ? 0 : Math.max((tall * vectors) / 2, (tall + vectors) / 2, 4)
  const most = columns / lanes
  const [tall, wide] = [Math.floor(block.rows / rows), Math.floor(block.columns / columns)]
  const [left, over] = [block.rows % rows, Math.ceil((block.columns % columns) / lanes)]
  const steps =
    tall * (wide * least(rows, most) + least(rows, over)) +
    wide * least(left, most) +
    least(left, over)
  return (cycles * steps) / least(rows, most)
}

/** A product whose operands the caches hold, in one block of rows. */
export interface NearProduct {
  readonly tile: Tile
  readonly scratchBytes: number
  readonly cycles: number
}

/** Cuts a product whose operands lie in a thread's caches, its columns in panels there. */
export function cutNearProduct(sizes: ContractionSizes, target: Target): NearProduct {
  const { batch, rows, columns, depth, innerDepth, lhs } = sizes
  const cycles = multiplyCycles(sizes, target)
  const { register } = leastTile(sizes, target)
  const columnBlocks = Math.ceil(columns / target.mostColumns)
  const tile: Tile = {
    rows: register.rows,
    columns: register.columns,
    rowBlock: roundUp(rows, register.rows),
    columnBlock: roundUp(Math.ceil(columns / columnBlocks), register.columns),
    depthBlock: chooseDepthBlock(depth, innerDepth, target),
  }
  // Targets that read images where they lie read these rows so too.
  const packs = target.readsWindows !== true
  const packing = packs ? batch * rows * depth * packingOf(lhs, rows, target.cycles) : 0
  const scratchBytes = target.scratchBytes(tile, depth)
  return { tile, scratchBytes, cycles: cycles + packing }
}

/**
 * Cycles of the register tiles of a contraction, by the best of them, packing apart. They decide whether
 * Winograd's way is taken, and so bits: a search changes nothing about them.
 */
export function multiplyCycles(sizes: ContractionSizes, target: Target): number {
  return leastTile(sizes, tableOf(target)).cycles
}

function leastTile(
  { batch, rows, columns, depth }: ContractionSizes,
  { tiles, cycles }: Target,
): { readonly cycles: number; readonly register: RegisterTile } {
  const [first, ...others] = tiles.map((register) => {
    const count = batch * Math.ceil(rows / register.rows) * Math.ceil(columns / register.columns)
    return { register, cycles: count * (depth * register.cycles + cycles.tile) }
  })
  return others.reduce((best, each) => (each.cycles < best.cycles ? each : best), first)
}

/** Cycles to pack an element of a block of so many rows or columns. */
function packingOf(
  { work, sliced }: OperandCost,
  block: number,
  { pack, unit, slice }: TileCycles,
): number {
  return pack + unit * work + (sliced ? slice / block : 0)
}

function mayPackAhead(
  { batch, rows, columns, depth }: ContractionSizes,
  tile: Tile,
  { mostAhead }: Target,
): boolean {
  const blocks = Math.ceil(rows / tile.rowBlock)
  return blocks > 1 && batch * columns * depth <= Math.max(mostAhead, batch * rows * columns)
}

/** Sizes of equal blocks, from one block to one unit each, in ever greater numbers of blocks. */
function blockSizes(total: number, unit: number, most: number): readonly number[] {
  const units = Math.ceil(total / unit)
  const sizes = new Set<number>()
  let blocks = Math.ceil(total / most)
  while (blocks <= units) {
    sizes.add(unit * Math.ceil(units / blocks))
    blocks = Math.max(blocks + 1, Math.floor(blocks * 1.25))
  }
  return [...sizes.add(unit)]
}

/** Equal blocks of depth, of whole runs where those are short. */
function chooseDepthBlock(
  depth: number,
  inner: number,
  { mostDepth, depthUnit }: Target,
  most = mostDepth,
): number {
  if (depth <= most) return depth
  const each = Math.ceil(depth / Math.ceil(depth / most))
  const isWhole = depthUnit === undefined || inner % depthUnit === 0
  return roundUp(each, inner >= 4 && inner <= 128 && isWhole ? inner : (depthUnit ?? 4))
}

function roundUp(n: number, to: number): number {
  return Math.ceil(n / to) * to
}

/** So many pieces occupy a machine's threads. */
const enoughPieces = 32

/**
 * Parts to cut the depth into where rows and columns alone would leave threads idle. It depends on
 * sizes alone, never on the number of threads, so that every number of threads gives the same bits.
 */
export function partsOfDepth({ batch, rows, columns, depth }: ContractionSizes): number {
  const least = batch * Math.ceil(rows / 24) * Math.ceil(columns / 256)
  if (least >= enoughPieces || depth < 2048) return 1
  const whole = batch * Math.ceil(rows / 192) * Math.ceil(columns / 512)
  return Math.min(Math.floor(depth / 1024), Math.ceil(enoughPieces / whole))
}

/** So many columns side by side fill the cache lines of every row that is read. */
const columnsOfPart = 64

/** Rows of so many elements lie on pages of their own; of {@link rowsOfPart} the pages stay known. */
const rowsFarApart = 1024

/** Rows whose sums a contraction's epilogue keeps apart. */
export const rowsOfPart = 64

/**
 * Parts to cut a reduction into where its results are too few to occupy threads.
 * @param columns whether results lie side by side in memory, as sums of columns do
 */
export function partsOfReduction(results: number, length: number, columns: boolean): number {
  if (length * results < 65536) return 1
  if (results < 128) return Math.max(1, Math.min(64, Math.floor(length / 2048)))
  if (!columns) return 1
  const wanted = Math.floor(64 / Math.ceil(results / columnsOfPart))
  const few = Math.min(wanted, Math.floor(length / 64))
  // Rows that are far apart are read a few at a time, so that their pages stay known.
  const near = results >= rowsFarApart ? Math.floor(length / rowsOfPart) : 1
  return Math.max(1, few, near)
}
