/** Functions looked at without being run: their graph, and the types of their results. */

import { type Equation, type Graph, printGraph, type Variable } from "../../graph/index.ts"
import { transpose } from "../../transform/index.ts"
import { AbstractArray } from "../abstract.ts"
import type { Array } from "../array.ts"
import type { SpecLike } from "../spec.ts"
import { typeOfSpec } from "../spec.ts"
import { formOf, isPlainObject, sortedNames } from "../tracing/call.ts"
import { evaluate, traceCall } from "../tracing/call-program.ts"
import { finish } from "../tracing/finish.ts"
import type { Traced } from "../tracing/trace.ts"
import { inline } from "../tracing/trace.ts"
import type { Relaxed, WithLeaves } from "../types.ts"
import { matched } from "./products.ts"

/** Arguments with specs in place of arrays. */
type Described<A> = WithLeaves<A, SpecLike | number | boolean>

function traceSpecs<A extends readonly unknown[], R>(
  body: (...args: A) => R,
  args: readonly unknown[],
): { readonly traced: Traced<R>; readonly inputs: number; readonly template: readonly unknown[] } {
  const types: AbstractArray[] = []
  const describe = (value: unknown): unknown => {
    const type = typeof value === "number" ? weakScalar : typeOfSpec(value)
    if (type !== undefined) {
      types.push(type)
      return 0
    }
    if (globalThis.Array.isArray(value)) return value.map(describe)
    if (!isPlainObject(value)) return value
    const copy = { ...value }
    for (const name of sortedNames(value)) copy[name] = describe(value[name])
    return copy
  }
  const template = args.map(describe)
  const traced = traceCall(body, template, () => "float", types)
  return { traced, inputs: types.length, template }
}

const weakScalar = new AbstractArray([], "float32", true)

/** A graph that says what it is when it is printed. */
class PrintableGraph implements Graph {
  readonly inputs: readonly Variable[]
  readonly equations: readonly Equation[]
  readonly outputs: readonly Variable[]

  constructor({ inputs, equations, outputs }: Graph) {
    this.inputs = inputs
    this.equations = equations
    this.outputs = outputs
  }

  toString(): string {
    return printGraph(this)
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return printGraph(this)
  }
}

/**
 * The graph of a function for arguments of given types; extents may be symbols:
 * `graphOf((x) => x.sum())(f32("N"))`. Arrays that the function takes from outside are inputs after
 * the arguments. It is the graph that `jit` would run; as a text it has one line for each equation.
 * @example
 * graphOf((x: Array) => np.sum(np.exp(x)))(f32(4)).equations.map(({ primitive }) => primitive)
 * // → ["exp", "reduceSum"]
 */
export function graphOf<A extends readonly unknown[], R>(
  body: (...args: A) => R,
): (...specs: Described<A> extends readonly unknown[] ? Described<A> : never) => Graph {
  return (...specs) => {
    const { traced, inputs } = traceSpecs(body, specs)
    return new PrintableGraph(finish(traced, inputs).graph)
  }
}

/**
 * The types of a function's results, in the results' form. Nothing is run.
 * @example evalShape((x: Array) => np.sum(x, 0), f32(3, 4)).shape // → [4]
 */
export function evalShape<A extends readonly unknown[], R>(
  body: (...args: A) => R,
  ...args: Described<A> extends readonly unknown[] ? Described<A> : never
): WithLeaves<R, AbstractArray> {
  const { traced } = traceSpecs(body, args)
  return formOf<unknown>(traced.result)(traced.outputs) as WithLeaves<R, AbstractArray>
}

/**
 * The transpose of a linear function, from arguments of given types: a function from a cotangent in
 * the result's form to a list of cotangents, one for each argument. Work and span are the
 * function's, within a small constant factor.
 *
 *     linearTranspose((x: Array) => np.multiply(x, 3), f32(2))(np.ones([2])) // → [[3, 3]]
 *
 * @throws Error when the function is not linear; TypeError or RangeError when a cotangent does not
 *   fit the result.
 */
export function linearTranspose<A extends readonly unknown[], R>(
  body: (...args: A) => R,
  ...specs: Described<A> extends readonly unknown[] ? Described<A> : never
): (cotangent: Relaxed<R>) => WithLeaves<A, Array> {
  return (cotangent) =>
    evaluate(
      [cotangent],
      () => "float",
      (given) => {
        const { traced, inputs, template } = traceSpecs(body, specs)
        const { graph, captures, outputs } = traced
        const seeds = matched("linearTranspose: the cotangents", given, outputs)
        const back = transpose(
          graph,
          graph.inputs.map((_, i) => i < inputs),
        )
        return formOf<unknown>(template)(
          inline(back, [...captures, ...seeds], graph.inputs),
        ) as WithLeaves<A, Array>
      },
    )
}

/**
 * A function without what it takes from outside: `[converted, consts]`, where
 * `converted(...args, ...consts)` is the function's value, for arguments of the types of the
 * examples. As `jax.closure_convert`, with every array from outside among the consts.
 * @example
 * const w = np.array([2, 3])
 * const [f, outside] = closureConvert((x: Array) => np.multiply(x, w), f32(2))
 * f(np.array([1, 1]), ...outside) // → [2, 3]
 */
export function closureConvert<A extends readonly unknown[], R>(
  body: (...args: A) => R,
  ...examples: Described<A> extends readonly unknown[] ? Described<A> : never
): [(...args: readonly unknown[]) => R, readonly Array[]] {
  const { traced, inputs } = traceSpecs(body, examples)
  const { graph, captures, outputs, result } = traced
  const types = graph.inputs.slice(0, inputs).map(AbstractArray.of)
  const converted = (...args: readonly unknown[]): R =>
    evaluate(
      args,
      () => "float",
      (...given) => {
        const own = matched("closureConvert: the arguments", given, [
          ...types,
          ...captures.map(({ type }) => type),
        ])
        return formOf(result)(inline(graph, own, outputs))
      },
    )
  return [converted, captures]
}
