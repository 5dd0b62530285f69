import type { Network } from "./network.ts"
import { layersOf } from "./network.ts"

export const precisions = ["float32", "float16", "bfloat16", "float8"] as const
/** What matrix products run in. float8 keeps activations, weights and gradients as bfloat16 does. */
export type Precision = (typeof precisions)[number]

export const schedules = ["1f1b", "interleaved", "zero-bubble"] as const
export type Schedule = (typeof schedules)[number]

export const recomputations = ["none", "selective", "full"] as const
/** What the backward pass computes again: nothing, the attention maps, or whole layers. */
export type Recomputation = (typeof recomputations)[number]

/** How a network is spread over devices, and what each device keeps. */
export type Layout = {
  /** Degrees of parallelism; their product, expert apart, is the number of devices. */
  readonly data: number
  readonly tensor: number
  readonly pipeline: number
  /** Parts that a sequence is cut into (ring attention). */
  readonly context: number
  /** Parts that experts are spread over, within data × context. */
  readonly expert: number
  /** Samples that one device group takes at once, and samples in one optimiser step. */
  readonly microBatch: number
  readonly globalBatch: number
  readonly schedule: Schedule
  /** Groups of layers that each pipeline stage holds; more than 1 when interleaved. */
  readonly virtualStages: number
  /** Whether norms and dropout are cut along the sequence over the tensor group. */
  readonly sequenceParallel: boolean
  /** What is cut over the data group: 1 optimiser, 2 and gradients, 3 and weights (FSDP). */
  readonly zero: 0 | 1 | 2 | 3
  readonly recompute: Recomputation
  /** Layers of each stage that are recomputed in full, when not all: "full" for these alone. */
  readonly recomputeLayers?: number
  /** Whether attention maps are written to memory or stay on chip (FlashAttention). */
  readonly attention: "materialised" | "flash"
  readonly precision: Precision
  readonly gradientBytes: 2 | 4
  /** What lives in the host's memory instead of the device's. */
  readonly offload: "none" | "optimizer" | "optimizer and activations"
  /** Which communication runs beside computation. */
  readonly overlap: { readonly data: boolean; readonly tensor: boolean }
  /** Whether norms, activations and dropout run as one kernel with their neighbours. */
  readonly fused: boolean
  /** Whether kernels are replayed from a recorded graph, so that the host never holds them up. */
  readonly recordedLaunches: boolean
}

/** The least that a layout must say; the rest is one device's way: everything 1, nothing kept. */
export type LayoutRequest = Partial<Layout> & Pick<Layout, "globalBatch">

/** A full layout: plain 1F1B (or interleaved where stages are virtual), bfloat16, Adam unsharded. */
export function layoutOf(request: LayoutRequest): Layout {
  const virtualStages = request.virtualStages ?? 1
  return {
    data: 1,
    tensor: 1,
    pipeline: 1,
    context: 1,
    expert: 1,
    microBatch: 1,
    schedule: virtualStages > 1 ? "interleaved" : "1f1b",
    virtualStages,
    sequenceParallel: false,
    zero: 0,
    recompute: "none",
    attention: "flash",
    precision: "bfloat16",
    gradientBytes: 4,
    offload: "none",
    overlap: { data: true, tensor: false },
    fused: true,
    recordedLaunches: false,
    ...request,
  }
}

/** Devices that a layout takes. */
export function devicesOf(layout: Layout): number {
  return layout.data * layout.tensor * layout.pipeline * layout.context
}

/** Micro-batches that each pipeline takes in one step. */
export function microBatchesOf(layout: Layout): number {
  return layout.globalBatch / (layout.data * layout.microBatch)
}

/** Layers of the fullest pipeline stage. */
export function stageLayers(network: Network, layout: Layout): number {
  return Math.ceil(layersOf(network) / layout.pipeline)
}

