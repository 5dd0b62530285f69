/** Self-attention over sequences. */

import { type Array, nn as functions, np, random } from "../../array/index.ts"
import { type LayerOf, requireCount } from "../layer.ts"
import { type Arrays, type LayerRule, requireSequence } from "../rule.ts"

/**
 * Multi-head scaled dot-product self-attention (Vaswani et al. 2017, section 3.2) of
 * [batch, time, features], to the same shape; the heads share the features among them. Work
 * O(batch · time² · features), span logarithmic in time and features.
 * @param options.causal places attend to themselves and those before them only (false)
 * @param options.bias whether projections have biases (true)
 * @param options.deviation of the kernels' first values; of the last projection's `outputDeviation`
 * @throws RangeError unless heads are a whole number from 1 on; a network does when they do not divide
 *   the features.
 * @example new Network([6, 8], [selfAttention(2)]).output // → [6, 8]
 */
export function selfAttention(
  heads: number,
  options: { causal?: boolean; bias?: boolean; deviation?: number; outputDeviation?: number } = {},
): LayerOf<"selfAttention"> {
  requireCount(heads, "selfAttention: heads")
  const { causal = false, bias = true, ...initial } = options
  return { kind: "selfAttention", heads, causal, bias, ...initial }
}

export const selfAttentionRule: LayerRule<"selfAttention"> = {
  outputShape({ heads }, input) {
    requireSequence(input)
    if (input[1] % heads !== 0) {
      throw new RangeError(`${heads} heads must divide ${input[1]} features`)
    }
    return input
  },
  parameters({ bias, deviation, outputDeviation }, [, features], key) {
    // Queries, keys and values by one kernel, as one product makes them.
    const usual = Math.sqrt(1 / features)
    const first = deviation ?? usual
    const kernel = random.normal(random.foldIn(key, 0), [features, 3 * features]).mul(first)
    const output = random
      .normal(random.foldIn(key, 1), [features, features])
      .mul(outputDeviation ?? first)
    const kernels: Arrays = { kernel, output }
    if (!bias) return kernels
    return { ...kernels, bias: np.zeros([3 * features]), outputBias: np.zeros([features]) }
  },
  state: () => ({}),
  apply(layer, parameters, state, x) {
    const [query, key, value] = project(layer, parameters, x)
    const attended = functions.dotProductAttention(query, key, value, { isCausal: layer.causal })
    return { output: attendTo(parameters, attended), state }
  },
}

/** Queries, keys and values of [batch, time, features], each [batch, time, heads, width]. */
export function project(
  { heads }: LayerOf<"selfAttention">,
  { kernel, bias }: Arrays,
  x: Array,
): readonly [Array, Array, Array] {
  const [batch, time, features] = x.shape.map(Number)
  const joined = np.matmul(x, kernel)
  const projected = bias === undefined ? joined : joined.add(bias)
  const parts = projected.reshape([batch, time, 3, heads, features / heads])
  return [parts.slice([], [], 0), parts.slice([], [], 1), parts.slice([], [], 2)]
}

/** What the heads saw, [batch, time, heads, width], mixed to [batch, time, features]. */
export function attendTo({ output, outputBias }: Arrays, attended: Array): Array {
  const [batch, time, heads, width] = attended.shape.map(Number)
  const y = np.matmul(attended.reshape([batch, time, heads * width]), output)
  return outputBias === undefined ? y : y.add(outputBias)
}
