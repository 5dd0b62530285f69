/** Transposes of calls: a call around the transpose, or the backward graph that came with it. */

import { GraphBuilder, operations as op, type ParamsOf, type Variable } from "../../graph/index.ts"
import { Demand } from "../demand.ts"
import { separate } from "../separate.ts"
import type { TransposeGraph } from "./control.ts"
import { type Cotangent, type Operand, valueOf } from "./rule.ts"

export function stagedTranspose(transposeGraph: TransposeGraph) {
  return {
    /** What is known is computed again inside of the call, and then the transpose. */
    call: (
      b: GraphBuilder,
      cotangents: readonly Cotangent[],
      operands: readonly Operand[],
      { body: joint, rule }: ParamsOf["call"],
    ): readonly Cotangent[] => {
      const isLinear = operands.map(({ value }) => value === undefined)
      const body = separate(joint, isLinear)
      const inner = new GraphBuilder()
      const values = new Demand(inner, body)
      for (const [i, input] of body.inputs.entries()) {
        if (!isLinear[i]) values.set(input, inner.input(input))
      }
      const own = body.outputs.map((output, i) =>
        cotangents[i] === undefined ? undefined : inner.input(output),
      )
      const targets = body.inputs.filter((_, i) => isLinear[i])
      const back = transposeGraph(inner, body, targets, values, own)
      const known = operands.flatMap((operand, i) =>
        isLinear[i] ? [] : [valueOf(operand, "call")],
      )
      const given = cotangents.filter((cotangent) => cotangent !== undefined)
      const results = b.emitAll("call", [...known, ...given], {
        body: inner.build(targets.map((target, i) => back[i] ?? op.zeros(inner, target))),
        rule,
      })
      let next = 0
      return isLinear.map((linear) => (linear ? results[next++] : undefined))
    },

    pullback: (
      b: GraphBuilder,
      cotangents: readonly Cotangent[],
      operands: readonly Operand[],
      { backward, residuals }: ParamsOf["pullback"],
      results: readonly Variable[],
    ): readonly Cotangent[] => {
      const given = operands.slice(0, residuals).map((operand) => valueOf(operand, "pullback"))
      const seeds = results.map((result, i) => cotangents[i] ?? op.zeros(b, result))
      const made = b.inline(backward, [...given, ...seeds])
      return [...given.map(() => undefined), ...made]
    },
  }
}
