import { convolutionalActivations, convolutionalLayers } from "./convolution.ts"
import type { Counting, Network } from "./network.ts"
import { tokensOf } from "./network.ts"
import {
  encoderDecoderFlop,
  encoderDecoderParameters,
  transformerFlop,
  transformerParameters,
} from "./transformer.ts"

/** Parameters of any network: all of them, and those that one sample meets. */
export function parametersOf(network: Network): { total: number; active: number } {
  switch (network.kind) {
    case "transformer": {
      const { total, active } = transformerParameters(network)
      return { total, active }
    }
    case "encoder-decoder": {
      const { total } = encoderDecoderParameters(network)
      return { total, active: total }
    }
    case "convolutional": {
      const total = convolutionalLayers(network).reduce((sum, layer) => sum + layer.parameters, 0)
      return { total, active: total }
    }
    case "described":
      return { total: network.parameters, active: network.parameters }
  }
}

/** Forward FLOP of one sample; a multiply–add counts as two. */
export function forwardFlopOf(network: Network, counting: Counting = {}): number {
  switch (network.kind) {
    case "transformer":
      return transformerFlop(network, counting).total
    case "encoder-decoder":
      return encoderDecoderFlop(network, counting).total
    case "convolutional":
      return 2 * convolutionalLayers(network).reduce((sum, layer) => sum + layer.multiplyAdds, 0)
    case "described":
      return network.flop
  }
}

/**
 * FLOP that training on one sample takes, forward and backward, whatever is recomputed: three
 * times the forward pass, for the backward pass takes the gradient of both factors of every
 * product. A convolutional network's first layer needs no gradient of the image.
 */
export function trainingFlopOf(network: Network, counting: Counting = {}): number {
  const forward = forwardFlopOf(network, counting)
  if (network.kind !== "convolutional") return 3 * forward
  const first = convolutionalLayers(network)[0]
  return 3 * forward - 2 * (first?.multiplyAdds ?? 0)
}

/** FLOP of a whole training run of so many tokens (or images, or samples). */
export function runFlop(network: Network, tokens: number, counting: Counting = {}): number {
  return (trainingFlopOf(network, counting) / tokensOf(network)) * tokens
}

/**
 * PaLM's FLOP for each token, 6N + 12·L·H·Q·T (Chowdhery et al. 2022, appendix B): N without
 * learned positions, attention in full, its width heads × head width.
 */
export function palmFlopPerToken(network: Network): number {
  if (network.kind !== "transformer")
    throw new Error(`${network.name} is no transformer: PaLM's formula counts transformers only`)
  const { layers, heads, headWidth, sequence } = network
  const counted = transformerParameters(network)
  return 6 * (counted.active - counted.positions) + 12 * layers * heads * headWidth * sequence
}

/**
 * What the 2017 paper calls training cost in FLOPs: seconds × devices × the sustained rate of one
 * device, however many operations really ran.
 */
export function deviceSecondsFlop(seconds: number, devices: number, flopPerSecond: number): number {
  return seconds * devices * flopPerSecond
}

/** Bytes of activations that a network without a finer account keeps for one sample. */
export function plainActivationBytes(network: Network, bytesPerElement: number): number {
  switch (network.kind) {
    case "convolutional":
      return convolutionalActivations(network, bytesPerElement)
    case "described":
      return network.activationBytes
    case "encoder-decoder": {
      const { hidden, heads, headWidth, feedForward, encoderLayers, decoderLayers } = network
      const { sourceSequence: source, targetSequence: target } = network
      // Each block keeps its norm's and its product's input; attention also queries, keys, values
      // and the output product's input, the feed-forward its wide result before and after.
      const attention = 2 * hidden + 4 * heads * headWidth
      const wide = 2 * hidden + 2 * feedForward
      const maps = 2 * heads * (encoderLayers * source ** 2 + decoderLayers * target ** 2)
      const cross = 2 * heads * decoderLayers * source * target
      return (
        bytesPerElement *
        (encoderLayers * source * (attention + wide) +
          decoderLayers * target * (2 * attention + wide) +
          maps +
          cross)
      )
    }
    case "transformer":
      throw new Error(`${network.name} is a transformer: its activations depend on its layout`)
  }
}
