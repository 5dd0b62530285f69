/** Rows whose extreme values come again and again, or are infinite, or no numbers. */

import { allocateTyped, type DType, type TypedArray } from "../../src/size/index.ts"

export const extremesOf = [
  "float32",
  "float64",
  "int32",
  "uint32",
  "bool",
] as const satisfies DType[]

/** 12 rows of few different values; of floats, the first six have infinities and NaNs. */
export function rowsOfEquals(dtype: (typeof extremesOf)[number], columns: number): TypedArray {
  const data = allocateTyped(dtype, 12 * columns)
  for (let i = 0; i < data.length; i++) {
    data[i] = dtype === "bool" ? ((i * 7) % 5) & 1 : i % 5
  }
  if (!dtype.startsWith("float")) return data
  data[columns - 1] = Number.NaN
  data.fill(Number.NaN, columns + 2, columns + 4)
  data.fill(Number.NaN, 2 * columns, 3 * columns)
  data.fill(Number.NEGATIVE_INFINITY, 3 * columns, 4 * columns)
  data.fill(Number.POSITIVE_INFINITY, 5 * columns - 2, 5 * columns)
  data[6 * columns - 3] = Number.NaN
  return data
}
