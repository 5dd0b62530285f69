/** Loops in two: one of the values, which stacks what each step of the linear one needs. */

import type { Graph, GraphBuilder, LoopParams, Variable, WhileParams } from "../../graph/index.ts"
import { between, dependsOn, part, type Separated, type SeparateGraph } from "./part.ts"

const pick = <T>(list: readonly T[], which: readonly boolean[]): T[] =>
  list.filter((_, i) => which[i])
const not = (which: readonly boolean[]): boolean[] => which.map((w) => !w)

/** Flags of the carries that depend on linear inputs after some step, and the body as it is then. */
function movingCarries(
  start: readonly boolean[],
  attempt: (moving: readonly boolean[]) => {
    readonly body: Graph
    readonly outputs: readonly boolean[]
  },
): {
  readonly body: Graph
  readonly moving: readonly boolean[]
  readonly outputs: readonly boolean[]
} {
  let moving = start
  for (;;) {
    const { body, outputs } = attempt(moving)
    const next = moving.map((moves, i) => moves || outputs[i])
    if (next.every((moves, i) => moves === moving[i])) return { body, moving, outputs }
    moving = next
  }
}

export function separateLoop(
  separate: SeparateGraph,
  b: GraphBuilder,
  params: LoopParams,
  operands: readonly Variable[],
  linear: readonly boolean[],
): Separated {
  const { consts, carries, length, reverse } = params
  const fixed = consts + carries
  const flagsOf = (moving: readonly boolean[]): boolean[] => [
    ...linear.slice(0, consts),
    ...moving,
    ...linear.slice(fixed),
  ]
  const { body, moving, outputs } = movingCarries(linear.slice(consts, fixed), (moves) => {
    const flags = flagsOf(moves)
    const inner = separate(params.body, flags)
    return { body: inner, outputs: dependsOn(inner, flags) }
  })
  const inputLinear = flagsOf(moving)
  const outputLinear = [...moving, ...outputs.slice(carries)]
  const { residuals } = part(body, inputLinear, outputLinear)

  // A residual that every step sees, or whose rows are there already, is not stacked again.
  const place = new Map(body.inputs.map((input, i) => [input, i]))
  const shared = residuals.filter((r) => (place.get(r) ?? fixed) < consts)
  const rows = residuals.filter((r) => (place.get(r) ?? -1) >= fixed)
  const inside = residuals.filter((r) => !shared.includes(r) && !rows.includes(r))
  const knownOutputs = pick(body.outputs, not(outputLinear))
  const knownCarries = not(moving).filter(Boolean).length
  const ownRows = knownOutputs.slice(knownCarries)
  const stacked = inside.filter((r) => !ownRows.includes(r))

  const knownInputs = not(inputLinear)
  const values = b.emitAll("loop", pick(operands, knownInputs), {
    body: between(body, pick(body.inputs, knownInputs), [...knownOutputs, ...stacked]),
    length,
    reverse,
    consts: not(linear.slice(0, consts)).filter(Boolean).length,
    carries: knownCarries,
  })
  const rowsOf = (residual: Variable): Variable => {
    const own = ownRows.indexOf(residual)
    return values[own >= 0 ? knownCarries + own : knownOutputs.length + stacked.indexOf(residual)]
  }
  const operandOf = (residual: Variable): Variable => operands[place.get(residual) ?? 0]

  const linearInputs = (from: number, to?: number): boolean[] =>
    inputLinear.map((l, i) => l && i >= from && (to === undefined || i < to))
  const [linearConsts, linearCarries, linearRows] = [
    linearInputs(0, consts),
    linearInputs(consts, fixed),
    linearInputs(fixed),
  ]
  const tangents = b.emitAll(
    "loop",
    [
      ...shared.map(operandOf),
      ...pick(operands, linearConsts),
      ...pick(operands, linearCarries),
      ...rows.map(operandOf),
      ...inside.map(rowsOf),
      ...pick(operands, linearRows),
    ],
    {
      body: between(
        body,
        [
          ...shared,
          ...pick(body.inputs, linearConsts),
          ...pick(body.inputs, linearCarries),
          ...rows,
          ...inside,
          ...pick(body.inputs, linearRows),
        ],
        pick(body.outputs, outputLinear),
      ),
      length,
      reverse,
      consts: shared.length + linearConsts.filter(Boolean).length,
      carries: linearCarries.filter(Boolean).length,
    },
  )
  return merge(values, tangents, outputLinear)
}

/** The values alone, then everything once more for what is linear. */
export function separateWhile(
  separate: SeparateGraph,
  b: GraphBuilder,
  params: WhileParams,
  operands: readonly Variable[],
  linear: readonly boolean[],
): Separated {
  const { condition, conditionConsts, bodyConsts } = params
  const fixed = conditionConsts + bodyConsts
  const constLinear = linear.slice(conditionConsts, fixed)
  const { body, moving } = movingCarries(linear.slice(fixed), (moves) => {
    const flags = [...constLinear, ...moves]
    const inner = separate(params.body, flags)
    return { body: inner, outputs: dependsOn(inner, flags) }
  })
  const known = not(moving)
  const tangents = b.emitAll("while", operands, { ...params, body })
  const conditionConst = condition.inputs.slice(0, conditionConsts)
  const carried = pick(condition.inputs.slice(conditionConsts), known)
  const values = b.emitAll(
    "while",
    [
      ...operands.slice(0, conditionConsts),
      ...pick(operands.slice(conditionConsts, fixed), not(constLinear)),
      ...pick(operands.slice(fixed), known),
    ],
    {
      ...params,
      condition: between(condition, [...conditionConst, ...carried], condition.outputs),
      body: between(
        body,
        pick(body.inputs, [...not(constLinear), ...known]),
        pick(body.outputs, known),
      ),
      bodyConsts: not(constLinear).filter(Boolean).length,
    },
  )
  let next = 0
  return {
    results: moving.map((moves, i) => (moves ? tangents[i] : values[next++])),
    linear: moving,
  }
}

function merge(
  values: readonly Variable[],
  tangents: readonly Variable[],
  linear: readonly boolean[],
): Separated {
  let [value, tangent] = [0, 0]
  return { results: linear.map((l) => (l ? tangents[tangent++] : values[value++])), linear }
}
