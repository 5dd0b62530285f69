import { parametersOf, plainActivationBytes } from "./count.ts"
import type { Layout, Precision } from "./layout.ts"
import { microBatchesOf, stageLayers } from "./layout.ts"
import type { Network, Transformer } from "./network.ts"
import { layersOf } from "./network.ts"
import { attentionWeights, feedForwardWeights } from "./transformer.ts"

/** Bytes of one activation or weight in each precision. */
export const elementBytes: Readonly<Record<Precision, number>> = {
  float32: 4,
  float16: 2,
  bfloat16: 2,
  float8: 2,
}

/** What the device with the most to hold keeps, in bytes. */
export type MemoryUse = {
  readonly weights: number
  readonly gradients: number
  readonly optimizer: number
  readonly activations: number
  /** What one layer needs while it runs: recomputed activations, gathered weights. */
  readonly transient: number
  /** The runtime's own: driver context and communication buffers. */
  readonly runtime: number
  readonly total: number
  /** Held by the host instead. */
  readonly offloaded: number
}

/** Driver context 1 to 2 GB, and communication buffers; Ultra-Scale Playbook. */
export const RUNTIME_BYTES = 1.5e9

/** A device's share of its host's memory, which offloaded states may fill: 2 TB for eight. */
export const HOST_BYTES = 250e9

/** Whether a layout's fullest device, and its share of the host, hold what they must. */
export function fits(use: MemoryUse, capacity: number): boolean {
  return use.total <= capacity && use.offloaded <= HOST_BYTES
}

/**
 * Bytes of states for each parameter under Adam: mixed precision holds 2 of weight, `gradientBytes`
 * of gradient and 12 of master weight and two moments; float32 4 + 4 + 8. ZeRO divides the
 * optimiser (1), the gradients too (2), the weights too (3) by the devices that would hold copies:
 * the data group, or for experts what expert parallelism leaves of it (Rajbhandari et al. 2020).
 */
export function stateBytes(
  layout: Layout,
  copies: number = layout.data * layout.context,
): { weights: number; gradients: number; optimizer: number } {
  const full = layout.precision === "float32"
  const cut = (from: number, bytes: number) => (layout.zero >= from ? bytes / copies : bytes)
  return {
    weights: cut(3, full ? 4 : 2),
    gradients: cut(2, full ? 4 : layout.gradientBytes),
    optimizer: cut(1, full ? 8 : 12),
  }
}

/**
 * Parameters that the fullest device holds before ZeRO cuts anything: its share of a stage's
 * layers, and of the tables at the pipeline's ends (the first stage has the embedding, the last
 * the output; a tied table is on both).
 */
export function localParameters(
  network: Network,
  layout: Layout,
): { dense: number; experts: number; ends: number } {
  const { tensor, expert } = layout
  const share = stageLayers(network, layout) / layersOf(network)
  if (network.kind !== "transformer") {
    const whole = parametersOf(network).total
    return { dense: (whole * share) / tensor, experts: 0, ends: 0 }
  }
  const counted = parametersOf(network).total
  const { experts, input, hidden } = network
  const routed =
    experts === undefined
      ? 0
      : experts.layers * experts.count * feedForwardWeights(network, experts.width)
  const table = input.kind === "tokens" ? input.vocabulary * hidden : 0
  const positions = input.kind === "tokens" ? input.positions * hidden : 0
  const tables = input.kind === "tokens" && !input.tied ? 2 * table : table
  const layers = counted - routed - tables - positions
  const both = layout.pipeline === 1 ? tables : table
  return {
    dense: (layers * share) / tensor,
    experts: (routed * share) / (tensor * expert),
    ends: both / tensor + positions,
  }
}

/** Bytes that one layer keeps for one micro-batch, as Korthikanti et al. 2022 (table 2) count. */
export function layerActivationBytes(network: Transformer, layout: Layout): number {
  const { hidden, heads, headWidth, keyValueHeads, feedForward, gated, experts } = network
  const { tensor, context, microBatch, recompute } = layout
  const tokens = (network.sequence / context) * microBatch
  const wide = elementBytes[layout.precision] / 2
  const mask = network.dropout === true ? 1 : 0
  const along = layout.sequenceParallel ? tensor : 1
  const input = (2 * tokens * hidden * wide) / along
  if (recompute === "full" && layout.recomputeLayers === undefined) return input
  // Not cut by tensor parallelism: two norms' inputs, the two products' inputs, two masks.
  const plain = tokens * hidden * (8 * wide + 2 * mask)
  // Cut: queries, keys, values, the output product's input; the feed-forward's wide results.
  const width = heads * headWidth
  const attention = 2 * tokens * (2 * width + 2 * keyValueHeads * headWidth)
  const inner =
    experts === undefined
      ? feedForward
      : ((network.layers - experts.layers) * feedForward +
          experts.layers * experts.width * (experts.active + experts.shared)) /
        network.layers
  const wideResults = tokens * inner * (gated ? 6 : 4)
  const linear = plain / along + (wide * (attention + wideResults)) / tensor
  if (layout.attention === "flash")
    return linear + (recompute === "selective" ? 0 : (4 * tokens * heads) / tensor)
  if (recompute === "selective") return linear
  // Softmax's result, its dropout's mask and result: 5 bytes for each pair with dropout.
  const pairs = tokens * network.sequence * heads
  return linear + (pairs * (2 * wide + mask * (1 + 2 * wide))) / tensor
}

