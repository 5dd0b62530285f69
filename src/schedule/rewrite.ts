/** Walking and rewriting kernels: axes replaced, loads collected. */

import type { Axis } from "./axis.ts"
import type { Buffer, Index, Scalar } from "./expression.ts"
import { indexUses, scalarUses, substituteIndex } from "./index-function.ts"
import type { Kernel, LoopKernel, Store } from "./kernel.ts"

export type Replace = (axis: Axis) => Index | undefined

/** Rewrites scalars with some axes replaced; shared parts stay shared. */
export class ScalarRewriter {
  readonly #replace: Replace
  readonly #done: Map<Scalar, Scalar>

  /** @param given what some scalars become, whatever they consist of */
  constructor(replace: Replace, given: ReadonlyMap<Scalar, Scalar> = new Map()) {
    this.#replace = replace
    this.#done = new Map(given)
  }

  readonly index = (index: Index): Index => substituteIndex(index, this.#replace, this.scalar)

  readonly scalar = (scalar: Scalar): Scalar => {
    const known = this.#done.get(scalar)
    if (known !== undefined) return known
    const made = this.#rewrite(scalar)
    this.#done.set(scalar, made)
    return made
  }

  readonly store = (store: Store): Store => ({
    ...store,
    index: this.index(store.index),
    value: this.scalar(store.value),
  })

  #rewrite(scalar: Scalar): Scalar {
    switch (scalar.kind) {
      case "constant":
      case "accumulator":
        return scalar
      case "index":
      case "load":
        return { ...scalar, index: this.index(scalar.index) }
      case "apply":
        return { ...scalar, operands: scalar.operands.map(this.scalar) }
      case "guard":
        return {
          ...scalar,
          conditions: scalar.conditions.map((c) => ({ ...c, index: this.index(c.index) })),
          value: this.scalar(scalar.value),
          otherwise: this.scalar(scalar.otherwise),
        }
    }
  }
}

/** Calls `visit` once for every scalar under the given ones, operands before their users. */
export function visitScalars(roots: Iterable<Scalar>, visit: (scalar: Scalar) => void): void {
  const seen = new Set<Scalar>()
  const walkIndex = (index: Index): void => {
    for (const { atom } of index.terms) {
      if (atom.kind === "value") walk(atom.value)
      else if (atom.kind !== "axis") walkIndex(atom.of)
    }
  }
  const walk = (scalar: Scalar): void => {
    if (seen.has(scalar)) return
    seen.add(scalar)
    if (scalar.kind === "apply") scalar.operands.forEach(walk)
    else if (scalar.kind === "load" || scalar.kind === "index") walkIndex(scalar.index)
    else if (scalar.kind === "guard") {
      for (const { index } of scalar.conditions) walkIndex(index)
      walk(scalar.value)
      walk(scalar.otherwise)
    }
    visit(scalar)
  }
  for (const root of roots) walk(root)
}

/** Every expression that a kernel evaluates; run-time values inside store indices included. */
export function scalarsOf(kernel: Kernel): readonly Scalar[] {
  const address = (index: Index): Scalar => ({ kind: "index", dtype: "int32", index })
  switch (kernel.kind) {
    case "loop":
      return [
        ...kernel.accumulators.map((a) => a.value),
        ...kernel.stores.flatMap((s) => [s.value, address(s.index)]),
      ]
    case "contraction":
      return [
        kernel.lhs,
        ...(kernel.rhs.kind === "panels" ? [] : [kernel.rhs]),
        ...kernel.stores.flatMap((s) => [s.value, address(s.index)]),
      ]
    case "scan":
      return [kernel.value, address(kernel.index)]
    case "scatter":
      return [kernel.value, kernel.when, address(kernel.index)]
    case "sort":
    case "merge":
      return []
  }
}

/** The buffers that a kernel reads. */
export function loadsOf(kernel: Kernel): ReadonlySet<Buffer> {
  const loads = new Set<Buffer>()
  visitScalars(scalarsOf(kernel), (scalar) => {
    if (scalar.kind === "load") loads.add(scalar.buffer)
  })
  if (kernel.kind === "contraction" && kernel.rhs.kind === "panels") loads.add(kernel.rhs.buffer)
  if (kernel.kind === "sort" || kernel.kind === "merge") {
    for (const operand of kernel.operands) loads.add(operand)
  }
  if (kernel.kind === "scatter") loads.add(kernel.buffer)
  return loads
}

/** Whether a store is done for every iteration of the reduced axes. */
export function storesWithin(
  { reduced }: Pick<LoopKernel, "reduced">,
  { index, value }: Store,
): boolean {
  return reduced.some((axis) => indexUses(index, axis) || scalarUses(value, axis))
}

/** A list of axes after rewriting: replaced axes gone, their successors in. */
export type Regroup = (axes: readonly Axis[]) => readonly Axis[]

/** A kernel over other axes: every index function rewritten, every group of axes regrouped. */
export function rewriteKernel(kernel: Kernel, replace: Replace, regroup: Regroup): Kernel {
  const rewriter = new ScalarRewriter(replace)
  switch (kernel.kind) {
    case "loop":
      return {
        ...kernel,
        axes: regroup(kernel.axes),
        reduced: regroup(kernel.reduced),
        accumulators: kernel.accumulators.map((accumulator) => ({
          ...accumulator,
          value: rewriter.scalar(accumulator.value),
        })),
        stores: kernel.stores.map(rewriter.store),
      }
    case "contraction":
      return {
        ...kernel,
        batch: regroup(kernel.batch),
        rows: regroup(kernel.rows),
        columns: regroup(kernel.columns),
        depth: regroup(kernel.depth),
        lhs: rewriter.scalar(kernel.lhs),
        rhs: kernel.rhs.kind === "panels" ? kernel.rhs : rewriter.scalar(kernel.rhs),
        ...(kernel.window && {
          window: { ...kernel.window, value: rewriter.scalar(kernel.window.value) },
        }),
        stores: kernel.stores.map(rewriter.store),
      }
    case "scan":
      return {
        ...kernel,
        axes: regroup(kernel.axes),
        value: rewriter.scalar(kernel.value),
        index: rewriter.index(kernel.index),
      }
    case "scatter":
      return {
        ...kernel,
        axes: regroup(kernel.axes),
        steps: regroup(kernel.steps),
        value: rewriter.scalar(kernel.value),
        when: rewriter.scalar(kernel.when),
        index: rewriter.index(kernel.index),
      }
    case "sort":
    case "merge":
      return kernel
  }
}

/** Every index function of a kernel, those inside quotients and remainders included. */
export function indicesOf(kernel: Kernel): readonly Index[] {
  const found: Index[] = []
  const visit = (index: Index): void => {
    found.push(index)
    for (const { atom } of index.terms) {
      if (atom.kind === "quotient" || atom.kind === "remainder") visit(atom.of)
    }
  }
  visitScalars(scalarsOf(kernel), (scalar) => {
    if (scalar.kind === "load" || scalar.kind === "index") visit(scalar.index)
    else if (scalar.kind === "guard") for (const { index } of scalar.conditions) visit(index)
  })
  return found
}
