/** What networks descend on, and what their outputs say. Outputs are [batch, members, outputs]. */

import { type Array, nn, np } from "../array/index.ts"
import type { Batch } from "./networks/batch-network.ts"

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

/**
 * Cross-entropy with `target` int32[batch], averaged over members and examples, in nats; classes
 * may have weights. Read out as the mean of the members' probabilities.
 */
export function crossEntropies(weights?: readonly number[]): Objective {
  return {
    loss(output, { target }) {
      const classes = Number(output.shape[output.ndim - 1])
      const chosen = np.expandDims(nn.oneHot(target, classes), 1) // [batch, 1, classes]
      const weighted = weights === undefined ? chosen : chosen.mul(np.array([...weights]))
      return nn.logSoftmax(output).mul(weighted).sum(-1).mean().neg()
    },
    readout: (output) => nn.softmax(output).mean(1),
  }
}
