/**
 * The simple way to tell texts apart: words and pairs of words, counted and weighted by how rare
 * they are (TF-IDF: Salton and Buckley 1988), and logistic regression on them.
 */

import { softmaxRows } from "../baselines/linear.ts"

export interface TextClassifier {
  /** Probabilities of the classes, text after text. */
  predict(texts: readonly string[]): Float32Array
  /** The words that speak most for each class. */
  readonly words: readonly (readonly string[])[]
}

export interface TextsAndLabels {
  readonly texts: readonly string[]
  readonly labels: ArrayLike<number>
}

/** Words and pairs that are told apart, at most. */
const mostTerms = 100_000
const passes = 12
const shownWords = 12

/** The numbers of a text's terms, and their weights, of Euclidean length 1. */
interface Sparse {
  readonly terms: Int32Array
  readonly weights: Float32Array
}

/**
 * Fits by stochastic descent with a rate for each weight (AdaGrad: Duchi et al. 2011), at the
 * penalty, of three, that is best on the validation texts. Work passes · terms · classes.
 */
export function tfIdfClassifier(
  training: TextsAndLabels,
  validation: TextsAndLabels,
  classes: number,
): TextClassifier {
  const terms = training.texts.map(termsOf)
  const { numbers, rarity } = vocabularyOf(terms)
  const vectors = terms.map((own) => vectorOf(own, numbers, rarity))
  const held = validation.texts.map((text) => vectorOf(termsOf(text), numbers, rarity))
  let best: { readonly weights: Float32Array; readonly loss: number } | undefined
  for (const penalty of [0, 1e-6, 1e-5]) {
    const weights = descend(vectors, training.labels, numbers.size, classes, penalty)
    const loss = lossOf(probabilities(held, weights, classes), validation.labels, classes)
    if (best === undefined || loss < best.loss) best = { weights, loss }
  }
  const weights = best?.weights ?? new Float32Array((numbers.size + 1) * classes)
  const names = [...numbers.keys()]
  return {
    predict: (texts) =>
      probabilities(
        texts.map((text) => vectorOf(termsOf(text), numbers, rarity)),
        weights,
        classes,
      ),
    words: Array.from({ length: classes }, (_, label) => {
      const order = Array.from(names.keys()).sort(
        (a, b) => weights[b * classes + label] - weights[a * classes + label],
      )
      return order.slice(0, shownWords).map((term) => names[term])
    }),
  }
}

/** Words of a text, and pairs of neighbours. */
function termsOf(text: string): string[] {
  const words = text.toLowerCase().match(/[\p{L}\p{N}_']+|[!?$%€£]+/gu) ?? []
  return [...words, ...words.slice(1).map((word, i) => `${words[i]} ${word}`)]
}

function vocabularyOf(texts: readonly (readonly string[])[]) {
  const found = new Map<string, number>()
  for (const terms of texts) {
    for (const term of new Set(terms)) found.set(term, (found.get(term) ?? 0) + 1)
  }
  const least = texts.length < 200 ? 1 : 2
  const kept = [...found].filter(([, count]) => count >= least).sort((a, b) => b[1] - a[1])
  const numbers = new Map(kept.slice(0, mostTerms).map(([term], i) => [term, i]))
  const rarity = Float32Array.from(
    kept.slice(0, mostTerms),
    ([, count]) => Math.log((1 + texts.length) / (1 + count)) + 1,
  )
  return { numbers, rarity }
}

function vectorOf(
  terms: readonly string[],
  numbers: ReadonlyMap<string, number>,
  rarity: Float32Array,
): Sparse {
  const counts = new Map<number, number>()
  for (const term of terms) {
    const number = numbers.get(term)
    if (number !== undefined) counts.set(number, (counts.get(number) ?? 0) + 1)
  }
  const own = Int32Array.from(counts.keys())
  const weights = Float32Array.from(
    counts,
    ([number, count]) => (1 + Math.log(count)) * rarity[number],
  )
  const length = Math.sqrt(weights.reduce((sum, weight) => sum + weight * weight, 0)) || 1
  return { terms: own, weights: weights.map((weight) => weight / length) }
}

/** Scores of one text: the last row of the weights is the classes' own. */
function scoresOf({ terms, weights: own }: Sparse, weights: Float32Array, classes: number) {
  const scores = weights.slice(weights.length - classes)
  for (let i = 0; i < terms.length; i++) {
    const start = terms[i] * classes
    for (let c = 0; c < classes; c++) scores[c] += own[i] * weights[start + c]
  }
  return scores
}

function probabilities(
  vectors: readonly Sparse[],
  weights: Float32Array,
  classes: number,
): Float32Array {
  const found = new Float32Array(vectors.length * classes)
  for (const [row, vector] of vectors.entries()) {
    found.set(softmaxRows(scoresOf(vector, weights, classes), classes), row * classes)
  }
  return found
}

function descend(
  vectors: readonly Sparse[],
  labels: ArrayLike<number>,
  terms: number,
  classes: number,
  penalty: number,
): Float32Array {
  const weights = new Float32Array((terms + 1) * classes)
  const squares = new Float32Array(weights.length).fill(1e-6)
  const down = (place: number, slope: number): void => {
    const gradient = slope + penalty * weights[place]
    squares[place] += gradient * gradient
    weights[place] -= (0.5 * gradient) / Math.sqrt(squares[place])
  }
  let state = 12345
  for (let pass = 0; pass < passes; pass++) {
    for (let i = 0; i < vectors.length; i++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      const row = Math.floor((state / 2 ** 32) * vectors.length)
      const vector = vectors[row]
      const errors = softmaxRows(scoresOf(vector, weights, classes), classes)
      errors[labels[row]] -= 1
      for (let c = 0; c < classes; c++) {
        for (let j = 0; j < vector.terms.length; j++) {
          down(vector.terms[j] * classes + c, errors[c] * vector.weights[j])
        }
        down(terms * classes + c, errors[c])
      }
    }
  }
  return weights
}

function lossOf(found: Float32Array, labels: ArrayLike<number>, classes: number): number {
  const rows = found.length / classes
  let sum = 0
  for (let row = 0; row < rows; row++) {
    sum -= Math.log(Math.max(1e-12, found[row * classes + labels[row]]))
  }
  return sum / rows
}
