/** Files that the user names. */

import { readFile, rename, rm, writeFile } from "node:fs/promises"
import { type LabelledImages, labelledImages, type NamedBytes } from "../data/index.ts"

/** @throws Error in one sentence when the file cannot be read. */
export async function readNamed(name: string): Promise<NamedBytes> {
  try {
    return { name, bytes: await readFile(name) }
  } catch (error) {
    throw new Error(`${name} cannot be read: name a file that is there and readable`, {
      cause: error,
    })
  }
}

/** Images and their labels from two IDX files. */
export async function readLabelled(images: string, labels: string): Promise<LabelledImages> {
  return labelledImages(await readNamed(images), await readNamed(labels))
}

/** Writes a file all at once: beside its place first, then renamed into it. */
export async function writeWhole(path: string, content: string): Promise<void> {
  const beside = `${path}.new-${process.pid}`
  try {
    await writeFile(beside, content)
    await rename(beside, path)
  } catch (error) {
    await rm(beside, { force: true })
    throw new Error(`${path} cannot be written: name a place that can be written to`, {
      cause: error,
    })
  }
}
