/** Losses: one number for how far a network is from its examples, averaged over them. */

import { type Array, nn as functions, np } from "../array/index.ts"

/**
 * Mean cross-entropy between logits [batch, classes] and class numbers [batch] (int32), in nats.
 * Work O(batch·classes), span O(log(batch·classes)).
 * @param options.smoothing share of each target spread evenly over all classes
 * @example
 * losses.crossEntropy(np.array([[0, 0]]), np.array([1], { dtype: "int32" })) // → 0.693147
 */
export function crossEntropy(
  logits: Array,
  labels: Array,
  options: { smoothing?: number } = {},
): Array {
  const { smoothing = 0 } = options
  const logProbabilities = functions.logSoftmax(logits)
  const classes = logits.shape[logits.ndim - 1]
  const chosen = np.expandDims(labels, -1).equal(np.arange(Number(classes), { dtype: "int32" }))
  const picked = np.where(chosen, logProbabilities, 0).sum(-1).mean().neg()
  if (smoothing === 0) return picked
  const even = logProbabilities.mean().neg()
  return picked.mul(1 - smoothing).add(even.mul(smoothing))
}

/**
 * Mean binary cross-entropy between logits and targets of 0 and 1 of one shape, in nats,
 * in the form that does not overflow: softplus(x) − x·target.
 * @example losses.binaryCrossEntropy(np.array([0]), np.array([1])) // → 0.693147
 */
export function binaryCrossEntropy(logits: Array, targets: Array): Array {
  return functions.softplus(logits).sub(logits.mul(targets)).mean()
}

/**
 * Mean of squared differences of two arrays of one shape, over all elements: a scalar. Work 3n,
 * span logarithmic in n.
 * @example losses.meanSquaredError(np.array([1, 3]), np.array([1, 1])) // → 2
 */
export function meanSquaredError(predictions: Array, targets: Array): Array {
  const difference = predictions.sub(targets)
  return difference.mul(difference).mean()
}

/**
 * Mean of absolute differences of two arrays of one shape, over all elements: a scalar. Work 3n,
 * span logarithmic in n.
 * @example losses.meanAbsoluteError(np.array([1, 3]), np.array([1, 1])) // → 1
 */
export function meanAbsoluteError(predictions: Array, targets: Array): Array {
  return predictions.sub(targets).abs().mean()
}

/**
 * Squared near zero, straight beyond `delta` (Huber 1964).
 * @example losses.huber(np.array([0, 3]), np.array([0, 0])) // → 1.25
 */
export function huber(predictions: Array, targets: Array, delta = 1): Array {
  const size = predictions.sub(targets).abs()
  const near = np.minimum(size, delta)
  return near.mul(near).mul(0.5).add(size.sub(near).mul(delta)).mean()
}

/**
 * Share of examples whose greatest logit is their label's.
 * @example
 * losses.accuracy(np.array([[0, 1], [1, 0]]), np.array([1, 1], { dtype: "int32" })) // → 0.5
 */
export function accuracy(logits: Array, labels: Array): Array {
  return np.argmax(logits, -1).equal(labels).astype("float32").mean()
}
