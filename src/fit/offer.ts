/** What a fit will take, before it runs: its price, its quote, and the steps that a deadline holds. */

import { type Array, evalShape, f32, graphOf, i32, random, u32 } from "../array/index.ts"
import type { LabelledImages } from "../data/index.ts"
import { calibrationOf, type Device, type Quote, quoteGraph } from "../device/index.ts"
import type { Graph } from "../graph/index.ts"
import { arraysOf, type Network } from "../nn/index.ts"
import { type ModelPrice, type Price, priceGraph } from "../price/index.ts"
import { add, elementsOf, maximum, multiply } from "../size/index.ts"
import { lookAt, lookSize, mostBatches, predictWith } from "./classifier.ts"
import { Batches, type Programs, stepsUnderWay, takeStep } from "./descent.ts"
import type { PixelScaling } from "./image-network.ts"
import { initialState, type Recipe, trainingStep } from "./training.ts"
import { nameArrays } from "./weights.ts"

/** What is to be fitted, with everything chosen but the number of steps. */
export interface Fit {
  readonly network: Network
  readonly scaling: PixelScaling
  /** With a batch that is not larger than the training images are many. */
  readonly recipe: Recipe
  readonly images: LabelledImages
  /** Numbers of the images to train on. */
  readonly examples: Uint32Array
  readonly validation: LabelledImages
  readonly seed: number
  readonly device: Device
  readonly programs: Programs
}

/** What a fit will be, before it runs. */
export interface FitOffer {
  readonly network: Network
  readonly recipe: Recipe
  readonly steps: number
  /** Times that every training image is seen. */
  readonly epochs: number
  readonly trainingImages: number
  readonly validationImages: number
  /** Looks at all held-out images. */
  readonly checks: number
  /** The price of one training step. */
  readonly step: Price
  /** The price of all training steps and checks. */
  readonly whole: Price
  /** What all training steps and checks will take on the device. */
  readonly quote: Quote
}

/** Checks of a fit that is shorter than so many epochs. */
const leastChecks = 4

/** Steps in which every training image is seen once, but for those that do not fill a batch. */
export function stepsPerEpoch({ examples, recipe }: Fit): number {
  return Math.floor(examples.length / recipe.batch)
}

/** The offer for a number of steps: one check for each epoch, and a few at least. */
export async function offerFor(fit: Fit, steps: number): Promise<FitOffer> {
  const { network, recipe, examples, validation, device } = fit
  const perEpoch = stepsPerEpoch(fit)
  const checks = Math.min(steps, Math.max(leastChecks, Math.round(steps / perEpoch)))
  const looks = checks * Math.ceil(validation.count / lookSize)
  const step = stepGraph(fit)
  const look = lookGraph(fit)
  const calibration = await calibrationOf(device)
  const prices = { step: priceGraph(step), look: priceGraph(look) }
  const quotes = { step: quoteGraph(step, calibration), look: quoteGraph(look, calibration) }
  return {
    network,
    recipe,
    steps,
    epochs: steps / perEpoch,
    trainingImages: examples.length,
    validationImages: validation.count,
    checks,
    step: prices.step,
    whole: inSequence(repeated(prices.step, steps), repeated(prices.look, looks)),
    quote: {
      ...quoteInSequence(quoteRepeated(quotes.step, steps), quoteRepeated(quotes.look, looks)),
      bytes: Math.max(quotes.step.bytes, quotes.look.bytes) + bytesUnderWay(fit),
    },
  }
}

/** One training step. */
export function stepGraph({ network, scaling, recipe }: Fit): Graph {
  const state = evalShape((key: Array) => initialState(network, recipe, key), u32(2))
  const pixels = f32(recipe.batch * Number(elementsOf(network.input)))
  const step = trainingStep(network, scaling, recipe)
  return graphOf(step)(state, pixels, i32(recipe.batch), f32(), u32(2))
}

function lookGraph({ network, scaling, validation }: Fit): Graph {
  const weights = evalShape((key: Array) => nameArrays(network.initialize(key)), u32(2))
  const size = Math.min(lookSize, validation.count)
  return graphOf(lookAt(network, scaling))(weights, f32(size * Number(elementsOf(network.input))))
}

