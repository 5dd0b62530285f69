/**
 * The descent: the training step repeated over shuffled batches, with a check on held-out examples
 * now and then. The device is kept busy: steps are handed over without waiting for them, and what
 * is read of one stretch of steps arrives while it works on the next.
 */

import { type Array, jit, np, random } from "../array/index.ts"
import type { LabelledImages } from "../data/index.ts"
import { arraysOf, type Network, schedules } from "../nn/index.ts"
import { type Look, lookAt, predictWith } from "./classifier.ts"
import { type Evaluation, evaluate } from "./evaluation.ts"
import { gatherPixels, type PixelScaling } from "./image-network.ts"
import { shuffled } from "./split.ts"
import { initialState, type Recipe, type TrainingState, trainingStep } from "./training.ts"
import { copyWeights, type NamedArrays, nameArrays, type Weights } from "./weights.ts"

/** What a fit runs on the device. */
export interface Programs {
  readonly start: (key: Array) => TrainingState
  readonly step: (
    state: TrainingState,
    pixels: Array,
    labels: Array,
    rate: number,
    key: Array,
  ) => TrainingState
  readonly look: Look
  /** The same arrays once more, which no step can donate. */
  readonly keep: (weights: NamedArrays) => NamedArrays
}

export function programsOf(network: Network, scaling: PixelScaling, recipe: Recipe): Programs {
  return {
    start: jit((key: Array) => initialState(network, recipe, key)),
    step: jit(trainingStep(network, scaling, recipe), { donate: [0] }),
    look: jit(lookAt(network, scaling)),
    keep: jit((weights: NamedArrays) => weights),
  }
}

/** A stretch of steps that are done. */
export interface Stretch {
  /** Steps done so far. */
  readonly step: number
  /** Steps that the fit will have. */
  readonly steps: number
  /** Mean loss of the stretch. */
  readonly loss: number
  /** Share of right answers in the stretch. */
  readonly accuracy: number
}

/** The network as it was after some step, on held-out examples. */
export interface Check {
  readonly step: number
  readonly evaluation: Evaluation
  readonly weights: Weights
}

export interface Descent {
  readonly network: Network
  readonly recipe: Recipe
  readonly programs: Programs
  readonly images: LabelledImages
  /** Numbers of the images to train on. */
  readonly examples: Uint32Array
  readonly validation: LabelledImages
  readonly steps: number
  /** The steps that there is time for, asked after a stretch: fewer than `steps` cut it short. */
  readonly stepsLeft: (done: number) => number
  readonly checks: number
  readonly seed: number
  /** Told when a step was handed to the device. */
  readonly onStep: () => void
  readonly onStretch: (stretch: Stretch) => void
  readonly onCheck: (check: Check) => void
  readonly signal: AbortSignal | undefined
}

/** Steps between two readings. */
const stretchSteps = 10
/** Steps that are handed over and not done, at most. */
export const stepsUnderWay = 2 * stretchSteps

/**
 * Descends from weights drawn with the seed. The same seed and steps give the same bits. Where time
 * runs short, the rest of the learning rate's cycle is gone through in fewer steps.
 * @returns the number of steps done
 * @throws Error when the loss is no number any more, or the signal's reason when it aborts.
 */
