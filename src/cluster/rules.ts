import { causalDiamond, computeDensity, lightCrossing } from "../physics/index.ts"
import { parametersOf } from "./count.ts"
import { leastSteps, leastTokens } from "./critical-batch.ts"
import { fittedConstants } from "./fitted.ts"
import type { Layout } from "./layout.ts"
import { describeLayout } from "./layout.ts"
import { fewestDevices, leastBytes } from "./least-memory.ts"
import type { Network } from "./network.ts"
import { layersOf, tokensOf, unitOf } from "./network.ts"
import { ratesOf } from "./rates.ts"
import type { RunCost } from "./run.ts"
import { defaultSite } from "./run.ts"
import type { Found, SearchRequest } from "./search.ts"
import { bestLayout, usableBytes } from "./search.ts"
import type { StepTime } from "./step.ts"
import { stepTime } from "./step.ts"
import { bytes, count, duration, money, percent, short } from "./units.ts"

/** Limits that a plan must keep; what is not given does not bind. */
export type Limits = {
  readonly deadlineSeconds?: number
  readonly dollars?: number
  readonly watts?: number
}

/**
 * One rule's answer. `slack` is how many times away from the limit on the allowed side; below 1
 * the rule is broken. A broken law makes a plan impossible, a broken price only dear.
 */
export type RuleResult = {
  readonly name: string
  readonly kind: "law" | "price"
  readonly says: string
  readonly limit: number
  readonly actual: number
  readonly unit: string
  readonly slack: number
  /** The nearest change that would keep the rule, where it is broken. */
  readonly change?: string
}

/** Seconds for one kernel and the exchange after it, one layer after another; not looked up. */
export const LAYER_LATENCY_SECONDS = 9e-6

/** What the rules are asked about: a request, its limits, and the best layout found for it. */
export type Asked = {
  readonly request: SearchRequest
  readonly limits: Limits
  readonly found: Found | undefined
  readonly flop: number
  readonly peak: number
}

type Rule = (asked: Asked) => RuleResult | undefined

function floorRule(
  kind: RuleResult["kind"],
  name: string,
  unit: string,
  least: number,
  most: number,
  says: string,
  change: string,
): RuleResult {
  const slack = most / least
  const result = { name, kind, says, limit: least, actual: most, unit, slack }
  return slack < 1 ? { ...result, change } : result
}

const memoryRule: Rule = ({ request }) => {
  const { network, machine, devices } = request
  const least = leastBytes(network, devices)
  const capacity = usableBytes(machine)
  const fewest = fewestDevices(network, machine)
  const change =
    fewest === undefined
      ? "no number of these devices holds it: take machines with more memory"
      : `${count(fewest)} devices hold it (${describeLayout(leastBytes(network, fewest).layout)})`
  const says = `the leanest layout holds ${bytes(least.bytes)} on each device, which has ${bytes(capacity)} to use`
  return floorRule("law", "memory", "bytes", least.bytes, capacity, says, change)
}

const computeRule: Rule = ({ request, limits, flop, peak }) => {
  if (limits.deadlineSeconds === undefined) return undefined
  const least = flop / (request.devices * peak)
  const needed = Math.ceil(flop / (peak * limits.deadlineSeconds))
  return floorRule(
    "law",
    "compute",
    "s",
    least,
    limits.deadlineSeconds,
    `${short(flop)} FLOP on the least data, at the peak of ${count(request.devices)} devices, take ${duration(least)}: T ≥ F/(n·peak)`,
    `at least ${count(needed)} devices, or ${duration(least)}`,
  )
}

const bandwidthRule: Rule = ({ request, limits }) => {
  if (limits.deadlineSeconds === undefined) return undefined
  const { network, machine, devices, budget } = request
  // Each step reads every weight three times and passes Adam's states once, spread over all.
  const moved = parametersOf(network).total * (3 * 2 + 28)
  const least = (leastSteps(budget) * moved) / (devices * machine.memoryBytesPerSecond.value)
  return floorRule(
    "law",
    "memory bandwidth",
    "s",
    least,
    limits.deadlineSeconds,
    `each of at least ${count(leastSteps(budget))} steps moves ${bytes(moved)} through memory: ${duration(least)} in all`,
    "more devices, or memory of higher bandwidth",
  )
}

function batchTokens(network: Network, found: Found): number {
  return found.layout.globalBatch * tokensOf(network)
}

const messageSeconds = (time: StepTime, cost: RunCost) =>
  cost.steps * (time.tensor + time.context + time.expert + time.pipeline + time.data + time.hidden)

const networkRule: Rule = ({ request, limits, found }) => {
  if (limits.deadlineSeconds === undefined || found === undefined) return undefined
  const { network, machine } = request
  const constants = request.constants ?? fittedConstants
  const timeOf = (layout: Layout) =>
    stepTime(network, layout, ratesOf(machine, layout.precision, constants, request.unit))
  let least = messageSeconds(timeOf(found.layout), found.cost)
  if (least > limits.deadlineSeconds) {
    // The quickest layout talks too much: is there any that does not?
    const quiet = bestLayout({ ...request, score: messageSeconds })
    if (quiet !== undefined) least = messageSeconds(timeOf(quiet.layout), quiet.cost)
  }
  return floorRule(
    "law",
    "network",
    "s",
    least,
    limits.deadlineSeconds,
    `messages take ${duration(least)}, were all computing hidden behind them`,
    "links of higher bandwidth, or fewer and larger devices",
  )
}

