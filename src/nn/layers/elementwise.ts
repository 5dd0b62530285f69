/** Layers that act element by element or only change the shape. */

import { type Array, nn as functions, np, random } from "../../array/index.ts"
import { elementsOf } from "../../size/index.ts"
import type { Activation, LayerOf } from "../layer.ts"
import { type LayerRule, plain } from "../rule.ts"

/**
 * Dropout (Srivastava et al. 2014), with the scaling done while training.
 * @throws RangeError when the rate is not from 0 to below 1.
 * @example new Network([4], [dropout(0.5)]).output // → [4]
 */
export function dropout(rate: number): LayerOf<"dropout"> {
  if (!(rate >= 0 && rate < 1)) {
    throw new RangeError(`dropout: rate is ${rate}, which must be from 0 to below 1`)
  }
  return { kind: "dropout", rate }
}

/**
 * A function of every element by itself.
 * @example
 * const network = new Network([2], [activation("relu")])
 * network.apply(network.initialize(random.key(0)), np.array([[-1, 2]])).output // → [[0, 2]]
 */
export function activation(name: Activation): LayerOf<"activation"> {
  return { kind: "activation", name }
}

/**
 * The elements of each example as one vector, row-major.
 * @example new Network([4, 4, 3], [flatten()]).output // → [48]
 */
export function flatten(): LayerOf<"flatten"> {
  return { kind: "flatten" }
}

const activations: { readonly [A in Activation]: (x: Array) => Array } = {
  relu: functions.relu,
  gelu: functions.gelu,
  silu: functions.silu,
  sigmoid: functions.sigmoid,
  tanh: np.tanh,
  elu: functions.elu,
  leakyRelu: functions.leakyRelu,
  softplus: functions.softplus,
  softmax: functions.softmax,
}

export const dropoutRule: LayerRule<"dropout"> = plain(
  (_layer, input) => input,
  ({ rate }, x, { training, key }) => {
    if (!training || rate === 0) return x
    if (key === undefined) throw new TypeError("dropout needs a random key while training")
    const kept = random.bernoulli(key, 1 - rate, x.shape)
    return np.where(kept, x.div(1 - rate), 0)
  },
)

export const activationRule: LayerRule<"activation"> = plain(
  (_layer, input) => input,
  ({ name }, x) => activations[name](x),
)

export const flattenRule: LayerRule<"flatten"> = plain(
  (_layer, input) => [input.reduce((product, extent) => product * extent, 1)],
  (_layer, x) => x.reshape([x.shape[0], elementsOf(x.shape.slice(1))]),
)
