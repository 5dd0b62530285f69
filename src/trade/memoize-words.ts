/** Structures as 32-bit words, and digests of them. */

/** Up to this many bytes, every engine can hold the text of the words. */
const mostBytes = 2 ** 29

/** What is written grows as needed; the buffer can be used again. */
export class WordWriter {
  #buffer = new ArrayBuffer(1024)
  #words = new Int32Array(this.#buffer)
  #halves = new Uint16Array(this.#buffer)
  #bytes = new Uint8Array(this.#buffer)
  #length = 0
  readonly #double = new Float64Array(1)
  readonly #doubleWords = new Int32Array(this.#double.buffer)

  /** The bytes that the buffer holds. */
  get capacity(): number {
    return this.#buffer.byteLength
  }

  clear(): void {
    this.#length = 0
  }

  word(word: number): void {
    this.#room(1)
    this.#words[this.#length++] = word
  }

  number(value: number): void {
    this.#room(2)
    // There is one NaN for a program, although it has many bit patterns.
    this.#double[0] = Number.isNaN(value) ? Number.NaN : value
    this.#words[this.#length++] = this.#doubleWords[0]!
    this.#words[this.#length++] = this.#doubleWords[1]!
  }

  string(text: string): void {
    const words = (text.length + 1) >> 1
    this.#room(words + 1)
    this.#words[this.#length] = text.length
    // The half that an odd length leaves over must not be what an earlier key left there.
    this.#words[this.#length + words] = 0
    let half = (this.#length + 1) * 2
    for (let i = 0; i < text.length; i++) this.#halves[half++] = text.charCodeAt(i)
    this.#length += words + 1
  }

  memory(bytes: Uint8Array): void {
    const words = (bytes.length + 3) >> 2
    this.#room(words + 1)
    this.#words[this.#length] = bytes.length
    this.#words[this.#length + words] = 0
    this.#bytes.set(bytes, (this.#length + 1) * 4)
    this.#length += words + 1
  }

  #room(words: number): void {
    const bytes = (this.#length + words) * 4
    if (bytes <= this.#buffer.byteLength) return
    if (bytes > mostBytes) {
      throw new RangeError(
        `the arguments hold more than ${mostBytes} bytes; ` +
          "memoize a function of something that stands for them, such as a name",
      )
    }
    const old = this.#bytes
    this.#buffer = new ArrayBuffer(Math.max(2 * old.length, 2 ** Math.ceil(Math.log2(bytes))))
    this.#words = new Int32Array(this.#buffer)
    this.#halves = new Uint16Array(this.#buffer)
    this.#bytes = new Uint8Array(this.#buffer)
    this.#bytes.set(old.subarray(0, this.#length * 4))
  }

  /** All words, 16 bits to a character. */
  text(): string {
    const halves = this.#halves.subarray(0, this.#length * 2)
    // As many arguments as every engine takes in one call.
    const step = 8192
    let text = ""
    for (let i = 0; i < halves.length; i += step) {
      text += Reflect.apply(String.fromCharCode, undefined, halves.subarray(i, i + step))
    }
    return text
  }

  digest(): number {
    return mix(this.#words, this.#length)
  }
}

/** The digest of bytes, by which damage to them shows. */
export function checksum(bytes: Uint8Array): number {
  const words = (bytes.length + 3) >> 2
  const padded = new Uint8Array((words + 1) * 4)
  padded.set(bytes)
  const view = new Int32Array(padded.buffer)
  view[words] = bytes.length
  return mix(view, words + 1)
}

/**
 * The digest of words: two multiplicative hashes of 32 bits with other constants, each finished as
 * MurmurHash3 is (Appleby 2011).
 */
function mix(words: Int32Array, length: number): number {
  let one = length
  let two = ~length
  for (let i = 0; i < length; i++) {
    const word = words[i]!
    one = Math.imul(one ^ Math.imul(word, 0xcc9e2d51), 0x1b873593)
    one ^= one >>> 15
    two = Math.imul(two ^ Math.imul(word, 0x9e3779b1), 0x85ebca77)
    two ^= two >>> 13
  }
  return (finish(two) >>> 11) * 2 ** 32 + (finish(one ^ two) >>> 0)
}

function finish(word: number): number {
  let bits = Math.imul(word ^ (word >>> 16), 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return bits ^ (bits >>> 16)
}
