/**
 * Compiled libraries on disk. A library's name is the hash of all that decides its content; beside
 * it stands the hash of the content itself, so that a broken or foreign file is never loaded.
 */

import { cacheFolder } from "../kept-file.ts"
import { type Compiler, compileLibrary, digest } from "./compiler.ts"

export interface CacheOptions {
  /** Where libraries are kept; the user's cache folder unless given. */
  readonly folder?: string
  /** Bytes that may be kept; those used longest ago go first. 256 MiB unless given. */
  readonly maximumBytes?: number
  /** Milliseconds that one compilation may take; five minutes unless given. */
  readonly timeout?: number
}

/** Grows when what a library's source means to the device changes. */
const version = 1

export class LibraryCache {
  readonly compiler: Compiler
  /** Libraries that are compiled at once. */
  readonly atOnce: number
  readonly #folder: string
  readonly #maximumBytes: number
  readonly #timeout: number
  readonly #slots: Slots

  static async open(compiler: Compiler, options: CacheOptions = {}): Promise<LibraryCache> {
    const { mkdir, mkdtemp } = await import("node:fs/promises")
    const { join } = await import("node:path")
    const { availableParallelism, tmpdir } = await import("node:os")
    let folder = options.folder ?? join(await cacheFolder(), "native")
    try {
      await mkdir(folder, { recursive: true })
    } catch {
      // Where nothing can be kept, libraries are built for this process alone.
      folder = await mkdtemp(join(tmpdir(), "tradespace-native-"))
    }
    return new LibraryCache(compiler, folder, options, availableParallelism())
  }

  private constructor(compiler: Compiler, folder: string, options: CacheOptions, cores: number) {
    this.compiler = compiler
    this.#folder = folder
    this.#maximumBytes = options.maximumBytes ?? 2 ** 28
    this.#timeout = options.timeout ?? 300_000
    this.atOnce = cores
    this.#slots = new Slots(cores)
  }

  /**
   * The path of a library that was compiled from this source, on this machine.
   * @throws DeviceError when the compiler fails or takes too long.
   */
  async library(source: string): Promise<string> {
    const { join } = await import("node:path")
    const { readFile, utimes } = await import("node:fs/promises")
    const { command, version: of, processor, flags } = this.compiler
    const name = await digest(JSON.stringify([version, command, of, processor, flags, source]))
    const path = join(this.#folder, `${name}.so`)
    const [content, sum] = await Promise.all([
      readFile(path).catch(() => undefined),
      readFile(`${path}.sum`, "utf8").catch(() => undefined),
    ])
    if (content !== undefined && (await digest(content)) === sum) {
      const now = new Date()
      await utimes(path, now, now).catch(() => {})
      return path
    }
    await this.#slots.take(() => this.#build(source, path))
    return path
  }

  async #build(source: string, path: string): Promise<void> {
    const { readFile, rename, rm, writeFile } = await import("node:fs/promises")
    const beside = `${path}.${process.pid}.${Math.random().toString(36).slice(2)}`
    const files = [`${beside}.c`, `${beside}.so`, `${beside}.sum`]
    try {
      await writeFile(files[0], source)
      await compileLibrary(this.compiler, files[0], files[1], this.#timeout)
      await writeFile(files[2], await digest(await readFile(files[1])))
      await rename(files[1], path)
      await rename(files[2], `${path}.sum`)
    } finally {
      await Promise.all(files.map((file) => rm(file, { force: true })))
    }
    await this.#shrink(path).catch(() => {})
  }

  /** Removes what was used longest ago until the rest fits; what was just built stays. */
  async #shrink(newest: string): Promise<void> {
    const { readdir, rm, stat } = await import("node:fs/promises")
    const { join } = await import("node:path")
    const names = (await readdir(this.#folder)).filter((name) => name.endsWith(".so"))
    const files = await Promise.all(
      names.map(async (name) => {
        const path = join(this.#folder, name)
        const found = await stat(path).catch(() => undefined)
        return { path, bytes: found?.size ?? 0, used: found?.mtimeMs ?? 0 }
      }),
    )
    let total = files.reduce((sum, { bytes }) => sum + bytes, 0)
    for (const { path, bytes } of files.sort((a, b) => a.used - b.used)) {
      if (total <= this.#maximumBytes) return
      if (path === newest) continue
      await rm(path, { force: true })
      await rm(`${path}.sum`, { force: true })
      total -= bytes
    }
  }
}

/** Work of which so much is done at once. */
class Slots {
  #free: number
  readonly #waiting: (() => void)[] = []

  constructor(count: number) {
    this.#free = count
  }

  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#free++
      else next()
    }
  }
}
