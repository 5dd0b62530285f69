/** The Transformer as it was published. */

import { EncoderDecoder } from "../encoder-decoder.ts"

/** Vaswani et al. 2017, table 3. */
export const transformerSizes = {
  base: { layers: 6, heads: 8, width: 512, hidden: 2048, dropout: 0.1 },
  big: { layers: 6, heads: 16, width: 1024, hidden: 4096, dropout: 0.3 },
} as const

/**
 * The Transformer in a published size, with some 37,000 tokens (section 5.1). 63,082,496 parameters
 * for base, which the paper rounds to 65 million, and 214,245,376 for big, for it 213 million: it
 * does not say which parts have biases, and here all attention and dense layers do.
 * @example presets.transformer("base").size.width // → 512
 */
export function transformer(
  name: keyof typeof transformerSizes = "base",
  options: { readonly vocabulary?: number; readonly context?: number } = {},
): EncoderDecoder {
  const { vocabulary = 37_000, context = 256 } = options
  return new EncoderDecoder({ vocabulary, context, ...transformerSizes[name] })
}
