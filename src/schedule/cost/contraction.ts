/** What contractions take. */

import { dtypes } from "../../size/index.ts"
import { bytesOf } from "../arena.ts"
import { type Axis, iterations } from "../axis.ts"
import type { Buffer, Scalar } from "../expression.ts"
import { columnsInPlace, rowsInPlace } from "../in-place.ts"
import { indexUses, strideOf } from "../index-function.ts"
import type { ContractionKernel, Panels } from "../kernel.ts"
import { loadsUnder } from "../placement.ts"
import { visitScalars } from "../rewrite.ts"
import type { Target } from "../target.ts"
import { type CostKind, Tally } from "./kinds.ts"
import { accessesOf } from "./loop.ts"
import { type Access, Nest } from "./nest.ts"

/** Blocks that cut a total, and the register tiles in all of them. */
function cutsOf(total: number, block: number, tile: number): { blocks: number; tiles: number } {
  const whole = Math.floor(total / block)
  const rest = total - whole * block
  const tiles = whole * Math.ceil(block / tile) + Math.ceil(rest / tile)
  return { blocks: whole + (rest > 0 ? 1 : 0), tiles }
}

/** @param isNear whether a buffer lies in memory that a thread has to itself */
export function countContraction(
  tally: Tally,
  kernel: ContractionKernel,
  target: Target,
  isNear: (buffer: Buffer) => boolean,
): readonly Access[] {
  const { batch, rows, columns, depth, lhs, rhs, stores, tile, window } = kernel
  const [times, tall, wide, deep] = [batch, rows, columns, depth].map(iterations)
  const down = cutsOf(tall, tile.rowBlock, tile.rows)
  const across = cutsOf(wide, tile.columnBlock, tile.columns)
  const tiles = times * down.tiles * across.tiles
  const { lanes } = (lhs.dtype === "float64" ? target.float64 : undefined) ?? target
  const vectors = Math.ceil(tile.columns / lanes)
  tally.add("fused", tiles * deep * tile.rows * vectors)
  tally.add("tileLoad", tiles * deep * (tile.rows + vectors))
  tally.add("tile", tiles * Math.ceil(deep / tile.depthBlock))
  // Each block packs its own rows and, unless that was done ahead, its own columns.
  const left = [...batch, ...rows, ...depth, ...(window?.channels ? columns : [])]
  const right = [...batch, ...columns, ...depth]
  if (window !== undefined) {
    const { axes, value } = window
    const boxes = times * down.blocks * Math.ceil(deep / tile.depthBlock) * across.blocks
    countPacking(tally, value, { axes, mapped: [], depth: axes, times: boxes }, target)
  } else if (target.readsWindows !== true || rowsInPlace(kernel, isNear) === undefined) {
    countPacking(tally, lhs, { axes: left, mapped: rows, depth, times: across.blocks }, target)
  }
  const isThere = target.readsRows !== undefined && columnsInPlace(kernel, lanes) !== undefined
  if (rhs.kind !== "panels" && !isThere) {
    countPacking(tally, rhs, { axes: right, mapped: columns, depth, times: down.blocks }, target)
  }
  const results = [...batch, ...rows, ...columns]
  const nest = new Nest(results, results.length, columns.at(-1), 1, target)
  const values = stores.map(({ value }) => value)
  nest.count(tally, values, new Set())
  const change = { deepest: results.length - 1, varies: true }
  for (const store of stores) {
    if (store.summed !== undefined) tally.add("accumulate", nest.instructions(change))
    else nest.countAccess(tally, store, change, "store")
  }
  return [
    ...operandAccesses(lhs, left, across.blocks),
    ...operandAccesses(rhs, right, down.blocks),
    ...accessesOf(nest, values, stores),
  ]
}

/** An operand's elements on their way into panels. */
interface Packing {
  readonly axes: readonly Axis[]
  /** Rows or columns, and the depth. */
  readonly mapped: readonly Axis[]
  readonly depth: readonly Axis[]
  /** How often each element is packed. */
  readonly times: number
}

/** Packing: every element fetched as its memory allows, and computed in vectors on the way. */
function countPacking(
  tally: Tally,
  value: Scalar,
  { axes, mapped, depth, times }: Packing,
  target: Target,
): void {
  const loads = loadsUnder([value])
  const wide = (list: readonly Axis[]): Axis | undefined => list.findLast((a) => a.extent > 1)
  /** Whether what an operand reads lies side by side along an axis, as far as it follows it. */
  const along = (axis: Axis | undefined): boolean =>
    axis !== undefined &&
    loads.some((index) => strideOf(index, axis) === 1) &&
    loads.every((index) => !indexUses(index, axis) || strideOf(index, axis) === 1)
  let kind: CostKind = "packSpread"
  if (along(wide(depth))) kind = "packRun"
  else if (along(wide(mapped))) kind = "packSlice"
  tally.add(kind, iterations(axes) * times)
  if (value.kind === "load" || (value.kind === "guard" && value.value.kind === "load")) return
  const lane = kind === "packSlice" ? wide(mapped) : wide(depth)
  const order = lane === undefined ? axes : [...axes.filter((axis) => axis !== lane), lane]
  const inner = new Nest(order, order.length, lane, 1, target)
  const own = new Tally()
  inner.count(own, [value], new Set())
  for (const [each, count] of own.counts) tally.add(each, count * times)
}

/** The memory of an operand, read once for every block of the other one. */
function operandAccesses(
  value: Scalar | Panels,
  axes: readonly Axis[],
  times: number,
): readonly Access[] {
  if (value.kind === "panels") return [again(value.buffer, bytesOf(value.buffer), times)]
  const found: Access[] = []
  const nest = new Nest(axes, axes.length, undefined, 1)
  visitScalars([value], (scalar) => {
    if (scalar.kind !== "load") return
    const { buffer, index } = scalar
    const { bytes } = nest.access(buffer, index, dtypes[buffer.dtype].bytes, bytesOf(buffer))
    found.push(again(buffer, bytes, times))
  })
  return found
}

function again(buffer: Access["buffer"], bytes: number, times: number): Access {
  if (times <= 1) return { buffer, bytes, writes: false }
  return { buffer, bytes, writes: false, again: { bytes: bytes * (times - 1), reach: bytes } }
}
