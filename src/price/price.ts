/** The price of a graph: what it takes before anything runs, on any machine. */

import type { Graph } from "../graph/index.ts"
import {
  add,
  type Bindings,
  evaluate,
  floorDivide,
  maximum,
  type Size,
  subtract,
  symbolsOf,
} from "../size/index.ts"
import type { Cost, Measure } from "./cost.ts"
import { measure } from "./measure.ts"
import { costOf } from "./rules.ts"
import { bytesOf } from "./storage.ts"

/** What a program takes under one model. */
export interface ModelPrice {
  /** Steps of one scalar operation. */
  readonly time: Size
  /** Most scalar operations in flight. */
  readonly threads: Size
  /** Most bytes live at once, inputs and results included. */
  readonly memory: Size
}

/** An upper bound in a price, and the reason why it is no more than that. */
export interface Bound {
  readonly model: "ram" | "gpu"
  readonly measure: "time" | "threads" | "memory"
  readonly because: string
}

/**
 * The price of a program: exact, except for what `bounds` names; numbers where the sizes are
 * numbers, expressions in the sizes' names otherwise. Expressions hold for sizes of at least 1; the
 * threads and the memory of the GPU model, which depend on what overlaps in time, for at least 2.
 */
export interface Price {
  /** Scalar operations. */
  readonly work: Size
  /** Longest chain of scalar operations that wait on each other. */
  readonly span: Size
  /** Bytes that must cross from main memory: each input once, each result once. */
  readonly traffic: Size
  /** One thread, one equation after another: time is work. */
  readonly ram: ModelPrice
  /** As many threads as can be of use, everything as early as possible: time is span. */
  readonly gpu: ModelPrice
  readonly bounds: readonly Bound[]
}

/**
 * The price of a graph by the rules of the price list. Nothing runs.
 *
 * Under the RAM model equations run in the graph's order; under the GPU model each starts when
 * its operands are complete. Views, constants and counts cost nothing and hold no bytes.
 */
export function priceGraph(graph: Graph): Price {
  const costs = graph.equations.map((equation) => costOf(equation))
  const { work, span, threads, sequential, earliest } = measure(graph, costs)
  return {
    work,
    span,
    traffic: add(...[...graph.inputs, ...graph.outputs].map(bytesOf)),
    ram: { time: work, threads: 1, memory: sequential },
    gpu: { time: span, threads: threads.size, memory: earliest.size },
    bounds: boundsOf(costs, threads.bound, earliest.bound),
  }
}

function boundsOf(costs: readonly Cost[], threads: boolean, memory: boolean): readonly Bound[] {
  const bounds: Bound[] = []
  const say = (
    model: Bound["model"],
    measure: Bound["measure"],
    because: string | undefined,
  ): void => {
    if (because !== undefined) bounds.push({ model, measure, because })
  }
  const reason = (measure: Measure): string | undefined =>
    costs.find(({ bound }) => bound?.measures.includes(measure))?.bound?.because
  const order = "which of its parts overlap in time depends on the sizes"
  const span = reason("span")
  say("ram", "time", reason("work"))
  say("ram", "memory", reason("memory"))
  say("gpu", "time", span)
  say("gpu", "threads", reason("threads") ?? span ?? (threads ? order : undefined))
  say("gpu", "memory", reason("memory") ?? span ?? (memory ? order : undefined))
  return bounds
}

/** Time on some number of threads, in steps. */
export interface TimeRange {
  readonly least: Size
  readonly most: Size
}

/**
 * The time on P threads: never less than max(work/P, span), and by any schedule that leaves no
 * thread idle while work waits, at most (work − span)/P + span (Brent 1974, Graham 1969).
 * @example timeOn(price((x: Array) => np.sum(x), f32(8)), 2) // → { least: 4, most: 5 }
 * @throws RangeError when P is no whole number of at least 1.
 */
export function timeOn({ work, span }: Price, threads: number): TimeRange {
  if (!Number.isInteger(threads) || threads < 1) {
    throw new RangeError(`threads is ${threads}: it must be a whole number of at least 1`)
  }
  return {
    least: maximum(floorDivide(add(work, threads - 1), threads), span),
    most: add(floorDivide(subtract(work, span), threads), span),
  }
}

/**
 * Work per step of the span: the number of threads beyond which nothing more is gained.
 * @example parallelism(price((x: Array) => np.sum(x), f32(8))) // → 2
 */
export function parallelism({ work, span }: Price): Size {
  return span === 0 ? 0 : floorDivide(work, span)
}

/** The names of the sizes that a price depends on. */
export function priceSymbols(price: Price): readonly string[] {
  const sizes = [price.work, price.span, price.traffic, price.ram, price.gpu].flatMap((part) =>
    typeof part === "object" && "memory" in part ? [part.time, part.threads, part.memory] : [part],
  )
  return [...new Set(sizes.flatMap(symbolsOf))].sort()
}

/**
 * A price with every size bound.
 * @example priceAt(price((x: Array) => np.prod(x), f32("N")), { N: 8 }).work // → 7
 * @throws RangeError naming a size that has no value.
 */
export function priceAt(price: Price, bindings: Bindings): Price {
  const value = (size: Size): number => evaluate(size, bindings)
  const model = ({ time, threads, memory }: ModelPrice): ModelPrice => ({
    time: value(time),
    threads: value(threads),
    memory: value(memory),
  })
  return {
    ...price,
    work: value(price.work),
    span: value(price.span),
    traffic: value(price.traffic),
    ram: model(price.ram),
    gpu: model(price.gpu),
  }
}
