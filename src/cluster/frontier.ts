import type { Machine } from "../hardware/index.ts"
import type { TradeExponent } from "../physics/index.ts"
import { tradeExponent } from "../physics/index.ts"
import type { Network } from "./network.ts"
import { tokensOf } from "./network.ts"
import type { Found, SearchRequest } from "./search.ts"
import { bestLayout, referenceSamples } from "./search.ts"

export const regimes = [
  "does not fit",
  "memory-bound minimum",
  "near-perfect trade",
  "communication",
  "critical batch",
  "latency wall",
  "failures",
] as const
/** What rules a point of the frontier: why one more device buys what it buys there. */
export type Regime = (typeof regimes)[number]

export type FrontierPoint = {
  readonly devices: number
  readonly found: Found | undefined
  readonly regime: Regime
  /** Local exponent x of devices·time^x = const towards the next point; 1 is a perfect trade. */
  readonly exponent: number | undefined
  /** Whether some point with no more devices is at least as quick. */
  readonly dominated: boolean
}

export type Frontier = {
  readonly network: Network
  readonly machine: Machine
  readonly points: readonly FrontierPoint[]
  /** Fitted over the points of near-perfect trade, where there are two or more. */
  readonly exponent: TradeExponent | undefined
  readonly fewest: number | undefined
  readonly quickest: FrontierPoint | undefined
}

export type FrontierRequest = Omit<SearchRequest, "devices" | "batches"> & {
  /** Numbers of devices to try. Default: powers of two from 1 to most. */
  readonly counts?: readonly number[]
  /** Default ten million. */
  readonly most?: number
}

/** Powers of two up to `most`, each at most the machine's reach. */
function defaultCounts(machine: Machine, most: number): number[] {
  const reach = Math.min(most, Math.max(1, ...machine.links.map((link) => link.devices)))
  const counts: number[] = []
  for (let count = 1; count <= reach; count *= 2) counts.push(count)
  return counts
}

/** Largest multiple of the critical batch that is tried: beyond it steps shrink by under 6 %. */
const MOST_CRITICAL = 16

/** The reference batch and its doublings, as far as more samples still save steps. */
function batchChoices(request: FrontierRequest): number[] {
  const { network, budget } = request
  const reference = referenceSamples(network, budget)
  const most = Math.max(reference, (MOST_CRITICAL * budget.criticalBatch) / tokensOf(network))
  const choices: number[] = []
  // A power of two near the reference divides into more ways than the reference itself.
  for (let batch = 2 ** Math.round(Math.log2(reference)); batch <= most; batch *= 2)
    choices.push(batch)
  return [...new Set([reference, ...choices])]
}

/** Wall time that a doubling must still save to be a trade at all. */
const WALL_GAIN = 0.05
/** Wall time over busy time from which failures rule. */
const FAILING = 2
/** Device-hours above the cheapest point that still count as trading at par. */
const PAR = 1.25

function regimeOf(
  found: Found,
  request: FrontierRequest,
  cheapest: number,
  next: Found | undefined,
  first: boolean,
): Regime {
  if (first) return "memory-bound minimum"
  if (found.cost.stretch > FAILING) return "failures"
  const gainOf = (of: (found: Found) => number) =>
    next === undefined ? undefined : 1 - of(next) / of(found)
  const gain = gainOf((each) => each.cost.wallSeconds)
  const busyGain = gainOf((each) => each.cost.busySeconds)
  const batch = found.layout.globalBatch * tokensOf(request.network)
  const { criticalBatch } = request.budget
  // Where computing alone would still be quicker, failing and starting again is the wall.
  if (gain !== undefined && gain < WALL_GAIN)
    return busyGain !== undefined && busyGain >= WALL_GAIN ? "failures" : "latency wall"
  if (found.cost.deviceHours <= PAR * cheapest) return "near-perfect trade"
  return batch > criticalBatch ? "critical batch" : "communication"
}

/**
 * The best layout at every number of devices, with the batch free to grow, and what rules each
 * point. Work is that of one search for each count and batch.
 */
export function frontierOf(request: FrontierRequest): Frontier {
  const { network, machine } = request
  const counts = request.counts ?? defaultCounts(machine, request.most ?? 1e7)
  const choices = batchChoices(request)
  const founds = counts.map((devices) => bestLayout({ ...request, devices, batches: choices }))
  const feasible = founds.filter((found) => found !== undefined)
  const cheapest = Math.min(...feasible.map((found) => found.cost.deviceHours))
  let quickest = Number.POSITIVE_INFINITY
  let first = true
  const points = counts.map((devices, i): FrontierPoint => {
    const found = founds[i]
    if (found === undefined)
      return { devices, found, regime: "does not fit", exponent: undefined, dominated: true }
    const next = founds[i + 1]
    const ratio = next === undefined ? undefined : next.cost.wallSeconds / found.cost.wallSeconds
    const exponent =
      ratio === undefined || ratio >= 1
        ? undefined
        : Math.log((counts[i + 1] ?? devices) / devices) / -Math.log(ratio)
    const regime = regimeOf(found, request, cheapest, next, first)
    first = false
    const dominated = found.cost.wallSeconds >= quickest
    quickest = Math.min(quickest, found.cost.wallSeconds)
    return { devices, found, regime, exponent, dominated }
  })
  const kept = points.filter((point) => point.found !== undefined)
  const atPar = kept.filter(
    ({ found, dominated }) => !dominated && found!.cost.deviceHours <= PAR * cheapest,
  )
  return {
    network,
    machine,
    points,
    exponent:
      atPar.length < 2
        ? undefined
        : tradeExponent(
            atPar.map(({ devices, found }) => ({
              space: devices,
              seconds: found!.cost.wallSeconds,
            })),
          ),
    fewest: kept[0]?.devices,
    quickest: kept.filter((point) => !point.dominated).at(-1),
  }
}
