import type { Machine, PeakUnit } from "../hardware/index.ts"
import type { Constants } from "./constants.ts"
import { trainingFlopOf } from "./count.ts"
import type { TokenBudget } from "./critical-batch.ts"
import { fittedConstants } from "./fitted.ts"
import type { Layout, LayoutRequest, Recomputation } from "./layout.ts"
import { layoutFault, layoutOf, microBatchesOf, stageLayers } from "./layout.ts"
import { fits, memoryUse } from "./memory.ts"
import type { Counting, Network } from "./network.ts"
import { layersOf, tokensOf } from "./network.ts"
import type { Rates } from "./rates.ts"
import { ratesOf } from "./rates.ts"
import type { RunCost, Site } from "./run.ts"
import { defaultSite, runCost } from "./run.ts"
import type { StepTime } from "./step.ts"
import { stepTime } from "./step.ts"

export const goals = ["time", "money", "energy", "volume"] as const
export type Goal = (typeof goals)[number]

/** What is asked of the search: exactly `devices` devices, a token budget, and what is free. */
export type SearchRequest = {
  readonly network: Network
  readonly machine: Machine
  readonly devices: number
  readonly budget: TokenBudget
  readonly goal?: Goal
  readonly constants?: Constants
  readonly site?: Site
  /** Which peak computes: the highest if left out, "plain" without matrix units. */
  readonly unit?: PeakUnit
  /** What counts as a FLOP in utilisations. */
  readonly counting?: Counting
  /** Batches to choose among, in samples. Default: the budget's reference batch alone. */
  readonly batches?: readonly number[]
  /** Parts of the layout that are given: the search keeps them. */
  readonly fixed?: Partial<Layout>
  /** Counts something else than the goal; every layout that fits is then timed. */
  readonly score?: (time: StepTime, cost: RunCost) => number
}

export type Found = {
  readonly layout: Layout
  readonly stepSeconds: number
  readonly cost: RunCost
  /** Layouts whose time was worked out, and all that were looked at. */
  readonly timed: number
  readonly considered: number
}

export function divisors(value: number): number[] {
  const low: number[] = []
  const high: number[] = []
  for (let i = 1; i * i <= value; i++)
    if (value % i === 0) {
      low.push(i)
      if (i * i !== value) high.unshift(value / i)
    }
  return [...low, ...high]
}

function powersUpTo(most: number): number[] {
  const powers: number[] = []
  for (let power = 1; power <= most; power *= 2) powers.push(power)
  return powers
}

/** What a goal counts; less is better. */
export function scoreOf(goal: Goal, cost: RunCost): number {
  switch (goal) {
    case "time":
      return cost.wallSeconds
    case "money":
      return Number.isNaN(cost.dollars) ? cost.deviceHours : cost.dollars
    case "energy":
      return cost.joules
    case "volume":
      return cost.spacetime
  }
}

/** Samples in one step at the budget's reference batch. */
export function referenceSamples(network: Network, budget: TokenBudget): number {
  return Math.max(1, Math.round(budget.referenceBatch / tokensOf(network)))
}

/** Stages that leave no more than a seventh of the pipeline empty through uneven layers. */
function stageCounts(layers: number, most: number): number[] {
  return Array.from({ length: Math.min(layers, most) }, (_, i) => i + 1).filter(
    (stages) => layers / (stages * Math.ceil(layers / stages)) > 6 / 7,
  )
}

function tensorDegrees(network: Network, machine: Machine): readonly number[] {
  if (network.kind === "described") return [1]
  if (network.kind === "convolutional") return [1, 2]
  const reach = machine.links[0]?.devices ?? 1
  // Beyond the scale-up domain a tensor group is slow but sometimes the only way to fit.
  const most = Math.max(16, Math.min(reach, 128))
  const { heads } = network
  return divisors(heads).filter((degree) => degree <= most)
}

type Shape = Pick<Layout, "tensor" | "pipeline" | "context" | "expert" | "data">

