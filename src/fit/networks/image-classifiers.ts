/** Networks that tell the class of square images, in five sizes or as they were published. */

import { np, random } from "../../array/index.ts"
import {
  activation,
  batchNorm,
  convolution,
  dense,
  flatten,
  type Layer,
  maxPool,
  Network,
  presets,
} from "../../nn/index.ts"
import type { NetworkChoice } from "../solver.ts"
import { adamRecipe, type DescentRecipe } from "../training/recipe.ts"
import { type BatchNetwork, batchNetwork } from "./batch-network.ts"
import type { ImageArchitecture, ImageSettings } from "./image-settings.ts"
import { varied, viewsOf } from "./image-views.ts"

/** Images `image` float32[batch, side, side, channels] of 0 … 255 to logits [batch, 1, classes]. */
export function imageClassifier(settings: ImageSettings): BatchNetwork {
  const network = imageLayers(settings)
  const { mean, deviation } = settings
  return batchNetwork({
    settings,
    initialize: (key) => network.initialize(key),
    apply(variables, { image }, { training, key, thorough }) {
      const looks =
        training && key !== undefined
          ? [varied(image, settings, random.foldIn(key, 1))]
          : viewsOf(image, settings, thorough === true)
      const own = key === undefined ? { training } : { training, key: random.foldIn(key, 0) }
      const [first, ...more] = looks.map((view) =>
        network.apply(variables, view.sub(mean).mul(1 / deviation), own),
      )
      const outputs = [first, ...more].map(({ output }) => output)
      return { output: np.stack(outputs, 1), state: first.state }
    },
  })
}

/** The layers of an image classifier, behind the scaling of its pixels. */
export function imageLayers(settings: ImageSettings): Network {
  const { architecture, side, channels, classes, widths, depth } = settings
  const input = [side, side, channels] as const
  switch (architecture) {
    case "alexnet":
      return presets.alexnet(classes)
    case "resnet18":
    case "resnet34":
      return presets[architecture]({ classes, input })
    case "cnn": {
      const stages = widths.flatMap((width): Layer[] => [
        // Pooled first, so that what follows has a quarter of the places.
        convolution(width, 3, { bias: false }),
        maxPool(2),
        batchNorm(),
        activation("relu"),
        ...Array.from({ length: depth - 1 }, () => [
          convolution(width, 3, { bias: false }),
          batchNorm(),
          activation("relu"),
        ]).flat(),
      ])
      const last = Math.floor(side / 2 ** widths.length)
      return new Network(input, [...stages, maxPool(last), flatten(), dense(classes)])
    }
  }
  return architecture satisfies never
}

/**
 * SGD with Nesterov's momentum, the rate up in a straight line and down to 0 in another, as Jordan,
 * "94% on CIFAR-10 in 3.29 Seconds on a Single GPU" (2024) has it, with a smaller batch.
 */
const recipe: DescentRecipe = {
  ...adamRecipe,
  batch: 128,
  rate: 0.2,
  optimizer: "sgd",
  weightDecay: 5e-4,
  momentum: 0.9,
  clip: Number.POSITIVE_INFINITY,
  schedule: "linear",
  warmup: 0.2,
}

/**
 * As He et al. 2016 train theirs, but for the form of the schedule; and as Krizhevsky et al. 2012 do,
 * whose rate fell to a tenth three times, when they saw that nothing got better: here at each quarter.
 */
const residual: DescentRecipe = {
  ...recipe,
  rate: 0.1,
  weightDecay: 1e-4,
  schedule: "cosine",
  warmup: 0.1,
}
const published: Readonly<Record<Exclude<ImageArchitecture, "cnn">, DescentRecipe>> = {
  resnet18: residual,
  resnet34: residual,
  alexnet: { ...recipe, rate: 0.01, nesterov: false, schedule: "stairs", warmup: 0 },
}

/** Features of the first stage, and convolutions in each. */
const sizes = {
  xs: { width: 16, depth: 1 },
  s: { width: 16, depth: 2 },
  m: { width: 32, depth: 2 },
  l: { width: 48, depth: 2 },
  xl: { width: 64, depth: 3 },
} as const

/** Features of each stage, which halves the side, until some four places a side are left. */
function widthsFor(width: number, side: number): number[] {
  const stages = Math.max(1, Math.round(Math.log2(side / 3.5)))
  return Array.from({ length: stages }, (_, stage) => width * 2 ** Math.min(stage, 2))
}

/** Images in a step: a power of two, so that few images get some ten steps in an epoch. */
function batchFor(images: number): number {
  return Math.max(16, Math.min(recipe.batch, 2 ** Math.floor(Math.log2(images / 10))))
}

/** All sizes of a network for so many images, the smallest first; a published network has its one. */
export function imageChoices(
  architecture: ImageArchitecture,
  images: Omit<ImageSettings, "architecture" | "widths" | "depth">,
  count: number,
): NetworkChoice[] {
  if (architecture !== "cnn") {
    // The paper takes the mean away and leaves the deviation.
    const { deviation } = architecture === "alexnet" ? { deviation: 1 } : images
    const network = imageClassifier({ architecture, ...images, deviation, widths: [], depth: 0 })
    return [{ size: architecture, network, recipe: published[architecture] }]
  }
  const batch = batchFor(count)
  const rate = (recipe.rate * batch) / recipe.batch
  return Object.entries(sizes).map(([size, { width, depth }]) => ({
    size,
    network: imageClassifier({
      architecture,
      ...images,
      widths: widthsFor(width, images.side),
      depth,
    }),
    recipe: { ...recipe, batch, rate },
  }))
}