/** At this many critical batches steps are within a tenth of the least: no batch buys more. */
const USEFUL_CRITICAL_BATCHES = 10

const batchRule: Rule = ({ request, found }) => {
  if (found === undefined) return undefined
  const { network, budget } = request
  const batch = batchTokens(network, found)
  const extra = percent(found.cost.tokens / leastTokens(budget) - 1)
  return floorRule(
    "price",
    "critical batch",
    `${unitOf(network)}s`,
    batch,
    USEFUL_CRITICAL_BATCHES * budget.criticalBatch,
    `a step takes ${count(batch)} ${unitOf(network)}s, the critical batch is ${count(budget.criticalBatch)}: ${extra} more data than the least`,
    "fewer devices with a smaller batch",
  )
}

const depthRule: Rule = ({ request, limits, found }) => {
  const { network, budget } = request
  const steps = leastSteps(budget)
  const least = steps * 2 * layersOf(network) * LAYER_LATENCY_SECONDS
  const most = limits.deadlineSeconds ?? found?.cost.wallSeconds
  if (most === undefined) return undefined
  return floorRule(
    "law",
    "depth × latency",
    "s",
    least,
    most,
    `${count(steps)} steps that wait on each other, ${2 * layersOf(network)} layers deep, at ${duration(LAYER_LATENCY_SECONDS)} a layer take ${duration(least)}`,
    "no number of devices helps: a shallower network, a larger critical batch, or less data",
  )
}

const lightRule: Rule = ({ request, limits, flop, peak, found }) => {
  const { machine, devices } = request
  const site = request.site ?? defaultSite
  const space = machine.cubicMetres[site.space]
  if (space === undefined) return undefined
  const density = computeDensity(peak, space.value)
  const diamond = causalDiamond.limit({ operations: flop, operationsPerCubicMetreSecond: density })
  const steps = found?.cost.steps ?? leastSteps(request.budget)
  const crossing = lightCrossing.limit({ cubicMetres: devices * space.value }) * steps
  const least = Math.max(diamond, crossing)
  const most = limits.deadlineSeconds ?? found?.cost.wallSeconds
  if (most === undefined) return undefined
  return floorRule(
    "law",
    "light",
    "s",
    least,
    most,
    `light crosses the cluster once a step: ${duration(crossing)} in all; the causal diamond of the work lasts ${duration(diamond)}`,
    "denser machines; nothing else outruns light",
  )
}

const powerRule: Rule = ({ limits, found }) => {
  if (limits.watts === undefined || found === undefined) return undefined
  return floorRule(
    "price",
    "power",
    "W",
    found.cost.watts,
    limits.watts,
    `the devices draw ${short(found.cost.watts / 1e6)} MW of the site's ${short(limits.watts / 1e6)} MW`,
    `a site of ${short(found.cost.watts / 1e6)} MW, or fewer devices for longer`,
  )
}

const deadlineRule: Rule = ({ request, limits, found }) => {
  if (limits.deadlineSeconds === undefined) return undefined
  if (found === undefined) return undefined
  const wall = found.cost.wallSeconds
  const more = Math.ceil((request.devices * wall) / limits.deadlineSeconds)
  return floorRule(
    "price",
    "deadline",
    "s",
    wall,
    limits.deadlineSeconds,
    `the best layout found takes ${duration(wall)} of the ${duration(limits.deadlineSeconds)} allowed`,
    `about ${count(more)} devices if the trade stays at par, or ${duration(wall)}`,
  )
}

const budgetRule: Rule = ({ limits, found }) => {
  if (limits.dollars === undefined || found === undefined) return undefined
  const { dollars } = found.cost
  if (Number.isNaN(dollars)) return undefined
  return floorRule(
    "price",
    "budget",
    "$",
    dollars,
    limits.dollars,
    `the run costs ${money(dollars)} of the ${money(limits.dollars)} allowed`,
    `${money(dollars)}, or cheaper machines`,
  )
}

const failureRule: Rule = ({ found }) => {
  if (found === undefined) return undefined
  const { stretch, failures, saveIntervalSeconds } = found.cost
  const lost = stretch - 1
  return {
    name: "failures",
    kind: "price",
    says: `${short(failures)} failures are to be expected; saving every ${duration(saveIntervalSeconds)} costs ${percent(stretch - 1)} more time`,
    limit: lost,
    // Where as much is lost as is done, most of the cluster's life goes into starting again.
    actual: 1,
    unit: "of busy time",
    slack: 1 / lost,
    ...(lost > 1 ? { change: "fewer devices, quicker restarts, or sturdier machines" } : {}),
  }
}

/** In the order in which they are reported and decide. */
export const rules: readonly Rule[] = [
  memoryRule,
  computeRule,
  bandwidthRule,
  networkRule,
  batchRule,
  depthRule,
  lightRule,
  powerRule,
  deadlineRule,
  budgetRule,
  failureRule,
]