/** Every way to write `devices` as data × tensor × pipeline × context that divides the network. */
function* shapes(request: SearchRequest): Generator<Shape> {
  const { network, machine, devices, fixed = {} } = request
  const layers = layersOf(network)
  const allowed = <K extends keyof Shape>(key: K, degree: number) =>
    fixed[key] === undefined || fixed[key] === degree
  const sequence = network.kind === "transformer" ? network.sequence : 0
  const usual = powersUpTo(sequence >= 8192 ? Math.min(64, sequence / 2048) : 1)
  // What is asked for is tried even where no one would choose it.
  const contexts = fixed.context === undefined ? usual : [fixed.context]
  const tensors = fixed.tensor === undefined ? tensorDegrees(network, machine) : [fixed.tensor]
  const expertCount = network.kind === "transformer" ? (network.experts?.count ?? 1) : 1
  for (const tensor of tensors) {
    for (const context of contexts) {
      if (devices % (tensor * context) !== 0) continue
      const rest = devices / (tensor * context)
      const stages = fixed.pipeline === undefined ? stageCounts(layers, rest) : [fixed.pipeline]
      for (const pipeline of stages) {
        if (rest % pipeline !== 0) continue
        const data = rest / pipeline
        if (!allowed("data", data)) continue
        for (const expert of divisors(expertCount))
          if ((data * context) % expert === 0 && allowed("expert", expert))
            yield { tensor, context, pipeline, data, expert }
      }
    }
  }
}

function microBatches(perReplica: number, fixed: number | undefined): number[] {
  if (fixed !== undefined) return perReplica % fixed === 0 ? [fixed] : []
  return divisors(perReplica).filter((size) => size <= 32)
}

function virtualStages(network: Network, layout: Layout, fixed: number | undefined): number[] {
  if (fixed !== undefined) return [fixed]
  const perStage = stageLayers(network, layout)
  if (layout.pipeline === 1) return [1]
  if (microBatchesOf(layout) % layout.pipeline !== 0) return [1]
  return divisors(perStage).filter((groups) => groups <= 8)
}

const recomputations: readonly Recomputation[] = ["none", "selective", "full"]

const offloads: readonly Layout["offload"][] = ["none", "optimizer", "optimizer and activations"]

/** The least offloading, and with it the least recomputation, whose memory fits. */
function leastThatFits(
  network: Network,
  layout: Layout,
  capacity: number,
  fixed: Partial<Layout>,
): Layout | undefined {
  const maps = layout.attention === "materialised" && network.kind === "transformer"
  const recomputed =
    fixed.recompute === undefined
      ? recomputations.filter((each) => each !== "selective" || maps)
      : [fixed.recompute]
  for (const offload of fixed.offload === undefined ? offloads : [fixed.offload])
    for (const recompute of recomputed) {
      const tried = { ...layout, recompute, offload }
      if (!fits(memoryUse(network, tried), capacity)) continue
      if (recompute !== "full" || fixed.recompute !== undefined) return tried
      return fewestRecomputed(network, tried, capacity)
    }
  return undefined
}

/** Full recomputation of as few layers of each stage as memory allows. */
function fewestRecomputed(network: Network, layout: Layout, capacity: number): Layout {
  const layers = stageLayers(network, layout)
  const fitting = (recomputeLayers: number) =>
    fits(memoryUse(network, { ...layout, recomputeLayers }), capacity)
  if (network.kind !== "transformer" || !fitting(layers)) return layout
  let low = 0
  let high = layers
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (fitting(middle)) high = middle
    else low = middle
  }
  return high === layers ? layout : { ...layout, recomputeLayers: high }
}

/** Seconds below which no layout of this shape can take a step: its bubble around ideal products. */
function stepFloor(rates: Rates, flop: number, devices: number, layout: Layout): number {
  const micro = microBatchesOf(layout)
  const share = layout.schedule === "zero-bubble" ? 1 / 3 : 1 / Math.max(1, layout.virtualStages)
  return (flop / (rates.matrix * devices)) * (1 + ((layout.pipeline - 1) * share) / micro)
}

/** Device memory that a plan may fill: a twentieth stays free for fragmentation. */
export function usableBytes(machine: Machine): number {
  return machine.memoryBytes.value * 0.95
}

/**
 * The best layout for a goal on exactly so many devices, or undefined where no layout fits.
 * Pruned: degrees divide the network and the devices; memory is met with the least offloading and
 * the least recomputation (more is never quicker); ZeRO 1 replaces 0, which never beats it, and 3 is tried without a
 * pipeline; layouts whose floor is above the best found are not timed.
 */
