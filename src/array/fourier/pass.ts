/**
 * The discrete Fourier transform along one axis, of pairs (see complex.ts).
 *
 * A length of small factors is split by Cooley and Tukey's rule, in Stockham's order: one batched
 * product with a small DFT matrix for each radix, and one product with roots of unity between two.
 * A length with a large prime factor becomes a cyclic convolution of a length that is a power of
 * two (Bluestein 1970). Roots of unity are computed in float64 and rounded once.
 */

import { allocateTyped } from "../../size/index.ts"
import type { Array } from "../array.ts"
import { reshaped } from "../operations/axes.ts"
import * as movement from "../operations/movement.ts"
import { table } from "../tracing/constant.ts"
import { bind } from "../tracing/trace.ts"
import { timesPairs } from "./complex.ts"

/** The greatest product of factors that one matrix does at once. */
const largestRadix = 16
/** The greatest prime that is worth a matrix of its own. */
const largestPrime = 61

/** −1 for the transform, 1 for its inverse (without the division). */
export type Sign = 1 | -1

/** Pairs (batch, n, 2) to their transform, of the same shape. Work O(batch · n log n). */
export function transformPairs(x: Array, n: number, sign: Sign): Array {
  if (n === 1) return x
  const radices = radicesOf(n)
  return radices === undefined ? bluestein(x, n, sign) : mixedRadix(x, n, radices, sign)
}

/** Radices whose product is n, or undefined where a prime factor is too large for a matrix. */
export function radicesOf(n: number): readonly number[] | undefined {
  const primes: number[] = []
  let rest = n
  for (let p = 2; p <= largestPrime && rest > 1; p++) {
    while (rest % p === 0) {
      primes.push(p)
      rest /= p
    }
  }
  if (rest > 1) return undefined
  // Large primes first; each takes on small ones while the product stays small.
  const radices: number[] = []
  for (const prime of primes.reverse()) {
    const at = radices.findIndex((radix) => radix * prime <= largestRadix)
    if (at < 0) radices.push(prime)
    else radices[at] *= prime
  }
  return radices
}

function mixedRadix(x: Array, n: number, radices: readonly number[], sign: Sign): Array {
  const batch = x.shape[0]
  // (batch, rest, done, 2): `done` outputs are transformed, of `rest` inputs that are left.
  let state = reshaped(x, [batch, n, 1, 2])
  let [rest, done] = [n, 1]
  for (const radix of radices) {
    const next = rest / radix
    const split = reshaped(state, [batch, radix, next, done, 2])
    // (batch, next, done, radix, 2)
    const product = bind("dot", [split, dftMatrix(radix, sign, x)], {
      contract: [
        [1, 4],
        [0, 1],
      ],
      batch: [[], []],
    })
    // The new outputs count for more than those that are done.
    const ordered = movement.transpose(product, [0, 1, 3, 2, 4])
    const turned = next === 1 ? ordered : timesPairs(ordered, twiddles(next, radix, sign, x))
    state = reshaped(turned, [batch, next, radix * done, 2])
    ;[rest, done] = [next, radix * done]
  }
  return reshaped(state, x.shape)
}

/** The DFT matrix on pairs: (input, part, output, part). */
function dftMatrix(n: number, sign: Sign, like: Array): Array {
  const data = allocateTyped(like.dtype, n * 2 * n * 2)
  for (let j = 0; j < n; j++) {
    for (let k = 0; k < n; k++) {
      const [cos, sin] = root(j * k, n, sign)
      const place = (from: number, to: number) => ((j * 2 + from) * n + k) * 2 + to
      data[place(0, 0)] = cos
      data[place(0, 1)] = sin
      data[place(1, 0)] = -sin
      data[place(1, 1)] = cos
    }
  }
  return table(data, [n, 2, n, 2], like.dtype)
}

