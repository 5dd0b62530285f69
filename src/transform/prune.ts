/** What no output needs is left out, inside control flow too. */

import { type Equation, type Graph, isEquation, type Variable } from "../graph/index.ts"

/** The graph without equations, carries, rows and operands of control flow that no output needs. */
export function prune(graph: Graph): Graph {
  const needed = new Set(graph.outputs)
  const kept: Equation[] = []
  for (const equation of graph.equations.toReversed()) {
    if (!equation.results.some((result) => needed.has(result))) continue
    const pruned = pruneEquation(equation, needed)
    for (const operand of pruned.operands) needed.add(operand)
    kept.push(pruned)
  }
  return { ...graph, equations: kept.reverse() }
}

function pruneEquation(equation: Equation, needed: ReadonlySet<Variable>): Equation {
  const wanted = equation.results.map((result) => needed.has(result))
  if (isEquation(equation, "loop")) return pruneLoop(equation, wanted)
  if (isEquation(equation, "while")) return pruneWhile(equation, wanted)
  if (isEquation(equation, "cond")) return pruneCond(equation, wanted)
  if (isEquation(equation, "call")) return pruneCall(equation, wanted)
  return equation
}

/** A graph with some of its outputs, and which of its inputs these need. */
function withOutputs(graph: Graph, wanted: readonly boolean[]) {
  const pruned = prune({ ...graph, outputs: graph.outputs.filter((_, i) => wanted[i]) })
  const used = new Set([...pruned.outputs, ...pruned.equations.flatMap((e) => e.operands)])
  return { graph: pruned, uses: graph.inputs.map((input) => used.has(input)) }
}

/** The carries that are needed by themselves or by the next of those that are. */
function neededCarries(
  wanted: readonly boolean[],
  usesOf: (kept: readonly boolean[]) => readonly boolean[],
): readonly boolean[] {
  let kept = wanted
  for (;;) {
    const uses = usesOf(kept)
    const next = kept.map((keep, i) => keep || uses[i])
    if (next.every((keep, i) => keep === kept[i])) return kept
    kept = next
  }
}

const count = (flags: readonly boolean[]): number => flags.filter(Boolean).length

function pruneLoop(equation: Equation & Equation<"loop">, wanted: readonly boolean[]): Equation {
  const { body, consts, carries } = equation.params
  const fixed = consts + carries
  const rows = wanted.slice(carries)
  const kept = neededCarries(wanted.slice(0, carries), (carried) =>
    withOutputs(body, [...carried, ...rows]).uses.slice(consts, fixed),
  )
  const outputs = [...kept, ...rows]
  const { graph, uses } = withOutputs(body, outputs)
  const inputs = uses.map((use, i) => (i >= consts && i < fixed ? kept[i - consts] : use))
  return {
    primitive: "loop",
    operands: equation.operands.filter((_, i) => inputs[i]),
    params: {
      ...equation.params,
      body: { ...graph, inputs: graph.inputs.filter((_, i) => inputs[i]) },
      consts: count(inputs.slice(0, consts)),
      carries: count(kept),
    },
    results: equation.results.filter((_, i) => outputs[i]),
  }
}

function pruneWhile(equation: Equation & Equation<"while">, wanted: readonly boolean[]): Equation {
  const { condition, body, conditionConsts, bodyConsts } = equation.params
  const asked = withOutputs(condition, [true])
  const kept = neededCarries(
    wanted.map((want, i) => want || asked.uses[conditionConsts + i]),
    (carried) => withOutputs(body, carried).uses.slice(bodyConsts),
  )
  const stepped = withOutputs(body, kept)
  const forCondition = asked.uses.slice(0, conditionConsts)
  const forBody = stepped.uses.slice(0, bodyConsts)
  const only = (graph: Graph, consts: readonly boolean[]): Graph => {
    const inputs = [...consts, ...kept]
    return { ...graph, inputs: graph.inputs.filter((_, i) => inputs[i]) }
  }
  const operands = [...forCondition, ...forBody, ...kept]
  return {
    primitive: "while",
    operands: equation.operands.filter((_, i) => operands[i]),
    params: {
      ...equation.params,
      condition: only(asked.graph, forCondition),
      body: only(stepped.graph, forBody),
      conditionConsts: count(forCondition),
      bodyConsts: count(forBody),
    },
    results: equation.results.filter((_, i) => kept[i]),
  }
}

/** A rule of its own is for the call as it is. */
function pruneCall(equation: Equation & Equation<"call">, wanted: readonly boolean[]): Equation {
  const { body, rule } = equation.params
  if (rule.kind !== "checkpoint") return equation
  const { graph, uses } = withOutputs(body, wanted)
  return {
    primitive: "call",
    operands: equation.operands.filter((_, i) => uses[i]),
    params: { body: { ...graph, inputs: graph.inputs.filter((_, i) => uses[i]) }, rule },
    results: equation.results.filter((_, i) => wanted[i]),
  }
}

function pruneCond(equation: Equation & Equation<"cond">, wanted: readonly boolean[]): Equation {
  const branches = equation.params.branches.map((branch) => withOutputs(branch, wanted))
  const [index, ...operands] = equation.operands
  const used = operands.map((_, i) => branches.some(({ uses }) => uses[i]))
  return {
    primitive: "cond",
    operands: [index, ...operands.filter((_, i) => used[i])],
    params: {
      branches: branches.map(({ graph }) => ({
        ...graph,
        inputs: graph.inputs.filter((_, i) => used[i]),
      })),
    },
    results: equation.results.filter((_, i) => wanted[i]),
  }
}
