/** The network that images are fitted with unless one is given, and how pixels become its input. */

import type { Array } from "../array/index.ts"
import { np } from "../array/index.ts"
import type { Images, LabelledImages } from "../data/index.ts"
import {
  activation,
  convolution,
  dense,
  flatten,
  type Layer,
  maxPool,
  Network,
} from "../nn/index.ts"

/** Pixels 0 … 255 become (pixel − mean)/deviation. */
export interface PixelScaling {
  readonly mean: number
  readonly deviation: number
}

/**
 * A convolutional network in the way of LeNet-5 (LeCun et al. 1998) with rectifiers and
 * more features: two 3×3 convolutions, each followed by pooling, then two dense layers. Images
 * smaller than 4 pixels a side get the dense layers alone.
 * @example
 * const pixels = new Uint8Array([0, 255])
 * const labels = new Uint8Array([0, 1])
 * const two = { count: 2, height: 1, width: 1, channels: 1, pixels, labels, classes: 2 }
 * imageNetwork(two).output // → [2]
 */
export function imageNetwork(images: LabelledImages): Network {
  const { height, width, channels, classes } = images
  const features: Layer[] = []
  for (const count of [16, 32]) {
    if (Math.min(height, width) < 4) break
    features.push(convolution(count, 3), activation("relu"), maxPool(2))
  }
  const head: Layer[] = [flatten(), dense(128), activation("relu"), dense(classes)]
  return new Network([height, width, channels], [...features, ...head])
}

/** Mean and standard deviation of all pixels. */
export function pixelScaling(pixels: Uint8Array): PixelScaling {
  const counts = new Float64Array(256)
  for (const pixel of pixels) counts[pixel]++
  const mean = counts.reduce((sum, count, pixel) => sum + count * pixel, 0) / pixels.length
  const square = counts.reduce((sum, count, pixel) => sum + count * (pixel - mean) ** 2, 0)
  return { mean, deviation: Math.sqrt(square / pixels.length) || 1 }
}

/** A batch of raw pixels, flat and float32, as the network's input [batch, …shape]. */
export function scaledImages(
  pixels: Array,
  shape: readonly number[],
  { mean, deviation }: PixelScaling,
): Array {
  return np
    .reshape(pixels, [-1, ...shape])
    .sub(mean)
    .mul(1 / deviation)
}

/** The pixels of some images as float32, flat, for the device. */
export function gatherPixels(images: Images, numbers: ArrayLike<number>): Float32Array {
  const size = images.height * images.width * images.channels
  const gathered = new Float32Array(numbers.length * size)
  for (let i = 0; i < numbers.length; i++) {
    const start = numbers[i] * size
    gathered.set(images.pixels.subarray(start, start + size), i * size)
  }
  return gathered
}