/** The layout in one line: what differs from one device doing everything. */
export function describeLayout(layout: Layout): string {
  const parts = [
    layout.tensor > 1
      ? `tensor ${layout.tensor}${layout.sequenceParallel ? " + sequence" : ""}`
      : "",
    layout.pipeline > 1 ? `pipeline ${layout.pipeline}` : "",
    layout.virtualStages > 1 ? `${layout.virtualStages} virtual stages` : "",
    layout.schedule === "zero-bubble" ? "zero-bubble" : "",
    layout.context > 1 ? `context ${layout.context}` : "",
    layout.expert > 1 ? `expert ${layout.expert}` : "",
    `data ${layout.data}`,
    layout.zero > 0 ? `ZeRO ${layout.zero}` : "",
    `micro-batch ${layout.microBatch}`,
    layout.recomputeLayers === undefined
      ? `recompute ${layout.recompute}`
      : `recompute ${layout.recomputeLayers} of a stage's layers`,
    layout.offload === "none" ? "" : `${layout.offload} offloaded`,
  ]
  return parts.filter((part) => part !== "").join(", ")
}

type Rule = (network: Network, layout: Layout) => string | undefined

const whole: Rule = (_network, layout) => {
  const counts = {
    data: layout.data,
    tensor: layout.tensor,
    pipeline: layout.pipeline,
    context: layout.context,
    expert: layout.expert,
    "micro-batch": layout.microBatch,
    "global batch": layout.globalBatch,
    "virtual stages": layout.virtualStages,
  }
  for (const [name, value] of Object.entries(counts))
    if (!Number.isSafeInteger(value) || value < 1)
      return `${name} is ${value}: it must be a whole number from 1 up`
  return undefined
}

const batch: Rule = (_network, { globalBatch, data, microBatch }) =>
  globalBatch % (data * microBatch) === 0
    ? undefined
    : `a batch of ${globalBatch} samples does not divide into ${data} replicas with micro-batches of ${microBatch}: choose a multiple of ${data * microBatch}`

const heads: Rule = (network, { tensor }) => {
  if (tensor === 1) return undefined
  switch (network.kind) {
    case "transformer":
      if (network.heads % tensor !== 0)
        return `${network.heads} heads cannot be shared by ${tensor} tensor-parallel devices: choose a divisor of ${network.heads}`
      if (network.feedForward % tensor !== 0)
        return `a feed-forward of ${network.feedForward} cannot be shared by ${tensor} tensor-parallel devices: choose a divisor`
      return undefined
    case "encoder-decoder":
      return network.heads % tensor === 0
        ? undefined
        : `${network.heads} heads cannot be shared by ${tensor} tensor-parallel devices: choose a divisor of ${network.heads}`
    case "convolutional":
      return tensor === 2
        ? undefined
        : `a convolutional network splits its channels over 2 devices, not ${tensor}: use data parallelism beyond`
    case "described":
      return `${network.name} is known by its price alone and cannot be cut inside its operations: use data or pipeline parallelism`
  }
}

const stages: Rule = (
  network,
  { pipeline, virtualStages, schedule, globalBatch, data, microBatch },
) => {
  const layers = layersOf(network)
  if (pipeline > layers)
    return `${pipeline} pipeline stages are more than the ${layers} layers: at most ${layers} stages can be`
  if (virtualStages > 1 && pipeline === 1)
    return `${virtualStages} virtual stages need a pipeline: give it at least 2 stages or leave 1 virtual stage`
  if (pipeline * virtualStages > layers)
    return `${pipeline} stages of ${virtualStages} virtual stages are more than the ${layers} layers: their product may be at most ${layers}`
  if (virtualStages > 1 !== (schedule === "interleaved"))
    return `schedule ${schedule} with ${virtualStages} virtual stages: interleaved needs more than 1 and the others exactly 1`
  if (virtualStages > 1 && (globalBatch / (data * microBatch)) % pipeline !== 0)
    return `${globalBatch / (data * microBatch)} micro-batches cannot be interleaved over ${pipeline} stages: their number must be a multiple of the stages`
  return undefined
}

