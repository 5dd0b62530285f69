/**
 * Windows: a contraction's left operand read where its elements stand, not from panels.
 *
 * Rows of a convolution overlap: row p and step t of a spatial axis meet the element at s·p + d·t. A
 * block of rows and steps then needs few elements many times. They are copied once, padding and all,
 * into a box of private memory, where the element of a row and a step stands at an affine place;
 * register tiles read it there. So each element of an image is fetched about once, not once for each
 * tap. In a kernel's gradient taps are rows and places are steps, and the same holds.
 *
 * Source: Georganas et al., Anatomy of high-performance deep learning convolutions, 2018.
 */

import { Axis, iterations } from "./axis.ts"
import type { Contraction } from "./contraction.ts"
import type { Index, Scalar } from "./expression.ts"
import { rowsCollide } from "./in-place.ts"
import {
  addIndices,
  axisIndex,
  constantIndex,
  indexUses,
  remainderIndex,
  scaleIndex,
  strideOf,
} from "./index-function.ts"
import type { Level, Tile, Window } from "./kernel.ts"
import { ScalarRewriter, visitScalars } from "./rewrite.ts"
import { type RegisterTile, type Target, tableOf } from "./target.ts"

/** Floats of a box that stay in the second cache beside the columns' panels and the sums. */
const mostBox = 49_152

/** Steps of a block of depth whose rows are taps: enough to load and store sums seldom. */
const mostSteps = 512

/** So many blocks of rows keep threads busy. */
const enoughPieces = 32

/** Blocks of fewer rows than this many, where each is as small as it can be, are multiplied from panels. */
const fewestPieces = 16

/** Rows in panels cost about as much as a box where each element is used by fewer rows and steps. */
const leastReuse = 1.5

/** Fewer steps than this in a run would be spent on going from run to run. */
const leastRun = 8

export interface WindowChoice {
  readonly window: Window
  readonly tile: Tile
}

/** A row axis and a depth axis that always stand as rowStride·row + depthStride·depth. */
interface Pair {
  readonly row: Axis
  readonly depth: Axis
  readonly rowStride: number
  readonly depthStride: number
}

