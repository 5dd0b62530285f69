/** Axes made fit for loops: split where views divide them, merged where memory runs on. */

import { Axis } from "./axis.ts"
import type { Index } from "./expression.ts"
import {
  addIndices,
  axisIndex,
  constantIndex,
  indexUses,
  scaleIndex,
  strideOf,
} from "./index-function.ts"
import { axesOf, type Kernel } from "./kernel.ts"
import { indicesOf, type Regroup, rewriteKernel } from "./rewrite.ts"

/** The groups of axes in which neighbours may be merged. */
function groupsOf(kernel: Kernel): readonly (readonly Axis[])[] {
  switch (kernel.kind) {
    case "loop":
      return [kernel.axes, kernel.reduced]
    case "contraction":
      return [kernel.batch, kernel.rows, kernel.columns, kernel.depth]
    case "scan":
      return [kernel.axes]
    case "scatter":
      return [kernel.axes, kernel.steps]
    case "sort":
    case "merge":
      return []
  }
}

/**
 * The kernel with axes of one iteration dropped, axes split where an index function takes
 * quotients or remainders of them, and neighbours merged where every index function runs through
 * both with one stride.
 */
export function reshapeAxes(kernel: Kernel): Kernel {
  const dropped = rewriteKernel(
    kernel,
    () => undefined,
    (axes) => axes.filter((axis) => axis.extent !== 1),
  )
  return mergeAll(splitAll(dropped))
}

function splitAll(kernel: Kernel): Kernel {
  let current = kernel
  for (let found = findSplit(current); found !== undefined; found = findSplit(current)) {
    const { axis, by } = found
    const outer = new Axis(`${axis.name}o`, axis.extent / by, axis.place)
    const inner = new Axis(`${axis.name}i`, by, axis.place)
    const place = addIndices(scaleIndex(axisIndex(outer), by), axisIndex(inner))
    current = replaceAxis(current, axis, place, [outer, inner])
  }
  return current
}

/**
 * The kernel with one axis replaced by others, whose index is `place`. The outer part of a split may
 * have one successor only, which its inner part then follows.
 */
export function replaceAxis(
  kernel: Kernel,
  axis: Axis,
  place: Index,
  successors: readonly Axis[],
): Kernel {
  const moved = new Map<Axis, Axis>()
  for (const inner of axesOf(kernel)) {
    if (inner.within?.outer !== axis) continue
    if (successors.length !== 1) throw new Error(`axis ${axis.name} is the outer part of a split`)
    const within = { outer: successors[0], total: inner.within.total }
    moved.set(inner, new Axis(inner.name, inner.extent, inner.place, within))
  }
  const regroup: Regroup = (axes) =>
    axes.flatMap((a) => (a === axis ? successors : [moved.get(a) ?? a]))
  const replaced = (a: Axis): Index | undefined => {
    const to = moved.get(a)
    if (a === axis) return place
    return to === undefined ? undefined : axisIndex(to)
  }
  return rewriteKernel(kernel, replaced, regroup)
}

/** A quotient or remainder of one axis by a divisor of its extent. */
function findSplit(kernel: Kernel): { axis: Axis; by: number } | undefined {
  const splittable = new Set(groupsOf(kernel).flat())
  for (const index of indicesOf(kernel)) {
    for (const { atom } of index.terms) {
      if (atom.kind !== "quotient" && atom.kind !== "remainder") continue
      for (const term of atom.of.terms) {
        if (term.atom.kind !== "axis") continue
        const { axis } = term.atom
        // ⌊(f·axis + …)/by⌋ falls apart where the axis is split at by/f.
        const by = atom.by / term.factor
        const divides = Number.isInteger(by) && by > 1 && by < axis.extent && axis.extent % by === 0
        if (divides && axis.within === undefined && splittable.has(axis)) return { axis, by }
      }
    }
  }
  return undefined
}

function mergeAll(kernel: Kernel): Kernel {
  let current = kernel
  for (let pair = findMerge(current); pair !== undefined; pair = findMerge(current)) {
    const [outer, inner] = pair
    const merged = new Axis(inner.name, outer.extent * inner.extent, inner.place)
    const replace = (axis: Axis): Index | undefined => {
      if (axis === outer) return constantIndex(0)
      return axis === inner ? axisIndex(merged) : undefined
    }
    const regroup: Regroup = (axes) =>
      axes.flatMap((axis) => (axis === outer ? [] : axis === inner ? [merged] : [axis]))
    current = rewriteKernel(current, replace, regroup)
  }
  return current
}

/** Neighbours of one group through which every index function runs with one stride. */
function findMerge(kernel: Kernel): readonly [Axis, Axis] | undefined {
  const indices = indicesOf(kernel)
  const keepsIndex =
    kernel.kind === "loop" && kernel.accumulators.some((a) => a.combine.startsWith("arg"))
  for (const group of groupsOf(kernel)) {
    if (keepsIndex && kernel.kind === "loop" && group === kernel.reduced) continue
    for (let i = 0; i + 1 < group.length; i++) {
      const [outer, inner] = [group[i], group[i + 1]]
      if (outer.within !== undefined || inner.within !== undefined) continue
      const runsOn = indices.every((index) => {
        if (!indexUses(index, outer) && !indexUses(index, inner)) return true
        const [far, near] = [strideOf(index, outer), strideOf(index, inner)]
        return far !== undefined && near !== undefined && far === near * inner.extent
      })
      const bounded = kernelBounds(kernel, outer, inner)
      if (runsOn && !bounded) return [outer, inner]
    }
  }
  return undefined
}

/** Whether the end of some other axis depends on one of these. */
function kernelBounds(kernel: Kernel, ...axes: readonly Axis[]): boolean {
  return groupsOf(kernel)
    .flat()
    .some((axis) => axis.within !== undefined && axes.includes(axis.within.outer))
}
