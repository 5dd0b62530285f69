/** Derivatives as linear maps: Jacobians times vectors, from either side, never written out. */

import { type Graph, printType } from "../../graph/index.ts"
import { shapesEqual } from "../../size/index.ts"
import * as transform from "../../transform/index.ts"
import type { AbstractArray } from "../abstract.ts"
import { Array } from "../array.ts"
import { CallForm, formOf, splitAux } from "../tracing/call.ts"
import { evaluate, traceCall } from "../tracing/call-program.ts"
import { type ArrayLike, castTo, fill } from "../tracing/operands.ts"
import { inline } from "../tracing/trace.ts"
import type { Relaxed, WithLeaves } from "../types.ts"

const asFloats = () => "float" as const

/** The arrays of a tree inside a trace, in order. */
function leavesOf(tree: unknown): readonly Array[] {
  const form = new CallForm()
  form.add(tree, "float")
  return form.leaves as Array[]
}

function typesOf(arrays: readonly Array[]): readonly AbstractArray[] {
  return arrays.map((array) => array.type)
}

/**
 * Tangents or cotangents in the types of what they belong to.
 * @throws TypeError or RangeError naming the one that does not fit.
 */
export function matched(
  what: string,
  tree: unknown,
  types: readonly AbstractArray[],
): readonly Array[] {
  const leaves = leavesOf(tree)
  if (leaves.length !== types.length) {
    throw new TypeError(`${what}: ${leaves.length} were given for ${types.length} arrays`)
  }
  return leaves.map((leaf, i) => {
    if (!shapesEqual(leaf.shape, types[i].shape)) {
      throw new RangeError(
        `${what}: number ${i} is ${printType(leaf)}, ` +
          `which must have the shape of its ${printType(types[i])}`,
      )
    }
    return castTo(leaf, types[i])
  })
}

/** The function's own inputs are differentiated, its captures are not. */
function ownInputs({ inputs }: Graph, own: number): readonly boolean[] {
  return inputs.map((_, i) => i < own)
}

export interface AuxOption {
  /** Whether the function returns `[value, more]`, of which only the value is differentiated. */
  readonly hasAux?: boolean
}

/** What a function with or without `hasAux` gives, with a linear function after its value. */
type WithLinear<R, O, Linear> = O extends { readonly hasAux: true }
  ? R extends readonly [infer Value, infer Aux]
    ? [Value, Linear, Aux]
    : never
  : [R, Linear]

type ValueOf<R, O> = O extends { readonly hasAux: true }
  ? R extends readonly [infer Value, unknown]
    ? Value
    : never
  : R

/**
 * A function's value and its derivative along tangents: `[value, tangent]`, both in the result's
 * form. Numbers among primals and tangents become float32 scalars. Work and span are a small
 * multiple of the function's.
 * @throws TypeError unless there is a tangent for each primal; RangeError unless it has its shape.
 * @example jvp((x: Array) => np.square(x), [3], [1]) // → [9, 6]
 */
export function jvp<A extends unknown[], R>(
  body: (...args: A) => R,
  primals: Relaxed<A>,
  tangents: Relaxed<A>,
): [R, R] {
  return evaluate([primals, tangents], asFloats, (points, directions): [R, R] => {
    const leaves = leavesOf(points)
    const own = matched("jvp: the tangents", directions, typesOf(leaves))
    const traced = traceCall(body, points, asFloats, typesOf(leaves))
    const graph = transform.jvp(traced.graph, ownInputs(traced.graph, leaves.length))
    const results = inline(
      graph,
      [...leaves, ...traced.captures, ...own],
      [...traced.outputs, ...traced.outputs],
    )
    const form = formOf(traced.result)
    const count = traced.outputs.length
    return [form(results.slice(0, count)), form(results.slice(count))]
  })
}

/** A graph split at a point: values and residuals, then a linear map of the residuals. */
interface Parts {
  readonly primal: Graph
  readonly linear: Graph
}

/** A function evaluated at a point, with what its linear map needs. */
interface Linearized {
  readonly value: unknown
  readonly aux: unknown
  readonly residuals: readonly Array[]
  readonly linear: Graph
  readonly primals: readonly AbstractArray[]
  /** The types of the value's arrays, then those of the rest. */
  readonly values: readonly AbstractArray[]
  readonly rest: readonly AbstractArray[]
  readonly form: (leaves: readonly unknown[]) => unknown
}

