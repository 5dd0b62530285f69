/** Sums of products: which element of each operand every term of every sum takes. */

import type { Equation } from "../../graph/index.ts"
import { rowMajorStrides } from "../../size/index.ts"
import { monoid } from "./folds.ts"
import { alongAxes, countOf, otherAxes } from "./layout.ts"
import { scalarFunction } from "./scalar.ts"
import { type HostArray, numbers, type RamRule, roomFor, shapeOf } from "./values.ts"

/** One sum of products per result element. */
export interface Contraction {
  readonly results: number
  readonly terms: number
  /** Fills the flat indices of a result's terms in both operands; −1 stands for a zero. */
  readonly visit: (result: number, lhs: Int32Array, rhs: Int32Array) => void
}

export function dotContraction({ params, operands }: Equation<"dot">): Contraction {
  const [contract, batch] = [params.contract, params.batch]
  const places = operands.map((operand, side) => {
    const shape = shapeOf(operand)
    const free = otherAxes(shape.length, [...contract[side], ...batch[side]])
    return {
      batch: alongAxes(shape, batch[side]),
      free: alongAxes(shape, free),
      terms: alongAxes(shape, contract[side]),
    }
  })
  const [lhs, rhs] = places
  const results = lhs.batch.length * lhs.free.length * rhs.free.length
  return {
    results,
    terms: lhs.terms.length,
    visit: (result, left, right) => {
      const column = result % rhs.free.length
      const row = Math.floor(result / rhs.free.length) % lhs.free.length
      const pair = Math.floor(result / (rhs.free.length * lhs.free.length))
      for (let k = 0; k < lhs.terms.length; k++) {
        left[k] = lhs.batch[pair] + lhs.free[row] + lhs.terms[k]
        right[k] = rhs.batch[pair] + rhs.free[column] + rhs.terms[k]
      }
    },
  }
}

export function convolveContraction({
  params,
  operands,
  results: [result],
}: Equation<"convolve">): Contraction {
  const [lhsShape, rhsShape, outShape] = [operands[0], operands[1], result].map(shapeOf)
  const [lhsStrides, rhsStrides, outStrides] = [lhsShape, rhsShape, outShape].map(rowMajorStrides)
  const { lhs, rhs, out, featureGroups, batchGroups } = params
  const spatial = lhs.slice(2).map((_, i) => i + 2)
  const perGroup = rhsShape[rhs[1]]
  const outFeatures = rhsShape[rhs[0]]
  const batch = outShape[out[0]]
  // Taps in the order of the kernel's axes: input feature, then the spatial ones.
  const rhsTaps = alongAxes(rhsShape, rhs.slice(1))
  // taps[i][o][k]: the input's offset along spatial axis i at output o and kernel offset k.
  const taps = spatial.map((i) => {
    const [low] = numbers(params.padding[i - 2])
    return Array.from({ length: outShape[out[i]] }, (_, o) =>
      Int32Array.from({ length: rhsShape[rhs[i]] }, (_, k) => {
        const at = o * params.strides[i - 2] + k * params.rhsDilation[i - 2] - low
        const from = at / params.lhsDilation[i - 2]
        const inside = Number.isInteger(from) && from >= 0 && from < lhsShape[lhs[i]]
        return inside ? from * lhsStrides[lhs[i]] : -1
      }),
    )
  })
  return {
    results: countOf(outShape),
    terms: rhsTaps.length,
    visit: (result, left, right) => {
      const at = out.map((axis) => Math.floor(result / outStrides[axis]) % outShape[axis])
      const [n, feature] = at
      const featureGroup = Math.floor((feature * featureGroups) / outFeatures)
      const batchGroup = Math.floor((feature * batchGroups) / outFeatures)
      const firstFeature = featureGroup * perGroup * lhsStrides[lhs[1]]
      const start = (batchGroup * batch + n) * lhsStrides[lhs[0]] + firstFeature
      const features = Int32Array.from(
        { length: perGroup },
        (_, c) => start + c * lhsStrides[lhs[1]],
      )
      left.set(
        taps.reduce<Int32Array>((outer, along, i) => outerTaps(outer, along[at[i + 2]]), features),
      )
      for (let k = 0; k < rhsTaps.length; k++) right[k] = rhsTaps[k] + feature * rhsStrides[rhs[0]]
    },
  }
}

/** Every a + b, a slowest; −1 where either is −1. */
function outerTaps(a: Int32Array, b: Int32Array): Int32Array {
  const sums = new Int32Array(a.length * b.length)
  for (let i = 0, at = 0; i < a.length; i++) {
    for (let j = 0; j < b.length; j++) sums[at++] = a[i] < 0 || b[j] < 0 ? -1 : a[i] + b[j]
  }
  return sums
}

function contraction<P extends "dot" | "convolve">(
  plan: (equation: Equation<P>) => Contraction,
): RamRule<P> {
  return (equation, [lhs, rhs]) => {
    const { results, terms, visit } = plan(equation)
    const product = scalarFunction("multiply", lhs.dtype, {})
    const { combine, identity } = monoid("add", lhs.dtype)
    const [left, right] = [new Int32Array(terms), new Int32Array(terms)]
    const sums = roomFor(equation.results[0])
    for (let i = 0; i < results; i++) {
      visit(i, left, right)
      let sum = identity
      for (let k = 0; k < terms; k++) {
        sum = combine(sum, product(elementAt(lhs, left[k]), elementAt(rhs, right[k]), 0, 0))
      }
      sums[i] = sum
    }
    return [sums]
  }
}

/** An element, or the zero of the padding. */
export function elementAt({ data }: Pick<HostArray, "data">, index: number): number {
  return index < 0 ? 0 : data[index]
}

export const contractionRules = {
  dot: contraction(dotContraction),
  convolve: contraction(convolveContraction),
}
