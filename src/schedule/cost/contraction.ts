/** What contractions take. */

import { dtypes } from "../../size/index.ts"
import { bytesOf } from "../arena.ts"
import { type Axis, iterations } from "../axis.ts"
import { strideOf } from "../index-function.ts"
import type { ContractionKernel, Panels, Scalar } from "../kernel.ts"
import { visitScalars } from "../rewrite.ts"
import type { CostKind, Tally } from "./kinds.ts"
import { accessesOf } from "./loop.ts"
import { type Access, Nest } from "./nest.ts"

/** Blocks that cut a total, and the register tiles in all of them. */
function cutsOf(total: number, block: number, tile: number): { blocks: number; tiles: number } {
  const whole = Math.floor(total / block)
  const rest = total - whole * block
  const tiles = whole * Math.ceil(block / tile) + Math.ceil(rest / tile)
  return { blocks: whole + (rest > 0 ? 1 : 0), tiles }
}

export function countContraction(tally: Tally, kernel: ContractionKernel): readonly Access[] {
  const { batch, rows, columns, depth, lhs, rhs, stores, tile } = kernel
  const [times, tall, wide, deep] = [batch, rows, columns, depth].map(iterations)
  const down = cutsOf(tall, tile.rowBlock, tile.rows)
  const across = cutsOf(wide, tile.columnBlock, tile.columns)
  const tiles = times * down.tiles * across.tiles
  const vectors = Math.ceil(tile.columns / 4)
  tally.add("fused", tiles * deep * tile.rows * vectors)
  tally.add("tileLoad", tiles * deep * (tile.rows + vectors))
  tally.add("tile", tiles * Math.ceil(deep / tile.depthBlock))
  // Each block packs its own rows and, unless that was done ahead, its own columns.
  const left = [...batch, ...rows, ...depth]
  if (kernel.window === undefined) countPacking(tally, lhs, left, rows, depth, across.blocks)
  else {
    const { axes, value } = kernel.window
    const boxes = times * down.blocks * Math.ceil(deep / tile.depthBlock) * across.blocks
    countPacking(tally, value, axes, [], axes, boxes)
  }
  if (rhs.kind !== "panels") {
    countPacking(tally, rhs, [...batch, ...columns, ...depth], columns, depth, down.blocks)
  }
  const results = [...batch, ...rows, ...columns]
  const lane = columns.at(-1)
  const nest = new Nest(results, results.length, lane, 1)
  nest.count(
    tally,
    stores.map(({ value }) => value),
    new Set(),
  )
  for (const { index } of stores) {
    nest.countAccess(tally, index, { deepest: results.length - 1, varies: true }, "store")
  }
  return [
    ...operandAccesses(lhs, left, across.blocks),
    ...operandAccesses(rhs, [...batch, ...columns, ...depth], down.blocks),
    ...accessesOf(
      nest,
      stores.map(({ value }) => value),
      stores,
    ),
  ]
}

/** Packing: every element fetched as its memory allows, `times` times over. */
function countPacking(
  tally: Tally,
  value: Scalar,
  axes: readonly Axis[],
  mapped: readonly Axis[],
  depth: readonly Axis[],
  times: number,
): void {
  const elements = iterations(axes) * times
  const isPlain = value.kind === "load" || (value.kind === "guard" && value.value.kind === "load")
  const load = value.kind === "guard" && value.value.kind === "load" ? value.value : value
  const along = (axis: Axis | undefined): boolean =>
    axis !== undefined && load.kind === "load" && strideOf(load.index, axis) === 1
  const wide = (list: readonly Axis[]): Axis | undefined => list.findLast((a) => a.extent > 1)
  let kind: CostKind = "packSpread"
  if (along(wide(depth))) kind = "packRun"
  else if (along(wide(mapped))) kind = "packSlice"
  tally.add(kind, elements)
  if (isPlain) return
  // What is computed on the way is computed in vectors.
  const lane = along(wide(mapped)) ? wide(mapped) : wide(depth)
  const order = lane === undefined ? axes : [...axes.filter((axis) => axis !== lane), lane]
  const inner = new Nest(order, order.length, lane, 1)
  const own = new Map<CostKind, number>()
  inner.count({ counts: own, add: (k, n) => own.set(k, (own.get(k) ?? 0) + n) }, [value], new Set())
  for (const [each, count] of own) tally.add(each, count * times)
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
