/** Places the axes of kernels for workgroups: mapped axes over invocations, long sums within a group. */

import { Axis, iterations } from "./axis.ts"
import type { Index } from "./expression.ts"
import type { GroupTarget } from "./group-target.ts"
import { axisIndex, constantIndex, unflattenIndex } from "./index-function.ts"
import type { Kernel, LoopKernel, ScanKernel, ScatterKernel } from "./kernel.ts"
import { byStride, laneScore, loadsUnder } from "./placement.ts"
import { replaceAxis, reshapeAxes } from "./reshape-axes.ts"
import { type Regroup, rewriteKernel } from "./rewrite.ts"

/** Results that keep a GPU busy with one invocation each. */
const enoughResults = 4096

/** Shorter reductions than this are done by one invocation. */
const leastReduced = 32

/**
 * Every mapped axis over threads. A reduction or scan goes over the lanes of a workgroup where there
 * are too few results for a thread each, or where its elements lie side by side in memory.
 */
export function placeInGroups(kernel: Kernel, target: GroupTarget): Kernel {
  const reshaped = reshapeAxes(kernel)
  switch (reshaped.kind) {
    case "loop":
      return placeLoop(reshaped)
    case "scan":
      return placeScan(reshaped, target)
    case "scatter":
      return placeScatter(reshaped)
    case "contraction":
    case "sort":
    case "merge":
      return reshaped
  }
}

function placeLoop(kernel: LoopKernel): Kernel {
  const axes = byStride(kernel.axes, kernel)
  const keepsOrder = kernel.accumulators.some((a) => a.combine.startsWith("arg"))
  const reduced = keepsOrder ? kernel.reduced : byStride(kernel.reduced, kernel)
  const spread = inSpace({ ...kernel, axes, reduced }, axes)
  if (spread.kind !== "loop" || !sharesReduction(spread)) return spread
  return reduceInLanes(spread)
}

/** Whether a workgroup shares each reduction of a kernel. */
function sharesReduction(kernel: LoopKernel): boolean {
  const results = iterations(kernel.axes)
  const length = iterations(kernel.reduced)
  if (length < leastReduced) return false
  if (results < enoughResults) return length * enoughResults > 8 * results * leastReduced
  const [row, column] = [kernel.reduced.at(-1), kernel.axes.at(-1)]
  if (row === undefined || column === undefined) return false
  const loads = loadsUnder(kernel.accumulators.map(({ value }) => value))
  return laneScore(loads, row) > laneScore(loads, column)
}

/** One reduced axis over the lanes of a workgroup; several become one where all are whole. */
function reduceInLanes(kernel: LoopKernel): Kernel {
  const { reduced } = kernel
  const longest = reduced.reduce((best, axis) => (axis.extent > best.extent ? axis : best))
  const bounded = reduced.some((axis) => axis.within !== undefined)
  if (reduced.length === 1 || bounded) {
    const lanes = new Axis(longest.name, longest.extent, "lanes", longest.within)
    return replaceAxis(kernel, longest, axisIndex(lanes), [lanes])
  }
  const whole = new Axis("r", iterations(reduced), "lanes")
  const places = unflattenIndex(
    axisIndex(whole),
    reduced.map((axis) => axis.extent),
  )
  const replace = (axis: Axis): Index | undefined => {
    const i = reduced.indexOf(axis)
    return i < 0 ? undefined : places[i]
  }
  const regroup: Regroup = (axes) => (axes === reduced ? [whole] : axes)
  return rewriteKernel(kernel, replace, regroup)
}

/** A row of a scan goes over a workgroup where rows are few, else each row is a thread's. */
function placeScan(kernel: ScanKernel, { invocations }: GroupTarget): Kernel {
  const spread = inSpace(kernel, kernel.axes)
  const { extent } = kernel.along
  if (spread.kind !== "scan" || extent < leastReduced) return spread
  if (iterations(kernel.axes) * leastReduced > enoughResults * Math.min(extent / 32, invocations)) {
    return spread
  }
  const along = new Axis(kernel.along.name, extent, "lanes")
  const regroup: Regroup = (axes) => axes
  const replace = (axis: Axis): Index | undefined =>
    axis === kernel.along ? axisIndex(along) : undefined
  const moved = rewriteKernel(spread, replace, regroup)
  return moved.kind === "scan" ? { ...moved, along } : moved
}

/** The steps of a scatter keep their order unless no order can be told from another. */
function placeScatter(kernel: ScatterKernel): Kernel {
  const spread = inSpace(kernel, kernel.axes)
  if (spread.kind !== "scatter" || !commutes(spread)) return spread
  return inSpace(spread, spread.steps)
}

/** Whether updates may come in any order, and the machine can do them at once. */
function commutes({ combine, buffer }: ScatterKernel): boolean {
  const isInteger = buffer.dtype === "int32" || buffer.dtype === "uint32"
  return isInteger && (combine === "sum" || combine === "max" || combine === "min")
}

/** The kernel with some of its axes over threads. */
function inSpace(kernel: Kernel, axes: readonly Axis[]): Kernel {
  let current = kernel
  for (const axis of axes) {
    const bounds = axis.within
    if (bounds !== undefined) continue
    const spread = new Axis(axis.name, axis.extent, "threads")
    const place = axis.extent === 1 ? constantIndex(0) : axisIndex(spread)
    current = replaceAxis(current, axis, place, [spread])
  }
  return current
}
