/** What dtypes can hold: bits, least and greatest numbers and, of floats, the precision. */

import { type DType, dtypes, isDType, isFloat } from "../../size/index.ts"

export interface FloatInfo {
  readonly bits: number
  /** The difference of 1 and the next greater float. */
  readonly eps: number
  readonly max: number
  readonly min: number
  /** The least positive float of full precision. */
  readonly tiny: number
  readonly smallestNormal: number
  readonly smallestSubnormal: number
}

type Float = "float64" | "float32" | "float16" | "bfloat16"

/** Bits of the fraction, and the exponent of the greatest power of two (IEEE 754, table 3.5). */
const formats: { readonly [F in Float]: { readonly fraction: number; readonly most: number } } = {
  float64: { fraction: 52, most: 1023 },
  float32: { fraction: 23, most: 127 },
  float16: { fraction: 10, most: 15 },
  bfloat16: { fraction: 7, most: 127 },
}

function infoOf(dtype: Float): FloatInfo {
  const { fraction, most } = formats[dtype]
  const max = (2 - 2 ** -fraction) * 2 ** most
  const tiny = 2 ** (1 - most)
  return {
    bits: 8 * dtypes[dtype].bytes,
    eps: 2 ** -fraction,
    max,
    min: -max,
    tiny,
    smallestNormal: tiny,
    smallestSubnormal: tiny * 2 ** -fraction,
  }
}

const infos: ReadonlyMap<string, FloatInfo> = new Map(
  (["float64", "float32", "float16", "bfloat16"] as const).map((dtype) => [dtype, infoOf(dtype)]),
)

/**
 * Limits of a float dtype. Work 0.
 * @example np.finfo("float32").bits // → 32
 * @throws TypeError for other dtypes.
 */
export function finfo(dtype: string): FloatInfo {
  const info = infos.get(dtype)
  if (info === undefined) {
    throw new TypeError(`finfo takes a float dtype, not ${dtype}: use iinfo for integers`)
  }
  return info
}

/**
 * Limits of an integer dtype. Work 0.
 * @example np.iinfo("int8").max // → 127
 * @throws TypeError for other dtypes.
 */
export function iinfo(dtype: DType | (string & {})): {
  readonly bits: number
  readonly min: number
  readonly max: number
} {
  if (!isDType(dtype) || isFloat(dtype) || dtype === "bool") {
    throw new TypeError(`iinfo takes an integer dtype, not ${dtype}`)
  }
  const { bytes, lowest, highest } = dtypes[dtype]
  return { bits: 8 * bytes, min: lowest, max: highest }
}
