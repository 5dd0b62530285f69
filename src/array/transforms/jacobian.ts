/** Derivatives written out: a linear map applied to every unit vector at once. */

import { elementsOf, isFloat } from "../../size/index.ts"
import type { Array } from "../array.ts"
import * as diagonals from "../numpy/diagonals.ts"
import * as creation from "../operations/creation.ts"
import * as movement from "../operations/movement.ts"
import { CallForm, formOf, type NumberRole } from "../tracing/call.ts"
import { evaluate } from "../tracing/call-program.ts"
import type { Relaxed, WithLeaves } from "../types.ts"
import { grad } from "./gradient.ts"
import { jvp, vjp } from "./products.ts"
import { vmap } from "./vmap.ts"

/** For each array of a result, what an argument has for an array: axes of both, in that order. */
type JacobianOf<R, A> = WithLeaves<R, WithLeaves<A, Array>>

export interface JacobianOptions {
  /** The argument to differentiate by, the first unless given. */
  readonly argnums?: number
}

function arraysOf(tree: unknown): readonly Array[] {
  const form = new CallForm()
  form.add(tree, "float")
  return form.leaves as Array[]
}

/** The function of one argument alone, on its arrays in order. */
function alone<A extends unknown[]>(
  body: (...args: A) => unknown,
  args: readonly unknown[],
  place: number,
): (...parts: Array[]) => unknown {
  const form = formOf(args[place])
  return (...parts) => body(...(args.toSpliced(place, 1, form(parts)) as unknown as A))
}

function placeOf({ argnums = 0 }: JacobianOptions, count: number): number {
  const place = argnums < 0 ? argnums + count : argnums
  if (Number.isInteger(place) && place >= 0 && place < count) return place
  throw new RangeError(`argnums names argument ${argnums}, but the call has ${count}`)
}

/** Unit vectors of an array's shape, along a new first axis. */
function basis(x: Array): Array {
  if (!isFloat(x.dtype)) {
    throw new TypeError(`a Jacobian is by floats, but an argument holds ${x.type.key}`)
  }
  const size = elementsOf(x.shape)
  return movement.reshape(diagonals.eye(size, size, 0, { dtype: x.dtype }), [size, ...x.shape])
}

/** What a Jacobian is made of: the function of the argument's arrays alone, and these arrays. */
type Derivative = (f: (...parts: Array[]) => unknown, points: readonly Array[]) => Written

/** A function's result, and per array of it and array of the argument the derivative of one by the other. */
interface Written {
  readonly result: unknown
  readonly blocks: readonly (readonly Array[])[]
}

/** The Jacobian by one argument, its blocks in the forms of the result and of the argument. */
function jacobian<A extends unknown[], R>(
  body: (...args: A) => R,
  options: JacobianOptions,
  derivative: Derivative,
): (...args: Relaxed<A>) => JacobianOf<R, A[0]> {
  return (...args) => {
    const place = placeOf(options, args.length)
    const roleOf = (i: number): NumberRole => (i === place ? "float" : "static")
    return evaluate(args, roleOf, (...taken) => {
      const points = arraysOf(taken[place])
      const { result, blocks } = derivative(alone(body, taken, place), points)
      const form = formOf(taken[place])
      return formOf(result)(blocks.map((row) => form(row))) as JacobianOf<R, A[0]>
    })
  }
}

/**
 * The Jacobian, column by column: for each array of the result, what the argument has for an
 * array, with the result's axes before the argument's. Work is that of `jvp` for each element of
 * the argument, span that of one.
 * @example jacfwd((x: Array) => np.square(x))(np.array([1, 2])) // → [[2, 0], [0, 4]]
 */
export function jacfwd<A extends unknown[], R>(
  body: (...args: A) => R,
  options: JacobianOptions = {},
): (...args: Relaxed<A>) => JacobianOf<R, A[0]> {
  return jacobian(body, options, (f, points) => {
    // columns[i][o]: how result o changes with array i, the unit vectors along the last axis.
    let result: unknown
    const columns = points.map((point, i) => {
      const along = (direction: Array) => {
        const tangents = points.map((p, j) => (j === i ? direction : creation.zerosLike(p)))
        const [value, tangent] = jvp(f, [...points], tangents)
        result = value
        return arraysOf(tangent)
      }
      return vmap(along, 0, -1)(basis(point))
    })
    const blocks = arraysOf(result).map((_, o) =>
      points.map((point, i) => {
        const column = columns[i][o]
        return movement.reshape(column, [...column.shape.slice(0, -1), ...point.shape])
      }),
    )
    return { result, blocks }
  })
}

/**
 * The Jacobian, row by row: as {@link jacfwd}, with the work of `vjp` for each element of the
 * result.
 * @example jacrev((x: Array) => np.square(x))(np.array([1, 2])) // → [[2, 0], [0, 4]]
 */
export function jacrev<A extends unknown[], R>(
  body: (...args: A) => R,
  options: JacobianOptions = {},
): (...args: Relaxed<A>) => JacobianOf<R, A[0]> {
  return jacobian(body, options, (f, points) => {
    const [result, pullback] = vjp(f, [...points])
    const outputs = arraysOf(result)
    const blocks = outputs.map((output, o) => {
      const back = (seed: Array) => {
        const seeds = outputs.map((y, j) => (j === o ? seed : creation.zerosLike(y)))
        return pullback(formOf(result)(seeds))
      }
      return vmap(back)(basis(output)).map((part, i) =>
        movement.reshape(part, [...output.shape, ...points[i].shape]),
      )
    })
    return { result, blocks }
  })
}

/**
 * Second derivatives of a scalar function by its first argument: `jacfwd(grad(body))`.
 * Of an argument of shape S it has shape [...S, ...S]. Work is a small multiple of the function's for
 * each element of that argument, span a small multiple of the function's.
 * @throws TypeError when the function's result is no float scalar.
 * @example hessian((x: Array) => np.sum(np.power(x, 3)))(np.array([1, 2])) // → [[6, 0], [0, 12]]
 */
export function hessian<A extends unknown[], R>(
  body: (...args: A) => R,
): (...args: Relaxed<A>) => JacobianOf<WithLeaves<A[0], Array>, A[0]> {
  const gradient = (...args: A) => grad(body)(...(args as Relaxed<A>))
  return jacfwd(gradient)
}
