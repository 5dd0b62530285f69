/** Networks that tell the class of square images, in five sizes or as they were published. */

import { type Array as DeviceArray, nn, np, random } from "../../array/index.ts"
import {
  activation,
  batchNorm,
  convolution,
  dense,
  globalAveragePool,
  type Layer,
  maxPool,
  Network,
  presets,
} from "../../nn/index.ts"
import { adamRecipe, type DescentRecipe } from "../recipe.ts"
import type { NetworkChoice } from "../solver.ts"
import { type BatchNetwork, batchNetwork } from "./batch-network.ts"

/** JSON of an image classifier. */
export interface ImageSettings {
  readonly architecture: ImageArchitecture
  readonly side: number
  readonly channels: number
  readonly classes: number
  /** Features of each stage of a `cnn`; convolutions in a stage. */
  readonly widths: readonly number[]
  readonly depth: number
  /** Pixels 0 … 255 become (pixel − mean)/deviation. */
  readonly mean: number
  readonly deviation: number
  /** Whether training mirrors images, and by how many pixels it shifts them at most. */
  readonly mirror: boolean
  readonly shift: number
}

export const imageArchitectures = ["cnn", "resnet18", "alexnet"] as const

export type ImageArchitecture = (typeof imageArchitectures)[number]

export function isImageArchitecture(name: string): name is ImageArchitecture {
  return imageArchitectures.some((known) => known === name)
}

/** Images `image` float32[batch, side, side, channels] of 0 … 255 to logits [batch, 1, classes]. */
export function imageClassifier(settings: ImageSettings): BatchNetwork {
  const network = layersOf(settings)
  const { mean, deviation } = settings
  return batchNetwork({
    settings,
    initialize: (key) => network.initialize(key),
    apply(variables, { image }, { training, key }) {
      const seen =
        training && key !== undefined ? varied(image, settings, random.foldIn(key, 1)) : image
      const x = seen.sub(mean).mul(1 / deviation)
      const own = key === undefined ? { training } : { training, key: random.foldIn(key, 0) }
      const { output, state } = network.apply(variables, x, own)
      return { output: np.expandDims(output, 1), state }
    },
  })
}

function layersOf(settings: ImageSettings): Network {
  const { architecture, side, channels, classes, widths, depth } = settings
  const input = [side, side, channels] as const
  switch (architecture) {
    case "alexnet":
      return presets.alexnet(classes)
    case "resnet18":
      return presets.resnet18({ classes, input })
    case "cnn": {
      const stages = widths.flatMap((width): Layer[] => [
        ...Array.from({ length: depth }, () => [
          convolution(width, 3, { bias: false }),
          batchNorm(),
          activation("relu"),
        ]).flat(),
        maxPool(2),
      ])
      return new Network(input, [...stages, globalAveragePool(), dense(classes)])
    }
  }
  return architecture satisfies never
}

/** Each image mirrored by chance, and shifted by chance with its edges drawn out. Traceable. */
function varied(
  images: DeviceArray,
  { side, mirror, shift }: ImageSettings,
  key: DeviceArray,
): DeviceArray {
  const count = Number(images.shape[0])
  let x = images
  if (mirror) {
    const chosen = random.bernoulli(random.foldIn(key, 0), 0.5, [count, 1, 1, 1])
    x = np.where(chosen, np.flip(x, 2), x)
  }
  if (shift === 0) return x
  // A shift is a product with a matrix of 0 and 1: one for the rows, one for the columns.
  const moved = (i: number): DeviceArray => {
    const by = random.randint(random.foldIn(key, i), [count, 1], -shift, shift + 1)
    const from = np.clip(np.arange(side).astype("int32").add(by), 0, side - 1)
    return nn.oneHot(from, side)
  }
  const down = np.einsum("bij,bjwc->biwc", moved(1), x)
  return np.einsum("bij,bhjc->bhic", moved(2), down)
}

/** AdamW in one cycle: robust where nothing is known of the images. */
const recipe: DescentRecipe = {
  ...adamRecipe,
  batch: 64,
  rate: 3e-3,
  weightDecay: 0.02,
  warmup: 0.1,
}

/** As He et al. 2016 and Krizhevsky et al. 2012 train theirs, but for the form of the schedule. */
const published: Readonly<Record<"resnet18" | "alexnet", DescentRecipe>> = {
  resnet18: {
    ...recipe,
    batch: 128,
    optimizer: "sgd",
    rate: 0.1,
    weightDecay: 1e-4,
    clip: Number.POSITIVE_INFINITY,
  },
  alexnet: {
    ...recipe,
    batch: 128,
    optimizer: "sgd",
    rate: 0.01,
    weightDecay: 5e-4,
    clip: Number.POSITIVE_INFINITY,
  },
}

const sizes = {
  xs: { widths: [8, 16, 32], depth: 1 },
  s: { widths: [16, 32, 64], depth: 1 },
  m: { widths: [32, 64, 128], depth: 1 },
  l: { widths: [32, 64, 128], depth: 2 },
  xl: { widths: [64, 128, 256], depth: 2 },
} as const

/** All sizes of a network for images, the smallest first; a published network has its one. */
export function imageChoices(
  architecture: ImageArchitecture,
  images: Omit<ImageSettings, "architecture" | "widths" | "depth">,
): NetworkChoice[] {
  if (architecture !== "cnn") {
    const network = imageClassifier({ architecture, ...images, widths: [], depth: 0 })
    return [{ size: architecture, network, recipe: published[architecture] }]
  }
  return Object.entries(sizes).map(([size, shape]) => ({
    size,
    network: imageClassifier({ architecture, ...images, ...shape }),
    recipe,
  }))
}

export function isImageSettings(value: BatchNetwork["settings"]): value is ImageSettings {
  const given: Partial<Record<string, unknown>> = { ...value }
  const numbers = ["side", "channels", "classes", "depth", "mean", "deviation", "shift"]
  return (
    isImageArchitecture(value.architecture) &&
    numbers.every((name) => typeof given[name] === "number") &&
    typeof given.mirror === "boolean" &&
    Array.isArray(given.widths)
  )
}

/** @throws TypeError when a network is none for images. */
export function imageSettingsOf({ settings }: BatchNetwork): ImageSettings {
  if (isImageSettings(settings)) return settings
  throw new TypeError(`a network of the architecture ${settings.architecture} is none for images`)
}
