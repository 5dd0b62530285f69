/** The price of control flow: its graphs' prices, as often as they run. */

import type { ControlPrimitive, Equation, Graph, Primitive } from "../graph/index.ts"
import { add, maximum, multiply, type Size, subtract, symbol } from "../size/index.ts"
import { type Cost, type Measure, present } from "./cost.ts"
import { measure } from "./measure.ts"
import { inputBytes } from "./storage.ts"

/** How often a while loop runs is not known before it does: it is a size of the price. */
export const trips: Size = symbol("trips")

type CostOf = <P extends Primitive>(equation: Equation<P>) => Cost

/** What one run of a graph takes, as part of an equation. */
interface Inner extends Pick<Cost, "work" | "span" | "threads"> {
  readonly memory: NonNullable<Cost["memory"]>
  readonly bound: Cost["bound"]
}

function innerCost(graph: Graph, costOf: CostOf): Inner {
  const costs = graph.equations.map((equation) => costOf(equation))
  const { work, span, threads, sequential, earliest } = measure(graph, costs)
  const inputs = inputBytes(graph)
  return {
    work,
    span,
    threads: threads.size,
    memory: {
      sequential: subtract(sequential, inputs),
      earliest: subtract(earliest.size, inputs),
    },
    bound: costs.find((cost) => cost.bound !== undefined)?.bound,
  }
}

/** The same number of threads throughout, and the memory of the part that needs most. */
function steadily(
  work: Size,
  span: Size,
  parts: readonly Inner[],
  measures: readonly Measure[],
  because: string,
): Cost {
  const threads = maximum(0, ...parts.map((part) => part.threads))
  const inner = parts.flatMap(({ bound }) => (bound === undefined ? [] : [bound]))
  return {
    work,
    span,
    threads,
    at: () => threads,
    memory: {
      sequential: maximum(0, ...parts.map(({ memory }) => memory.sequential)),
      earliest: maximum(0, ...parts.map(({ memory }) => memory.earliest)),
    },
    bound: {
      measures: [...new Set([...measures, ...inner.flatMap((bound) => bound.measures)])],
      because: [because, ...new Set(inner.map((bound) => bound.because))].join("; "),
    },
  }
}

export function controlRules(costOf: CostOf): {
  readonly [P in ControlPrimitive | "call"]: (equation: Equation<P>) => Cost
} {
  return {
    loop: ({ params: { body, length } }) => {
      const step = innerCost(body, costOf)
      const any = present(length)
      const some: Inner = {
        ...step,
        threads: multiply(any, step.threads),
        memory: {
          sequential: multiply(any, step.memory.sequential),
          earliest: multiply(any, step.memory.earliest),
        },
      }
      return steadily(
        multiply(length, step.work),
        multiply(length, step.span),
        [some],
        ["threads"],
        "a loop's steps are taken to keep as many threads busy throughout as they ever do",
      )
    },
    call: ({ params: { body } }) => {
      const inner = innerCost(body, costOf)
      return steadily(
        inner.work,
        inner.span,
        [inner],
        ["threads"],
        "a call is taken to keep as many threads busy throughout as it ever does",
      )
    },
    while: ({ params: { condition, body } }) => {
      const [asked, step] = [innerCost(condition, costOf), innerCost(body, costOf)]
      const often = (once: Size, again: Size): Size => add(once, multiply(trips, add(once, again)))
      return steadily(
        often(asked.work, step.work),
        often(asked.span, step.span),
        [asked, step],
        ["threads"],
        "trips stands for the most that any while loop runs, and its steps are taken to keep as " +
          "many threads busy throughout as they ever do",
      )
    },
    cond: ({ params: { branches } }) => {
      const costs = branches.map((branch) => innerCost(branch, costOf))
      return steadily(
        maximum(0, ...costs.map(({ work }) => work)),
        maximum(0, ...costs.map(({ span }) => span)),
        costs,
        ["work", "span", "threads", "memory"],
        "which branch is taken is known only when it runs",
      )
    },
  }
}
