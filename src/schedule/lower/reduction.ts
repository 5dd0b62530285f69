/** Reductions: mapped axes around reduced ones, cut into parts where results are few. */

import type { Equation } from "../../graph/index.ts"
import { concreteShape } from "../../size/index.ts"
import { Axis, iterations } from "../axis.ts"
import { isGroupTarget } from "../group-target.ts"
import { addIndices, axisIndex, flattenIndex, scaleIndex } from "../index-function.ts"
import { type Accumulator, Buffer, type Combine, type LoopKernel, type Scalar } from "../kernel.ts"
import { undilate } from "../scalars.ts"
import { partsOfReduction } from "../tile.ts"
import { groupPartsOfReduction } from "../tile-groups.ts"
import { accumulator, elementsIn, type KernelList, NeedsBarrier } from "./kernel-list.ts"
import { readBack } from "./read-back.ts"

export function lowerReduction(
  kernels: KernelList,
  equation: Equation,
  combine: Accumulator["combine"],
  axes: readonly number[],
) {
  const [operand] = equation.operands
  const [result] = equation.results
  const shape = concreteShape(operand.shape)
  const kept = shape.filter((_, axis) => !axes.includes(axis))
  if (kept.includes(0)) {
    kernels.home(result, "empty")
    return
  }
  const key = `${combine.startsWith("arg")}|${shape}|${[...axes].sort()}`
  for (const [at, draft] of kernels.drafts()) {
    if (draft.reduction?.key !== key) continue
    try {
      const found = draft.expressions.at(operand, draft.reduction.coordinates)
      const value = readBack(draft, found)
      kernels.accumulate(at, draft, result, combine, value)
      return
    } catch (error) {
      if (!(error instanceof NeedsBarrier)) throw error
    }
  }
  const length = axes.reduce((n, axis) => n * shape[axis], 1)
  const columns = !axes.includes(shape.length - 1)
  const parts = combine.startsWith("arg") ? 1 : partsOf(kernels, elementsIn(kept), length, columns)
  if (parts > 1 && combine !== "argmax" && combine !== "argmin") {
    lowerPartedReduction(kernels, equation, combine, axes, parts)
    return
  }
  const loops = shape.map(
    (extent, i) => new Axis(axes.includes(i) ? `r${i}` : `i${i}`, extent, "steps"),
  )
  const mapped = loops.filter((_, i) => !axes.includes(i))
  const reduced = loops.filter((_, i) => axes.includes(i))
  const draft = kernels.openReduction(
    kept,
    mapped.map(axisIndex),
    mapped,
    reduced,
    key,
    loops.map(axisIndex),
    rowsOf(shape, axes, kernels.machine.alone ? 1 : enoughRows),
  )
  const value = draft.expressions.at(operand, loops.map(axisIndex))
  kernels.accumulate(kernels.last, draft, result, combine, value)
}

export function partsOf(
  { machine }: KernelList,
  results: number,
  length: number,
  columns: boolean,
) {
  const { target } = machine
  return isGroupTarget(target)
    ? groupPartsOfReduction(results, length, columns, target)
    : partsOfReduction(results, length, columns)
}

/** Elements of a row that stay in a thread's cache while the kernel passes over it again. */
const longestRow = 1 << 15

/** Rows that are enough to occupy all threads. */
const enoughRows = 64

/**
 * The shape that a reduction goes through row by row, each row contiguous, short enough to be passed
 * over several times, and one of many: what needs a row's totals can then be computed in the same
 * kernel, while the row is at hand.
 */
function rowsOf(
  shape: readonly number[],
  axes: readonly number[],
  fewest: number,
): readonly number[] | undefined {
  const first = shape.length - axes.length
  const rows = elementsIn(shape.slice(0, first))
  const trailing = axes.every((axis) => axis >= first)
  const fits = rows >= fewest && elementsIn(shape.slice(first)) <= longestRow
  return trailing && fits ? shape : undefined
}

/** Few results from many elements: parts in space first, then the parts together. */
function lowerPartedReduction(
  kernels: KernelList,
  equation: Equation,
  combine: Combine,
  axes: readonly number[],
  wanted: number,
): void {
  const [operand] = equation.operands
  const [result] = equation.results
  const shape = concreteShape(operand.shape)
  // The outermost axis that has enough: parts then read the longest stretches of memory.
  const cut =
    [...axes].sort((a, b) => a - b).find((axis) => shape[axis] >= wanted) ??
    axes.reduce((best, axis) => (shape[axis] > shape[best] ? axis : best), axes[0])
  const each = Math.ceil(shape[cut] / wanted)
  const parts = Math.ceil(shape[cut] / each)
  const part = new Axis("part", parts, "steps")
  const inner = new Axis("r", each, "steps", { outer: part, total: shape[cut] })
  const loops = shape.map((extent, i) =>
    i === cut ? inner : new Axis(axes.includes(i) ? `r${i}` : `i${i}`, extent, "steps"),
  )
  const kept = loops.filter((_, i) => !axes.includes(i))
  const reduced = loops.filter((_, i) => axes.includes(i))
  const at = loops.map((axis) =>
    axis === inner
      ? addIndices(scaleIndex(axisIndex(part), each), axisIndex(inner))
      : axisIndex(axis),
  )
  const mapped = [part, ...kept]
  const expressions = kernels.expressions(kernels.length)
  const value = expressions.at(operand, at)
  const extents = mapped.map((axis) => axis.extent)
  const partial = new Buffer(result.dtype, iterations(mapped), "parts")
  const total: Scalar = { kind: "accumulator", dtype: result.dtype, number: 0 }
  const kernel: LoopKernel = {
    kind: "loop",
    axes: mapped,
    reduced,
    accumulators: [accumulator(combine, result.dtype, value)],
    stores: [
      { buffer: partial, index: flattenIndex(mapped.map(axisIndex), extents), value: total },
    ],
  }
  kernels.add(kernel, [partial])
  kernels.combineParts(result, combine, partial, parts)
}

export function lowerFold(kernels: KernelList, equation: Equation & Equation<"fold">): void {
  const [operand] = equation.operands
  const [result] = equation.results
  const { axes, sizes, strides, dilations } = equation.params
  const shape = concreteShape(result.shape)
  if (shape.includes(0)) {
    kernels.home(result, "empty")
    return
  }
  const mapped = shape.map((extent, i) => new Axis(`i${i}`, extent, "steps"))
  const offsets = sizes.map((extent, i) => new Axis(`o${i}`, extent, "steps"))
  const draft = kernels.openReduction(shape, mapped.map(axisIndex), mapped, offsets, "", [])
  const positions = concreteShape(operand.shape)
  // Position p and offset o meet at p·stride + o·dilation.
  const at = mapped.map((axis, i) => {
    const j = axes.indexOf(i)
    if (j < 0) return { index: axisIndex(axis), conditions: [] }
    const place = addIndices(axisIndex(axis), scaleIndex(axisIndex(offsets[j]), -dilations[j]))
    return undilate(place, strides[j], positions[i])
  })
  const inside = offsets.map((axis) => ({ index: axisIndex(axis), conditions: [] }))
  const zero: Scalar = { kind: "constant", dtype: result.dtype, value: 0 }
  const value = draft.expressions.guarded(operand, [...at, ...inside], zero)
  kernels.accumulate(kernels.last, draft, result, "sum", value)
}
