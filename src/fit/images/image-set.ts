/** Labelled images of one size, and batches of them. */

import type { Files } from "../../data/index.ts"
import { DataError } from "../finding.ts"
import type { Examples, HostBatch } from "../training/examples.ts"
import { decodeImages, type Pixels } from "./image-files.ts"

/** Pixels of many images of one size, held in memory or decoded when they are asked for. */
export interface PixelSource extends Omit<Pixels, "values"> {
  readonly isHeld: boolean
  /** uint8[numbers, side, side, channels] */
  gather(numbers: Uint32Array): Uint8Array | Promise<Uint8Array>
}

export interface ImageSet {
  /** As the network takes them. */
  readonly images: PixelSource
  /** All of them in memory: the same, or small copies where those would not fit there. */
  readonly pixels: Pixels
  /** Class number of each image. */
  readonly labels: Int32Array
  /** File of each image. */
  readonly paths: readonly string[]
}

/** Images looked at together. */
export const lookSize = 64

/** Pixels that are all in memory. */
export function heldPixels(pixels: Pixels): PixelSource {
  const { count, side, channels } = pixels
  const gather = (numbers: Uint32Array): Uint8Array => selectPixels(pixels, numbers).values
  return { count, side, channels, isHeld: true, gather }
}

/**
 * Pixels that are decoded, on threads of their own, when they are asked for: then memory holds those of
 * a few batches, however many there are.
 */
export function filedPixels(
  paths: readonly string[],
  side: number,
  channels: 1 | 3,
  files: Files,
): PixelSource {
  return {
    count: paths.length,
    side,
    channels,
    isHeld: false,
    async gather(numbers) {
      const asked = Array.from(numbers, (number) => paths[number])
      const { pixels, broken } = await decodeImages(asked, side, { channels, files })
      if (broken.length > 0) {
        throw new DataError(
          `${broken[0]} was a whole image when the fit began and is none any more: leave the files ` +
            "as they are meanwhile",
        )
      }
      return pixels.values
    },
  }
}

/** Some of the images. */
export function selectPixels(pixels: Pixels, numbers: Uint32Array): Pixels {
  const { side, channels, values } = pixels
  const size = side * side * channels
  const chosen = new Uint8Array(numbers.length * size)
  for (const [i, number] of numbers.entries()) {
    chosen.set(values.subarray(number * size, (number + 1) * size), i * size)
  }
  return { ...pixels, count: numbers.length, values: chosen }
}

/** Some images of a set. */
export function selectSet(
  { images, pixels, labels, paths }: ImageSet,
  numbers: Uint32Array,
): ImageSet {
  const chosen = selectPixels(pixels, numbers)
  const gather: PixelSource["gather"] = (some) => images.gather(some.map((i) => numbers[i]))
  return {
    images: images.isHeld ? heldPixels(chosen) : { ...images, count: numbers.length, gather },
    pixels: chosen,
    labels: Int32Array.from(numbers, (number) => labels[number]),
    paths: Array.from(numbers, (number) => paths[number]),
  }
}

/** Batches of images alone: `image` float32[batch, side, side, channels], 0 … 255. */
export function imageExamples({ count, side, channels, gather }: PixelSource): Examples {
  const batchOf = (values: Uint8Array, length: number): HostBatch => ({
    image: { data: new Float32Array(values), shape: [length, side, side, channels] },
  })
  return {
    count,
    gather(numbers) {
      const values = gather(numbers)
      return values instanceof Uint8Array
        ? batchOf(values, numbers.length)
        : values.then((decoded) => batchOf(decoded, numbers.length))
    },
  }
}

/** Batches of images with their classes: `target` int32[batch]. */
export function labelledExamples({ images, labels }: ImageSet): Examples {
  const { count, gather } = imageExamples(images)
  return {
    count,
    async gather(numbers) {
      const target = Int32Array.from(numbers, (number) => labels[number])
      const batch = await gather(numbers)
      return { ...batch, target: { data: target, shape: [numbers.length] } }
    },
  }
}
