/** Orders from the reversal of the chain that waiting values form. */

import { type Chain, reverseChain } from "./chain.ts"
import { type Computation, type Measured, madeBy, type Order } from "./computation.ts"
import { type Gap, gapsAt } from "./moves.ts"

/** Units into which the room for waiting values is cut. */
const units = 48
/** Values beyond which the dynamic programme takes too long. */
const manyValues = 128

/** A chain of waiting values, and the steps that make each from the ones before it. */
interface Waiting {
  readonly gaps: readonly Gap[]
  readonly paths: readonly (readonly number[])[]
}

/**
 * Orders that reverse the values waiting at the peak as a chain, in some amounts of room; none
 * where they are needed again in another order than from the last to the first.
 */
export function chainOrders(
  computation: Computation,
  measured: Measured,
  budget: number,
  few: boolean,
): readonly Order[] {
  const peakAt = measured.memory.indexOf(measured.peak)
  const waiting = waitingChain(computation, measured, peakAt)
  if (waiting === undefined) return []
  const { bytes, steps } = computation
  const sizes = waiting.gaps.map(({ life }) => bytes[life.value])
  const all = sizes.reduce((a, b) => a + b, 0)
  const costs = waiting.paths.map((path) => path.reduce((sum, s) => sum + steps[s].cost, 0))
  const others = measured.peak - all
  const orders: Order[] = []
  for (const share of few ? [1, 0.75] : [1, 0.9, 0.75, 0.6]) {
    const room = Math.min(all, share * (budget - others))
    const unit = uniformUnit(sizes) ?? room / units
    if (!(room > 0) || !(unit > 0)) continue
    const chain: Chain = { costs, sizes: sizes.map((size) => Math.ceil(size / unit - 1e-9)) }
    const whole = Math.floor(room / unit + 1e-9)
    if (whole > 4 * manyValues) continue
    const order = orderOf(computation, waiting, chain, whole)
    if (order !== undefined) orders.push(order)
  }
  return orders
}

/** The size that all have, where they have one. */
function uniformUnit([first, ...rest]: readonly number[]): number | undefined {
  return rest.every((size) => size === first) ? first : undefined
}

function waitingChain(
  computation: Computation,
  measured: Measured,
  peakAt: number,
): Waiting | undefined {
  const gaps = [...gapsAt(computation, measured, peakAt)].sort((a, b) => a.life.from - b.life.from)
  const made = madeBy(computation.steps, computation.bytes.length)
  const isReversed = gaps.every((gap, i) => i === 0 || gap.to <= gaps[i - 1].to)
  if (gaps.length < 2 || gaps.length > manyValues || !isReversed) return undefined
  const before = new Set<number>()
  const paths = gaps.map(({ life }) => {
    const path: number[] = []
    const seen = new Set<number>()
    const visit = (value: number): void => {
      const step = made[value]
      if (step === undefined || seen.has(step)) return
      seen.add(step)
      for (const operand of computation.steps[step].operands)
        if (!before.has(operand)) visit(operand)
      path.push(step)
    }
    visit(life.value)
    for (const step of path)
      for (const result of computation.steps[step].results) before.add(result)
    return path
  })
  return { gaps, paths }
}

function orderOf(
  { steps }: Computation,
  { gaps, paths }: Waiting,
  chain: Chain,
  room: number,
): Order | undefined {
  const reversal = reverseChain(chain, room)
  if (reversal === undefined) return undefined
  const inserted = new Map<number, number[]>()
  // The first sweep is the computation itself.
  for (const { needed, made } of reversal.sweeps.slice(1)) {
    if (made.length === 0) continue
    const at = gaps[needed].to
    inserted.set(at, [...(inserted.get(at) ?? []), ...made.flatMap((state) => paths[state])])
  }
  return steps.flatMap((_, i) => [...(inserted.get(i) ?? []), i])
}
