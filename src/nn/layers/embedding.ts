/** Tokens to vectors and back, and what tells their places apart. */

import { np, random } from "../../array/index.ts"
import { type LayerOf, requireCount } from "../layer.ts"
import { type Arrays, type LayerRule, plain, requireSequence } from "../rule.ts"

/**
 * Rows of a table, one for each token number: int32 [..., time] to [..., time, features]. The table,
 * [vocabulary, features], is drawn with deviation 0.02 unless another is given.
 * @throws RangeError unless vocabulary and features are whole numbers from 1 on.
 * @example new Network([6], [embedding(100, 8)]).output // → [6, 8]
 */
export function embedding(
  vocabulary: number,
  features: number,
  options: { deviation?: number } = {},
): LayerOf<"embedding"> {
  requireCount(vocabulary, "embedding: vocabulary")
  requireCount(features, "embedding: features")
  return { kind: "embedding", vocabulary, features, ...options }
}

/**
 * Places of a sequence: a learned vector each (GPT), or sines and cosines (Vaswani et al. 2017).
 * @example new Network([6, 8], [positions()]).output // → [6, 8]
 */
export function positions(
  form: "learned" | "sinusoidal" = "learned",
  options: { deviation?: number } = {},
): LayerOf<"positions"> {
  return { kind: "positions", form, ...options }
}

/**
 * Logits: the output's products with the rows of the network's embedding (Press and Wolf 2017),
 * [..., features] to [..., vocabulary]. It has no parameters of its own.
 * @throws RangeError unless the vocabulary is a whole number from 1 on.
 * @example new Network([6], [embedding(100, 8), unembedding(100)]).output // → [6, 100]
 */
export function unembedding(vocabulary: number): LayerOf<"unembedding"> {
  requireCount(vocabulary, "unembedding: vocabulary")
  return { kind: "unembedding", vocabulary }
}

export const embeddingRule: LayerRule<"embedding"> = {
  outputShape: ({ features }, input) => [...input, features],
  parameters: ({ vocabulary, features, deviation = 0.02 }, _input, key) => ({
    table: random.normal(key, [vocabulary, features]).mul(deviation),
  }),
  state: () => ({}),
  apply: (_layer, { table }, state, x) => ({ output: np.take(table, x, 0), state }),
}

export const positionsRule: LayerRule<"positions"> = {
  outputShape(_layer, input) {
    requireSequence(input)
    return input
  },
  parameters({ form, deviation = 0.02 }, input, key) {
    const none: Arrays = {}
    return form === "learned" ? { table: random.normal(key, input).mul(deviation) } : none
  },
  state: () => ({}),
  apply({ form }, { table }, state, x) {
    const [time, features] = x.shape.slice(1).map(Number)
    const vectors = form === "learned" ? table.slice([0, time]) : sinusoids(time, features)
    return { output: x.add(vectors), state }
  },
}

/** sin(p/10000^(2i/d)) at feature 2i and the cosine at 2i + 1 (Vaswani et al. 2017, section 3.5). */
export function sinusoids(time: number, features: number) {
  const places = np.arange(time).astype("float32").reshape([time, 1])
  const half = Math.ceil(features / 2)
  const rates = np.exp(
    np
      .arange(half)
      .astype("float32")
      .mul((-2 * Math.log(10_000)) / features),
  )
  const angles = places.mul(rates)
  const both = np.stack([np.sin(angles), np.cos(angles)], 2)
  return both.reshape([time, 2 * half]).slice([0, time], [0, features])
}

export const unembeddingRule: LayerRule<"unembedding"> = plain(
  ({ vocabulary }, input) => [...input.slice(0, -1), vocabulary],
  ({ vocabulary }, x, { embedding }) => {
    if (embedding?.shape[0] !== vocabulary) {
      throw new TypeError(
        `unembedding: the network has no embedding of ${vocabulary} tokens to share`,
      )
    }
    return np.matmul(x, embedding.T)
  },
)
