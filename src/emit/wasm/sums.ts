/**
 * Sums of index terms that code keeps in locals: addresses of accesses and values of indices.
 *
 * Accesses of one buffer whose index functions differ by small constants share a sum; the
 * differences become the offsets of their load and store instructions.
 */

import { type Buffer, type Index, type IndexTerm, indexKey } from "../../schedule/index.ts"
import { dtypes } from "../../size/index.ts"

/** base of the buffer (if there is one) + scale · (least + Σ factor·atom). */
export interface Sum {
  readonly buffer: Buffer | undefined
  /** Bytes of an element, or 1 where there is no buffer. */
  readonly scale: number
  readonly least: number
  readonly terms: readonly IndexTerm[]
}

/** An index as a sum, and what is to be added to it: bytes, or counts where there is no buffer. */
export interface Placed {
  readonly sum: Sum
  readonly offset: number
}

/** An access of memory. */
export interface Access {
  readonly buffer: Buffer
  readonly index: Index
}

/** Accesses further apart do not share a sum: an address far before its buffer could be negative. */
const reach = 4096

export class Sums {
  readonly #families = new Map<string, Sum[]>()
  readonly #buffers = new Map<Buffer, number>()
  readonly #addresses = new Map<Index, Map<Buffer, Placed>>()
  readonly #values = new Map<Index, Placed>()

  /** `accesses` are those that may share sums. */
  constructor(accesses: Iterable<Access>) {
    const constants = new Map<string, { access: Access; constants: number[] }>()
    for (const access of accesses) {
      const key = this.#key(access.buffer, access.index)
      const known = constants.get(key)
      if (known === undefined) constants.set(key, { access, constants: [access.index.constant] })
      else known.constants.push(access.index.constant)
    }
    for (const [key, { access, constants: list }] of constants) {
      const scale = dtypes[access.buffer.dtype].bytes
      const family: Sum[] = []
      for (const constant of list.sort((a, b) => a - b)) {
        const last = family.at(-1)
        if (last !== undefined && (constant - last.least) * scale <= reach) continue
        family.push({ buffer: access.buffer, scale, least: constant, terms: access.index.terms })
      }
      this.#families.set(key, family)
    }
  }

  /** The address of an element, in bytes. */
  address(buffer: Buffer, index: Index): Placed {
    let byBuffer = this.#addresses.get(index)
    if (byBuffer === undefined) {
      byBuffer = new Map()
      this.#addresses.set(index, byBuffer)
    }
    let placed = byBuffer.get(buffer)
    if (placed === undefined) {
      placed = this.#place(buffer, index)
      byBuffer.set(buffer, placed)
    }
    return placed
  }

  /** The value of an index function. */
  value(index: Index): Placed {
    let placed = this.#values.get(index)
    if (placed === undefined) {
      const { terms } = index
      const sum = this.#only(this.#key(undefined, index), {
        buffer: undefined,
        scale: 1,
        least: 0,
        terms,
      })
      placed = { sum, offset: index.constant }
      this.#values.set(index, placed)
    }
    return placed
  }

  #place(buffer: Buffer, index: Index): Placed {
    const key = this.#key(buffer, index)
    const scale = dtypes[buffer.dtype].bytes
    const family = this.#families.get(key) ?? []
    for (const sum of family) {
      const offset = (index.constant - sum.least) * scale
      if (offset >= 0 && offset <= reach) return { sum, offset }
    }
    const sum: Sum = { buffer, scale, least: index.constant, terms: index.terms }
    this.#families.set(key, [...family, sum])
    return { sum, offset: 0 }
  }

  #only(key: string, sum: Sum): Sum {
    const [known] = this.#families.get(key) ?? []
    if (known !== undefined) return known
    this.#families.set(key, [sum])
    return sum
  }

  #key(buffer: Buffer | undefined, { terms }: Index): string {
    return `${this.#number(buffer)}@${indexKey({ constant: 0, terms })}`
  }

  #number(buffer: Buffer | undefined): number {
    if (buffer === undefined) return -1
    let number = this.#buffers.get(buffer)
    if (number === undefined) {
      number = this.#buffers.size
      this.#buffers.set(buffer, number)
    }
    return number
  }
}
