/** Arrays from outside, taken by rules that were traced late, become inputs of the graph. */

import {
  type Equation,
  type Graph,
  GraphBuilder,
  isEquation,
  mapSubgraphs,
  type ParamsOf,
  type Source,
  subgraphsOf,
  type Variable,
} from "../graph/index.ts"

export interface Lifted {
  /** Its inputs are the graph's, then one for each source. */
  readonly graph: Graph
  readonly sources: readonly Source[]
}

/** The graph without captures, in the graphs inside it too. */
export function liftCaptures(graph: Graph): Lifted {
  const sources = new Map<string, Source>()
  collect(graph, sources)
  if (sources.size === 0) return { graph, sources: [] }
  return { graph: withSources(graph, [...sources.values()]), sources: [...sources.values()] }
}

const captureFree = new WeakSet<Graph>()

function collect(graph: Graph, sources: Map<string, Source>): void {
  if (captureFree.has(graph)) return
  const before = sources.size
  for (const equation of graph.equations) {
    if (isEquation(equation, "capture")) {
      const { source } = equation.params
      sources.set(source.key, source)
    }
    for (const { graph: inner } of subgraphsOf(equation.params)) collect(inner, sources)
  }
  // A graph that holds what was found before in another is walked again: that costs time alone.
  if (sources.size === 0 && before === 0) captureFree.add(graph)
}

/** The graph with the sources as further inputs, whether it needs them or not. */
function withSources(graph: Graph, sources: readonly Source[]): Graph {
  const b = new GraphBuilder()
  const values = new Map(graph.inputs.map((input) => [input, b.input(input)]))
  const given = sources.map((source) => b.input(source))
  const known = (variable: Variable): Variable => {
    const value = values.get(variable)
    if (value === undefined) throw new Error("a graph uses a variable before it is computed")
    return value
  }
  for (const equation of graph.equations) {
    const operands = equation.operands.map(known)
    const results = lifted(b, equation, operands, sources, given)
    for (const [i, result] of equation.results.entries()) values.set(result, results[i])
  }
  return b.build(graph.outputs.map(known))
}

function lifted(
  b: GraphBuilder,
  equation: Equation,
  operands: readonly Variable[],
  sources: readonly Source[],
  given: readonly Variable[],
): readonly Variable[] {
  if (isEquation(equation, "capture")) {
    return [given[sources.findIndex(({ key }) => key === equation.params.source.key)]]
  }
  const holds = subgraphsOf(equation.params).some(
    ({ graph }) => liftCaptures(graph).sources.length > 0,
  )
  if (!holds) return b.emitAll(equation.primitive, operands, equation.params)
  const n = sources.length
  /** The sources after the first `at` inputs, where consts are. */
  const at = (place: number) => (graph: Graph) => {
    const whole = withSources(graph, sources)
    const own = whole.inputs.slice(0, -n)
    return { ...whole, inputs: own.toSpliced(place, 0, ...whole.inputs.slice(-n)) }
  }
  if (isEquation(equation, "loop")) {
    const { consts } = equation.params
    return b.emitAll("loop", operands.toSpliced(consts, 0, ...given), {
      ...mapSubgraphs.loop(equation.params, at(consts)),
      consts: consts + n,
    })
  }
  if (isEquation(equation, "while")) {
    const { condition, body, conditionConsts, bodyConsts } = equation.params
    const forBoth = [...operands.slice(0, conditionConsts), ...given]
    const forBody = [...operands.slice(conditionConsts, conditionConsts + bodyConsts), ...given]
    const carried = operands.slice(conditionConsts + bodyConsts)
    return b.emitAll("while", [...forBoth, ...forBody, ...carried], {
      ...equation.params,
      condition: at(conditionConsts)(condition),
      body: at(bodyConsts)(body),
      conditionConsts: conditionConsts + n,
      bodyConsts: bodyConsts + n,
    })
  }
  if (isEquation(equation, "cond")) {
    const params = mapSubgraphs.cond(equation.params, (graph) => withSources(graph, sources))
    return b.emitAll("cond", [...operands, ...given], params)
  }
  if (isEquation(equation, "pullback")) {
    const { backward, residuals } = equation.params
    return b.emitAll("pullback", operands.toSpliced(residuals, 0, ...given), {
      backward: at(residuals)(backward),
      residuals: residuals + n,
    })
  }
  if (isEquation(equation, "call")) return liftedCall(b, equation.params, operands, sources, given)
  throw new Error(`${equation.primitive} holds a graph that takes arrays from outside`)
}

function liftedCall(
  b: GraphBuilder,
  { body, rule }: ParamsOf["call"],
  operands: readonly Variable[],
  sources: readonly Source[],
  given: readonly Variable[],
): readonly Variable[] {
  if (rule.kind !== "checkpoint") {
    throw new Error("the body of a call with a rule of its own takes arrays from outside")
  }
  return b.emitAll("call", [...operands, ...given], { body: withSources(body, sources), rule })
}
