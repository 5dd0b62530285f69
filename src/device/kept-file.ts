/** Files in the user's cache folder: what was found out about a machine, kept for the next process. */

/** Where Tradespace keeps what it can find out again; only under Node. */
export async function cacheFolder(): Promise<string> {
  const { homedir, platform } = await import("node:os")
  const { join } = await import("node:path")
  const { LOCALAPPDATA, XDG_CACHE_HOME } = process.env
  const caches: Partial<{ readonly [P in NodeJS.Platform]: string }> = {
    darwin: join(homedir(), "Library", "Caches"),
    win32: LOCALAPPDATA,
  }
  return join(caches[platform()] ?? XDG_CACHE_HOME ?? join(homedir(), ".cache"), "tradespace")
}

/** Whether there are files: under Node, not in a page. */
export function hasFiles(): boolean {
  return typeof process !== "undefined" && process.versions?.node !== undefined
}

/** A file's text; empty where there is none. */
export async function textOf(file: string): Promise<string> {
  const { readFile } = await import("node:fs/promises")
  return readFile(file, "utf8").catch(() => "")
}

/** Writes a document beside its place and renames it; where that cannot be, nothing is kept. */
export async function keepDocument(file: string, document: object): Promise<void> {
  const { mkdir, rename, writeFile } = await import("node:fs/promises")
  const { dirname } = await import("node:path")
  try {
    await mkdir(dirname(file), { recursive: true })
    const beside = `${file}.${process.pid}`
    await writeFile(beside, `${JSON.stringify(document, null, 2)}\n`)
    await rename(beside, file)
  } catch {
    // The next process finds it out again.
  }
}

/** The processor and the engine at hand. */
export async function hostName(): Promise<string> {
  const { arch, cpus } = await import("node:os")
  return `${cpus()[0]?.model ?? "unknown"} ${arch()} V8 ${process.versions.v8}`
}
