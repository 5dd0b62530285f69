/** Choices as in `jax.lax`: all branches are traced, and the one that is chosen runs. */

import { type Graph, GraphBuilder, printType, type Variable } from "../../graph/index.ts"
import { shapesEqual } from "../../size/index.ts"
import type { AbstractArray } from "../abstract.ts"
import { Array } from "../array.ts"
import { type ArrayLike, castTo, toArray } from "../tracing/operands.ts"
import { promoteTypes } from "../tracing/promotion.ts"
import {
  arraysOf,
  control,
  formed,
  replaced,
  structureOf,
  traceOn,
  withDtypes,
} from "../tracing/subgraph.ts"
import { bindAll, identityOf, type Traced } from "../tracing/trace.ts"
import { notEqual } from "./elementwise.ts"

/**
 * `onTrue(...operands)` where the scalar `condition` is true (or not 0), else
 * `onFalse(...operands)`. Both are traced and return trees of the same form, shapes and dtypes;
 * one runs. Under `vmap` with conditions that differ, both run and each element takes its own.
 * Differentiable both ways. Work and span are at most those of the dearer branch.
 *
 *     const root = (x: Array) => lax.cond(np.greater(x, 0), np.sqrt, np.zerosLike, x)
 *     root(np.array(4)) // → 2
 *
 * @throws TypeError when the branches' results differ in form or type.
 */
export function cond<A extends readonly unknown[], R>(
  condition: ArrayLike,
  onTrue: (...operands: A) => R,
  onFalse: (...operands: A) => R,
  ...operands: A
): R {
  return control([condition, operands] as const, (asked, given) => {
    requireScalar("cond", "condition", asked)
    const truth = asked instanceof Array && asked.dtype === "bool" ? asked : notEqual(asked, 0)
    return choose("cond", truth, [onFalse, onTrue], given)
  })
}

/**
 * `branches[index](...operands)`, the index clamped to those there are. All branches are traced and
 * return trees of the same form, shapes and dtypes; one runs. Otherwise as {@link cond}.
 *
 *     lax.switch(1, [(x) => x, (x) => np.multiply(x, 2)], np.array([1, 2])) // → [2, 4]
 *
 * @throws TypeError when the branches' results differ in form or type.
 * @throws RangeError when there are no branches.
 */
export function switchBranches<A extends readonly unknown[], R>(
  index: ArrayLike,
  branches: readonly ((...operands: A) => R)[],
  ...operands: A
): R {
  if (branches.length === 0) throw new RangeError("switch needs at least one branch")
  return control([index, operands] as const, (asked, given) => {
    requireScalar("switch", "index", asked)
    return choose("switch", toArray("switch", asked), branches, given)
  })
}

function requireScalar(operation: string, name: string, x: ArrayLike): void {
  if (x instanceof Array && x.ndim !== 0) {
    throw new TypeError(`${operation}: the ${name} must be a scalar, not ${x.type.key}`)
  }
}

function choose<A extends readonly unknown[], R>(
  operation: string,
  index: Array,
  branches: readonly ((...operands: A) => R)[],
  operands: A,
): R {
  // Operands are captured like everything else that a branch takes from outside.
  const given = replaced(operands, arraysOf(operands, `${operation}: the operands`))
  const traced = branches.map((branch) => traceOn(() => branch(...given), []))
  const [first] = traced
  const form = structureOf(first.result)
  for (const [i, { result }] of traced.entries()) {
    if (structureOf(result) !== form) {
      throw new TypeError(`${operation}: branches 0 and ${i} return trees of different form`)
    }
  }
  const types = first.outputs.map((_, i) =>
    commonType(
      operation,
      i,
      traced.map(({ outputs }) => outputs[i]),
    ),
  )
  const captures = [
    ...new Map(traced.flatMap((t) => t.captures.map((c) => [identityOf(c), c]))).values(),
  ]
  const results = bindAll("cond", [castTo(index, { dtype: "int32", weak: false }), ...captures], {
    branches: traced.map((branch) =>
      withDtypes(
        onAll(branch, captures),
        types.map(({ dtype }) => dtype),
      ),
    ),
  })
  return formed(first.result, results, types)
}

/** The type of a result that every branch gives. */
function commonType(operation: string, i: number, types: readonly AbstractArray[]): AbstractArray {
  const [first] = types
  const { dtype } = promoteTypes(types)
  const strong = types.find(({ weak }) => !weak)
  for (const [k, type] of types.entries()) {
    const fits = type.dtype === dtype || type.weak
    if (!fits || !shapesEqual(type.shape, first.shape)) {
      throw new TypeError(
        `${operation}: result ${i} is ${printType(first)} in branch 0 and ${printType(type)} ` +
          `in branch ${k}: all branches must give the same shapes and dtypes`,
      )
    }
  }
  return strong ?? first
}

/** A branch's graph on the captures of all branches. */
function onAll<R>({ graph, captures }: Traced<R>, all: readonly Array[]): Graph {
  const b = new GraphBuilder()
  const inputs = new Map<object, Variable>()
  for (const array of all) inputs.set(identityOf(array), b.input(array.type))
  const operands = captures.flatMap((capture) => inputs.get(identityOf(capture)) ?? [])
  return b.build(b.inline(graph, operands))
}
