import { allReduceSeconds, gatherSeconds, sendSeconds } from "./collective.ts"
import { trainingFlopOf } from "./count.ts"
import type { Pass } from "./layer.ts"
import { addPasses, layerSeconds, noPass, passSeconds } from "./layer.ts"
import type { Layout } from "./layout.ts"
import { devicesOf, microBatchesOf } from "./layout.ts"
import { elementBytes, localParameters, memoryUse } from "./memory.ts"
import type { Counting, Network } from "./network.ts"
import { layersOf, tokensOf } from "./network.ts"
import type { Rates } from "./rates.ts"
import { groupOf, neighboursOf, productSeconds } from "./rates.ts"

/** One optimiser step in seconds, by what the busiest device spends them on. */
export type StepTime = {
  readonly products: number
  readonly streaming: number
  readonly host: number
  /** Exposed communication of each kind. */
  readonly tensor: number
  readonly context: number
  readonly expert: number
  readonly pipeline: number
  readonly data: number
  /** Waiting for other stages to begin and end. */
  readonly bubble: number
  /** Waiting for the slowest of all devices, which are equal only on paper. */
  readonly slowest: number
  readonly optimizer: number
  readonly offload: number
  /** Outside all layers. */
  readonly fixed: number
  readonly total: number
  /** Communication that runs beside computation and costs nothing. */
  readonly hidden: number
}

export type StepReport = {
  readonly time: StepTime
  /** FLOP of the network's training (no recomputation), all devices together. */
  readonly modelFlop: number
  /** FLOP that really run, recomputation included. */
  readonly hardwareFlop: number
  /** Model FLOP over what the devices' peak would do in the same time. */
  readonly mfu: number
  readonly hfu: number
  readonly samplesPerSecond: number
  readonly tokensPerSecond: number
}

/** Kernels of the cross-entropy in float32: about a dozen passes of 4 bytes over the logits. */
const LOSS_BYTES = { apart: 48, fused: 16 }
/** Embedding, its gradient and its dropout, for each token and hidden unit. */
const EMBEDDING_BYTES = 20
/** Adam reads gradient, master weight and moments, writes them and the weight; 2 more to clear. */
const ADAM_BYTES = 30
/** Fraction of a host link that copies of states reach. */
const HOST_LINK_FRACTION = 0.8
const HOST_LINK_BYTES_PER_SECOND = 25e9
/** A device's share of its host's memory bandwidth, through which an offloaded Adam goes. */
const HOST_MEMORY_BYTES_PER_SECOND = 20e9

/** The output projection and the loss, which the last stage has beside its layers. */
function outputPass(network: Network, layout: Layout, rates: Rates): Pass {
  if (network.kind !== "transformer" || network.input.kind !== "tokens") return noPass
  const { hidden, input, sequence } = network
  const tokens = (sequence / layout.context) * layout.microBatch
  const columns = input.vocabulary / layout.tensor
  const products =
    productSeconds(rates, [tokens, columns, hidden]) +
    productSeconds(rates, [tokens, hidden, columns]) +
    productSeconds(rates, [hidden, columns, tokens])
  const bytes = layout.fused ? LOSS_BYTES.fused : LOSS_BYTES.apart
  return { ...noPass, products, streaming: (tokens * columns * bytes) / rates.memory }
}

function embeddingPass(network: Network, layout: Layout, rates: Rates): Pass {
  if (network.kind !== "transformer") return noPass
  const tokens = (network.sequence / layout.context) * layout.microBatch
  return { ...noPass, streaming: (tokens * network.hidden * EMBEDDING_BYTES) / rates.memory }
}

/** Fractions of a stage's forward-plus-backward that each schedule leaves idle, for each stage. */
function bubbleShare(layout: Layout): number {
  switch (layout.schedule) {
    case "1f1b":
      return 1
    case "interleaved":
      return 1 / layout.virtualStages
    case "zero-bubble":
      // ZB-H1 fills the gaps with weight gradients: a third of the bubble stays (Qi et al. 2023).
      return 1 / 3
  }
}

