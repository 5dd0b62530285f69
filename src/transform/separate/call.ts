/** Rematerialised calls in two: one of the values, and one that computes again what it needs. */

import type { Graph, GraphBuilder, ParamsOf, SavingPolicy, Variable } from "../../graph/index.ts"
import { between, dependsOn, type Separated, type SeparateGraph } from "./part.ts"

/**
 * Between the two parts passes what the policy saves; the linear part starts from these and from
 * the operands.
 */
export function separateCall(
  separate: SeparateGraph,
  b: GraphBuilder,
  { body, rule }: ParamsOf["call"],
  operands: readonly Variable[],
  linear: readonly boolean[],
): Separated {
  const graph = separate(body, linear)
  if (rule.kind !== "checkpoint") {
    // A rule gave tangents to a custom function that is linear in them: its body stands for it.
    return { results: b.inline(graph, operands), linear: dependsOn(graph, linear) }
  }
  const outputLinear = dependsOn(graph, linear)
  const linearOutputs = graph.outputs.filter((_, i) => outputLinear[i])
  const saved = savedBy(rule.policy, graph, linear)
  const needed = startsOf(graph, linearOutputs, new Set([...graph.inputs, ...saved]))
  const crossing = saved.filter((variable) => needed.has(variable))
  const known = linear.map((l) => !l)
  const values = b.emitAll(
    "call",
    operands.filter((_, i) => known[i]),
    {
      body: between(
        graph,
        graph.inputs.filter((_, i) => known[i]),
        [...graph.outputs.filter((_, i) => !outputLinear[i]), ...crossing],
      ),
      rule,
    },
  )
  const given = graph.inputs.filter((input, i) => known[i] && needed.has(input))
  const along = graph.inputs.filter((_, i) => linear[i])
  const operandOf = (input: Variable): Variable => operands[graph.inputs.indexOf(input)]
  const count = outputLinear.filter((l) => !l).length
  const tangents = b.emitAll(
    "call",
    [...given.map(operandOf), ...values.slice(count), ...along.map(operandOf)],
    {
      body: between(graph, [...given, ...crossing, ...along], linearOutputs),
      rule: { ...rule, again: true },
    },
  )
  let [value, tangent] = [0, 0]
  return {
    results: outputLinear.map((l) => (l ? tangents[tangent++] : values[value++])),
    linear: outputLinear,
  }
}

/** What a policy saves of the values that do not depend on linear inputs. */
function savedBy(policy: SavingPolicy, graph: Graph, linear: readonly boolean[]): Variable[] {
  const depends = new Set(graph.inputs.filter((_, i) => linear[i]))
  const saved: Variable[] = []
  for (const { primitive, operands, params, results } of graph.equations) {
    if (operands.some((operand) => depends.has(operand))) {
      for (const result of results) depends.add(result)
    } else if (policy.saves(primitive, params)) saved.push(...results)
  }
  return saved
}

/** Of the variables at hand, those that computing some others starts from. */
function startsOf(
  graph: Graph,
  wanted: readonly Variable[],
  atHand: ReadonlySet<Variable>,
): ReadonlySet<Variable> {
  const needed = new Set(wanted)
  for (const { operands, results } of graph.equations.toReversed()) {
    if (!results.some((result) => needed.has(result) && !atHand.has(result))) continue
    for (const operand of operands) needed.add(operand)
  }
  return needed
}
