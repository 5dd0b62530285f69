/** Transformers: decoders that write and encoders that judge. */

import type { Activation, Layer } from "../layer.ts"
import { selfAttention } from "../layers/attention.ts"
import { dense } from "../layers/dense.ts"
import { activation, dropout } from "../layers/elementwise.ts"
import { embedding, positions, unembedding } from "../layers/embedding.ts"
import { layerNorm } from "../layers/normalization.ts"
import { globalAveragePool } from "../layers/pooling.ts"
import { residual } from "../layers/residual.ts"
import { Network } from "../network.ts"

export interface TransformerSize {
  readonly vocabulary: number
  /** Tokens of one example at most. */
  readonly context: number
  readonly layers: number
  readonly heads: number
  readonly width: number
}

interface TransformerOptions {
  readonly dropout?: number
  readonly bias?: boolean
}

interface BlockOptions {
  readonly causal: boolean
  readonly bias: boolean
  readonly rate: number
  readonly name: Activation
}

const deviation = 0.02

/** Normalisation first, then attention; normalisation first, then two dense layers. */
function block(size: TransformerSize, { causal, bias, rate, name }: BlockOptions): Layer[] {
  // What is added 2·layers times to the residual stream starts smaller (Radford et al. 2019, 2.3).
  const outputDeviation = deviation / Math.sqrt(2 * size.layers)
  const dropped = rate === 0 ? [] : [dropout(rate)]
  const norm = layerNorm({ bias })
  const attention = selfAttention(size.heads, { causal, bias, deviation, outputDeviation })
  const wide = dense(4 * size.width, { bias, deviation })
  const narrow = dense(size.width, { bias, deviation: outputDeviation })
  return [
    residual([norm, attention, ...dropped]),
    residual([norm, wide, activation(name), narrow, ...dropped]),
  ]
}

function blocks(size: TransformerSize, options: BlockOptions): Layer[] {
  return globalThis.Array.from({ length: size.layers }, () => block(size, options)).flat()
}

/** The front of both: token and place embeddings. */
function front({ vocabulary, width }: TransformerSize, rate: number): Layer[] {
  const layers: Layer[] = [embedding(vocabulary, width, { deviation }), positions("learned")]
  return rate === 0 ? layers : [...layers, dropout(rate)]
}

/**
 * A decoder that predicts the next token (GPT-2: Radford et al. 2019): normalisation first, GELU,
 * learned places, the embedding shared with the output. Token numbers [batch, context] give logits
 * [batch, context, vocabulary].
 * @example
 * presets.gpt({ vocabulary: 5, context: 4, layers: 1, heads: 1, width: 2 }).output // → [4, 5]
 */
export function gpt(size: TransformerSize, options: TransformerOptions = {}): Network {
  const { dropout: rate = 0, bias = true } = options
  const body = blocks(size, { causal: true, bias, rate, name: "gelu" })
  return new Network(
    [size.context],
    [...front(size, rate), ...body, layerNorm({ bias }), unembedding(size.vocabulary)],
  )
}

/** GPT-2's published sizes (layers, heads, width). */
export const gpt2Sizes = {
  small: [12, 12, 768],
  medium: [24, 16, 1024],
  large: [36, 20, 1280],
  xl: [48, 25, 1600],
} as const

/**
 * GPT-2 in a published size, with 1,024 places and 50,257 tokens.
 * @example presets.gpt2("small").output // → [1024, 50257]
 */
export function gpt2(name: keyof typeof gpt2Sizes = "small"): Network {
  const [layers, heads, width] = gpt2Sizes[name]
  return gpt({ vocabulary: 50_257, context: 1024, layers, heads, width })
}

/**
 * An encoder that classifies: every place sees all others, and their mean is judged.
 * @example
 * const size = { vocabulary: 5, context: 4, layers: 1, heads: 1, width: 2 }
 * presets.encoder(size, 3).output // → [3]
 */
export function encoder(
  size: TransformerSize,
  classes: number,
  options: TransformerOptions = {},
): Network {
  const { dropout: rate = 0.1, bias = true } = options
  const body = blocks(size, { causal: false, bias, rate, name: "gelu" })
  return new Network(
    [size.context],
    [...front(size, rate), ...body, layerNorm({ bias }), globalAveragePool(), dense(classes)],
  )
}
