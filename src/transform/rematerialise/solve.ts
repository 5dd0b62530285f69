/**
 * Buying memory with time: an order of least cost that fits a budget of bytes.
 *
 * Several orders are tried and the cheapest is taken: values are let go one by one, the one first
 * that costs least for what it frees where memory is short; and where the values that wait form a
 * chain, as the layers of a network do, the exact reversal of that chain is the start. Each order
 * then loses the repeats that its budget does not need. For chains of single values the result is
 * the exact one; in general it is compared with an exhaustive search in the tests.
 */

import { chainOrders } from "./chain-order.ts"
import {
  type Computation,
  type Measured,
  madeBy,
  measureOrder,
  type Order,
  plainOrder,
} from "./computation.ts"
import { applyMove, gapsAt, type Move, moveFor, Places } from "./moves.ts"

export interface Solution {
  readonly order: Order
  readonly cost: number
  readonly peak: number
}

/** Moves that are carried out on trial, of those that promise most. */
const trials = 6

/**
 * The cheapest order found whose peak is at most `budget`; where none is found, the one of the
 * least peak. Deterministic; takes time of about the steps squared.
 */
export function fitBudget(computation: Computation, budget: number): Solution {
  const plain = plainOrder(computation)
  const first = measureOrder(computation, plain)
  if (first.peak <= budget) return { order: plain, cost: first.cost, peak: first.peak }
  const found: Solution[] = []
  for (const start of [plain, ...chainOrders(computation, first, budget)]) {
    for (const power of [1, 0.5]) {
      const order = release(computation, start, budget, power)
      const pruned = prune(computation, order, budget)
      const { cost, peak } = measureOrder(computation, pruned)
      found.push({ order: pruned, cost, peak })
    }
  }
  const fitting = found.filter(({ peak }) => peak <= budget)
  const least = (list: readonly Solution[], of: (s: Solution) => number): Solution =>
    list.reduce((a, b) => (of(b) < of(a) ? b : a))
  return fitting.length > 0 ? least(fitting, (s) => s.cost) : least(found, (s) => s.peak)
}

/**
 * The order of the least peak that is found, by halving the room between what a single step needs
 * and what the plain order takes.
 */
export function leastPeak(computation: Computation): Solution {
  const { steps, bytes } = computation
  const alone = steps.map(({ operands, results }) =>
    [...new Set([...operands, ...results])].reduce((sum, value) => sum + bytes[value], 0),
  )
  let low = Math.max(0, ...alone)
  let best = fitBudget(computation, low)
  while (best.peak > low) {
    const middle = Math.floor((low + best.peak) / 2)
    const tried = fitBudget(computation, middle)
    if (tried.peak < best.peak) best = tried
    if (tried.peak > middle) low = Math.max(low + 1, Math.ceil((low + best.peak) / 2))
    if (best.peak - low <= best.peak / 256) break
  }
  return best
}

/** Bytes over the budget, added up over all places. */
function excessOf({ memory }: Measured, budget: number): number {
  let excess = 0
  for (const bytes of memory) excess += Math.max(0, bytes - budget)
  return excess
}

/**
 * Lets values go until an order fits or nothing helps.
 * @param power how much the bytes that a move frees count against its cost.
 */
function release(computation: Computation, start: Order, budget: number, power: number): Order {
  const made = madeBy(computation.steps, computation.bytes.length)
  let order = start
  let measured = measureOrder(computation, order)
  let excess = excessOf(measured, budget)
  for (let round = 0; excess > 0 && round < 4 * computation.steps.length; round++) {
    const next = bestMove(computation, order, measured, excess, budget, power, made)
    if (next === undefined) return order
    ;({ order, measured, excess } = next)
  }
  return order
}

interface Next {
  readonly order: Order
  readonly measured: Measured
  readonly excess: number
}

function bestMove(
  computation: Computation,
  order: Order,
  measured: Measured,
  excess: number,
  budget: number,
  power: number,
  made: readonly (number | undefined)[],
): Next | undefined {
  const over = [0]
  for (const [at, bytes] of measured.memory.entries()) {
    over.push(over[at] + Math.max(0, bytes - budget))
  }
  const peakAt = measured.memory.indexOf(measured.peak)
  const places = new Places(measured)
  const ranked: { readonly move: Move; readonly promise: number }[] = []
  for (const gap of gapsAt(computation, measured, peakAt)) {
    const relief = over[gap.to] - over[gap.from + 1]
    for (const deep of [true, false]) {
      const move = moveFor(computation, order, made, places, gap, deep)
      if (move === undefined) continue
      const freed = computation.bytes[gap.life.value] * relief
      ranked.push({ move, promise: score(move.cost, freed, power) })
      if (move.steps.length === 1) break
    }
  }
  ranked.sort((a, b) => a.promise - b.promise)
  let best: (Next & { readonly worth: number }) | undefined
  for (const { move } of ranked.slice(0, trials)) {
    const next = tryMove(computation, order, move, excess, budget, power)
    if (next !== undefined && (best === undefined || next.worth < best.worth)) best = next
  }
  if (best !== undefined) return best
  for (const { move } of ranked.slice(trials)) {
    const next = tryMove(computation, order, move, excess, budget, power)
    if (next !== undefined) return next
  }
  return undefined
}

/** Cost per relief: less is better. A move that costs nothing still has to relieve. */
function score(cost: number, relief: number, power: number): number {
  return (Math.max(cost, 0) + 1e-9) / relief ** power
}

function tryMove(
  computation: Computation,
  order: Order,
  move: Move,
  excess: number,
  budget: number,
  power: number,
): (Next & { readonly worth: number }) | undefined {
  const next = applyMove(order, move)
  const measured = measureOrder(computation, next)
  const left = excessOf(measured, budget)
  if (left >= excess) return undefined
  return { order: next, measured, excess: left, worth: score(move.cost, excess - left, power) }
}

/** The order without repeats that it fits the budget without, the dearest first. */
function prune(computation: Computation, start: Order, budget: number): Order {
  let order = start
  if (measureOrder(computation, order).peak > budget) return order
  for (;;) {
    const repeats = repeatsOf(order).sort(
      (a, b) => computation.steps[order[b]].cost - computation.steps[order[a]].cost,
    )
    const needless = repeats.find((place) => {
      const shorter = order.toSpliced(place, 1)
      return measureOrder(computation, shorter).peak <= budget
    })
    if (needless === undefined) return order
    order = order.toSpliced(needless, 1)
  }
}

/** Places of steps that were taken before. */
export function repeatsOf(order: Order): number[] {
  const seen = new Set<number>()
  return [...order.keys()].filter((place) => {
    if (seen.has(order[place])) return true
    seen.add(order[place])
    return false
  })
}
