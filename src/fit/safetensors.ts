/**
 * The safetensors format: named arrays in one file. A 64-bit little-endian header length, a JSON
 * header with dtype, shape and place of each array, then the elements, little-endian, row-major.
 * Source: github.com/huggingface/safetensors, "Format".
 */

import { type DType, dtypeNames, dtypes, type TypedArray, viewTyped } from "../size/index.ts"

/** An array's elements outside any device. */
export interface Tensor {
  readonly dtype: DType
  readonly shape: readonly number[]
  readonly data: TypedArray
}

const codes: { readonly [D in DType]: string } = {
  float64: "F64",
  float32: "F32",
  float16: "F16",
  bfloat16: "BF16",
  int32: "I32",
  int16: "I16",
  int8: "I8",
  uint32: "U32",
  uint16: "U16",
  uint8: "U8",
  bool: "BOOL",
}

interface Entry {
  readonly dtype: string
  readonly shape: readonly number[]
  readonly data_offsets: readonly [number, number]
}

/**
 * The file for tensors by name; names come in the order given.
 * @example
 * const w = { dtype: "float32", shape: [2], data: new Float32Array([1, 2]) } as const
 * decodeSafetensors(encodeSafetensors(new Map([["w", w]])), "w.safetensors").get("w")?.shape // → [2]
 */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, Tensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const header: [string, Entry | Readonly<Record<string, string>>][] = []
  if (Object.keys(metadata).length > 0) header.push(["__metadata__", metadata])
  let offset = 0
  for (const [name, { dtype, shape, data }] of tensors) {
    const end = offset + data.byteLength
    header.push([name, { dtype: codes[dtype], shape, data_offsets: [offset, end] }])
    offset = end
  }
  // Spaces after the header bring the elements to a multiple of 8 bytes.
  const text = JSON.stringify(Object.fromEntries(header))
  const unpadded = new TextEncoder().encode(text)
  const length = 8 * Math.ceil(unpadded.length / 8)
  const file = new Uint8Array(8 + length + offset)
  new DataView(file.buffer).setBigUint64(0, BigInt(length), true)
  file.fill(0x20, 8, 8 + length)
  file.set(unpadded, 8)
  let at = 8 + length
  for (const { data } of tensors.values()) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at)
    at += data.byteLength
  }
  return file
}

/**
 * The tensors of a file, by name.
 * @param name what to call the file in errors
 * @throws SyntaxError when the file is truncated, its header is no JSON, or an array's place or
 * dtype makes no sense.
 * @example
 * const w = { dtype: "float32", shape: [2], data: new Float32Array([1, 2]) } as const
 * decodeSafetensors(encodeSafetensors(new Map([["w", w]])), "w.safetensors").get("w")?.data // → [1, 2]
 */
export function decodeSafetensors(file: Uint8Array, name: string): Map<string, Tensor> {
  return decodeSafetensorsWith(file, name).tensors
}

/** The tensors of a file and the texts that it carries along; errors as above. */
export function decodeSafetensorsWith(
  file: Uint8Array,
  name: string,
): {
  readonly tensors: Map<string, Tensor>
  readonly metadata: Readonly<Record<string, string>>
} {
  const fail = (what: string): never => {
    throw new SyntaxError(`${name} is no usable safetensors file: ${what}`)
  }
  if (file.length < 8) fail("it is shorter than its header's length")
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  const length = Number(view.getBigUint64(0, true))
  const start = 8 + length
  if (start > file.length) fail(`it is truncated inside its header of ${length} bytes`)
  const header = parseHeader(file.subarray(8, start), fail)
  const tensors = new Map<string, Tensor>()
  let metadata: Record<string, string> = {}
  for (const [key, value] of Object.entries(header)) {
    if (key === "__metadata__") {
      metadata = Object.fromEntries(Object.entries(Object(value)).map(([k, v]) => [k, String(v)]))
      continue
    }
    const entry = isEntry(value) ? value : fail(`the entry of "${key}" is malformed`)
    const dtype = dtypeNames.find((d) => codes[d] === entry.dtype)
    if (dtype === undefined)
      return fail(`"${key}" has dtype ${entry.dtype}, which is not read here`)
    const elements = entry.shape.reduce((a, b) => a * b, 1)
    const [from, to] = entry.data_offsets
    if (to - from !== elements * dtypes[dtype].bytes || from < 0) {
      fail(`"${key}" of shape [${entry.shape.join(", ")}] does not fill bytes ${from} to ${to}`)
    }
    if (start + to > file.length) fail(`it is truncated inside "${key}"`)
    // Copied, so that elements are aligned; slice would not copy where the file is Node's Buffer.
    const bytes = Uint8Array.from(file.subarray(start + from, start + to))
    const data = viewTyped(dtype, bytes.buffer, 0, elements)
    tensors.set(key, { dtype, shape: entry.shape, data })
  }
  return { tensors, metadata }
}

function parseHeader(bytes: Uint8Array, fail: (what: string) => never): object {
  let header: unknown
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes))
  } catch {
    fail("its header is not JSON")
  }
  if (typeof header !== "object" || header === null) return fail("its header is no JSON object")
  return header
}

function isEntry(value: unknown): value is Entry {
  if (typeof value !== "object" || value === null) return false
  const { dtype, shape, data_offsets: offsets }: Partial<Record<string, unknown>> = { ...value }
  const counts = (list: unknown): list is readonly number[] =>
    Array.isArray(list) && list.every((n) => Number.isSafeInteger(n) && n >= 0)
  return typeof dtype === "string" && counts(shape) && counts(offsets) && offsets.length === 2
}
