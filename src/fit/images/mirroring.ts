/** Whether images mean the same in a mirror: cats do, letters do not. */

import { meansOf, nearestMean } from "./image-baselines.ts"
import type { ImageSet } from "./image-set.ts"
import { selectPixels } from "./image-set.ts"

/** Images that are looked at, at most. */
const mostLooked = 3000
/** Share of a class that must be found again in the mirror. */
const kept = 0.9

/**
 * Whether training may mirror images: whether in most classes a simple classifier, the nearest class
 * mean, recognises as many mirrored images as it does of those that are as they were.
 */
export function survivesMirror(set: Pick<ImageSet, "pixels" | "labels">, classes: number): boolean {
  const { count } = set.pixels
  const stride = Math.max(1, count / mostLooked)
  const numbers = Uint32Array.from({ length: Math.min(count, mostLooked) }, (_, i) =>
    Math.floor(i * stride),
  )
  const pixels = selectPixels(set.pixels, numbers)
  const labels = numbers.map((number) => set.labels[number])
  const rows = meansOf(pixels)
  const { predict } = nearestMean(rows, { truth: Float64Array.from(labels), classes })
  const found = predict(rows)
  const mirrored = predict(meansOf({ ...pixels, values: mirror(pixels) }))
  const right = (probabilities: Float32Array): number[] => {
    const counts = Array.from({ length: classes }, () => 0)
    for (const [i, label] of labels.entries()) {
      const own = probabilities.subarray(i * classes, (i + 1) * classes)
      if (own.indexOf(Math.max(...own)) === label) counts[label]++
    }
    return counts
  }
  const before = right(found)
  const shares = right(mirrored)
    .map((count, label) => count / before[label])
    .filter((share) => Number.isFinite(share))
    .sort((a, b) => a - b)
  return shares.length > 0 && shares[Math.floor(shares.length / 2)] >= kept
}

function mirror({ count, side, channels, values }: ImageSet["pixels"]): Uint8Array {
  const turned = new Uint8Array(values.length)
  for (let row = 0; row < count * side; row++) {
    for (let column = 0; column < side; column++) {
      const from = (row * side + column) * channels
      const to = (row * side + side - 1 - column) * channels
      for (let channel = 0; channel < channels; channel++)
        turned[to + channel] = values[from + channel]
    }
  }
  return turned
}
