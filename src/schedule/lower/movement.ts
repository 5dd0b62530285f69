/** Scans, sorts and moves that need a kernel of their own. */

import type { Equation, ParamsOf, ScanParams } from "../../graph/index.ts"
import { concreteShape } from "../../size/index.ts"
import { Axis } from "../axis.ts"
import { Buffer, type Index, type Scalar } from "../expression.ts"
import { isGroupTarget } from "../group-target.ts"
import {
  addIndices,
  axisIndex,
  constantIndex,
  flattenIndex,
  scaleIndex,
} from "../index-function.ts"
import type { Combine, Kernel } from "../kernel.ts"
import { apply, clampedIndex, type Expressions, inRange } from "../scalars.ts"
import { mergePiece, mergesOf, sortScratch, stretchOf } from "../sorting.ts"
import { elementsIn, type KernelList } from "./kernel-list.ts"

export function lowerScan(
  kernels: KernelList,
  equation: Equation,
  combine: Combine,
  { axis, reverse }: ScanParams,
): void {
  const [operand] = equation.operands
  const [result] = equation.results
  const shape = concreteShape(result.shape)
  const buffer = kernels.home(result, "scan")
  if (buffer.elements === 0) return
  const loops = shape.map((extent, i) => new Axis(`i${i}`, extent, "steps"))
  const coordinates = loops.map((loop, i) =>
    i === axis && reverse
      ? addIndices(constantIndex(shape[axis] - 1), scaleIndex(axisIndex(loop), -1))
      : axisIndex(loop),
  )
  const expressions = kernels.expressions(kernels.length)
  const kernel: Kernel = {
    kind: "scan",
    axes: loops.filter((_, i) => i !== axis),
    along: loops[axis],
    combine,
    value: expressions.at(operand, coordinates),
    buffer,
    index: flattenIndex(coordinates, shape),
  }
  kernels.add(kernel, [buffer])
}

export function lowerConcatenate(
  kernels: KernelList,
  equation: Equation & Equation<"concatenate">,
): void {
  const [result] = equation.results
  const shape = concreteShape(result.shape)
  const buffer = kernels.home(result, "joined")
  let start = 0
  for (const operand of equation.operands) {
    const extents = concreteShape(operand.shape)
    const offset = start
    start += extents[equation.params.axis]
    if (kernels.isJoined(operand)) continue
    kernels.copy(
      extents,
      buffer,
      (at) => {
        const moved = at.map((index, axis) =>
          axis === equation.params.axis ? addIndices(index, constantIndex(offset)) : index,
        )
        return flattenIndex(moved, shape)
      },
      (at, expressions) => expressions.at(operand, at),
    )
  }
}

export function lowerUpdate(
  kernels: KernelList,
  equation: Equation & Equation<"dynamicUpdateSlice">,
): void {
  const [operand, update, ...starts] = equation.operands
  const [result] = equation.results
  const shape = concreteShape(result.shape)
  const extents = concreteShape(update.shape)
  const buffer = kernels.home(result, "updated")
  kernels.copyWhole(operand, buffer)
  kernels.copy(
    extents,
    buffer,
    (at, expressions) => {
      const moved = at.map((index, axis) => {
        const start = expressions.at(starts[axis], [])
        return addIndices(index, clampedIndex(start, shape[axis] - extents[axis] + 1))
      })
      return flattenIndex(moved, shape)
    },
    (at, expressions) => expressions.at(update, at),
  )
}

