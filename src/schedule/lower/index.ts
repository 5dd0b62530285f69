/** Graph to kernels: each stored value finds the kernel that computes it. */

import { type Equation, type Graph, isEquation, type Variable } from "../../graph/index.ts"
import { concreteShape } from "../../size/index.ts"
import type { Buffer, Index } from "../expression.ts"
import { isFusible } from "../fusion.ts"
import { flattenIndex, unflattenIndex } from "../index-function.ts"
import { depthOf } from "../scalars.ts"
import type { Step } from "../step.ts"
import { lowerContraction } from "./contraction.ts"
import { lowerCond, lowerLoop, lowerWhile } from "./control.ts"
import {
  type Draft,
  deepestExpression,
  elementsIn,
  KernelList,
  type Machine,
  NeedsBarrier,
} from "./kernel-list.ts"
import { lowerConcatenate, lowerScan, lowerScatter, lowerSort, lowerUpdate } from "./movement.ts"
import { readBack } from "./read-back.ts"
import { lowerFold, lowerReduction } from "./reduction.ts"

/** Steps in order, and where the graph's variables ended up. */
export interface Lowered {
  readonly steps: readonly Step[]
  readonly homes: ReadonlyMap<Variable, Buffer>
  /** Buffers that lie where another one does. */
  readonly aliases: ReadonlyMap<Buffer, Buffer>
}

/** The steps that compute a graph of concrete sizes, their kernels not placed yet. */
export function lower(graph: Graph, machine: Machine): Lowered {
  const kernels = new KernelList(graph, machine)
  lowerAll(kernels)
  return { steps: kernels.finish(), homes: kernels.homes, aliases: kernels.aliases }
}

function lowerAll(kernels: KernelList): void {
  for (const equation of kernels.graph.equations) {
    if (!isFusible(equation.primitive)) lowerHeavy(kernels, equation)
    else if (kernels.stored.has(equation.results[0])) lowerFusible(kernels, equation)
  }
}

function lowerFusible(kernels: KernelList, equation: Equation): void {
  const [result] = equation.results
  const shape = concreteShape(result.shape)
  if (elementsIn(shape) === 0) {
    kernels.home(result, "empty")
    return
  }
  if (equation.primitive === "reshape" && kernels.shareWhole(result, equation.operands[0])) return
  const needs = kernels.dependencies(equation.operands)
  const first = Math.max(0, ...[...needs].map((buffer) => kernels.writtenBy(buffer)))
  for (const [at, draft] of kernels.drafts(first)) {
    if (!sharesMemory(kernels, draft, at, needs)) continue
    const own = placeIn(draft, shape)
    if (own === undefined) continue
    try {
      const value = readBack(draft, draft.expressions.inline(equation, own))
      if (depthOf(value) > deepestExpression || draft.accepts?.(value) === false) continue
      kernels.storeIn(at, draft, result, value, own)
      return
    } catch (error) {
      if (!(error instanceof NeedsBarrier)) throw error
    }
  }
  const draft = kernels.openMap(shape)
  const value = draft.expressions.inline(equation, draft.coordinates)
  kernels.storeIn(kernels.last, draft, result, value, draft.coordinates)
}

/** The element of a shape that a kernel is at: at its own place, or along the rows it reduces. */
function placeIn(draft: Draft, shape: readonly number[]): readonly Index[] | undefined {
  const elements = elementsIn(shape)
  if (elementsIn(draft.shape) === elements) {
    return unflattenIndex(flattenIndex(draft.coordinates, draft.shape), shape)
  }
  const { rows, coordinates } = draft.reduction ?? {}
  if (rows === undefined || coordinates === undefined || elementsIn(rows) !== elements) {
    return undefined
  }
  return unflattenIndex(flattenIndex(coordinates, rows), shape)
}

/** A buffer with fewer elements than this share of a kernel's stays in the caches. */
const smallShare = 1 / 64

/** Joining pays where the kernel makes something that the value needs, or reads much of it anyway. */
function sharesMemory(
  kernels: KernelList,
  draft: Draft,
  at: number,
  needs: ReadonlySet<Buffer>,
): boolean {
  const least = smallShare * elementsIn(draft.reduction?.rows ?? draft.shape)
  for (const buffer of needs) {
    if (kernels.writtenBy(buffer) === at) return true
    if (buffer.elements >= least && draft.expressions.loaded.has(buffer)) return true
  }
  return false
}

function lowerHeavy(kernels: KernelList, equation: Equation): void {
  if (isEquation(equation, "dot") || isEquation(equation, "convolve")) {
    lowerContraction(kernels, equation)
  } else if (isEquation(equation, "reduceSum")) {
    lowerReduction(kernels, equation, "sum", equation.params.axes)
  } else if (isEquation(equation, "reduceProd")) {
    lowerReduction(kernels, equation, "prod", equation.params.axes)
  } else if (isEquation(equation, "reduceMax")) {
    lowerReduction(kernels, equation, "max", equation.params.axes)
  } else if (isEquation(equation, "reduceMin")) {
    lowerReduction(kernels, equation, "min", equation.params.axes)
  } else if (isEquation(equation, "argmax") || isEquation(equation, "argmin")) {
    lowerReduction(kernels, equation, equation.primitive, [equation.params.axis])
  } else if (isEquation(equation, "cumulativeSum")) {
    lowerScan(kernels, equation, "sum", equation.params)
  } else if (isEquation(equation, "cumulativeProd")) {
    lowerScan(kernels, equation, "prod", equation.params)
  } else if (isEquation(equation, "cumulativeMax")) {
    lowerScan(kernels, equation, "max", equation.params)
  } else if (isEquation(equation, "cumulativeMin")) {
    lowerScan(kernels, equation, "min", equation.params)
  } else if (isEquation(equation, "fold")) {
    lowerFold(kernels, equation)
  } else if (isEquation(equation, "concatenate")) {
    lowerConcatenate(kernels, equation)
  } else if (isEquation(equation, "dynamicUpdateSlice")) {
    lowerUpdate(kernels, equation)
  } else if (isEquation(equation, "scatter")) {
    lowerScatter(kernels, equation)
  } else if (isEquation(equation, "sort")) {
    lowerSort(kernels, equation)
  } else if (isEquation(equation, "loop")) {
    lowerLoop(kernels, equation, lowerAll)
  } else if (isEquation(equation, "while")) {
    lowerWhile(kernels, equation, lowerAll)
  } else if (isEquation(equation, "cond")) {
    lowerCond(kernels, equation, lowerAll)
  } else {
    throw new Error(`${equation.primitive} has no kernel`)
  }
}
