import type { Machine } from "../hardware/index.ts"
import { peakOf } from "../hardware/index.ts"
import type { Constant } from "./constants.ts"
import type { CriticalBatchLaw, TokenBudget } from "./critical-batch.ts"
import { criticalBatch } from "./critical-batch.ts"
import { constantsReport, fittedConstants, predictionInterval } from "./fitted.ts"
import type { Precision } from "./layout.ts"
import { degreesFault } from "./layout.ts"
import type { PhysicalLimit } from "./limits.ts"
import { physicalLimits } from "./limits.ts"
import type { MemoryUse } from "./memory.ts"
import { memoryUse } from "./memory.ts"
import type { Network } from "./network.ts"
import { tokensOf, unitOf } from "./network.ts"
import { presets } from "./presets.ts"
import { ratesOf } from "./rates.ts"
import type { Limits } from "./rules.ts"
import type { Found, SearchRequest } from "./search.ts"
import { bestLayoutWithin } from "./search.ts"
import type { StepReport } from "./step.ts"
import { stepReport } from "./step.ts"
import type { Verdict } from "./verdict.ts"
import { verdictOf } from "./verdict.ts"

/** Samples in one optimiser step that each network was published with. */
const publishedBatches: readonly (readonly [RegExp, number])[] = [
  [/^alexnet$/, 128],
  [/^(vgg16|resnet50)$/, 256],
  [/^transformer-/, 1000],
  [/^(gpt2|nanogpt)-/, 480],
  [/^gpt3-175b$/, 1536],
  [/^gpt3-/, 512],
  [/^palm-/, 2048],
  [/^llama1-/, 2048],
  [/^llama2-/, 1024],
  [/^llama3-/, 2048],
  [/^deepseek-v3$/, 15360],
  [/^vit-/, 4096],
]

/**
 * The batch that a network was published with, in samples, or half of the critical batch rounded
 * to a power of two.
 */
export function usualBatch(network: Network, tokens: number): number {
  const published = publishedBatches.find(([name]) => name.test(network.name))
  if (published !== undefined) return published[1]
  const half = criticalBatch("data", tokens) / (2 * tokensOf(network))
  return 2 ** Math.max(0, Math.round(Math.log2(half)))
}

/** The usual batch in tokens, as samples of the network's own length. */
function usualSamples(network: Network, tokens: number): number {
  const samples = usualBatch(network, tokens)
  const published = presets.get(network.name)?.network
  if (published === undefined) return samples
  return Math.max(1, Math.round((samples * tokensOf(published)) / tokensOf(network)))
}

/** A budget of tokens at a batch of so many samples (the usual one if left out). */
export function tokenBudget(
  network: Network,
  tokens: number,
  samples: number = usualSamples(network, tokens),
  law: CriticalBatchLaw = unitOf(network) === "image" ? "images" : "data",
): TokenBudget {
  if (!(tokens > 0 && Number.isFinite(tokens)))
    throw new Error(`${tokens} tokens cannot be trained on: give a positive number such as 300e9`)
  const referenceBatch = samples * tokensOf(network)
  if (referenceBatch > tokens)
    throw new Error(
      `a batch of ${referenceBatch} tokens is more than the ${tokens} tokens of the whole run: make the batch smaller`,
    )
  return { tokens, referenceBatch, criticalBatch: criticalBatch(law, tokens) }
}

/** What a machine trains in unless told: bfloat16 where it has 16-bit units, else float32. */
export function usualPrecision(machine: Machine): Precision {
  const { dtype } = peakOf(machine, "bfloat16")
  return dtype === "bfloat16" || dtype === "float16" ? dtype : "float32"
}

/** A number with the interval that nine of ten measurements fall in. */
export type Estimate = { readonly value: number; readonly low: number; readonly high: number }

export type Plan = {
  readonly network: Network
  readonly machine: Machine
  readonly devices: number
  readonly budget: TokenBudget
  readonly found: Found | undefined
  /** Peak of one device that utilisations are measured by, FLOP/s. */
  readonly peak: number | undefined
  readonly step: StepReport | undefined
  readonly memory: MemoryUse | undefined
  readonly wallSeconds: Estimate | undefined
  readonly dollars: Estimate | undefined
  readonly joules: Estimate | undefined
  readonly verdict: Verdict
  readonly physical: readonly PhysicalLimit[]
  readonly constants: Readonly<Record<string, Constant>>
  /** Datasheet figures that the plan rests on, with their trust. */
  readonly datasheet: Readonly<Record<string, { value: number; trust: string; source: string }>>
}

function datasheetOf(machine: Machine, request: SearchRequest): Plan["datasheet"] {
  const peak = peakOf(machine, request.fixed?.precision ?? "bfloat16", request.unit)
  const figures = {
    [`peak in ${peak.dtype} (${peak.unit}), FLOP/s`]: peak.perSecond,
    "memory, bytes": machine.memoryBytes,
    "memory bandwidth, bytes/s": machine.memoryBytesPerSecond,
    ...Object.fromEntries(
      machine.links.map((link) => [`${link.kind}, bytes/s`, link.bytesPerSecond]),
    ),
    ...(machine.dollars.hour === undefined ? {} : { "rent, $/h": machine.dollars.hour }),
  }
  return Object.fromEntries(
    Object.entries(figures).map(([name, { value, trust, source }]) => [
      name,
      { value, trust, source },
    ]),
  )
}

/**
 * What a training run takes on exactly so many devices: the best layout found, its step, memory,
 * time, money and energy with intervals, the verdict and the physical limits.
 */
export function planOf(request: SearchRequest, limits: Limits = {}): Plan {
  const { network, machine, devices, budget } = request
  const fault = degreesFault(network, request.fixed ?? {}, devices)
  if (fault !== undefined) throw new Error(fault)
  const found = bestLayoutWithin(request)
  const verdict = verdictOf(request, limits, found)
  const constants = constantsReport(machine, request.fixed?.precision)
  const datasheet = datasheetOf(machine, request)
  const shared = { network, machine, devices, budget, found, verdict, constants, datasheet }
  if (found === undefined)
    return {
      ...shared,
      peak: undefined,
      step: undefined,
      memory: undefined,
      wallSeconds: undefined,
      dollars: undefined,
      joules: undefined,
      physical: [],
    }
  const rates = ratesOf(
    machine,
    found.layout.precision,
    request.constants ?? fittedConstants,
    request.unit,
  )
  const { low, high } = predictionInterval(machine, network)
  const around = (value: number): Estimate => ({ value, low: value * low, high: value * high })
  return {
    ...shared,
    step: stepReport(network, found.layout, rates, request.counting),
    memory: memoryUse(network, found.layout),
    wallSeconds: around(found.cost.wallSeconds),
    dollars: around(found.cost.dollars),
    joules: around(found.cost.joules),
    physical: physicalLimits(network, machine, found.layout, found.cost, request.unit),
    peak: rates.peak,
  }
}
