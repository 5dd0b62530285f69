/**
 * Systems with triangular matrices. Up to one block they are solved by substitution; beyond, the
 * blocks on the diagonal are inverted side by side, and each block of rows is then two contractions.
 */

import { printShape } from "../../size/index.ts"
import type { Array } from "../array.ts"
import { sliceAxis } from "../operations/axes.ts"
import * as elementwise from "../operations/elementwise.ts"
import * as linear from "../operations/linear.ts"
import * as movement from "../operations/movement.ts"
import { diagonal } from "../operations/taking.ts"
import { type ArrayLike, castTo, toFloat, typeOf } from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"
import { bind } from "../tracing/trace.ts"
import { vmap } from "../transforms/vmap.ts"
import { type Custom, custom } from "./custom.ts"
import {
  blockWidth,
  counted,
  elementAt,
  extentsOf,
  forEach,
  identity,
  lowerPart,
  matricesOf,
  rowsAt,
  squareOf,
  upperPart,
  withRows,
  zeros,
} from "./matrices.ts"

/** T⁻¹ B by substitution, T lower triangular: (n, n), (n, m) to (n, m). n steps. */
function substitute(t: Array, b: Array): Array {
  const pivots = diagonal(t)
  const n = Number(t.shape[0])
  return counted(
    n,
    (i, x: Array) => {
      // Rows from i on are still 0, so that only those before take part.
      const known = linear.matmul(rowsAt(t, i, 1), x)
      const row = elementwise.subtract(rowsAt(b, i, 1), known)
      return withRows(x, elementwise.divide(row, elementAt(pivots, i)), i)
    },
    zeros(b.shape, b),
  )
}

/** T⁻¹ of each small lower triangular matrix of a stack. */
function invertBlocks(blocks: Array): Array {
  const [, width] = blocks.shape
  return vmap((block: Array) => substitute(block, identity([width, width], block)))(blocks)
}

/** T⁻¹ B with T lower triangular: (n, n), (n, m) to (n, m). */
export function solveLower(t: Array, b: Array): Array {
  const [n, width] = [Number(t.shape[0]), blockWidth]
  if (n <= 2 * width) return substitute(t, b)
  const blocks = Math.ceil(n / width)
  const spare = blocks * width - n
  const padded = (x: Array, right: number): Array =>
    bind("pad", [x], { low: [0, 0], high: [spare, right], interior: [0, 0], value: 0 })
  const whole = blocks * width
  const ends = elementwise.where(
    elementwise.greaterEqual(bind("iota", [], { shape: [whole], dtype: "int32", axis: 0 }), n),
    1,
    0,
  )
  const onDiagonal = elementwise.multiply(
    identity([whole, whole], t),
    castTo(ends, { dtype: t.dtype, weak: false }),
  )
  const large = elementwise.add(padded(t, spare), onDiagonal)
  const right = padded(b, 0)
  const grid = movement.reshape(large, [blocks, width, blocks, width])
  const inverses = invertBlocks(movement.moveaxis(diagonal(grid, 0, 0, 2), -1, 0))
  const solved = counted(
    blocks,
    (i, x: Array) => {
      const from = elementwise.multiply(i, width)
      const known = linear.matmul(rowsAt(large, from, width), x)
      const rest = elementwise.subtract(rowsAt(right, from, width), known)
      const inverse = bind("dynamicSlice", [inverses, i, zeros([], i), zeros([], i)], {
        sizes: [1, width, width],
      })
      const rows = linear.matmul(movement.reshape(inverse, [width, width]), rest)
      return withRows(x, rows, from)
    },
    zeros(right.shape, b),
  )
  return sliceAxis(solved, 0, 0, n)
}

/** T⁻¹ B with T upper triangular: the same turned by half a turn. */
export function solveUpper(t: Array, b: Array): Array {
  return movement.flip(solveLower(movement.flip(t, [0, 1]), movement.flip(b, 0)), 0)
}

export interface TriangularSolveOptions {
  /** Whether X stands right of the matrix (A X = B) rather than left of it (X A = B). */
  readonly leftSide?: boolean
  /** Whether the lower triangle holds the matrix; the other is not read. */
  readonly lower?: boolean
  readonly transposeA?: boolean
  /** Whether the diagonal counts as ones and is not read. */
  readonly unitDiagonal?: boolean
}

interface Form {
  readonly lower: boolean
  readonly unit: boolean
}

/** The triangle that is read, with its diagonal. */
function triangleOf(a: Array, { lower, unit }: Form): Array {
  if (!unit) return lower ? lowerPart(a) : upperPart(a)
  const strict = lower ? lowerPart(a, -1) : upperPart(a, 1)
  return elementwise.add(strict, identity(a.shape, a))
}

