/** Labelled images of one size, and batches of them. */

import type { Examples } from "../examples.ts"
import type { Pixels } from "./image-files.ts"

export interface ImageSet {
  readonly pixels: Pixels
  /** Class number of each image. */
  readonly labels: Int32Array
  /** File of each image. */
  readonly paths: readonly string[]
}

/** Images looked at together. */
export const lookSize = 64

/** Some images of a set. */
export function selectSet(set: ImageSet, numbers: Uint32Array): ImageSet {
  const { side, channels, values } = set.pixels
  const size = side * side * channels
  const chosen = new Uint8Array(numbers.length * size)
  for (const [i, number] of numbers.entries()) {
    chosen.set(values.subarray(number * size, (number + 1) * size), i * size)
  }
  return {
    pixels: { ...set.pixels, count: numbers.length, values: chosen },
    labels: Int32Array.from(numbers, (number) => set.labels[number]),
    paths: Array.from(numbers, (number) => set.paths[number]),
  }
}

/** Batches of images alone: `image` float32[batch, side, side, channels], 0 … 255. */
export function imageExamples({ count, side, channels, values }: Pixels): Examples {
  const size = side * side * channels
  return {
    count,
    gather(numbers) {
      const data = new Float32Array(numbers.length * size)
      for (const [i, number] of numbers.entries()) {
        data.set(values.subarray(number * size, (number + 1) * size), i * size)
      }
      return { image: { data, shape: [numbers.length, side, side, channels] } }
    },
  }
}

/** Batches of images with their classes: `target` int32[batch]. */
export function labelledExamples({ pixels, labels }: ImageSet): Examples {
  const images = imageExamples(pixels)
  return {
    count: images.count,
    async gather(numbers) {
      const target = Int32Array.from(numbers, (number) => labels[number])
      const batch = await images.gather(numbers)
      return { ...batch, target: { data: target, shape: [numbers.length] } }
    },
  }
}
