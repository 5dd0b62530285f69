/** Linearisation: a graph becomes what can be computed at a point, and a linear map from there. */

import { type Graph, GraphBuilder } from "../graph/index.ts"
import { Demand, reached } from "./demand.ts"
import { jvp } from "./jvp.ts"
import { chooseResiduals } from "./residuals.ts"
import { separate } from "./separate.ts"
import { simplify } from "./simplify.ts"

/** A graph split at a point into values and a linear map. */
export interface Linearization {
  /** Inputs to outputs, then the residuals. */
  readonly primal: Graph
  /** Residuals, then a tangent for each chosen input, to a tangent for each output. */
  readonly tangent: Graph
  /** How many residuals there are. */
  readonly residuals: number
}

/**
 * Splits the Jacobian-vector product of a graph into the part that needs only the primals and the
 * part that is linear in the tangents.
 *
 * The residuals that pass between them are few: an input or output that is needed is passed as it
 * is, and what views and cheap arithmetic rebuild from values that are passed anyway is rebuilt in
 * the tangent graph.
 * @param which inputs that carry tangents, all without it.
 * @throws RangeError as {@link jvp} does.
 */
export function linearize(graph: Graph, which?: readonly boolean[]): Linearization {
  const followed = simplify(jvp(graph, which))
  const isTangent = followed.inputs.map((_, i) => i >= graph.inputs.length)
  const joint = separate(followed, isTangent)
  const inputs = joint.inputs.slice(0, graph.inputs.length)
  const tangentInputs = joint.inputs.slice(graph.inputs.length)
  const outputs = joint.outputs.slice(0, graph.outputs.length)
  const tangentOutputs = joint.outputs.slice(graph.outputs.length)
  const residuals = chooseResiduals(joint, [...inputs, ...outputs], tangentInputs, tangentOutputs)
  const results = [...outputs, ...residuals]

  const b = new GraphBuilder()
  const values = new Demand(b, joint)
  for (const residual of residuals) values.set(residual, b.input(residual))
  for (const input of tangentInputs) values.set(input, b.input(input))
  return {
    primal: { inputs, equations: reached(joint, results), outputs: results },
    tangent: b.build(tangentOutputs.map((output) => values.get(output))),
    residuals: residuals.length,
  }
}