/** The price of running a program again and again. */
function repeated(price: Price, times: number): Price {
  const { work, span, traffic, ram, gpu } = price
  const longer = (model: ModelPrice): ModelPrice => ({
    ...model,
    time: multiply(model.time, times),
  })
  return {
    ...price,
    work: multiply(work, times),
    span: multiply(span, times),
    traffic: multiply(traffic, times),
    ram: longer(ram),
    gpu: longer(gpu),
  }
}

/** The price of two programs one after the other. */
function inSequence(a: Price, b: Price): Price {
  const model = (one: ModelPrice, other: ModelPrice): ModelPrice => ({
    time: add(one.time, other.time),
    threads: maximum(one.threads, other.threads),
    memory: maximum(one.memory, other.memory),
  })
  return {
    work: add(a.work, b.work),
    span: add(a.span, b.span),
    traffic: add(a.traffic, b.traffic),
    ram: model(a.ram, b.ram),
    gpu: model(a.gpu, b.gpu),
    bounds: [...a.bounds, ...b.bounds],
  }
}

function quoteRepeated(quote: Quote, times: number): Quote {
  const { seconds, interval } = quote
  return {
    ...quote,
    seconds: seconds * times,
    interval: [interval[0] * times, interval[1] * times],
  }
}

function quoteInSequence(a: Quote, b: Quote): Quote {
  return {
    ...a,
    seconds: a.seconds + b.seconds,
    interval: [a.interval[0] + b.interval[0], a.interval[1] + b.interval[1]],
  }
}

/** Bytes beside the program that runs: batches handed over ahead, and the weights being checked. */
function bytesUnderWay({ network, recipe, validation }: Fit): number {
  const image = 4 * Number(elementsOf(network.input))
  const batches = Math.min(mostBatches, Math.ceil(validation.count / lookSize))
  const looked = batches * Math.min(lookSize, validation.count)
  const weights = network
    .arrays()
    .reduce((sum, { shape }) => sum + 4 * Number(elementsOf(shape)), 0)
  return (stepsUnderWay * recipe.batch + looked) * image + weights
}

/** Share of the time left that is not planned with: it absorbs a machine that turns slower. */
const reserve = 0.05

/** What a deadline allows. */
export interface Allowance {
  readonly steps: number
  /** Seconds that are needed after the last step. */
  readonly after: number
}

/**
 * The steps that can be done in some seconds, found by doing a few of them on a state that is
 * thrown away. The seconds also hold the checks and a look at so many more images.
 */
export async function stepsWithin(
  fit: Fit,
  seconds: number,
  moreImages: number,
): Promise<Allowance> {
  const began = performance.now()
  const { step, image } = await measure(fit)
  const left = seconds - (performance.now() - began) / 1000
  const check = image * fit.validation.count
  const after = check + image * moreImages
  const perStep = step + check / stepsPerEpoch(fit)
  const free = left * (1 - reserve) - after - (leastChecks - 1) * check
  return { steps: Math.max(1, Math.floor(free / perStep)), after }
}

const warmSteps = 4
const windows = 5
const windowSeconds = 0.12

/**
 * Seconds that one training step takes, and a look at one image: the shortest of several tries,
 * since a fit can be shortened when it turns out slower, but not lengthened.
 */
async function measure(fit: Fit): Promise<{ readonly step: number; readonly image: number }> {
  const { programs, images, examples, recipe, seed, validation, device } = fit
  const key = random.key(seed)
  const batches = new Batches(examples, recipe.batch, seed)
  let state = programs.start(key)
  const steps = async (count: number): Promise<number> => {
    const start = performance.now()
    for (let i = 0; i < count; i++) {
      state = takeStep(programs, state, images, await batches.next(), 0, key)
    }
    await device.settled()
    return (performance.now() - start) / 1000
  }
  await steps(1)
  let step = (await steps(warmSteps)) / warmSteps
  for (let i = 0; i < windows; i++) {
    const count = Math.max(2, Math.ceil(windowSeconds / step))
    step = Math.min(step, (await steps(count)) / count)
  }
  const some = { ...validation, count: Math.min(2 * lookSize, validation.count) }
  const weights = nameArrays(state.variables)
  let image = Number.POSITIVE_INFINITY
  for (let i = 0; i < windows; i++) {
    const start = performance.now()
    await predictWith(programs.look, weights, some)
    image = Math.min(image, (performance.now() - start) / 1000 / some.count)
  }
  for (const array of arraysOf(state)) array.dispose()
  return { step, image }
}
