/**
 * One step of training a network for handwritten digits: 3×3 convolution to 32 channels, relu,
 * maximum over 2×2; the same to 64 channels; dense 128, relu; dense 10. Softmax cross-entropy,
 * stochastic gradient descent with momentum.
 */

import type { Case } from "./case.ts"
import { uniform } from "./inputs.ts"

export const side = 28
export const classes = 10
export const learningRate = 0.05
export const momentum = 0.9
/** Values of one image that reach the dense layers: 7×7 of 64 channels. */
export const flattened = 7 * 7 * 64

/** The learned arrays in order: kernels HWIO, dense weights [in, out] of images flattened HWC. */
export const parameterShapes = [
  [3, 3, 1, 32],
  [32],
  [3, 3, 32, 64],
  [64],
  [flattened, 128],
  [128],
  [128, classes],
  [classes],
] as const

/** Where training starts: weights scaled by the number of values that each result sums, no bias. */
export function startingParameters(): readonly Float32Array[] {
  return parameterShapes.map((shape, i) => {
    const elements = shape.reduce((a, b) => a * b, 1)
    if (shape.length === 1) return new Float32Array(elements)
    const scale = Math.sqrt((6 * shape[shape.length - 1]!) / elements)
    return uniform(elements, 10 + i, -scale, scale)
  })
}

/** Images [batch, 28, 28, 1] and labels. */
export function trainingInputs(batch: number) {
  const labels = Int32Array.from(uniform(batch, 2, 0, classes), Math.floor)
  return { images: uniform(batch * side * side, 1, 0, 1), labels }
}

/** Multiply-adds of one forward pass, by layer; the padding's are counted as well. */
function products(batch: number) {
  const first = batch * side ** 2 * 9 * 32
  const second = batch * (side / 2) ** 2 * 9 * 32 * 64
  const dense = batch * (flattened * 128 + 128 * classes)
  return { first, second, dense }
}

export function trainingCase(batch: number): Case {
  const { first, second, dense } = products(batch)
  // Parameters and velocities are read and written, images and labels read.
  const learned = parameterShapes.reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0)
  const bytes = 4 * (4 * learned + batch * (side * side + classes))
  return {
    name: `MNIST training step, batch ${batch}`,
    group: "train",
    work: { kind: "training", batch },
    // Forward and both gradients; the first convolution needs none for its input.
    limit: { by: "arithmetic", operations: 2 * (2 * first + 3 * second + 3 * dense), bytes },
    tolerance: 1e-4,
    pieces: 1,
    long: false,
  }
}
