/** Dots and convolutions: tiled where they fill tiles, plain reductions where they do not. */

import type { Equation, Variable } from "../../graph/index.ts"
import { concreteShape } from "../../size/index.ts"
import { Axis, iterations } from "../axis.ts"
import {
  type Contraction,
  type ContractionPrecision,
  contractionOf,
  inPrecision,
  sizesOf,
} from "../contraction.ts"
import { type AnyTarget, isGroupTarget } from "../group-target.ts"
import {
  addIndices,
  axisIndex,
  flattenIndex,
  type Index,
  indexUses,
  scaleIndex,
  strideOf,
  unflattenIndex,
} from "../index-function.ts"
import {
  type Accumulator,
  Buffer,
  type ContractionKernel,
  type Kernel,
  type LoopKernel,
  type Panels,
  type Scalar,
  type Store,
  type Window,
} from "../kernel.ts"
import { ScalarRewriter, visitScalars } from "../rewrite.ts"
import { apply, type Expressions, undilate } from "../scalars.ts"
import { chooseTile, fillsTiles, partsOfDepth, worthTiling } from "../tile.ts"
import { chooseGroupTile, groupPartsOfDepth, worthGroupTiling } from "../tile-groups.ts"
import { chooseWindow } from "../window.ts"
import { type Draft, elementsIn, type KernelList } from "./kernel-list.ts"
import { partsOf } from "./reduction.ts"
import { lowerWinograd } from "./winograd.ts"

export function lowerContraction(kernels: KernelList, equation: Equation): void {
  const [result] = equation.results
  const shape = concreteShape(result.shape)
  if (shape.includes(0)) {
    kernels.home(result, "empty")
    return
  }
  const expressions = kernels.expressions(kernels.length)
  const { target: whole, precision } = kernels.machine
  const exact = contractionOf(equation, expressions)
  const rounded = inPrecision(exact, precision)
  const contraction = fillsTilesOf(rounded, whole, precision)
    ? inPrecision(exact, precision, "bfloat16")
    : rounded
  const target = targetOf(contraction, whole)
  const own = flattenIndex(contraction.coordinates, shape)
  const rows = iterations(contraction.rows)
  const columns = iterations(contraction.columns)
  const depth = iterations(contraction.depth)
  const single = result.dtype === "float32" && holdsSingles([exact.lhs, exact.rhs])
  const double = result.dtype === "float64" && !isGroupTarget(whole) && whole.float64 !== undefined
  const worth = isGroupTarget(target) ? worthGroupTiling : worthTiling
  if (!(single || double) || !worth(rows, columns, depth)) {
    lowerAsLoop(kernels, result, rounded, expressions)
    return
  }
  if (single && mayRearrange(precision) && lowerWinograd(kernels, result, contraction, expressions))
    return
  const window = windowOf(contraction, own, target)
  const turned = window === undefined ? facing(contraction, own) : contraction
  const sizes = sizesOf(turned)
  // A box of places is for all rows, so that rows are not cut.
  const cut = window?.over === "depth" ? { ...sizes, rows: 1 } : sizes
  const parts = isGroupTarget(target) ? groupPartsOfDepth(sizes, target) : partsOfDepth(cut)
  if (parts > 1) {
    lowerInParts(kernels, result, turned, parts, tiled)
    return
  }
  const stores: Store[] = []
  const kernel = tiled(kernels, turned, stores)
  const draft: Draft = {
    expressions,
    shape,
    coordinates: contraction.coordinates,
    stores,
    accepts: (value) => double || holdsSingles([value]),
    finish: (kept) => ({ ...kernel, stores: kept }),
  }
  kernels.add(draft, [])
  const total: Scalar = { kind: "accumulator", dtype: result.dtype, number: 0 }
  kernels.storeIn(kernels.last, draft, result, total, contraction.coordinates)
}

/** Whether products may be of sums of a contraction's operands rather than of what it says. */
function mayRearrange(precision: ContractionPrecision | undefined): boolean {
  return precision === undefined || precision === "float32"
}

/** Whether operands that are asked for in bfloat16 fill a processor's tiles of it. */
function fillsTilesOf(
  contraction: Contraction,
  target: AnyTarget,
  precision: ContractionPrecision | undefined,
): boolean {
  if (precision !== "bfloat16" || isGroupTarget(target)) return false
  if (target.bfloat16 === undefined || contraction.lhs.dtype !== "float32") return false
  return fillsTiles(sizesOf(contraction), target.bfloat16)
}

/** The processor as a contraction of such operands sees it. */
function targetOf({ lhs }: Contraction, target: AnyTarget): AnyTarget {
  if (isGroupTarget(target)) return target
  if (lhs.dtype === "float64") return target.float64 ?? target
  return (lhs.dtype === "bfloat16" ? target.bfloat16 : undefined) ?? target
}

/** Whether expressions are free of float64, of which vectors hold fewer: a tile's hold four. */
function holdsSingles(values: readonly Scalar[]): boolean {
  let single = true
  visitScalars(values, ({ dtype }) => {
    single &&= dtype !== "float64"
  })
  return single
}

