/** Self-attention over sequences. */

import { type Array, nn as functions, np, random } from "../../array/index.ts"
import { type LayerOf, requireCount } from "../layer.ts"
import { type Arrays, type LayerRule, requireSequence } from "../rule.ts"

/**
 * Multi-head scaled dot-product self-attention (Vaswani et al. 2017, section 3.2) of
 * [batch, time, features]; the heads share the features among them.
 * @param options.causal places attend to themselves and those before them only
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
  apply({ heads, causal }, { kernel, bias, output, outputBias }, state, x) {
    const [batch, time, features] = x.shape.map(Number)
    const joined = np.matmul(x, kernel)
    const projected = bias === undefined ? joined : joined.add(bias)
    // (batch, time, 3, heads, width)
    const parts = projected.reshape([batch, time, 3, heads, features / heads])
    const part = (i: number): Array => parts.slice([], [], i)
    const attended = functions.dotProductAttention(part(0), part(1), part(2), { isCausal: causal })
    const y = np.matmul(attended.reshape([batch, time, features]), output)
    return { output: outputBias === undefined ? y : y.add(outputBias), state }
  },
}
