/**
 * Sizes as vectors: where thousands of sizes are made of a few products of atoms, their sums and
 * comparisons are quick on the coefficients.
 */

import { isAtMost, lowerBound } from "./bounds.ts"
import { evaluate } from "./evaluate.ts"
import { maximum } from "./functions.ts"
import { collect, Expression, type Size, symbolsOf, termsOf } from "./polynomial.ts"

/** Coefficients of a basis's products, the constant first; what is missing at the end is 0. */
export type Vector = readonly number[]

/** A product of atoms, with what is known of it. */
interface Product {
  readonly size: Size
  /** A lower bound for symbols of at least the basis's least value. */
  readonly least: number
  /** Its values at the sample points. */
  readonly samples: readonly number[]
}

const samplePoints: readonly ((i: number, least: number) => number)[] = [
  (_, least) => least,
  (i) => 1000 + 37 * i,
  (i, least) => (i % 2 === 0 ? least : 977),
  (i, least) => (i % 2 === 0 ? 977 : least),
]

export class Basis {
  readonly #least: number
  readonly #symbols: string[] = []
  readonly #products: Product[] = [{ size: 1, least: 1, samples: samplePoints.map(() => 1) }]
  readonly #places = new Map<string, number>()

  /** A basis for symbols that are at least so much. */
  constructor(least = 1) {
    this.#least = least
  }

  vectorOf(size: Size): Vector {
    const vector: number[] = [0]
    for (const { coefficient, atoms } of termsOf(size)) {
      if (atoms.length === 0) vector[0] = coefficient
      else {
        const place = this.#placeOf(new Expression([{ coefficient: 1, atoms }]))
        while (vector.length < place) vector.push(0)
        vector[place] = coefficient
      }
    }
    return vector
  }

  sizeOf(vector: Vector): Size {
    return collect(
      vector.flatMap((coefficient, place) =>
        termsOf(this.#products[place].size).map(({ atoms }) => ({ coefficient, atoms })),
      ),
    )
  }

  /** Whether a ≤ b is certain; quick where coefficients decide it. */
  isAtMost(a: Vector, b: Vector): boolean {
    if (this.#atMostTermwise(a, b)) return true
    const fails = samplePoints.some((_, k) => this.#valueAt(a, k) > this.#valueAt(b, k))
    return !fails && isAtMost(this.sizeOf(a), this.sizeOf(b), this.#least)
  }

  /** The greatest of sizes; those that are certain to be beaten term by term go first. */
  maximum(vectors: readonly Vector[]): Size {
    const different = new Map(vectors.map((v) => [v.join(" "), v]))
    const kept: Vector[] = []
    for (const candidate of different.values()) {
      if (kept.some((other) => this.#atMostTermwise(candidate, other))) continue
      const left = kept.filter((other) => !this.#atMostTermwise(other, candidate))
      kept.splice(0, kept.length, ...left, candidate)
    }
    return maximum(0, ...kept.map((v) => this.sizeOf(v)))
  }

  /** No coefficient of b − a but the constant is negative, and neither is its least value. */
  #atMostTermwise(a: Vector, b: Vector): boolean {
    let least = 0
    for (let i = 0; i < Math.max(a.length, b.length); i++) {
      const difference = (b[i] ?? 0) - (a[i] ?? 0)
      if (i > 0 && difference < 0) return false
      least += difference * this.#products[i].least
    }
    return least >= 0
  }

  #valueAt(vector: Vector, sample: number): number {
    return vector.reduce((sum, c, i) => sum + c * this.#products[i].samples[sample], 0)
  }

  #placeOf(product: Expression): number {
    let place = this.#places.get(product.key)
    if (place === undefined) {
      place = this.#products.length
      this.#places.set(product.key, place)
      for (const name of symbolsOf(product)) {
        if (!this.#symbols.includes(name)) this.#symbols.push(name)
      }
      const samples = samplePoints.map((point) =>
        evaluate(
          product,
          Object.fromEntries(this.#symbols.map((name, i) => [name, point(i, this.#least)])),
        ),
      )
      const least = Math.max(0, lowerBound(product, this.#least))
      this.#products.push({ size: product, least, samples })
    }
    return place
  }
}

/** a + b. */
export function addVectors(a: Vector, b: Vector): Vector {
  const [short, long] = a.length < b.length ? [a, b] : [b, a]
  return long.map((c, i) => c + (short[i] ?? 0))
}

/** a − b. */
export function subtractVectors(a: Vector, b: Vector): Vector {
  return addVectors(
    a,
    b.map((c) => -c),
  )
}
