/** A fitted image classifier in use: from images to classes. */

import { jit } from "../../array/index.ts"
import { type Files, machineFiles, pathIn } from "../../data/index.ts"
import { DataError } from "../finding.ts"
import type { BatchNetwork } from "../networks/batch-network.ts"
import { type ImageSettings, imageSettingsOf } from "../networks/image-settings.ts"
import type { Fitted, JsonSchema, Predictions } from "../solver.ts"
import type { Task } from "../task.ts"
import { toldClass } from "../training/class-weights.ts"
import { readAllWith } from "../training/inference.ts"
import { crossEntropies } from "../training/objective.ts"
import { readoutOf } from "../training/programs.ts"
import { requireWeights, type Weights } from "../training/weights.ts"
import { isIdxImages, readIdxPixels } from "./idx-images.ts"
import {
  type Decoded,
  decodeImages,
  foldersIn,
  type ImageSource,
  imagesIn,
  type Pixels,
} from "./image-files.ts"
import { heldPixels, imageExamples, lookSize, type PixelSource } from "./image-set.ts"

/** The task of telling images apart. */
export interface ImageTask extends Task {
  readonly classes: readonly string[]
}

export class FittedImages implements Fitted {
  readonly task: ImageTask
  readonly network: BatchNetwork
  readonly weights: Weights
  readonly preprocessing: unknown = {}
  readonly #settings: ImageSettings
  readonly #readout

  /** @throws RangeError when the weights are not those of the network. */
  constructor(task: ImageTask, network: BatchNetwork, weights: Weights) {
    requireWeights(network, weights)
    this.#settings = imageSettingsOf(network)
    this.#readout = jit(readoutOf(network, crossEntropies({ weights: task.classWeights }), true))
    this.task = task
    this.network = network
    this.weights = weights
  }

  readonly inputSchema: JsonSchema = {
    type: "object",
    required: ["image"],
    additionalProperties: false,
    properties: {
      image: {
        type: "string",
        contentEncoding: "base64",
        description: "a JPEG, PNG or WebP file in base64, or as a data URL",
      },
    },
  }

  /** The pixels of images, as the network takes them. */
  async pixelsOf(sources: readonly ImageSource[]): Promise<Pixels> {
    return (await this.#decode(sources)).pixels
  }

  /** Probabilities of the classes, image after image. */
  readPixels(pixels: Pixels): Promise<Float32Array> {
    return this.readImages(heldPixels(pixels))
  }

  /** The same for images that may be decoded as they are looked at. */
  readImages(images: PixelSource): Promise<Float32Array> {
    const { classes } = this.task
    const examples = imageExamples(images)
    return readAllWith(this.#readout, this.weights, examples, classes.length, lookSize)
  }

  /**
   * The class of each image: `{ image: base64 }`.
   * @throws RangeError naming the row that holds no image.
   */
  async predict(rows: readonly unknown[]): Promise<Predictions> {
    if (rows.length === 0) return { rows: [], notes: [] }
    const decoded = await this.#decode(rows.map((row, i) => bytesOf(row, `row ${i + 1}`)))
    if (decoded.broken.length > 0) {
      const first = Array.from(rows.keys()).find((i) => !decoded.read.includes(i)) ?? 0
      throw new RangeError(`row ${first + 1}: its image is no whole JPEG, PNG or WebP file`)
    }
    return { rows: await this.#told(decoded, []), notes: [] }
  }

  /**
   * The class of an image, of all images in a folder and the folders in it, or of those in an IDX
   * file.
   * @throws DataError when there is no image.
   */
  async predictFile(path: string, files: Files = machineFiles): Promise<Predictions> {
    const kind = await files.kindOf(path)
    if (kind === undefined) throw new DataError(`there is no file or folder ${path}`)
    if (await isIdxImages(path, files)) return this.#predictIdx(path, files)
    const paths = kind === "folder" ? await imagesBelow(path, files) : [path]
    if (paths.length === 0) throw new DataError(`${path} holds no images (.jpg, .png, .webp)`)
    const decoded = await this.#decode(paths, files)
    if (decoded.read.length === 0) {
      throw new DataError(`${path} is no whole image, where a JPEG, PNG or WebP file is needed`)
    }
    const notes = decoded.broken.map((name) => `left out, since it is no whole image: ${name}`)
    return { rows: await this.#told(decoded, paths), notes }
  }

  async #predictIdx(path: string, files: Files): Promise<Predictions> {
    const pixels = await readIdxPixels(path, files)
    const { side, channels } = this.#settings
    if (pixels.side !== side || pixels.channels !== channels) {
      throw new DataError(
        `${path} has images of side ${pixels.side} and ${pixels.channels} channels, where the ` +
          `network takes side ${side} and ${channels}`,
      )
    }
    const read = Uint32Array.from({ length: pixels.count }, (_, i) => i)
    const names = Array.from(read, (i) => String(i))
    return { rows: await this.#told({ pixels, read, broken: [] }, names), notes: [] }
  }

  #decode(sources: readonly ImageSource[], files?: Files): Promise<Decoded> {
    const { side, channels } = this.#settings
    return decodeImages(sources, side, { channels: channels === 1 ? 1 : 3, files })
  }

  async #told({ pixels, read }: Decoded, paths: readonly string[]) {
    const { target } = this.task
    const found = await this.readPixels(pixels)
    return Array.from(read, (source, i) => {
      const { name, probability } = toldClass(found, i, this.task)
      const told = { [target]: name, probability }
      return paths.length === 0 ? told : { image: paths[source], ...told }
    })
  }
}

async function imagesBelow(folder: string, files: Files): Promise<string[]> {
  const folders = await foldersIn(folder, files)
  const inner = folders.map((name) => imagesIn(pathIn(folder, name), files))
  return [await imagesIn(folder, files), ...(await Promise.all(inner))].flat()
}

/** @throws RangeError when a row has no image. */
function bytesOf(row: unknown, where: string): Uint8Array {
  const { image, ...others }: Partial<Record<string, unknown>> = Object(row)
  const [strange] = Object.keys(others)
  if (strange !== undefined) throw new RangeError(`${where}: ${strange} is not image`)
  const text = typeof image === "string" ? image.replace(/^data:[^,]*,/, "") : ""
  if (text === "") {
    throw new RangeError(`${where}: image must be a JPEG, PNG or WebP file in base64`)
  }
  try {
    return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))
  } catch {
    throw new RangeError(`${where}: image is no base64, in which a JPEG, PNG or WebP file must be`)
  }
}
