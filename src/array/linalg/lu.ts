/** LU factorisations with partial pivoting, a block of columns after another. */

import { printShape } from "../../size/index.ts"
import type { Array } from "../array.ts"
import { reshaped } from "../operations/axes.ts"
import * as elementwise from "../operations/elementwise.ts"
import * as linear from "../operations/linear.ts"
import * as movement from "../operations/movement.ts"
import * as reductions from "../operations/reductions.ts"
import { take } from "../operations/taking.ts"
import { type ArrayLike, asFloat } from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"
import { bind, bindAll } from "../tracing/trace.ts"
import { type Custom, custom } from "./custom.ts"
import {
  blockWidth,
  columnsAt,
  counted,
  counting,
  elementAt,
  extentsOf,
  forEach,
  identity,
  index,
  lowerPart,
  matricesOf,
  rowsAt,
  squareOf,
  upperPart,
  withColumns,
  withElement,
  withRows,
} from "./matrices.ts"
import { requireFits, solveLower, triangular } from "./triangular.ts"

/** A matrix under way: its factors so far, which rows were exchanged, and where each row came from. */
interface State {
  readonly matrix: Array
  readonly pivots: Array
  readonly order: Array
}

/** A panel of columns factored from row `from` on, its rows exchanged within the panel. */
function factorPanel(panel: Array, from: Array, pivots: Array): State {
  const [m, width] = panel.shape.map(Number)
  const rows = counting([m, 1], -2)
  const columns = counting([1, width], -1)
  return counted(
    width,
    (j, { matrix, pivots, order }: State) => {
      const at = elementwise.add(from, j)
      const size = elementwise.absolute(columnsAt(matrix, j, 1))
      const eligible = elementwise.where(elementwise.greaterEqual(rows, at), size, -1)
      const pivot = bind("argmax", [reshaped(eligible, [m])], { axis: 0 })
      const here = rowsAt(matrix, at, 1)
      const found = rowsAt(matrix, pivot, 1)
      const swapped = withRows(withRows(matrix, here, pivot), found, at)
      const [first, second] = [elementAt(order, at), elementAt(order, pivot)]
      const nextOrder = withElement(withElement(order, first, pivot), second, at)
      const top = elementAt(reshaped(found, [width]), j)
      const below = elementwise.greater(rows, at)
      const column = columnsAt(swapped, j, 1)
      const divisor = elementwise.where(elementwise.equal(top, 0), 1, top)
      const factors = elementwise.where(below, elementwise.divide(column, divisor), 0)
      const right = elementwise.where(elementwise.greater(columns, j), found, 0)
      const reduced = elementwise.subtract(swapped, elementwise.multiply(factors, right))
      const own = elementwise.logicalAnd(below, elementwise.equal(columns, j))
      return {
        matrix: elementwise.where(own, factors, reduced),
        pivots: withElement(pivots, pivot, at),
        order: nextOrder,
      }
    },
    { matrix: panel, pivots, order: reshaped(rows, [m]) },
  )
}

/** The next `width` columns factored, and the columns right of them reduced. */
function step({ matrix, pivots, order }: State, from: Array, width: number): State {
  const [m, n] = matrix.shape.map(Number)
  const panel = factorPanel(columnsAt(matrix, from, width), from, pivots)
  const mixed = withColumns(take(matrix, panel.order, 0, { mode: "clip" }), panel.matrix, from)
  const next = { pivots: panel.pivots, order: take(order, panel.order, 0, { mode: "clip" }) }
  if (width === n) return { matrix: panel.matrix, ...next }
  const end = elementwise.add(from, width)
  const unit = rowsAt(panel.matrix, from, width)
  const l = elementwise.add(lowerPart(unit, -1), identity([width, width], matrix))
  const inverse = solveLower(l, identity([width, width], matrix))
  const rows = rowsAt(mixed, from, width)
  const right = elementwise.greaterEqual(counting([1, n], -1), end)
  const solved = elementwise.where(right, linear.matmul(inverse, rows), 0)
  const below = elementwise.greaterEqual(counting([m, 1], -2), end)
  const factors = elementwise.where(below, panel.matrix, 0)
  const reduced = elementwise.subtract(mixed, linear.matmul(factors, solved))
  const top = elementwise.where(right, solved, rows)
  return { matrix: withRows(reduced, top, from), ...next }
}

