/** Where guarded expressions are computed: the iterations in which their guards' conditions hold. */

import type { Axis } from "../axis.ts"
import type { Condition, Index, Scalar } from "../expression.ts"
import { indexUses } from "../index-function.ts"
import { visitScalars } from "../rewrite.ts"

/** A guard's conditions that all hold, or not all. */
interface Test {
  readonly conditions: readonly Condition[]
  readonly holds: boolean
}

/** Tests that an expression is needed behind, one within another; without any, it always is. */
export type Context = readonly Test[]

/** More ways than this to be needed count as always. */
const mostContexts = 8

const always: readonly Context[] = [[]]

/** The contexts in any of which each scalar under some expressions is computed. */
export function contextsOf(roots: readonly Scalar[]): ReadonlyMap<Scalar, readonly Context[]> {
  const order: Scalar[] = []
  visitScalars(roots, (scalar) => order.push(scalar))
  const found = new Map<Scalar, readonly Context[]>(roots.map((root) => [root, always]))
  const need = (scalar: Scalar, contexts: readonly Context[]): void => {
    const all = [...new Set([...(found.get(scalar) ?? []), ...contexts])]
    const isAlways = all.length > mostContexts || all.some((context) => context.length === 0)
    found.set(scalar, isAlways ? always : all)
  }
  // Users before their operands.
  for (const scalar of order.reverse()) {
    const own = found.get(scalar) ?? always
    if (scalar.kind === "apply") for (const operand of scalar.operands) need(operand, own)
    if (scalar.kind === "load" || scalar.kind === "index") needPlaces(scalar.index, own, need)
    if (scalar.kind !== "guard") continue
    const { conditions, value, otherwise } = scalar
    for (const { index } of conditions) needPlaces(index, own, need)
    const behind = (holds: boolean): readonly Context[] =>
      own.map((context) => [...context, { conditions, holds }])
    need(value, behind(true))
    need(otherwise, behind(false))
  }
  return found
}

function needPlaces(
  { terms }: Index,
  contexts: readonly Context[],
  need: (scalar: Scalar, contexts: readonly Context[]) => void,
): void {
  for (const { atom } of terms) {
    if (atom.kind === "value") need(atom.value, contexts)
    else if (atom.kind !== "axis") needPlaces(atom.of, contexts, need)
  }
}

/** The index functions that decide whether an expression is computed. */
export function decidingIndices(contexts: readonly Context[]): readonly Index[] {
  return contexts.flat().flatMap(({ conditions }) => conditions.map(({ index }) => index))
}

/** More iterations than this are not gone through. */
const mostIterations = 1 << 22

/**
 * Iterations of some loops in which all tests of any context are met; undefined where that depends
 * on what is read from memory or on loops outside, or there are too many to go through. Loops that
 * no test depends on multiply; tests of a single context that share no loop are counted apart.
 */
export function holding(contexts: readonly Context[], loops: readonly Axis[]): number | undefined {
  if (!decidingIndices(contexts).every((index) => dependsOnlyOn(index, loops))) return undefined
  const rest = new Set(loops)
  let count = 1
  for (const part of contexts.length === 1 ? apart(contexts[0], loops) : [contexts]) {
    const axes = deciding(part, loops)
    for (const axis of axes) rest.delete(axis)
    const found = goThrough(part, axes)
    if (found === undefined) return undefined
    count *= found
  }
  return count * rounds([...rest])
}

function dependsOnlyOn({ terms }: Index, loops: readonly Axis[]): boolean {
  return terms.every(({ atom }) => {
    if (atom.kind === "value") return false
    return atom.kind === "axis" ? loops.includes(atom.axis) : dependsOnlyOn(atom.of, loops)
  })
}

/** The loops that tests depend on, with those that they are split from or into. */
function deciding(contexts: readonly Context[], loops: readonly Axis[]): readonly Axis[] {
  const indices = decidingIndices(contexts)
  const used = loops.filter((axis) => indices.some((index) => indexUses(index, axis)))
  const split = new Set(used.flatMap(({ within }) => (within === undefined ? [] : [within.outer])))
  const outer = new Set([...used, ...split])
  return loops.filter(
    (axis) => outer.has(axis) || (axis.within !== undefined && outer.has(axis.within.outer)),
  )
}

/** A context's tests in groups that share no loop. */
function apart(context: Context, loops: readonly Axis[]): readonly (readonly Context[])[] {
  const single = context.flatMap(
    ({ conditions, holds }): Context =>
      holds
        ? conditions.map((condition) => ({ conditions: [condition], holds }))
        : [{ conditions, holds }],
  )
  const groups: { readonly axes: Set<Axis>; readonly tests: Test[] }[] = []
  for (const test of single) {
    const joined = { axes: new Set(deciding([[test]], loops)), tests: [test] }
    for (const other of groups.filter(({ axes }) =>
      [...axes].some((axis) => joined.axes.has(axis)),
    )) {
      groups.splice(groups.indexOf(other), 1)
      for (const axis of other.axes) joined.axes.add(axis)
      joined.tests.push(...other.tests)
    }
    groups.push(joined)
  }
  return groups.map(({ tests }) => [tests])
}

function goThrough(contexts: readonly Context[], axes: readonly Axis[]): number | undefined {
  if (rounds(axes) > mostIterations) return undefined
  const at = new Map<Axis, number>()
  const isInside = ({ index, low, high }: Condition): boolean => {
    const value = valueOf(index, at)
    return low <= value && value < high
  }
  const isMet = ({ conditions, holds }: Test): boolean => conditions.every(isInside) === holds
  const from = (depth: number): number => {
    if (depth === axes.length) return contexts.some((context) => context.every(isMet)) ? 1 : 0
    const axis = axes[depth]
    const { within } = axis
    const start = within === undefined ? 0 : (at.get(within.outer) ?? 0) * axis.extent
    const end = within === undefined ? axis.extent : Math.min(axis.extent, within.total - start)
    let count = 0
    for (let i = 0; i < end; i++) {
      at.set(axis, i)
      count += from(depth + 1)
    }
    return count
  }
  return from(0)
}

/** Iterations of loops; those of an uneven split are the whole's, once both of its parts are there. */
function rounds(axes: readonly Axis[]): number {
  const split = new Set(axes.flatMap(({ within }) => (within === undefined ? [] : [within.outer])))
  return axes
    .filter((axis) => !split.has(axis))
    .reduce((product, { extent, within }) => product * (within?.total ?? extent), 1)
}

function valueOf({ constant, terms }: Index, at: ReadonlyMap<Axis, number>): number {
  let sum = constant
  for (const { factor, atom } of terms) {
    if (atom.kind === "axis") sum += factor * (at.get(atom.axis) ?? 0)
    else if (atom.kind !== "value") {
      const of = valueOf(atom.of, at)
      const quotient = Math.floor(of / atom.by)
      sum += factor * (atom.kind === "quotient" ? quotient : of - atom.by * quotient)
    }
  }
  return sum
}
