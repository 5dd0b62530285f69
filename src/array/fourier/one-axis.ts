/**
 * Discrete Fourier transforms along one axis, as in `numpy.fft`, on pairs `{ real, imag }` of float
 * arrays: no dtype holds complex numbers. Real arrays are taken too. Any length n takes work
 * O(n log n) and span O(log n); lengths of small factors take least.
 */

import type { Array } from "../array.ts"
import { concreteExtent, reshaped, sliceAxis } from "../operations/axes.ts"
import * as elementwise from "../operations/elementwise.ts"
import * as movement from "../operations/movement.ts"
import { axisOf } from "../operations/shapes.ts"
import type { ArrayLike } from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"
import { bind } from "../tracing/trace.ts"
import { type Complex, type ComplexLike, paired, partsOf, timesPairs, unpaired } from "./complex.ts"
import { rootsOfUnity, type Sign, transformPairs } from "./pass.ts"

export type { Complex, ComplexLike } from "./complex.ts"

/** Which of the transform and its inverse divides: by n the inverse, both by √n, or by n the other. */
export type Norm = "backward" | "ortho" | "forward"

export interface TransformOptions {
  /** The length along the axis: what is longer is cut off, what is shorter filled with zeros. */
  readonly n?: number | null
  /** The last axis unless given. */
  readonly axis?: number
  readonly norm?: Norm | null
}

type Pairs = { readonly pairs: Array; readonly axis: number; readonly n: number }

function factorOf(norm: Norm | null | undefined, n: number, sign: Sign): number {
  const divides = sign === 1 ? "backward" : "forward"
  switch (norm ?? "backward") {
    case "ortho":
      return 1 / Math.sqrt(n)
    case "backward":
    case "forward":
      return (norm ?? "backward") === divides ? 1 / n : 1
    default:
      throw new RangeError(`fft: norm ${String(norm)} is none of backward, ortho, forward`)
  }
}

/** @throws RangeError for lengths below 1. */
function lengthOf(name: string, n: number): number {
  if (Number.isInteger(n) && n >= 1) return n
  throw new RangeError(`${name}: the length is ${n}, which must be a whole number of at least 1`)
}

/** An axis cut off or filled with zeros. */
function toLength(x: Array, axis: number, n: number): Array {
  const extent = Number(x.shape[axis])
  if (extent >= n) return sliceAxis(x, axis, 0, n)
  return movement.pad(
    x,
    x.shape.map((_, i): readonly [number, number] => [0, i === axis ? n - extent : 0]),
  )
}

/** Pairs (…, 2) transformed along an axis of a given length. */
function along({ pairs, axis, n }: Pairs, sign: Sign, factor: number): Array {
  const last = movement.moveaxis(pairs, axis, -2)
  const batch = last.shape.slice(0, -2)
  const rows = movement.reshape(last, [-1, n, 2])
  const found = rows.shape[0] === 0 ? rows : transformPairs(rows, n, sign)
  const scaled = factor === 1 ? found : elementwise.multiply(found, factor)
  return movement.moveaxis(reshaped(scaled, [...batch, n, 2]), -2, axis)
}

/** A transform's length, axis and norm: one after the other, or as options in the first's place. */
type Transform<X, R> = (
  x: X,
  n?: number | null | TransformOptions,
  axis?: number,
  norm?: Norm | null,
) => R

interface Chosen {
  readonly axis: number
  readonly n: number
  readonly norm: Norm | null | undefined
}

function transform<X, R>(body: (x: X, options: TransformOptions) => R): Transform<X, R> {
  return operation(1, (x, n, axis, norm) =>
    body(x, typeof n === "object" && n !== null ? n : { n, axis, norm }),
  )
}

function chosen(name: string, x: Array, { n, axis, norm }: TransformOptions): Chosen {
  const at = axisOf(name, axis ?? -1, x.ndim)
  return { axis: at, n: lengthOf(name, n ?? concreteExtent(name, x, at)), norm }
}

