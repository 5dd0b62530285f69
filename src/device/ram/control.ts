/** Control flow, step by step: graphs run inside a run. */

import type { ControlPrimitive, Graph } from "../../graph/index.ts"
import { countOf } from "./layout.ts"
import { type HostArray, numbers, type RamRule, roomFor } from "./values.ts"

/** Runs a graph on arrays of its inputs' types. */
export type RunGraph = (graph: Graph, inputs: readonly HostArray[]) => readonly HostArray[]

/** Row t of an array along axis 0; the elements are shared. */
export function rowAt({ data, shape, dtype }: HostArray, t: number): HostArray {
  const row = shape.slice(1)
  const size = countOf(row)
  return { data: data.subarray(t * size, (t + 1) * size), shape: row, dtype }
}

/** The branch that an index chooses: clamped to those there are. */
export function chosenBranch(index: HostArray, branches: readonly Graph[]): Graph {
  return branches[Math.min(Math.max(index.data[0], 0), branches.length - 1)]
}

export function controlRules(run: RunGraph): {
  readonly [P in ControlPrimitive | "call"]: RamRule<P>
} {
  return {
    loop: ({ params, results }, operands) => {
      const { body, consts, carries, reverse } = params
      const [length] = numbers([params.length])
      const fixed = consts + carries
      let carried = operands.slice(consts, fixed)
      const stacked = results.slice(carries).map(roomFor)
      for (let step = 0; step < length; step++) {
        const t = reverse ? length - 1 - step : step
        const rows = operands.slice(fixed).map((operand) => rowAt(operand, t))
        const outputs = run(body, [...operands.slice(0, consts), ...carried, ...rows])
        carried = outputs.slice(0, carries)
        for (const [i, { data }] of outputs.slice(carries).entries()) {
          stacked[i].set(data, t * data.length)
        }
      }
      return [...carried.map(({ data }) => data), ...stacked]
    },
    call: ({ params: { body } }, operands) => run(body, operands).map(({ data }) => data),
    while: ({ params: { condition, body, conditionConsts, bodyConsts } }, operands) => {
      const fixed = conditionConsts + bodyConsts
      const forCondition = operands.slice(0, conditionConsts)
      const forBody = operands.slice(conditionConsts, fixed)
      let carried: readonly HostArray[] = operands.slice(fixed)
      while (run(condition, [...forCondition, ...carried])[0].data[0] !== 0) {
        carried = run(body, [...forBody, ...carried])
      }
      return carried.map(({ data }) => data)
    },
    cond: ({ params: { branches } }, [index, ...operands]) =>
      run(chosenBranch(index, branches), operands).map(({ data }) => data),
  }
}
