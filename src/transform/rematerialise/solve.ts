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
  Meter,
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
const trials = 4

/** An order that costs so many times the plain one is given up. */
const dearest = 5

/** Steps beyond which fewer orders are tried. */
const manySteps = 300

/**
 * The cheapest order found whose peak is at most `budget`; where none is found, the one of the
 * least peak. Deterministic; takes time of about the steps squared.
 */
export function fitBudget(computation: Computation, budget: number): Solution {
  const plain = plainOrder(computation)
  const first = measureOrder(computation, plain)
  if (first.peak <= budget) return { order: plain, cost: first.cost, peak: first.peak }
  const large = plain.length > manySteps
  const meter = new Meter(computation)
  const found: Solution[] = []
  for (const start of [plain, ...chainOrders(computation, first, budget, large)]) {
    for (const power of large ? [1] : [1, 0.5]) {
      const order = prune(
        computation,
        meter,
        release(computation, meter, start, budget, power),
        budget,
      )
      const { cost, peak } = measureOrder(computation, order)
      found.push({ order, cost, peak })
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
  while (best.peak - low > best.peak / 64) {
    const middle = Math.floor((low + best.peak) / 2)
    const tried = fitBudget(computation, middle)
    if (tried.peak < best.peak) best = tried
    if (tried.peak > middle) low = middle + 1
  }
  return best
}

/**
 * Lets values go until an order fits or nothing helps.
 * @param power how much the bytes that a move frees count against its cost.
 */
function release(
  computation: Computation,
  meter: Meter,
  start: Order,
  budget: number,
  power: number,
): Order {
  const made = madeBy(computation.steps, computation.bytes.length)
  let order = start
  let excess = meter.excess(order, budget)
  const plain = costOf(computation, plainOrder(computation))
  while (excess > 0 && costOf(computation, order) <= dearest * plain) {
    const next = bestMove(computation, meter, order, excess, budget, power, made)
    if (next === undefined) return order
    ;({ order, excess } = next)
  }
  return order
}

function costOf({ steps }: Computation, order: Order): number {
  return order.reduce((sum, step) => sum + steps[step].cost, 0)
}

interface Next {
  readonly order: Order
  readonly excess: number
}

function bestMove(
  computation: Computation,
  meter: Meter,
  order: Order,
  excess: number,
  budget: number,
  power: number,
  made: readonly (number | undefined)[],
): Next | undefined {
  const measured = measureOrder(computation, order)
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
  for (const [i, { move }] of ranked.entries()) {
    if (i >= trials && best !== undefined) break
    const next = applyMove(order, move)
    const left = meter.excess(next, budget)
    if (left >= excess) continue
    const worth = score(move.cost, excess - left, power)
    if (best === undefined || worth < best.worth) best = { order: next, excess: left, worth }
  }
  return best
}

/** Cost per relief: less is better. A move that costs nothing still has to relieve. */
function score(cost: number, relief: number, power: number): number {
  return (Math.max(cost, 0) + 1e-9) / relief ** power
}

/** The order without repeats that it fits the budget without, the dearest first. */
function prune(computation: Computation, meter: Meter, start: Order, budget: number): Order {
  if (meter.excess(start, budget) > 0) return start
  const costAt = (place: number): number => computation.steps[start[place]].cost
  const dropped = new Set<number>()
  const without = (): Order => start.filter((_, place) => !dropped.has(place))
  for (const place of repeatsOf(start).sort((a, b) => costAt(b) - costAt(a))) {
    dropped.add(place)
    if (meter.excess(without(), budget) > 0) dropped.delete(place)
  }
  return without()
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