/** How a contraction's left operand is read from boxes; undefined where panels are as good. */
export function chooseWindow(contraction: Contraction, target: Target): WindowChoice | undefined {
  const { batch, rows, depth, lhs, spread } = contraction
  const split = [...rows, ...depth].some((axis) => axis.within !== undefined && axis !== depth[0])
  const pairs = split ? [] : pairsOf(contraction)
  const first = pairs[0]
  if (first === undefined) return undefined
  const overRows = first.row.extent >= first.depth.extent
  const cut = overRows ? first.row : first.depth
  if (cut.within !== undefined) return undefined
  const group = overRows ? rows : depth
  const within = group.slice(group.indexOf(cut) + 1)
  const each = iterations(within)
  // Each block reads all panels of columns, packed ahead: too much for few rows.
  if (overRows && iterations([...batch, ...rows]) / each < fewestPieces) return undefined
  for (const length of divisors(cut.extent)) {
    if (!overRows && length > 1 && length * each > mostSteps) continue
    const pieces = iterations(rows) / (length * each)
    if (overRows && length > 1 && pieces < enoughPieces) continue
    const box = boxOf(contraction, pairs, cut, length)
    if (box === undefined || iterations(box.axes) > mostBox) continue
    const block = {
      rows: overRows ? length * each : iterations(rows),
      depth: overRows ? iterations(depth) : length * each,
    }
    // Of groups in lanes the box has all channels, each row's depth those of one.
    const groups = spread === undefined ? 1 : spread.lane.extent / spread.channel.extent
    if (block.rows * block.depth * groups < leastReuse * iterations(box.axes)) return undefined
    const { rows: lines, depth: runs, value } = box
    const steps = runs[runs.length - 1]
    if (runs.length > 2 || (spread === undefined && steps.extent < leastRun)) return undefined
    const { stride } = lines[lines.length - 1]
    const columns = iterations(contraction.columns)
    if (spread !== undefined) {
      const shape = chooseSlide(lines, steps, target)
      if (shape === undefined) return undefined
      const sizes = { columnBlock: shape.columns, rowBlock: block.rows, depthBlock: block.depth }
      return { window: { ...box, value, rows: lines, depth: runs }, tile: { ...shape, ...sizes } }
    }
    const written = chooseShape(lines, columns, tableOf(target))
    if (rowsCollide(written.rows, 4 * stride)) return undefined
    const found = chooseShape(lines, columns, target)
    const shape = rowsCollide(found.rows, 4 * stride) ? written : found
    const tile = {
      rows: shape.rows,
      columns: shape.columns,
      rowBlock: block.rows,
      columnBlock: columnBlock(columns, shape.columns, target),
      depthBlock: block.depth,
    }
    return { window: { ...box, value, rows: lines, depth: runs }, tile }
  }
  return undefined

  function boxOf(
    { rows, depth }: Contraction,
    pairs: readonly Pair[],
    cut: Axis,
    length: number,
  ): Window | undefined {
    const extentOf = (axis: Axis): number => (axis === cut ? length : axis.extent)
    const replaced = new Map<Axis, Index>()
    const fresh = (axis: Axis): Axis => new Axis(`${axis.name}At`, axis.extent, "steps")
    const before = group
      .slice(0, group.indexOf(cut) + 1)
      .map((axis) => [axis, fresh(axis)] as const)
    for (const [axis, at] of before) replaced.set(axis, axisIndex(at))
    // The columns' own axis may be split or merged later; the box keeps its lanes.
    const lane = spread && fresh(spread.lane)
    if (spread && lane) {
      replaced.set(spread.lane, axisIndex(lane))
      replaced.set(spread.channel, remainderIndex(axisIndex(lane), spread.channel.extent))
    }
    const outside = new Set(before.map(([axis]) => axis))
    /** What each axis of the block adds to the place along an axis of the box. */
    const moves: { readonly axis: Axis; readonly along: Axis; readonly by: number }[] = []
    const add = (axis: Axis, index: Index): void => {
      replaced.set(axis, outside.has(axis) ? addIndices(replacedBy(axis), index) : index)
    }
    const replacedBy = (axis: Axis): Index => replaced.get(axis) ?? constantIndex(0)
    for (const { row, depth: step, rowStride, depthStride } of pairs) {
      const [height, deep] = [extentOf(row), extentOf(step)]
      // Every place of the box is met by some row and step: none lies outside of the operand.
      const [finer, coarser] = depthStride === 1 ? [deep, rowStride] : [height, depthStride]
      if (Math.min(rowStride, depthStride) !== 1 || finer < coarser) return undefined
      const extent = rowStride * (height - 1) + depthStride * (deep - 1) + 1
      const along = new Axis(row.name, extent, "steps")
      add(depthStride === 1 ? step : row, axisIndex(along))
      add(depthStride === 1 ? row : step, constantIndex(0))
      moves.push({ axis: row, along, by: rowStride }, { axis: step, along, by: depthStride })
    }
    for (const axis of [...rows, ...depth]) {
      const isPaired = pairs.some((pair) => pair.row === axis || pair.depth === axis)
      if (isPaired || outside.has(axis) || axis === spread?.channel) continue
      const along = new Axis(axis.name, axis.extent, "steps")
      add(axis, axisIndex(along))
      moves.push({ axis, along, by: 1 })
    }
    const read = new ScalarRewriter((axis) => replaced.get(axis)).scalar(lhs)
    const places = [...new Set(moves.map(({ along }) => along))]
    const axes = inMemoryOrder(lane === undefined ? places : [...places, lane], read)
    if (axes === undefined) return undefined
    const value = lane === undefined ? throughRuns(read, axes) : read
    const strideAlong = (along: Axis): number => iterations(axes.slice(axes.indexOf(along) + 1))
    const levels = (group: readonly Axis[]): readonly Level[] =>
      merged(
        group.flatMap((axis) => {
          const move = moves.find((each) => each.axis === axis)
          const extent = extentOf(axis)
          if (move === undefined) return []
          return [{ extent, stride: move.by * strideAlong(move.along) }]
        }),
      )
    return {
      at: before.map(([, at]) => at),
      over: overRows ? "rows" : "depth",
      each,
      axes,
      value,
      channels: spread?.channel.extent,
      rows: levels(rows),
      depth: levels(depth),
    }
  }
}

/** Axes from that of the longest stride in what is read first to that of stride 1. */
function inMemoryOrder(axes: readonly Axis[], value: Scalar): readonly Axis[] | undefined {
  let main: Index | undefined
  visitScalars([value], (scalar) => {
    if (scalar.kind === "load") main ??= scalar.index
  })
  if (main === undefined) return undefined
  const index = main
  const strides = new Map(axes.map((axis) => [axis, strideOf(index, axis) ?? 0]))
  if (axes.some((axis) => axis.extent > 1 && (strides.get(axis) ?? 0) <= 0)) return undefined
  const ordered = [...axes].sort((a, b) => (strides.get(b) ?? 0) - (strides.get(a) ?? 0))
  const last = ordered.findLast((axis) => axis.extent > 1)
  return last !== undefined && strides.get(last) === 1 ? ordered : undefined
}

/** Runs of fewer elements, as of the three channels of an image, are read several at a time. */
const shortRun = 8

/**
 * A box's value whose conditions on the last place but one say the same of the elements there, so that
 * both axes may be gone through as one: low ≤ p < high where n·low ≤ n·p + e < n·high, for 0 ≤ e < n.
 */
