/**
 * Arguments as keys: two lists of arguments have the same key exactly if they are of the same
 * structure, whatever objects they are made of.
 */

import { WordWriter } from "./memoize-words.ts"

export interface Key {
  /** 53 bits that are well mixed; equal for equal texts, and seldom for others. */
  readonly digest: number
  /** The whole structure, 16 bits to a character. */
  readonly text: string
}

/** A value that has no plain structure. */
export class StructureError extends TypeError {
  override readonly name = "StructureError"
}

const tags = {
  undefined: 1,
  null: 2,
  false: 3,
  true: 4,
  number: 5,
  string: 6,
  bigint: 7,
  array: 8,
  hole: 9,
  object: 10,
  date: 11,
  map: 12,
  set: 13,
  regexp: 14,
  buffer: 15,
  /** Back to an object that holds this one. */
  back: 16,
  /** The typed arrays, in the order of their list. */
  typed: 32,
} as const

const typedArrays = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  BigInt64Array,
  BigUint64Array,
  Float32Array,
  Float64Array,
  DataView,
  ...(typeof Float16Array === "undefined" ? [] : [Float16Array]),
].map(({ prototype }): object => prototype)

/** Objects within objects, at most: what holds more is a list, and would fill the call stack. */
const deepest = 1000

/** Buffers up to this many bytes are kept for the next key. */
const spareBytes = 2 ** 20

/** Writes the arguments of a call. */
class KeyWriter {
  readonly #words = new WordWriter()
  /** The objects that hold what is being written, outermost first, and where in them it is. */
  readonly #holders: object[] = []
  readonly #path: (string | number)[] = []

  get capacity(): number {
    return this.#words.capacity
  }

  key(args: readonly unknown[]): Key {
    this.#words.clear()
    this.#holders.length = 0
    this.#path.length = 0
    this.#words.word(args.length)
    for (let i = 0; i < args.length; i++) {
      this.#path[0] = i
      this.#value(args[i])
    }
    return { digest: this.#words.digest(), text: this.#words.text() }
  }

  #value(value: unknown): void {
    const words = this.#words
    if (typeof value === "number") {
      words.word(tags.number)
      words.number(value)
    } else if (typeof value === "string") {
      words.word(tags.string)
      words.string(value)
    } else if (typeof value === "bigint") {
      words.word(tags.bigint)
      words.string(value.toString(16))
    } else if (typeof value === "boolean") {
      words.word(value ? tags.true : tags.false)
    } else if (value === undefined) {
      words.word(tags.undefined)
    } else if (value === null) {
      words.word(tags.null)
    } else if (typeof value === "object") {
      this.#object(value)
    } else {
      throw this.#refusal(`a ${typeof value}`)
    }
  }

  #object(value: object): void {
    const holder = this.#holders.lastIndexOf(value)
    if (holder >= 0) {
      this.#words.word(tags.back)
      this.#words.word(holder)
      return
    }
    if (this.#holders.length === deepest) {
      throw new StructureError(`argument ${this.#path[0]} holds objects more than ${deepest} deep`)
    }
    this.#holders.push(value)
    this.#structure(value, Object.getPrototypeOf(value))
    this.#holders.pop()
  }

  #structure(value: object, prototype: object | null): void {
    const words = this.#words
    if (prototype === Object.prototype || prototype === null) {
      this.#plain(value)
    } else if (Array.isArray(value) && prototype === Array.prototype) {
      this.#array(value)
    } else if (ArrayBuffer.isView(value) && typedArrays.includes(prototype)) {
      words.word(tags.typed + typedArrays.indexOf(prototype))
      words.memory(new Uint8Array(value.buffer, value.byteOffset, value.byteLength))
    } else if (value instanceof ArrayBuffer && prototype === ArrayBuffer.prototype) {
      words.word(tags.buffer)
      words.memory(new Uint8Array(value))
    } else if (value instanceof Date && prototype === Date.prototype) {
      words.word(tags.date)
      words.number(value.getTime())
    } else if (value instanceof Map && prototype === Map.prototype) {
      words.word(tags.map)
      words.word(value.size)
      for (const [key, item] of value) {
        this.#at("key", key)
        this.#at("value", item)
      }
    } else if (value instanceof Set && prototype === Set.prototype) {
      words.word(tags.set)
      words.word(value.size)
      for (const item of value) this.#at("item", item)
    } else if (value instanceof RegExp && prototype === RegExp.prototype) {
      words.word(tags.regexp)
      words.string(value.source)
      words.string(value.flags)
      words.word(value.lastIndex)
    } else {
      throw this.#refusal(`an instance of ${prototype.constructor?.name || "a class"}`)
    }
  }

  #array(items: readonly unknown[]): void {
    this.#words.word(tags.array)
    this.#words.word(items.length)
    for (let i = 0; i < items.length; i++) {
      if (items[i] === undefined && !(i in items)) this.#words.word(tags.hole)
      else this.#at(i, items[i])
    }
  }

  #plain(value: object): void {
    if (Object.getOwnPropertySymbols(value).length > 0) {
      throw this.#refusal("an object with a symbol for a key")
    }
    const entries: Readonly<Record<string, unknown>> = { ...value }
    const keys = Object.keys(entries).sort()
    this.#words.word(tags.object)
    this.#words.word(keys.length)
    for (const key of keys) {
      this.#words.string(key)
      this.#at(key, entries[key])
    }
  }

  #at(place: string | number, value: unknown): void {
    this.#path.push(place)
    this.#value(value)
    this.#path.pop()
  }

  #refusal(what: string): StructureError {
    return new StructureError(
      `argument ${this.#path.join(".")} is ${what}, which has no plain structure to tell calls apart by; ` +
        "pass numbers, strings, typed arrays, dates, maps, sets, arrays and plain objects",
    )
  }
}

/** Writing may call the caller's code, a getter, which may write a key in between. */
const idle: KeyWriter[] = []

/**
 * The key of a list of arguments. Keys of plain objects may stand in any order; the order of maps
 * and sets counts, and −0 is another number than 0.
 * @throws StructureError naming the part that is a function, a symbol, a class's instance or the
 *   like, or that lies too deep.
 */
export function keyOf(args: readonly unknown[]): Key {
  const writer = idle.pop() ?? new KeyWriter()
  try {
    return writer.key(args)
  } finally {
    if (writer.capacity <= spareBytes && idle.length < 4) idle.push(writer)
  }
}
