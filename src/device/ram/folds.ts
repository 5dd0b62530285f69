/** The primitives that fold many elements to one: reductions, scans, sort, fold and scatter. */

import type { Equation, ParamsOf, Primitive } from "../../graph/index.ts"
import { type DType, dtypes } from "../../size/index.ts"
import { alongAxes, otherAxes, outerSum, type Rows, rowsAlong, strided } from "./layout.ts"
import { indexedPlaces, windowStrides } from "./moves.ts"
import { scalarFunction } from "./scalar.ts"
import { type HostArray, type RamRule, roomFor, roomOf, shapeOf } from "./values.ts"

/** An associative operation with the value that changes nothing. */
export interface Monoid {
  readonly combine: (a: number, b: number) => number
  readonly identity: number
}

export type Combination = "add" | "multiply" | "maximum" | "minimum"

/** A combination on one dtype: in float64 for floats, wrapped around for integers. */
export function monoid(combination: Combination, dtype: DType): Monoid {
  const scalar = scalarFunction(combination, dtype, {})
  const { lowest, highest } = dtypes[dtype]
  const identities = { add: 0, multiply: 1, maximum: lowest, minimum: highest }
  return { combine: (a, b) => scalar(a, b, 0, 0), identity: identities[combination] }
}

/** Results that each fold a row of elements. */
function reduction<P extends "reduceSum" | "reduceProd" | "reduceMax" | "reduceMin">(
  combination: Combination,
): RamRule<P> {
  return ({ params, results: [result] }, [{ data, shape, dtype }]) => {
    const { combine, identity } = monoid(combination, dtype)
    const { starts, steps } = rowsAlong(shape, params.axes)
    const folded = roomFor(result)
    for (const [i, start] of starts.entries()) {
      let value = identity
      for (const step of steps) value = combine(value, data[start + step])
      folded[i] = value
    }
    return [folded]
  }
}

/** Whether a candidate's value takes the place of the best one so far: the first NaN wins. */
export const takesPlace = {
  argmax: (candidate: number, best: number): boolean =>
    candidate > best || (Number.isNaN(candidate) && !Number.isNaN(best)),
  argmin: (candidate: number, best: number): boolean =>
    candidate < best || (Number.isNaN(candidate) && !Number.isNaN(best)),
}

function argReduction<P extends "argmax" | "argmin">(primitive: P): RamRule<P> {
  return ({ params, results: [result] }, [{ data, shape }]) => {
    const better = takesPlace[primitive]
    const { starts, steps } = rowsAlong(shape, [params.axis])
    const winners = roomFor(result)
    for (const [i, start] of starts.entries()) {
      let best = 0
      for (const [j, step] of steps.entries()) {
        if (better(data[start + step], data[start + steps[best]])) best = j
      }
      winners[i] = best
    }
    return [winners]
  }
}

/** Rows in the order of the scan: from the end where it is reversed. */
export function scanRows(
  shape: readonly number[],
  { axis, reverse }: ParamsOf["cumulativeSum"],
): Rows {
  const { starts, steps } = rowsAlong(shape, [axis])
  return { starts, steps: reverse ? steps.toReversed() : steps }
}

function scan<P extends "cumulativeSum" | "cumulativeProd" | "cumulativeMax" | "cumulativeMin">(
  combination: Combination,
): RamRule<P> {
  return ({ params, results: [result] }, [{ data, shape, dtype }]) => {
    const { combine, identity } = monoid(combination, dtype)
    const { starts, steps } = scanRows(shape, params)
    const scanned = roomFor(result)
    for (const start of starts) {
      let value = identity
      for (const step of steps) {
        value = combine(value, data[start + step])
        scanned[start + step] = value
      }
    }
    return [scanned]
  }
}

/** Rising, NaN after everything, −0 equal to +0. */
export function compareScalars(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b))
  return a < b ? -1 : a > b ? 1 : 0
}

/** Compares two places by the first keys of the operands in turn, then by where they stand. */
export function comparePlaces(keys: readonly HostArray[]): (a: number, b: number) => number {
  return (a, b) => {
    for (const { data } of keys) {
      const order = compareScalars(data[a], data[b])
      if (order !== 0) return order
    }
    return a - b
  }
}

/**
 * Where each window element lands in the result of `fold`, and how many results there are:
 * the map of `windows` read backwards.
 */
export function foldPlaces({ params, operands, results: [result] }: Equation<"fold">): Int32Array {
  return strided(shapeOf(operands[0]), windowStrides(shapeOf(result), params))
}

/** Where each update of `scatter` lands; −1 where it is dropped. */
export function scatterPlaces(
  { params: { axes } }: Equation<"scatter">,
  operands: readonly HostArray[],
): Int32Array {
  const [operand] = operands
  const places = indexedPlaces(operand, operands.slice(1, -1), axes, false)
  const rest = alongAxes(operand.shape, otherAxes(operand.shape.length, axes))
  return outerSum(places, rest).map((at, i) => (places[Math.floor(i / rest.length)] < 0 ? -1 : at))
}

/** How `scatter` combines: "set" keeps the later of the two. */
export function scatterCombine(
  { params: { combine } }: Equation<"scatter">,
  dtype: DType,
): (before: number, update: number) => number {
  return combine === "set" ? (_before, update) => update : monoid(combine, dtype).combine
}

type FoldPrimitive =
  | "reduceSum"
  | "reduceProd"
  | "reduceMax"
  | "reduceMin"
  | "argmax"
  | "argmin"
  | "cumulativeSum"
  | "cumulativeProd"
  | "cumulativeMax"
  | "cumulativeMin"
  | "sort"
  | "fold"
  | "scatter"

export const foldRules: { readonly [P in FoldPrimitive & Primitive]: RamRule<P> } = {
  reduceSum: reduction("add"),
  reduceProd: reduction("multiply"),
  reduceMax: reduction("maximum"),
  reduceMin: reduction("minimum"),
  argmax: argReduction("argmax"),
  argmin: argReduction("argmin"),
  cumulativeSum: scan("add"),
  cumulativeProd: scan("multiply"),
  cumulativeMax: scan("maximum"),
  cumulativeMin: scan("minimum"),

  sort: ({ params: { axis, keys }, results }, operands) => {
    const { starts, steps } = rowsAlong(operands[0].shape, [axis])
    const sorted = results.map(roomFor)
    const compare = comparePlaces(operands.slice(0, keys))
    for (const start of starts) {
      const places = steps.map((step) => start + step)
      const order = places.toSorted(compare)
      for (const [k, { data }] of operands.entries()) {
        for (const [i, from] of order.entries()) sorted[k][places[i]] = data[from]
      }
    }
    return sorted
  },

  fold: (equation, [{ data, dtype }]) => {
    const { combine, identity } = monoid("add", dtype)
    const sums = new Float64Array(roomFor(equation.results[0]).length).fill(identity)
    for (const [i, at] of foldPlaces(equation).entries()) sums[at] = combine(sums[at], data[i])
    return [rounded(sums, dtype)]
  },

  scatter: (equation, operands) => {
    const { data, dtype } = operands[0]
    const updates = operands[operands.length - 1].data
    const combine = scatterCombine(equation, dtype)
    const combined = Float64Array.from(data)
    for (const [i, at] of scatterPlaces(equation, operands).entries()) {
      if (at >= 0) combined[at] = combine(combined[at], updates[i])
    }
    return [rounded(combined, dtype)]
  },
}

/** The elements in a dtype: floats are rounded here, once. */
function rounded(values: Float64Array, dtype: DType) {
  const elements = roomOf(dtype, values.length)
  elements.set(values)
  return elements
}
