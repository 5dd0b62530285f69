/**
 * Error bounds that need no assumption about the network: split conformal prediction
 * (Vovk et al. 2005; Lei et al. 2018).
 */

/** How often, of all drawings of the calibration inputs, the promise of a bound is kept. */
export const assurance = 0.95

/**
 * The bound q with P(error ≤ q) ≥ confidence for a new input drawn as the calibration's were, kept
 * by all but a twentieth of the drawings that the calibration might have been. Of n errors it is
 * the k-th smallest: the share of new errors within that is distributed as Beta(k, n + 1 − k)
 * (Vovk 2012), which exceeds the confidence with the chance that fewer than k of n trials of that
 * probability succeed. Infinite where n is too small to promise it.
 */
export function conformalBound(errors: readonly number[], confidence: number): number {
  const n = errors.length
  let rank = Math.ceil(n * confidence)
  while (rank <= n && binomialBelow(rank - 1, n, confidence) < assurance) rank++
  if (rank > n || n === 0) return Number.POSITIVE_INFINITY
  return [...errors].sort((a, b) => a - b)[rank - 1]
}

/** Fewest calibration points for which a bound of that confidence is finite (Wilks 1941). */
export function leastCalibration(confidence: number): number {
  return Math.ceil(Math.log(1 - assurance) / Math.log(confidence) - 1e-9)
}

/**
 * The exact interval for a probability of which `hits` of n trials were seen (Clopper and Pearson
 * 1934): both ends are probabilities beyond which so many hits have a chance below (1 − level)/2.
 */
export function clopperPearson(hits: number, n: number, level = 0.95): readonly [number, number] {
  const tail = (1 - level) / 2
  const low = hits === 0 ? 0 : bisect((p) => 1 - binomialBelow(hits - 1, n, p) > tail)
  const high = hits === n ? 1 : bisect((p) => binomialBelow(hits, n, p) <= tail)
  return [low, high]
}

/** Where a monotone condition on [0, 1] becomes true. */
function bisect(holds: (p: number) => boolean): number {
  let [from, to] = [0, 1]
  for (let i = 0; i < 60; i++) {
    const middle = (from + to) / 2
    if (holds(middle)) to = middle
    else from = middle
  }
  return to
}

/** P(X ≤ k) for n trials of probability p, summed in logarithms. */
function binomialBelow(k: number, n: number, p: number): number {
  if (p === 0) return 1
  if (p === 1) return k >= n ? 1 : 0
  let term = n * Math.log1p(-p)
  let sum = Math.exp(term)
  for (let i = 1; i <= k; i++) {
    term += Math.log(((n - i + 1) / i) * (p / (1 - p)))
    sum += Math.exp(term)
  }
  return Math.min(1, sum)
}
