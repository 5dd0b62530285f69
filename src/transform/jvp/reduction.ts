/** Derivatives of reductions, scans and sort. */

import { type GraphBuilder, operations as op, type Variable } from "../../graph/index.ts"
import { elementsOf, isSymbolic, type Size } from "../../size/index.ts"
import type { Dual, JvpRule, Tangent } from "./rule.ts"

/** ẏ is the mean of ẋ over the elements that equal the extremum; that of nothing is constant. */
export function extremeJvp(): JvpRule<"reduceMax" | "reduceMin"> {
  return (b, [x], [dx], { axes }, primitive) => {
    const y = b.emit(primitive, [x], { axes })
    const isEmpty = axes.some((axis) => x.shape[axis] === 0)
    if (dx === undefined || isEmpty) return { results: [y], tangents: [undefined] }
    const wins = op.equal(b, x, op.broadcastBack(b, y, x.shape, axes))
    const count = op.reduceSum(b, op.cast(b, wins, x.dtype), axes)
    const sum = op.reduceSum(b, op.select(b, wins, dx, 0), axes)
    return { results: [y], tangents: [op.divide(b, sum, count)] }
  }
}

/**
 * ẏ = Σᵢ ẋᵢ·Π_{j≠i} xⱼ, each product of the others made of the products before and after i, so
 * that zeros need no care.
 */
export const productJvp: JvpRule<"reduceProd"> = (b, [x], [dx], { axes }) => {
  const y = b.emit("reduceProd", [x], { axes })
  if (dx === undefined) return { results: [y], tangents: [undefined] }
  const line = alongOneAxis(b, x, axes)
  const axis = line.shape.length - 1
  const others = op.multiply(b, productBefore(b, line, axis), productAfter(b, line, axis))
  const terms = op.multiply(b, alongOneAxis(b, dx, axes), others)
  return { results: [y], tangents: [op.reduceSum(b, terms, [axis])] }
}

/** The axes moved to the end and made one. */
function alongOneAxis(b: GraphBuilder, x: Variable, axes: readonly number[]): Variable {
  const kept = x.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis))
  const moved = op.transpose(b, x, [...kept, ...axes])
  const shape = kept.map((axis) => x.shape[axis])
  return op.reshape(b, moved, [...shape, elementsOf(axes.map((axis) => x.shape[axis]))])
}

function productBefore(b: GraphBuilder, x: Variable, axis: number): Variable {
  return b.emit("cumulativeProd", [shift(b, x, axis, 1)], { axis, reverse: false })
}

function productAfter(b: GraphBuilder, x: Variable, axis: number): Variable {
  const flipped = op.flip(b, x, [axis])
  return op.flip(b, productBefore(b, flipped, axis), [axis])
}

/** Element i is x's element i − 1, and the first is `first`. */
function shift(b: GraphBuilder, x: Variable, axis: number, first: number): Variable {
  const padded = op.padAxis(b, x, axis, [1, 0, 0], first)
  return op.sliceAxis(b, padded, axis, 0, x.shape[axis])
}

/**
 * A scan of products differentiates as the tree of products that computes it.
 * @throws RangeError along an axis of symbolic extent, whose tree has no known depth.
 */
export const cumulativeProductJvp: JvpRule<"cumulativeProd"> = (b, [x], [dx], params) => {
  const y = b.emit("cumulativeProd", [x], params)
  if (dx === undefined) return { results: [y], tangents: [undefined] }
  const { axis, reverse } = params
  const turn = (v: Variable): Variable => (reverse ? op.flip(b, v, [axis]) : v)
  const { tangent } = productTree(b, { value: turn(x), tangent: turn(dx) }, axis)
  return { results: [y], tangents: [turn(tangent)] }
}

interface Pair {
  readonly value: Variable
  readonly tangent: Variable
}

/** Inclusive products of a line of numbers and their tangents, by the work-efficient tree. */
function productTree(b: GraphBuilder, x: Pair, axis: number): Pair {
  const n = concreteExtent(x.value.shape[axis])
  if (n < 2) return x
  const each = (v: Pair, f: (v: Variable) => Variable): Pair => ({
    value: f(v.value),
    tangent: f(v.tangent),
  })
  const part = (v: Pair, from: number, to: number, stride: number): Pair =>
    each(v, (w) => op.sliceAxis(b, w, axis, from, to, stride))
  const times = (v: Pair, w: Pair): Pair => ({
    value: op.multiply(b, v.value, w.value),
    tangent: op.add(b, op.multiply(b, v.tangent, w.value), op.multiply(b, v.value, w.tangent)),
  })
  const half = Math.floor(n / 2)
  const odd = productTree(b, times(part(x, 0, 2 * half, 2), part(x, 1, n, 2)), axis)
  const first = part(x, 0, 1, 1)
  const evens = Math.ceil(n / 2)
  const later = evens === 1 ? undefined : times(part(odd, 0, evens - 1, 1), part(x, 2, n, 2))
  const even = {
    value: op.concatenate(b, later ? [first.value, later.value] : [first.value], axis),
    tangent: op.concatenate(b, later ? [first.tangent, later.tangent] : [first.tangent], axis),
  }
  const spread = (v: Variable, at: number): Variable => {
    const used = 2 * concreteExtent(v.shape[axis]) - 1
    return op.padAxis(b, v, axis, [at, n - at - used, 1], 0)
  }
  return {
    value: op.add(b, spread(even.value, 0), spread(odd.value, 1)),
    tangent: op.add(b, spread(even.tangent, 0), spread(odd.tangent, 1)),
  }
}

function concreteExtent(extent: Size): number {
  if (isSymbolic(extent)) {
    throw new RangeError(
      `the derivative of cumulativeProd needs an axis of known extent, not ${extent}: ` +
        `give the size a value before differentiating`,
    )
  }
  return extent
}

/** ẏᵢ is ẋ at the place where the running extremum up to i was first attained. */
export function cumulativeExtremeJvp(): JvpRule<"cumulativeMax" | "cumulativeMin"> {
  return (b, [x], [dx], params, primitive) => {
    const y = b.emit(primitive, [x], params)
    if (dx === undefined) return { results: [y], tangents: [undefined] }
    const { axis, reverse } = params
    const turn = (v: Variable): Variable => (reverse ? op.flip(b, v, [axis]) : v)
    const isMaximum = primitive === "cumulativeMax"
    const worst = isMaximum ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
    const before = shift(b, turn(y), axis, worst)
    const attained = op.combine(b, isMaximum ? "greater" : "less", turn(x), before)
    const place = op.select(b, attained, op.iota(b, x.shape, axis), 0)
    const from = b.emit("cumulativeMax", [place], { axis, reverse: false })
    return { results: [y], tangents: [turn(op.takeAlong(b, turn(dx), from, axis))] }
  }
}

/** The tangents go where the sort takes their elements. */
export const sortJvp: JvpRule<"sort"> = (b, primals, tangents, params): Dual => {
  const { axis } = params
  const places = op.iota(b, primals[0].shape, axis)
  const sorted = b.emitAll("sort", [...primals, places], params)
  const from = sorted[primals.length]
  const follow = (tangent: Tangent): Tangent => tangent && op.takeAlong(b, tangent, from, axis)
  return { results: sorted.slice(0, -1), tangents: tangents.map(follow) }
}
