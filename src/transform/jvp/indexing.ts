/** Derivatives of reading and writing through index arrays. */

import { type GraphBuilder, operations as op, type Variable } from "../../graph/index.ts"
import { elementsOf, isFloat, subtract } from "../../size/index.ts"
import { type JvpRule, linear, materialise } from "./rule.ts"

/** Where every index is an element of its axis. */
export function inRange(
  b: GraphBuilder,
  operand: Variable,
  indices: readonly Variable[],
  axes: readonly number[],
): Variable {
  const tests = indices.flatMap((index, i) => {
    const last = op.sizeScalar(b, subtract(operand.shape[axes[i]], 1))
    return [
      op.combine(b, "greaterEqual", index, 0),
      op.apply(b, "lessEqual", index, op.broadcast(b, last, index.shape, [])),
    ]
  })
  return tests.reduce((all, test) => op.apply(b, "and", all, test))
}

/** A condition on the places that are indexed, for every element that they hold. */
export function overElements(b: GraphBuilder, condition: Variable, like: Variable): Variable {
  return op.broadcast(
    b,
    condition,
    like.shape,
    condition.shape.map((_, axis) => axis),
  )
}

/** Elements read beyond the operand are constant: their tangents are 0. */
export const gatherJvp: JvpRule<"gather"> = (b, primals, tangents, params, primitive) => {
  const dual = linear<"gather">()(b, primals, tangents, params, primitive)
  const [tangent] = dual.tangents
  if (params.mode === "clip" || tangent === undefined) return dual
  const [operand, ...indices] = primals
  const mask = overElements(b, inRange(b, operand, indices, params.axes), tangent)
  return { results: dual.results, tangents: [op.select(b, mask, tangent, 0)] }
}

export const scatterJvp: JvpRule<"scatter"> = (b, primals, tangents, params) => {
  const result = b.emit("scatter", primals, params)
  if (!isFloat(result.dtype)) return { results: [result], tangents: [undefined] }
  const [operand, indices, updates] = takeApart(primals)
  const place: Place = { operand, indices, updates, axes: params.axes }
  const direction: Direction = {
    operand: materialise(b, tangents[0], operand),
    updates: materialise(b, tangents[primals.length - 1], updates),
  }
  const weigh = weights[params.combine]
  return { results: [result], tangents: [addUp(b, place, weigh(b, place, direction, result))] }
}

/** The operand, the index arrays and the updates of a scatter. */
export function takeApart<T>(operands: readonly T[]): readonly [T, readonly T[], T] {
  return [operands[0], operands.slice(1, -1), operands[operands.length - 1]]
}

interface Place {
  readonly operand: Variable
  readonly indices: readonly Variable[]
  readonly updates: Variable
  readonly axes: readonly number[]
}

interface Direction {
  readonly operand: Variable
  readonly updates: Variable
}

function addUp(b: GraphBuilder, { indices, axes }: Place, parts: Direction): Variable {
  return b.emit("scatter", [parts.operand, ...indices, parts.updates], { axes, combine: "add" })
}

function readBack(b: GraphBuilder, { indices, axes }: Place, from: Variable): Variable {
  return b.emit("gather", [from, ...indices], { axes, mode: "clip" })
}

type Combine = "add" | "multiply" | "minimum" | "maximum" | "set"

/** The tangents of operand and updates, each times the derivative of the result by it. */
type Weigh = (b: GraphBuilder, place: Place, direction: Direction, result: Variable) => Direction

const weights: { readonly [C in Combine]: Weigh } = {
  add: (_b, _place, direction) => direction,
  multiply: weighFactors,
  minimum: shareAmongWinners,
  maximum: shareAmongWinners,
  set: keepLast,
}

/** The last update of a place takes it; all others and the operand's element there are lost. */
function keepLast(b: GraphBuilder, place: Place, direction: Direction): Direction {
  const { operand, indices, axes } = place
  const [{ shape }] = indices
  const order = [...axes].sort((p, q) => p - q)
  const sorted = order.map((axis) => indices[axes.indexOf(axis)])
  const numbered = op.reshape(b, op.iota(b, [elementsOf(shape)], 0), shape)
  const own = op.add(b, numbered, 1)
  const none = op.zeros(b, { shape: order.map((axis) => operand.shape[axis]), dtype: "int32" })
  const all = order.map((_, i) => i)
  const winner = b.emit("scatter", [none, ...sorted, own], { axes: all, combine: "set" })
  const read = b.emit("gather", [winner, ...sorted], { axes: all, mode: "clip" })
  const untouched = op.broadcast(b, op.equal(b, winner, 0), operand.shape, order)
  const wins = overElements(b, op.equal(b, read, own), direction.updates)
  return {
    operand: op.select(b, untouched, direction.operand, 0),
    updates: op.select(b, wins, direction.updates, 0),
  }
}

/** All that equal the extremum share its derivative equally. */
function shareAmongWinners(
  b: GraphBuilder,
  place: Place,
  direction: Direction,
  result: Variable,
): Direction {
  const wins: Direction = {
    operand: op.equal(b, place.operand, result),
    updates: op.equal(b, place.updates, readBack(b, place, result)),
  }
  const ballots: Direction = {
    operand: op.cast(b, wins.operand, result.dtype),
    updates: op.cast(b, wins.updates, result.dtype),
  }
  // A place where nothing wins (NaN) counts as one, so that its derivative is 0.
  const count = op.combine(b, "maximum", addUp(b, place, ballots), 1)
  return {
    operand: op.divide(b, op.select(b, wins.operand, direction.operand, 0), count),
    updates: op.divide(
      b,
      op.select(b, wins.updates, direction.updates, 0),
      readBack(b, place, count),
    ),
  }
}

/**
 * The derivative of a product by one factor is the product of the others: with no zero among the
 * factors the product over that factor, with one zero the product of the rest for that zero and 0
 * for the rest, else 0. (Second derivatives at places with several zeros are taken as 0.)
 */
function weighFactors(b: GraphBuilder, place: Place, direction: Direction): Direction {
  const { operand, updates, indices, axes } = place
  const isZero: Direction = {
    operand: op.equal(b, operand, 0),
    updates: op.equal(b, updates, 0),
  }
  const nonZero: Direction = {
    operand: op.select(b, isZero.operand, 1, operand),
    updates: op.select(b, isZero.updates, 1, updates),
  }
  const zeroCount = addUp(b, place, {
    operand: op.cast(b, isZero.operand, operand.dtype),
    updates: op.cast(b, isZero.updates, operand.dtype),
  })
  const product = b.emit("scatter", [nonZero.operand, ...indices, nonZero.updates], {
    axes,
    combine: "multiply",
  })
  const derivative = (
    zero: Variable,
    factor: Variable,
    whole: Variable,
    zeros: Variable,
  ): Variable => {
    const ofZero = op.select(b, op.equal(b, zeros, 1), whole, 0)
    const ofOther = op.select(b, op.equal(b, zeros, 0), op.divide(b, whole, factor), 0)
    return op.select(b, zero, ofZero, ofOther)
  }
  return {
    operand: op.multiply(
      b,
      direction.operand,
      derivative(isZero.operand, nonZero.operand, product, zeroCount),
    ),
    updates: op.multiply(
      b,
      direction.updates,
      derivative(
        isZero.updates,
        nonZero.updates,
        readBack(b, place, product),
        readBack(b, place, zeroCount),
      ),
    ),
  }
}
