/** How a network descends, as data. */

import type { Array } from "../../array/index.ts"
import { adamW, type Optimizer, sgd } from "../../nn/index.ts"

export interface DescentRecipe {
  /** Examples in one step. */
  readonly batch: number
  /** Greatest learning rate. */
  readonly rate: number
  readonly optimizer: "adamW" | "sgd"
  readonly weightDecay: number
  /** Momentum of SGD, Adam's first beta. */
  readonly momentum: number
  /** Adam's second beta. */
  readonly beta2: number
  /** Greatest norm of the gradients together; infinite where they are not clipped. */
  readonly clip: number
  /** Whether SGD looks ahead along its momentum (Sutskever et al. 2013); it does unless told. */
  readonly nesterov?: boolean
  readonly schedule: ScheduleName
  /** Share of the steps in which the rate rises. */
  readonly warmup: number
  /** Checks without a better one, after which the rest of the schedule is run through quickly. */
  readonly patience: number
}

/** The rate's share of its greatest value, by the share of the steps that are done after warm-up. */
const shapes = {
  cosine: (done: number): number => 0.5 + 0.5 * Math.cos(Math.PI * done),
  linear: (done: number): number => 1 - done,
  constant: (): number => 1,
  /** Constant, then a straight line down over the last fifth. */
  trapezoid: (done: number): number => Math.min(1, (1 - done) / 0.2),
  /** A tenth of it from each quarter on. */
  stairs: (done: number): number => 10 ** -Math.min(3, Math.floor(4 * done)),
}

export type ScheduleName = keyof typeof shapes

/** The learning rate when a share of the steps is done. */
export function rateAt({ rate, schedule, warmup }: DescentRecipe, done: number): number {
  if (done < warmup) return rate * ((done + 0.01 * warmup) / (1.01 * warmup))
  return rate * Math.max(1e-4, shapes[schedule]((done - warmup) / (1 - warmup)))
}

/** The recipe's optimiser at a rate that is given with each step. */
export function optimizerOf(recipe: DescentRecipe, rate: Array | number): Optimizer {
  const { weightDecay, momentum, beta2, nesterov = momentum > 0 } = recipe
  return recipe.optimizer === "sgd"
    ? sgd(() => rate, { momentum, weightDecay, nesterov })
    : adamW(() => rate, { beta1: momentum, beta2, weightDecay })
}

/** AdamW as for TabM: rate 0.002 … 0.006, clipped to norm 1. */
export const adamRecipe: DescentRecipe = {
  batch: 256,
  rate: 0.004,
  optimizer: "adamW",
  weightDecay: 3e-4,
  momentum: 0.9,
  beta2: 0.999,
  clip: 1,
  schedule: "cosine",
  warmup: 0.02,
  patience: 25,
}
