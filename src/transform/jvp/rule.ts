/** What a rule of forward differentiation is given and gives back. */

import type { GraphBuilder, ParamsOf, Primitive, Variable } from "../../graph/index.ts"
import { operations as op } from "../../graph/index.ts"

/** The derivative of a value along the direction that is followed; undefined is zero. */
export type Tangent = Variable | undefined

export interface Dual {
  readonly results: readonly Variable[]
  readonly tangents: readonly Tangent[]
}

/**
 * The results of a primitive and their tangents. Called only when some operand has a tangent.
 * Whatever it emits that depends on a tangent is linear in the tangents, so that it transposes.
 */
export type JvpRule<P extends Primitive> = (
  b: GraphBuilder,
  primals: readonly Variable[],
  tangents: readonly Tangent[],
  params: ParamsOf[P],
  primitive: P,
) => Dual

/** x + y, where undefined is zero. */
export function addTangents(b: GraphBuilder, x: Tangent, y: Tangent): Tangent {
  if (x === undefined) return y
  return y === undefined ? x : op.add(b, x, y)
}

/** The tangent as an array of the primal's type. */
export function materialise(b: GraphBuilder, tangent: Tangent, primal: Variable): Variable {
  return tangent ?? op.zeros(b, primal)
}

/** No derivative passes. */
export function constant<P extends Primitive>(): JvpRule<P> {
  return (b, primals, _tangents, params, primitive) => {
    const results = b.emitAll(primitive, primals, params)
    return { results, tangents: results.map(() => undefined) }
  }
}

/** A linear function of its first operand, the others being metadata: ẏ = f(ẋ). */
export function linear<P extends Primitive>(): JvpRule<P> {
  return (b, primals, [tangent], params, primitive) => ({
    results: [b.emit(primitive, primals, params)],
    tangents: [tangent && b.emit(primitive, [tangent, ...primals.slice(1)], params)],
  })
}

/**
 * Linear in its first `count` operands together (all of them without a count), the others being
 * metadata: ẏ = f(ẋ₁, ẋ₂, …).
 */
export function jointlyLinear<P extends Primitive>(count = Number.POSITIVE_INFINITY): JvpRule<P> {
  return (b, primals, tangents, params, primitive) => {
    const linearOperands = primals.map((primal, i) =>
      i < count ? materialise(b, tangents[i], primal) : primal,
    )
    return {
      results: [b.emit(primitive, primals, params)],
      tangents: [b.emit(primitive, linearOperands, params)],
    }
  }
}

/** Linear in each of two operands: ẏ = f(ẋ₁, x₂) + f(x₁, ẋ₂). */
export function bilinear<P extends Primitive>(): JvpRule<P> {
  return (b, [x, y], [dx, dy], params, primitive) => {
    const alongX = dx && b.emit(primitive, [dx, y], params)
    const alongY = dy && b.emit(primitive, [x, dy], params)
    return {
      results: [b.emit(primitive, [x, y], params)],
      tangents: [addTangents(b, alongX, alongY)],
    }
  }
}
