import type { Machine } from "../hardware/index.ts"
import { peakOf } from "../hardware/index.ts"
import { causalDiamond, computeDensity, lightCrossing } from "../physics/index.ts"
import { parametersOf, runFlop } from "./count.ts"
import { leastSteps, leastTokens } from "./critical-batch.ts"
import { fittedConstants } from "./fitted.ts"
import type { FrontierPoint } from "./frontier.ts"
import type { Layout } from "./layout.ts"
import { describeLayout, layoutOf } from "./layout.ts"
import { HOST_BYTES, memoryUse } from "./memory.ts"
import type { Network } from "./network.ts"
import { layersOf, tokensOf, unitOf } from "./network.ts"
import { ratesOf } from "./rates.ts"
import type { RunCost } from "./run.ts"
import { defaultSite } from "./run.ts"
import type { Found, SearchRequest } from "./search.ts"
import { bestLayout, bestLayoutWithin, usableBytes } from "./search.ts"
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

export type Verdict = {
  readonly possible: boolean
  readonly word: "possible" | "possible but dear" | "impossible"
  /** The rule that decides: the first broken law, else the first broken price, else the nearest. */
  readonly binding: RuleResult
  readonly rules: readonly RuleResult[]
  readonly task: { readonly substrate: string; readonly transformation: string }
  /** The constructor: what does the task and can do it again. */
  readonly doneBy: string
  readonly counterfactual: string
}

/** Seconds for one kernel and the exchange after it, one layer after another; not looked up. */
export const LAYER_LATENCY_SECONDS = 9e-6

/** Bytes of the smallest share of a run that any layout on so many devices can reach. */
export function leastBytes(network: Network, devices: number): { bytes: number; layout: Layout } {
  const tensor = network.kind === "transformer" ? network.heads : 1
  const layers = layersOf(network)
  let least: { bytes: number; layout: Layout } | undefined
  const consider = (layout: Layout) => {
    const use = memoryUse(network, layout)
    if (use.offloaded > HOST_BYTES) return
    if (least === undefined || use.total < least.bytes) least = { bytes: use.total, layout }
  }
  for (let degree = 1; degree <= Math.min(tensor, devices); degree++) {
    if (tensor % degree !== 0) continue
    const sharing = Math.floor(devices / degree)
    for (const pipeline of new Set([1, Math.min(layers, sharing)])) {
      const data = Math.max(1, Math.floor(sharing / pipeline))
      const layout = layoutOf({
        globalBatch: data,
        data,
        tensor: degree,
        pipeline,
        sequenceParallel: degree > 1,
        zero: data === 1 ? 0 : 3,
        recompute: network.kind === "described" ? "none" : "full",
        gradientBytes: 2,
        offload: "none",
      })
      consider(layout)
      consider({ ...layout, offload: "optimizer" })
      consider({ ...layout, offload: "optimizer and activations" })
    }
  }
  return least!
}

/** The fewest devices, by doubling and halving, on which the run's states fit. */
export function fewestDevices(network: Network, machine: Machine, most = 2 ** 24) {
  const capacity = usableBytes(machine)
  const fits = (devices: number) => leastBytes(network, devices).bytes <= capacity
  let high = 1
  while (high <= most && !fits(high)) high *= 2
  if (high > most) return undefined
  let low = Math.floor(high / 2)
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (fits(middle)) high = middle
    else low = middle
  }
  return high
}

type Asked = {
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
  // Twice the time is where most of the cluster's life goes into starting again.
  return {
    name: "failures",
    kind: "price",
    says: `${short(failures)} failures are to be expected; saving every ${duration(saveIntervalSeconds)} costs ${percent(stretch - 1)} more time`,
    limit: stretch,
    actual: 2,
    unit: "times busy time",
    slack: 2 / stretch,
    ...(stretch > 2 ? { change: "fewer devices, quicker restarts, or sturdier machines" } : {}),
  }
}

