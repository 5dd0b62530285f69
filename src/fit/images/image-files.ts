/** Images in files: which there are, of which class, and their pixels at one size. */

import { type Files, imageCodec, machineFiles, pathIn } from "../../data/index.ts"
import { DataError } from "../finding.ts"
import type { Look } from "../solver.ts"
import {
  type ImageFile,
  imageEnding,
  isImageTableName,
  listedFiles,
  namesImages,
  type TableColumns,
} from "./image-table.ts"

/** Images of one size, outside any device. */
export interface Pixels {
  readonly count: number
  readonly side: number
  /** 1 where all images are grey, else 3. */
  readonly channels: 1 | 3
  /** uint8[count, side, side, channels] */
  readonly values: Uint8Array
}

/** Pixels of the images that could be read, and which files those were. */
export interface Decoded {
  readonly pixels: Pixels
  /** Places, in the list of files, of the images that are there. */
  readonly read: Uint32Array
  /** Paths of files that are no whole image. */
  readonly broken: readonly string[]
}

/** A file, or the bytes of one. */
export type ImageSource = string | Uint8Array

/** The images of a folder, by name: those that lie in it. */
export async function imagesIn(folder: string, files: Files): Promise<string[]> {
  const entries = await files.list(folder)
  const images = entries.filter(({ name, isFolder }) => !isFolder && imageEnding.test(name))
  return images.map(({ name }) => pathIn(folder, name))
}

/** The folders in a folder, by name, without hidden ones. */
export async function foldersIn(folder: string, files: Files): Promise<string[]> {
  const entries = await files.list(folder)
  const folders = entries.filter(({ name, isFolder }) => isFolder && !name.startsWith("."))
  return folders.map(({ name }) => name)
}

/** Whether a source is a folder with a folder of images, or with images, or a table of their paths. */
export async function holdsImages(source: string, { files, rows }: Look): Promise<boolean> {
  if (isImageTableName(source)) return namesImages(await rows())
  if ((await files.kindOf(source)) !== "folder") return false
  if ((await imagesIn(source, files)).length > 0) return true
  for (const folder of await foldersIn(source, files)) {
    if ((await imagesIn(pathIn(source, folder), files)).length > 0) return true
  }
  return false
}

/**
 * The images of a folder that has one folder for each class, or of a table of paths and classes.
 * @param columns the column of the classes and what sets cells apart, for a table
 * @throws DataError when there is no such folder, or none has images.
 */
export async function labelledFiles(
  source: string,
  files: Files = machineFiles,
  columns: TableColumns = {},
): Promise<ImageFile[]> {
  if (isImageTableName(source)) return listedFiles(source, files, columns)
  if ((await files.kindOf(source)) !== "folder") {
    throw new DataError(`${source} is no folder, where images come as one folder for each class`)
  }
  const images: ImageFile[] = []
  for (const label of await foldersIn(source, files)) {
    for (const path of await imagesIn(pathIn(source, label), files)) images.push({ path, label })
  }
  if (images.length === 0) {
    throw new DataError(
      `${source} has no folder with images (.jpg, .png, .webp): make one folder for each class`,
    )
  }
  return images
}

/** Images whose extents are looked at before a size is chosen, at most. */
const mostLooks = 200

/** The median of the shorter sides, by a look at some of the files; undefined if none is whole. */
export async function usualSide(
  paths: readonly string[],
  files: Files,
): Promise<number | undefined> {
  const codec = await imageCodec()
  const stride = Math.max(1, paths.length / mostLooks)
  const looked = paths.filter((_, i) => Math.floor(i / stride) !== Math.floor((i - 1) / stride))
  const sides: number[] = []
  await eachOf(looked, async (path) => {
    const extents = await files
      .read(path)
      .then(codec.extents)
      .catch(() => undefined)
    if (extents !== undefined) sides.push(Math.min(...extents))
  })
  return sides.sort((a, b) => a - b)[Math.floor(sides.length / 2)]
}

/** Images that are read and decoded at once, on threads of their own. */
const together = 32

/** Does something for all of a list, some at once, in any order. */
async function eachOf<T>(
  list: readonly T[],
  task: (one: T, place: number) => Promise<void>,
): Promise<void> {
  const left = list.entries()
  const workers = Array.from({ length: together }, async () => {
    for (const [place, one] of left) await task(one, place)
  })
  await Promise.all(workers)
}

/**
 * Decodes images and brings them to squares of one size: turned as their camera says, their middle
 * cut out, on white where they are transparent.
 * @param channels of the result: by the images unless given
 */
export async function decodeImages(
  sources: readonly ImageSource[],
  side: number,
  { channels, files = machineFiles }: { readonly channels?: 1 | 3; readonly files?: Files } = {},
): Promise<Decoded> {
  const codec = await imageCodec()
  const size = side * side * 3
  const values = new Uint8Array(sources.length * size)
  const isWhole = new Uint8Array(sources.length)
  await eachOf(sources, async (source, place) => {
    const bytes = typeof source === "string" ? files.read(source) : Promise.resolve(source)
    const square = await bytes.then((given) => codec.square(given, side)).catch(() => undefined)
    if (square === undefined) return
    values.set(square, place * size)
    isWhole[place] = 1
  })
  const read = Uint32Array.from(isWhole.keys()).filter((place) => isWhole[place] === 1)
  for (const [i, place] of read.entries()) {
    values.copyWithin(i * size, place * size, (place + 1) * size)
  }
  const whole = values.subarray(0, read.length * size)
  const kept = channels ?? (isGrey(whole) ? 1 : 3)
  return {
    pixels: {
      count: read.length,
      side,
      channels: kept,
      values: kept === 3 ? whole : greys(whole),
    },
    read,
    broken: sources.flatMap((source, place) => {
      if (isWhole[place] === 1) return []
      return [typeof source === "string" ? source : `image ${place + 1}`]
    }),
  }
}

function isGrey(values: Uint8Array): boolean {
  for (let i = 0; i < values.length; i += 3) {
    if (values[i] !== values[i + 1] || values[i] !== values[i + 2]) return false
  }
  return true
}

/** Luma as in ITU-R BT.601. */
function greys(values: Uint8Array): Uint8Array {
  const result = new Uint8Array(values.length / 3)
  for (let i = 0; i < result.length; i++) {
    const [red, green, blue] = [values[3 * i], values[3 * i + 1], values[3 * i + 2]]
    result[i] = Math.round(0.299 * red + 0.587 * green + 0.114 * blue)
  }
  return result
}

/** A small picture for a page, as a data URL; undefined where the file is no image any more. */
export async function thumbnail(
  path: string,
  files: Files,
  side = 96,
): Promise<string | undefined> {
  const codec = await imageCodec()
  return files
    .read(path)
    .then((bytes) => codec.thumbnail(bytes, side))
    .catch(() => undefined)
}

/** An image of a set as a picture for a page, as a data URL. */
export async function pictureOf(
  { side, channels, values }: Pixels,
  image: number,
  shown = 96,
): Promise<string> {
  const codec = await imageCodec()
  const size = side * side * channels
  const own = values.subarray(image * size, (image + 1) * size)
  return codec.picture({ side, channels, values: own }, shown)
}