function complexTransform(name: string, sign: Sign): Transform<ComplexLike, Complex> {
  return transform((x, options) => {
    const parts = partsOf(name, x)
    const { axis, n, norm } = chosen(name, parts.real, options)
    const pairs = toLength(paired(parts), axis, n)
    return unpaired(along({ pairs, axis, n }, sign, factorOf(norm, n, sign)))
  })
}

/**
 * The transform X[k] = Σⱼ x[j] e^(−2πi·jk/n) along an axis. Work O(n log n), span O(log n).
 * @example fft.fft(np.array([1, 0, 2, 0])) // → { real: [3, -1, 3, -1], imag: [0, 0, 0, 0] }
 * @throws RangeError for lengths below 1.
 */
export const fft: Transform<ComplexLike, Complex> = complexTransform("fft", -1)
/**
 * The inverse of {@link fft}. Work O(n log n), span O(log n).
 * @example fft.ifft(fft.fft(np.array([1, 2]))) // → { real: [1, 2], imag: [0, 0] }
 */
export const ifft: Transform<ComplexLike, Complex> = complexTransform("ifft", 1)

/**
 * The transform of real numbers: its first ⌊n/2⌋ + 1 elements, which say the others. Work
 * O(n log n), span O(log n); an even length takes half the work of {@link fft}.
 * @example fft.rfft(np.array([1, 0, 2, 0])) // → { real: [3, -1, 3], imag: [0, 0, 0] }
 * @throws TypeError for pairs.
 */
export const rfft: Transform<ArrayLike, Complex> = transform((x, options) => {
  const { real, imag } = partsOf("rfft", x)
  if (imag !== undefined) throw new TypeError("rfft takes real numbers, not pairs: use fft")
  const { axis, n, norm } = chosen("rfft", real, options)
  const input = movement.moveaxis(toLength(real, axis, n), axis, -1)
  const half = n % 2 === 0 ? evenSpectrum(input, n) : oddSpectrum(input, n)
  const scaled = elementwise.multiply(half, factorOf(norm, n, -1))
  return unpaired(movement.moveaxis(scaled, -2, axis))
})

function oddSpectrum(x: Array, n: number): Array {
  const axis = x.ndim - 1
  const all = along({ pairs: paired({ real: x }), axis, n }, -1, 1)
  return sliceAxis(all, axis, 0, (n + 1) / 2)
}

/** Neighbours as pairs: half as many, whose transform says that of the whole. */
function evenSpectrum(x: Array, n: number): Array {
  const axis = x.ndim - 1
  const half = n / 2
  const outer = x.shape.slice(0, -1)
  const folded = reshaped(x, [...outer, half, 2])
  const found = along({ pairs: folded, axis, n: half }, -1, 1)
  const wrapped = movement.concatenate([found, sliceAxis(found, axis, 0, 1)], axis)
  const { even, odd } = evenAndOdd(wrapped, axis)
  // The transform of the even elements, and of the odd ones turned by −i and by the roots.
  const turned = timesPairs(rootsOfUnity(half + 1, n, -1, x), odd)
  const quarter = unpaired(turned)
  const minusI = paired({ real: quarter.imag, imag: elementwise.negative(quarter.real) })
  return elementwise.add(even, minusI)
}

/** Half the sum and half the difference of pairs X[k] and the conjugates of X[m − k]. */
function evenAndOdd(x: Array, axis: number): { readonly even: Array; readonly odd: Array } {
  const mirror = conjugate(movement.flip(x, axis))
  return {
    even: elementwise.multiply(0.5, elementwise.add(x, mirror)),
    odd: elementwise.multiply(0.5, elementwise.subtract(x, mirror)),
  }
}

function conjugate(pairs: Array): Array {
  const { real, imag } = unpaired(pairs)
  return paired({ real, imag: elementwise.negative(imag) })
}

