/** A fitted classifier of images: its network, its weights, and what it makes of new images. */

import { type Array, jit, nn, np } from "../array/index.ts"
import type { Images, LabelledImages } from "../data/index.ts"
import { Network, type NetworkDefinition } from "../nn/index.ts"
import { type Evaluation, evaluate } from "./evaluation.ts"
import { gatherPixels, type PixelScaling, scaledImages } from "./image-network.ts"
import {
  type NamedArrays,
  nestArrays,
  putWeights,
  requireWeights,
  type Weights,
} from "./weights.ts"

export interface ClassifierDefinition {
  readonly network: NetworkDefinition
  readonly scaling: PixelScaling
}

/** The likeliest class of each image, and how sure the network is of it. */
export interface Prediction {
  readonly classes: Uint8Array
  /** Probabilities by softmax, 0 to 1. */
  readonly probabilities: Float32Array
}

/** Images that are looked at together. */
export const lookSize = 500
/** Batches that wait for the device at most. */
export const mostBatches = 16

export class ImageClassifier {
  readonly definition: ClassifierDefinition
  readonly network: Network
  readonly weights: Weights
  readonly #look: Look

  /** @throws RangeError when the weights are not those of the network. */
  constructor(definition: ClassifierDefinition, weights: Weights) {
    this.definition = definition
    this.network = new Network(definition.network.input, definition.network.layers)
    this.weights = weights
    this.#look = jit(lookAt(this.network, definition.scaling))
    requireWeights(this.network, weights)
  }

  /** Number of classes. */
  get classes(): number {
    return this.network.output[0]
  }

  /**
   * The likeliest class of each image.
   * @throws RangeError when the images have not the size that the network takes.
   */
  async predict(images: Images): Promise<Prediction> {
    requireInput(this.network, images)
    const weights = putWeights(this.weights)
    try {
      return await predictWith(this.#look, weights, images)
    } finally {
      for (const array of Object.values(weights)) array.dispose()
    }
  }

  /** How many classes of labelled images it finds, and what it takes them for. */
  async evaluate(images: LabelledImages): Promise<Evaluation> {
    const { classes } = await this.predict(images)
    return evaluate(classes, images.labels, this.classes)
  }
}

/** From weights and raw pixels (flat, float32) to each image's class (int32) and probability. */
export type Look = (
  weights: NamedArrays,
  pixels: Array,
) => { readonly classes: Array; readonly probabilities: Array }

/** A network's look at images. */
export function lookAt(network: Network, scaling: PixelScaling): Look {
  return (weights, pixels) => {
    const x = scaledImages(pixels, network.input, scaling)
    const { output } = network.apply(nestArrays(network, weights), x)
    return { classes: np.argmax(output, -1), probabilities: np.max(nn.softmax(output), -1) }
  }
}

/** What a network makes of images, batch by batch. */
export async function predictWith(
  look: Look,
  weights: NamedArrays,
  images: Images,
): Promise<Prediction> {
  const classes = new Uint8Array(images.count)
  const probabilities = new Float32Array(images.count)
  const size = Math.min(lookSize, images.count)
  const batches: Promise<void>[] = []
  for (let start = 0; start < images.count; start += size) {
    if (batches.length >= mostBatches) await batches[batches.length - mostBatches]
    const wanted = Math.min(size, images.count - start)
    // The last batch is filled up with the last image, so that one program serves all.
    const numbers = Uint32Array.from({ length: size }, (_, i) => start + Math.min(i, wanted - 1))
    using pixels = np.array(gatherPixels(images, numbers))
    const found = look(weights, pixels)
    using best = found.classes
    using sure = found.probabilities
    const read = Promise.all([best.data(), sure.data()]).then(([first, second]) => {
      classes.set(first.subarray(0, wanted), start)
      probabilities.set(second.subarray(0, wanted), start)
    })
    batches.push(read)
  }
  await Promise.all(batches)
  return { classes, probabilities }
}

/** @throws RangeError when images have not the size that the network takes. */
export function requireInput(network: Network, images: Images): void {
  const given = [images.height, images.width, images.channels]
  if (given.join() !== network.input.join()) {
    throw new RangeError(
      `the network takes images of ${network.input.join("×")}, and these are ${given.join("×")}`,
    )
  }
}
