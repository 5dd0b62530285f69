/** Choosing the next token from its logits. */

import { type Array, lax, np, random } from "../array/index.ts"

export interface SamplingOptions {
  /** Logits are divided by it: below 1 bolder, above 1 wilder; 0 takes the greatest. Default 1. */
  readonly temperature?: number
  /** Only so many greatest logits are candidates. */
  readonly topK?: number
  /** Only the greatest whose probabilities together reach this share (Holtzman et al. 2020). */
  readonly topP?: number
}

/**
 * A token for each row of logits [batch, vocabulary]: int32 [batch].
 * Work O(batch·vocabulary·log² vocabulary) where candidates are limited, else linear.
 * @throws RangeError when an option is outside its range.
 * @example sampleToken(random.key(0), np.array([[0, 5, 1]]), { temperature: 0 }) // → [1]
 */
export function sampleToken(key: Array, logits: Array, options: SamplingOptions = {}): Array {
  const { temperature = 1, topK, topP } = options
  const vocabulary = Number(logits.shape[logits.ndim - 1])
  if (!(temperature >= 0 && Number.isFinite(temperature))) {
    throw new RangeError(`temperature is ${temperature}, which must be a number of at least 0`)
  }
  if (topK !== undefined && !(Number.isInteger(topK) && topK >= 1)) {
    throw new RangeError(`topK is ${topK}, which must be a whole number of at least 1`)
  }
  if (topP !== undefined && !(topP > 0 && topP <= 1)) {
    throw new RangeError(`topP is ${topP}, which must be above 0 and at most 1`)
  }
  if (temperature === 0) return np.argmax(logits, -1)
  const scaled = logits.div(temperature)
  const kept = topK === undefined ? scaled : greatest(scaled, Math.min(topK, vocabulary))
  return random.categorical(key, topP === undefined || topP === 1 ? kept : nucleus(kept, topP))
}

/** All but the k greatest logits of each row at minus infinity. */
function greatest(logits: Array, k: number): Array {
  const [values] = lax.topK(logits, k)
  const least = values.slice("...", [k - 1, k])
  return np.where(logits.less(least), Number.NEGATIVE_INFINITY, logits)
}

/** The fewest greatest logits whose probabilities reach `share`; the others at minus infinity. */
function nucleus(logits: Array, share: number): Array {
  const sorted = np.flip(np.sort(logits, -1), -1)
  const powers = np.exp(sorted.sub(np.max(sorted, -1, { keepdims: true })))
  const probabilities = powers.div(np.sum(powers, -1, { keepdims: true }))
  // What stands before a candidate has not reached the share yet.
  const before = np.cumsum(probabilities, -1).sub(probabilities)
  const inside = np.where(before.less(share), sorted, Number.POSITIVE_INFINITY)
  const least = np.min(inside, -1, { keepdims: true })
  return np.where(logits.less(least), Number.NEGATIVE_INFINITY, logits)
}
