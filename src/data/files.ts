/** Where files are: on this machine, or among bytes that a program holds, as a page does. */

export interface Entry {
  readonly name: string
  readonly isFolder: boolean
}

/** Files and the folders that hold them, by paths whose parts are set apart by `/`. */
export interface Files {
  /** Whether they are this machine's, which other programs know by the same paths. */
  readonly areHere: boolean
  /** What a path names; undefined where there is nothing. */
  kindOf(path: string): Promise<"file" | "folder" | undefined>
  /**
   * What lies in a folder, sorted by name.
   * @throws Error when there is no such folder.
   */
  list(folder: string): Promise<readonly Entry[]>
  /**
   * A file's bytes.
   * @throws Error naming the path when there is no such file.
   */
  read(path: string): Promise<Uint8Array>
  /** The first bytes of a file, as many as asked for or fewer. */
  readStart(path: string, count: number): Promise<Uint8Array>
}

/** Bytes in memory by their paths (`pictures/cat/1.png`), or files that a page was given. */
export type HeldFiles = ReadonlyMap<string, Uint8Array | Blob> | Iterable<File>

/**
 * Files that a program holds: in a map by their paths, or as a page's input or a dropped folder
 * gives them.
 * @example
 * const files = filesOf(new Map([["pictures/cat/1.png", new Uint8Array([1, 2])]]))
 * const entries = await files.list("pictures")
 * entries.map(({ name }) => name) // → ["cat"]
 */
export function filesOf(held: HeldFiles): Files {
  const contents = new Map<string, Uint8Array | Blob>()
  if (isMap(held)) {
    for (const [path, content] of held) contents.set(plain(path), content)
  } else {
    for (const file of held) contents.set(plain(file.webkitRelativePath || file.name), file)
  }
  const folders = new Map<string, Map<string, Entry>>([["", new Map()]])
  for (const path of contents.keys()) {
    const parts = path.split("/")
    for (const [i, name] of parts.entries()) {
      const folder = parts.slice(0, i).join("/")
      const entries = folders.get(folder) ?? new Map<string, Entry>()
      folders.set(folder, entries.set(name, { name, isFolder: i < parts.length - 1 }))
    }
  }
  const contentOf = (path: string): Blob | Uint8Array => {
    const content = contents.get(plain(path))
    if (content === undefined) throw unreadable(path)
    return content
  }
  const bytesOf = async (content: Blob | Uint8Array): Promise<Uint8Array> =>
    content instanceof Uint8Array ? content : new Uint8Array(await content.arrayBuffer())
  return {
    areHere: false,
    kindOf: async (path) =>
      contents.has(plain(path)) ? "file" : folders.has(plain(path)) ? "folder" : undefined,
    async list(folder) {
      const entries = folders.get(plain(folder))
      if (entries === undefined) throw unreadable(folder)
      return sorted([...entries.values()])
    },
    read: async (path) => bytesOf(contentOf(path)),
    readStart: async (path, count) => {
      const content = contentOf(path)
      return bytesOf(
        content instanceof Uint8Array ? content.subarray(0, count) : content.slice(0, count),
      )
    },
  }
}

/** The files of this machine, in Node. */
export const machineFiles: Files = {
  areHere: true,
  async kindOf(path) {
    const { stat } = await fileSystem(path)
    const found = await stat(path).catch(() => undefined)
    return found && (found.isDirectory() ? "folder" : "file")
  },
  async list(folder) {
    const { readdir, stat } = await fileSystem(folder)
    const found = await readdir(folder, { withFileTypes: true })
    const entries = found.map(async (entry): Promise<Entry> => {
      const { name } = entry
      // A link is what it leads to; one that leads nowhere is a file that cannot be read.
      const what = entry.isSymbolicLink()
        ? await stat(pathIn(folder, name)).catch(() => entry)
        : entry
      return { name, isFolder: what.isDirectory() }
    })
    return sorted(await Promise.all(entries))
  },
  async read(path) {
    const { readFile } = await fileSystem(path)
    return readFile(path).catch((error: unknown) => {
      throw unreadable(path, error)
    })
  },
  async readStart(path, count) {
    const { open } = await fileSystem(path)
    const file = await open(path).catch((error: unknown) => {
      throw unreadable(path, error)
    })
    try {
      const { buffer, bytesRead } = await file.read(new Uint8Array(count), 0, count, 0)
      return buffer.subarray(0, bytesRead)
    } catch (error) {
      throw new Error(`${path} cannot be read: it must be a file`, { cause: error })
    } finally {
      await file.close()
    }
  },
}

/**
 * The path of what lies in a folder, or is named from there.
 * @example pathIn("out/", "cat/1.png") // → "out/cat/1.png"
 */
export function pathIn(folder: string, name: string): string {
  if (folder === "" || /^([a-z]:)?[/\\]/i.test(name)) return name
  return `${folder.replace(/[/\\]+$/, "")}/${name}`
}

/**
 * The folder that holds what a path names; "" where that is the one that paths count from.
 * @example folderOf("out/cat/1.png") // → "out/cat"
 */
export function folderOf(path: string): string {
  return path.replace(/[^/\\]*$/, "").replace(/(.)[/\\]+$/, "$1")
}

/** @throws Error where there is no file system, as in a browser. */
async function fileSystem(path: string): Promise<typeof import("node:fs/promises")> {
  if (globalThis.process?.versions?.node === undefined) {
    throw new Error(`${path} is a path, which is read in Node: give bytes or files here`)
  }
  return import("node:fs/promises")
}

function unreadable(path: string, cause?: unknown): Error {
  return new Error(`${path} cannot be read: name a file that is there and readable`, { cause })
}

function isMap(held: HeldFiles): held is ReadonlyMap<string, Uint8Array | Blob> {
  return "get" in held
}

/** A path without what does not tell it apart. */
function plain(path: string): string {
  return path
    .split("/")
    .filter((part) => part !== "" && part !== ".")
    .join("/")
}

function sorted(entries: readonly Entry[]): Entry[] {
  return entries.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
}
