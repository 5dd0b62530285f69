/** Control flow with simpler graphs inside, and less of it. */

import {
  type CondParams,
  type Equation,
  type Graph,
  GraphBuilder,
  isEquation,
  type LoopParams,
  mapSubgraphs,
  operations as op,
  rowsOf,
  type Variable,
  type WhileParams,
} from "../../graph/index.ts"
import type { SimplifyingBuilder } from "./builder.ts"

export type SimplifyGraph = (graph: Graph) => Graph

/** The results of an equation of control flow, written in a simpler way. */
export function simplifyControl(
  b: SimplifyingBuilder,
  equation: Equation,
  operands: readonly Variable[],
  simplify: SimplifyGraph,
): readonly Variable[] {
  if (isEquation(equation, "loop")) return loop(b, operands, equation.params, simplify)
  if (isEquation(equation, "while")) return whileLoop(b, operands, equation.params, simplify)
  if (isEquation(equation, "cond")) return cond(b, operands, equation.params, simplify)
  return b.emitAll(equation.primitive, operands, equation.params)
}

/**
 * A graph inside another that is being written again, with fewer inputs: those whose value outside
 * is known are constants or given once, and what follows from these alone is computed outside.
 */
class Inside {
  readonly #outer: SimplifyingBuilder
  readonly inner = new GraphBuilder()
  /** The same value outside, for what does not change from one run of the graph to the next. */
  readonly #fixed = new Map<Variable, Variable>()
  readonly #own = new Map<Variable, Variable>()
  /** Values from outside, with their input here. */
  readonly #given = new Map<Variable, Variable>()
  readonly #hoists: boolean

  constructor(outer: SimplifyingBuilder, hoists: boolean) {
    this.#outer = outer
    this.#hoists = hoists
  }

  /** An input that always has one value. */
  fix(input: Variable, value: Variable): void {
    this.#fixed.set(input, value)
  }

  /** An input that is full of one number. */
  fill(input: Variable, value: number): void {
    this.#own.set(input, op.full(this.inner, input, value))
  }

  /** An input that stays one. */
  keep(input: Variable): Variable {
    const own = this.inner.input(input)
    this.#own.set(input, own)
    return own
  }

  fixedValue(variable: Variable): Variable | undefined {
    return this.#fixed.get(variable)
  }

  copy({ equations }: Graph): void {
    for (const equation of equations) this.#copy(equation)
  }

  #copy({ primitive, operands, params, results }: Equation): void {
    const outside = operands.flatMap((operand) => this.#fixed.get(operand) ?? [])
    if (this.#hoists && operands.length > 0 && outside.length === operands.length) {
      const made = this.#outer.emitAll(primitive, outside, params)
      for (const [i, result] of results.entries()) this.#fixed.set(result, made[i])
      return
    }
    const here = operands.map((operand) => this.get(operand))
    const made = this.inner.emitAll(primitive, here, params)
    for (const [i, result] of results.entries()) this.#own.set(result, made[i])
  }

  /** A variable of the graph, here. */
  get(variable: Variable): Variable {
    const own = this.#own.get(variable)
    if (own !== undefined) return own
    const value = this.#fixed.get(variable)
    if (value === undefined) throw new Error("a graph uses a variable before it is computed")
    const number = this.#outer.constant(value)
    const here =
      number === undefined ? this.#giveOnce(value) : op.full(this.inner, variable, number)
    this.#own.set(variable, here)
    return here
  }

