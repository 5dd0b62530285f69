/** Polynomials as vectors of coefficients, the highest power first, and sliding sums of products. */

import type { Array } from "../array.ts"
import { isNamed } from "../named.ts"
import { concreteExtent, reshaped } from "../operations/axes.ts"
import { convGeneralDilated } from "../operations/convolution.ts"
import * as elementwise from "../operations/elementwise.ts"
import * as indexing from "../operations/indexing.ts"
import * as movement from "../operations/movement.ts"
import { type ArrayLike, asFloat, castTo, toArray, toNumber, typeOf } from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"

/** Two vectors in their common number dtype. */
function vectors(name: string, x: ArrayLike, y: ArrayLike): readonly [Array, Array] {
  const type = toNumber([typeOf(name, x), typeOf(name, y)])
  const [a, b] = [x, y].map((one) => castTo(one, type)).map(movement.atleast1d)
  for (const one of [a, b]) {
    if (one.ndim !== 1 || concreteExtent(name, one, 0) === 0) {
      throw new RangeError(`${name} takes vectors with elements, not an array of rank ${one.ndim}`)
    }
  }
  return [a, b]
}

/** How far two vectors slide: over each other everywhere, to the longer one's length, or inside. */
export type SlideMode = "full" | "same" | "valid"

/** Sums of products of a vector with a shorter one that slides along it. */
function slide(name: string, x: Array, kernel: Array, mode: SlideMode): Array {
  const width = Number(kernel.shape[0])
  const padding = {
    full: [width - 1, width - 1],
    same: [Math.floor(width / 2), width - Math.floor(width / 2) - 1],
    valid: [0, 0],
  }[mode] as [number, number] | undefined
  if (padding === undefined) {
    throw new RangeError(`${name}: mode ${String(mode)} is none of full, same, valid`)
  }
  const found = convGeneralDilated(
    reshaped(x, [1, 1, x.shape[0]]),
    reshaped(kernel, [1, 1, width]),
    [1],
    [padding],
  )
  return movement.ravel(found)
}

/**
 * The discrete convolution of two vectors. With n elements in the shorter one, work is about 2mn,
 * span 1 + ⌈log₂ n⌉.
 * @example np.convolve(np.array([1, 2, 3]), np.array([1, 1])) // → [1, 3, 5, 3]
 */
export const convolve: (
  x: ArrayLike,
  y: ArrayLike,
  mode?: SlideMode | { readonly mode?: SlideMode },
) => Array = operation(2, (x, y, mode = "full") => {
  if (isNamed(mode)) return convolve(x, y, mode.mode)
  const [a, b] = vectors("convolve", x, y).map((one) => asFloat("convolve", one))
  const swap = Number(b.shape[0]) > Number(a.shape[0])
  const [long, short] = swap ? [b, a] : [a, b]
  return slide("convolve", long, movement.flip(short), mode)
})

/**
 * The cross-correlation of two vectors, Σₙ x[n + k] y[n]. With n elements in the shorter one, work
 * is about 2mn, span 1 + ⌈log₂ n⌉.
 * @example np.correlate(np.array([1, 2, 3]), np.array([1, 1])) // → [3, 5]
 */
export const correlate: (
  x: ArrayLike,
  y: ArrayLike,
  mode?: SlideMode | { readonly mode?: SlideMode },
) => Array = operation(2, (x, y, mode = "valid") => {
  if (isNamed(mode)) return correlate(x, y, mode.mode)
  const [a, b] = vectors("correlate", x, y).map((one) => asFloat("correlate", one))
  if (Number(b.shape[0]) <= Number(a.shape[0])) return slide("correlate", a, b, mode)
  return movement.flip(slide("correlate", b, a, mode))
})

/**
 * A polynomial's values by Horner's rule. With d coefficients, work is about 2dn, span 2d.
 * @example np.polyval(np.array([1, 0, 2]), 3) // → 11
 */
export const polyval: (p: ArrayLike, x: ArrayLike) => Array = operation(2, (p, x) => {
  const type = toNumber([typeOf("polyval", p), typeOf("polyval", x)])
  const [coefficients, at] = [castTo(p, type), castTo(x, type)]
  const count = concreteExtent("polyval", movement.atleast1d(coefficients), 0)
  let value = elementwise.multiply(at, 0)
  for (let i = 0; i < count; i++) {
    value = elementwise.add(elementwise.multiply(value, at), indexing.slice(coefficients, i))
  }
  return value
})

/**
 * The sum of two polynomials. Work n, span 1.
 * @example np.polyadd(np.array([1, 2]), np.array([1])) // → [1, 3]
 */
export const polyadd: (p: ArrayLike, q: ArrayLike) => Array = operation(2, (p, q) => {
  const [a, b] = sameLength("polyadd", p, q)
  return elementwise.add(a, b)
})
/**
 * The difference of two polynomials. Work n, span 1.
 * @example np.polysub(np.array([1, 2]), np.array([1])) // → [1, 1]
 */
