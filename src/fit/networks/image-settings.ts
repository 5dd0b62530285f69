/** What an image classifier is built from, as it is written down beside its weights. */

import type { BatchNetwork } from "./batch-network.ts"

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
  /** For `alexnet`, what training adds to colours by chance: float[3][3], see `colourAxes`. */
  readonly colours?: readonly (readonly number[])[]
}

export const imageArchitectures = ["cnn", "resnet18", "resnet34", "alexnet"] as const

export type ImageArchitecture = (typeof imageArchitectures)[number]

export function isImageArchitecture(name: string): name is ImageArchitecture {
  return imageArchitectures.some((known) => known === name)
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
