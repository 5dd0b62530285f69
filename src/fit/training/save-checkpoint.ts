/** Checkpoints on disk: beside their place first, then renamed into it. */

import { checkpointBeside, checkpointFile } from "./checkpoint.ts"

/**
 * Writes a checkpoint into a folder; the one before it stays until the new one is whole.
 * @throws Error when the folder cannot be written.
 */
export async function writeCheckpoint(folder: string, file: Uint8Array): Promise<void> {
  const { mkdir, open, rename } = await import("node:fs/promises")
  const { join } = await import("node:path")
  const place = join(folder, checkpointFile)
  const beside = join(folder, checkpointBeside)
  try {
    await mkdir(folder, { recursive: true })
    const handle = await open(beside, "w")
    try {
      await handle.writeFile(file)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(beside, place)
  } catch (error) {
    throw new Error(`the checkpoint ${place} cannot be written: name a folder that can be`, {
      cause: error,
    })
  }
}
