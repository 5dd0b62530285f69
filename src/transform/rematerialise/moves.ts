/** Moves from one order to another: a value is let go and made again before it is needed next. */

import type { Computation, Life, Measured, Order } from "./computation.ts"

/** A value that waits: it was made or read before, and is read again after. */
export interface Gap {
  readonly life: Life
  /** The place after which it waits, and the place that reads it then. */
  readonly from: number
  readonly to: number
}

/** The values that wait at some place. */
export function gapsAt({ bytes }: Computation, { lives }: Measured, at: number): readonly Gap[] {
  const gaps: Gap[] = []
  for (const life of lives) {
    if (bytes[life.value] === 0 || life.from >= at || (life.uses.at(-1) ?? 0) <= at) continue
    const next = life.uses.findIndex((use) => use >= at)
    if (life.uses[next] === at) continue
    gaps.push({ life, from: life.uses[next - 1] ?? life.from, to: life.uses[next] })
  }
  return gaps
}

/** Finds what is there at a place of an order. */
export class Places {
  readonly #byValue = new Map<number, Life[]>()

  constructor({ lives }: Measured) {
    for (const life of lives) {
      const list = this.#byValue.get(life.value)
      if (list === undefined) this.#byValue.set(life.value, [life])
      else list.push(life)
    }
  }

  /** Whether a value is kept from before a place to there or beyond. */
  isThere(value: number, at: number): boolean {
    const lives = this.#byValue.get(value) ?? []
    return lives.some(({ from, uses }) => from < at && (uses.at(-1) ?? from) >= at)
  }

  /** The first place from some place on at which a value is made again. */
  nextMade(value: number, at: number): number | undefined {
    return this.#byValue.get(value)?.find(({ from }) => from >= at)?.from
  }
}

/** Steps to take before a place, and places whose steps that makes needless. */
export interface Move {
  readonly at: number
  readonly steps: readonly number[]
  readonly needless: readonly number[]
  readonly cost: number
}

/** Steps that one move takes at most. */
const longest = 400

/**
 * The move that makes a value again where its gap ends: from what is there, with what is not made
 * again too (`deep`), or kept until then. A value that a later repeat makes is made once, now.
 */
export function moveFor(
  { steps }: Computation,
  order: Order,
  made: readonly (number | undefined)[],
  places: Places,
  gap: Gap,
  deep: boolean,
): Move | undefined {
  const taken: number[] = []
  const needless: number[] = []
  const seen = new Set<number>()
  const visit = (step: number): boolean => {
    if (seen.has(step)) return true
    seen.add(step)
    if (seen.size > longest) return false
    for (const operand of steps[step].operands) {
      const maker = made[operand]
      if (maker === undefined || !deep || places.isThere(operand, gap.to)) continue
      if (!visit(maker)) return false
    }
    taken.push(step)
    const [result] = steps[step].results
    const again = places.nextMade(result, gap.to)
    if (again !== undefined && order[again] === step) needless.push(again)
    return true
  }
  const step = made[gap.life.value]
  if (step === undefined || !visit(step)) return undefined
  const cost =
    taken.reduce((sum, s) => sum + steps[s].cost, 0) -
    needless.reduce((sum, place) => sum + steps[order[place]].cost, 0)
  return { at: gap.to, steps: taken, needless, cost }
}

export function applyMove(order: Order, { at, steps, needless }: Move): Order {
  const skip = new Set(needless)
  const next: number[] = []
  for (const [place, step] of order.entries()) {
    if (place === at) next.push(...steps)
    if (!skip.has(place)) next.push(step)
  }
  return next
}
