import type { Counting, EncoderDecoder, Transformer } from "./network.ts"

/** Parameters by where they sit. `active` is what one token meets (differs with experts). */
export type ParameterCount = {
  readonly embedding: number
  readonly positions: number
  readonly attention: number
  readonly feedForward: number
  readonly norms: number
  readonly output: number
  readonly total: number
  readonly active: number
}

/** Forward FLOP of one sample by where they are spent; a multiply–add counts as two. */
export type FlopCount = {
  readonly input: number
  readonly projections: number
  readonly scores: number
  readonly feedForward: number
  readonly output: number
  readonly total: number
}

/** Weights of one layer's attention products, without biases. */
export function attentionWeights(network: Transformer): number {
  const { hidden, heads, headWidth, keyValueHeads, latent } = network
  if (latent === undefined) return hidden * headWidth * (2 * heads + 2 * keyValueHeads)
  const { queryRank, keyValueRank, plainWidth, rotaryWidth, valueWidth } = latent
  const query = hidden * queryRank + queryRank * heads * (plainWidth + rotaryWidth)
  const keyValue =
    hidden * (keyValueRank + rotaryWidth) + keyValueRank * heads * (plainWidth + valueWidth)
  return query + keyValue + heads * valueWidth * hidden
}

function attentionBiases(network: Transformer): number {
  if (!network.bias || network.latent !== undefined) return 0
  const { hidden, heads, headWidth, keyValueHeads } = network
  return headWidth * (heads + 2 * keyValueHeads) + hidden
}

/** Weights of one feed-forward of the given inner width. */
export function feedForwardWeights(network: Transformer, width: number): number {
  return (network.gated ? 3 : 2) * network.hidden * width
}

function feedForwardBiases(network: Transformer, width: number): number {
  return network.bias ? (network.gated ? 2 : 1) * width + network.hidden : 0
}

/** Layers whose feed-forward every token meets whole. */
export function denseLayers(network: Transformer): number {
  return network.layers - (network.experts?.layers ?? 0)
}

/**
 * Parameters of a transformer, exactly. For a plain decoder of width h with L layers, V tokens and
 * s learned positions this is 12Lh² + 13Lh + (V+s)h, and 2h more with a final norm.
 */
export function transformerParameters(network: Transformer): ParameterCount {
  const { layers, hidden, input, experts, latent, normParameters } = network
  const attention = layers * (attentionWeights(network) + attentionBiases(network))
  const dense =
    denseLayers(network) *
    (feedForwardWeights(network, network.feedForward) +
      feedForwardBiases(network, network.feedForward))
  let routed = 0
  let active = 0
  if (experts !== undefined) {
    const one =
      feedForwardWeights(network, experts.width) + feedForwardBiases(network, experts.width)
    const router = hidden * experts.count + (experts.routerBias ? experts.count : 0)
    routed = experts.layers * (one * (experts.count + experts.shared) + router)
    active = experts.layers * (one * (experts.active + experts.shared) + router)
  }
  const latentNorms = latent === undefined ? 0 : latent.queryRank + latent.keyValueRank
  const norms =
    layers * (network.normsPerLayer * normParameters * hidden + latentNorms) +
    (network.finalNorm ? normParameters * hidden : 0)
  let embedding: number
  let positions: number
  let output: number
  if (input.kind === "tokens") {
    embedding = input.vocabulary * hidden
    positions = input.positions * hidden
    output = input.tied ? 0 : input.vocabulary * hidden
  } else {
    // Patch projection with bias, and the class token.
    embedding = input.channels * input.patch ** 2 * hidden + hidden + hidden
    positions = network.sequence * hidden
    output = (hidden + 1) * input.classes
  }
  const feedForward = dense + routed
  const total = embedding + positions + attention + feedForward + norms + output
  return {
    embedding,
    positions,
    attention,
    feedForward,
    norms,
    output,
    total,
    active: total - routed + active,
  }
}

/** Width of a head in the score product and in the value product. */
export function scoreWidths(network: Transformer): { score: number; value: number } {
  const { latent, headWidth } = network
  if (latent === undefined) return { score: headWidth, value: headWidth }
  return { score: latent.plainWidth + latent.rotaryWidth, value: latent.valueWidth }
}

/**
 * Forward FLOP of one sample: matrix products only, as every published count does. For a plain
 * decoder: 24Lsh² + 4Ls²h + 2shV (Narayanan et al. 2021), a third of 72Lsh²(1 + s/6h + V/12Lh).
 */
export function transformerFlop(network: Transformer, counting: Counting = {}): FlopCount {
  const { layers, hidden, heads, sequence, input, experts } = network
  const projections = 2 * sequence * layers * attentionWeights(network)
  const widths = scoreWidths(network)
  const half = counting.attention === "causal" && network.causal ? 0.5 : 1
  const scores = half * 2 * layers * sequence ** 2 * heads * (widths.score + widths.value)
  let perToken = denseLayers(network) * feedForwardWeights(network, network.feedForward)
  if (experts !== undefined)
    perToken +=
      experts.layers *
      (feedForwardWeights(network, experts.width) * (experts.active + experts.shared) +
        hidden * experts.count)
  const feedForward = 2 * sequence * perToken
  let first = 0
  let output = 0
  if (input.kind === "tokens") output = 2 * sequence * hidden * input.vocabulary
  else {
    first = 2 * (sequence - 1) * input.channels * input.patch ** 2 * hidden
    output = 2 * hidden * input.classes
  }
  if (counting.logits === false) output = 0
  return {
    input: first,
    projections,
    scores,
    feedForward,
    output,
    total: first + projections + scores + feedForward + output,
  }
}

/** Parameters of an encoder–decoder; positions are sinusoids and cost nothing. */
export function encoderDecoderParameters(network: EncoderDecoder): ParameterCount {
  const { hidden, heads, headWidth, encoderLayers, decoderLayers, feedForward: wide } = network
  const bias = network.bias ? 1 : 0
  const width = heads * headWidth
  const oneAttention = 4 * hidden * width + bias * (3 * width + hidden)
  const oneFeedForward = 2 * hidden * wide + bias * (wide + hidden)
  const attention = (encoderLayers + 2 * decoderLayers) * oneAttention
  const feedForward = (encoderLayers + decoderLayers) * oneFeedForward
  const norms = (2 * encoderLayers + 3 * decoderLayers) * network.normParameters * hidden
  const embedding = network.vocabulary * hidden
  const output = network.tied ? 0 : embedding
  const total = embedding + attention + feedForward + norms + output
  return { embedding, positions: 0, attention, feedForward, norms, output, total, active: total }
}

/** Forward FLOP of one pair of sentences, matrix products only. */
export function encoderDecoderFlop(network: EncoderDecoder, counting: Counting = {}): FlopCount {
  const { hidden, heads, headWidth, encoderLayers, decoderLayers } = network
  const { sourceSequence: source, targetSequence: target } = network
  const width = heads * headWidth
  const half = counting.attention === "causal" ? 0.5 : 1
  const own = 2 * 4 * hidden * width
  // Cross-attention projects queries and outputs from the target, keys and values from the source.
  const projections =
    encoderLayers * source * own +
    decoderLayers * (target * own + 2 * 2 * hidden * width * (source + target))
  const scores =
    4 * width * (encoderLayers * source ** 2 + decoderLayers * target * (half * target + source))
  const feedForward =
    4 * hidden * network.feedForward * (encoderLayers * source + decoderLayers * target)
  const output = counting.logits === false ? 0 : 2 * target * hidden * network.vocabulary
  const total = projections + scores + feedForward + output
  return { input: 0, projections, scores, feedForward, output, total }
}
