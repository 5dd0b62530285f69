/** Results on disk: a folder that outlives the process. Node alone; loaded when asked for. */

import { type Key, keyOf, StructureError } from "./memoize-key.ts"
import { checksum } from "./memoize-words.ts"

/** A result that was computed before. */
export interface Stored {
  readonly value: unknown
  /** What its computation took. */
  readonly seconds: number
}

export interface StoreOptions {
  readonly folder: string
  /** Stands for what the results are computed by: entries of another are ignored. */
  readonly author: number
  /** Hears in one sentence, once for each kind, what was ignored. */
  readonly warn: (sentence: string) => void
}

/** The first line of an entry; a change of the format changes it. */
const signature = "tradespace result 1\n"

/** An unfinished entry that is older was left by a process that is no more. */
const staleMilliseconds = 3_600_000

/** Where the entry proper begins: after the signature and a checksum in 8 bytes. */
const bodyAt = signature.length + 8

/** The folder within the store where entries are written. */
const unfinished = ".unfinished"

interface Platform {
  readonly fs: typeof import("node:fs/promises")
  readonly v8: typeof import("node:v8")
  readonly path: typeof import("node:path")
}

/**
 * A folder of results, a file for each key. A file is written beside its place and then renamed
 * into it, so that it is there whole or not at all, whenever the process ends; a file that is not
 * as it was written, of another format or by another author is ignored, said once, and replaced by
 * the next result. Several processes may use one folder at once.
 */
export class ResultStore {
  readonly #options: StoreOptions
  readonly #platform: Platform
  readonly #said = new Set<string>()
  #written = 0

  private constructor(options: StoreOptions, platform: Platform) {
    this.#options = options
    this.#platform = platform
  }

  /** @throws if there is no disk, or the folder cannot be made. */
  static async open(options: StoreOptions): Promise<ResultStore> {
    const platform = await loadPlatform()
    const store = new ResultStore(options, platform)
    const { fs, path } = platform
    const beside = path.join(options.folder, unfinished)
    try {
      await fs.mkdir(beside, { recursive: true })
      for (const name of await fs.readdir(beside)) await store.#sweep(path.join(beside, name))
    } catch (error) {
      const reason = reasonOf(error)
      throw new Error(`the store ${options.folder} cannot be used as a folder: ${reason}`, {
        cause: error,
      })
    }
    return store
  }

  /** The result of a key, if the store has it. */
  async read(key: Key): Promise<Stored | undefined> {
    let bytes: Uint8Array
    try {
      bytes = await this.#platform.fs.readFile(this.#place(key))
    } catch (error) {
      if (!isMissing(error)) this.#say("unreadable", `cannot be read (${reasonOf(error)})`)
      return undefined
    }
    const start = new TextDecoder().decode(bytes.subarray(0, signature.length))
    if (start !== signature) {
      const other = start.startsWith("tradespace result ")
      if (other) this.#say("version", "is of another version of the store")
      else this.#say("corrupt", "is not as it was written")
      return undefined
    }
    const body = bytes.subarray(bodyAt)
    // Nothing of a damaged entry is looked into.
    if (bytes.length < bodyAt || sumOf(bytes) !== checksum(body)) {
      this.#say("corrupt", "is not as it was written")
      return undefined
    }
    return this.#opened(key, body)
  }

  #opened(key: Key, body: Uint8Array): Stored | undefined {
    let entry: unknown
    try {
      const reader = new this.#platform.v8.Deserializer(body)
      reader.readHeader()
      entry = reader.readValue()
    } catch (error) {
      this.#say("node", `is of another version of Node (${reasonOf(error)})`)
      return undefined
    }
    if (!isRecord(entry)) return undefined
    if (entry.author !== this.#options.author) {
      this.#say("author", "is by another function or another version of it")
      return undefined
    }
    // Another key may have the same digest, and so the same file.
    return entry.key === key.text ? { value: entry.value, seconds: entry.seconds } : undefined
  }

  /** Keeps a result, or says once why not. */
  async write(key: Key, stored: Stored): Promise<void> {
    const { fs, v8, path } = this.#platform
    const { folder, author } = this.#options
    try {
      // What has no plain structure would come back as something else.
      keyOf([stored.value])
      const writer = new v8.Serializer()
      writer.writeHeader()
      writer.writeValue({ author, key: key.text, ...stored })
      const body = writer.releaseBuffer()
      const sum = new DataView(new ArrayBuffer(8))
      sum.setFloat64(0, checksum(body), true)
      const name = `${process.pid}-${Date.now()}-${this.#written++}`
      const beside = path.join(folder, unfinished, name)
      await fs.writeFile(beside, [new TextEncoder().encode(signature), sum, body])
      await fs.mkdir(path.dirname(this.#place(key)), { recursive: true })
      await fs.rename(beside, this.#place(key))
    } catch (error) {
      if (error instanceof StructureError) {
        const what = error.message.replace("argument 0", "it")
        this.#say("structure", `could not be stored: ${what}`, "a result")
      } else this.#say("write", `could not be written (${reasonOf(error)})`, "a result")
    }
  }

  /** Files spread over 256 folders, since some file systems are slow with large ones. */
  #place(key: Key): string {
    const digits = key.digest.toString(16).padStart(14, "0")
    return this.#platform.path.join(this.#options.folder, digits.slice(-2), `${digits}.result`)
  }

  async #sweep(file: string): Promise<void> {
    const { fs } = this.#platform
    try {
      const { mtimeMs } = await fs.stat(file)
      if (Date.now() - mtimeMs > staleMilliseconds) await fs.rm(file)
    } catch (error) {
      // Another process finished it, or swept it away.
      if (!isMissing(error)) throw error
    }
  }

  #say(kind: string, what: string, subject = "an entry"): void {
    if (this.#said.has(kind)) return
    this.#said.add(kind)
    const consequence =
      subject === "a result" ? "it is computed anew in another process" : "such entries are ignored"
    this.#options.warn(`in the store ${this.#options.folder} ${subject} ${what}; ${consequence}`)
  }
}

interface EntryRecord extends Stored {
  readonly author: number
  readonly key: string
}

function isRecord(entry: unknown): entry is EntryRecord {
  return typeof entry === "object" && entry !== null && "author" in entry && "value" in entry
}

async function loadPlatform(): Promise<Platform> {
  try {
    const [fs, v8, path] = await Promise.all([
      import("node:fs/promises"),
      import("node:v8"),
      import("node:path"),
    ])
    return { fs, v8, path }
  } catch (error) {
    throw new Error("a store needs a disk, which this platform lacks; leave out the option store", {
      cause: error,
    })
  }
}

/** The checksum that an entry was written with. */
function sumOf(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getFloat64(signature.length, true)
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT"
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
