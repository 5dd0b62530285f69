/** Bytes in the WebAssembly encoding: little-endian numbers and LEB128 integers. */

const textEncoder = new TextEncoder()

/** A growing byte buffer; every write is amortised constant time per byte. */
export class ByteWriter {
  #bytes: Uint8Array<ArrayBuffer>
  #view: DataView
  #length = 0

  constructor(capacity = 256) {
    this.#bytes = new Uint8Array(capacity)
    this.#view = new DataView(this.#bytes.buffer)
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#length
  }

  /** The bytes written so far; the view is valid until the next write. */
  get written(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length)
  }

  byte(value: number): void {
    this.#reserve(1)
    this.#bytes[this.#length++] = value
  }

  bytes(values: ArrayLike<number>): void {
    this.#reserve(values.length)
    this.#bytes.set(values, this.#length)
    this.#length += values.length
  }

  /** An unsigned integer below 2^32, 7 bits per byte. */
  u32(value: number): void {
    this.#reserve(5)
    let rest = value >>> 0
    while (rest >= 0x80) {
      this.#bytes[this.#length++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    this.#bytes[this.#length++] = rest
  }

  /** A signed 32-bit integer, 7 bits per byte; bit 6 of the last byte is the sign. */
  s32(value: number): void {
    this.#reserve(5)
    let rest = value | 0
    while (rest < -0x40 || rest >= 0x40) {
      this.#bytes[this.#length++] = (rest & 0x7f) | 0x80
      rest >>= 7
    }
    this.#bytes[this.#length++] = rest & 0x7f
  }

  /** A signed 64-bit integer, as {@link s32}. */
  s64(value: bigint): void {
    this.#reserve(10)
    let rest = BigInt.asIntN(64, value)
    while (rest < -0x40n || rest >= 0x40n) {
      this.#bytes[this.#length++] = Number(rest & 0x7fn) | 0x80
      rest >>= 7n
    }
    this.#bytes[this.#length++] = Number(rest & 0x7fn)
  }

  f32(value: number): void {
    this.#reserve(4)
    this.#view.setFloat32(this.#length, value, true)
    this.#length += 4
  }

  f64(value: number): void {
    this.#reserve(8)
    this.#view.setFloat64(this.#length, value, true)
    this.#length += 8
  }

  /** UTF-8 text behind its length in bytes. */
  text(value: string): void {
    this.sized(textEncoder.encode(value))
  }

  /** Bytes behind their count. */
  sized(values: ArrayLike<number>): void {
    this.u32(values.length)
    this.bytes(values)
  }

  #reserve(count: number): void {
    const needed = this.#length + count
    if (needed <= this.#bytes.length) return
    const grown = new Uint8Array(Math.max(needed, 2 * this.#bytes.length))
    grown.set(this.written)
    this.#bytes = grown
    this.#view = new DataView(grown.buffer)
  }
}

/** Reads what {@link ByteWriter} wrote, from the first byte on. */
export class ByteReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #position = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get position(): number {
    return this.#position
  }

  get done(): boolean {
    return this.#position >= this.#bytes.length
  }

  byte(): number {
    return this.#view.getUint8(this.#position++)
  }

  bytes(count: number): Uint8Array {
    this.#position += count
    return this.#bytes.subarray(this.#position - count, this.#position)
  }

  u32(): number {
    return Number(BigInt.asUintN(32, this.#leb()))
  }

  s32(): number {
    return Number(this.s64())
  }

  s64(): bigint {
    const from = this.#position
    const value = this.#leb()
    return BigInt.asIntN(7 * (this.#position - from), value)
  }

  f32(): number {
    this.#position += 4
    return this.#view.getFloat32(this.#position - 4, true)
  }

  f64(): number {
    this.#position += 8
    return this.#view.getFloat64(this.#position - 8, true)
  }

  #leb(): bigint {
    let value = 0n
    let shift = 0n
    for (;;) {
      const next = this.byte()
      value |= BigInt(next & 0x7f) << shift
      if (next < 0x80) return value
      shift += 7n
    }
  }
}
