/** What counting says of the next token: baselines that a network has to beat. */

/** Mean cross-entropy of a text, in nats a token, by its tokens' frequencies in another. */
export function unigramLoss(training: Int32Array, test: Int32Array, vocabulary: number): number {
  const counts = new Float64Array(vocabulary).fill(smoothing)
  for (const token of training) counts[token]++
  const total = training.length + smoothing * vocabulary
  let sum = 0
  for (const token of test) sum -= Math.log(counts[token] / total)
  return sum / test.length
}

/** What every token counts before it was seen. */
const smoothing = 0.5

/**
 * The same by the frequencies after the token before, or the two before, each mixed with what the
 * shorter history says in the way of Witten and Bell 1991: a history with n followers of k kinds
 * is believed n/(n + k).
 * @param order tokens that a prediction looks at, its own included: 2 or 3
 */
export function ngramLoss(
  training: Int32Array,
  test: Int32Array,
  vocabulary: number,
  order: 2 | 3,
): number {
  const unigrams = new Float64Array(vocabulary).fill(smoothing)
  for (const token of training) unigrams[token]++
  const total = training.length + smoothing * vocabulary
  const levels = order === 2 ? [1] : [1, 2]
  const tables = levels.map((length) => new Histories(training, length, vocabulary))
  let sum = 0
  for (let i = 0; i < test.length; i++) {
    let probability = unigrams[test[i]] / total
    for (const table of tables) {
      if (i >= table.length) probability = table.mixed(test, i, probability)
    }
    sum -= Math.log(probability)
  }
  return sum / test.length
}

/** How often each token follows each history of some length. */
class Histories {
  readonly length: number
  readonly #vocabulary: number
  readonly #followers = new Map<number, { total: number; readonly counts: Map<number, number> }>()

  constructor(text: Int32Array, length: number, vocabulary: number) {
    this.length = length
    this.#vocabulary = vocabulary
    for (let i = length; i < text.length; i++) {
      const key = this.#key(text, i)
      const known = this.#followers.get(key) ?? { total: 0, counts: new Map<number, number>() }
      known.total++
      known.counts.set(text[i], (known.counts.get(text[i]) ?? 0) + 1)
      this.#followers.set(key, known)
    }
  }

  mixed(text: Int32Array, i: number, shorter: number): number {
    const known = this.#followers.get(this.#key(text, i))
    if (known === undefined) return shorter
    const { total, counts } = known
    return ((counts.get(text[i]) ?? 0) + counts.size * shorter) / (total + counts.size)
  }

  /** The history before place i, as one number. */
  #key(text: Int32Array, i: number): number {
    let key = 0
    for (let j = i - this.length; j < i; j++) key = key * this.#vocabulary + text[j]
    return key
  }
}