export async function descend(descent: Descent): Promise<number> {
  const { programs, images, examples, recipe, seed, checks, signal } = descent
  const key = random.key(seed)
  const batches = new Batches(examples, recipe.batch, seed + 1)
  const rates = await ratesOf(recipe, descent.steps)
  let { steps } = descent
  let place = 0
  let pace = 1
  let state = programs.start(key)
  let stretch: Promise<void> | undefined
  let check: Promise<void> | undefined
  try {
    for (let done = 1; done <= steps; done++) {
      const rate = rates[Math.min(rates.length - 1, Math.round(place))]
      state = takeStep(programs, state, images, await batches.next(), rate, key)
      place += pace
      descent.onStep()
      if (done % stretchSteps === 0 || done === steps) {
        // Two stretches are under way at most.
        await Promise.all([stretch, breath()])
        signal?.throwIfAborted()
        stretch = quiet(readStretch(descent, done, steps, state.meters))
        state = { ...state, meters: np.array(new Float32Array(2)) }
        const left = Math.max(1, descent.stepsLeft(done))
        if (done < steps && done + left < steps) {
          steps = done + left
          pace = (descent.steps - place) / left
        }
      }
      if (Math.floor((done * checks) / steps) > Math.floor(((done - 1) * checks) / steps)) {
        await check
        check = quiet(readCheck(descent, done, programs.keep(nameArrays(state.variables))))
      }
    }
    await Promise.all([stretch, check])
    return steps
  } finally {
    for (const array of arraysOf(state)) array.dispose()
  }
}

/** Hands one step to the device. */
export function takeStep(
  programs: Programs,
  state: TrainingState,
  images: LabelledImages,
  chosen: Uint32Array,
  rate: number,
  key: Array,
): TrainingState {
  using pixels = np.array(gatherPixels(images, chosen))
  using labels = np.array(Int32Array.from(chosen, (number) => images.labels[number]))
  return programs.step(state, pixels, labels, rate, key)
}

/** Batches of examples in an order that is drawn anew every epoch. */
export class Batches {
  readonly #examples: Uint32Array
  readonly #batch: number
  #seed: number
  #order: Uint32Array = new Uint32Array(0)
  #at = 0
  /** The order after this one: drawn ahead, so that no epoch begins with waiting. */
  #following: Promise<Uint32Array>

  constructor(examples: Uint32Array, batch: number, seed: number) {
    this.#examples = examples
    this.#batch = Math.min(batch, examples.length)
    this.#seed = seed
    this.#following = this.#draw()
  }

  /** The numbers of the next batch; what does not fill a batch waits for the next epoch. */
  async next(): Promise<Uint32Array> {
    if (this.#at + this.#batch > this.#order.length) {
      this.#order = await this.#following
      this.#following = this.#draw()
      this.#at = 0
    }
    const places = this.#order.subarray(this.#at, this.#at + this.#batch)
    this.#at += this.#batch
    return places.map((place) => this.#examples[place])
  }

  #draw(): Promise<Uint32Array> {
    return quiet(shuffled(this.#examples.length, this.#seed++))
  }
}

async function ratesOf({ peak, warmup }: Recipe, steps: number): Promise<ArrayLike<number>> {
  const cycle = jit((step: Array) => schedules.oneCycle(peak, steps, warmup)(step))
  using numbers = np.array(Float32Array.from({ length: steps }, (_, step) => step))
  using rates = np.asarray(cycle(numbers))
  return rates.data()
}

async function readStretch(
  descent: Descent,
  step: number,
  steps: number,
  meters: Array,
): Promise<void> {
  const length = step % stretchSteps || stretchSteps
  const [losses, accuracies] = await meters.data()
  meters.dispose()
  const loss = losses / length
  if (!Number.isFinite(loss)) {
    throw new Error(
      `the fit diverged before step ${step}: its loss is ${loss}, so a peak learning rate below ` +
        `${descent.recipe.peak} would be right`,
    )
  }
  descent.onStretch({ step, steps, loss, accuracy: accuracies / length })
}

async function readCheck(descent: Descent, step: number, named: NamedArrays): Promise<void> {
  const { network, programs, validation, onCheck } = descent
  const copy = quiet(copyWeights(network, named))
  const { classes } = await predictWith(programs.look, named, validation)
  const weights = await copy
  for (const array of Object.values(named)) array.dispose()
  const evaluation = evaluate(classes, validation.labels, network.output[0])
  onCheck({ step, evaluation, weights })
}

/** A promise whose failure is told to those who await it, and to nobody else. */
function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {})
  return promise
}

/** Lets timers and signals have their turn. */
function breath(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve))
}
