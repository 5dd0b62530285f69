/** Places the axes of kernels: which go over threads, which over lanes, which are steps in time. */

import { Axis, iterations, laneOf } from "./axis.ts"
import type { Index, Scalar } from "./expression.ts"
import { addIndices, axisIndex, indexUses, scaleIndex, strideOf } from "./index-function.ts"
import {
  axesOf,
  conditionsOf,
  type Kernel,
  type LoopKernel,
  rowsTogether,
  type ScanKernel,
  type ScatterKernel,
} from "./kernel.ts"
import { replaceAxis, reshapeAxes } from "./reshape-axes.ts"
import { scalarsOf, visitScalars } from "./rewrite.ts"

/** Scalar operations that make a piece worth a visit to the counter. */
const pieceWork = 16384
const mostPieces = 512
/** Of reductions along rows: passes over neighbouring rows go together inside of a piece. */
const mostRowPieces = 128

/** Pieces of a scan have a single row where there would be fewer of them. */
const fewPieces = 64

/** Every axis in time: the RAM model. */
export function placeInTime(kernel: Kernel): Kernel {
  return reshapeAxes(kernel)
}

/** Threads over the outermost axes, lanes along memory, the rest in time. */
export function place(kernel: Kernel): Kernel {
  return placeOver(kernel, mostPieces)
}

/** Lanes along memory, the rest in time: for kernels that one thread runs by itself. */
export function placeAlone(kernel: Kernel): Kernel {
  return placeOver(kernel, 1)
}

function placeOver(kernel: Kernel, most: number): Kernel {
  const reshaped = reshapeAxes(kernel)
  switch (reshaped.kind) {
    case "loop":
      return placeLoop(reshaped, most)
    case "scan":
    case "scatter":
      return placeSpread(reshaped, most)
    case "contraction":
    case "sort":
    case "merge":
      return reshaped
  }
}

function placeLoop(kernel: LoopKernel, most: number): Kernel {
  const ordered: LoopKernel = {
    ...kernel,
    axes: byStride(kernel.axes, kernel),
    reduced: kernel.accumulators.some((a) => a.combine.startsWith("arg"))
      ? kernel.reduced
      : byStride(kernel.reduced, kernel),
  }
  const lane = chooseLane(ordered, [...ordered.axes, ...ordered.reduced])
  const innermost: LoopKernel =
    lane === undefined
      ? ordered
      : { ...ordered, axes: toEnd(ordered.axes, lane), reduced: toEnd(ordered.reduced, lane) }
  return overThreads(innermost, innermost.axes, lane, most)
}

/** Scans and scatters: their mapped axes go to threads and lanes. */
function placeSpread(kernel: ScanKernel | ScatterKernel, most: number): Kernel {
  const lane = chooseLane(kernel, kernel.axes)
  const ordered = lane === undefined ? kernel : { ...kernel, axes: toEnd(kernel.axes, lane) }
  return overThreads(ordered, ordered.axes, lane, most)
}

function toEnd(axes: readonly Axis[], last: Axis): readonly Axis[] {
  return axes.includes(last) ? [...axes.filter((axis) => axis !== last), last] : axes
}

/** Outer loops take the long strides. */
export function byStride(axes: readonly Axis[], kernel: LoopKernel): readonly Axis[] {
  const reference = accessesOf(kernel)
  const stride = (axis: Axis): number => {
    for (const index of reference) {
      if (indexUses(index, axis)) return Math.abs(strideOf(index, axis) ?? 0)
    }
    return 0
  }
  const bounds = axes.some((axis) => axis.within !== undefined)
  return bounds ? axes : [...axes].sort((a, b) => stride(b) - stride(a))
}

/** The index functions of memory accesses: stores first, then loads in order of use. */
function accessesOf(kernel: Kernel): readonly Index[] {
  const stores = kernel.kind === "loop" ? kernel.stores.map((s) => s.index) : []
  const own = kernel.kind === "scan" || kernel.kind === "scatter" ? [kernel.index] : []
  return [...stores, ...own, ...loadsUnder(scalarsOf(kernel))]
}

/** The index functions of the loads under some expressions. */
export function loadsUnder(roots: readonly Scalar[]): readonly Index[] {
  const loads: Index[] = []
  visitScalars(roots, (scalar) => {
    if (scalar.kind === "load") loads.push(scalar.index)
  })
  return loads
}

/** How much a contiguous access along an axis is worth, and what a strided one costs. */
export function laneScore(indices: readonly Index[], axis: Axis): number {
  return indices.reduce((score, index) => {
    const stride = strideOf(index, axis)
    return score + (stride === 1 ? 2 : stride === 0 ? 0 : -1)
  }, 0)
}

/**
 * The axis along which most accesses are contiguous; undefined where lanes would not pay. What a
 * reduction reads counts once for every iteration of the reduction; of axes that are worth the
 * same, the one along which the kernel stores is taken.
 */
