/** Functions looked at without being run: their graph, and the types of their results. */

import type { Graph } from "../graph/index.ts"
import { AbstractArray } from "./abstract.ts"
import { formOf, isPlainObject } from "./call.ts"
import { traceCall } from "./call-program.ts"
import { finish } from "./finish.ts"
import type { SpecLike } from "./spec.ts"
import { typeOfSpec } from "./spec.ts"
import type { Traced } from "./trace.ts"
import type { WithLeaves } from "./types.ts"

/** Arguments with specs in place of arrays. */
type Described<A> = WithLeaves<A, SpecLike | number | boolean>

function traceSpecs<A extends readonly unknown[], R>(
  body: (...args: A) => R,
  args: readonly unknown[],
): { readonly traced: Traced<R>; readonly inputs: number } {
  const types: AbstractArray[] = []
  const describe = (value: unknown): unknown => {
    const type = typeof value === "number" ? weakScalar : typeOfSpec(value)
    if (type !== undefined) {
      types.push(type)
      return 0
    }
    if (globalThis.Array.isArray(value)) return value.map(describe)
    if (!isPlainObject(value)) return value
    return Object.fromEntries(Object.entries(value).map(([name, child]) => [name, describe(child)]))
  }
  const template = args.map(describe)
  return { traced: traceCall(body, template, () => "float", types), inputs: types.length }
}

const weakScalar = new AbstractArray([], "float32", true)

/**
 * The graph of a function for arguments of given types; extents may be symbols:
 * `graphOf((x) => x.sum())(f32("N"))`. Arrays that the function takes from outside are inputs after
 * the arguments. It is the graph that `jit` would run, and prints with `printGraph`.
 */
export function graphOf<A extends readonly unknown[], R>(
  body: (...args: A) => R,
): (...specs: Described<A> extends readonly unknown[] ? Described<A> : never) => Graph {
  return (...specs) => {
    const { traced, inputs } = traceSpecs(body, specs)
    return finish(traced, inputs).graph
  }
}

/** The types of a function's results, in the results' form. Nothing is run. */
export function evalShape<A extends readonly unknown[], R>(
  body: (...args: A) => R,
  ...args: Described<A> extends readonly unknown[] ? Described<A> : never
): WithLeaves<R, AbstractArray> {
  const { traced } = traceSpecs(body, args)
  return formOf<unknown>(traced.result)(traced.outputs) as WithLeaves<R, AbstractArray>
}
