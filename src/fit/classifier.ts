/** A fitted classifier of images: its network, its weights, and what it makes of new images. */

import { type Array, jit, np } from "../array/index.ts"
import type { LabelledImages } from "../data/index.ts"
import { Network, type NetworkDefinition, type Variables } from "../nn/index.ts"
import { gatherPixels, type PixelScaling, scaledImages } from "./image-network.ts"
import type { Tensor } from "./safetensors.ts"

/** Weights and running moments outside any device, by "parameters/layer/name" and "state/…". */
export type Weights = ReadonlyMap<string, Tensor>

export interface ClassifierDefinition {
  readonly network: NetworkDefinition
  readonly scaling: PixelScaling
  /** Names of the classes, in the order of the network's outputs. */
  readonly classes: readonly string[]
}

/** Images that are scored at once. */
const batchSize = 500

export class ImageClassifier {
  readonly definition: ClassifierDefinition
  readonly weights: Weights
  readonly #logits: (variables: Variables, pixels: Array) => Array

  constructor(definition: ClassifierDefinition, weights: Weights) {
    const network = new Network(definition.network.input, definition.network.layers)
    requireWeights(network, weights)
    this.definition = definition
    this.weights = weights
    this.#logits = logitsOf(network, definition.scaling)
  }

  /** The number of the likeliest class of each image. */
  async classify(images: LabelledImages): Promise<Uint8Array> {
    requireInput(this.definition.network.input, images)
    const variables = toVariables(this.weights)
    return classifyWith(this.#logits, variables, images)
  }
}

/** A compiled function from weights and raw pixels (flat, float32) to logits [batch, classes]. */
export function logitsOf(
  network: Network,
  scaling: PixelScaling,
): (variables: Variables, pixels: Array) => Array {
  return jit((variables: Variables, pixels: Array) => {
    const x = scaledImages(pixels, network.input, scaling)
    return network.apply(variables, x).output
  })
}

/** The likeliest class of each image, in batches. */
export async function classifyWith(
  logits: (variables: Variables, pixels: Array) => Array,
  variables: Variables,
  images: LabelledImages,
): Promise<Uint8Array> {
  const found = new Uint8Array(images.count)
  const pending: Promise<void>[] = []
  for (let start = 0; start < images.count; start += batchSize) {
    const numbers = range(start, Math.min(images.count, start + batchSize))
    using pixels = np.array(gatherPixels(images, numbers))
    using scores = logits(variables, pixels)
    using best = np.argmax(scores, -1)
    pending.push(best.data().then((classes) => found.set(classes, start)))
  }
  await Promise.all(pending)
  return found
}

function range(from: number, to: number): Uint32Array {
  return Uint32Array.from({ length: to - from }, (_, i) => from + i)
}

/** A copy of a network's arrays outside the device. */
export async function toWeights(variables: Variables): Promise<Weights> {
  const weights = new Map<string, Tensor>()
  for (const [group, layers] of Object.entries(variables)) {
    for (const [layer, arrays] of Object.entries(layers)) {
      for (const [name, array] of Object.entries(arrays)) {
        const shape = array.shape.map(Number)
        weights.set(`${group}/${layer}/${name}`, {
          dtype: array.dtype,
          shape,
          data: await array.data(),
        })
      }
    }
  }
  return weights
}

/** A network's arrays from their copy. */
export function toVariables(weights: Weights): Variables {
  const groups: Record<string, Record<string, Record<string, Array>>> = {
    parameters: {},
    state: {},
  }
  for (const [path, { data, shape }] of weights) {
    const [group, layer, name] = path.split("/")
    groups[group][layer] ??= {}
    groups[group][layer][name] = np.array(data).reshape([...shape])
  }
  return { parameters: groups.parameters, state: groups.state }
}

/** @throws RangeError naming the first array that the network needs and the weights lack. */
function requireWeights(network: Network, weights: Weights): void {
  for (const { name, shape } of network.arrays()) {
    const found = weights.get(name)
    if (found === undefined) throw new RangeError(`the weights lack ${name}`)
    if (found.shape.join() !== shape.join()) {
      throw new RangeError(
        `${name} has shape [${found.shape.join(", ")}] in the weights, ` +
          `where the network needs [${shape.join(", ")}]`,
      )
    }
  }
}

/** @throws RangeError when images have not the size that the network was fitted to. */
function requireInput(input: readonly number[], images: LabelledImages): void {
  const given = [images.height, images.width, images.channels]
  if (given.join() !== input.join()) {
    throw new RangeError(
      `the network takes images of ${input.join("×")}, and these are ${given.join("×")}`,
    )
  }
}