function linearized<A extends unknown[]>(
  body: (...args: A) => unknown,
  primals: unknown,
  { hasAux = false }: AuxOption,
  split: (graph: Graph, which: readonly boolean[]) => Parts,
): Linearized {
  // The linear map is no tree of arrays: it leaves the evaluation by this way.
  let kept: Omit<Linearized, "value" | "aux" | "residuals"> | undefined
  const inner = (...args: A) => {
    const result = body(...args)
    return hasAux ? splitAux("vjp", result) : ([result, undefined] as const)
  }
  const found = evaluate([listOf(primals)] as const, asFloats, (points) => {
    const leaves = leavesOf(points)
    const traced = traceCall(inner, points, asFloats, typesOf(leaves))
    const { primal, linear } = split(traced.graph, ownInputs(traced.graph, leaves.length))
    const results = inline(primal, [...leaves, ...traced.captures], traced.outputs)
    const count = traced.outputs.length
    const [value, aux] = formOf(traced.result)(results.slice(0, count))
    const valueLeaves = leavesOf(value).length
    kept = {
      linear,
      primals: typesOf(leaves),
      values: traced.outputs.slice(0, valueLeaves),
      rest: traced.outputs.slice(valueLeaves),
      form: formOf<unknown>(value),
    }
    return { value, aux, residuals: results.slice(count) }
  })
  if (kept === undefined) throw new Error("a function was not traced")
  return { ...kept, ...found }
}

/** The primals as a list; one array, or number, is that of a function of one argument. */
function listOf(points: unknown): readonly unknown[] {
  if (globalThis.Array.isArray(points)) return points
  if (points instanceof Array || typeof points === "number" || typeof points === "boolean") {
    return [points]
  }
  throw new TypeError(
    "the primals must be an array, or a list with one entry for each argument, as in vjp(f, [x])",
  )
}

/**
 * A function's value, and the function that pulls cotangents of it back to the primals:
 * `[value, pullback]`, where `pullback(cotangent)` gives a list as `primals`, of one entry where
 * they are one array; with `hasAux` `[value, pullback, more]`. Work and span of the pullback are a small
 * multiple of the function's; what it needs of the function's values is kept until then.
 * @example
 * const [value, pull] = vjp((x: Array) => np.square(x), [np.array([1, 2])])
 * value // → [1, 4]
 * pull(np.ones([2])) // → [[2, 4]]
 */
export function vjp<A extends unknown[], R, const O extends AuxOption = AuxOption>(
  body: (...args: A) => R,
  primals: Relaxed<A> | ArrayLike,
  options?: O,
): WithLinear<R, O, (cotangent: Relaxed<ValueOf<R, O>>) => WithLeaves<A, Array>> {
  const point = linearized(body, primals, options ?? {}, (graph, which) => {
    const { forward, backward } = transform.vjp(graph, which)
    return { primal: forward, linear: backward }
  })
  const pullback = (cotangent: unknown): unknown =>
    evaluate([cotangent, point.residuals], asFloats, (seeds, residuals) => {
      const own = matched("vjp: the cotangents", seeds, point.values)
      const zeros = point.rest.map((type) => fill(0, type.shape, type))
      const operands = [...leavesOf(residuals), ...own, ...zeros]
      return formOf<unknown>(listOf(primals))(inline(point.linear, operands, point.primals))
    })
  const result = options?.hasAux ? [point.value, pullback, point.aux] : [point.value, pullback]
  return result as WithLinear<R, O, (cotangent: Relaxed<ValueOf<R, O>>) => WithLeaves<A, Array>>
}

/**
 * A function's value, and its derivative there as a function of tangents: `[value, linear]`, where
 * `linear(...tangents)` has the form of the value; with `hasAux` `[value, linear, more]`. What
 * does not depend on the tangents is computed once. One array stands for a list of one. Work and span
 * are the function's, and of each call of `linear` a small multiple of them.
 * @example
 * const [value, tangent] = linearize((x: Array) => np.square(x), [3])
 * value // → 9
 * tangent(1) // → 6
 */
export function linearize<A extends unknown[], R, const O extends AuxOption = AuxOption>(
  body: (...args: A) => R,
  primals: Relaxed<A> | ArrayLike,
  options?: O,
): WithLinear<R, O, (...tangents: Relaxed<A>) => ValueOf<R, O>> {
  const point = linearized(body, primals, options ?? {}, (graph, which) => {
    const { primal, tangent } = transform.linearize(graph, which)
    return { primal, linear: tangent }
  })
  const linear = (...tangents: readonly unknown[]): unknown =>
    evaluate([tangents, point.residuals], asFloats, (directions, residuals) => {
      const own = matched("linearize: the tangents", directions, point.primals)
      const operands = [...leavesOf(residuals), ...own]
      const results = inline(point.linear, operands, point.values)
      return point.form(results.slice(0, point.values.length))
    })
  const result = options?.hasAux ? [point.value, linear, point.aux] : [point.value, linear]
  return result as WithLinear<R, O, (...tangents: Relaxed<A>) => ValueOf<R, O>>
}