/**
 * Layers' worth of activations that the first stage holds at once: under 1F1B a micro-batch for
 * each stage after it (never more than there are), 1 + (p−1)/(pv) times that when interleaved.
 */
export function microBatchesHeld(layout: Layout): number {
  const { pipeline, virtualStages } = layout
  const held = Math.min(microBatchesOf(layout), pipeline)
  if (virtualStages === 1) return held
  return held * (1 + (pipeline - 1) / (pipeline * virtualStages))
}

/** What the embedding keeps of each micro-batch (token numbers, dropout's mask), and the output. */
function endBytes(network: Transformer, layout: Layout): { embedding: number; output: number } {
  const { microBatch, tensor, context } = layout
  const tokens = (network.sequence / context) * microBatch
  const along = layout.sequenceParallel ? tensor : 1
  const mask = network.dropout === true ? 1 : 0
  const results =
    network.input.kind === "tokens" ? (4 * tokens * network.input.vocabulary) / tensor : 0
  return {
    embedding: (tokens * (8 + mask * network.hidden)) / along,
    // The last norm's input and the logits in float32.
    output: (4 * tokens * network.hidden) / along + results,
  }
}

/**
 * Activations of the fullest stage, as Megatron-LM's theoretical_memory_usage.py counts them: the
 * first stage holds the most micro-batches, the last one the logits.
 */
function activationBytes(network: Network, layout: Layout): number {
  const layers = stageLayers(network, layout)
  const held = microBatchesHeld(layout)
  if (network.kind !== "transformer") {
    const all = plainActivationBytes(network, elementBytes[layout.precision])
    // Recomputed from √n checkpoints: the checkpoints and one segment (Chen et al. 2016).
    const kept = layout.recompute === "none" ? 1 : 2 / Math.sqrt(Math.max(4, layersOf(network)))
    return (all * kept * layout.microBatch * held * layers) / (layersOf(network) * layout.tensor)
  }
  const { recomputeLayers, ...rest } = layout
  const again = layout.recompute === "full" ? (recomputeLayers ?? layers) : 0
  const checkpoint = again === 0 ? 0 : layerActivationBytes(network, rest)
  const whole: Layout = again === 0 ? rest : { ...rest, recompute: "none" }
  const stage = again * checkpoint + (layers - again) * layerActivationBytes(network, whole)
  const ends = endBytes(network, layout)
  const first = (stage + ends.embedding) * held
  return layout.pipeline === 1 ? first + ends.output : Math.max(first, stage + ends.output)
}

function transientBytes(network: Network, layout: Layout): number {
  if (network.kind !== "transformer") return 0
  const working =
    layout.recompute === "full"
      ? layerActivationBytes(network, { ...layout, recompute: "none" })
      : 0
  // A ZeRO 3 device gathers the layer it runs and the next.
  const { experts } = network
  const dense = feedForwardWeights(network, network.feedForward)
  const routed =
    experts === undefined
      ? 0
      : (feedForwardWeights(network, experts.width) * experts.count) / layout.expert
  const layer = attentionWeights(network) + Math.max(dense, routed)
  const wide = elementBytes[layout.precision]
  const gathered = layout.zero === 3 ? (2 * wide * layer) / layout.tensor : 0
  return working + gathered
}

/**
 * Memory of the device that holds most, by what it is for. States follow Rajbhandari et al. 2020,
 * activations Korthikanti et al. 2022; both exact.
 */
export function memoryUse(network: Network, layout: Layout): MemoryUse {
  const { dense, experts, ends } = localParameters(network, layout)
  const shared = stateBytes(layout)
  const routed = stateBytes(layout, (layout.data * layout.context) / layout.expert)
  const weights = (dense + ends) * shared.weights + experts * routed.weights
  const gradients = (dense + ends) * shared.gradients + experts * routed.gradients
  const states = (dense + ends) * shared.optimizer + experts * routed.optimizer
  const kept = activationBytes(network, layout)
  const host = layout.offload
  const optimizer = host === "none" ? states : 0
  // Two layers' worth stay on the device while copies are under way.
  const near = (2 * kept) / Math.max(2, stageLayers(network, layout))
  const activations = host === "optimizer and activations" ? near : kept
  const transient = transientBytes(network, layout)
  const held = weights + gradients + optimizer + activations + transient
  return {
    weights,
    gradients,
    optimizer,
    activations,
    transient,
    runtime: RUNTIME_BYTES,
    total: held + RUNTIME_BYTES,
    offloaded: states - optimizer + (kept - activations),
  }
}
