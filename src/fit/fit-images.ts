/** Labelled images to a network that classifies them. */

import { defaultDevice, openDevice, setDefaultDevice } from "../array/index.ts"
import { type LabelledImages, selectImages } from "../data/index.ts"
import type { Bill } from "../device/index.ts"
import { Network, type NetworkDefinition } from "../nn/index.ts"
import { ImageClassifier, requireInput } from "./classifier.ts"
import { type Check, descend, programsOf, type Stretch } from "./descent.ts"
import type { Evaluation } from "./evaluation.ts"
import { settleDevice } from "./fit-device.ts"
import { imageNetwork, pixelScaling } from "./image-network.ts"
import {
  type Fit,
  type FitOffer,
  offerFor,
  stepGraph,
  stepsPerEpoch,
  stepsWithin,
} from "./offer.ts"
import { stratifiedSplit } from "./split.ts"
import { defaultRecipe, type Recipe } from "./training.ts"

export interface FitOptions {
  /** Images that are kept from the fit altogether, to judge its result by. */
  readonly test?: LabelledImages
  /** A convolutional network of the images' size unless given. */
  readonly network?: NetworkDefinition
  readonly recipe?: Partial<Recipe>
  /** Decides the split, the first weights and the order of the images; 0 unless given. */
  readonly seed?: number
  /** Training steps; where several of steps, epochs and deadline are given, the least counts. */
  readonly steps?: number
  /** Times that every training image is seen; 5 if nothing else is given. */
  readonly epochs?: number
  /**
   * Seconds within which to be done, by what a few steps take before the fit. A machine that turns
   * slower in the meantime shortens the fit.
   */
  readonly deadline?: number
  /** Share of the images held out to choose the best weights by; a tenth unless given. */
  readonly validationShare?: number
  /** Where to run; becomes the default device. */
  readonly device?: string
  readonly threads?: number
  /** Told before the first step. */
  readonly onOffer?: (offer: FitOffer) => void
  /** Told what is out of the ordinary, and which device was chosen, in one sentence. */
  readonly onEvent?: (event: string) => void
  /** Told every few steps. */
  readonly onProgress?: (progress: FitProgress) => void
  /** Ends the fit early: it rejects with the signal's reason. */
  readonly signal?: AbortSignal
}

export interface FitProgress {
  readonly step: number
  readonly steps: number
  /** Times that every training image was seen so far. */
  readonly epoch: number
  /** Mean over the last few steps, in nats. */
  readonly loss: number
  /** Share of right answers in the last few steps, on images that are trained on. */
  readonly accuracy: number
  /** Share of right answers on held-out images, in the latest check. */
  readonly validationAccuracy: number | undefined
  readonly samplesPerSecond: number
  readonly seconds: number
  readonly secondsLeft: number
  /** Bytes that the device holds. */
  readonly bytes: number
}

/** One check in a fit's history. */
export interface FitPoint {
  readonly step: number
  readonly loss: number
  readonly accuracy: number
  readonly validationAccuracy: number
}

export interface FitResult {
  readonly classifier: ImageClassifier
  /** On the held-out images, with the weights that were best there. */
  readonly validation: Evaluation
  /** On the test images, where they were given. */
  readonly test: Evaluation | undefined
  /** Steps done: fewer than offered where the machine turned too slow for the deadline. */
  readonly steps: number
  /** The step after which the best weights were taken. */
  readonly bestStep: number
  readonly history: readonly FitPoint[]
  readonly offer: FitOffer
  /** What all training steps and checks took: what the offer's quote is about. */
  readonly bill: Bill
}

/**
 * Fits a network to labelled images: holds some out, descends in one cycle of the learning rate,
 * looks at the held-out images now and then, and keeps the weights that did best on them.
 * The same images, seed, steps and threads give the same bits.
 * @throws RangeError when options make no sense or the test images do not fit the training images.
 * @throws Error when the fit diverges or the device fails.
 * @example
 * // Not run: it learns.
 * const bytesOf = async (name: string) => new Uint8Array(await (await fetch(name)).arrayBuffer())
 * const [pixels, classes] = [await bytesOf("/images.idx"), await bytesOf("/labels.idx")]
 * const named = { name: "images.idx", bytes: pixels }
 * const images = labelledImages(named, { name: "labels.idx", bytes: classes })
 * const { classifier } = await fitImages(images, { epochs: 2 })
 * await classifier.predict(images)
 */
export async function fitImages(
  images: LabelledImages,
  options: FitOptions = {},
): Promise<FitResult> {
  const began = performance.now()
  requireOptions(images, options)
  const { device, threads, test } = options
  if (device !== undefined || threads !== undefined) {
    setDefaultDevice(device ?? defaultDevice(), { threads })
  }
  const prepared = await prepare(images, options)
  const use = { runs: options.steps ?? defaultEpochs * stepsPerEpoch(prepared), stays: true }
  const settled = await settleDevice(() => stepGraph(prepared), {
    threads,
    use,
    onEvent: options.onEvent,
  })
  const fit = { ...prepared, device: settled }
  const limits = [options.steps, options.epochs && options.epochs * stepsPerEpoch(fit)]
  let end = Number.POSITIVE_INFINITY
  if (options.deadline !== undefined) {
    const elapsed = (performance.now() - began) / 1000
    const allowance = await stepsWithin(fit, options.deadline - elapsed, test?.count ?? 0)
    limits.push(allowance.steps)
    end = began + 1000 * (options.deadline - allowance.after)
  }
  const given = limits.filter((limit) => limit !== undefined)
  const steps = given.length === 0 ? defaultEpochs * stepsPerEpoch(fit) : Math.min(...given)
  const offer = await offerFor(fit, Math.max(1, Math.round(steps)))
  options.onOffer?.(offer)
  return run(fit, offer, end, options)
}