/** L and U in one matrix, the exchanges, and the rows' order: of (m, n). */
function factor(a: Array): readonly Array[] {
  const [m, n] = a.shape.map(Number)
  const count = Math.min(m, n)
  const width = count <= 2 * blockWidth ? count : blockWidth
  let state: State = {
    matrix: a,
    pivots: reshaped(counting([count, 1], -2), [count]),
    order: reshaped(counting([m, 1], -2), [m]),
  }
  if (count > 0 && count === width) state = step(state, index(0), width)
  else if (count > 0) {
    const blocks = Math.floor(count / width)
    const body = (k: Array, s: State): State => step(s, elementwise.multiply(k, width), width)
    state = counted(blocks, body, state)
    const rest = count - blocks * width
    if (rest > 0) state = step(state, index(count - rest), rest)
  }
  return [state.matrix, state.pivots, state.order]
}

/** Factors, exchanges and order of matrices. */
export const factored: Custom<null> = custom(
  ([a]) => forEach("lu", [2], [a], factor),
  (_, [factors, pivots, order], [da]) => [changeOfFactors(factors, order, da), pivots, order],
)

/**
 * How factors L and U change with the matrix: with M = L⁻¹ P dA U⁻¹, dL = L tril(M, −1) and
 * dU = triu(M) U.
 */
export function changeOfFactors(factors: Array, order: Array, da: Array): Array {
  const [m, n] = extentsOf("lu", da)
  const count = Math.min(m, n)
  const changed = rowsInOrder(da, order)
  // The factors made square: L (m, m) and U (n, n), by ones beyond what they have.
  const l = elementwise.add(
    lowerPart(columnsTo(factors, m, count), -1),
    identity(columnsTo(factors, m, count).shape, factors),
  )
  const above = rowsTo(factors, n, count)
  const u = elementwise.add(upperPart(above), onesAfter(above, count))
  const left = triangular(l, changed, { leftSide: true, lower: true, unitDiagonal: true })
  const both = triangular(u, left, { leftSide: false })
  const dl = linear.matmul(l, columnsTo(lowerPart(both, -1), m, count))
  const du = linear.matmul(rowsTo(upperPart(both), n, count), u)
  const lower = columnsTo(lowerPart(dl, -1), n, count)
  const upper = rowsTo(upperPart(du), m, count)
  return elementwise.add(lower, upper)
}

/** Rows in an order of their own for each matrix. */
function rowsInOrder(x: Array, order: Array): Array {
  const [moved] = forEach("lu", [2, 1], [x, order], (one, rows) => [
    take(one, rows, 0, { mode: "clip" }),
  ])
  return moved
}

/** The first `count` columns, then zeros, as many as make `width`. */
function columnsTo(x: Array, width: number, count: number): Array {
  return movement.matrixTranspose(rowsTo(movement.matrixTranspose(x), width, count))
}

/** The first `count` rows, then zeros, as many as make `height`. */
function rowsTo(x: Array, height: number, count: number): Array {
  const lead = x.shape.slice(0, -2)
  const n = x.shape[x.ndim - 1]
  const cut = bind("slice", [x], {
    starts: x.shape.map(() => 0),
    limits: [...lead, count, n],
    strides: x.shape.map(() => 1),
  })
  const none = x.shape.map(() => 0)
  return bind("pad", [cut], {
    low: none,
    high: [...lead.map(() => 0), height - count, 0],
    interior: none,
    value: 0,
  })
}

/** Ones on the diagonal from a place on. */
function onesAfter(x: Array, count: number): Array {
  const after = elementwise.greaterEqual(counting(x.shape, -1), count)
  return elementwise.where(after, identity(x.shape, x), 0)
}

/**
 * L and U in one matrix (…, m, n), the exchanges of rows and their order, as `lax.linalg.lu`:
 * `[lu, pivots, permutation]`, where row i was exchanged with row pivots[i] (int32, min(m, n)) and
 * A[permutation] = L U. L has ones on its diagonal. Differentiable.
 * Work O(mn·min(m, n)), span O(min(m, n) log m).
 *
 * @example
 * lax.linalg.lu(np.array([[1, 2], [4, 6]]))[0] // → [[4, 6], [0.25, 0.5]]
 */
export const luFactors: (a: ArrayLike) => [lu: Array, pivots: Array, permutation: Array] =
  operation(1, (a) => {
    const [factors, pivots, order] = factored([matricesOf("lu", a)], null)
    return [factors, pivots, order]
  })

/**
 * P, L and U with A = P L U, as `scipy.linalg.lu`; with `permuteL` P L and U.
 * P is (…, m, m), L (…, m, k), U (…, k, n) with k = min(m, n). Differentiable.
 * Work O(mnk), span O(k log m).
 *
 * @example
 * const [p, l, u] = linalg.lu(np.array([[1, 2], [4, 6]]))
 * u // → [[4, 6], [0, 0.5]]
 */
