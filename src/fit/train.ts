/** The descent: one compiled step, repeated over shuffled batches. */

import { type Array, jit, np, random, valueAndGrad } from "../array/index.ts"
import type { LabelledImages } from "../data/index.ts"
import { losses, type Network, type OptimizerState, sgd, type Variables } from "../nn/index.ts"
import { gatherPixels, type PixelScaling, scaledImages } from "./image-network.ts"
import { shuffled } from "./split.ts"

export interface Recipe {
  readonly batch: number
  /** Greatest learning rate of the cycle. */
  readonly peak: number
  readonly momentum: number
  readonly weightDecay: number
}

/** SGD with momentum in one cycle: robust for small convolutional networks. */
export const defaultRecipe: Recipe = { batch: 128, peak: 0.1, momentum: 0.9, weightDecay: 1e-4 }

/** What a training step carries from one to the next. */
export interface TrainingState {
  readonly variables: Variables
  readonly optimizer: OptimizerState<Variables["parameters"]>
}

export interface StepResult extends TrainingState {
  readonly loss: Array
}

export type Step = (
  variables: Variables,
  optimizer: TrainingState["optimizer"],
  pixels: Array,
  labels: Array,
  rate: Array,
  key: Array,
) => StepResult

/** The training step as a plain function of arrays, to be traced, priced or compiled. */
export function trainingStep(network: Network, scaling: PixelScaling, recipe: Recipe): Step {
  const { momentum, weightDecay } = recipe
  return (variables, optimizer, pixels, labels, rate, key) => {
    const x = scaledImages(pixels, network.input, scaling)
    const objective = (parameters: Variables["parameters"]): [Array, Variables["state"]] => {
      const given = { parameters, state: variables.state }
      const { output, state } = network.apply(given, x, { training: true, key })
      return [losses.crossEntropy(output, labels), state]
    }
    const descend = valueAndGrad(objective, { hasAux: true })
    const [[loss, state], gradients] = descend(variables.parameters)
    const method = sgd(() => rate, { momentum, weightDecay })
    const next = method.update(gradients, optimizer, variables.parameters)
    return { variables: { parameters: next.parameters, state }, optimizer: next.state, loss }
  }
}

/** The optimiser's state before the first step of {@link trainingStep}. */
export function initialOptimizer(
  variables: Variables,
  { momentum }: Recipe,
): TrainingState["optimizer"] {
  return sgd(0, { momentum }).initialize(variables.parameters)
}

/** Told after every step; returning a promise makes training wait for it. */
export type StepListener = (event: {
  readonly step: number
  /** The loss, still on the device. */
  readonly loss: Array
  readonly state: TrainingState
}) => Promise<void> | undefined

/**
 * Descends for a number of steps over batches that are shuffled anew every epoch.
 * The same seed gives the same bits.
 */
export async function descend(
  network: Network,
  scaling: PixelScaling,
  recipe: Recipe,
  images: LabelledImages,
  examples: Uint32Array,
  options: { readonly steps: number; readonly seed: number; readonly listener: StepListener },
): Promise<TrainingState> {
  const { steps, seed, listener } = options
  const step = jit(trainingStep(network, scaling, recipe), { donate: [0, 1] })
  const key = random.key(seed)
  const variables = network.initialize(key)
  let state: TrainingState = { variables, optimizer: initialOptimizer(variables, recipe) }
  const batch = Math.min(recipe.batch, examples.length)
  const perEpoch = Math.floor(examples.length / batch)
  const rateAt = oneCycleRates(recipe.peak, steps)
  let order: Uint32Array = new Uint32Array(0)
  for (let i = 0; i < steps; i++) {
    const within = i % perEpoch
    if (within === 0) order = await shuffled(examples.length, seed + 1 + Math.floor(i / perEpoch))
    const chosen = order.subarray(within * batch, (within + 1) * batch).map((n) => examples[n])
    using pixels = np.array(gatherPixels(images, chosen))
    using labels = np.array(Int32Array.from(chosen, (n) => images.labels[n]))
    using rate = np.array(rateAt(i))
    using own = random.foldIn(key, i)
    const next = step(state.variables, state.optimizer, pixels, labels, rate, own)
    using loss = next.loss
    state = { variables: next.variables, optimizer: next.optimizer }
    await listener({ step: i, loss, state })
  }
  return state
}

/** The rate of each step of one cycle: up over the first quarter, down half a cosine after it. */
export function oneCycleRates(peak: number, steps: number): (step: number) => number {
  const rising = Math.max(1, Math.round(steps / 4))
  return (step) => {
    if (step < rising) return peak * (0.04 + (0.96 * step) / rising)
    const share = Math.min(1, (step - rising) / Math.max(1, steps - rising))
    return peak * (1e-4 + ((1 - 1e-4) * (1 + Math.cos(Math.PI * share))) / 2)
  }
}
