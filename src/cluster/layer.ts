import type { Group } from "./collective.ts"
import { allReduceSeconds, allToAllSeconds, gatherSeconds, sendSeconds } from "./collective.ts"
import { twoDeviceSplitTraffic } from "./convolution.ts"
import { forwardFlopOf, parametersOf, plainActivationBytes } from "./count.ts"
import type { Layout } from "./layout.ts"
import { elementBytes } from "./memory.ts"
import type { Network, Transformer } from "./network.ts"
import { layersOf } from "./network.ts"
import type { Rates } from "./rates.ts"
import { groupOf, productSeconds } from "./rates.ts"
import { scoreWidths } from "./transformer.ts"

/** Seconds of one layer for one micro-batch, forward and backward apart, communication apart. */
export type LayerSeconds = {
  readonly forward: Pass
  readonly backward: Pass
}

export type Pass = {
  /** Matrix products. */
  readonly products: number
  /** Kernels that stream through memory: norms, activations, dropout, softmax. */
  readonly streaming: number
  /** Exposed communication. */
  readonly tensor: number
  readonly context: number
  readonly expert: number
  /** The same when nothing is hidden, for the account of what overlap hides. */
  readonly hidden: number
  /** Seconds of waiting for the host to launch kernels. */
  readonly host: number
}

export const noPass: Pass = {
  products: 0,
  streaming: 0,
  tensor: 0,
  context: 0,
  expert: 0,
  hidden: 0,
  host: 0,
}

export function addPasses(a: Pass, b: Pass, timesB = 1): Pass {
  return {
    products: a.products + b.products * timesB,
    streaming: a.streaming + b.streaming * timesB,
    tensor: a.tensor + b.tensor * timesB,
    context: a.context + b.context * timesB,
    expert: a.expert + b.expert * timesB,
    hidden: a.hidden + b.hidden * timesB,
    host: a.host + b.host * timesB,
  }
}

export function passSeconds(pass: Pass): number {
  return pass.products + pass.streaming + pass.tensor + pass.context + pass.expert + pass.host
}

type Shape = readonly [m: number, n: number, k: number]

/** A product's own time, and that of the gradients of both its factors. */
function both(rates: Rates, [m, n, k]: Shape, count: number, bytes: number) {
  return {
    forward: productSeconds(rates, [m, n, k], count, bytes),
    backward:
      productSeconds(rates, [m, k, n], count, bytes) +
      productSeconds(rates, [k, n, m], count, bytes),
  }
}

/** The weight products of one layer on one device: [rows, columns, inner, copies]. */
function weightProducts(
  network: Transformer,
  layout: Layout,
  tokens: number,
  routed: boolean,
): readonly (readonly [number, number, number, number])[] {
  const { hidden, heads, headWidth, keyValueHeads, gated, latent, experts } = network
  const { tensor, expert } = layout
  const products: (readonly [number, number, number, number])[] = []
  if (latent === undefined) {
    products.push([tokens, (headWidth * (heads + 2 * keyValueHeads)) / tensor, hidden, 1])
    products.push([tokens, hidden, (heads * headWidth) / tensor, 1])
  } else {
    const { queryRank, keyValueRank, plainWidth, rotaryWidth, valueWidth } = latent
    products.push([tokens, queryRank + keyValueRank + rotaryWidth, hidden, 1])
    products.push([tokens, (heads * (plainWidth + rotaryWidth)) / tensor, queryRank, 1])
    products.push([tokens, (heads * (plainWidth + valueWidth)) / tensor, keyValueRank, 1])
    products.push([tokens, hidden, (heads * valueWidth) / tensor, 1])
  }
  const up = gated ? 2 : 1
  if (!routed || experts === undefined) {
    products.push([tokens, (up * network.feedForward) / tensor, hidden, 1])
    products.push([tokens, hidden, network.feedForward / tensor, 1])
    return products
  }
  // Tokens of the whole expert group spread evenly over all experts.
  const here = experts.count / expert
  const rows = (tokens * expert * experts.active) / experts.count
  products.push([rows, (up * experts.width) / tensor, hidden, here])
  products.push([rows, hidden, experts.width / tensor, here])
  if (experts.shared > 0) {
    const width = experts.shared * experts.width
    products.push([tokens, (up * width) / tensor, hidden, 1])
    products.push([tokens, hidden, width / tensor, 1])
  }
  return products
}