export function lowerScatter(kernels: KernelList, equation: Equation & Equation<"scatter">): void {
  const [operand, ...rest] = equation.operands
  const indices = rest.slice(0, -1)
  const updates = rest[rest.length - 1]
  const { axes, combine } = equation.params
  const shape = concreteShape(operand.shape)
  const buffer = kernels.home(equation.results[0], "scattered")
  kernels.copyWhole(operand, buffer)
  const updatesShape = concreteShape(updates.shape)
  if (updatesShape.includes(0)) return
  const loops = updatesShape.map((extent, i) => new Axis(`i${i}`, extent, "steps"))
  const at = loops.map(axisIndex)
  const rank = indices[0].shape.length
  const expressions = kernels.expressions(kernels.length)
  const values = indices.map((index) => expressions.at(index, at.slice(0, rank)))
  let next = rank
  const place = shape.map((extent, axis) => {
    const i = axes.indexOf(axis)
    return i < 0 ? at[next++] : clampedIndex(values[i], extent)
  })
  const inside = axes.map((axis, i) => inRange(values[i], shape[axis]))
  const kernel: Kernel = {
    kind: "scatter",
    axes: loops.slice(rank),
    steps: loops.slice(0, rank),
    combine: scatterCombine[combine],
    buffer,
    index: flattenIndex(place, shape),
    value: expressions.at(updates, at),
    when: inside.reduce((a, b) => apply("and", "bool", [a, b])),
  }
  kernels.add(kernel, [buffer])
}

export function lowerSort(kernels: KernelList, equation: Equation & Equation<"sort">): void {
  const { axis, keys } = equation.params
  const shape = concreteShape(equation.operands[0].shape)
  const last = shape.length - 1
  const turned = [...shape.map((_, i) => i).filter((i) => i !== axis), axis]
  const rowsShape = turned.map((i) => shape[i])
  const results = equation.results.map((result) => kernels.home(result, "sorted"))
  if (shape.includes(0)) return
  const extent = shape[axis]
  const rows = elementsIn(shape) / extent
  const whole = isGroupTarget(kernels.machine.target) || kernels.machine.alone === true
  const stretch = whole ? extent : stretchOf(extent, rows)
  const merges = mergesOf(extent, stretch)
  const operands = equation.operands.map((operand) => {
    const value = (at: readonly Index[], expressions: Expressions): Scalar => {
      const back: Index[] = []
      for (const [i, from] of turned.entries()) back[from] = at[i]
      return expressions.at(operand, back)
    }
    // Merges write here too.
    const there = merges === 0 ? kernels.lying(rowsShape, value) : undefined
    if (there !== undefined) return there
    const buffer = new Buffer(operand.dtype, elementsIn(shape), "unsorted")
    kernels.copy(rowsShape, buffer, (at) => flattenIndex(at, rowsShape), value)
    return buffer
  })
  const sorted =
    axis === last
      ? results
      : results.map((result) => new Buffer(result.dtype, result.elements, "rows"))
  const scratchBytes = sortScratch(stretch)
  const stretches = new Axis("row", rows * Math.ceil(extent / stretch), "threads")
  const order = { extent, keys, operands, results: sorted }
  kernels.add({ kind: "sort", ...order, rows: stretches, stretch, scratchBytes }, sorted)
  let [from, to] = [sorted, operands]
  for (let merge = 0, run = stretch; merge < merges; merge++, run *= 2) {
    const pieces = new Axis("part", rows * Math.ceil(extent / mergePiece), "threads")
    kernels.add({ kind: "merge", pieces, extent, run, keys, operands: from, results: to }, to)
    ;[from, to] = [to, from]
  }
  if (axis === last) return
  for (const [i, buffer] of results.entries()) {
    kernels.copy(
      shape,
      buffer,
      (at) => flattenIndex(at, shape),
      (at) => ({
        kind: "load",
        dtype: buffer.dtype,
        buffer: sorted[i],
        index: flattenIndex(
          turned.map((from) => at[from]),
          rowsShape,
        ),
      }),
    )
  }
}

type ScatterCombine = ParamsOf["scatter"]["combine"]

const scatterCombine: { readonly [name in ScatterCombine]: Combine | "set" } = {
  add: "sum",
  multiply: "prod",
  maximum: "max",
  minimum: "min",
  set: "set",
}
