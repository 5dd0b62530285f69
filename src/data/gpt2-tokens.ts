/** GPT-2's own tokens. */

import type { Tokenizer } from "./byte-pairs.ts"

/** The token that stands between documents. */
export const endOfText = 50_256

/**
 * The byte-pair encoding of GPT-2 and GPT-3: 50,257 tokens. Its tables load when first asked for.
 * @example (await gpt2Tokens()).encode("Hello world") // → [15496, 995]
 */
export async function gpt2Tokens(): Promise<Tokenizer> {
  const { encode, decode } = await import("gpt-tokenizer/encoding/r50k_base")
  return {
    vocabulary: 50_257,
    encode: (text) => Int32Array.from(encode(text)),
    decode: (tokens) => decode(Array.from(tokens)),
  }
}
