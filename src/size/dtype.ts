/// <reference lib="esnext.float16" preserve="true" />
/** Element types. One row describes a dtype to every layer: adding a dtype starts here. */

/** A union of names, not the keys of an interface, so that declarations of users' code can say it. */
export type DType =
  | "float64"
  | "float32"
  | "float16"
  | "bfloat16"
  | "int32"
  | "int16"
  | "int8"
  | "uint32"
  | "uint16"
  | "uint8"
  | "bool"

/** The JavaScript view of each dtype's elements. */
interface Elements extends Record<DType, unknown> {
  float64: Float64Array
  float32: Float32Array
  float16: Float16Array
  /** The bits: the upper half of a float32. See {@link encodeElement}. */
  bfloat16: Uint16Array
  int32: Int32Array
  int16: Int16Array
  int8: Int8Array
  uint32: Uint32Array
  uint16: Uint16Array
  uint8: Uint8Array
  /** One byte each, 0 or 1. */
  bool: Uint8Array
}

export type DTypeKind = "float" | "signed" | "unsigned" | "bool"

/** The typed array that holds elements of a dtype. */
export type TypedArrayOf<D extends DType> = Elements[D]

/** JavaScript's view of an array's elements. */
export type TypedArray = TypedArrayOf<DType>

export interface DTypeInfo {
  /** Bytes of one element in memory. */
  readonly bytes: number
  readonly kind: DTypeKind
  /** The name in specs such as `f32[N]`. */
  readonly short: string
  /**
   * The dtype that devices compute in: itself, or a wider one that holds all its values. A dtype
   * that is computed in another is only ever loaded, stored, moved, cast to and from that other,
   * and bitcast: scheduling puts the casts where they are needed.
   */
  readonly computes: DType
  /** The least and greatest values: a maximum's and a minimum's identities. */
  readonly lowest: number
  readonly highest: number
}

const infinite = { lowest: Number.NEGATIVE_INFINITY, highest: Number.POSITIVE_INFINITY } as const

export const dtypes: { readonly [D in DType]: DTypeInfo } = {
  float64: { bytes: 8, kind: "float", short: "f64", computes: "float64", ...infinite },
  float32: { bytes: 4, kind: "float", short: "f32", computes: "float32", ...infinite },
  float16: { bytes: 2, kind: "float", short: "f16", computes: "float32", ...infinite },
  bfloat16: { bytes: 2, kind: "float", short: "bf16", computes: "float32", ...infinite },
  int32: { bytes: 4, kind: "signed", short: "i32", computes: "int32", ...signed(32) },
  int16: { bytes: 2, kind: "signed", short: "i16", computes: "int32", ...signed(16) },
  int8: { bytes: 1, kind: "signed", short: "i8", computes: "int32", ...signed(8) },
  uint32: { bytes: 4, kind: "unsigned", short: "u32", computes: "uint32", ...unsigned(32) },
  uint16: { bytes: 2, kind: "unsigned", short: "u16", computes: "uint32", ...unsigned(16) },
  uint8: { bytes: 1, kind: "unsigned", short: "u8", computes: "uint32", ...unsigned(8) },
  bool: { bytes: 1, kind: "bool", short: "bool", computes: "bool", lowest: 0, highest: 1 },
}

function signed(bits: number) {
  return { lowest: -(2 ** (bits - 1)), highest: 2 ** (bits - 1) - 1 }
}

function unsigned(bits: number) {
  return { lowest: 0, highest: 2 ** bits - 1 }
}

export const dtypeNames: readonly DType[] = [
  "float64",
  "float32",
  "float16",
  "bfloat16",
  "int32",
  "int16",
  "int8",
  "uint32",
  "uint16",
  "uint8",
  "bool",
]

/** @throws TypeError in one sentence when a text names no dtype. */
export function requireDType(name: string): void {
  if (isDType(name)) return
  const wide = name.endsWith("int64") ? ": 64-bit integers are not had, int32 and float64 are" : ""
  throw new TypeError(`there is no dtype "${name}" among ${dtypeNames.join(", ")}${wide}`)
}

/** Whether a text names a dtype. */
export function isDType(name: string): name is DType {
  return Object.hasOwn(dtypes, name)
}

export function isFloat(dtype: DType): boolean {
  return dtypes[dtype].kind === "float"
}