/**
 * How far the slowest of n devices is behind their mean, as a fraction: at most σ·√(2 ln n) is to
 * be expected of n normal draws, and nearly so of many (Boucheron, Lugosi and Massart 2013, 2.5).
 */
function lagOfSlowest(spread: number, devices: number): number {
  return spread * Math.sqrt(2 * Math.log(devices))
}

/** Seconds of the exchange of weights and gradients over the data group, whole and exposed. */
function dataSeconds(network: Network, layout: Layout, rates: Rates, beside: number) {
  const { tensor, context, data, expert, zero } = layout
  const { dense, experts, ends } = localParameters(network, layout)
  const bytes = layout.precision === "float32" ? 4 : layout.gradientBytes
  const weightBytes = elementBytes[layout.precision]
  const group = groupOf(rates, data * context, tensor)
  const routedGroup = groupOf(rates, (data * context) / expert, tensor * expert)
  let all = 0
  for (const [parameters, over] of [
    [dense + ends, group],
    [experts, routedGroup],
  ] as const) {
    if (parameters === 0 || over.members === 1) continue
    if (zero === 0) all += allReduceSeconds(over, parameters * bytes)
    else all += gatherSeconds(over, parameters * bytes)
    if (zero === 1 || zero === 2) all += gatherSeconds(over, parameters * weightBytes)
    // Weights are gathered for the forward and again for the backward pass, layer by layer.
    if (zero === 3) {
      const again = 3 * (layersOf(network) - 1) * gatherSeconds(over, 0)
      all += 2 * gatherSeconds(over, parameters * weightBytes) + again
    }
  }
  // Weights are let go after each micro-batch, and gradients cannot wait whole.
  if (zero === 3) all *= microBatchesOf(layout)
  if (!layout.overlap.data) return { all, shown: all }
  // The first layer's gathering and the last one's reduction have nothing to hide behind.
  const bare = Math.max(all - beside, all / layersOf(network))
  const shown = bare + rates.constants.processorUse * (all - bare)
  return { all, shown }
}

/**
 * Copying gradients out and weights in, Adam in the host's memory, and what of the activations'
 * copies does not hide behind computing.
 */
function offloadSeconds(
  network: Network,
  layout: Layout,
  parameters: number,
  micro: number,
  computing: number,
): number {
  const link = HOST_LINK_BYTES_PER_SECOND * HOST_LINK_FRACTION
  const copied = parameters * (layout.gradientBytes + elementBytes[layout.precision])
  const states = copied / link + (parameters * ADAM_BYTES) / HOST_MEMORY_BYTES_PER_SECOND
  if (layout.offload === "optimizer") return states
  const kept = memoryUse(network, { ...layout, offload: "none" }).activations
  return states + Math.max(0, (2 * kept * micro) / link - computing)
}

/**
 * One optimiser step: fill, steady state and drain of the pipeline around its slowest stage, then
 * what cannot run beside it. With one stage this is the sum over micro-batches and layers.
 */
