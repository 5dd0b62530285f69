/** Matrices in the last two axes of arrays: checks, masks, and one function for every matrix. */

import { elementsOf, printShape, type Shape } from "../../size/index.ts"
import type { Array } from "../array.ts"
import { concreteExtent, reshaped } from "../operations/axes.ts"
import * as elementwise from "../operations/elementwise.ts"
import { foriLoop } from "../operations/loops.ts"
import { type ArrayLike, asFloat, broadcastTo, commonShape, fill } from "../tracing/operands.ts"
import { bind } from "../tracing/trace.ts"
import { vmap } from "../transforms/vmap.ts"
import type { Carried, Carry, Relaxed } from "../types.ts"

const int32 = "int32"

/** Matrices in a float dtype. @throws RangeError when there are fewer than two axes. */
export function matricesOf(name: string, x: ArrayLike, argument = "a"): Array {
  const array = asFloat(name, x)
  if (array.ndim < 2) {
    throw new RangeError(
      `${name}: ${argument} must have at least 2 axes, not shape ${printShape(array.shape)}`,
    )
  }
  return array
}

/** Square matrices in a float dtype. @throws RangeError when the last two extents differ. */
export function squareOf(name: string, x: ArrayLike, argument = "a"): Array {
  const array = matricesOf(name, x, argument)
  const [rows, columns] = extentsOf(name, array)
  if (rows !== columns) {
    throw new RangeError(
      `${name}: ${argument} must be square in its last 2 axes, not ${printShape(array.shape)}`,
    )
  }
  return array
}

/** Rows and columns of matrices. */
export function extentsOf(name: string, x: Array): readonly [rows: number, columns: number] {
  return [concreteExtent(name, x, x.ndim - 2), concreteExtent(name, x, x.ndim - 1)]
}

/** The axes before the matrices. */
export function leadingOf(x: Array): Shape {
  return x.shape.slice(0, -2)
}

/** A function of single arrays for every array in stacks, whose leading axes are broadcast. */
export function forEach(
  name: string,
  ranks: readonly number[],
  arrays: readonly Array[],
  body: (...arrays: Array[]) => readonly Array[],
): readonly Array[] {
  const own = arrays.map((x, i) => x.shape.slice(x.ndim - ranks[i]))
  const leads = arrays.map((x, i) => x.shape.slice(0, x.ndim - ranks[i]))
  const lead = commonShape(name, leads)
  if (lead.length === 0) return body(...arrays)
  const flat = elementsOf(lead)
  const stacks = arrays.map((x, i) =>
    reshaped(broadcastTo(x, [...lead, ...own[i]]), [flat, ...own[i]]),
  )
  return vmap(body)(...stacks).map((result) =>
    reshaped(result, [...lead, ...result.shape.slice(1)]),
  )
}

/** 0, 1, 2, … down the rows (axis −2) or along the columns (axis −1) of a shape, int32. */
export function counting(shape: Shape, axis: -1 | -2): Array {
  return bind("iota", [], { shape, dtype: int32, axis: shape.length + axis })
}

/** Where the column lies at least `offset` places right of the row. */
export function upperMask(shape: Shape, offset = 0): Array {
  const rows = counting(shape, -2)
  return elementwise.greaterEqual(counting(shape, -1), elementwise.add(rows, offset))
}

/** The elements at and below the diagonal that lies `offset` places right of the main one. */
export function lowerPart(x: Array, offset = 0): Array {
  return elementwise.where(upperMask(x.shape, offset + 1), zero(x), x)
}

/** The elements at and above a diagonal. */
export function upperPart(x: Array, offset = 0): Array {
  return elementwise.where(upperMask(x.shape, offset), x, zero(x))
}

/** 0 in an array's dtype. */
export function zero({ dtype }: Array): Array {
  return fill(0, [], { dtype, weak: false })
}

export function zeros(shape: Shape, { dtype }: Array): Array {
  return fill(0, shape, { dtype, weak: false })
}

/** Ones on the main diagonal of a shape, in an array's dtype. */
export function identity(shape: Shape, { dtype }: Array): Array {
  const on = elementwise.equal(counting(shape, -1), counting(shape, -2))
  return bind("cast", [on], { dtype })
}

/** A number as an index. */
export function index(value: number): Array {
  return fill(value, [], { dtype: int32, weak: false })
}

/** Columns from one on: (m, n) to (m, width). */
export function columnsAt(x: Array, from: Array, width: number): Array {
  return bind("dynamicSlice", [x, index(0), from], { sizes: [x.shape[0], width] })
}

/** Rows from one on: (m, n) to (height, n). */
export function rowsAt(x: Array, from: Array, height: number): Array {
  return bind("dynamicSlice", [x, from, index(0)], { sizes: [height, x.shape[1]] })
}

/** The matrix with columns replaced from one on. */
export function withColumns(x: Array, columns: Array, from: Array): Array {
  return bind("dynamicUpdateSlice", [x, columns, index(0), from], {})
}

/** The matrix with rows replaced from one on. */
export function withRows(x: Array, rows: Array, from: Array): Array {
  return bind("dynamicUpdateSlice", [x, rows, from, index(0)], {})
}

/** One element of a vector at a computed place. */
export function elementAt(x: Array, at: Array): Array {
  return reshaped(bind("dynamicSlice", [x, at], { sizes: [1] }), [])
}

/** The vector with one element replaced. */
export function withElement(x: Array, value: Array, at: Array): Array {
  return bind("dynamicUpdateSlice", [x, reshaped(value, [1]), at], {})
}

/** How many columns the blocked factorisations take at once. */
export const blockWidth = 32

/** `state = body(i, state)` for i from 0 to below a count, which may be 0 where no step has a place. */
export function counted<S extends Carry>(
  count: number,
  body: (i: Array, state: Carried<S>) => Relaxed<Carried<S>>,
  init: S & Carried<S>,
): Carried<S> {
  return count === 0 ? init : foriLoop<S>(0, count, body, init)
}