function throughRuns(value: Scalar, axes: readonly Axis[]): Scalar {
  const [place, inner] = axes.slice(-2)
  if (inner === undefined || inner.extent >= shortRun) return value
  const n = inner.extent
  const given = new Map<Scalar, Scalar>()
  visitScalars([value], (guard) => {
    if (guard.kind !== "guard") return
    const conditions = guard.conditions.map((condition) => {
      const { index, low, high } = condition
      if (strideOf(index, place) !== 1 || indexUses(index, inner)) return condition
      const element = addIndices(scaleIndex(index, n), axisIndex(inner))
      return { index: element, low: n * low, high: n * high }
    })
    given.set(guard, { ...guard, conditions })
  })
  return new ScalarRewriter(() => undefined, given).scalar(value)
}

/** Pairs of axes whose places overlap, in the order of rows. */
function pairsOf({ rows, depth, lhs }: Contraction): readonly Pair[] {
  const indices: Index[] = []
  visitScalars([lhs], (scalar) => {
    if (scalar.kind === "load" || scalar.kind === "index") indices.push(scalar.index)
    else if (scalar.kind === "guard") indices.push(...scalar.conditions.map(({ index }) => index))
  })
  const taken = new Set<Axis>()
  return rows.flatMap((row) => {
    let best: Pair | undefined
    for (const axis of depth) {
      if (row.extent === 1 || axis.extent === 1 || taken.has(axis)) continue
      const ratio = ratioOf(row, axis, indices)
      if (ratio === undefined) continue
      const [rowStride, depthStride] = ratio
      // Of rows d steps apart, steps between must meet what lies between; else nothing overlaps.
      const overlaps =
        (depthStride === 1 && rowStride <= axis.extent) ||
        (rowStride === 1 && depthStride <= row.extent)
      const nearer =
        best === undefined || rowStride * depthStride < best.rowStride * best.depthStride
      if (overlaps && nearer) best = { row, depth: axis, rowStride, depthStride }
    }
    if (best === undefined) return []
    taken.add(best.depth)
    return [best]
  })
}

/** Strides r and d where every index function has r·row + d·depth, times something, in lowest terms. */
function ratioOf(
  row: Axis,
  depth: Axis,
  indices: readonly Index[],
): readonly [number, number] | undefined {
  let ratio: readonly [number, number] | undefined
  for (const index of indices) {
    const [r, d] = [strideOf(index, row), strideOf(index, depth)]
    if (r === undefined || d === undefined) return undefined
    if (r === 0 && d === 0) continue
    if (r <= 0 || d <= 0) return undefined
    const common = gcd(r, d)
    const own = [r / common, d / common] as const
    if (ratio !== undefined && (ratio[0] !== own[0] || ratio[1] !== own[1])) return undefined
    ratio = own
  }
  return ratio
}

function merged(levels: readonly Level[]): readonly Level[] {
  const found: Level[] = []
  for (const level of levels) {
    const outer = found.at(-1)
    if (outer !== undefined && outer.stride === level.stride * level.extent) {
      found[found.length - 1] = { extent: outer.extent * level.extent, stride: level.stride }
    } else if (level.extent > 1) found.push(level)
  }
  return found.length > 0 ? found : [{ extent: 1, stride: 0 }]
}

/** The register tile that takes lines of rows, the last of each with the rows that are left, soonest. */
function chooseShape(
  rows: readonly Level[],
  columns: number,
  { tiles, lanes }: Target,
): RegisterTile {
  const line = rows[rows.length - 1].extent
  const cycles = (shape: RegisterTile): number => {
    const vectors = shape.columns / lanes
    const rest = line % shape.rows
    // Each sum waits four cycles for its last product.
    const last = rest === 0 ? 0 : Math.max(4, (rest * vectors) / 2, (rest + vectors) / 2) + 0.2
    return (
      (Math.floor(line / shape.rows) * shape.cycles + last) * Math.ceil(columns / shape.columns)
    )
  }
  return tiles.reduce((best, shape) => (cycles(shape) < cycles(best) ? shape : best))
}

/** Fewer rows than this would leave the multiply-adders waiting for sums. */
const leastRows = 4

/**
 * The tile for groups in lanes: the sums of equal parts of a line, beside the vectors of all taps of the
 * line and what is on its way.
 */
function chooseSlide(
  rows: readonly Level[],
  taps: Level,
  { tiles, lanes }: Target,
): { readonly rows: number; readonly columns: number } | undefined {
  const line = rows[rows.length - 1].extent
  const sums = Math.max(...tiles.map((tile) => (tile.rows * tile.columns) / lanes))
  const most = sums - taps.extent - 1
  if (most < leastRows) return undefined
  return { rows: Math.ceil(line / Math.ceil(line / most)), columns: lanes }
}

function columnBlock(columns: number, width: number, { mostColumns }: Target): number {
  const blocks = Math.ceil(columns / mostColumns)
  return width * Math.ceil(columns / blocks / width)
}

/** Divisors, the greatest first. */
function divisors(n: number): readonly number[] {
  return Array.from({ length: n }, (_, i) => n - i).filter((each) => n % each === 0)
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b)
}