export function stepTime(network: Network, layout: Layout, rates: Rates): StepTime {
  const { pipeline, tensor, context, data, virtualStages, microBatch } = layout
  const micro = microBatchesOf(layout)
  const layers = layersOf(network)
  const layer = layerSeconds(network, layout, rates)
  const both = addPasses(layer.forward, layer.backward)
  const perStage = layers / pipeline
  const output = outputPass(network, layout, rates)
  const embedding = embeddingPass(network, layout, rates)
  const middle = addPasses(noPass, both, perStage)
  const ends = pipeline === 1 ? addPasses(output, embedding) : output
  const last = addPasses(middle, ends)

  const row =
    network.kind === "transformer"
      ? (network.sequence / context) * microBatch * network.hidden * elementBytes[layout.precision]
      : 0
  // With sequence parallelism (or scatter and gather) each tensor rank sends its own part.
  const neighbours = pipeline === 1 ? undefined : neighboursOf(rates, tensor * context * data)
  const cut = layout.sequenceParallel || virtualStages > 1 ? tensor : 1
  const send = neighbours === undefined ? 0 : 2 * sendSeconds(neighbours, row / cut)

  const middleSeconds = passSeconds(middle)
  const lastSeconds = passSeconds(last)
  // Layers that do not divide evenly leave the fullest stage with more than the mean.
  const uneven = Math.ceil(perStage) / perStage
  const bottleneck =
    Math.max(lastSeconds, middleSeconds * uneven + send * virtualStages) - lastSeconds
  const ownSeconds = micro * lastSeconds
  const waits = (micro - 1) * bottleneck
  const idle = (pipeline - 1) * (middleSeconds * bubbleShare(layout) + send)

  const parts = addPasses(noPass, last, micro)
  // Gradients are reduced while the last micro-batch runs backward.
  const backward = passSeconds(layer.backward) * perStage
  const beside = layout.zero === 3 ? ownSeconds : backward
  const exchange = dataSeconds(network, layout, rates, beside)

  const held = localParameters(network, layout)
  const group = layout.zero >= 1 ? data * context : 1
  const routedGroup = layout.zero >= 1 ? group / layout.expert : 1
  const updated = (held.dense + held.ends) / group + held.experts / routedGroup
  const adam = layout.precision === "float32" ? 28 : ADAM_BYTES
  const onHost = layout.offload !== "none"
  const optimizer = onHost ? 0 : (updated * adam) / rates.memory
  const offload = onHost ? offloadSeconds(network, layout, updated, micro, ownSeconds) : 0
  const fixed = rates.constants.stepSeconds
  const pipelineShown = Math.min(waits + (pipeline - 1) * send, micro * send * virtualStages)
  const bubble = waits + idle - pipelineShown
  // Its own stage sets the pace of the whole pipeline, filling and draining included.
  const computing = (parts.products + parts.streaming) * (1 + idle / ownSeconds)
  const slowest = lagOfSlowest(rates.constants.speedSpread, devicesOf(layout)) * computing
  return {
    products: parts.products,
    streaming: parts.streaming,
    host: parts.host,
    tensor: parts.tensor,
    context: parts.context,
    expert: parts.expert,
    pipeline: pipelineShown,
    data: exchange.shown,
    bubble,
    slowest,
    optimizer,
    offload,
    fixed,
    total: ownSeconds + waits + idle + slowest + exchange.shown + optimizer + offload + fixed,
    hidden: parts.hidden + exchange.all - exchange.shown,
  }
}

/** FLOP of one step with what recomputation adds. */
function hardwareFlopOf(
  network: Network,
  layout: Layout,
  model: number,
  counting: Counting,
): number {
  if (layout.recompute === "none") return model
  if (layout.recompute === "full") {
    const layers = Math.ceil(layersOf(network) / layout.pipeline)
    const part = (layout.recomputeLayers ?? layers) / layers
    const withoutOutput =
      trainingFlopOf(network, { ...counting, logits: false }) * layout.globalBatch
    return model + (part * withoutOutput) / 3
  }
  if (network.kind !== "transformer") return model
  const { layers, sequence, heads, headWidth } = network
  const half = counting.attention === "causal" && network.causal ? 0.5 : 1
  return model + half * 4 * layers * sequence ** 2 * heads * headWidth * layout.globalBatch
}

/** A step with its utilisation: MFU counts the network's FLOP, HFU those recomputed too. */
export function stepReport(
  network: Network,
  layout: Layout,
  rates: Rates,
  counting: Counting = {},
): StepReport {
  const time = stepTime(network, layout, rates)
  const modelFlop = trainingFlopOf(network, counting) * layout.globalBatch
  const hardwareFlop = hardwareFlopOf(network, layout, modelFlop, counting)
  const possible = rates.peak * devicesOf(layout) * time.total
  return {
    time,
    modelFlop,
    hardwareFlop,
    mfu: modelFlop / possible,
    hfu: hardwareFlop / possible,
    samplesPerSecond: layout.globalBatch / time.total,
    tokensPerSecond: (layout.globalBatch * tokensOf(network)) / time.total,
  }
}
