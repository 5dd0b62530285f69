/** Images in files: which there are, of which class, and their pixels at one size. */

import type { Sharp } from "sharp"
import { DataError } from "../finding.ts"
import { isImageTableName, listedFiles, namesImages } from "./image-table.ts"

const endings = /\.(jpe?g|png|webp)$/i

/** A file with the class that its folder names. */
export interface ImageFile {
  readonly path: string
  readonly label: string
}

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
export async function imagesIn(folder: string): Promise<string[]> {
  const { readdir } = await import("node:fs/promises")
  const { join } = await import("node:path")
  const entries = await readdir(folder, { withFileTypes: true })
  const names = entries.filter((entry) => !entry.isDirectory() && endings.test(entry.name))
  return names.map(({ name }) => join(folder, name)).sort()
}

/** The folders in a folder, by name, without hidden ones. */
export async function foldersIn(folder: string): Promise<string[]> {
  const { readdir } = await import("node:fs/promises")
  const entries = await readdir(folder, { withFileTypes: true })
  const folders = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
  return folders.map(({ name }) => name).sort()
}

/** Whether a source is a folder with a folder of images, or with images, or a table of their paths. */
export async function holdsImages(source: string): Promise<boolean> {
  if (isImageTableName(source)) return namesImages(source)
  const { join } = await import("node:path")
  const { stat } = await import("node:fs/promises")
  const found = await stat(source).catch(() => undefined)
  if (found === undefined || !found.isDirectory()) return false
  if ((await imagesIn(source)).length > 0) return true
  for (const folder of await foldersIn(source)) {
    if ((await imagesIn(join(source, folder))).length > 0) return true
  }
  return false
}

/**
 * The images of a folder that has one folder for each class, or of a table of paths and classes.
 * @param target the column of the classes, for a table
 * @throws DataError when there is no such folder, or none has images.
 */
export async function labelledFiles(source: string, target?: string): Promise<ImageFile[]> {
  if (isImageTableName(source)) return listedFiles(source, target)
  const { join } = await import("node:path")
  const { stat } = await import("node:fs/promises")
  const found = await stat(source).catch(() => undefined)
  if (found === undefined || !found.isDirectory()) {
    throw new DataError(`${source} is no folder, where images come as one folder for each class`)
  }
  const files: ImageFile[] = []
  for (const label of await foldersIn(source)) {
    for (const path of await imagesIn(join(source, label))) files.push({ path, label })
  }
  if (files.length === 0) {
    throw new DataError(
      `${source} has no folder with images (.jpg, .png, .webp): make one folder for each class`,
    )
  }
  return files
}

/** Images whose extents are looked at before a size is chosen, at most. */
const mostLooks = 200

/** The median of the shorter sides, by a look at some of the files; undefined if none is whole. */
export async function usualSide(paths: readonly string[]): Promise<number | undefined> {
  const sharp = await loadSharp()
  const stride = Math.max(1, paths.length / mostLooks)
  const looked = paths.filter((_, i) => Math.floor(i / stride) !== Math.floor((i - 1) / stride))
  const sides = await Promise.all(
    looked
      .map(async (path) => {
        const { width, height } = await sharp(path).metadata()
        return Math.min(width, height)
      })
      .map((side) => side.catch(() => Number.NaN)),
  )
  const known = sides.filter((side) => !Number.isNaN(side)).sort((a, b) => a - b)
  return known[Math.floor(known.length / 2)]
}

/** Images that are decoded at once, on threads of their own. */
const together = 32

/**
 * Decodes images and brings them to squares of one size: turned as their camera says, their middle
 * cut out, on white where they are transparent.
 * @param channels of the result: by the images unless given
 */
export async function decodeImages(
  sources: readonly ImageSource[],
  side: number,
  channels?: 1 | 3,
): Promise<Decoded> {
  const sharp = await loadSharp()
  const size = side * side * 3
  const values = new Uint8Array(sources.length * size)
  const read: number[] = []
  const broken: string[] = []
  for (let start = 0; start < sources.length; start += together) {
    const some = sources.slice(start, start + together)
    const decoded = await Promise.all(
      some.map((source) => squared(sharp(source), side).catch(() => undefined)),
    )
    for (const [i, one] of decoded.entries()) {
      if (one === undefined) {
        const source = some[i]
        broken.push(typeof source === "string" ? source : `image ${start + i + 1}`)
        continue
      }
      values.set(one, read.length * size)
      read.push(start + i)
    }
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
    read: Uint32Array.from(read),
    broken,
  }
}

/** The bytes of red, green and blue of a square. */
function squared(image: Sharp, side: number): Promise<Uint8Array> {
  return image
    .autoOrient()
    .flatten({ background: "white" })
    .resize(side, side, { fit: "cover" })
    .toColourspace("srgb")
    .raw()
    .toBuffer({ resolveWithObject: true })
    .then(({ data, info }) => (info.channels === 1 ? tripled(data) : data))
}

function tripled(grey: Uint8Array): Uint8Array {
  const values = new Uint8Array(grey.length * 3)
  for (let i = 0; i < values.length; i++) values[i] = grey[Math.floor(i / 3)]
  return values
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
export async function thumbnail(path: string, side = 96): Promise<string | undefined> {
  const sharp = await loadSharp()
  const bytes = await sharp(path)
    .autoOrient()
    .resize(side, side, { fit: "inside" })
    .webp({ quality: 80 })
    .toBuffer()
    .catch(() => undefined)
  return bytes && `data:image/webp;base64,${bytes.toString("base64")}`
}

/** An image of a set as a picture for a page, as a data URL. */
export async function pictureOf(
  { side, channels, values }: Pixels,
  image: number,
  shown = 96,
): Promise<string> {
  const sharp = await loadSharp()
  const size = side * side * channels
  const raw = { width: side, height: side, channels }
  const bytes = await sharp(values.subarray(image * size, (image + 1) * size), { raw })
    .resize(shown, shown, { kernel: "nearest" })
    .webp({ lossless: true })
    .toBuffer()
  return `data:image/webp;base64,${bytes.toString("base64")}`
}

async function loadSharp() {
  const { default: sharp } = await import("sharp")
  return sharp
}
