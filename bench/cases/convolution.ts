/** A convolution as they stand in the middle of image networks, and both of its gradients. */

import type { Case, ConvolutionPart, ConvolutionWork } from "./case.ts"
import { uniform } from "./inputs.ts"

/** Images and kernel, and the cotangent of the output, which has the images' shape. */
export function convolutionInputs({ batch, side, channels, kernel }: ConvolutionWork) {
  const pixels = batch * side * side * channels
  return {
    images: uniform(pixels, 1),
    kernel: uniform(kernel * kernel * channels * channels, 2, -0.1, 0.1),
    cotangent: uniform(pixels, 3),
  }
}

const parts: readonly ConvolutionPart[] = ["output", "input gradient", "kernel gradient"]

export const convolutionCases: readonly Case[] = parts.map((part) => {
  const [batch, side, channels, kernel] = [16, 56, 64, 3]
  const [pixels, weights] = [batch * side ** 2 * channels, kernel ** 2 * channels ** 2]
  const products = batch * side ** 2 * channels ** 2 * kernel ** 2
  return {
    name: `conv 3×3 ${channels}→${channels}, ${side}×${side}, batch ${batch}: ${part}`,
    group: "conv",
    work: { kind: "convolution", part, batch, side, channels, kernel },
    limit: { by: "arithmetic", operations: 2 * products, bytes: 4 * (2 * pixels + weights) },
    // A kernel's gradient sums 50,176 products for each weight.
    tolerance: 3e-5,
    pieces: 1,
    long: false,
  }
})
