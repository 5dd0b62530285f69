/** Reductions: mapped axes around reduced ones, cut into parts where results are few. */

import type { Equation, Variable } from "../../graph/index.ts"
import { concreteShape } from "../../size/index.ts"
import { Axis } from "../axis.ts"
import type { Buffer, Scalar } from "../expression.ts"
import { isGroupTarget } from "../group-target.ts"
import { addIndices, axisIndex, scaleIndex } from "../index-function.ts"
import type { Accumulator, Combine } from "../kernel.ts"
import { undilate } from "../scalars.ts"
import { partsOfReduction } from "../tile.ts"
import { groupPartsOfReduction } from "../tile-groups.ts"
import { elementsIn, type KernelList, NeedsBarrier } from "./kernel-list.ts"
import { readBack } from "./read-back.ts"
import { sumInProduct } from "./row-sums.ts"

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
  const key = keyOf(shape, axes, combine)
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
  const seeksPlace = combine === "argmax" || combine === "argmin"
  const parts = seeksPlace ? 1 : partsOf(kernels, elementsIn(kept), length, columns)
  if (parts > 1 && !seeksPlace) {
    if (combine === "sum" && sumInProduct(kernels, equation, axes)) return
    const joined = joinRows(kernels, equation, combine, axes)
    if (!joined) lowerPartedReduction(kernels, equation, combine, axes, parts)
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

/** Reductions with the same key go through the same elements in the same order. */
function keyOf(
  shape: readonly number[],
  axes: readonly number[],
  combine: Accumulator["combine"],
  parts = 1,
): string {
  return `${combine.startsWith("arg")}|${shape}|${[...axes].sort()}|${parts}`
}

/** So many sums of different arrays are taken side by side. */
const mostApart = 3

/** Adds a reduction's parts to an open kernel with this key, as many as read the same memory. */
function joinParts(
  kernels: KernelList,
  operand: Variable,
  combine: Combine,
  key: string,
): Buffer | undefined {
  const needs = kernels.dependencies([operand])
  for (const [at, draft] of kernels.drafts()) {
    const { reduction, expressions } = draft
    if (reduction?.key !== key) continue
    const shares = [...needs].some((buffer) => expressions.loaded.has(buffer))
    if (!shares && reduction.accumulators.length >= mostApart) continue
    try {
      const value = readBack(draft, expressions.at(operand, reduction.coordinates))
      return kernels.accumulateParts(at, draft, combine, value)
    } catch (error) {
      if (!(error instanceof NeedsBarrier)) throw error
    }
  }
  return undefined
}

/**
 * A reduction over rows and along them, where a kernel goes along those rows anyway: each row's part
 * is found there, while the row is at hand.
 */
function joinRows(
  kernels: KernelList,
  { operands: [operand], results: [result] }: Equation,
  combine: Combine,
  axes: readonly number[],
): boolean {
  const shape = concreteShape(operand.shape)
  for (let first = shape.length - 1; axes.includes(first); first--) {
    const outer = axes.filter((axis) => axis < first)
    if (outer.length === 0 || outer.some((axis) => axis >= outer.length)) continue
    const along = shape.map((_, axis) => axis).slice(first)
    const partial = joinParts(kernels, operand, combine, keyOf(shape, along, combine))
    if (partial === undefined) continue
    kernels.combineParts(result, combine, partial, elementsIn(shape.slice(0, outer.length)))
    return true
  }
  return false
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
  const key = keyOf(shape, axes, combine, parts)
  const joined = joinParts(kernels, operand, combine, key)
  if (joined !== undefined) {
    kernels.combineParts(result, combine, joined, parts)
    return
  }
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
  const extents = mapped.map((axis) => axis.extent)
  const draft = kernels.openReduction(extents, mapped.map(axisIndex), mapped, reduced, key, at)
  const value = draft.expressions.at(operand, at)
  const partial = kernels.accumulateParts(kernels.last, draft, combine, value)
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
