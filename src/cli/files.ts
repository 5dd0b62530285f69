/** Files that the user names. */

import { rename, rm, writeFile } from "node:fs/promises"

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
