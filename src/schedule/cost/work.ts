/** The scalar operations of a kernel, counted on the kernel itself. */

import { type Axis, iterations } from "../axis.ts"
import type { Index, Scalar } from "../expression.ts"
import type { ContractionKernel, Kernel, LoopKernel, Store } from "../kernel.ts"
import { passOf } from "../lower/read-back.ts"
import { visitScalars } from "../rewrite.ts"
import { contextsOf, decidingIndices, holding } from "./holding.ts"
import { Nest } from "./nest.ts"

/** Scalar operations of a program by what they are for. */
export interface ProgramWork {
  /** Applications of elementwise primitives, those that compute an index included. */
  readonly elementwise: number
  /** Multiplications inside tiled contractions; untiled ones multiply elementwise. */
  readonly products: number
  /** Combinations in reductions and contractions: n − 1 for n elements. */
  readonly reductions: number
  /** Combinations in scans, one element after another: n − 1 for n elements. */
  readonly scans: number
  /** Updates of scatters. */
  readonly scatters: number
  /** Comparisons of sorts: n⌈log₂ n⌉ for n elements. */
  readonly comparisons: number
  /** Whether a number is only an upper bound, since data decide it. */
  readonly bounded: boolean
}

export const workKinds = [
  "elementwise",
  "products",
  "reductions",
  "scans",
  "scatters",
  "comparisons",
] as const

export const noWork: ProgramWork = {
  elementwise: 0,
  products: 0,
  reductions: 0,
  scans: 0,
  scatters: 0,
  comparisons: 0,
  bounded: false,
}

/** All operations together. */
export function operationsOf(work: ProgramWork): number {
  return workKinds.reduce((sum, kind) => sum + work[kind], 0)
}

/**
 * The scalar operations of one run of a kernel. An expression is computed once for each iteration of
 * the loops down to the innermost one that it changes in, and, where a row is passed over several
 * times, in each pass that needs it. Under a guard it is computed where the guard's conditions hold.
 */
export function workOfKernel(kernel: Kernel): ProgramWork {
  switch (kernel.kind) {
    case "loop":
      return workOfLoop(kernel)
    case "contraction":
      return workOfContraction(kernel)
    case "scan": {
      const { axes, along, value, index } = kernel
      const nest = plainNest([...axes, along])
      const [all, rows] = [nest.elements(axes.length), nest.elements(axes.length - 1)]
      return { ...noWork, ...applied(nest, [value, place(index)]), scans: combined(all, rows) }
    }
    case "scatter": {
      const { axes, steps, value, when, index } = kernel
      const nest = plainNest([...axes, ...steps])
      const scatters = whole(nest.elements(nest.axes.length - 1))
      return { ...noWork, ...applied(nest, [value, when, place(index)]), scatters, bounded: true }
    }
    case "sort": {
      const { operands, stretch } = kernel
      const comparisons = operands[0].elements * Math.ceil(Math.log2(Math.max(1, stretch)))
      return { ...noWork, comparisons, bounded: comparisons > 0 }
    }
    case "merge":
      return { ...noWork, comparisons: kernel.operands[0].elements, bounded: true }
  }
}

function workOfLoop({ axes, reduced, accumulators, stores }: LoopKernel): ProgramWork {
  const nest = new Nest([...axes, ...reduced], axes.length, undefined, 1)
  const passes = new Map<number, Scalar[]>()
  // Nothing is computed for the totals of empty rows.
  const totalled = iterations(reduced) === 0 ? [] : accumulators.map((each) => each.value)
  for (const value of [...totalled, ...stores.flatMap(stored)]) {
    const pass = passOf(value, accumulators)
    passes.set(pass, [...(passes.get(pass) ?? []), value])
  }
  const once = new Set<Scalar>()
  let work = { elementwise: 0, bounded: false }
  for (const values of passes.values()) {
    const more = applied(nest, values, once, axes.length)
    work = {
      elementwise: work.elementwise + more.elementwise,
      bounded: work.bounded || more.bounded,
    }
  }
  const all = nest.elements(nest.axes.length - 1)
  const totals = combined(all, nest.elements(axes.length - 1))
  return { ...noWork, ...work, reductions: accumulators.length * totals }
}

/** Each block packs its own rows and, unless that was done ahead, its own columns. */
function workOfContraction(kernel: ContractionKernel): ProgramWork {
  const { batch, rows, columns, depth, lhs, rhs, stores, tile } = kernel
  const results = plainNest([...batch, ...rows, ...columns])
  const [left, right] = [rows, columns].map((own) => plainNest([...batch, ...own, ...depth]))
  const down = Math.ceil(iterations(rows) / tile.rowBlock)
  const across = Math.ceil(iterations(columns) / tile.columnBlock)
  const packed = [
    { ...applied(left, [lhs]), times: across },
    ...(rhs.kind === "panels" ? [] : [{ ...applied(right, [rhs]), times: down }]),
    {
      ...applied(results, stores.flatMap(stored)),
      times: 1,
    },
  ]
  const places = results.elements(results.axes.length - 1)
  const products = whole(places * plainNest(depth).elements(depth.length - 1))
  const summed = stores.reduce(
    (sum, store) =>
      sum + (store.summed === undefined ? 0 : combined(places, store.buffer.elements)),
    0,
  )
  return {
    ...noWork,
    elementwise: packed.reduce((sum, { elementwise, times }) => sum + elementwise * times, 0),
    products,
    reductions: combined(products, places) + summed,
    bounded: packed.some(({ bounded }) => bounded),
  }
}

/** A place as an expression: what it takes to compute it counts too. */
function place(index: Index): Scalar {
  return { kind: "index", dtype: "int32", index }
}

function stored({ value, index }: Store): readonly Scalar[] {
  return [value, place(index)]
}

function plainNest(axes: readonly Axis[]): Nest {
  return new Nest(axes, axes.length, undefined, 1)
}

/** Combinations that bring `all` elements to so many results. */
function combined(all: number, results: number): number {
  return all === 0 ? 0 : whole(all - results)
}

/** Uneven splits have a fractional extent on average; all their iterations are whole in number. */
function whole(iterations: number): number {
  return Math.round(iterations)
}

/**
 * Applications under some expressions.
 * @param once what is outside of the passes over rows and was counted before; grows
 * @param mapped how many axes are outside of them
 */
function applied(
  nest: Nest,
  roots: readonly Scalar[],
  once = new Set<Scalar>(),
  mapped = 0,
): { readonly elementwise: number; readonly bounded: boolean } {
  const contexts = contextsOf(roots)
  let [elementwise, bounded] = [0, false]
  visitScalars(roots, (scalar) => {
    if (scalar.kind !== "apply" || once.has(scalar)) return
    const asked = contexts.get(scalar) ?? []
    const own = nest.changeOf(scalar).deepest
    const deepest = decidingIndices(asked).reduce(
      (most, index) => Math.max(most, nest.changeOfIndex(index).deepest),
      own,
    )
    if (deepest < mapped) once.add(scalar)
    const places = holding(asked, nest.axes.slice(0, deepest + 1))
    // What changes in fewer loops than its guards may be computed ahead of them, or behind them.
    bounded ||= places === undefined || deepest > own
    const most = places ?? whole(nest.elements(deepest))
    elementwise += Math.max(most, deepest > own ? whole(nest.elements(own)) : 0)
  })
  return { elementwise, bounded }
}
