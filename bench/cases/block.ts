/**
 * One step of training a transformer block: layer norm, attention and a residual; layer norm, two
 * dense layers with gelu (by tanh) between and a residual. Mean squared error, AdamW.
 */

import type { BlockWork, Case } from "./case.ts"
import { uniform } from "./inputs.ts"

export const blockOptimiser = {
  rate: 1e-3,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-6,
  weightDecay: 0.01,
} as const

/** The learned arrays in order; weights are [in, out]. Query, key and value have no bias. */
export function blockShapes({ width, hidden }: BlockWork): readonly (readonly number[])[] {
  return [
    [width],
    [width],
    [width, 3 * width],
    [width, width],
    [width],
    [width],
    [width],
    [width, hidden],
    [hidden],
    [hidden, width],
    [width],
  ]
}

/** Numbers of the arrays that scale what is normalised, which start at 1. */
const scales: ReadonlySet<number> = new Set([0, 5])

/** Where training starts: weights uniform with variance 1/in, scales 1, shifts and biases 0. */
export function blockStart(work: BlockWork): readonly Float32Array[] {
  return blockShapes(work).map((shape, i) => {
    const elements = shape.reduce((a, b) => a * b, 1)
    if (shape.length === 1) return new Float32Array(elements).fill(scales.has(i) ? 1 : 0)
    const most = Math.sqrt(3 / shape[0]!)
    return uniform(elements, 10 + i, -most, most)
  })
}

/** What goes in and what should come out, [batch, tokens, width]. */
export function blockInputs({ batch, tokens, width }: BlockWork) {
  const elements = batch * tokens * width
  return { x: uniform(elements, 1), target: uniform(elements, 2) }
}

function blockCase(): Case {
  const work: BlockWork = {
    kind: "block",
    batch: 32,
    tokens: 64,
    width: 256,
    heads: 8,
    hidden: 1024,
  }
  const { batch, tokens, width, hidden } = work
  const dense = batch * tokens * width * (4 * width + 2 * hidden)
  const attention = 2 * batch * tokens ** 2 * width
  // Parameters and both moments are read and written, input and target read.
  const learned = blockShapes(work).reduce(
    (sum, shape) => sum + shape.reduce((a, b) => a * b, 1),
    0,
  )
  const bytes = 4 * (6 * learned + 2 * batch * tokens * width)
  return {
    name: `transformer block training step, batch ${batch}`,
    group: "train",
    work,
    limit: { by: "arithmetic", operations: 6 * (dense + attention), bytes },
    // AdamW divides gradients by their size, so that small ones' rounding moves parameters.
    tolerance: 2e-3,
    pieces: 1,
    long: false,
  }
}

export const blockCases: readonly Case[] = [blockCase()]
