/** NumPy's functions under their names in camelCase, with their argument meaning. */

import type { DType } from "../../size/index.ts"

export { Array } from "../array.ts"
export * as fft from "../fourier/index.ts"
export * as linalg from "../linalg/index.ts"
export * from "../operations/creation.ts"
export * from "../operations/elementwise.ts"
export {
  bitwiseNot as bitwiseInvert,
  leftShift as bitwiseLeftShift,
  rightShift as bitwiseRightShift,
  round as around,
} from "../operations/elementwise.ts"
export {
  at,
  diagonal,
  type Index,
  type Place,
  slice,
  take,
  takeAlongAxis,
} from "../operations/indexing.ts"
export {
  dot,
  inner,
  kron,
  matmul,
  outer,
  tensordot,
  trace,
  vdot,
  vecdot,
} from "../operations/linear.ts"
export * from "../operations/movement.ts"
export { argsort, lexsort, type SortOptions, sort } from "../operations/ordering.ts"
export * from "../operations/ranges.ts"
export * from "../operations/reductions.ts"
export { variance as var } from "../operations/reductions.ts"
export { searchsorted } from "../operations/search.ts"
export * from "../operations/vectors.ts"
export { i0 } from "../special/bessel.ts"
export type { ArrayLike } from "../tracing/operands.ts"
export * from "./applying.ts"
export {
  type AverageOptions,
  average,
  cumulativeProd,
  cumulativeSum,
  logsumexp,
} from "./averages.ts"
export * from "./diagonals.ts"
export * from "./differences.ts"
export { einsum, einsumPath } from "./einsum.ts"
export {
  argwhere,
  compress,
  extract,
  flatnonzero,
  nonzero,
  type SizeOptions,
  trimZeros,
  where,
} from "./finding.ts"
export * from "./float-parts.ts"
export * from "./index-grids.ts"
export * from "./integers.ts"
export * from "./masks.ts"
export * from "./nan-reductions.ts"
export { fromNpy, toNpy } from "./npy.ts"
export { fromNpz, toNpz } from "./npz.ts"
export { type PadOptions, type PadValues, pad } from "./padding-modes.ts"
export * from "./polynomial-fits.ts"
export * from "./polynomials.ts"
export * from "./quantiles.ts"
export * from "./rearranging.ts"
export * from "./selecting.ts"
export * from "./sets.ts"
export * from "./statistics.ts"
export * from "./tapers.ts"
export * from "./vectorize.ts"

export const float64 = "float64" satisfies DType
export const float32 = "float32" satisfies DType
export const float16 = "float16" satisfies DType
export const bfloat16 = "bfloat16" satisfies DType
export const int32 = "int32" satisfies DType
export const int16 = "int16" satisfies DType
export const int8 = "int8" satisfies DType
export const uint32 = "uint32" satisfies DType
export const uint16 = "uint16" satisfies DType
export const uint8 = "uint8" satisfies DType
export const bool = "bool" satisfies DType

/** The ratio of a circle's circumference to its diameter. */
export const pi = Math.PI
/** The base of natural logarithms. */
export const e = Math.E
/** The limit of the harmonic series less the logarithm. */
export const eulerGamma = 0.5772156649015329
export const inf = Number.POSITIVE_INFINITY
export const nan = Number.NaN
/** In an index: a new axis of extent 1. */
export const newaxis = null
