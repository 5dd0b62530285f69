/** Folders written all at once: beside their place first, then renamed into it. */

/**
 * Writes files into a folder so that it is whole at every moment: a reader sees the folder as it
 * was or as it will be, and a failure leaves what was there before.
 * @param folder made or replaced
 * @param files contents by name
 * @param passing names of files that may be there and go
 * @throws Error when the folder holds something else than what this writes, or cannot be written.
 */
export async function writeFolder(
  folder: string,
  files: ReadonlyMap<string, Uint8Array | string>,
  passing: readonly string[] = [],
): Promise<void> {
  const { mkdir, rename, rm, writeFile } = await import("node:fs/promises")
  const { basename, dirname, join, resolve } = await import("node:path")
  const target = resolve(folder)
  const present = await requireReplaceable(folder, [...files.keys(), ...passing])
  const parent = dirname(target)
  await mkdir(parent, { recursive: true })
  const mark = `${process.pid}-${Date.now()}`
  const beside = join(parent, `.${basename(target)}.new-${mark}`)
  const aside = join(parent, `.${basename(target)}.old-${mark}`)
  try {
    await mkdir(beside)
    for (const [name, content] of files) await writeFile(join(beside, name), content)
    const replaces = present.length > 0 || (await exists(target))
    if (replaces) await rename(target, aside)
    try {
      await rename(beside, target)
    } catch (error) {
      if (replaces) await rename(aside, target)
      throw error
    }
    await rm(aside, { recursive: true, force: true })
  } finally {
    await rm(beside, { recursive: true, force: true })
  }
}

/**
 * What is in a folder, as far as all of it may be replaced: asked before work whose result goes there.
 * @param names of files that may be there and go
 * @throws Error when the folder holds something else, or is a file.
 */
export async function requireReplaceable(
  folder: string,
  names: readonly string[],
): Promise<readonly string[]> {
  const { readdir } = await import("node:fs/promises")
  const present = await readdir(folder).catch((error: unknown) => {
    if (codeOf(error) === "ENOENT") return []
    if (codeOf(error) === "ENOTDIR") throw new Error(`${folder} is a file: name a folder`)
    throw error
  })
  const strange = present.find((name) => !names.includes(name))
  if (strange !== undefined) {
    throw new Error(`${folder} holds ${strange}, which is not mine to replace: name a new folder`)
  }
  return present
}

async function exists(path: string): Promise<boolean> {
  const { access } = await import("node:fs/promises")
  return access(path).then(
    () => true,
    () => false,
  )
}

function codeOf(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined
  return typeof error.code === "string" ? error.code : undefined
}
