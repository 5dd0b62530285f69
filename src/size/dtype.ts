/** Element types. One row describes a dtype to every layer: adding a dtype starts here. */
export type DType = "float32" | "int32" | "uint32" | "bool"

export type DTypeKind = "float" | "signed" | "unsigned" | "bool"

/** JavaScript's view of an array's elements; a bool is one byte, 0 or 1. */
export type TypedArray = Float32Array | Int32Array | Uint32Array | Uint8Array

interface DTypeInfo {
  /** Bytes of one element in memory. */
  readonly bytes: number
  readonly kind: DTypeKind
  /** The name in specs such as `f32[N]`. */
  readonly short: string
}

export const dtypes: { readonly [D in DType]: DTypeInfo } = {
  float32: { bytes: 4, kind: "float", short: "f32" },
  int32: { bytes: 4, kind: "signed", short: "i32" },
  uint32: { bytes: 4, kind: "unsigned", short: "u32" },
  bool: { bytes: 1, kind: "bool", short: "bool" },
}

export const dtypeNames: readonly DType[] = ["float32", "int32", "uint32", "bool"]

export function isFloat(dtype: DType): boolean {
  return dtypes[dtype].kind === "float"
}

/** A typed array of n zero elements for a dtype. */
export function allocateTyped(dtype: DType, n: number): TypedArray {
  return viewTyped(dtype, new ArrayBuffer(n * dtypes[dtype].bytes), 0, n)
}

/** A typed array over n elements of a buffer, from a byte offset on. */
export function viewTyped(
  dtype: DType,
  buffer: ArrayBufferLike,
  byteOffset: number,
  n: number,
): TypedArray {
  switch (dtype) {
    case "float32":
      return new Float32Array(buffer, byteOffset, n)
    case "int32":
      return new Int32Array(buffer, byteOffset, n)
    case "uint32":
      return new Uint32Array(buffer, byteOffset, n)
    case "bool":
      return new Uint8Array(buffer, byteOffset, n)
  }
}