/** Seconds of the score and value products of one layer, forward and backward. */
function attentionSeconds(network: Transformer, layout: Layout, rates: Rates) {
  const { heads, sequence, causal } = network
  const { microBatch, context, tensor } = layout
  const bytes = elementBytes[layout.precision]
  const widths = scoreWidths(network)
  const rows = sequence / context
  const count = (microBatch * heads) / tensor
  if (layout.attention === "flash") {
    const half = causal ? 0.5 : 1
    const flop = half * 2 * rows * sequence * count * (widths.score + widths.value)
    // The backward pass computes the scores again and four gradients: 5 products for 2.
    return { forward: flop / rates.flash, backward: (2.5 * flop) / rates.flash, streaming: 0 }
  }
  const scores = both(rates, [rows, sequence, widths.score], count, bytes)
  const values = both(rates, [rows, widths.value, sequence], count, bytes)
  return {
    forward: scores.forward + values.forward,
    backward: scores.backward + values.backward,
    streaming: rows * sequence * count,
  }
}

/**
 * Bytes through memory of a layer's other kernels, in 2-byte elements' bytes. Counted from the
 * kernels themselves: a norm reads and writes; bias, dropout and residual read two and write one
 * with a mask; an activation reads and writes the wide result; softmax reads and writes the map,
 * its dropout again.
 */
function streamedBytes(network: Transformer, layout: Layout, tokens: number, inner: number) {
  const { hidden, heads, headWidth, keyValueHeads, gated } = network
  const { tensor } = layout
  const mask = network.dropout === true ? 1 : 0
  const along = layout.sequenceParallel ? tensor : 1
  const norms = network.normsPerLayer
  // Fused with the residual's sum, a norm reads two and writes two.
  const rowForward = layout.fused ? norms * (8 + mask) : norms * 4 + 2 * (6 + mask)
  const rowBackward = layout.fused ? norms * (10 + mask) : norms * 8 + 2 * (4 + mask)
  const reordered = headWidth * (heads + 2 * keyValueHeads) * 4
  const wide = inner * (gated ? 6 : 4)
  const wideBackward = inner * (gated ? 10 : 6)
  return {
    forward: tokens * ((hidden * rowForward) / along + (reordered + wide) / tensor),
    backward: tokens * ((hidden * rowBackward) / along + (reordered + wideBackward) / tensor),
    mapForward: 4 + 5 * mask,
    mapBackward: 6 + 5 * mask,
  }
}

/** Elements of a layer's product inputs on one device; its output gradients are about as many. */
function castElements(network: Transformer, layout: Layout, tokens: number, inner: number) {
  const { hidden, heads, headWidth } = network
  const along = layout.sequenceParallel ? layout.tensor : 1
  return tokens * ((2 * hidden) / along + (heads * headWidth + inner) / layout.tensor)
}

/** One of a transformer's layers, dense or routed to experts. */
function transformerLayer(
  network: Transformer,
  layout: Layout,
  rates: Rates,
  routed: boolean,
  groups: { tensor: Group; context: Group; expert: Group },
): LayerSeconds {
  const { tensor, context, microBatch, overlap } = layout
  const bytes = elementBytes[layout.precision]
  const tokens = (network.sequence / context) * microBatch
  let products = 0
  let productsBackward = 0
  // Products in float8 move half the bytes.
  const moved = layout.precision === "float8" ? 1 : bytes
  for (const [m, n, k, count] of weightProducts(network, layout, tokens, routed)) {
    const seconds = both(rates, [m, n, k], count, moved)
    products += seconds.forward
    productsBackward += seconds.backward
  }
  const attention = attentionSeconds(network, layout, rates)
  const { experts } = network
  const inner =
    routed && experts !== undefined
      ? experts.width * (experts.active + experts.shared)
      : network.feedForward
  const streamed = streamedBytes(network, layout, tokens, inner)
  const scale = bytes / 2 / rates.memory
  // Routing gathers and scatters each token's copies.
  const routing = routed && experts !== undefined ? 8 * tokens * network.hidden * experts.active : 0
  // Float8 reads a product's operands in 2 bytes and writes them in 1, twice: as they are and
  // transposed for the gradient.
  const cast = layout.precision === "float8" ? 4 * castElements(network, layout, tokens, inner) : 0
  const streaming =
    (streamed.forward + streamed.mapForward * attention.streaming + routing + cast) * scale
  const streamingBackward =
    (streamed.backward + streamed.mapBackward * attention.streaming + routing + cast) * scale

  const row = tokens * network.hidden * bytes
  const whole = layout.sequenceParallel
    ? 2 * gatherSeconds(groups.tensor, row)
    : allReduceSeconds(groups.tensor, row)
  const pair = tensor === 1 ? 0 : 2 * whole
  const shownOf = (all: number, beside: number) =>
    overlap.tensor ? Math.max(all / tensor, all - 0.8 * beside) : all
  const keyValue = (2 * (tokens * network.keyValueHeads * network.headWidth * bytes)) / tensor
  const hop = context === 1 ? 0 : sendSeconds(groups.context, keyValue)
  const ring = (context - 1) * hop
  const ringShown = (all: number, beside: number) =>
    context === 1 ? 0 : hop + Math.max(0, all - hop - beside)
  const sent = tokens * network.hidden * bytes * (experts?.active ?? 0)
  const exchange = routed ? 2 * allToAllSeconds(groups.expert, sent / tensor) : 0

  const use = rates.constants.processorUse
  const make = (own: number, stream: number, maps: number, pairs: number, rings: number): Pass => {
    // What is hidden still takes processors from what hides it.
    const bare = shownOf(pairs, own)
    const tensorShown = bare + use * (pairs - bare)
    const bareRing = ringShown(rings, maps)
    const contextShown = bareRing + use * (rings - bareRing)
    const shown = {
      products: own + maps,
      streaming: stream,
      tensor: tensorShown,
      context: contextShown,
      expert: exchange,
      hidden: pairs - tensorShown + (rings - contextShown),
      host: 0,
    }
    return shown
  }
  const forward = make(products, streaming, attention.forward, pair, ring)
  let backward = make(productsBackward, streamingBackward, attention.backward, pair, 2 * ring)
  if (layout.recompute === "selective" && layout.attention === "materialised") {
    const maps = streamed.mapForward * attention.streaming * scale
    const again = { ...noPass, products: attention.forward, streaming: maps }
    backward = addPasses(backward, again)
  }
  return { forward, backward }
}

