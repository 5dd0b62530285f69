/** How far back a program last touched the memory that it touches: what decides the cache it lies in. */

import type { Buffer, Program } from "../schedule/index.ts"
import { bytesOf } from "../schedule/index.ts"

/** Bytes [start, end) of one stretch of memory. */
interface Region {
  readonly space: string
  readonly start: number
  readonly end: number
}

/** The stretches that were touched, the latest last. */
export class Reuse {
  readonly #program: Program
  readonly #touched: Region[] = []

  constructor(program: Program) {
    this.#program = program
  }

  /**
   * Touches a buffer and returns its reach: the bytes of different memory that were touched since it
   * was touched before, its own included; infinite where it never was. A cache that holds so many
   * bytes still holds the buffer.
   */
  touch(buffer: Buffer): number {
    const region = this.#regionOf(buffer)
    const touched = this.#touched
    let reach = region.end - region.start
    let found = false
    for (let i = touched.length - 1; i >= 0; i--) {
      const other = touched[i]
      const { space, start, end } = other
      const overlaps = space === region.space && start < region.end && region.start < end
      if (!overlaps) {
        if (!found) reach += end - start
        continue
      }
      found = true
      touched.splice(i, 1)
    }
    touched.push(region)
    return found ? reach : Number.POSITIVE_INFINITY
  }

  /** Outputs in the memory of donated inputs, and buffers that share bytes of the arena, meet. */
  #regionOf(buffer: Buffer): Region {
    const storage = this.#program.storage.get(buffer)
    if (storage === undefined) throw new Error(`buffer ${buffer.name} has no place in the program`)
    const bytes = bytesOf(buffer)
    if (storage.kind === "arena" || storage.kind === "private") {
      return { space: storage.kind, start: storage.offset, end: storage.offset + bytes }
    }
    if (storage.kind === "input") return { space: `input ${storage.number}`, start: 0, end: bytes }
    const donor = this.#program.donations.get(storage.number)
    const space = donor === undefined ? `output ${storage.number}` : `input ${donor}`
    return { space, start: 0, end: bytes }
  }
}
