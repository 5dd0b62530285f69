/** A graph with its sizes given. */

import {
  type Equation,
  type Graph,
  GraphBuilder,
  mapSubgraphs,
  type ParamsOf,
  type Primitive,
} from "../graph/index.ts"
import { type Bindings, evaluate, type Size } from "../size/index.ts"

type BindRule<P extends Primitive> = (
  params: ParamsOf[P],
  at: (size: Size) => number,
  bind: (graph: Graph) => Graph,
) => ParamsOf[P]

/** The primitives that have sizes among their params. */
const bindRules: { readonly [P in Primitive]?: BindRule<P> } = {
  full: ({ shape, ...rest }, at) => ({ ...rest, shape: shape.map(at) }),
  iota: ({ shape, ...rest }, at) => ({ ...rest, shape: shape.map(at) }),
  reshape: ({ shape }, at) => ({ shape: shape.map(at) }),
  broadcast: ({ shape, axes }, at) => ({ axes, shape: shape.map(at) }),
  slice: ({ starts, limits, strides }, at) => ({
    starts: starts.map(at),
    limits: limits.map(at),
    strides,
  }),
  pad: ({ low, high, ...rest }, at) => ({ ...rest, low: low.map(at), high: high.map(at) }),
  fold: ({ extents, ...rest }, at) => ({ ...rest, extents: extents.map(at) }),
  dynamicSlice: ({ sizes }, at) => ({ sizes: sizes.map(at) }),
  convolve: ({ padding, ...rest }, at) => ({
    ...rest,
    padding: padding.map(([low, high]) => [at(low), at(high)] as const),
  }),
  loop: (params, at, bind) => mapSubgraphs.loop({ ...params, length: at(params.length) }, bind),
  while: (params, _at, bind) => mapSubgraphs.while(params, bind),
  cond: (params, _at, bind) => mapSubgraphs.cond(params, bind),
  call: (params, _at, bind) => mapSubgraphs.call(params, bind),
}

/**
 * The same graph of concrete sizes.
 * @throws RangeError naming a symbol that has no value, or sizes that do not fit together.
 */
export function bindGraph(graph: Graph, bindings: Bindings): Graph {
  const at = (size: Size): number => evaluate(size, bindings)
  const bind = (inner: Graph): Graph => bindGraph(inner, bindings)
  const b = new GraphBuilder()
  const here = new Map(
    graph.inputs.map((input) => [
      input,
      b.input({ shape: input.shape.map(at), dtype: input.dtype }),
    ]),
  )
  const look = (variable: Graph["outputs"][number]) => {
    const found = here.get(variable)
    if (found === undefined) throw new Error("a graph uses a variable before it is computed")
    return found
  }
  for (const equation of graph.equations) {
    const operands = equation.operands.map(look)
    const results = b.emitAll(equation.primitive, operands, boundParams(equation, at, bind))
    for (const [i, result] of equation.results.entries()) here.set(result, results[i])
  }
  return b.build(graph.outputs.map(look))
}

function boundParams<P extends Primitive>(
  { primitive, params }: Equation<P>,
  at: (size: Size) => number,
  bind: (graph: Graph) => Graph,
): ParamsOf[P] {
  const rule: BindRule<P> | undefined = bindRules[primitive]
  return rule === undefined ? params : rule(params, at, bind)
}