/** A⁻¹ B for stacks, A triangular and already in its form. */
const solveFormed: Custom<Form> = custom(
  ([a, b], form) => {
    const solve = form.lower ? solveLower : solveUpper
    return forEach("triangularSolve", [2, 2], [triangleOf(a, form), b], (t, right) => [
      solve(t, right),
    ])
  },
  // A X = B, so dX = A⁻¹ (dB − dA X).
  ([a], [x], [da, db], form) => {
    const strict = form.unit ? 1 : 0
    const change = form.lower ? lowerPart(da, -strict) : upperPart(da, strict)
    return solveFormed([a, elementwise.subtract(db, linear.matmul(change, x))], form)
  },
)

/** A⁻¹ B or B A⁻¹ with triangular A, both in stacks that are broadcast. */
export function triangular(
  a: Array,
  b: Array,
  {
    leftSide = true,
    lower = false,
    transposeA = false,
    unitDiagonal = false,
  }: TriangularSolveOptions,
): Array {
  // X A = B is Aᵀ Xᵀ = Bᵀ.
  const turned = transposeA === leftSide
  const matrix = turned ? movement.matrixTranspose(a) : a
  const form = { lower: lower !== turned, unit: unitDiagonal }
  if (leftSide) return solveFormed([matrix, b], form)[0]
  return movement.matrixTranspose(solveFormed([matrix, movement.matrixTranspose(b)], form)[0])
}

/**
 * Solves X A = B, or A X = B with `leftSide`, for triangular A, as `lax.linalg.triangular_solve`.
 *
 * `a` is (…, n, n) and `b` (…, m, n), or (…, n, m) with `leftSide`; leading axes are broadcast.
 * Results are floats of b's shape; a zero on the diagonal gives infinities. Differentiable.
 * Work O(n²m), span O(n log n).
 *
 * @example
 * const a = np.array([[2, 0], [1, 4]])
 * const b = np.array([[2], [9]])
 * lax.linalg.triangularSolve(a, b, { leftSide: true, lower: true }) // → [[1], [2]]
 *
 * @throws RangeError when A is not square or extents do not fit.
 */
export const triangularSolve: (
  a: ArrayLike,
  b: ArrayLike,
  options?: TriangularSolveOptions,
) => Array = operation(2, (a, b, options = {}) => {
  const name = "triangularSolve"
  const type = toFloat([typeOf(name, a), typeOf(name, b)])
  const matrix = castTo(squareOf(name, a), type)
  const right = castTo(matricesOf(name, b, "b"), type)
  const { leftSide = false } = options
  requireFits(name, matrix, right, leftSide ? -2 : -1)
  return triangular(matrix, right, { ...options, leftSide })
})

/** @throws RangeError when an axis of b has not A's extent. */
export function requireFits(name: string, a: Array, b: Array, axis: -1 | -2): void {
  const [n] = extentsOf(name, a)
  if (b.shape.at(axis) !== n) {
    throw new RangeError(
      `${name}: a of shape ${printShape(a.shape)} and b of shape ${printShape(b.shape)} ` +
        `do not fit: axis ${axis} of b must have extent ${n}`,
    )
  }
}

export interface SolveTriangularOptions {
  /** 0 or "N" for A X = B, 1 or "T" (2, "C") for Aᵀ X = B. */
  readonly trans?: 0 | 1 | 2 | "N" | "T" | "C"
  readonly lower?: boolean
  readonly unitDiagonal?: boolean
}

/**
 * Solves A X = B for triangular A, as `scipy.linalg.solve_triangular`: a is (…, n, n), b is (n) or
 * (…, n, m). Reads the upper triangle unless `lower`. Work O(n²m), span O(n log n).
 *
 * @example
 * linalg.solveTriangular(np.array([[2, 1], [0, 4]]), np.array([4, 8])) // → [1, 2]
 *
 * @throws RangeError when A is not square or extents do not fit.
 */
export const solveTriangular: (
  a: ArrayLike,
  b: ArrayLike,
  options?: SolveTriangularOptions,
) => Array = operation(2, (a, b, { trans = 0, lower = false, unitDiagonal = false } = {}) => {
  const right = typeOf("solveTriangular", b)
  const options = {
    leftSide: true,
    lower,
    unitDiagonal,
    transposeA: trans !== 0 && trans !== "N",
  }
  if (right.shape.length !== 1) return triangularSolve(a, b, options)
  return movement.squeeze(triangularSolve(a, movement.expandDims(b, -1), options), -1)
})
