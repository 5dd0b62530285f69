/** Files that the user names. */

import { rename, rm, writeFile } from "node:fs/promises"

/**
 * Writes a file all at once: beside its place first, then renamed into it.
 * @throws what making the content throws; Error when the place cannot be written to.
 */
export async function writeWhole(
  path: string,
  content: string | AsyncIterable<string>,
): Promise<void> {
  const beside = `${path}.new-${process.pid}`
  let refused: { readonly reason: unknown } | undefined
  async function* pieces(): AsyncGenerator<string, void> {
    try {
      if (typeof content === "string") yield content
      else yield* content
    } catch (reason) {
      refused = { reason }
      throw reason
    }
  }
  try {
    await writeFile(beside, pieces())
    await rename(beside, path)
  } catch (error) {
    await rm(beside, { force: true })
    if (refused !== undefined) throw refused.reason
    throw new Error(`${path} cannot be written: name a place that can be written to`, {
      cause: error,
    })
  }
}
