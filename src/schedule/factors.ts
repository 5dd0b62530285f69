/**
 * Sums of products by what is the same for all of a sum's terms: Σ c·x is c·Σ x. Sums over the same
 * elements are then found once, and in one pass: the gradients of a batch norm need Σ g, Σ c·g and
 * Σ g·x.
 */

import {
  type Equation,
  type Graph,
  type GraphBuilder,
  GraphCopy,
  isEquation,
  makersOf,
  operations as op,
  type Variable,
} from "../graph/index.ts"
import { concreteShape } from "../size/index.ts"

/** Fewer terms are not worth another kernel. */
const fewestTerms = 65536

type Sum = Equation & Equation<"reduceSum">

/** The same computation with common factors taken out of large sums. */
export function withFactorsOut(graph: Graph): Graph {
  const makers = makersOf(graph)
  const copy = new GraphCopy(graph)
  const b = copy.builder
  const sums = new Map<string, Variable>()
  const numbers = new Map<Variable, number>()
  const keyOf = (x: Variable, axes: readonly number[]): string => {
    if (!numbers.has(x)) numbers.set(x, numbers.size)
    return `${numbers.get(x)}|${axes}`
  }
  const sumOf = (x: Variable, axes: readonly number[]): Variable => {
    const key = keyOf(x, axes)
    const known = sums.get(key) ?? op.reduceSum(b, copy.at(x), axes)
    sums.set(key, known)
    return known
  }
  for (const equation of graph.equations) {
    if (isEquation(equation, "reduceSum")) {
      const { operands, results } = equation
      const { axes } = equation.params
      const factors = factorsOf(equation, makers)
      const [total] = results
      const made =
        factors === undefined
          ? sumOf(operands[0], axes)
          : op.multiply(
              b,
              sumOf(factors.rest, axes),
              expand(b, copy.at(factors.common), factors.at, total),
            )
      copy.set(equation, [made])
    } else copy.repeat(equation, withFactorsOut)
  }
  return copy.build(graph)
}

function expand(
  b: GraphBuilder,
  x: Variable,
  at: readonly number[],
  { shape }: Variable,
): Variable {
  return String(x.shape) === String(shape) ? x : op.broadcast(b, x, shape, at)
}

/** What all terms of a large sum are multiplied with, and where its axes lie in the sum's result. */
function factorsOf(
  { operands: [product], params: { axes } }: Sum,
  makers: ReadonlyMap<Variable, Equation>,
) {
  const maker = makers.get(product)
  if (maker === undefined || !isEquation(maker, "multiply") || product.dtype !== "float32")
    return undefined
  if (concreteShape(product.shape).reduce((a, c) => a * c, 1) < fewestTerms) return undefined
  for (const [i, factor] of maker.operands.entries()) {
    const copies = makers.get(factor)
    if (copies === undefined || !isEquation(copies, "broadcast")) continue
    const [common] = copies.operands
    const own = copies.params.axes
    if (own.some((axis) => axes.includes(axis))) continue
    const at = own.map((axis) => axis - axes.filter((other) => other < axis).length)
    return { common, at, rest: maker.operands[1 - i] }
  }
  return undefined
}