/** Whether a dtype is computed in another: see {@link DTypeInfo.computes}. */
export function isStorage(dtype: DType): boolean {
  return dtypes[dtype].computes !== dtype
}

interface Elemental {
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): TypedArray
}

const constructors: { readonly [D in Exclude<DType, "float16">]: Elemental } = {
  float64: Float64Array,
  float32: Float32Array,
  bfloat16: Uint16Array,
  int32: Int32Array,
  int16: Int16Array,
  int8: Int8Array,
  uint32: Uint32Array,
  uint16: Uint16Array,
  uint8: Uint8Array,
  bool: Uint8Array,
}

/**
 * A typed array of n zero elements for a dtype.
 * @throws TypeError when there is no such dtype, and for float16 where the engine has no Float16Array.
 */
export function allocateTyped<D extends DType>(dtype: D, n: number): TypedArrayOf<D>
export function allocateTyped(dtype: DType, n: number): TypedArray {
  requireDType(dtype)
  return viewTyped(dtype, new ArrayBuffer(n * dtypes[dtype].bytes), 0, n)
}

/**
 * A typed array over n elements of a buffer, from a byte offset on.
 * @throws TypeError for float16 where the engine has no Float16Array.
 */
export function viewTyped(
  dtype: DType,
  buffer: ArrayBufferLike,
  byteOffset: number,
  n: number,
): TypedArray {
  if (dtype !== "float16") return new constructors[dtype](buffer, byteOffset, n)
  if (globalThis.Float16Array === undefined) {
    throw new TypeError(
      "float16 needs an engine with Float16Array, such as Node 24: use bfloat16 or float32 here",
    )
  }
  return new Float16Array(buffer, byteOffset, n)
}

const word = new Uint32Array(1)
const single = new Float32Array(word.buffer)

/** The bits of the bfloat16 next to a number, ties to even. */
export function toBfloat16(value: number): number {
  single[0] = value
  const [bits] = word
  if (Number.isNaN(value)) return 0x7fc0
  // A float64 halfway between two bfloat16s for float32 alone is decided by what float32 dropped.
  const dropped = Math.abs(value) - Math.abs(single[0])
  const half = bits & 0xffff
  const up =
    half > 0x8000 || (half === 0x8000 && (dropped > 0 || (dropped === 0 && (bits & 0x10000) !== 0)))
  return (bits >>> 16) + (up ? 1 : 0)
}

/** The number that bits of a bfloat16 stand for. */
export function fromBfloat16(bits: number): number {
  word[0] = bits << 16
  return single[0]
}

/** What a typed array of a dtype is given to hold a number: the number itself, but for bfloat16. */
export function encodeElement(dtype: DType, value: number): number {
  if (dtype === "bfloat16") return toBfloat16(value)
  return dtype === "bool" ? Number(value !== 0) : value
}

/** The number that an element of a dtype's typed array stands for. */
export function decodeElement(dtype: DType, element: number): number {
  return dtype === "bfloat16" ? fromBfloat16(element) : element
}

const cells = new Map<DType, TypedArray>()

/** A number as an array of a dtype holds it: floats round, integers wrap, bools are 0 or 1. */
export function storedNumber(dtype: DType, value: number): number {
  let cell = cells.get(dtype)
  if (cell === undefined) {
    cell = allocateTyped(dtype, 1)
    cells.set(dtype, cell)
  }
  cell[0] = encodeElement(dtype, value)
  return decodeElement(dtype, cell[0])
}

/** Numbers as a new typed array of a dtype. */
export function encodeTyped<D extends DType>(dtype: D, values: ArrayLike<number>): TypedArrayOf<D>
export function encodeTyped(dtype: DType, values: ArrayLike<number>): TypedArray {
  const data: TypedArray = allocateTyped(dtype, values.length)
  if (dtype !== "bfloat16" && dtype !== "bool") data.set(values)
  else for (let i = 0; i < values.length; i++) data[i] = encodeElement(dtype, values[i])
  return data
}

/** The numbers of a typed array of a dtype: itself, but for bfloat16 a float32 copy. */
export function decodeTyped(dtype: DType, data: TypedArray): TypedArray {
  return dtype === "bfloat16" ? Float32Array.from(data, fromBfloat16) : data
}