/** The roots between two passes: (next, radix, 1, 2), element (j, k) is ω^jk of their product. */
function twiddles(next: number, radix: number, sign: Sign, like: Array): Array {
  const data = allocateTyped(like.dtype, next * radix * 2)
  for (let j = 0; j < next; j++) {
    for (let k = 0; k < radix; k++) data.set(root(j * k, next * radix, sign), (j * radix + k) * 2)
  }
  return table(data, [next, radix, 1, 2], like.dtype)
}

/** Roots e^(sign · 2πi · k/n) for k below a count: (count, 2). */
export function rootsOfUnity(count: number, n: number, sign: Sign, like: Array): Array {
  const data = allocateTyped(like.dtype, count * 2)
  for (let k = 0; k < count; k++) data.set(root(k, n, sign), 2 * k)
  return table(data, [count, 2], like.dtype)
}

/** e^(sign · 2πi · k/n), by the nearest quarter turn, so that quarters are exact. */
function root(k: number, n: number, sign: Sign): readonly [number, number] {
  const turn = (k % n) / n
  const quarter = Math.round(turn * 4)
  const rest = 2 * Math.PI * (turn - quarter / 4)
  const [cos, sin] = [Math.cos(rest), Math.sin(rest)]
  const turned = [
    [cos, sin],
    [-sin, cos],
    [-cos, -sin],
    [sin, -cos],
  ][quarter % 4]
  return [turned[0], sign * turned[1]]
}

/** jk = (j² + k² − (k − j)²)/2 makes the transform a convolution with a chirp. */
function bluestein(x: Array, n: number, sign: Sign): Array {
  const length = 2 ** Math.ceil(Math.log2(2 * n - 1))
  const chirp = new Float64Array(2 * n)
  // ω^(k²/2): k² is taken modulo 2n, where it is exact.
  for (let k = 0; k < n; k++) chirp.set(root((k * k) % (2 * n), 2 * n, sign), 2 * k)
  const filter = new Float64Array(2 * length)
  for (let k = 0; k < n; k++) {
    const conjugate = [chirp[2 * k], -chirp[2 * k + 1]]
    filter.set(conjugate, 2 * k)
    filter.set(conjugate, 2 * ((length - k) % length))
  }
  const spectrum = transformNumbers(filter).map((value) => value / length)
  const made = (values: Float64Array, count: number) => {
    const data = allocateTyped(x.dtype, values.length)
    data.set(values)
    return table(data, [count, 2], x.dtype)
  }
  const chirps = made(chirp, n)
  const padded = movement.pad(timesPairs(x, chirps), [
    [0, 0],
    [0, length - n],
    [0, 0],
  ])
  const convolved = timesPairs(transformPairs(padded, length, -1), made(spectrum, length))
  const back = bind("slice", [transformPairs(convolved, length, 1)], {
    starts: [0, 0, 0],
    limits: [x.shape[0], n, 2],
    strides: [1, 1, 1],
  })
  return timesPairs(back, chirps)
}

/** The transform of 2ᵏ pairs in float64, for constants. */
function transformNumbers(pairs: Float64Array): Float64Array {
  const n = pairs.length / 2
  if (n === 1) return pairs
  const half = (parity: number) =>
    transformNumbers(
      Float64Array.from({ length: n }, (_, i) => pairs[4 * (i >> 1) + 2 * parity + (i & 1)]),
    )
  const [even, odd] = [half(0), half(1)]
  const result = new Float64Array(2 * n)
  for (let k = 0; k < n / 2; k++) {
    const [cos, sin] = root(k, n, -1)
    const real = odd[2 * k] * cos - odd[2 * k + 1] * sin
    const imag = odd[2 * k] * sin + odd[2 * k + 1] * cos
    result.set([even[2 * k] + real, even[2 * k + 1] + imag], 2 * k)
    result.set([even[2 * k] - real, even[2 * k + 1] - imag], 2 * k + n)
  }
  return result
}
