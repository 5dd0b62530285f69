/** Reverse differentiation: linearise, then transpose. */

import {
  type Graph,
  GraphBuilder,
  operations as op,
  printType,
  type Variable,
} from "../graph/index.ts"
import { isFloat } from "../size/index.ts"
import { Demand } from "./demand.ts"
import { jvp } from "./jvp.ts"
import { linearize } from "./linearize.ts"
import { separate } from "./separate.ts"
import { simplify } from "./simplify.ts"
import { transpose, transposeInto } from "./transpose.ts"

/** A graph and its pullback. */
export interface Vjp {
  /** Inputs to outputs, then the residuals. */
  readonly forward: Graph
  /** Residuals, then a cotangent for each output, to a cotangent for each chosen input. */
  readonly backward: Graph
  /** How many residuals there are. */
  readonly residuals: number
}

/**
 * The vector-Jacobian product of a graph, in two parts. A cotangent has the type of its primal;
 * those of integers and bools are ignored as inputs and zero as outputs. Work and span of the
 * backward part are a small multiple of the forward part's.
 * @param which inputs whose cotangents are wanted, all without it.
 * @throws RangeError as {@link jvp} does.
 */
export function vjp(graph: Graph, which?: readonly boolean[]): Vjp {
  const { primal, tangent, residuals } = linearize(graph, which)
  const isLinear = tangent.inputs.map((_, i) => i >= residuals)
  return { forward: primal, backward: simplify(transpose(tangent, isLinear)), residuals }
}

export interface GradientOptions {
  /** The inputs to differentiate by, by position (the first without it). */
  readonly wrt?: readonly number[]
}

/**
 * One graph for a scalar function and its gradient: the graph's outputs, then the derivative of
 * the first of them by each input in `wrt`, of that input's type. What only the backward part
 * needs is computed there, and nothing is computed twice.
 * @throws TypeError when output 0 is not a float scalar, or an input in `wrt` is not a float.
 * @throws RangeError when `wrt` names no input, and as {@link jvp} does.
 */
export function gradient(graph: Graph, { wrt = [0] }: GradientOptions = {}): Graph {
  requireScalar(graph)
  requireFloats(graph, wrt)
  const followed = simplify(
    jvp(
      graph,
      graph.inputs.map((_, i) => wrt.includes(i)),
    ),
  )
  const isTangent = followed.inputs.map((_, i) => i >= graph.inputs.length)
  const joint = separate(followed, isTangent)
  const b = new GraphBuilder()
  const values = new Demand(b, joint)
  const primals = joint.inputs.slice(0, graph.inputs.length)
  for (const input of primals) values.set(input, b.input(input))
  const outputs = joint.outputs.slice(0, graph.outputs.length).map((out) => values.get(out))
  const tangentInputs = joint.inputs.slice(graph.inputs.length)
  const seeds = joint.outputs.map((output, i) =>
    i === graph.outputs.length ? op.ones(b, output) : undefined,
  )
  const cotangents = transposeInto(b, joint, tangentInputs, values, seeds)
  const chosen = graph.inputs.flatMap((_, i) => (wrt.includes(i) ? [i] : []))
  const gradients = wrt.map(
    (i): Variable => cotangents[chosen.indexOf(i)] ?? op.zeros(b, graph.inputs[i]),
  )
  return simplify(b.build([...outputs, ...gradients]))
}

function requireScalar({ outputs: [output] }: Graph): void {
  if (output === undefined) throw new TypeError("a gradient needs an output, but there is none")
  if (output.shape.length !== 0 || !isFloat(output.dtype)) {
    throw new TypeError(
      `a gradient is of a float scalar, but output 0 is ${printType(output)}: ` +
        `sum it, or take vjp`,
    )
  }
}

function requireFloats(graph: Graph, wrt: readonly number[]): void {
  for (const i of wrt) {
    const input = graph.inputs[i]
    if (input === undefined) {
      throw new RangeError(`wrt names input ${i}, but the graph has ${graph.inputs.length} inputs`)
    }
    if (!isFloat(input.dtype)) {
      throw new TypeError(
        `the gradient by input ${i}, ${printType(input)}, does not exist: differentiate by floats`,
      )
    }
  }
}
