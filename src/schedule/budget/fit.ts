/** Programs within a memory budget. */

import type { Graph, Primitive } from "../../graph/index.ts"
import {
  fitBudget,
  leastPeak,
  measureOrder,
  type Order,
  plainOrder,
  repeatsOf,
} from "../../transform/index.ts"
import { memoryOf } from "../arena.ts"
import { type ScheduleOptions, schedule } from "../schedule.ts"
import { computationOf, type GraphComputation } from "./computation.ts"
import { inOrder } from "./rewrite.ts"

export interface FitOptions extends Omit<ScheduleOptions, "threads"> {
  /** Thread counts with any of which the program has to fit: what is packed ahead may differ. */
  readonly threads?: readonly number[]
}

/** A graph whose program is within a budget. */
export interface Fitted {
  readonly graph: Graph
  /** Bytes of inputs, results and arena, and of what threads hold each for themselves. */
  readonly bytes: number
  /** Instructions beyond those of the graph as it was, as a share of them. */
  readonly extra: number
  /** How many equations of each primitive are computed again. */
  readonly again: ReadonlyMap<Primitive, number>
}

/** No way was found to run within a budget. */
export class BudgetError extends RangeError {
  override readonly name = "BudgetError"
  /** The least bytes that were found to do. */
  readonly least: number

  constructor(message: string, least: number) {
    super(message)
    this.least = least
  }
}

/** Orders that are tried: what the solver sees of memory is not quite what the arena takes. */
const attempts = 8

/**
 * The graph rewritten so that its program takes at most so many bytes (inputs, results, arena, and
 * what threads hold each for themselves), by computing values again instead of keeping them, at the
 * least cost that is found.
 * @throws BudgetError with the least budget that was found to do; RangeError when a size is
 *   symbolic.
 */
export function fitMemory(graph: Graph, bytes: number, options: FitOptions = {}): Fitted {
  const plain = programsOf(graph, options)
  if (plain.bytes <= bytes) return { graph, bytes: plain.bytes, extra: 0, again: new Map() }
  const search = new Search(graph, options)
  let best = within(search, plain, bytes) ?? search.least()
  // A search with more room may come to less than the least that is sought by itself.
  if (best.bytes > bytes) best = within(search, plain, best.bytes) ?? best
  if (best.bytes <= bytes) return search.fitted(best)
  throw new BudgetError(
    `a memory budget of ${bytes} bytes is too small: the least in which this program was found to ` +
      `run is ${best.bytes} bytes, of which ${plain.ends} are its arguments and results`,
    best.bytes,
  )
}

/** The cheapest program that is found within so many bytes. */
function within(search: Search, plain: ProgramMemory, bytes: number): Candidate | undefined {
  const room = bytes - (plain.bytes - plain.arena)
  const { peak } = measureOrder(search.computation, plainOrder(search.computation))
  // What the solver calls memory, for each byte of the arena.
  const rate = plain.arena === 0 ? 1 : peak / plain.arena
  let [fits, fails] = [0, peak]
  let best: Candidate | undefined
  let target = Math.max(0, room * rate)
  for (let attempt = 0; attempt < attempts && room > 0; attempt++) {
    const tried = search.at(target)
    if (tried.bytes <= bytes) {
      if (best === undefined || tried.cost < best.cost) best = tried
      fits = Math.max(fits, target)
      if (tried.cost === best.cost && fails - fits < peak / 64) break
      target = (fits + fails) / 2
    } else {
      fails = Math.min(fails, target)
      if (best !== undefined) target = (fits + fails) / 2
      else {
        if (tried.peak > target) break
        const arena = tried.bytes - (plain.bytes - plain.arena)
        target *= Math.min(0.97, (room / arena) * 0.99)
      }
    }
  }
  return best
}

/**
 * The graph rewritten to take as little memory as is found.
 * @throws RangeError when a size is symbolic.
 */
export function leastMemory(graph: Graph, options: FitOptions = {}): Fitted {
  const plain = programsOf(graph, options)
  const search = new Search(graph, options)
  const least = search.least()
  if (least.bytes >= plain.bytes) return { graph, bytes: plain.bytes, extra: 0, again: new Map() }
  // There may be a cheaper way to the same memory.
  const fitted = search.fitted(least)
  const again = fitMemory(graph, least.bytes, options)
  return again.extra < fitted.extra ? again : fitted
}

interface Candidate {
  readonly order: Order
  readonly graph: Graph
  readonly cost: number
  readonly peak: number
  readonly bytes: number
}

class Search {
  readonly #graph: Graph
  readonly #options: FitOptions
  readonly computation: GraphComputation

  constructor(graph: Graph, options: FitOptions) {
    this.#graph = graph
    this.#options = options
    this.computation = computationOf(graph)
  }

  at(target: number): Candidate {
    return this.#candidate(fitBudget(this.computation, target))
  }

  least(): Candidate {
    return this.#candidate(leastPeak(this.computation))
  }

  #candidate({ order, cost, peak }: ReturnType<typeof fitBudget>): Candidate {
    const graph = inOrder(this.#graph, this.computation, order)
    return { order, graph, cost, peak, bytes: programsOf(graph, this.#options).bytes }
  }

  fitted({ order, graph, cost, bytes }: Candidate): Fitted {
    const { equations, steps } = this.computation
    const again = new Map<Primitive, number>()
    for (const place of repeatsOf(order)) {
      const { primitive } = equations[order[place]]
      again.set(primitive, (again.get(primitive) ?? 0) + 1)
    }
    const once = steps.reduce((sum, step) => sum + step.cost, 0)
    return { graph, bytes, extra: once === 0 ? 0 : cost / once - 1, again }
  }
}

interface ProgramMemory {
  readonly bytes: number
  readonly arena: number
  /** Bytes of arguments and results. */
  readonly ends: number
}

/** The memory of a graph's program with the one of the thread counts that takes most. */
function programsOf(graph: Graph, { threads = [1], ...options }: FitOptions): ProgramMemory {
  const found = threads.map((count): ProgramMemory => {
    const program = schedule(graph, { ...options, threads: count })
    const { arenaBytes: arena } = program
    return { bytes: memoryOf(program, count), arena, ends: memoryOf(program) - arena }
  })
  return found.reduce((most, one) => (one.bytes > most.bytes ? one : most))
}
