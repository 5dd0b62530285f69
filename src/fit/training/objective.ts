/** What networks descend on, and what their outputs say. Outputs are [batch, members, outputs]. */

import { type Array, nn, np } from "../../array/index.ts"
import type { Batch } from "../networks/batch-network.ts"

export interface Objective {
  /** Mean loss of a batch, a scalar. Traceable. */
  loss(output: Array, batch: Batch): Array
  /** From a network's output to what is told of each example: [batch, …]. Traceable. */
  readout(output: Array): Array
}

/** Squares of differences from `target` float32[batch], averaged over members and examples. */
export const squares: Objective = {
  loss(output, { target }) {
    const difference = output.sub(np.reshape(target, [-1, 1, 1]))
    return difference.mul(difference).mean()
  },
  readout: (output) => output.mean(1),
}

export interface CrossEntropyOptions {
  /** For each class, what its examples count. */
  readonly weights?: readonly number[]
  /** Share of each target that is spread evenly over all classes (Szegedy et al. 2016). */
  readonly smoothing?: number
}

/**
 * Cross-entropy with `target` int32[batch], averaged over members and examples, in nats. Read out as
 * the mean of the members' probabilities, with what the weights changed taken back.
 */
export function crossEntropies({ weights, smoothing = 0 }: CrossEntropyOptions = {}): Objective {
  return {
    loss(output, { target }) {
      const classes = Number(output.shape[output.ndim - 1])
      const one = nn.oneHot(target, classes)
      const smooth = smoothing === 0 ? one : one.mul(1 - smoothing).add(smoothing / classes)
      const weighted =
        weights === undefined
          ? smooth
          : smooth.mul(np.expandDims(np.take(np.array([...weights]), target, 0), 1))
      // [batch, 1, classes] beside [batch, members, classes]
      return nn.logSoftmax(output).mul(np.expandDims(weighted, 1)).sum(-1).mean().neg()
    },
    readout(output) {
      const own =
        weights === undefined ? output : output.sub(np.array(weights.map((one) => Math.log(one))))
      return nn.softmax(own).mean(1)
    },
  }
}