export function bestLayout(request: SearchRequest): Found | undefined {
  const { network, machine, devices, budget, goal = "time", fixed = {} } = request
  const site = request.site ?? defaultSite
  const constants = request.constants ?? fittedConstants
  const precision = fixed.precision ?? layoutOf({ globalBatch: 1 }).precision
  const rates = ratesOf(machine, precision, constants, request.unit)
  const capacity = usableBytes(machine)
  const batches = request.batches ?? [referenceSamples(network, budget)]
  const flopOf = floorFlop(network)
  let best: Found | undefined
  let bestScore = Number.POSITIVE_INFINITY
  let timed = 0
  let considered = 0
  for (const globalBatch of batches) {
    for (const shape of shapes(request)) {
      if (globalBatch % shape.data !== 0) continue
      for (const microBatch of microBatches(globalBatch / shape.data, fixed.microBatch)) {
        for (const zero of fixed.zero === undefined ? zeroStages(shape) : [fixed.zero]) {
          const asked: LayoutRequest = {
            recordedLaunches: true,
            sequenceParallel: shape.tensor > 1 && network.kind === "transformer",
            ...fixed,
            ...shape,
            globalBatch,
            microBatch,
            zero,
          }
          for (const groups of virtualStages(network, layoutOf(asked), fixed.virtualStages)) {
            const schedule = fixed.schedule ?? (groups > 1 ? "interleaved" : "1f1b")
            const draft = layoutOf({ ...asked, virtualStages: groups, schedule })
            considered++
            const floor = stepFloor(rates, flopOf * globalBatch, devices, draft)
            const hopeless = best !== undefined && scoreAt(request, draft, floor, site) >= bestScore
            if (hopeless && request.score === undefined) continue
            if (layoutFault(network, draft, devices) !== undefined) continue
            const layout = leastThatFits(network, draft, capacity, fixed)
            if (layout === undefined) continue
            timed++
            const time = stepTime(network, layout, rates)
            const stepSeconds = time.total
            const cost = runCost(network, machine, layout, stepSeconds, budget, site)
            const score = request.score?.(time, cost) ?? scoreOf(goal, cost)
            if (score < bestScore) {
              bestScore = score
              best = { layout, stepSeconds, cost, timed, considered }
            }
          }
        }
      }
    }
  }
  return best === undefined ? undefined : { ...best, timed, considered }
}

/** Numbers of devices that are tried where exactly so many do not divide. */
const FEWER_TRIED = 24

/**
 * Numbers below `devices` that divide well: multiples of powers of two just below, and the largest
 * products of replicas that divide the batch and devices that share one replica.
 */
function fewerDevices(request: SearchRequest): readonly number[] {
  const { network, devices, budget, batches } = request
  const fewer = new Set<number>()
  for (let multiple = 2; multiple <= devices; multiple *= 2)
    fewer.add(Math.floor(devices / multiple) * multiple)
  for (const batch of batches ?? [referenceSamples(network, budget)])
    for (const replicas of divisors(batch))
      for (let shared = 1; replicas * shared <= devices; shared *= 2) fewer.add(replicas * shared)
  return [...fewer].sort((a, b) => b - a).slice(0, FEWER_TRIED)
}

/**
 * The best layout on exactly `devices` devices, or where these divide into none on the fewer ones
 * that do, the rest standing idle.
 */
export function bestLayoutWithin(request: SearchRequest): Found | undefined {
  const exact = bestLayout(request)
  if (exact !== undefined || request.fixed?.data !== undefined) return exact
  const { goal = "time" } = request
  let best: Found | undefined
  for (const count of fewerDevices(request)) {
    const found = bestLayout({ ...request, devices: count })
    if (found === undefined) continue
    if (best === undefined || scoreOf(goal, found.cost) < scoreOf(goal, best.cost)) best = found
  }
  return best
}

function scoreAt(request: SearchRequest, layout: Layout, seconds: number, site: Site): number {
  const { network, machine, budget, goal = "time" } = request
  return scoreOf(goal, runCost(network, machine, layout, seconds, budget, site))
}

function zeroStages(shape: Shape): readonly (0 | 1 | 3)[] {
  if (shape.data * shape.context === 1) return [0]
  return shape.pipeline === 1 ? [1, 3] : [1]
}

/** FLOP of one sample that no layout avoids: causal pairs once, no recomputation. */
function floorFlop(network: Network): number {
  return trainingFlopOf(network, { attention: "causal" })
}
