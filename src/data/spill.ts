/** Files for what memory does not hold: for Node. */

/**
 * A file of one process: its name is taken away as soon as it is open, so that it goes with the
 * process however that ends. It lies in the system's folder for temporary files.
 * @example
 * // Not run: it writes a file.
 * const spill = await Spill.open()
 * const at = spill.append(Float64Array.of(1, 2, 3))
 * spill.read(new Float64Array(3), at) // → the same numbers
 */
export class Spill {
  readonly #fs: typeof import("node:fs")
  readonly #file: number
  #length = 0
  #reads = 0
  #isClosed = false

  private constructor(fs: typeof import("node:fs"), file: number) {
    this.#fs = fs
    this.#file = file
  }

  /** @throws Error when no file can be made. */
  static async open(): Promise<Spill> {
    const fs = await import("node:fs")
    const { tmpdir } = await import("node:os")
    const { join } = await import("node:path")
    try {
      const folder = fs.mkdtempSync(join(tmpdir(), "tradespace-rows-"))
      const file = fs.openSync(join(folder, "rows"), "wx+")
      fs.rmSync(folder, { recursive: true })
      return new Spill(fs, file)
    } catch (error) {
      throw spillError("no file can be made", error)
    }
  }

  /**
   * Writes behind what was written before.
   * @returns where it begins
   * @throws Error when there is no room.
   */
  append(data: Uint8Array | Float64Array | Float32Array | Int32Array): number {
    const at = this.#length
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    try {
      for (let done = 0; done < bytes.length; ) {
        done += this.#fs.writeSync(this.#file, bytes, done, bytes.length - done, at + done)
      }
    } catch (error) {
      throw spillError(`${((at + bytes.length) / 1e6).toFixed(0)} MB find no room`, error)
    }
    this.#length += bytes.length
    return at
  }

  /** Fills an array with what lies at a place. */
  read<T extends Uint8Array | Float64Array | Float32Array | Int32Array>(into: T, at: number): T {
    for (let done = 0; done < into.byteLength; ) {
      const some = this.#fs.readSync(this.#file, into, done, into.byteLength - done, at + done)
      if (some === 0) throw new RangeError(`the file of rows ends at ${at + done}`)
      done += some
    }
    return into
  }

  /** The same on a thread of the system, while this one goes on. */
  readLater(into: Uint8Array, at: number): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#isClosed) throw new RangeError("the file of rows is closed")
      this.#reads++
      this.#fs.read(this.#file, into, 0, into.byteLength, at, (error, some) => {
        this.#reads--
        this.#closeWhenIdle()
        if (error !== null) reject(error)
        else if (some < into.byteLength) reject(new RangeError(`the file of rows ends at ${at}`))
        else resolve()
      })
    })
  }

  /** Closes the file, when what is being read is there. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#closeWhenIdle()
  }

  #closeWhenIdle(): void {
    if (this.#isClosed && this.#reads === 0) this.#fs.closeSync(this.#file)
  }
}

/** Rows beyond memory find no room. */
export class SpillError extends Error {
  override readonly name = "SpillError"
}

function spillError(what: string, cause: unknown): SpillError {
  return new SpillError(
    `${what} in the system's folder for temporary files, where rows beyond memory go: make room ` +
      "there, name another folder by TMPDIR, or allow more with --memory",
    { cause },
  )
}

/** Remembers the latest of what is made on demand, so that no more of it is held at once. */
export class Shelf {
  readonly #most: number
  readonly #forgets: (() => void)[] = []

  constructor(most: number) {
    this.#most = most
  }

  /** A function that makes a thing when it is asked for and holds it while it is among the latest. */
  hold<T>(make: () => T): () => T {
    let held: { readonly thing: T } | undefined
    return () => {
      if (held === undefined) {
        held = { thing: make() }
        this.#forgets.push(() => {
          held = undefined
        })
        if (this.#forgets.length > this.#most) this.#forgets.shift()?.()
      }
      return held.thing
    }
  }
}
