/** Images that look alike, and images set apart so that those stay on one side. */

import { shuffled } from "../training/shuffled.ts"
import type { Pixels } from "./image-files.ts"
import type { ImageSet } from "./image-set.ts"

/** Squares across and down in which an image is compared. */
const places = 8

/**
 * A perceptual hash of each image: whether it gets brighter from each of 9 × 8 squares to the next
 * one on the right (dHash, Krawetz 2013), and its mean brightness and colour in 32 steps.
 */
export function looks(pixels: Pixels): string[] {
  const { count, channels } = pixels
  const columns = places + 1
  return Array.from({ length: count }, (_, image) => {
    const means = shrunk(pixels, image, columns, places)
    const bits: string[] = []
    for (let row = 0; row < places; row++) {
      let byte = 0
      for (let column = 0; column < places; column++) {
        const at = (row * columns + column) * channels
        const [here, next] = [at, at + channels].map((place) => sumOf(means, place, channels))
        byte = 2 * byte + (next > here ? 1 : 0)
      }
      bits.push(byte.toString(16).padStart(2, "0"))
    }
    for (let channel = 0; channel < channels; channel++) {
      let sum = 0
      for (let i = channel; i < means.length; i += channels) sum += means[i]
      bits.push(Math.floor(sum / (columns * places) / 8).toString(32))
    }
    return bits.join("")
  })
}

function sumOf(values: Float32Array, start: number, count: number): number {
  let sum = 0
  for (let i = 0; i < count; i++) sum += values[start + i]
  return sum
}

/** The means of an image's squares: float32[rows, columns, channels]. */
export function shrunk(
  { side, channels, values }: Pixels,
  image: number,
  columns: number,
  rows: number,
): Float32Array {
  const means = new Float32Array(rows * columns * channels)
  const start = image * side * side * channels
  for (let row = 0; row < rows; row++) {
    const [top, bottom] = range(row, rows, side)
    for (let column = 0; column < columns; column++) {
      const [left, right] = range(column, columns, side)
      for (let channel = 0; channel < channels; channel++) {
        let sum = 0
        for (let y = top; y < bottom; y++) {
          for (let x = left; x < right; x++)
            sum += values[start + (y * side + x) * channels + channel]
        }
        means[(row * columns + column) * channels + channel] =
          sum / ((bottom - top) * (right - left))
      }
    }
  }
  return means
}

function range(part: number, parts: number, side: number): [number, number] {
  const first = Math.floor((part * side) / parts)
  return [first, Math.max(first + 1, Math.floor(((part + 1) * side) / parts))]
}

/** Numbers of images that look alike, in groups; most groups have one. */
export function alike(hashes: readonly string[]): number[][] {
  const groups = new Map<string, number[]>()
  for (const [image, hash] of hashes.entries()) {
    const group = groups.get(hash)
    if (group === undefined) groups.set(hash, [image])
    else group.push(image)
  }
  return [...groups.values()]
}

export interface ImageSplit {
  readonly training: Uint32Array
  readonly validation: Uint32Array
  readonly test: Uint32Array
}

/**
 * Sets shares of each class apart, drawn with a seed; a group stays on one side.
 * @throws RangeError when a part that should have images has none.
 */
export async function splitImages(
  { labels }: ImageSet,
  groups: readonly number[][],
  shares: { readonly test: number; readonly validation: number },
  seed: number,
): Promise<ImageSplit> {
  const counts = new Map<number, number>()
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1)
  const wanted = (share: number): Map<number, number> =>
    new Map([...counts].map(([label, count]) => [label, Math.round(count * share)]))
  const held = [
    { left: wanted(shares.test), images: [] as number[] },
    { left: wanted(shares.validation), images: [] as number[] },
  ]
  const training: number[] = []
  for (const number of await shuffled(groups.length, seed)) {
    const group = groups[number]
    const label = labels[group[0]]
    const part = held.find(({ left }) => group.length <= (left.get(label) ?? 0))
    part?.left.set(label, (part.left.get(label) ?? 0) - group.length)
    const images = part?.images ?? training
    images.push(...group)
  }
  const [test, validation] = held.map(({ images }) => images)
  const lacking =
    training.length === 0 || validation.length === 0 || (shares.test > 0 && test.length === 0)
  if (lacking) {
    throw new RangeError(
      `${labels.length} images leave ${training.length} to train on, ${validation.length} to ` +
        `validate on and ${test.length} to test on: there must be more images that differ`,
    )
  }
  const sorted = (numbers: readonly number[]): Uint32Array => Uint32Array.from(numbers).sort()
  return { training: sorted(training), validation: sorted(validation), test: sorted(test) }
}
