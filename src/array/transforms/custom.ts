/** Functions with derivatives of their own, as `jax.custom_jvp` and `jax.custom_vjp`. */

import type { Array } from "../array.ts"
import * as elementwise from "../operations/elementwise.ts"
import { bindCall, differentiableParts } from "../tracing/custom-call.ts"
import type { Relaxed, WithLeaves } from "../types.ts"
import { lateBackward, lateDerivative, lateForward } from "./custom-rule.ts"

export interface CustomOptions {
  /** Arguments (by position) that are not differentiated: anything, functions included. */
  readonly nondiffArgnums?: readonly number[]
}

/** The positions that options exclude. */
type Excluded<O> = O extends { readonly nondiffArgnums: readonly (infer N)[] } ? N : never

/** The arguments that are differentiated. */
type Differentiable<
  A extends readonly unknown[],
  N,
  Before extends readonly unknown[] = [],
> = A extends readonly [infer First, ...infer Rest]
  ? Before["length"] extends N
    ? Differentiable<Rest, N, [...Before, First]>
    : [First, ...Differentiable<Rest, N, [...Before, First]>]
  : []

/** The others. */
type Fixed<
  A extends readonly unknown[],
  N,
  Before extends readonly unknown[] = [],
> = A extends readonly [infer First, ...infer Rest]
  ? Before["length"] extends N
    ? [First, ...Fixed<Rest, N, [...Before, First]>]
    : Fixed<Rest, N, [...Before, First]>
  : []

/** Trees with arrays for leaves. */
type Arrays<T> = WithLeaves<T, Array>

/** A function whose derivative forwards is given. */
export interface CustomJvp<A extends unknown[], R, O> {
  (...args: Relaxed<A>): R
  /**
   * Says how to differentiate: `rule(primals, tangents)` gives `[result, tangent]`, the tangent
   * linear in the tangents; arguments that are not differentiated come before the primals.
   */
  defjvp(
    rule: (
      ...args: [
        ...fixed: Fixed<A, Excluded<O>>,
        primals: Arrays<Differentiable<A, Excluded<O>>>,
        tangents: Arrays<Differentiable<A, Excluded<O>>>,
      ]
    ) => readonly [Relaxed<R>, Relaxed<R>],
  ): void
  /**
   * Says for each argument what its tangent adds to the result's: `(tangent, result, ...args)`, or
   * null where it adds nothing. For functions with one array for a result.
   */
  defjvps(
    ...rules: readonly (
      | ((tangent: Array, result: Arrays<R>, ...args: Arrays<A>) => Relaxed<R>)
      | null
    )[]
  ): void
}

/**
 * A function whose derivative you say, with `defjvp` or `defjvps`: it holds under `grad`, `vjp`,
 * `jvp`, `linearize` and further derivatives, and inside of `jit`, `vmap` and control flow.
 *
 *     const softplus = customJvp((x: Array) => np.logaddexp(x, 0))
 *     softplus.defjvp(([x], [dx]) => [softplus(x), np.multiply(dx, nn.sigmoid(x))])
 *     grad(softplus)(0) // → 0.5
 *
 * Work and span are the function's, and of a derivative the rule's.
 * @throws Error when it is called before it was said how to differentiate it; TypeError when a rule
 *   gives trees of another form, or shapes or dtypes other than the function's.
 */
export function customJvp<A extends unknown[], R, const O extends CustomOptions = CustomOptions>(
  body: (...args: A) => R,
  options?: O,
): CustomJvp<A, R, O> {
  const nondiff = options?.nondiffArgnums ?? []
  let rule: ((...args: never[]) => unknown) | undefined
  const call = (...args: unknown[]): R => {
    const given = rule
    if (given === undefined) throw undefinedRule("customJvp", body, "defjvp")
    const parts = differentiableParts("customJvp", args, nondiff)
    return bindCall(body, parts, (site) => ({
      kind: "jvp",
      arguments: site.types.length,
      derivative: lateDerivative(given, parts, site),
    }))
  }
  const own = {
    defjvp: (given: (...args: never[]) => unknown): void => {
      rule = given
    },
    defjvps: (...rules: readonly (((...args: never[]) => unknown) | null)[]): void => {
      if (nondiff.length > 0) {
        throw new TypeError("customJvp: defjvps takes no nondiffArgnums: use defjvp")
      }
      rule = (primals: readonly Array[], tangents: readonly Array[]) => {
        const result = call(...primals)
        const added = rules.flatMap((one, i) => {
          const take = one as ((...args: unknown[]) => Array) | null
          return take === null ? [] : [take(tangents[i], result, ...primals)]
        })
        const [first, ...rest] = added
        if (first === undefined) return [result, elementwise.multiply(result as Array, 0)]
        return [result, rest.reduce((sum, tangent) => elementwise.add(sum, tangent), first)]
      }
    },
  }
  return Object.assign(call, own) as CustomJvp<A, R, O>
}

/** A function whose derivative backwards is given. */
export interface CustomVjp<A extends unknown[], R, O> {
  (...args: Relaxed<A>): R
  /**
   * Says how to differentiate: `forward(...args)` gives `[result, residuals]`, and
   * `backward(residuals, cotangent)` a list with a cotangent for each argument that is
   * differentiated, null for zero; arguments that are not come before the residuals.
   */
  defvjp<S>(
    forward: (...args: A) => readonly [Relaxed<R>, S],
    backward: (
      ...args: [...fixed: Fixed<A, Excluded<O>>, residuals: S, cotangent: Arrays<R>]
    ) => readonly unknown[],
  ): void
}

/**
 * A function whose derivative backwards you say, with `defvjp`. As {@link customJvp}, but it cannot
 * be differentiated forwards by `jvp`.
 *
 *     const clipped = customVjp((x: Array) => x)
 *     clipped.defvjp((x) => [x, null], (_, ct) => [np.clip(ct, -1, 1)])
 *     grad((x: Array) => np.multiply(clipped(x), 5))(2) // → 1
 *
 * @throws Error when it is called before `defvjp`; TypeError when a rule gives trees of another
 *   form, or shapes or dtypes other than the function's.
 */
export function customVjp<A extends unknown[], R, const O extends CustomOptions = CustomOptions>(
  body: (...args: A) => R,
  options?: O,
): CustomVjp<A, R, O> {
  const nondiff = options?.nondiffArgnums ?? []
  let rules:
    | {
        readonly forward: (...args: never[]) => unknown
        readonly backward: (...args: never[]) => unknown
      }
    | undefined
  const call = (...args: unknown[]): R => {
    const given = rules
    if (given === undefined) throw undefinedRule("customVjp", body, "defvjp")
    const parts = differentiableParts("customVjp", args, nondiff)
    return bindCall(body, parts, (site) => {
      const forward = lateForward(given.forward, parts, site)
      return {
        kind: "vjp",
        arguments: site.types.length,
        forward,
        backward: lateBackward(given.backward, parts, site, forward),
      }
    })
  }
  const own = {
    defvjp: (
      forward: (...args: never[]) => unknown,
      backward: (...args: never[]) => unknown,
    ): void => {
      rules = { forward, backward }
    },
  }
  return Object.assign(call, own) as CustomVjp<A, R, O>
}

function undefinedRule(transform: string, body: { readonly name: string }, how: string): Error {
  const name = body.name === "" ? "function" : `function ${body.name}`
  return new Error(`a ${transform} ${name} is called before ${how} said how to differentiate it`)
}
