/** Contractions in register tiles: which operand faces lanes, and how each comes to the tiles. */

import { Axis, iterations } from "../axis.ts"
import { type Contraction, sizesOf } from "../contraction.ts"
import { Buffer, type Index, type Scalar } from "../expression.ts"
import { type AnyTarget, isGroupTarget } from "../group-target.ts"
import {
  addIndices,
  axisIndex,
  flattenIndex,
  indexUses,
  scaleIndex,
  strideOf,
  unflattenIndex,
} from "../index-function.ts"
import type { ContractionKernel, Panels, Store, Window } from "../kernel.ts"
import { ScalarRewriter, visitScalars } from "../rewrite.ts"
import { undilate } from "../scalars.ts"
import { chooseTile } from "../tile.ts"
import { chooseGroupTile } from "../tile-groups.ts"
import { chooseWindow } from "../window.ts"
import type { KernelList } from "./kernel-list.ts"

/** The processor as a contraction of such operands sees it. */
export function targetOf({ lhs }: Contraction, target: AnyTarget): AnyTarget {
  if (isGroupTarget(target)) return target
  if (lhs.dtype === "float64") return target.float64 ?? target
  return (lhs.dtype === "bfloat16" ? target.bfloat16 : undefined) ?? target
}

/** Whether expressions are free of float64, of which vectors hold fewer: a tile's hold four. */
export function holdsSingles(values: readonly Scalar[]): boolean {
  let single = true
  visitScalars(values, ({ dtype }) => {
    single &&= dtype !== "float64"
  })
  return single
}

/** A contraction kernel, its right operand packed ahead where many row blocks share it. */
export function tiled(
  kernels: KernelList,
  contraction: Contraction,
  stores: readonly Store[],
): ContractionKernel {
  const { batch, rows, columns, depth, lhs } = contraction
  const { threads } = kernels.machine
  const target = targetOf(contraction, kernels.machine.target)
  if (isGroupTarget(target)) {
    const tile = chooseGroupTile(sizesOf(contraction), target)
    const { rhs } = contraction
    const common = { batch, rows, columns, depth, lhs, rhs, stores }
    return { kind: "contraction", ...common, tile, scratchBytes: 0 }
  }
  const choice = target.readsWindows && chooseWindow(contraction, target)
  if (choice) {
    const { window, tile } = choice
    const ahead = window.over === "rows"
    const rhs = ahead ? packed(kernels, contraction, tile.columns) : contraction.rhs
    const scratchBytes = target.scratchBytes(tile, iterations(depth), window)
    const common = { batch, rows, columns, depth, lhs, rhs, stores }
    return { kind: "contraction", ...common, tile, window, scratchBytes }
  }
  const { ahead, tile, scratchBytes } = chooseTile(sizesOf(contraction), threads, target)
  const rhs = ahead ? packed(kernels, contraction, tile.columns) : contraction.rhs
  const common = { batch, rows, columns, depth, lhs, rhs, stores }
  return { kind: "contraction", ...common, tile, scratchBytes }
}

function packed(kernels: KernelList, contraction: Contraction, width: number): Panels {
  const { batch, columns, depth, rhs } = contraction
  const count = iterations(columns)
  const panels = Math.ceil(count / width)
  const panel = new Axis("panel", panels, "steps")
  const lane = new Axis("lane", width, "steps")
  const linear = addIndices(scaleIndex(axisIndex(panel), width), axisIndex(lane))
  const places = unflattenIndex(
    linear,
    columns.map((axis) => axis.extent),
  )
  const rewriter = new ScalarRewriter((axis) => {
    const i = columns.indexOf(axis)
    return i < 0 ? undefined : places[i]
  })
  const axes = [...batch, panel, ...depth, lane]
  const { conditions } = undilate(linear, 1, count)
  const value = rewriter.scalar(rhs)
  const zero: Scalar = { kind: "constant", dtype: rhs.dtype, value: 0 }
  const guarded: Scalar =
    conditions.length === 0
      ? value
      : { kind: "guard", dtype: rhs.dtype, conditions, value, otherwise: zero }
  const buffer = new Buffer(rhs.dtype, iterations(axes), "panels")
  const index = flattenIndex(
    axes.map(axisIndex),
    axes.map((axis) => axis.extent),
  )
  kernels.add(
    {
      kind: "loop",
      axes,
      reduced: [],
      accumulators: [],
      stores: [{ buffer, index, value: guarded }],
    },
    [buffer],
  )
  return { kind: "panels", buffer }
}

/** The boxes that a contraction's left operand is best read from, its columns stored side by side. */
export function windowOf(
  contraction: Contraction,
  store: Index,
  target: AnyTarget,
): Window | undefined {
  if (isGroupTarget(target) || target.readsWindows !== true) return undefined
  const last = contraction.columns.findLast((axis) => axis.extent > 1)
  const contiguous = last !== undefined && strideOf(store, last) === 1
  return contiguous ? chooseWindow(contraction, target)?.window : undefined
}

/**
 * Turns a contraction so that its columns, which go to lanes, are contiguous in the result; unless
 * there are too few of them for lanes, or, turned, there would be.
 */
export function facing(contraction: Contraction, store: Index): Contraction {
  const contiguous = (axes: readonly Axis[]): boolean =>
    axes.some((axis) => axis.extent > 1 && indexUses(store, axis) && strideOf(store, axis) === 1)
  const { rows, columns, lhs, rhs } = contraction
  const [height, width] = [iterations(rows), iterations(columns)]
  const turns =
    Math.min(height, width) < 3 ? width < height : contiguous(rows) && !contiguous(columns)
  return turns ? { ...contraction, rows: columns, columns: rows, lhs: rhs, rhs: lhs } : contraction
}
