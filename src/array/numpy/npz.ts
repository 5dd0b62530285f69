/** Arrays by name as bytes of NumPy's `.npz` format: a zip archive of `.npy` files. */

import type { Array } from "../array.ts"
import { fromNpy, toNpy } from "./npy.ts"

const localHeader = 0x04034b50
const centralHeader = 0x02014b50
const endOfCentral = 0x06054b50

/**
 * The bytes of a `.npz` file with arrays by name, not compressed. Waits for the elements. Work 0.
 * @example
 * const bytes = await np.toNpz({ w: np.ones([2, 2]), b: np.zeros([2]) })
 * Object.keys(await np.fromNpz(bytes)) // → ["w", "b"]
 */
export async function toNpz(arrays: { readonly [name: string]: Array }): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  const central: Uint8Array[] = []
  let offset = 0
  for (const [key, array] of Object.entries(arrays)) {
    const name = new TextEncoder().encode(`${key}.npy`)
    const content = await toNpy(array)
    const sums: readonly number[] = [crc32(content), content.length, content.length]
    // Version 2.0, names in UTF-8, stored, 1 January 1980.
    const common = [words([20, 0x800, 0, 0, 0x21]), longs(sums), words([name.length, 0])]
    const local = [longs([localHeader]), ...common, name, content]
    const entry = [longs([centralHeader]), words([20]), ...common, words([0, 0, 0])]
    central.push(...entry, longs([0, offset]), name)
    parts.push(...local)
    offset += lengthOf(local)
  }
  const count = Object.keys(arrays).length
  const end = [
    longs([endOfCentral]),
    words([0, 0, count, count]),
    longs([lengthOf(central), offset]),
    words([0]),
  ]
  return joined([...parts, ...central, ...end])
}

/**
 * The arrays in the bytes of a `.npz` file, by name; compressed ones too. Work 0.
 * @example
 * const bytes = await np.toNpz({ w: np.array([1, 2]) })
 * await np.fromNpz(bytes) // → { w: [1, 2] }
 * @throws SyntaxError for bytes that are no zip archive, and whatever `fromNpy` throws.
 */
export async function fromNpz(bytes: Uint8Array): Promise<Record<string, Array>> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const end = endOf(bytes, view)
  const arrays: Record<string, Array> = {}
  let at = view.getUint32(end + 16, true)
  for (let i = view.getUint16(end + 10, true); i > 0; i--) {
    requireWord(view, at, centralHeader, 46)
    const [nameLength, more, comment] = [28, 30, 32].map((place) =>
      view.getUint16(at + place, true),
    )
    const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameLength))
    const method = view.getUint16(at + 10, true)
    const length = view.getUint32(at + 20, true)
    const content = contentAt(bytes, view, view.getUint32(at + 42, true), length)
    arrays[name.replace(/\.npy$/, "")] = fromNpy(await unpacked(name, content, method))
    at += 46 + nameLength + more + comment
  }
  return arrays
}

/** Where the end of the central directory begins: behind it there is at most a comment. */
function endOf(bytes: Uint8Array, view: DataView): number {
  const first = Math.max(0, bytes.length - 22 - 0xffff)
  for (let at = bytes.length - 22; at >= first; at--) {
    if (view.getUint32(at, true) === endOfCentral) return at
  }
  throw new SyntaxError("fromNpz: the bytes are no zip archive")
}

function requireWord(view: DataView, at: number, word: number, room: number): void {
  if (at + room > view.byteLength || view.getUint32(at, true) !== word) {
    throw new SyntaxError(`fromNpz: the zip archive is damaged at byte ${at}`)
  }
}

function contentAt(bytes: Uint8Array, view: DataView, at: number, length: number): Uint8Array {
  requireWord(view, at, localHeader, 30)
  const start = at + 30 + view.getUint16(at + 26, true) + view.getUint16(at + 28, true)
  return bytes.subarray(start, start + length)
}

async function unpacked(name: string, content: Uint8Array, method: number): Promise<Uint8Array> {
  if (method === 0) return content
  if (method !== 8) {
    throw new SyntaxError(
      `fromNpz: ${name} is compressed by method ${method}, not stored or deflated`,
    )
  }
  const stream = new Blob([content.slice()]).stream()
  const plain = stream.pipeThrough(new DecompressionStream("deflate-raw"))
  return new Uint8Array(await new Response(plain).arrayBuffer())
}

function words(values: readonly number[]): Uint8Array {
  return new Uint8Array(values.flatMap((value) => [value & 0xff, value >> 8]))
}

function longs(values: readonly number[]): Uint8Array {
  return new Uint8Array(
    values.flatMap((value) => [0, 8, 16, 24].map((by) => (value >>> by) & 0xff)),
  )
}

function lengthOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0)
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(lengthOf(parts))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1
  return value
})

/** The cyclic redundancy check that zip archives carry. */
function crc32(bytes: Uint8Array): number {
  let value = 0xffffffff
  for (const byte of bytes) value = crcTable[(value ^ byte) & 0xff] ^ (value >>> 8)
  return (value ^ 0xffffffff) >>> 0
}
