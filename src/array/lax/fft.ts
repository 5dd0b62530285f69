/** Fourier transforms of the last axes, under XLA's names. */

import { Array } from "../array.ts"
import type { Complex, ComplexLike } from "../fourier/complex.ts"
import * as fourier from "../fourier/many-axes.ts"
import type { ArrayLike } from "../tracing/operands.ts"

/** Which transform: forwards or back, of complex or of real numbers. */
export type FftType = "FFT" | "IFFT" | "RFFT" | "IRFFT" | "fft" | "ifft" | "rfft" | "irfft"

/**
 * The transform of the last axes, as many as there are lengths; complex numbers are pairs
 * `{ real, imag }`. Work O(n log n), span O(log n).
 *
 * @example
 * lax.fft(np.array([1, 0, 2, 0]), "RFFT", [4]) // → { real: [3, -1, 3], imag: [0, 0, 0] }
 *
 * @throws RangeError for unknown types and lengths that do not fit.
 */
export function fft(x: ComplexLike, type: "IRFFT" | "irfft", lengths: readonly number[]): Array
export function fft(
  x: ComplexLike,
  type: Exclude<FftType, "IRFFT" | "irfft">,
  lengths: readonly number[],
): Complex
export function fft(x: ComplexLike, type: FftType, lengths: readonly number[]): Array | Complex {
  switch (type) {
    case "FFT":
    case "fft":
      return fourier.fftn(x, lengths)
    case "IFFT":
    case "ifft":
      return fourier.ifftn(x, lengths)
    case "RFFT":
    case "rfft":
      return fourier.rfftn(realOf(x), lengths)
    case "IRFFT":
    case "irfft":
      return fourier.irfftn(x, lengths)
    default:
      throw new RangeError(`fft: type ${String(type)} is none of FFT, IFFT, RFFT, IRFFT`)
  }
}

function realOf(x: ComplexLike): ArrayLike {
  if (x instanceof Array || typeof x !== "object") return x
  throw new TypeError("fft: RFFT takes real numbers, not a pair of real and imag")
}
