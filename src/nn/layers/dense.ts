/** Dense layers. */

import { np } from "../../array/index.ts"
import { type LayerOf, requireCount } from "../layer.ts"
import { type Arrays, kernelOf, type LayerRule } from "../rule.ts"

/**
 * A dense layer: [..., inputs] to [..., features], by a kernel [inputs, features] and a bias.
 * @param options.bias whether there is one (true); its first value is `biasValue` (0)
 * @param options.deviation of the kernel's first values (He's, if left out)
 * @throws RangeError unless features are a whole number from 1 on.
 * @example new Network([4], [dense(2)]).output // → [2]
 */
export function dense(
  features: number,
  options: { bias?: boolean; deviation?: number; biasValue?: number } = {},
): LayerOf<"dense"> {
  requireCount(features, "dense: features")
  const { bias = true, ...initial } = options
  return { kind: "dense", features, bias, ...initial }
}

export const denseRule: LayerRule<"dense"> = {
  outputShape: (layer, input) => [...input.slice(0, -1), layer.features],
  parameters({ features, bias, deviation, biasValue = 0 }, input, key) {
    const fanIn = input[input.length - 1]
    const arrays: Arrays = { kernel: kernelOf(key, [fanIn, features], fanIn, deviation) }
    return bias ? { ...arrays, bias: np.full([features], biasValue) } : arrays
  },
  state: () => ({}),
  apply(_layer, { kernel, bias }, state, x) {
    const y = np.matmul(x, kernel)
    return { output: bias === undefined ? y : y.add(bias), state }
  },
}
