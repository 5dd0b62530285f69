/**
 * Closed forms of numbers that are known at some sizes: sums of products of powers of N and of
 * its logarithm, fitted exactly and verified on sizes that the fit did not see.
 */

import { add, ceilLog2, floorDivide, multiply, type Size, subtract, symbol } from "../size/index.ts"
import { solveExactly } from "./solve.ts"

/** A number at a size. */
export interface Sample {
  readonly size: number
  readonly value: number
}

/** For which sizes a closed form was seen to hold. */
export type Holds = "all sizes" | "powers of two"

/** An expression that gives every number of a list, though nothing proves it beyond the list. */
export interface ClosedForm {
  readonly form: Size
  readonly holds: Holds
  /** The least size at which it holds. */
  readonly from: number
  /** The sizes that decided it. */
  readonly fitted: readonly number[]
  /** The sizes that it was checked on afterwards. */
  readonly verified: readonly number[]
}

/** One function of N: how it is written. */
type Term = (n: Size) => Size

const power = (n: Size, exponent: number): Size =>
  multiply(...Array.from({ length: exponent }, () => n))

/** 1, N, N², N³, N⁴ and each but the last with log N and log² N, by their order. */
function products(log: Term): readonly Term[] {
  const exponents = [
    [0, 0],
    [0, 1],
    [0, 2],
    [0, 3],
    [1, 0],
    [1, 1],
    [1, 2],
    [2, 0],
    [2, 1],
    [3, 0],
    [3, 1],
    [4, 0],
  ]
  return exponents.map(
    ([powers, logs]): Term =>
      (n) =>
        multiply(power(n, powers), power(log(n), logs)),
  )
}

const half: Term = (n) => floorDivide(n, 2)
const floorLog2: Term = (n) => subtract(ceilLog2(add(n, 1)), 1)

/** What closed forms are sums of, in the order in which they are tried. */
const families: readonly { readonly holds: Holds; readonly terms: readonly Term[] }[] = [
  { holds: "all sizes", terms: [...products(ceilLog2), half] },
  { holds: "all sizes", terms: [...products(floorLog2), half] },
  { holds: "powers of two", terms: products(ceilLog2) },
]

/** The functions that closed forms are made of, in words. */
export const closedForms = "sums of 1, ⌊N/2⌋ and N to N⁴, with powers of log N"

const mostTerms = 4
/** Sizes that decide a form beyond as many as it has terms. */
const spareSizes = 2
/** Fewer sizes than this decide nothing; of so many, three verify what five have decided. */
export const leastSamples = 8
/** Whole numbers that are polynomials of degree 4 in whole numbers have no greater denominator. */
const mostDenominator = 24
/** The share of the sizes, the smallest, that may differ from the rest. */
const mostDropped = 1 / 2

/**
 * The form with the fewest terms that fits two thirds of the samples exactly, if it gives all the
 * others too: for all sizes that were sampled or else for the powers of two among them, from the
 * smallest size on or else from a later one, where another part of a maximum takes over.
 * @param samples at least one, by rising sizes.
 * @param name of the size in the form.
 * @returns undefined where there is none.
 */
export function closedFormOf(samples: readonly Sample[], name: string): ClosedForm | undefined {
  for (const { holds, terms } of families) {
    const chosen = samples.filter(({ size }) => holds === "all sizes" || isPowerOfTwo(size))
    // A form for all sizes must have met some that are no powers of two.
    if (holds === "all sizes" && samples.every(({ size }) => isPowerOfTwo(size))) continue
    for (let dropped = 0; dropped <= mostDropped * chosen.length; dropped++) {
      const rest = chosen.slice(dropped)
      if (rest.length < leastSamples) break
      const [fitted, verified] = divide(rest)
      const form = simplestFit(fitted, terms, name)
      if (form !== undefined && verified.every((sample) => gives(form, sample, name))) {
        return {
          form,
          holds,
          from: rest[0].size,
          fitted: fitted.map(({ size }) => size),
          verified: verified.map(({ size }) => size),
        }
      }
    }
  }
  return undefined
}

/** The samples that decide, and every third one and the last, which do not. */
function divide(samples: readonly Sample[]): [Sample[], Sample[]] {
  const decides = (i: number): boolean => i % 3 !== 2 && i < samples.length - 1
  return [samples.filter((_, i) => decides(i)), samples.filter((_, i) => !decides(i))]
}

function isPowerOfTwo(n: number): boolean {
  return Number.isInteger(Math.log2(n))
}

function gives(form: Size, { size, value }: Sample, name: string): boolean {
  return (typeof form === "number" ? form : form.at({ [name]: size })) === value
}

/** The sum of the fewest terms, the slowest-growing first, that is exact at every sample. */
function simplestFit(
  samples: readonly Sample[],
  terms: readonly Term[],
  name: string,
): Size | undefined {
  const columns = terms.map((term) => samples.map(({ size }) => BigInt(Number(term(size)))))
  const values = samples.map(({ value }) => BigInt(value))
  for (let count = 0; count <= Math.min(mostTerms, samples.length - spareSizes); count++) {
    for (const chosen of combinations(terms.length, count)) {
      const solution = solveExactly(
        chosen.map((i) => columns[i]),
        values,
      )
      if (solution === undefined) continue
      const { numerators, denominator } = solution
      if (denominator > mostDenominator) continue
      if (!numerators.every((whole) => Number.isSafeInteger(Number(whole)))) continue
      const n = symbol(name)
      const sum = chosen.map((i, k) => multiply(Number(numerators[k]), terms[i](n)))
      return floorDivide(add(0, ...sum), Number(denominator))
    }
  }
  return undefined
}

/** All choices of so many of the first n whole numbers, in order. */
function* combinations(n: number, count: number, from = 0): Generator<readonly number[]> {
  if (count === 0) {
    yield []
    return
  }
  for (let first = from; first <= n - count; first++) {
    for (const rest of combinations(n, count - 1, first + 1)) yield [first, ...rest]
  }
}
