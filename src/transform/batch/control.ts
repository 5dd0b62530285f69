/** Batching of control flow: its graphs are batched, as far as what they are given differs. */

import {
  type ControlPrimitive,
  type Graph,
  GraphBuilder,
  operations as op,
  type ParamsOf,
  type Variable,
  type WhileParams,
} from "../../graph/index.ts"
import { type Size, subtract } from "../../size/index.ts"
import { type Batched, repeat } from "./rule.ts"

export type ControlBatch<P extends ControlPrimitive> = (
  b: GraphBuilder,
  operands: readonly Variable[],
  mapped: readonly boolean[],
  params: ParamsOf[P],
  size: Size,
) => Batched

/** Writes a graph for every element of a batch. */
export type Spread = (
  b: GraphBuilder,
  graph: Graph,
  inputs: readonly Variable[],
  mapped: readonly boolean[],
  size: Size,
) => Batched

/** The batched type of an input: a further axis at the front where it is mapped. */
function batchedInput(b: GraphBuilder, input: Variable, mapped: boolean, size: Size): Variable {
  return b.input(mapped ? { shape: [size, ...input.shape], dtype: input.dtype } : input)
}

export function repeatWhere(
  b: GraphBuilder,
  { results, mapped }: Batched,
  wanted: readonly boolean[],
  size: Size,
): Variable[] {
  return results.map((x, i) => (wanted[i] && !mapped[i] ? repeat(b, x, size) : x))
}

/** A batched graph and which of its outputs are mapped, at least those that must be. */
export function batchGraph(
  spread: Spread,
  graph: Graph,
  mapped: readonly boolean[],
  size: Size,
  must: (mapped: readonly boolean[]) => readonly boolean[],
): { readonly graph: Graph; readonly mapped: readonly boolean[] } {
  const b = new GraphBuilder()
  const inputs = graph.inputs.map((input, i) => batchedInput(b, input, mapped[i], size))
  const batched = spread(b, graph, inputs, mapped, size)
  const wanted = must(batched.mapped)
  return { graph: b.build(repeatWhere(b, batched, wanted, size)), mapped: wanted }
}

/** A condition of one bool per element of a batch, as a condition for arrays with that axis first. */
function chooseByElement(b: GraphBuilder, condition: Variable, x: Variable, y: Variable): Variable {
  return op.select(b, op.broadcast(b, condition, x.shape, [0]), x, y)
}

export function controlBatch(spread: Spread): {
  readonly [P in ControlPrimitive]: ControlBatch<P>
} {
  return {
    loop: (b, operands, mapped, params, size) => {
      const { body, consts, carries } = params
      const fixed = consts + carries
      let moving = mapped.slice(consts, fixed)
      for (;;) {
        const flags = [...mapped.slice(0, consts), ...moving, ...mapped.slice(fixed)]
        const step = batchGraph(spread, body, flags, size, (own) =>
          own.map((o, i) => o || (i < carries && moving[i])),
        )
        const next = step.mapped.slice(0, carries)
        if (next.some((moves, i) => moves !== moving[i])) {
          moving = next
          continue
        }
        const given = operands.map((operand, i) => {
          if (i >= fixed) return mapped[i] ? op.moveAxis(b, operand, 0, 1) : operand
          return flags[i] && !mapped[i] ? repeat(b, operand, size) : operand
        })
        const results = b.emitAll("loop", given, { ...params, body: step.graph })
        return {
          results: results.map((result, i) =>
            i >= carries && step.mapped[i] ? op.moveAxis(b, result, 1, 0) : result,
          ),
          mapped: step.mapped,
        }
      }
    },

    while: (b, operands, mapped, params, size) => {
      const { condition, body, conditionConsts, bodyConsts } = params
      const fixed = conditionConsts + bodyConsts
      const forCondition = mapped.slice(0, conditionConsts)
      const forBody = mapped.slice(conditionConsts, fixed)
      let moving: readonly boolean[] = mapped.slice(fixed)
      for (;;) {
        const asked = batchGraph(
          spread,
          condition,
          [...forCondition, ...moving],
          size,
          (own) => own,
        )
        const [differs] = asked.mapped
        const step = batchGraph(spread, body, [...forBody, ...moving], size, (own) =>
          own.map((o, i) => differs || o || moving[i]),
        )
        if (step.mapped.some((moves, i) => moves !== moving[i])) {
          moving = step.mapped
          continue
        }
        const carried = operands
          .slice(fixed)
          .map((operand, i) =>
            moving[i] && !mapped[fixed + i] ? repeat(b, operand, size) : operand,
          )
        const shared = operands.slice(0, fixed)
        const results = differs
          ? whileAny(b, { ...params, condition: asked.graph, body: step.graph }, shared, carried)
          : b.emitAll("while", [...shared, ...carried], {
              ...params,
              condition: asked.graph,
              body: step.graph,
            })
        return { results, mapped: moving }
      }
    },

    cond: (b, operands, mapped, { branches }, size) => {
      const [index, ...rest] = operands
      const [indexMapped, ...restMapped] = mapped
      if (!indexMapped) {
        const union = branches
          .map((branch) => batchGraph(spread, branch, restMapped, size, (own) => own).mapped)
          .reduce((a, c) => a.map((m, i) => m || c[i]))
        const batched = branches.map(
          (branch) => batchGraph(spread, branch, restMapped, size, () => union).graph,
        )
        return { results: b.emitAll("cond", operands, { branches: batched }), mapped: union }
      }
      // Elements go different ways: every branch is computed, and each element takes its own.
      const chosen = op.clampIndex(b, index, subtract(branches.length, 1))
      const all = branches.map((branch) => {
        const batched = spread(b, branch, rest, restMapped, size)
        return repeatWhere(
          b,
          batched,
          batched.results.map(() => true),
          size,
        )
      })
      const results = all.reduce((taken, outputs, k) =>
        outputs.map((output, i) => chooseByElement(b, op.equal(b, chosen, k), output, taken[i])),
      )
      return { results, mapped: results.map(() => true) }
    },
  }
}

/**
 * A while loop that runs as long as any element's condition holds; elements whose condition does
 * not hold keep their values. The conditions are carried along, so each is asked once per step.
 */
function whileAny(
  b: GraphBuilder,
  { condition, body, conditionConsts, expected }: WhileParams,
  shared: readonly Variable[],
  carried: readonly Variable[],
): readonly Variable[] {
  const forCondition = shared.slice(0, conditionConsts)
  const [start] = b.inline(condition, [...forCondition, ...carried])

  const asking = new GraphBuilder()
  for (const type of carried) asking.input(type)
  const any = asking.emit("reduceMax", [asking.input(start)], { axes: [0] })

  const step = new GraphBuilder()
  const consts = shared.map((type) => step.input(type))
  const before = carried.map((type) => step.input(type))
  const running = step.input(start)
  const stepped = step.inline(body, [...consts.slice(conditionConsts), ...before])
  const after = stepped.map((x, i) => chooseByElement(step, running, x, before[i]))
  const [goesOn] = step.inline(condition, [...consts.slice(0, conditionConsts), ...after])
  const results = b.emitAll("while", [...shared, ...carried, start], {
    condition: asking.build([any]),
    body: step.build([...after, op.apply(step, "and", running, goesOn)]),
    conditionConsts: 0,
    bodyConsts: shared.length,
    expected,
  })
  return results.slice(0, carried.length)
}
