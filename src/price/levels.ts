/** Operations per step of the trees and networks that have no closed form for every size. */

/**
 * Operations per step of one inclusive scan of n elements, each as early as it can be.
 *
 * Blocks of 2^(s+1) elements are summed at step s. The prefix of i elements, where i is no power
 * of two, is made at step ⌊log₂ i⌋ + (ones in i) − 2.
 */
export function prefixLevels(n: number): readonly number[] {
  const levels: number[] = []
  const count = (step: number, operations: number): void => {
    while (levels.length <= step) levels.push(0)
    levels[step] += operations
  }
  for (let step = 0; 2 ** (step + 1) <= n; step++) count(step, Math.floor(n / 2 ** (step + 1)))
  for (let top = 0; 2 ** top <= n; top++) {
    const below = Math.min(2 ** top, n - 2 ** top + 1)
    for (const [ones, numbers] of countByOnes(below).entries()) {
      if (ones > 0 && numbers > 0) count(top + ones - 1, numbers)
    }
  }
  return levels
}

/** How many of 0 … n − 1 have 0, 1, 2, … ones in their binary form. */
function countByOnes(n: number): readonly number[] {
  const counts: number[] = []
  let higherOnes = 0
  // Each one in n at place p stands for the numbers that agree with n above it and have 0 there.
  for (let place = Math.floor(Math.log2(Math.max(1, n))); place >= 0; place--) {
    if (Math.floor(n / 2 ** place) % 2 === 0) continue
    for (let ones = 0, ways = 1; ones <= place; ones++) {
      counts[higherOnes + ones] = (counts[higherOnes + ones] ?? 0) + ways
      ways = (ways * (place - ones)) / (ones + 1)
    }
    higherOnes++
  }
  return Array.from(counts, (count) => count ?? 0)
}

/**
 * Comparators per stage of Batcher's merge-exchange network for n elements (Knuth, TAOCP 5.2.2,
 * Algorithm M); stages without one are left out.
 */
export function networkStages(n: number): readonly number[] {
  const stages: number[] = []
  let top = 1
  while (2 * top < n) top *= 2
  for (let p = top; p >= 1; p /= 2) {
    let [r, d] = [0, p]
    for (let q = top; ; q /= 2) {
      const comparators = withBit(n - d, p, r !== 0)
      if (comparators > 0) stages.push(comparators)
      if (q === p) break
      d = q - p
      r = p
    }
  }
  return stages
}

/** How many of 0 … n − 1 have the bit p set, or not set. */
function withBit(n: number, p: number, set: boolean): number {
  if (n <= 0) return 0
  const rest = n % (2 * p)
  return Math.floor(n / (2 * p)) * p + Math.max(0, Math.min(p, set ? rest - p : rest))
}
