/** Batching of calls: body and rule alike. */

import {
  GraphBuilder,
  type LateGraph,
  operations as op,
  type ParamsOf,
  type Variable,
} from "../../graph/index.ts"
import type { Size } from "../../size/index.ts"
import { batchGraph, repeatWhere, type Spread } from "./control.ts"
import { type Batched, repeat } from "./rule.ts"

export type StagedBatch<P extends "call" | "pullback"> = (
  b: GraphBuilder,
  operands: readonly Variable[],
  mapped: readonly boolean[],
  params: ParamsOf[P],
  size: Size,
) => Batched

const all = (flags: readonly boolean[]): readonly boolean[] => flags.map(() => true)

export function stagedBatch(spread: Spread): {
  readonly [P in "call" | "pullback"]: StagedBatch<P>
} {
  /** A late graph for every element of a batch; all its outputs are mapped. */
  const late = (inner: LateGraph, mapped: readonly boolean[], size: Size): LateGraph =>
    once(
      `${inner.key} for each of ${size} by ${mapped.map(Number).join("")}`,
      () => batchGraph(spread, inner.graph(), mapped, size, all).graph,
    )

  return {
    call: (b, operands, mapped, { body, rule }, size) => {
      if (rule.kind === "checkpoint") {
        const inner = batchGraph(spread, body, mapped, size, (own) => own)
        const results = b.emitAll("call", operands, { body: inner.graph, rule })
        return { results, mapped: inner.mapped }
      }
      const inner = batchGraph(spread, body, mapped, size, all)
      const done = (results: readonly Variable[]) => ({ results, mapped: inner.mapped })
      if (rule.kind === "jvp") {
        const derivative = late(rule.derivative, [...mapped, ...mapped], size)
        return done(
          b.emitAll("call", operands, { body: inner.graph, rule: { ...rule, derivative } }),
        )
      }
      const forward = late(rule.forward, mapped, size)
      const own = mapped.slice(0, rule.arguments)
      const backward = once(`${rule.backward.key} back from ${forward.key}`, () =>
        batchBackward(spread, rule.backward.graph(), own, size),
      )
      return done(
        b.emitAll("call", operands, { body: inner.graph, rule: { ...rule, forward, backward } }),
      )
    },

    pullback: (b, operands, mapped, { backward, residuals }, size) => {
      const flags = backward.inputs.map((_, i) => i >= residuals || mapped[i])
      const inner = batchGraph(spread, backward, flags, size, all)
      const tangents = operands
        .slice(residuals)
        .map((x, i) => (mapped[residuals + i] ? x : repeat(b, x, size)))
      const results = b.emitAll("pullback", [...operands.slice(0, residuals), ...tangents], {
        backward: inner.graph,
        residuals,
      })
      return { results, mapped: all(results.map(() => true)) }
    },
  }
}

/** A backward graph of mapped residuals and cotangents; what is one for all elements adds them up. */
function batchBackward(
  spread: Spread,
  backward: ParamsOf["pullback"]["backward"],
  mapped: readonly boolean[],
  size: Size,
): ParamsOf["pullback"]["backward"] {
  const b = new GraphBuilder()
  const inputs = backward.inputs.map(({ shape, dtype }) =>
    b.input({ shape: [size, ...shape], dtype }),
  )
  const made = spread(b, backward, inputs, all(inputs.map(() => true)), size)
  const outputs = repeatWhere(b, made, all(made.mapped), size)
  return b.build(outputs.map((x, i) => (mapped[i] ? x : op.reduceSum(b, x, [0]))))
}

/** A late graph that is made once. */
function once(key: string, make: () => ReturnType<LateGraph["graph"]>): LateGraph {
  let made: ReturnType<LateGraph["graph"]> | undefined
  return {
    key,
    graph: () => {
      made ??= make()
      return made
    },
  }
}
