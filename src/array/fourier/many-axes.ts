/** Fourier transforms along several axes, and frequencies in order. Work O(n log n) for n elements. */

import type { Array } from "../array.ts"
import { array } from "../operations/creation.ts"
import * as movement from "../operations/movement.ts"
import { type Axes, axesOf, axisOf } from "../operations/shapes.ts"
import { type ArrayLike, shapeOf } from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"
import { type Complex, type ComplexLike, partsOf } from "./complex.ts"
import type { Norm } from "./one-axis.ts"
import * as fourier from "./one-axis.ts"

export interface ManyTransformOptions {
  /** The length along each axis: what is longer is cut off, what is shorter filled with zeros. */
  readonly s?: readonly number[] | null
  /** All axes unless given, or the last as many as there are lengths. */
  readonly axes?: readonly number[] | null
  readonly norm?: Norm | null
}

/** Lengths, axes and norm: one after the other, or as options in the first's place. */
type ManyTransform<X, R> = (
  x: X,
  s?: readonly number[] | null | ManyTransformOptions,
  axes?: readonly number[] | null,
  norm?: Norm | null,
) => R

interface Pass {
  readonly axis: number
  readonly n?: number
  readonly norm?: Norm | null
}

function many<X extends ComplexLike, R>(
  name: string,
  defaultAxes: readonly number[] | undefined,
  body: (x: X, passes: readonly Pass[]) => R,
): ManyTransform<X, R> {
  return operation(1, (x, lengths, axes, norm) => {
    const options = isOptions(lengths) ? lengths : { s: lengths, axes, norm }
    const rank = partsOf(name, x).real.ndim
    const { s } = options
    const count = s?.length ?? rank
    const list =
      options.axes ?? defaultAxes ?? globalThis.Array.from({ length: count }, (_, i) => i - count)
    if (s !== undefined && s !== null && s.length !== list.length) {
      throw new RangeError(`${name}: ${s.length} lengths for ${list.length} axes`)
    }
    if (list.length === 0) throw new RangeError(`${name} needs at least one axis`)
    return body(
      x,
      list.map((axis, i) => ({
        axis: axisOf(name, axis, rank, "axes"),
        n: s?.[i],
        norm: options.norm,
      })),
    )
  })
}

function isOptions(
  s: readonly number[] | null | undefined | ManyTransformOptions,
): s is ManyTransformOptions {
  return typeof s === "object" && s !== null && !globalThis.Array.isArray(s)
}

type Complex2Complex = (x: ComplexLike, pass: Pass) => Complex

function everyAxis(transform: Complex2Complex) {
  return (x: ComplexLike, passes: readonly Pass[]): Complex => {
    const [first, ...rest] = passes.toReversed()
    return rest.reduce<Complex>((found, pass) => transform(found, pass), transform(x, first))
  }
}

function real(x: ArrayLike, passes: readonly Pass[]): Complex {
  const half = fourier.rfft(x, passes[passes.length - 1])
  return passes.slice(0, -1).reduceRight<Complex>((found, pass) => fourier.fft(found, pass), half)
}

function realInverse(x: ComplexLike, passes: readonly Pass[]): Array {
  const others = passes.slice(0, -1)
  const found = others.reduce<ComplexLike>((part, pass) => fourier.ifft(part, pass), x)
  return fourier.irfft(found, passes[passes.length - 1])
}

const lastTwo = [-2, -1]

/**
 * The transform along several axes, all unless named. Work O(n log n), span O(log n).
 * @example
 * fft.fftn(np.array([[1, 2], [3, 4]])) // → { real: [[10, -2], [-4, 0]], imag: [[0, 0], [0, 0]] }
 */
export const fftn: ManyTransform<ComplexLike, Complex> = many(
  "fftn",
  undefined,
  everyAxis(fourier.fft),
)
/**
 * The inverse of {@link fftn}. Work O(n log n), span O(log n).
 * @example
 * fft.ifftn(fft.fftn(np.array([[1, 2], [3, 4]])))
 * // → { real: [[1, 2], [3, 4]], imag: [[0, 0], [0, 0]] }
 */
export const ifftn: ManyTransform<ComplexLike, Complex> = many(
  "ifftn",
  undefined,
  everyAxis(fourier.ifft),
)
/**
 * The transform along two axes, the last ones unless named. Work O(n log n), span O(log n).
 * @example
 * fft.fft2(np.array([[1, 2], [3, 4]])) // → { real: [[10, -2], [-4, 0]], imag: [[0, 0], [0, 0]] }
 */
export const fft2: ManyTransform<ComplexLike, Complex> = many(
  "fft2",
  lastTwo,
  everyAxis(fourier.fft),
)
/**
 * The inverse of {@link fft2}. Work O(n log n), span O(log n).
 * @example
 * fft.ifft2(fft.fft2(np.array([[1, 2], [3, 4]])))
 * // → { real: [[1, 2], [3, 4]], imag: [[0, 0], [0, 0]] }
 */