/** The contraction as a plain reduction, for other dtypes and shapes too thin for tiles. */
function lowerAsLoop(
  kernels: KernelList,
  result: Variable,
  contraction: Contraction,
  expressions: Expressions,
): void {
  const { batch, rows, columns, depth, lhs, rhs, coordinates } = contraction
  const mapped = [...batch, ...rows, ...columns]
  const length = iterations(depth)
  const parts = partsOf(kernels, iterations(mapped), length, runsAlong([lhs, rhs], mapped, depth))
  if (parts > 1) {
    lowerInParts(kernels, result, contraction, parts, asLoop)
    return
  }
  const accumulators: Accumulator[] = []
  const draft: Draft = {
    expressions,
    shape: concreteShape(result.shape),
    coordinates,
    stores: [],
    reduction: { key: "", accumulators, coordinates: [], rows: undefined },
    finish: (stores) => ({ kind: "loop", axes: mapped, reduced: depth, accumulators, stores }),
  }
  kernels.add(draft, [])
  const product = apply("multiply", result.dtype, [lhs, rhs])
  kernels.accumulate(kernels.last, draft, result, "sum", product)
}

/** A contraction as a plain reduction of its own. */
function asLoop(
  _: KernelList,
  { batch, rows, columns, depth, lhs, rhs }: Contraction,
  stores: readonly Store[],
): LoopKernel {
  const value = apply("multiply", lhs.dtype, [lhs, rhs])
  const accumulators: Accumulator[] = [{ combine: "sum", dtype: lhs.dtype, value }]
  return {
    kind: "loop",
    axes: [...batch, ...rows, ...columns],
    reduced: depth,
    accumulators,
    stores,
  }
}

/** Whether an operand that is summed over has results side by side in memory. */
function runsAlong(
  operands: readonly Scalar[],
  mapped: readonly Axis[],
  depth: readonly Axis[],
): boolean {
  let found = false
  visitScalars(operands, (scalar) => {
    if (scalar.kind !== "load" || !depth.some((axis) => indexUses(scalar.index, axis))) return
    found ||= mapped.some((axis) => axis.extent > 1 && strideOf(scalar.index, axis) === 1)
  })
  return found
}

/** Little to hold and much to sum: parts of the depth in space, then the parts together. */
function lowerInParts(
  kernels: KernelList,
  result: Variable,
  contraction: Contraction,
  wanted: number,
  kernelOf: (kernels: KernelList, part: Contraction, stores: readonly Store[]) => Kernel,
): void {
  const shape = concreteShape(result.shape)
  const outer = longest(contraction.depth, wanted)
  const others = contraction.depth.filter((axis) => axis !== outer)
  const each = lengthOfParts(outer.extent, wanted)
  const parts = Math.ceil(outer.extent / each)
  const part = new Axis("part", parts, "steps")
  const inner = new Axis(outer.name, each, "steps", { outer: part, total: outer.extent })
  const place = addIndices(scaleIndex(axisIndex(part), each), axisIndex(inner))
  const rewriter = new ScalarRewriter((axis) => (axis === outer ? place : undefined))
  const split: Contraction = {
    ...contraction,
    batch: [part, ...contraction.batch],
    depth: [inner, ...others],
    lhs: rewriter.scalar(contraction.lhs),
    rhs: rewriter.scalar(contraction.rhs),
  }
  const elements = parts * elementsIn(shape)
  const partial = new Buffer(result.dtype, elements, "parts")
  const index = flattenIndex([axisIndex(part), ...contraction.coordinates], [parts, ...shape])
  const total: Scalar = { kind: "accumulator", dtype: result.dtype, number: 0 }
  kernels.add(kernelOf(kernels, split, [{ buffer: partial, index, value: total }]), [partial])
  kernels.combineParts(result, "sum", partial, parts)
}

/** The outermost axis that can be cut into so many parts, or else the longest. */
function longest(axes: readonly Axis[], parts: number): Axis {
  const enough = axes.find((axis) => axis.extent >= parts)
  return enough ?? axes.reduce((best, axis) => (axis.extent > best.extent ? axis : best))
}

/** Iterations of each part: all parts alike where a near number of parts divides the whole. */
function lengthOfParts(total: number, parts: number): number {
  const least = Math.ceil(total / parts)
  for (let each = least; each <= 1.5 * least; each++) if (total % each === 0) return each
  return least
}

/** A contraction kernel, its right operand packed ahead where many row blocks share it. */
function tiled(
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
function windowOf(contraction: Contraction, store: Index, target: AnyTarget): Window | undefined {
  if (isGroupTarget(target) || target.readsWindows !== true) return undefined
  const last = contraction.columns.findLast((axis) => axis.extent > 1)
  const contiguous = last !== undefined && strideOf(store, last) === 1
  return contiguous ? chooseWindow(contraction, target)?.window : undefined
}

/**
 * Turns a contraction so that its columns, which go to lanes, are contiguous in the result; unless
 * there are too few of them for lanes, or, turned, there would be.
 */
function facing(contraction: Contraction, store: Index): Contraction {
  const contiguous = (axes: readonly Axis[]): boolean =>
    axes.some((axis) => axis.extent > 1 && indexUses(store, axis) && strideOf(store, axis) === 1)
  const { rows, columns, lhs, rhs } = contraction
  const [height, width] = [iterations(rows), iterations(columns)]
  const turns =
    Math.min(height, width) < 3 ? width < height : contiguous(rows) && !contiguous(columns)
  return turns ? { ...contraction, rows: columns, columns: rows, lhs: rhs, rhs: lhs } : contraction
}