const sequence: Rule = (network, { context, sequenceParallel, tensor }) => {
  if (context > 1) {
    if (network.kind !== "transformer")
      return `context parallelism cuts a transformer's sequence: ${network.name} has none, leave context 1`
    if (network.sequence % (2 * context) !== 0)
      return `a sequence of ${network.sequence} cannot be cut into ${context} balanced parts: choose a divisor of ${network.sequence / 2}`
  }
  if (sequenceParallel && tensor === 1)
    return "sequence parallelism works within a tensor group: give tensor at least 2 or turn it off"
  return undefined
}

const experts: Rule = (network, { expert, data, context }) => {
  if (expert === 1) return undefined
  if (network.kind !== "transformer" || network.experts === undefined)
    return `${network.name} has no experts: leave expert parallelism at 1`
  if (network.experts.count % expert !== 0)
    return `${network.experts.count} experts cannot be spread evenly over ${expert} devices: choose a divisor of ${network.experts.count}`
  if ((data * context) % expert !== 0)
    return `expert parallelism of ${expert} must divide data × context, which is ${data * context}`
  return undefined
}

const kept: Rule = (network, { recomputeLayers, pipeline, recompute, zero, data, context }) => {
  if (recomputeLayers !== undefined) {
    const most = Math.ceil(layersOf(network) / pipeline)
    if (!Number.isSafeInteger(recomputeLayers) || recomputeLayers < 0 || recomputeLayers > most)
      return `${recomputeLayers} recomputed layers in a stage of ${most}: it must be a whole number from 0 to ${most}`
    if (recompute !== "full")
      return `recomputed layers are for full recomputation, not "${recompute}": set recompute to full`
  }
  if (zero > 0 && data * context === 1)
    return `ZeRO ${zero} cuts states over the data group, which has one device: use ZeRO 0`
  return undefined
}

const rules: readonly Rule[] = [whole, batch, heads, stages, sequence, experts, kept]

/**
 * Why the layout cannot be, in one sentence, or undefined where it can. With `devices` the layout
 * must take exactly that many.
 */
export function layoutFault(
  network: Network,
  layout: Layout,
  devices?: number,
): string | undefined {
  for (const rule of rules) {
    const fault = rule(network, layout)
    if (fault !== undefined) return fault
  }
  const taken = devicesOf(layout)
  if (devices !== undefined && taken !== devices)
    return `data ${layout.data} × tensor ${layout.tensor} × pipeline ${layout.pipeline} × context ${layout.context} are ${taken} devices, not ${devices}: make the product ${devices}`
  return undefined
}

/** Throws the layout's fault, if it has one. */
export function checkLayout(network: Network, layout: Layout, devices?: number): void {
  const fault = layoutFault(network, layout, devices)
  if (fault !== undefined) throw new Error(fault)
}

/** Degrees that may be asked for before the rest of a layout is known. */
export type Degrees = Partial<
  Pick<
    Layout,
    "data" | "tensor" | "pipeline" | "context" | "expert" | "microBatch" | "virtualStages"
  >
>

/** Why no layout with these degrees can be on so many devices, or undefined where some may. */
export function degreesFault(
  network: Network,
  degrees: Degrees,
  devices: number,
): string | undefined {
  const { data = 1, tensor = 1, pipeline = 1, context = 1, microBatch = 1 } = degrees
  const { expert = 1, virtualStages = 1 } = degrees
  const groups = data * context
  const enough = groups % expert === 0 ? data : data * expert
  const layout = layoutOf({
    data: enough,
    tensor,
    pipeline: virtualStages > 1 && degrees.pipeline === undefined ? 2 : pipeline,
    context,
    expert,
    virtualStages,
    microBatch,
    globalBatch: enough * microBatch * pipeline * 2,
  })
  const fault = layoutFault(network, layout)
  if (fault !== undefined) return fault
  const product = data * tensor * pipeline * context
  if (devices % product !== 0)
    return `the degrees asked for are ${product} devices together, which does not divide ${devices}: change one of them`
  return undefined
}