export const polysub: (p: ArrayLike, q: ArrayLike) => Array = operation(2, (p, q) => {
  const [a, b] = sameLength("polysub", p, q)
  return elementwise.subtract(a, b)
})

/** Two polynomials, the shorter one with zeros in front. */
function sameLength(name: string, p: ArrayLike, q: ArrayLike): readonly Array[] {
  const pair = vectors(name, p, q)
  const length = Math.max(...pair.map((one) => Number(one.shape[0])))
  return pair.map((one) => movement.pad(one, [length - Number(one.shape[0]), 0]))
}

/**
 * The product of two polynomials. Work and span of {@link convolve}.
 * @example np.polymul(np.array([1, 1]), np.array([1, 2])) // → [1, 3, 2]
 */
export const polymul: (p: ArrayLike, q: ArrayLike) => Array = operation(2, (p, q) => convolve(p, q))

/**
 * The quotient and the rest of two polynomials. With m and n coefficients, work is about 2m(m − n),
 * span 3(m − n) + 5.
 * @example np.polydiv(np.array([1, 3, 2]), np.array([1, 1])) // → [[1, 2], [0]]
 */
export const polydiv: (p: ArrayLike, q: ArrayLike) => [Array, Array] = operation(2, (p, q) => {
  const [a, b] = vectors("polydiv", elementwise.multiply(p, 1), q)
  const [high, low] = [Number(a.shape[0]), Number(b.shape[0])]
  const scaled = elementwise.divide(b, indexing.slice(b, 0))
  let rest = elementwise.divide(a, indexing.slice(b, 0))
  const quotient: Array[] = []
  for (let i = 0; i + low <= high; i++) {
    const factor = indexing.slice(rest, [i, i + 1])
    quotient.push(factor)
    const taken = movement.pad(elementwise.multiply(factor, scaled), [[i, high - low - i]])
    rest = elementwise.subtract(rest, taken)
  }
  if (quotient.length === 0) return [elementwise.multiply(indexing.slice(a, [0, 1]), 0), a]
  const kept = indexing.slice(rest, [high - Math.max(low - 1, 1), null])
  const own = low === 1 ? elementwise.multiply(kept, 0) : kept
  return [movement.concatenate(quotient), elementwise.multiply(own, indexing.slice(b, 0))]
})

/**
 * A polynomial's m-th derivative. Work below 2mn, span 2m.
 * @example np.polyder(np.array([1, 2, 3])) // → [2, 2]
 */
export const polyder: (p: ArrayLike, m?: number | { readonly m?: number }) => Array = operation(
  1,
  (p, m = 1) => {
    if (isNamed(m)) return polyder(p, m.m)
    const array = toArray("polyder", p)
    const count = concreteExtent("polyder", array, 0)
    requireOrder("polyder", m)
    const kept = Math.max(count - m, 0)
    const factors = globalThis.Array.from({ length: kept }, (_, i) => product(count - 1 - i, m))
    return timesEach(indexing.slice(array, [0, kept]), factors)
  },
)

/**
 * A polynomial's m-th integral, with constants of integration (0 unless given). Work about 3mn,
 * span 3m.
 * @example np.polyint(np.array([2, 2])) // → [1, 2, 0]
 */
export const polyint: (
  p: ArrayLike,
  m?: number | { readonly m?: number; readonly k?: ArrayLike },
  k?: ArrayLike,
) => Array = operation(1, (p, m = 1, k = 0) => {
  if (isNamed(m)) return polyint(p, m.m, m.k)
  const array = castTo(p, { dtype: "float32", weak: false })
  const count = concreteExtent("polyint", array, 0)
  requireOrder("polyint", m)
  if (m === 0) return array
  const constants = movement.broadcastTo(movement.atleast1d(k), [m])
  const all = movement.concatenate([array, constants])
  const factors = globalThis.Array.from({ length: count + m }, (_, i) => {
    const power = count + m - 1 - i
    return 1 / product(power, Math.min(m, power))
  })
  return timesEach(all, factors)
})

function requireOrder(name: string, m: number): void {
  if (!Number.isInteger(m) || m < 0) {
    throw new RangeError(`${name}: m is ${m}, which must be a whole number of at least 0`)
  }
}

/** n (n − 1) … of so many factors. */
function product(n: number, factors: number): number {
  let value = 1
  for (let i = 0; i < factors; i++) value *= n - i
  return value
}

/** Elements each times a number of its own. */
function timesEach(x: Array, factors: readonly number[]): Array {
  if (factors.length === 0) return x
  const terms = factors.map((factor, i) =>
    elementwise.multiply(indexing.slice(x, [i, i + 1]), factor),
  )
  return movement.concatenate(terms)
}
