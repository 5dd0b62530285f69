/** Forward differentiation: a graph of values becomes a graph of values and their tangents. */

import {
  type Equation,
  type Graph,
  GraphBuilder,
  type Primitive,
  type Variable,
} from "../graph/index.ts"
import { isFloat } from "../size/index.ts"
import { controlJvp } from "./jvp/control.ts"
import { elementwiseJvp } from "./jvp/elementwise.ts"
import { gatherJvp, scatterJvp } from "./jvp/indexing.ts"
import {
  cumulativeExtremeJvp,
  cumulativeProductJvp,
  extremeJvp,
  productJvp,
  sortJvp,
} from "./jvp/reduction.ts"
import {
  bilinear,
  constant,
  type Dual,
  type JvpRule,
  jointlyLinear,
  linear,
  materialise,
  type Tangent,
} from "./jvp/rule.ts"
import { stagedJvp } from "./jvp/staged.ts"

const rules: { readonly [P in Primitive]: JvpRule<P> } = {
  ...elementwiseJvp,
  full: constant(),
  iota: constant(),
  reshape: linear(),
  transpose: linear(),
  broadcast: linear(),
  slice: linear(),
  // The padding is constant: its tangent is 0.
  pad: (b, [x], [dx], params) => ({
    results: [b.emit("pad", [x], params)],
    tangents: [dx && b.emit("pad", [dx], { ...params, value: 0 })],
  }),
  concatenate: jointlyLinear(),
  flip: linear(),
  windows: linear(),
  fold: linear(),
  gather: gatherJvp,
  scatter: scatterJvp,
  dynamicSlice: linear(),
  dynamicUpdateSlice: jointlyLinear(2),
  after: (b, primals, [tangent], params) => ({
    results: [b.emit("after", primals, params)],
    tangents: [tangent],
  }),
  reduceSum: linear(),
  reduceProd: productJvp,
  reduceMax: extremeJvp(),
  reduceMin: extremeJvp(),
  argmax: constant(),
  argmin: constant(),
  cumulativeSum: linear(),
  cumulativeProd: cumulativeProductJvp,
  cumulativeMax: cumulativeExtremeJvp(),
  cumulativeMin: cumulativeExtremeJvp(),
  dot: bilinear(),
  convolve: bilinear(),
  sort: sortJvp,
  ...controlJvp(follow),
  ...stagedJvp(follow),
}

/** Which inputs carry tangents: those asked for (all without a choice) that are floats. */
export function differentiable(graph: Graph, which?: readonly boolean[]): readonly boolean[] {
  if (which !== undefined && which.length !== graph.inputs.length) {
    throw new RangeError(
      `the graph has ${graph.inputs.length} inputs, but ${which.length} choices were given`,
    )
  }
  return graph.inputs.map((input, i) => (which?.[i] ?? true) && isFloat(input.dtype))
}

/**
 * The Jacobian-vector product of a graph.
 *
 * Inputs are the graph's, then one tangent for each input that `which` chooses (all without it);
 * outputs are the graph's, then one tangent for each. A tangent has the type of its primal;
 * integers and bools have none: theirs are ignored as inputs and zero as outputs.
 * Work is at most a small multiple of the graph's, span likewise.
 * @throws RangeError when `which` does not have one entry per input, or when cumulativeProd is
 * differentiated along an axis of symbolic extent.
 */
export function jvp(graph: Graph, which?: readonly boolean[]): Graph {
  const carries = differentiable(graph, which)
  const b = new GraphBuilder()
  const inputs = graph.inputs.map((input) => b.input(input))
  const along = graph.inputs.map((input, i): Tangent => {
    if (which?.[i] === false) return undefined
    const tangent = b.input(input)
    return carries[i] ? tangent : undefined
  })
  const { results, tangents } = follow(b, graph, inputs, along)
  return b.build([...results, ...tangents.map((t, i) => materialise(b, t, results[i]))])
}

/** Writes a graph's values and their tangents, from those of its inputs. */
function follow(
  b: GraphBuilder,
  graph: Graph,
  inputs: readonly Variable[],
  along: readonly Tangent[],
): Dual {
  const primals = new Map<Variable, Variable>()
  const tangents = new Map<Variable, Tangent>()
  for (const [i, input] of graph.inputs.entries()) {
    primals.set(input, inputs[i])
    tangents.set(input, along[i])
  }
  for (const equation of graph.equations) {
    const dual = differentiate(
      b,
      equation,
      equation.operands.map((x) => known(primals, x)),
      equation.operands.map((x) => tangents.get(x)),
    )
    for (const [i, result] of equation.results.entries()) {
      primals.set(result, dual.results[i])
      tangents.set(result, dual.tangents[i])
    }
  }
  return {
    results: graph.outputs.map((output) => known(primals, output)),
    tangents: graph.outputs.map((output) => tangents.get(output)),
  }
}

function differentiate<P extends Primitive>(
  b: GraphBuilder,
  { primitive, params }: Equation<P>,
  primals: readonly Variable[],
  tangents: readonly Tangent[],
): Dual {
  if (tangents.every((tangent) => tangent === undefined)) {
    return { results: b.emitAll(primitive, primals, params), tangents: [] }
  }
  const rule: JvpRule<P> = rules[primitive]
  return rule(b, primals, tangents, params, primitive)
}

function known(values: ReadonlyMap<Variable, Variable>, variable: Variable): Variable {
  const value = values.get(variable)
  if (value === undefined) throw new Error("a graph uses a variable before it is computed")
  return value
}