/** Waiting for the host, where its launches take longer than the device's work. */
function withHost(pass: Pass, hostSeconds: number): Pass {
  const own = passSeconds(pass)
  return own >= hostSeconds ? pass : { ...pass, host: hostSeconds - own }
}

/** A layer of a network that is known by its counts alone. */
function plainLayer(network: Network, layout: Layout, rates: Rates): LayerSeconds {
  const layers = layersOf(network)
  const { microBatch, tensor } = layout
  const flop = (forwardFlopOf(network) * microBatch) / (layers * tensor)
  const bytes = elementBytes[layout.precision]
  const results = (plainActivationBytes(network, bytes) * microBatch) / (layers * tensor)
  const weights = (parametersOf(network).active * bytes) / (layers * tensor)
  // A layer's result has as many elements as its share of what is kept.
  const tail = 1 + (rates.tailElements * bytes) / Math.max(results, bytes)
  const seconds = (times: number) =>
    Math.max((times * flop * tail) / rates.matrix, (times * (results + weights)) / rates.memory)
  const streaming = (2 * results) / rates.memory
  // Of what crosses between two halves of a network, each sends half, half of it forward.
  const crossing =
    network.kind === "convolutional" && layout.tensor === 2
      ? (twoDeviceSplitTraffic(network) * bytes * microBatch) / (4 * layers)
      : 0
  const sent = crossing === 0 ? 0 : sendSeconds(groupOf(rates, 2, 1), crossing)
  return {
    forward: { ...noPass, products: seconds(1), streaming, tensor: sent },
    backward: { ...noPass, products: seconds(2), streaming: 1.5 * streaming, tensor: sent },
  }
}

/**
 * The mean layer of a network for one micro-batch on one device, recomputation included in the
 * backward pass.
 */
export function layerSeconds(network: Network, layout: Layout, rates: Rates): LayerSeconds {
  const host = layout.recordedLaunches ? 0 : rates.hostSeconds
  let mean: LayerSeconds
  if (network.kind === "transformer") {
    const { tensor, context, expert } = layout
    const groups = {
      tensor: groupOf(rates, tensor, 1),
      context: groupOf(rates, context, tensor),
      expert: groupOf(rates, expert, tensor),
    }
    const routedLayers = network.experts?.layers ?? 0
    const share = routedLayers / network.layers
    let forward = noPass
    let backward = noPass
    for (const [routed, part] of [
      [false, 1 - share],
      [true, share],
    ] as const) {
      if (part === 0) continue
      const one = transformerLayer(network, layout, rates, routed, groups)
      forward = addPasses(forward, one.forward, part)
      backward = addPasses(backward, one.backward, part)
    }
    mean = { forward, backward }
  } else mean = plainLayer(network, layout, rates)
  const forward = withHost(mean.forward, host)
  let backward = withHost(mean.backward, 2 * host)
  if (layout.recompute === "full") {
    const layers = Math.ceil(layersOf(network) / layout.pipeline)
    backward = addPasses(backward, forward, (layout.recomputeLayers ?? layers) / layers)
  }
  return { forward, backward }
}