/**
 * Real numbers from the first ⌊n/2⌋ + 1 elements of their transform, the inverse of {@link rfft}; n
 * is twice the extent less 2 unless given. Work O(n log n), span O(log n).
 * @example fft.irfft(fft.rfft(np.array([1, 2, 3])), 3) // → [1, 2, 3]
 */
export const irfft: Transform<ComplexLike, Array> = transform((x, options) => {
  const parts = partsOf("irfft", x)
  const at = axisOf("irfft", options.axis ?? -1, parts.real.ndim)
  const { axis, n, norm } = chosen("irfft", parts.real, {
    ...options,
    n: options.n ?? 2 * (concreteExtent("irfft", parts.real, at) - 1),
  })
  const half = Math.floor(n / 2) + 1
  const pairs = movement.moveaxis(toLength(paired(parts), axis, half), axis, -2)
  const real = realEnds(pairs, n)
  const found = n % 2 === 0 ? fromEven(real, n) : fromOdd(real, n)
  const scaled = elementwise.multiply(found, factorOf(norm, n, 1))
  return movement.moveaxis(scaled, -1, axis)
})

/** The first element, and the last one of an even length, without their imaginary parts. */
function realEnds(pairs: Array, n: number): Array {
  const { real, imag } = unpaired(pairs)
  const count = Math.floor(n / 2) + 1
  const index = bind("iota", [], { shape: [count], dtype: "int32", axis: 0 })
  const last = elementwise.equal(elementwise.multiply(index, 2), n)
  const ends = elementwise.logicalOr(elementwise.equal(index, 0), last)
  return paired({ real, imag: elementwise.where(ends, 0, imag) })
}

function fromOdd(pairs: Array, n: number): Array {
  const axis = pairs.ndim - 2
  const half = Number(pairs.shape[axis])
  const mirror = conjugate(movement.flip(sliceAxis(pairs, axis, 1, half), axis))
  const whole = movement.concatenate([pairs, mirror], axis)
  return unpaired(along({ pairs: whole, axis, n }, 1, 1)).real
}

/** The way of `evenSpectrum` back. */
function fromEven(pairs: Array, n: number): Array {
  const axis = pairs.ndim - 2
  const half = n / 2
  const { even, odd } = evenAndOdd(pairs, axis)
  const turned = unpaired(timesPairs(rootsOfUnity(half + 1, n, 1, pairs), odd))
  const timesI = paired({ real: elementwise.negative(turned.imag), imag: turned.real })
  const folded = sliceAxis(elementwise.add(even, timesI), axis, 0, half)
  const found = along({ pairs: folded, axis, n: half }, 1, 2)
  return reshaped(found, [...pairs.shape.slice(0, -2), n])
}

/**
 * The transform of real numbers that is itself real: {@link irfft} of the conjugate, times n. Work
 * O(n log n), span O(log n).
 * @example fft.hfft(fft.ihfft(np.array([1, 2, 3, 4]))) // → [1, 2, 3, 4]
 */
export const hfft: Transform<ComplexLike, Array> = transform((x, options) =>
  irfft(conjugated("hfft", x), { ...options, norm: opposite(options.norm) }),
)
/**
 * The inverse of {@link hfft}. Work O(n log n), span O(log n).
 * @example fft.ihfft(np.array([1, 0, 2, 0])) // → { real: [0.75, -0.25, 0.75], imag: [0, 0, 0] }
 */
export const ihfft: Transform<ArrayLike, Complex> = transform((x, options) => {
  const { real, imag } = rfft(x, { ...options, norm: opposite(options.norm) })
  return { real, imag: elementwise.negative(imag) }
})

function conjugated(name: string, x: ComplexLike): ComplexLike {
  const { real, imag } = partsOf(name, x)
  return imag === undefined ? real : { real, imag: elementwise.negative(imag) }
}

function opposite(norm: Norm | null | undefined): Norm {
  if (norm === "ortho") return "ortho"
  return norm === "forward" ? "backward" : "forward"
}