export const lu: (a: ArrayLike, options?: { readonly permuteL?: boolean }) => Array[] = operation(
  1,
  (a, { permuteL = false } = {}) => {
    const matrices = matricesOf("lu", a)
    const [m, n] = extentsOf("lu", matrices)
    const count = Math.min(m, n)
    const [factors, , order] = factored([matrices], null)
    const left = columnsTo(factors, count, count)
    const l = elementwise.add(lowerPart(left, -1), identity(left.shape, left))
    const u = upperPart(rowsTo(factors, count, count))
    const rows = movement.expandDims(order, -2)
    const p = elementwise.astype(
      elementwise.equal(counting([...matrices.shape.slice(0, -2), m, m], -2), rows),
      matrices.dtype,
    )
    return permuteL ? [linear.matmul(p, l), u] : [p, l, u]
  },
)

/**
 * L and U in one matrix and the exchanges of rows, for {@link luSolve}: `[lu, pivots]`.
 * Work O(n³), span O(n log n).
 *
 * @example
 * linalg.luFactor(np.array([[1, 2], [4, 6]]))[1] // → [1, 1]
 */
export const luFactor: (a: ArrayLike) => [lu: Array, pivots: Array] = operation(1, (a) => {
  const [factors, pivots] = factored([matricesOf("luFactor", a)], null)
  return [factors, pivots]
})

/**
 * X with A X = B (Aᵀ X = B with trans 1) from {@link luFactor}: b is (n) or (…, n, m).
 * Work O(n²m), span O(n log n).
 *
 * @example
 * linalg.luSolve(linalg.luFactor(np.array([[1, 2], [4, 6]])), np.array([3, 10])) // → [1, 1]
 *
 * @throws RangeError when extents do not fit.
 */
export function luSolve(factors: readonly Array[], b: ArrayLike, trans: 0 | 1 | 2 = 0): Array {
  return solveExchanged(factors[0], factors[1], b, trans)
}

const solveExchanged: (lu: Array, pivots: Array, b: ArrayLike, trans: 0 | 1 | 2) => Array =
  operation(3, (lu, pivots, b, trans) => {
    const factors = squareOf("luSolve", lu, "lu")
    const given = asFloat("luSolve", b)
    const right = given.ndim === 1 ? movement.expandDims(given, -1) : given
    requireFits("luSolve", factors, right, -2)
    const n = Number(factors.shape.at(-1))
    const order = luPivotsToPermutation(pivots, n)
    const x = solveWith(factors, order, right, trans !== 0)
    return given.ndim === 1 ? movement.squeeze(x, -1) : x
  })

/** X with A X = B (or Aᵀ X = B) from factors and the order of rows. */
export function solveWith(factors: Array, order: Array, b: Array, transposed = false): Array {
  if (!transposed) {
    const first = { leftSide: true, lower: true, unitDiagonal: true }
    return triangular(factors, triangular(factors, rowsInOrder(b, order), first), {
      leftSide: true,
    })
  }
  const upper = triangular(factors, b, { leftSide: true, transposeA: true })
  const x = triangular(factors, upper, {
    leftSide: true,
    lower: true,
    unitDiagonal: true,
    transposeA: true,
  })
  const [, back] = bindAll("sort", [order, placesOf(order)], { axis: order.ndim - 1, keys: 1 })
  return rowsInOrder(x, back)
}

/** 0, 1, … along the last axis. */
function placesOf(order: Array): Array {
  return bind("iota", [], { shape: order.shape, dtype: "int32", axis: order.ndim - 1 })
}

/**
 * The order of rows that exchanges make, one after another: (…, k) to (…, size), int32.
 * Work and span O(k).
 *
 * @example
 * lax.linalg.luPivotsToPermutation(np.array([1, 1], { dtype: "int32" }), 3) // → [1, 0, 2]
 *
 * @throws RangeError when there are more exchanges than rows.
 */
export const luPivotsToPermutation: (pivots: Array, size: number) => Array = operation(
  1,
  (pivots, size) => {
    const count = Number(pivots.shape.at(-1))
    if (count > size) {
      throw new RangeError(
        `luPivotsToPermutation: pivots of shape ${printShape(pivots.shape)} for ${size} rows`,
      )
    }
    const [order] = forEach("luPivotsToPermutation", [1], [pivots], (own) => [
      counted(
        count,
        (i, order: Array) => {
          const other = elementAt(own, i)
          const [first, second] = [elementAt(order, i), elementAt(order, other)]
          return withElement(withElement(order, first, other), second, i)
        },
        reshaped(counting([size, 1], -2), [size]),
      ),
    ])
    return order
  },
)

/** How often rows were exchanged, as −1 or 1 in a dtype. */
export function parityOf(pivots: Array, like: Array): Array {
  const exchanged = elementwise.notEqual(pivots, placesOf(pivots))
  const odd = elementwise.equal(elementwise.remainder(reductions.sum(exchanged, -1), 2), 1)
  return elementwise.astype(elementwise.where(odd, -1, 1), like.dtype)
}
