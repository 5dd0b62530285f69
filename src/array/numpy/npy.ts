/** Arrays as bytes of NumPy's `.npy` format (NEP 1), one array each. */

import {
  allocateTyped,
  concreteShape,
  type DType,
  elementsOf,
  type TypedArray,
} from "../../size/index.ts"
import type { Array } from "../array.ts"
import * as movement from "../operations/movement.ts"
import { constant } from "../tracing/constant.ts"

/** How elements are stored, by NumPy's letters, and the dtype that they become. */
interface ElementFormat {
  readonly bytes: number
  readonly dtype: DType
  readonly read: (view: DataView, at: number, little: boolean) => number
}

const formats: { readonly [letters: string]: ElementFormat | undefined } = {
  f4: { bytes: 4, dtype: "float32", read: (view, at, little) => view.getFloat32(at, little) },
  f8: { bytes: 8, dtype: "float64", read: (view, at, little) => view.getFloat64(at, little) },
  f2: { bytes: 2, dtype: "float16", read: (view, at, little) => view.getFloat16(at, little) },
  // How NumPy names a bfloat16 of the ml_dtypes package: two bytes of no kind that it knows.
  V2: { bytes: 2, dtype: "bfloat16", read: (view, at, little) => view.getUint16(at, little) },
  i1: { bytes: 1, dtype: "int8", read: (view, at) => view.getInt8(at) },
  i2: { bytes: 2, dtype: "int16", read: (view, at, little) => view.getInt16(at, little) },
  i4: { bytes: 4, dtype: "int32", read: (view, at, little) => view.getInt32(at, little) },
  i8: {
    bytes: 8,
    dtype: "int32",
    read: (view, at, little) => Number(view.getBigInt64(at, little)),
  },
  u1: { bytes: 1, dtype: "uint8", read: (view, at) => view.getUint8(at) },
  u2: { bytes: 2, dtype: "uint16", read: (view, at, little) => view.getUint16(at, little) },
  u4: { bytes: 4, dtype: "uint32", read: (view, at, little) => view.getUint32(at, little) },
  u8: {
    bytes: 8,
    dtype: "uint32",
    read: (view, at, little) => Number(view.getBigUint64(at, little)),
  },
  b1: { bytes: 1, dtype: "bool", read: (view, at) => (view.getUint8(at) === 0 ? 0 : 1) },
}

const descriptions: { readonly [D in DType]: string } = {
  float64: "<f8",
  float32: "<f4",
  float16: "<f2",
  bfloat16: "<V2",
  int32: "<i4",
  int16: "<i2",
  int8: "|i1",
  uint32: "<u4",
  uint16: "<u2",
  uint8: "|u1",
  bool: "|b1",
}

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]

interface Header {
  readonly order: string
  readonly letters: string
  readonly fortran: boolean
  readonly shape: readonly number[]
  /** Where the elements begin. */
  readonly start: number
}

/**
 * An array from the bytes of a `.npy` file, of the file's dtype; int64 becomes int32 and uint64
 * uint32. Work 0.
 * @example np.fromNpy(await np.toNpy(np.array([1, 2]))) // → [1, 2]
 * @throws SyntaxError for other bytes, TypeError for other dtypes, RangeError for integers that
 *   the dtype does not hold.
 */
export function fromNpy(bytes: Uint8Array): Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const { order, letters, fortran, shape, start } = headerOf(bytes, view)
  const format = formats[letters]
  if (format === undefined) {
    throw new TypeError(
      `fromNpy: elements are "${order}${letters}", which is none of ${Object.keys(formats).join(", ")}`,
    )
  }
  const count = Number(elementsOf(shape))
  if (bytes.length < start + count * format.bytes) {
    throw new SyntaxError(
      `fromNpy: ${bytes.length - start} bytes for ${count} elements of ${format.bytes} bytes`,
    )
  }
  const data = readElements(view, start, count, format, order !== ">")
  if (!fortran) return constant(data, shape, format.dtype)
  return movement.transpose(constant(data, shape.toReversed(), format.dtype))
}

function readElements(
  view: DataView,
  start: number,
  count: number,
  { bytes, dtype, read }: ElementFormat,
  little: boolean,
): TypedArray {
  const data = allocateTyped(dtype, count)
  for (let i = 0; i < count; i++) {
    const value = read(view, start + i * bytes, little)
    data[i] = value
    if (bytes === 8 && dtype !== "float64" && data[i] !== value) {
      throw new RangeError(`fromNpy: element ${i} is ${value}, which ${dtype} does not hold`)
    }
  }
  return data
}

function headerOf(bytes: Uint8Array, view: DataView): Header {
  if (bytes.length < 10 || !magic.every((byte, i) => bytes[i] === byte)) {
    throw new SyntaxError("fromNpy: the bytes do not begin as a .npy file does")
  }
  const wide = bytes[6] > 1
  if (wide && bytes.length < 12) throw new SyntaxError("fromNpy: the header is cut off")
  const length = wide ? view.getUint32(8, true) : view.getUint16(8, true)
  const from = wide ? 12 : 10
  if (bytes.length < from + length) throw new SyntaxError("fromNpy: the header is cut off")
  const text = new TextDecoder("latin1").decode(bytes.subarray(from, from + length))
  const descr = /'descr':\s*'([<>|=])(\w+)'/.exec(text)
  const fortran = /'fortran_order':\s*(True|False)/.exec(text)
  const shape = /'shape':\s*\(([\d,\s]*)\)/.exec(text)
  if (descr === null || fortran === null || shape === null) {
    throw new SyntaxError(`fromNpy: the header ${text.trim()} says no dtype, order or shape`)
  }
  const extents = shape[1].split(",").map((part) => part.trim())
  return {
    order: descr[1],
    letters: descr[2],
    fortran: fortran[1] === "True",
    shape: extents.filter((part) => part !== "").map(Number),
    start: from + length,
  }
}

/**
 * The bytes of a `.npy` file that holds an array. Waits for the elements. Work 0.
 * @example
 * const bytes = await np.toNpy(np.array([1, 2]))
 * String.fromCharCode(...bytes.slice(1, 6)) // → "NUMPY"
 */
export async function toNpy(x: Array): Promise<Uint8Array> {
  const data = await x.data()
  const shape = concreteShape(x.shape)
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(", ")
  const said = `{'descr': '${descriptions[x.dtype]}', 'fortran_order': False, 'shape': (${tuple}), }`
  // Elements begin at a multiple of 64 bytes.
  const length = Math.ceil((10 + said.length + 1) / 64) * 64 - 10
  const bytes = new Uint8Array(10 + length + data.byteLength)
  bytes.set([...magic, 1, 0, length & 0xff, length >> 8])
  bytes.set(new TextEncoder().encode(`${said.padEnd(length - 1)}\n`), 10)
  bytes.set(littleEndian(data), 10 + length)
  return bytes
}

function littleEndian(data: TypedArray): Uint8Array {
  const own = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  const little = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1
  if (little || data.BYTES_PER_ELEMENT === 1) return own
  const turned = new Uint8Array(own.length)
  for (let i = 0; i < own.length; i++) turned[i] = own[i ^ (data.BYTES_PER_ELEMENT - 1)]
  return turned
}
