/** Images, and images with a class each: what image classification learns from. */

import { type IdxArray, parseIdx } from "./idx.ts"

/** n images of one size. */
export interface Images {
  readonly count: number
  readonly height: number
  readonly width: number
  readonly channels: number
  /** Pixels 0 to 255, [count, height, width, channels]. */
  readonly pixels: Uint8Array
}

/** Images, each with the number of its class. */
export interface LabelledImages extends Images {
  /** Class numbers, 0 to classes − 1. */
  readonly labels: Uint8Array
  readonly classes: number
}

/** A file's contents, and what to call it in errors. */
export interface NamedBytes {
  readonly name: string
  readonly bytes: Uint8Array
}

/**
 * Reads an IDX file of images.
 * @throws SyntaxError when it is no usable IDX file, RangeError when it holds no images.
 * @example
 * const bytes = new Uint8Array([0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 9])
 * readImages({ name: "one pixel", bytes }).pixels // → [9]
 */
export function readImages({ name, bytes }: NamedBytes): Images {
  const pictures = parseIdx(bytes, name)
  requireImages(pictures, name)
  const [count, height, width, channels = 1] = pictures.shape
  return { count, height, width, channels, pixels: pictures.data }
}

/**
 * Joins an IDX file of images and one of labels.
 * @throws SyntaxError when either is no usable IDX file.
 * @throws RangeError when ranks or counts do not fit each other.
 * @example
 * const bytes = new Uint8Array([0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 9])
 * const label = new Uint8Array([0, 0, 8, 1, 0, 0, 0, 1, 4])
 * labelledImages({ name: "one pixel", bytes }, { name: "its class", bytes: label }).labels // → [4]
 */
export function labelledImages(images: NamedBytes, labels: NamedBytes): LabelledImages {
  const pictures = readImages(images)
  const names = parseIdx(labels.bytes, labels.name)
  if (names.shape.length !== 1) {
    throw new RangeError(
      `${labels.name} has rank ${names.shape.length}, where labels have rank 1: ` +
        "are images and labels swapped?",
    )
  }
  if (names.shape[0] !== pictures.count) {
    throw new RangeError(
      `${images.name} has ${pictures.count} images and ${labels.name} ${names.shape[0]} labels: ` +
        "there must be as many of one as of the other",
    )
  }
  const classes = names.data.reduce((most, label) => Math.max(most, label), -1) + 1
  return { ...pictures, labels: names.data, classes }
}

function requireImages({ shape }: IdxArray, name: string): void {
  if (shape.length !== 3 && shape.length !== 4) {
    throw new RangeError(
      `${name} has rank ${shape.length}, where images have rank 3 [count, height, width] ` +
        "or 4 with channels: are images and labels swapped?",
    )
  }
  if (shape.includes(0)) {
    throw new RangeError(`${name} holds no images: its shape is [${shape.join(", ")}]`)
  }
}

/**
 * The images with the given numbers, in that order.
 * @example
 * const pixels = new Uint8Array([7, 8])
 * const labels = new Uint8Array([0, 1])
 * const two = { count: 2, height: 1, width: 1, channels: 1, pixels, labels, classes: 2 }
 * selectImages(two, [1]).pixels // → [8]
 */
export function selectImages(from: LabelledImages, numbers: ArrayLike<number>): LabelledImages {
  const size = from.height * from.width * from.channels
  const pixels = new Uint8Array(numbers.length * size)
  const labels = new Uint8Array(numbers.length)
  for (let i = 0; i < numbers.length; i++) {
    const start = numbers[i] * size
    pixels.set(from.pixels.subarray(start, start + size), i * size)
    labels[i] = from.labels[numbers[i]]
  }
  return { ...from, count: numbers.length, pixels, labels }
}