/** In the order in which they are reported and decide. */
const rules: readonly Rule[] = [
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

/** The task in the words of constructor theory. */
function taskOf(request: SearchRequest) {
  const { network, budget } = request
  const parameters = count(parametersOf(network).total)
  return {
    substrate: `${parameters} parameters of ${network.name} and ${count(budget.tokens)} ${unitOf(network)}s of data`,
    transformation: "parameters at random become parameters that predict the data",
  }
}

/**
 * Possible or impossible, which law decides, by how much, and what would change it. Impossible
 * only for laws; a plan that breaks a deadline, a budget or a power limit which more or other
 * machines would keep is possible but dear.
 */
export function verdictOf(
  request: SearchRequest,
  limits: Limits = {},
  found: Found | undefined = bestLayoutWithin(request),
): Verdict {
  const { network, machine, budget } = request
  const precision = request.fixed?.precision ?? "bfloat16"
  const asked: Asked = {
    request,
    limits,
    found,
    flop: runFlop(network, leastTokens(budget), { attention: "causal" }),
    peak: peakOf(machine, precision, request.unit).perSecond.value,
  }
  const results = rules.flatMap((rule) => rule(asked) ?? [])
  const layoutRule = noLayout(asked, results)
  const all = layoutRule === undefined ? results : [layoutRule, ...results]
  const law = all.find((rule) => rule.kind === "law" && rule.slack < 1)
  const price = all.find((rule) => rule.kind === "price" && rule.slack < 1)
  const nearest = all.reduce((a, b) => (b.slack < a.slack ? b : a))
  const binding = law ?? price ?? nearest
  const word =
    law !== undefined ? "impossible" : price === undefined ? "possible" : "possible but dear"
  const cluster = `${count(request.devices)} × ${machine.name}`
  const task = taskOf(request)
  const by = found === undefined ? "" : `, as ${describeLayout(found.layout)}`
  return {
    possible: law === undefined,
    word,
    binding,
    rules: all,
    task,
    doneBy: `${cluster}${by}: it ends as it began and can do the task again`,
    counterfactual:
      law === undefined
        ? `the task is possible for this constructor: no law forbids it, whether it is ever done or not`
        : `the task is impossible for this constructor, whoever programs it: ${law.name} forbids it`,
  }
}

/** States fit when perfectly cut, and yet no whole layout divides network, batch and devices. */
function noLayout({ request, found }: Asked, results: readonly RuleResult[]) {
  const memory = results.find((rule) => rule.name === "memory")
  if (found !== undefined || memory === undefined || memory.slack < 1) return undefined
  const { devices, network, machine } = request
  return {
    name: "layout",
    kind: "law",
    says: `no layout of ${network.name} on exactly ${count(devices)} devices divides heads, layers and batch and fits ${bytes(usableBytes(machine))}`,
    limit: 1,
    actual: 0,
    unit: "layouts",
    slack: 0,
    change: `a number of devices with more divisors, such as ${2 ** Math.ceil(Math.log2(devices))}, or another batch`,
  } as const
}

/** The best point of a frontier within limits, or undefined where none keeps them all. */
export function withinLimits(
  points: readonly FrontierPoint[],
  limits: Limits,
  score: (cost: RunCost) => number,
): FrontierPoint | undefined {
  const kept = points.filter(({ found }) => {
    if (found === undefined) return false
    const { wallSeconds, dollars, watts } = found.cost
    return (
      wallSeconds <= (limits.deadlineSeconds ?? Number.POSITIVE_INFINITY) &&
      !(dollars > (limits.dollars ?? Number.POSITIVE_INFINITY)) &&
      watts <= (limits.watts ?? Number.POSITIVE_INFINITY)
    )
  })
  if (kept.length === 0) return undefined
  return kept.reduce((a, b) => (score(b.found!.cost) < score(a.found!.cost) ? b : a))
}

const limitWords: Readonly<Record<keyof Limits, (value: number) => string>> = {
  deadlineSeconds: (value) => `a deadline of ${duration(value)}`,
  dollars: (value) => `a budget of ${money(value)}`,
  watts: (value) => `a site of ${short(value / 1e6)} MW`,
}

/**
 * Why no number of devices keeps all limits, in one sentence: which limit none keeps, or that each
 * can be kept alone and not together. Undefined where some number keeps them all.
 */
export function limitsConflict(
  points: readonly FrontierPoint[],
  limits: Limits,
): string | undefined {
  const score = (cost: RunCost) => cost.wallSeconds
  if (withinLimits(points, limits, score) !== undefined) return undefined
  const given = (Object.keys(limitWords) as (keyof Limits)[]).flatMap((name) => {
    const value = limits[name]
    return value === undefined ? [] : [{ name, value, words: limitWords[name](value) }]
  })
  if (!points.some((point) => point.found !== undefined))
    return "no number of devices holds the run"
  const alone = given.find(
    ({ name, value }) => withinLimits(points, { [name]: value }, score) === undefined,
  )
  if (alone !== undefined) return `no number of devices keeps ${alone.words}`
  return `no number of devices keeps ${given.map(({ words }) => words).join(" and ")} together, though each can be kept alone`
}