  #giveOnce(value: Variable): Variable {
    const known = this.#given.get(value)
    if (known !== undefined) return known
    const input = this.inner.input(value)
    this.#given.set(value, input)
    return input
  }

  /** The values that are given from outside, and the inputs for them. */
  get given(): { readonly values: readonly Variable[]; readonly inputs: readonly Variable[] } {
    return { values: [...this.#given.keys()], inputs: [...this.#given.values()] }
  }
}

function loop(
  b: SimplifyingBuilder,
  operands: readonly Variable[],
  params: LoopParams,
  simplify: SimplifyGraph,
): readonly Variable[] {
  const { consts, carries, length } = params
  const body = simplify(params.body)
  const fixed = consts + carries
  // A loop of no steps → its carries.
  if (length === 0) {
    const rows = body.outputs.slice(carries).map((row) => op.zeros(b, rowsOf(row, 0)))
    return [...operands.slice(consts, fixed), ...rows]
  }
  // A loop of one step → the step.
  if (length === 1) {
    const rows = operands.slice(fixed).map((x) => op.reshape(b, x, x.shape.slice(1)))
    const results = b.inline(body, [...operands.slice(0, fixed), ...rows])
    return results.map((result, i) =>
      i < carries ? result : op.reshape(b, result, [1, ...result.shape]),
    )
  }
  const inside = new Inside(b, true)
  // A carry that no step changes → given from outside.
  const moves = body.outputs.slice(0, carries).map((out, i) => out !== body.inputs[consts + i])
  const kept: { readonly input: Variable; readonly operand: Variable; readonly at: number }[] = []
  for (const [i, input] of body.inputs.entries()) {
    const value = b.constant(operands[i])
    const isRow = i >= fixed
    if (i < consts || (!isRow && !moves[i - consts])) inside.fix(input, operands[i])
    else if (isRow && value !== undefined) inside.fill(input, value)
    else kept.push({ input: inside.keep(input), operand: operands[i], at: i })
  }
  inside.copy(body)
  // Rows that are the same in every step → a broadcast.
  const still = body.outputs.slice(carries).map((row) => inside.fixedValue(row))
  const outputs = body.outputs.filter((_, i) => (i < carries ? moves[i] : !still[i - carries]))
  const written = outputs.map((output) => inside.get(output))
  const { values, inputs } = inside.given
  const results =
    written.length === 0
      ? []
      : b.emitAll("loop", [...values, ...kept.map(({ operand }) => operand)], {
          ...params,
          body: simplify({
            ...inside.inner.build(written),
            inputs: [...inputs, ...kept.map(({ input }) => input)],
          }),
          consts: values.length,
          carries: moves.filter(Boolean).length,
        })
  let next = 0
  return body.outputs.map((output, i) => {
    if (i < carries) return moves[i] ? results[next++] : operands[consts + i]
    const value = still[i - carries]
    return value === undefined
      ? results[next++]
      : op.broadcast(
          b,
          value,
          [length, ...output.shape],
          output.shape.map((_, axis) => axis + 1),
        )
  })
}

function whileLoop(
  b: SimplifyingBuilder,
  operands: readonly Variable[],
  params: WhileParams,
  simplify: SimplifyGraph,
): readonly Variable[] {
  const { condition, body } = mapSubgraphs.while(params, simplify)
  const { conditionConsts, bodyConsts } = params
  const first = conditionConsts + bodyConsts
  const carried = operands.slice(first)
  const moves = body.outputs.map((out, i) => out !== body.inputs[bodyConsts + i])
  const rewrite = (graph: Graph, consts: readonly Variable[]) => {
    // A while loop may take no step: nothing of it is computed before it is known to.
    const inside = new Inside(b, false)
    const kept: Variable[] = []
    for (const [i, input] of graph.inputs.entries()) {
      const carry = i - consts.length
      if (carry < 0) inside.fix(input, consts[i])
      else if (moves[carry]) kept.push(inside.keep(input))
      else inside.fix(input, carried[carry])
    }
    inside.copy(graph)
    return { inside, kept }
  }
  const asked = rewrite(condition, operands.slice(0, conditionConsts))
  const stepped = rewrite(body, operands.slice(conditionConsts, first))
  const built = (
    { inside, kept }: ReturnType<typeof rewrite>,
    outputs: readonly Variable[],
  ): Graph => {
    const made = outputs.map((output) => inside.get(output))
    return simplify({ ...inside.inner.build(made), inputs: [...inside.given.inputs, ...kept] })
  }
  const conditionGraph = built(asked, condition.outputs)
  const bodyGraph = built(
    stepped,
    body.outputs.filter((_, i) => moves[i]),
  )
  const results = b.emitAll(
    "while",
    [
      ...asked.inside.given.values,
      ...stepped.inside.given.values,
      ...carried.filter((_, i) => moves[i]),
    ],
    {
      ...params,
      condition: conditionGraph,
      body: bodyGraph,
      conditionConsts: asked.inside.given.values.length,
      bodyConsts: stepped.inside.given.values.length,
    },
  )
  let next = 0
  return moves.map((m, i) => (m ? results[next++] : carried[i]))
}

function cond(
  b: SimplifyingBuilder,
  [index, ...operands]: readonly Variable[],
  { branches }: CondParams,
  simplify: SimplifyGraph,
): readonly Variable[] {
  const simple = branches.map(simplify)
  // A choice that is known → the branch.
  const chosen = simple.length === 1 ? 0 : b.constant(index)
  if (chosen !== undefined) {
    return b.inline(simple[Math.min(Math.max(chosen, 0), simple.length - 1)], operands)
  }
  const values = operands.map((operand) => b.constant(operand))
  const first = operands.map((operand) => operands.indexOf(operand))
  const isGiven = operands.map((_, i) => values[i] === undefined && first[i] === i)
  const rewritten = simple.map((branch) => {
    const inner = new GraphBuilder()
    const given = branch.inputs.map((input, i) => (isGiven[i] ? inner.input(input) : undefined))
    const here = branch.inputs.map((input, i) => {
      const value = values[i]
      return value === undefined
        ? (given[first[i]] ?? inner.input(input))
        : op.full(inner, input, value)
    })
    return simplify(inner.build(inner.inline(branch, here)))
  })
  return b.emitAll("cond", [index, ...operands.filter((_, i) => isGiven[i])], {
    branches: rewritten,
  })
}
