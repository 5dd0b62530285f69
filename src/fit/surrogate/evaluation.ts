/** One input through an ensemble in plain numbers: no device, no promise, for single calls. */

import type { EnsembleSize } from "./ensemble.ts"

/** Elements of the ensemble's weights, by name, row-major. */
export type PlainWeights = {
  readonly [N in "kernel1" | "bias1" | "kernel2" | "bias2" | "kernel3" | "bias3"]: Float32Array
}

export interface Judgement {
  /** Mean of the members, one for each output. */
  readonly mean: Float64Array
  /** Standard deviation of the members, the greatest over outputs. */
  readonly spread: number
}

/** Work 2·members·(features·hidden + hidden² + hidden·outputs). */
export function evaluate(size: EnsembleSize, w: PlainWeights, x: Float32Array): Judgement {
  const { members, hidden, outputs } = size
  const sums = new Float64Array(outputs)
  const squares = new Float64Array(outputs)
  const first = new Float64Array(hidden)
  const second = new Float64Array(hidden)
  const last = new Float64Array(outputs)
  for (let m = 0; m < members; m++) {
    layer(x, w.kernel1, w.bias1, m, first)
    activate(first)
    layer(first, w.kernel2, w.bias2, m, second)
    activate(second)
    layer(second, w.kernel3, w.bias3, m, last)
    for (let o = 0; o < outputs; o++) {
      sums[o] += last[o]
      squares[o] += last[o] * last[o]
    }
  }
  let spread = 0
  for (let o = 0; o < outputs; o++) {
    sums[o] /= members
    spread = Math.max(spread, squares[o] / members - sums[o] * sums[o])
  }
  return { mean: sums, spread: Math.sqrt(spread) }

  function layer(
    from: Float32Array | Float64Array,
    kernel: Float32Array,
    bias: Float32Array,
    member: number,
    to: Float64Array,
  ): void {
    const width = to.length
    for (let j = 0; j < width; j++) to[j] = bias[member * width + j]
    let place = member * from.length * width
    for (let i = 0; i < from.length; i++) {
      const value = from[i]
      for (let j = 0; j < width; j++) to[j] += value * kernel[place++]
    }
  }
}

function activate(x: Float64Array): void {
  for (let i = 0; i < x.length; i++) x[i] /= 1 + Math.exp(-x[i])
}
