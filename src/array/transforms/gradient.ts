/** Derivatives of scalar functions: traced, differentiated as a graph, and run in its place. */

import { printType } from "../../graph/index.ts"
import { isFloat } from "../../size/index.ts"
import { gradient } from "../../transform/index.ts"
import type { Array } from "../array.ts"
import { CallForm, formOf, type NumberRole, splitAux } from "../tracing/call.ts"
import { evaluate, traceCall } from "../tracing/call-program.ts"
import { inline } from "../tracing/trace.ts"
import type { Relaxed, WithLeaves } from "../types.ts"

export interface GradOptions {
  /** The arguments to differentiate by: one position, or several for a list of gradients. */
  readonly argnums?: number | readonly number[]
  /** Whether the function returns `[value, more]`, of which only the value is differentiated. */
  readonly hasAux?: boolean
}

type GradientOf<A extends readonly unknown[], I> = I extends number
  ? WithLeaves<A[I], Array>
  : never

/** Gradients have the form of the arguments that they belong to. */
type GradientsOf<A extends readonly unknown[], O> = O extends { readonly argnums: infer I }
  ? I extends readonly unknown[]
    ? { -readonly [K in keyof I]: GradientOf<A, I[K]> }
    : GradientOf<A, I>
  : GradientOf<A, 0>

type WithAux<R, O, Yes, No> = O extends { readonly hasAux: true }
  ? R extends readonly [unknown, unknown]
    ? Yes
    : never
  : No

type AuxOf<R> = R extends readonly [unknown, infer Aux] ? Aux : never

/**
 * The gradient of a function with a float scalar result, by its first argument or those of
 * `argnums`, in their form. With `hasAux` the result is `[gradient, more]`.
 * Work and span are a small multiple of the function's.
 * @example grad((x: Array) => np.sum(np.square(x)))(np.array([1, 2])) // → [2, 4]
 * @throws TypeError when the result is no float scalar, or an argument holds integers.
 */
export function grad<A extends unknown[], R, const O extends GradOptions = GradOptions>(
  body: (...args: A) => R,
  options?: O,
): (...args: Relaxed<A>) => WithAux<R, O, [GradientsOf<A, O>, AuxOf<R>], GradientsOf<A, O>> {
  const both = differentiated(body, options ?? {})
  return (...args) => {
    const { aux, gradients } = both(args)
    const result = options?.hasAux ? [gradients, aux] : gradients
    return result as WithAux<R, O, [GradientsOf<A, O>, AuxOf<R>], GradientsOf<A, O>>
  }
}

/**
 * The value of a function and its gradient at once: `[value, gradient]`, or with `hasAux`
 * `[[value, more], gradient]`. Otherwise as {@link grad}.
 * @example valueAndGrad((x: Array) => np.sum(np.square(x)))(np.array([1, 2])) // → [5, [2, 4]]
 */
export function valueAndGrad<A extends unknown[], R, const O extends GradOptions = GradOptions>(
  body: (...args: A) => R,
  options?: O,
): (...args: Relaxed<A>) => [R, GradientsOf<A, O>] {
  const both = differentiated(body, options ?? {})
  return (...args) => {
    const { value, aux, gradients } = both(args)
    return [options?.hasAux ? [value, aux] : value, gradients] as [R, GradientsOf<A, O>]
  }
}

interface Differentiated {
  readonly value: unknown
  readonly aux: unknown
  readonly gradients: unknown
}

function differentiated<A extends unknown[], R>(
  body: (...args: A) => R,
  { argnums = 0, hasAux = false }: GradOptions,
): (args: readonly unknown[]) => Differentiated {
  const chosen = typeof argnums === "number" ? [argnums] : argnums
  return (args) => {
    const places = chosen.map((i) => placeOf(i, args.length))
    // Only what is differentiated enters the inner trace; the rest is captured as it is.
    const roleOf = (i: number): NumberRole => (places.includes(i) ? "float" : "static")
    return evaluate(args, roleOf, (...taken) => {
      const forms = places.map((place) => {
        const form = new CallForm()
        form.add(taken[place], "float")
        requireFloats(form, place)
        return form
      })
      const leaves = forms.flatMap((form) => form.leaves as Array[])
      const inner = (...parts: unknown[]) => {
        const all = [...taken]
        for (const [i, place] of places.entries()) all[place] = parts[i]
        const result = body(...(all as unknown as A))
        return hasAux ? splitAux("grad", result) : ([result, undefined] as const)
      }
      const parts = places.map((place) => taken[place])
      const types = leaves.map((leaf) => leaf.type)
      const traced = traceCall(inner, parts, () => "float", types)
      requireScalar(traced.outputs.length, hasAux, traced.result[0])
      const graph = gradient(traced.graph, { wrt: leaves.map((_, i) => i) })
      const results = inline(graph, [...leaves, ...traced.captures], [...traced.outputs, ...types])
      const count = traced.outputs.length
      let next = count
      const gradients = parts.map((part, i) => {
        const own = results.slice(next, next + forms[i].leaves.length)
        next += own.length
        return formOf(part)(own)
      })
      const [value, aux] = formOf(traced.result)(results.slice(0, count))
      return { value, aux, gradients: typeof argnums === "number" ? gradients[0] : gradients }
    })
  }
}

function placeOf(argument: number, count: number): number {
  const place = argument < 0 ? argument + count : argument
  if (Number.isInteger(place) && place >= 0 && place < count) return place
  throw new RangeError(`grad: argnums names argument ${argument}, but the call has ${count}`)
}

function requireFloats({ types }: CallForm, argument: number): void {
  for (const type of types) {
    if (!isFloat(type.dtype)) {
      throw new TypeError(
        `grad: argument ${argument} holds ${printType(type)}, ` +
          "but a gradient is by floats: cast it, or leave it out of argnums",
      )
    }
  }
}

function requireScalar(outputs: number, hasAux: boolean, value: unknown): void {
  const leaves = new CallForm()
  leaves.add(value, "float")
  if (leaves.leaves.length !== 1 || outputs < 1) {
    throw new TypeError(
      `grad needs a function with one scalar result, not ${leaves.leaves.length}: ` +
        (hasAux ? "return [value, more]" : "return one, or set hasAux"),
    )
  }
}
