/** Images in IDX files, the format of MNIST: which files they are, and their pixels as squares. */

import {
  type Files,
  type Images,
  labelledImages,
  machineFiles,
  type NamedBytes,
  readImages,
  unzipped,
} from "../../data/index.ts"
import { DataError } from "../finding.ts"
import type { Pixels } from "./image-files.ts"
import { heldPixels, type ImageSet } from "./image-set.ts"

/** What an IDX file begins with: two zero bytes, unsigned bytes, three or four axes; or gzip. */
const starts = [
  [0, 0, 8, 3],
  [0, 0, 8, 4],
]

/** Whether a file holds images in IDX, by its name and first bytes. */
export async function isIdxImages(source: string, files: Files = machineFiles): Promise<boolean> {
  if (/idx[34]-ubyte(\.gz)?$|\.idx[34]?(\.gz)?$/.test(source)) return true
  if ((await files.kindOf(source)) !== "file") return false
  const first = await files.readStart(source, 4).catch(() => new Uint8Array())
  return starts.some((start) => start.every((byte, i) => byte === first[i]))
}

/**
 * The images of an IDX file with the classes of another.
 * @param labels the file with the class of each, by the name of the images' file unless given
 * @throws DataError when a file is not there; SyntaxError or RangeError when one is of no use.
 */
export async function readIdxSet(source: string, files: Files, labels?: string): Promise<ImageSet> {
  const beside = labels ?? source.replace("images-idx3", "labels-idx1")
  if (beside === source) {
    throw new DataError(`${source} holds images alone: name the IDX file with their labels`)
  }
  const [images, names] = await Promise.all([bytesOf(source, files), bytesOf(beside, files)])
  const found = labelledImages(images, names)
  const pixels = squares(found)
  return {
    images: heldPixels(pixels),
    pixels,
    labels: Int32Array.from(found.labels),
    paths: Array.from({ length: found.count }, (_, i) => `image ${i + 1} of ${source}`),
  }
}

/** The pixels of an IDX file of images. */
export async function readIdxPixels(source: string, files: Files = machineFiles): Promise<Pixels> {
  return squares(readImages(await bytesOf(source, files)))
}

/** Images in the middle of squares, on black where they are narrow. */
function squares({ count, height, width, channels, pixels }: Images): Pixels {
  if (channels !== 1 && channels !== 3) {
    throw new RangeError(`images have ${channels} channels, where 1 or 3 are learned from`)
  }
  const side = Math.max(height, width)
  if (height === width) return { count, side, channels, values: pixels }
  const values = new Uint8Array(count * side * side * channels)
  const [top, left] = [side - height, side - width].map((space) => Math.floor(space / 2))
  const line = width * channels
  for (let row = 0; row < count * height; row++) {
    const [image, y] = [Math.floor(row / height), row % height]
    const to = ((image * side + top + y) * side + left) * channels
    values.set(pixels.subarray(row * line, (row + 1) * line), to)
  }
  return { count, side, channels, values }
}

async function bytesOf(name: string, files: Files): Promise<NamedBytes> {
  const bytes = await files.read(name).catch((error: unknown) => {
    throw new DataError(`${name} cannot be read: name a file that is there and readable`, {
      cause: error,
    })
  })
  return { name, bytes: await unzipped({ name, bytes }) }
}
