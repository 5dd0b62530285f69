/** Derivatives of calls: by the rule that each brings along. */

import {
  type CallRule,
  GraphBuilder,
  type ParamsOf,
  type StagedPrimitive,
  type Variable,
} from "../../graph/index.ts"
import { isFloat } from "../../size/index.ts"
import type { Follow } from "./control.ts"
import { constant, type Dual, type JvpRule, materialise, type Tangent } from "./rule.ts"

export function stagedJvp(follow: Follow): { readonly [P in StagedPrimitive]: JvpRule<P> } {
  return {
    call: (b, primals, tangents, params) => {
      const { rule } = params
      if (rule.kind === "checkpoint") return again(follow, b, primals, tangents, params)
      requireArguments(rule, tangents)
      const count = params.body.outputs.length
      if (rule.kind === "jvp") {
        const own = primals.map((primal, i) => materialise(b, tangents[i], primal))
        const made = b.inline(rule.derivative.graph(), [...primals, ...own])
        return dual(made.slice(0, count), made.slice(count))
      }
      const made = b.inline(rule.forward.graph(), primals)
      const results = made.slice(0, count)
      const backward = rule.backward.graph()
      const along = primals
        .slice(0, rule.arguments)
        .map((primal, i) => materialise(b, tangents[i], primal))
      const operands = [...made.slice(count), ...along]
      const params_ = { backward, residuals: made.length - count }
      return dual(results, b.emitAll("pullback", operands, params_))
    },

    /** Linear in the tangents; its derivative by the residuals is not known. */
    pullback: (b, primals, tangents, params) => {
      const { residuals } = params
      if (tangents.slice(0, residuals).some((tangent) => tangent !== undefined)) {
        throw new TypeError(
          "the derivative of a customVjp function is known only backwards, so it cannot be " +
            "differentiated forwards once more: take grad or vjp of it, or define it by customJvp",
        )
      }
      const along = primals
        .slice(residuals)
        .map((primal, i) => materialise(b, tangents[residuals + i], primal))
      const results = b.emitAll("pullback", primals, params)
      return dual(
        results,
        b.emitAll("pullback", [...primals.slice(0, residuals), ...along], params),
      )
    },

    capture: constant(),
  }
}

/** Integers and bools have no tangents. */
function dual(results: readonly Variable[], tangents: readonly Variable[]): Dual {
  return {
    results,
    tangents: results.map((result, i) => (isFloat(result.dtype) ? tangents[i] : undefined)),
  }
}

function requireArguments(
  rule: Exclude<CallRule, { readonly kind: "checkpoint" }>,
  tangents: readonly Tangent[],
): void {
  if (tangents.slice(rule.arguments).every((tangent) => tangent === undefined)) return
  const name = rule.kind === "jvp" ? "customJvp" : "customVjp"
  throw new TypeError(
    `a ${name} function takes a value from outside that is being differentiated, of which its ` +
      "rule knows nothing: make it an argument, or take it through stopGradient",
  )
}

/** The same call around the graph of values and tangents. */
function again(
  follow: Follow,
  b: GraphBuilder,
  primals: readonly Variable[],
  tangents: readonly Tangent[],
  { body, rule }: ParamsOf["call"],
): Dual {
  const inner = new GraphBuilder()
  const inputs = body.inputs.map((input) => inner.input(input))
  const along = body.inputs.map((input, i) => (tangents[i] ? inner.input(input) : undefined))
  const { results, tangents: own } = follow(inner, body, inputs, along)
  const there = own.filter((tangent) => tangent !== undefined)
  const made = b.emitAll("call", [...primals, ...tangents.filter((t) => t !== undefined)], {
    body: inner.build([...results, ...there]),
    rule,
  })
  let next = results.length
  return {
    results: made.slice(0, results.length),
    tangents: own.map((tangent) => (tangent === undefined ? undefined : made[next++])),
  }
}
