/** Dots and convolutions: tiled where they fill tiles, plain reductions where they do not. */

import type { Equation, Variable } from "../../graph/index.ts"
import { concreteShape } from "../../size/index.ts"
import { Axis, iterations } from "../axis.ts"
import {
  type Contraction,
  type ContractionPrecision,
  contractionOf,
  inPrecision,
  phasesOf,
  sizesOf,
} from "../contraction.ts"
import { Buffer, type Scalar } from "../expression.ts"
import { type AnyTarget, isGroupTarget } from "../group-target.ts"
import {
  addIndices,
  axisIndex,
  flattenIndex,
  indexUses,
  scaleIndex,
  strideOf,
} from "../index-function.ts"
import type { Accumulator, Kernel, LoopKernel, Store } from "../kernel.ts"
import { ScalarRewriter, visitScalars } from "../rewrite.ts"
import { apply, type Expressions } from "../scalars.ts"
import { fillsTiles, partsOfDepth, worthTiling } from "../tile.ts"
import { groupPartsOfDepth, worthGroupTiling } from "../tile-groups.ts"
import { groupsInLanes } from "./groups.ts"
import { type Draft, elementsIn, type KernelList } from "./kernel-list.ts"
import { lowerPhases } from "./phases.ts"
import { partsOf } from "./reduction.ts"
import { inParts, rowOfSums } from "./row-sums.ts"
import { facing, holdsSingles, targetOf, tiled, windowOf } from "./tiled.ts"
import { axesOfTotals, partsOfTotals, withTotals } from "./totals.ts"
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
  const separate = fillsTilesOf(rounded, whole, precision)
    ? inPrecision(exact, precision, "bfloat16")
    : rounded
  const target = targetOf(separate, whole)
  const rows = iterations(separate.rows)
  const columns = iterations(separate.columns)
  const depth = iterations(separate.depth)
  const single = result.dtype === "float32" && holdsSingles([exact.lhs, exact.rhs])
  const double = result.dtype === "float64" && !isGroupTarget(whole) && whole.float64 !== undefined
  const worth = isGroupTarget(target) ? worthGroupTiling : worthTiling
  if (!(single || double) || !worth(rows, columns, depth)) {
    lowerAsLoop(kernels, result, rounded, expressions)
    return
  }
  const phases = phasesOf(equation, expressions)?.map((phase) =>
    inPrecision(phase, precision, separate.lhs.dtype === "bfloat16" ? "bfloat16" : "float32"),
  )
  const accepts = (value: Scalar): boolean => double || holdsSingles([value])
  if (phases !== undefined && lowerPhases(kernels, result, phases, expressions, accepts)) return
  if (single && mayRearrange(precision) && lowerWinograd(kernels, result, separate, expressions))
    return
  const together = groupsInLanes(separate, flattenIndex(separate.coordinates, shape), target)
  const inLanes =
    together !== undefined &&
    windowOf(together, flattenIndex(together.coordinates, shape), target)?.over === "rows"
  const contraction = inLanes ? together : separate
  const own = flattenIndex(contraction.coordinates, shape)
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
  const row = kernel.window === undefined ? rowOfSums(kernels, turned, own, target) : undefined
  const draft: Draft = {
    expressions,
    shape,
    coordinates: contraction.coordinates,
    stores,
    accepts,
    ...(row !== undefined && { summing: { dtype: result.dtype, row } }),
    finish: (kept) => inParts({ ...kernel, stores: kept }, sizes, kernels.machine.threads, target),
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
  const short = axesOfTotals(contraction, kernels.machine.target)
  const parts =
    short.length > 0
      ? partsOfTotals(iterations(mapped) * length)
      : partsOf(kernels, iterations(mapped), length, runsAlong([lhs, rhs], mapped, depth))
  if (parts > 1) {
    lowerInParts(kernels, result, contraction, parts, (_, part, stores) =>
      withTotals(asLoop(part, stores), short),
    )
    return
  }
  const accumulators: Accumulator[] = []
  const draft: Draft = {
    expressions,
    shape: concreteShape(result.shape),
    coordinates,
    stores: [],
    reduction: { key: "", accumulators, coordinates: [], rows: undefined },
    finish: (stores) =>
      withTotals({ kind: "loop", axes: mapped, reduced: depth, accumulators, stores }, short),
  }
  kernels.add(draft, [])
  const product = apply("multiply", result.dtype, [lhs, rhs])
  kernels.accumulate(kernels.last, draft, result, "sum", product)
}

/** A contraction as a plain reduction of its own. */
function asLoop(
  { batch, rows, columns, depth, lhs, rhs }: Contraction,
  stores: readonly Store[],
): LoopKernel {
  const value = apply("multiply", lhs.dtype, [lhs, rhs])
  const accumulators: Accumulator[] = [{ combine: "sum", dtype: lhs.dtype, value }]
  const axes = [...batch, ...rows, ...columns]
  return { kind: "loop", axes, reduced: depth, accumulators, stores }
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

/**
 * The outermost axis that can be cut into half as many parts or more, or else the longest: parts of
 * images have whole images where there are enough.
 */
function longest(axes: readonly Axis[], parts: number): Axis {
  const enough = axes.find((axis) => 2 * axis.extent >= parts)
  return enough ?? axes.reduce((best, axis) => (axis.extent > best.extent ? axis : best))
}

/** Iterations of each part: all parts alike where a near number of parts divides the whole. */
function lengthOfParts(total: number, parts: number): number {
  const least = Math.ceil(total / parts)
  for (let each = least; each <= 1.5 * least; each++) if (total % each === 0) return each
  return least
}
