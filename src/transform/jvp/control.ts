/** Derivatives of control flow: its graphs carry tangents along. */

import { type ControlPrimitive, type Graph, GraphBuilder, Variable } from "../../graph/index.ts"
import { type Dual, type JvpRule, materialise, type Tangent } from "./rule.ts"

/** Writes a graph's values and their tangents, from those of its inputs. */
export type Follow = (
  b: GraphBuilder,
  graph: Graph,
  inputs: readonly Variable[],
  along: readonly Tangent[],
) => Dual

/** A graph of values and tangents. */
interface DualGraph {
  readonly b: GraphBuilder
  readonly primalInputs: readonly Variable[]
  /** One per input, undefined where it carries none. */
  readonly tangentInputs: readonly Tangent[]
  readonly dual: Dual
}

function dualGraph(follow: Follow, graph: Graph, carries: readonly boolean[]): DualGraph {
  const b = new GraphBuilder()
  const primalInputs = graph.inputs.map((input) => b.input(input))
  const tangentInputs = graph.inputs.map((input, i) => (carries[i] ? b.input(input) : undefined))
  return { b, primalInputs, tangentInputs, dual: follow(b, graph, primalInputs, tangentInputs) }
}

const there = (tangents: readonly Tangent[]): Variable[] => tangents.filter((t) => t !== undefined)
const isThere = (tangents: readonly Tangent[]): boolean[] => tangents.map((t) => t !== undefined)

/**
 * The body of a loop with tangents: a carry has one where it starts with one or any step gives it
 * one, which is found by trying until no more are added.
 */
function stepWithTangents(
  follow: Follow,
  body: Graph,
  carries: (moving: readonly boolean[]) => readonly boolean[],
  start: readonly boolean[],
): { readonly step: DualGraph; readonly moving: readonly boolean[] } {
  let moving = start
  for (;;) {
    const step = dualGraph(follow, body, carries(moving))
    const next = moving.map((moves, i) => moves || step.dual.tangents[i] !== undefined)
    if (next.every((moves, i) => moves === moving[i])) return { step, moving }
    moving = next
  }
}

/** Tangents of the arrays that move, zero where there is none yet. */
function moved(
  b: GraphBuilder,
  primals: readonly Variable[],
  tangents: readonly Tangent[],
  moving: readonly boolean[],
): Variable[] {
  return primals.flatMap((primal, i) => (moving[i] ? [materialise(b, tangents[i], primal)] : []))
}

/** Results and tangents from values in which the tangents of those that have one follow. */
function dualOf(results: readonly Variable[], count: number, has: readonly boolean[]): Dual {
  let next = count
  return {
    results: results.slice(0, count),
    tangents: has.map((h) => (h ? results[next++] : undefined)),
  }
}

export function controlJvp(follow: Follow): { readonly [P in ControlPrimitive]: JvpRule<P> } {
  return {
    loop: (b, primals, tangents, params) => {
      const { body, consts, carries } = params
      const fixed = consts + carries
      const parts = <T>(list: readonly T[]): [T[], T[], T[]] => [
        list.slice(0, consts),
        list.slice(consts, fixed),
        list.slice(fixed),
      ]
      const [constTangents, carryTangents, rowTangents] = parts(tangents)
      const { step, moving } = stepWithTangents(
        follow,
        body,
        (moves) => [...isThere(constTangents), ...moves, ...isThere(rowTangents)],
        isThere(carryTangents),
      )
      const [constInputs, carryInputs, rowInputs] = parts(step.primalInputs)
      const [constAlong, carryAlong, rowAlong] = parts(step.tangentInputs)
      const { results, tangents: along } = step.dual
      const [rows, rowsAlong] = [results.slice(carries), along.slice(carries)]
      const next = results.slice(0, carries)
      const dualBody: Graph = {
        ...step.b.build([
          ...next,
          ...moved(step.b, next, along, moving),
          ...rows,
          ...there(rowsAlong),
        ]),
        inputs: [
          ...[...constInputs, ...there(constAlong)],
          ...[...carryInputs, ...there(carryAlong)],
          ...[...rowInputs, ...there(rowAlong)],
        ],
      }
      const [consts_, carries_, rows_] = parts(primals)
      const carried = [...carries_, ...moved(b, carries_, carryTangents, moving)]
      const operands = [
        ...[...consts_, ...there(constTangents)],
        ...carried,
        ...[...rows_, ...there(rowTangents)],
      ]
      const made = b.emitAll("loop", operands, {
        ...params,
        body: dualBody,
        consts: consts + there(constTangents).length,
        carries: carried.length,
      })
      const last = dualOf(made.slice(0, carried.length), carries, moving)
      const stacked = dualOf(made.slice(carried.length), rows.length, isThere(rowsAlong))
      return {
        results: [...last.results, ...stacked.results],
        tangents: [...last.tangents, ...stacked.tangents],
      }
    },

    while: (b, primals, tangents, params) => {
      const { condition, body, conditionConsts, bodyConsts } = params
      const fixed = conditionConsts + bodyConsts
      const constTangents = tangents.slice(conditionConsts, fixed)
      const carryTangents = tangents.slice(fixed)
      const { step, moving } = stepWithTangents(
        follow,
        body,
        (moves) => [...isThere(constTangents), ...moves],
        isThere(carryTangents),
      )
      const { results, tangents: along } = step.dual
      const dualBody: Graph = {
        ...step.b.build([...results, ...moved(step.b, results, along, moving)]),
        inputs: [
          ...step.primalInputs.slice(0, bodyConsts),
          ...there(step.tangentInputs.slice(0, bodyConsts)),
          ...step.primalInputs.slice(bodyConsts),
          ...there(step.tangentInputs.slice(bodyConsts)),
        ],
      }
      const carried = primals.slice(fixed)
      const carriedAlong = moved(b, carried, carryTangents, moving)
      // The condition sees the tangents and does not look at them.
      const unseen = carriedAlong.map((type) => new Variable(type))
      const made = b.emitAll(
        "while",
        [...primals.slice(0, fixed), ...there(constTangents), ...carried, ...carriedAlong],
        {
          ...params,
          condition: { ...condition, inputs: [...condition.inputs, ...unseen] },
          body: dualBody,
          bodyConsts: bodyConsts + there(constTangents).length,
        },
      )
      return dualOf(made, carried.length, moving)
    },

    cond: (b, primals, tangents, { branches }) => {
      const along = tangents.slice(1)
      const duals = branches.map((branch) => dualGraph(follow, branch, isThere(along)))
      const has = branches[0].outputs.map((_, i) =>
        duals.some(({ dual }) => dual.tangents[i] !== undefined),
      )
      const made = b.emitAll("cond", [...primals, ...there(along)], {
        branches: duals.map(({ b: inner, dual: { results, tangents: own } }) =>
          inner.build([...results, ...moved(inner, results, own, has)]),
        ),
      })
      return dualOf(made, has.length, has)
    },
  }
}