function chooseLane(kernel: Kernel, candidates: readonly Axis[]): Axis | undefined {
  const [store] = accessesOf(kernel)
  const inner = kernel.kind === "loop" ? loadsUnder(kernel.accumulators.map((a) => a.value)) : []
  const repeated = kernel.kind === "loop" ? iterations(kernel.reduced) - 1 : 0
  let best: { axis: Axis; score: number } | undefined
  for (const axis of candidates) {
    if (axis.extent < 4 || breaksLanes(kernel, axis)) continue
    const score = laneScore(accessesOf(kernel), axis) + repeated * laneScore(inner, axis)
    const stores = store !== undefined && strideOf(store, axis) === 1 ? 0.5 : 0
    const weighted = (score + stores) * Math.min(1, axis.extent / 16)
    if (score > 0 && (best === undefined || weighted > best.score)) {
      best = { axis, score: weighted }
    }
  }
  return best?.axis
}

/** All lanes of a vector are stored or none, and all go through as many iterations. */
function breaksLanes(kernel: Kernel, axis: Axis): boolean {
  if (kernel.kind !== "loop") return false
  const ends = ({ extent, within }: Axis): boolean =>
    within?.outer === axis && within.total < axis.extent * extent
  if (axesOf(kernel).some(ends)) return true
  const conditions = kernel.stores.flatMap(conditionsOf)
  return conditions.some(({ index }) => indexUses(index, axis))
}

/** Splits the outermost axes over threads, in pieces that are each worth the trouble. */
function overThreads(
  kernel: Kernel,
  mapped: readonly Axis[],
  lane: Axis | undefined,
  most: number,
): Kernel {
  const total = iterations(mapped) * perIteration(kernel)
  const alongRows = kernel.kind === "loop" && lane !== undefined && kernel.reduced.includes(lane)
  const scanned = Math.max(fewPieces, Math.ceil(iterations(mapped) / rowsTogether))
  const inRows = kernel.kind === "scan" && lane === undefined ? Math.min(most, scanned) : most
  const pieces = alongRows ? mostRowPieces : inRows
  let wanted = Math.min(most, pieces, Math.floor(total / pieceWork))
  let current = kernel
  if (lane !== undefined) {
    const lanes = new Axis(lane.name, lane.extent, "lanes", lane.within)
    current = replaceAxis(current, lane, axisIndex(lanes), [lanes])
    return cut(
      current,
      mapped.map((axis) => (axis === lane ? lanes : axis)),
    )
  }
  return cut(current, mapped)

  function cut(from: Kernel, axes: readonly Axis[]): Kernel {
    let result = from
    for (const axis of axes) {
      if (wanted <= 1 || axis.within !== undefined) break
      const bounds = axesOf(result).some((inner) => inner.within?.outer === axis)
      const across = !bounds && readsAcross(result, axis)
      const whole = !across && axis.place === "steps" && (bounds || axis.extent < 2 * wanted)
      const each = whole ? 1 : Math.ceil(axis.extent / wanted)
      const rounded = across || axis.place === "lanes" ? 64 * Math.ceil(each / 64) : each
      const parts = Math.ceil(axis.extent / rounded)
      if (parts === 1) break
      result = splitOff(result, axis, parts, rounded)
      wanted = Math.floor(wanted / parts)
    }
    return result
  }
}

/**
 * Whether a map reads along an axis what it stores along another one: a piece should then have whole
 * lines of both.
 */
function readsAcross(kernel: Kernel, axis: Axis): boolean {
  const lane = laneOf(axesOf(kernel))
  if (kernel.kind !== "loop" || kernel.reduced.length > 0 || lane === undefined || lane === axis) {
    return false
  }
  return loadsUnder(kernel.stores.map(({ value }) => value)).some(
    (index) => strideOf(index, axis) === 1 && Math.abs(strideOf(index, lane) ?? 0) > 1,
  )
}

/** axis = part·each + inner, with the parts over threads. */
function splitOff(kernel: Kernel, axis: Axis, parts: number, each: number): Kernel {
  if (each === 1) {
    const spread = new Axis(axis.name, axis.extent, "threads")
    return replaceAxis(kernel, axis, axisIndex(spread), [spread])
  }
  const part = new Axis(`${axis.name}p`, parts, "threads")
  const within = axis.extent % each === 0 ? undefined : { outer: part, total: axis.extent }
  const inner = new Axis(axis.name, each, axis.place, within)
  const place = addIndices(scaleIndex(axisIndex(part), each), axisIndex(inner))
  return replaceAxis(kernel, axis, place, [part, inner])
}

/** Scalar operations and accesses of one iteration of the mapped axes. */
function perIteration(kernel: Kernel): number {
  let nodes = 0
  visitScalars(scalarsOf(kernel), (scalar) => {
    if (scalar.kind === "apply") nodes += scalar.primitive === "threefry" ? 100 : 1
    else if (scalar.kind === "load") nodes += 1
  })
  if (kernel.kind === "loop") return Math.max(1, nodes) * iterations(kernel.reduced)
  if (kernel.kind === "scan") return Math.max(1, nodes) * kernel.along.extent
  if (kernel.kind === "scatter") return Math.max(1, nodes) * iterations(kernel.steps)
  return Math.max(1, nodes)
}
