/** What a descent runs on the device: plain functions of arrays, to be priced, quoted and compiled. */

import { type Array, jit, np, random, valueAndGrad } from "../../array/index.ts"
import { clipByGlobalNorm, type OptimizerState, type Variables } from "../../nn/index.ts"
import type { ContractionPrecision } from "../../schedule/index.ts"
import type { Batch, BatchNetwork } from "../networks/batch-network.ts"
import type { Objective } from "./objective.ts"
import { type DescentRecipe, optimizerOf } from "./recipe.ts"
import { type NamedArrays, nestArrays } from "./weights.ts"

/** What a training step carries to the next one. */
export type DescentState = {
  readonly variables: Variables
  readonly optimizer: OptimizerState<Variables["parameters"]>
  /** The sum of the steps' losses since it was last set to 0, a float32 scalar. */
  readonly loss: Array
}

/** One step down; the key is for what is random, and the step's number is folded into it. */
export type DescentStep = (
  state: DescentState,
  batch: Batch,
  rate: Array | number,
  key: Array,
) => DescentState

/** The training step of a network, an objective and a recipe. Traceable. */
export function descentStep(
  network: BatchNetwork,
  objective: Objective,
  recipe: DescentRecipe,
): DescentStep {
  return ({ variables, optimizer, loss }, batch, rate, key) => {
    const own = random.foldIn(key, optimizer.step.astype("uint32"))
    const down = (parameters: Variables["parameters"]): [Array, Variables["state"]] => {
      const given = { parameters, state: variables.state }
      const { output, state } = network.apply(given, batch, { training: true, key: own })
      return [objective.loss(output, batch), state]
    }
    const descend = valueAndGrad(down, { hasAux: true })
    const [[value, state], gradients] = descend(variables.parameters)
    const clipped = Number.isFinite(recipe.clip)
      ? clipByGlobalNorm(gradients, recipe.clip)
      : gradients
    const method = optimizerOf(recipe, rate)
    const next = method.update(clipped, optimizer, variables.parameters)
    return {
      variables: { parameters: next.parameters, state },
      optimizer: next.state,
      loss: loss.add(value),
    }
  }
}

/** The state before the first step, drawn with a key. Traceable. */
export function descentStart(
  network: BatchNetwork,
  recipe: DescentRecipe,
  key: Array,
): DescentState {
  const variables = network.initialize(key)
  const optimizer = optimizerOf(recipe, 0).initialize(variables.parameters)
  return { variables, optimizer, loss: np.zeros([]) }
}

/** What a network says of a batch: [batch, …]. */
export type Readout = (weights: NamedArrays, batch: Batch) => Array

/**
 * The readout of a network. Traceable.
 * @param thorough whether it looks at each example in several ways, where it can
 */
export function readoutOf(network: BatchNetwork, objective: Objective, thorough = false): Readout {
  return (weights, batch) => {
    const variables = nestArrays(network, weights)
    const context = { training: false, key: undefined, thorough }
    const { output } = network.apply(variables, batch, context)
    return objective.readout(output)
  }
}

export interface DescentPrograms {
  readonly start: (key: Array) => DescentState
  readonly step: DescentStep
  readonly readout: Readout
  /** The same arrays once more, which no step can donate. */
  readonly keep: (state: DescentState) => DescentState
}

/** @param precision of products in a step; what is read out is computed in float32 */
export function descentPrograms(
  network: BatchNetwork,
  objective: Objective,
  recipe: DescentRecipe,
  precision?: ContractionPrecision,
): DescentPrograms {
  return {
    start: jit((key: Array) => descentStart(network, recipe, key)),
    step: jit(descentStep(network, objective, recipe), { donate: [0], precision }),
    readout: jit(readoutOf(network, objective)),
    keep: jit((state: DescentState) => state),
  }
}
