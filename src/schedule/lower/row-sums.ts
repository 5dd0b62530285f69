/**
 * Sums over the rows of what a product makes, such as a bias's gradient: its epilogue adds up parts of
 * the rows while they are at hand, so that nobody reads them again for it.
 *
 * A part is of so many rows whatever the blocks are, and its rows are added in their order: any cut, for
 * any number of threads, gives the same bits.
 */

import type { Equation } from "../../graph/index.ts"
import { concreteShape } from "../../size/index.ts"
import { iterations } from "../axis.ts"
import type { Contraction } from "../contraction.ts"
import { Buffer, type Index } from "../expression.ts"
import { type AnyTarget, isGroupTarget } from "../group-target.ts"
import { strideThrough } from "../in-place.ts"
import { flattenIndex, unflattenIndex } from "../index-function.ts"
import type { ContractionKernel } from "../kernel.ts"
import { depthOf } from "../scalars.ts"
import { type ContractionSizes, cutInParts, rowsOfPart } from "../tile.ts"
import { deepestExpression, elementsIn, type KernelList, NeedsBarrier } from "./kernel-list.ts"

/** Of fewer rows, blocks that end where parts end would leave threads idle. */
const fewestRows = 16 * rowsOfPart

/** Elements of a contraction's row, where its epilogue may add up rows. */
export function rowOfSums(
  { machine }: KernelList,
  { batch, rows, columns }: Contraction,
  own: Index,
  target: AnyTarget,
): number | undefined {
  if (isGroupTarget(target) || target.sumsRows !== true || machine.alone === true) return undefined
  const row = iterations(columns)
  if (iterations(batch) > 1 || iterations(rows) < fewestRows) return undefined
  return strideThrough(own, columns) === 1 && strideThrough(own, rows) === row ? row : undefined
}

/** The kernel with blocks of rows that end where parts end, if it adds up rows. */
export function inParts(
  kernel: ContractionKernel,
  sizes: ContractionSizes,
  threads: number,
  target: AnyTarget,
): ContractionKernel {
  if (isGroupTarget(target) || kernel.stores.every(({ summed }) => summed === undefined)) {
    return kernel
  }
  const ahead = kernel.rhs.kind === "panels"
  const tile = cutInParts(sizes, kernel.tile, ahead, rowsOfPart, threads, target)
  return { ...kernel, tile, scratchBytes: target.scratchBytes(tile, sizes.depth) }
}

/** Has the product that makes an operand add up its rows; tells whether there is one that can. */
export function sumInProduct(
  kernels: KernelList,
  { operands: [operand], results: [result] }: Equation,
  axes: readonly number[],
): boolean {
  const shape = concreteShape(operand.shape)
  const isRows = axes.every((axis) => axis < axes.length)
  const row = elementsIn(shape.slice(axes.length))
  const needs = kernels.dependencies([operand])
  const first = Math.max(0, ...[...needs].map((buffer) => kernels.writtenBy(buffer)))
  for (const [at, draft] of kernels.drafts(first)) {
    const { summing } = draft
    if (!isRows || summing?.row !== row || summing.dtype !== operand.dtype) continue
    if (elementsIn(draft.shape) !== elementsIn(shape)) continue
    if (![...needs].some((buffer) => kernels.writtenBy(buffer) === at)) continue
    try {
      const own = flattenIndex(draft.coordinates, draft.shape)
      const value = draft.expressions.at(operand, unflattenIndex(own, shape))
      if (depthOf(value) > deepestExpression || draft.accepts?.(value) === false) continue
      const parts = Math.ceil(elementsIn(shape) / row / rowsOfPart)
      const buffer = new Buffer(result.dtype, parts * row, "parts")
      const [, index] = unflattenIndex(own, [elementsIn(shape) / row, row])
      const summed = { rows: rowsOfPart, stride: row }
      kernels.storeBeside(at, draft, { buffer, index, value, summed })
      kernels.combineParts(result, "sum", buffer, parts)
      return true
    } catch (error) {
      if (!(error instanceof NeedsBarrier)) throw error
    }
  }
  return false
}
