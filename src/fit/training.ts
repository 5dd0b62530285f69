/** The training step, as a plain function of arrays: to be priced, quoted and compiled. */

import { type Array, np, random, valueAndGrad } from "../array/index.ts"
import { losses, type Network, type OptimizerState, sgd, type Variables } from "../nn/index.ts"
import { type PixelScaling, scaledImages } from "./image-network.ts"

/** How a network descends. */
export interface Recipe {
  /** Examples in one step. */
  readonly batch: number
  /** Greatest learning rate of the cycle. */
  readonly peak: number
  /** Share of the steps in which the rate rises. */
  readonly warmup: number
  readonly momentum: number
  readonly weightDecay: number
  /** Share of each target spread over all classes. */
  readonly smoothing: number
}

/** SGD with momentum in one cycle: robust for small convolutional networks. */
export const defaultRecipe: Recipe = {
  batch: 128,
  peak: 0.1,
  warmup: 0.25,
  momentum: 0.9,
  weightDecay: 1e-4,
  smoothing: 0,
}

/** What a training step carries to the next one. */
export type TrainingState = {
  readonly variables: Variables
  readonly optimizer: OptimizerState<Variables["parameters"]>
  /** float32[2]: the sums of the steps' losses and of their shares of right answers. */
  readonly meters: Array
}

/**
 * One step down.
 * @param pixels float32, flat: batch·height·width·channels
 * @param labels int32[batch]
 * @param rate the step's learning rate, a scalar
 * @param key for layers that draw random numbers; the step's number is folded into it
 */
export type Step = (
  state: TrainingState,
  pixels: Array,
  labels: Array,
  rate: Array,
  key: Array,
) => TrainingState

export function trainingStep(network: Network, scaling: PixelScaling, recipe: Recipe): Step {
  const { momentum, weightDecay, smoothing } = recipe
  return ({ variables, optimizer, meters }, pixels, labels, rate, key) => {
    const x = scaledImages(pixels, network.input, scaling)
    const own = random.foldIn(key, optimizer.step.astype("uint32"))
    const objective = (
      parameters: Variables["parameters"],
    ): [Array, { state: Variables["state"]; right: Array }] => {
      const given = { parameters, state: variables.state }
      const { output, state } = network.apply(given, x, { training: true, key: own })
      const right = losses.accuracy(output, labels)
      return [losses.crossEntropy(output, labels, { smoothing }), { state, right }]
    }
    const descend = valueAndGrad(objective, { hasAux: true })
    const [[loss, { state, right }], gradients] = descend(variables.parameters)
    const method = sgd(() => rate, { momentum, weightDecay, nesterov: true })
    const next = method.update(gradients, optimizer, variables.parameters)
    return {
      variables: { parameters: next.parameters, state },
      optimizer: next.state,
      meters: meters.add(np.stack([loss, right])),
    }
  }
}

/** The state before the first step, drawn with a key. */
export function initialState(network: Network, { momentum }: Recipe, key: Array): TrainingState {
  const variables = network.initialize(key)
  const optimizer = sgd(0, { momentum }).initialize(variables.parameters)
  return { variables, optimizer, meters: np.zeros([2]) }
}