const defaultEpochs = 5

/** Everything that is chosen before the number of steps. */
async function prepare(images: LabelledImages, options: FitOptions): Promise<Fit> {
  const { seed = 0, validationShare = 0.1, test } = options
  const given = options.network
  const network =
    given === undefined ? imageNetwork(images) : new Network(given.input, given.layers)
  requireInput(network, images)
  requireClasses(network, images)
  if (test !== undefined) requireTest(network, test)
  const split = await stratifiedSplit(images.labels, validationShare, seed)
  const recipe = { ...defaultRecipe, ...options.recipe }
  const batched = { ...recipe, batch: Math.min(recipe.batch, split.training.length) }
  const scaling = pixelScaling(images.pixels)
  return {
    network,
    scaling,
    recipe: batched,
    images,
    examples: split.training,
    validation: selectImages(images, split.validation),
    seed,
    device: await openDevice(),
    programs: programsOf(network, scaling, batched),
  }
}

/** @param end the time (of `performance.now`) after which no step should be under way */
async function run(
  fit: Fit,
  offer: FitOffer,
  end: number,
  options: FitOptions,
): Promise<FitResult> {
  const { device, network, scaling, recipe } = fit
  const { steps, checks } = offer
  const { onProgress, signal, test } = options
  const began = performance.now()
  const speed = new Speed(began)
  const history: FitPoint[] = []
  let latest: Stretch = { step: 0, steps, loss: Number.NaN, accuracy: Number.NaN }
  let best: Check | undefined
  let bytes = 0
  const onStep = (): void => {
    bytes = Math.max(bytes, device.memory().inUse)
  }
  const onStretch = (stretch: Stretch): void => {
    latest = stretch
    const now = performance.now()
    speed.mark(stretch.step, now)
    onProgress?.({
      ...stretch,
      epoch: stretch.step / stepsPerEpoch(fit),
      validationAccuracy: history.at(-1)?.validationAccuracy,
      samplesPerSecond: speed.perSecond * recipe.batch,
      seconds: (now - began) / 1000,
      secondsLeft: (stretch.steps - stretch.step) / speed.perSecond,
      bytes: device.memory().inUse,
    })
  }
  const onCheck = (check: Check): void => {
    const { accuracy } = check.evaluation
    history.push({ ...latest, step: check.step, validationAccuracy: accuracy })
    // Of equals the later one, whose rate was lower.
    if (best === undefined || accuracy >= best.evaluation.accuracy) best = check
  }
  const stepsLeft = (done: number): number =>
    Math.floor(((end - performance.now()) / 1000) * speed.perSecond) - (done - latest.step)
  const stepsDone = await descend({
    ...fit,
    steps,
    stepsLeft,
    checks,
    onStep,
    onStretch,
    onCheck,
    signal,
  })
  const seconds = (performance.now() - began) / 1000
  if (best === undefined) throw new Error("a fit ends with a check, but none came")
  const classifier = new ImageClassifier({ network: network.toJSON(), scaling }, best.weights)
  return {
    classifier,
    validation: best.evaluation,
    test: test === undefined ? undefined : await classifier.evaluate(test),
    steps: stepsDone,
    bestStep: best.step,
    history,
    offer,
    bill: { seconds, bytes, threads: device.threads },
  }
}

/** Milliseconds over which speed is averaged. */
const speedWindow = 8000

/** Steps per second, over the last few seconds; infinite before any is known to be done. */
class Speed {
  readonly #marks: { readonly step: number; readonly time: number }[]

  constructor(began: number) {
    this.#marks = [{ step: 0, time: began }]
  }

  mark(step: number, time: number): void {
    this.#marks.push({ step, time })
    while (this.#marks.length > 2 && time - this.#marks[0].time > speedWindow) this.#marks.shift()
  }

  get perSecond(): number {
    const first = this.#marks[0]
    const last = this.#marks[this.#marks.length - 1]
    const seconds = (last.time - first.time) / 1000
    return seconds === 0 ? Number.POSITIVE_INFINITY : (last.step - first.step) / seconds
  }
}

/** @throws RangeError naming the option that makes no sense. */
function requireOptions(images: LabelledImages, options: FitOptions): void {
  const { steps, epochs, deadline, validationShare } = options
  const positive = { epochs, deadline, validationShare }
  for (const [name, value] of Object.entries(positive)) {
    if (value !== undefined && !(value > 0)) {
      throw new RangeError(`fitImages: ${name} is ${value}, which must be more than 0`)
    }
  }
  if (steps !== undefined && !(Number.isInteger(steps) && steps > 0)) {
    throw new RangeError(`fitImages: steps is ${steps}, which must be a whole number above 0`)
  }
  if (images.classes < 2) {
    throw new RangeError("fitImages: all images have one label, and there is nothing to tell apart")
  }
}

/** @throws RangeError when the network has fewer outputs than there are classes. */
function requireClasses(network: Network, { classes }: LabelledImages): void {
  const [outputs, ...more] = network.output
  if (more.length > 0 || outputs < classes) {
    throw new RangeError(
      `the network's output is [${network.output.join(", ")}], where it must be a number for ` +
        `each of ${classes} classes`,
    )
  }
}

/** @throws RangeError when test images are of another size, or of classes that are not known. */
function requireTest(network: Network, test: LabelledImages): void {
  requireInput(network, test)
  const [outputs] = network.output
  if (test.classes > outputs) {
    throw new RangeError(
      `the test images are of classes up to ${test.classes - 1}, ` +
        `where the network learns the classes 0 to ${outputs - 1}`,
    )
  }
}
