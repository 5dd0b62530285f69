/**
 * IDX, the format of the MNIST files: a big-endian header (two zero bytes, the element type, the
 * rank, one 32-bit extent per axis), then the elements, row-major.
 * Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits".
 */

/** An array read from an IDX file. Elements are unsigned bytes. */
export interface IdxArray {
  readonly shape: readonly number[]
  readonly data: Uint8Array
}

const unsignedByte = 0x08

const otherTypes: Readonly<Record<number, string>> = {
  9: "signed byte",
  11: "16-bit integer",
  12: "32-bit integer",
  13: "32-bit float",
  14: "64-bit float",
}

/**
 * Reads IDX bytes.
 * @param bytes the whole file
 * @param name what to call it in errors
 * @throws SyntaxError when the header is no IDX header, the element type is not unsigned byte, or
 * the file is shorter or longer than its header says.
 * @example
 * parseIdx(new Uint8Array([0, 0, 8, 1, 0, 0, 0, 2, 5, 6]), "two bytes").data // → [5, 6]
 */
export function parseIdx(bytes: Uint8Array, name: string): IdxArray {
  const fail = (what: string): never => {
    throw new SyntaxError(`${name} is no usable IDX file: ${what}`)
  }
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) fail("it is compressed with gzip; unpack it first")
  if (bytes.length < 4 || bytes[0] !== 0 || bytes[1] !== 0) {
    fail("it must start with two zero bytes, the element type and the rank")
  }
  const [, , type, rank] = bytes
  if (type !== unsignedByte) {
    const found = otherTypes[type] ?? `unknown type ${type}`
    fail(`its elements are of type ${found}, where unsigned bytes (8) are read`)
  }
  const header = 4 + 4 * rank
  if (rank === 0 || bytes.length < header) fail(`its header of rank ${rank} is cut short`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis))
  const elements = shape.reduce((a, b) => a * b, 1)
  const found = bytes.length - header
  if (found !== elements) {
    const state = found < elements ? "truncated" : "too long"
    fail(`it is ${state}: [${shape.join(", ")}] takes ${elements} bytes, and there are ${found}`)
  }
  return { shape, data: bytes.subarray(header) }
}