export const ifft2: ManyTransform<ComplexLike, Complex> = many(
  "ifft2",
  lastTwo,
  everyAxis(fourier.ifft),
)
/**
 * The transform of real numbers along several axes: of the last one the first ⌊n/2⌋ + 1 elements.
 * Work O(n log n), span O(log n).
 * @example
 * fft.rfftn(np.array([[1, 2], [3, 4]])) // → { real: [[10, -2], [-4, 0]], imag: [[0, 0], [0, 0]] }
 */
export const rfftn: ManyTransform<ArrayLike, Complex> = many("rfftn", undefined, real)
/**
 * The inverse of {@link rfftn}. Work O(n log n), span O(log n).
 * @example fft.irfftn(fft.rfftn(np.array([[1, 2], [3, 4]]))) // → [[1, 2], [3, 4]]
 */
export const irfftn: ManyTransform<ComplexLike, Array> = many("irfftn", undefined, realInverse)
/**
 * The transform of real numbers along two axes, the last ones unless named. Work O(n log n), span
 * O(log n).
 * @example
 * fft.rfft2(np.array([[1, 2], [3, 4]])) // → { real: [[10, -2], [-4, 0]], imag: [[0, 0], [0, 0]] }
 */
export const rfft2: ManyTransform<ArrayLike, Complex> = many("rfft2", lastTwo, real)
/**
 * The inverse of {@link rfft2}. Work O(n log n), span O(log n).
 * @example fft.irfft2(fft.rfft2(np.array([[1, 2], [3, 4]]))) // → [[1, 2], [3, 4]]
 */
export const irfft2: ManyTransform<ComplexLike, Array> = many("irfft2", lastTwo, realInverse)

function requireLength(name: string, n: number): void {
  if (!Number.isInteger(n) || n < 1) {
    throw new RangeError(`${name}: n is ${n}, which must be a whole number of at least 1`)
  }
}

/**
 * The frequency of each element of a transform of n samples that are d (1) apart, in cycles per
 * unit of d: float32[n]. Work 0: the host computes it.
 * @throws RangeError unless n is a whole number from 1 on.
 * @example fft.fftfreq(4) // → [0, 0.25, -0.5, -0.25]
 */
export function fftfreq(n: number, d = 1): Array {
  requireLength("fftfreq", n)
  const negative = Math.floor((n + 1) / 2)
  return array(globalThis.Array.from({ length: n }, (_, i) => (i < negative ? i : i - n) / (n * d)))
}

/**
 * The frequency of each element that `rfft` gives: float32[⌊n/2⌋ + 1]. Work 0: the host
 * computes it.
 * @throws RangeError unless n is a whole number from 1 on.
 * @example fft.rfftfreq(4) // → [0, 0.25, 0.5]
 */
export function rfftfreq(n: number, d = 1): Array {
  requireLength("rfftfreq", n)
  return array(globalThis.Array.from({ length: Math.floor(n / 2) + 1 }, (_, i) => i / (n * d)))
}

interface Shift {
  (x: ArrayLike, axes?: Axes): Array
  (x: Complex, axes?: Axes): Complex
}

function shiftBy(name: string, steps: (extent: number) => number): Shift {
  const shift = operation(1, (x: ArrayLike, axes?: Axes): Array => {
    const shape = shapeOf(name, x)
    const list = axesOf(name, axes, shape.length)
    return movement.roll(
      x,
      list.map((axis) => steps(Number(shape[axis]))),
      list,
    )
  })
  function shifted(x: ArrayLike, axes?: Axes): Array
  function shifted(x: Complex, axes?: Axes): Complex
  function shifted(x: ArrayLike | Complex, axes?: Axes): Array | Complex {
    if (typeof x !== "object" || !("real" in x)) return shift(x, axes)
    return { real: shift(x.real, axes), imag: shift(x.imag, axes) }
  }
  return shifted
}

/**
 * The transform with frequency 0 in the middle, along all axes unless named. Work n and span 1 for
 * each axis.
 * @example fft.fftshift(np.array([0, 1, 2, -2, -1])) // → [-2, -1, 0, 1, 2]
 */
export const fftshift: Shift = shiftBy("fftshift", (extent) => Math.floor(extent / 2))
/**
 * The inverse of {@link fftshift}. Work n and span 1 for each axis.
 * @example fft.ifftshift(np.array([-2, -1, 0, 1, 2])) // → [0, 1, 2, -2, -1]
 */
export const ifftshift: Shift = shiftBy("ifftshift", (extent) => -Math.floor(extent / 2))
