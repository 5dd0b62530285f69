/** The QR factorisation by Householder reflections, a block of columns after another. */

import type { Array } from "../array.ts"
import { reshaped, sliceAxis } from "../operations/axes.ts"
import * as elementwise from "../operations/elementwise.ts"
import * as linear from "../operations/linear.ts"
import { scan } from "../operations/loops.ts"
import * as movement from "../operations/movement.ts"
import * as reductions from "../operations/reductions.ts"
import type { ArrayLike } from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"
import { bind } from "../tracing/trace.ts"
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
  upperPart,
  withColumns,
  zeros,
} from "./matrices.ts"
import { solveUpper, triangular } from "./triangular.ts"

/** Reflections I − 2 v vᵀ, one for each column, v a unit vector or 0. */
interface Reflected {
  readonly matrix: Array
  readonly vectors: Array
}

/** The columns of a panel reflected to what R has of them, from row `from` on. */
function reflectPanel(panel: Array, from: Array): Reflected {
  const [m, width] = panel.shape.map(Number)
  const rows = counting([m, 1], -2)
  const columns = counting([1, width], -1)
  return counted(
    width,
    (j, { matrix, vectors }: Reflected) => {
      const at = elementwise.add(from, j)
      const column = columnsAt(matrix, j, 1)
      const here = elementwise.equal(rows, at)
      const below = elementwise.where(elementwise.greater(rows, at), column, 0)
      const top = elementAt(reshaped(column, [m]), at)
      const largest = reductions.max(
        elementwise.maximum(elementwise.absolute(below), elementwise.absolute(top)),
        null,
        { initial: 0 },
      )
      const scale = elementwise.where(elementwise.greater(largest, 0), largest, 1)
      const small = elementwise.divide(below, scale)
      const first = elementwise.divide(top, scale)
      const tail = reductions.sum(elementwise.square(small))
      const length = elementwise.sqrt(elementwise.add(tail, elementwise.square(first)))
      const signed = elementwise.where(
        elementwise.less(first, 0),
        length,
        elementwise.negative(length),
      )
      const head = elementwise.subtract(first, signed)
      const norm = elementwise.sqrt(elementwise.add(tail, elementwise.square(head)))
      // A column that is 0 below stays as it is.
      const moves = elementwise.notEqual(tail, 0)
      const divisor = elementwise.where(moves, norm, 1)
      const whole = elementwise.where(here, head, small)
      const vector = elementwise.where(moves, elementwise.divide(whole, divisor), 0)
      const shares = linear.matmul(movement.matrixTranspose(vector), matrix)
      const reflected = elementwise.subtract(
        matrix,
        elementwise.multiply(elementwise.multiply(vector, 2), shares),
      )
      const value = elementwise.where(moves, elementwise.multiply(signed, scale), top)
      const own = elementwise.where(
        here,
        value,
        elementwise.where(elementwise.less(rows, at), column, 0),
      )
      const right = elementwise.where(elementwise.greater(columns, j), reflected, matrix)
      return {
        matrix: elementwise.where(elementwise.equal(columns, j), own, right),
        vectors: withColumns(vectors, vector, j),
      }
    },
    { matrix: panel, vectors: zeros(panel.shape, panel) },
  )
}

/** T with H₁ H₂ … = I − V T Vᵀ: T⁻¹ is the strict upper part of VᵀV with halves on its diagonal. */
function togetherOf(vectors: Array): Array {
  const gram = linear.matmul(movement.matrixTranspose(vectors), vectors)
  const eye = identity(gram.shape, gram)
  const inverse = elementwise.add(upperPart(gram, 1), elementwise.multiply(eye, 0.5))
  return solveUpper(inverse, eye)
}

interface Step {
  readonly matrix: Array
  readonly vectors: Array
  readonly together: Array
}

/** The next `width` columns reflected, and the columns right of them with them. */
function step(matrix: Array, from: Array, width: number): Step {
  const n = Number(matrix.shape[1])
  const panel = reflectPanel(columnsAt(matrix, from, width), from)
  const { vectors } = panel
  const together = togetherOf(vectors)
  if (width === n) return { matrix: panel.matrix, vectors, together }
  const shares = linear.matmul(movement.matrixTranspose(vectors), matrix)
  const mixed = linear.matmul(movement.matrixTranspose(together), shares)
  const reflected = elementwise.subtract(matrix, linear.matmul(vectors, mixed))
  const end = elementwise.add(from, width)
  const right = elementwise.greaterEqual(counting([1, n], -1), end)
  const rest = elementwise.where(right, reflected, matrix)
  return { matrix: withColumns(rest, panel.matrix, from), vectors, together }
}

/** H₁ H₂ … X for the reflections of one block. */
function reflect(x: Array, vectors: Array, together: Array): Array {
  const shares = linear.matmul(together, linear.matmul(movement.matrixTranspose(vectors), x))
  return elementwise.subtract(x, linear.matmul(vectors, shares))
}

/** Q (m, size) and R (m, n) of one matrix. */
function factor(a: Array, size: number): readonly [q: Array, r: Array] {
  const [m, n] = a.shape.map(Number)
  const count = Math.min(m, n)
  const eye = identity([m, size], a)
  if (count === 0) return [eye, a]
  const width = count <= 2 * blockWidth ? count : blockWidth
  const blocks = Math.floor(count / width)
  const rest = count - blocks * width
  if (blocks === 1 && rest === 0) {
    const { matrix, vectors, together } = step(a, index(0), width)
    return [reflect(eye, vectors, together), upperPart(matrix)]
  }
  const starts = elementwise.multiply(
    bind("iota", [], { shape: [blocks], dtype: "int32", axis: 0 }),
    width,
  )
  const [most, kept] = scan(
    (matrix: Array, from: Array): [Array, [Array, Array]] => {
      const next = step(matrix, from, width)
      return [next.matrix, [next.vectors, next.together]]
    },
    a,
    starts,
  )
  const last = rest > 0 ? step(most, index(count - rest), rest) : undefined
  const begun = last ? reflect(eye, last.vectors, last.together) : eye
  const [q] = scan(
    (x: Array, [vectors, together]: [Array, Array]): [Array, null] => [
      reflect(x, vectors, together),
      null,
    ],
    begun,
    kept,
    { reverse: true },
  )
  return [q, upperPart(last?.matrix ?? most)]
}

/** Q and R of matrices, R with as many rows as Q has columns. */
export const factored: Custom<boolean> = custom(
  ([a], complete) => {
    const [m, n] = extentsOf("qr", a)
    const size = complete ? m : Math.min(m, n)
    return forEach("qr", [2], [a], (one) => {
      const [q, r] = factor(one, size)
      return [q, sliceAxis(r, 0, 0, size)]
    })
  },
  // With M = Qᵀ dA R⁻¹ and Ω = tril(M, −1) − its transpose: dQ = dA R⁻¹ + Q (Ω − M), and
  // dR = (M − Ω) R (Seeger et al. 2017). Columns of a wide matrix beyond the square follow.
  ([a], [q, r], [da]) => {
    const [m, n] = extentsOf("qr", a)
    const count = Math.min(m, n)
    const square = (x: Array): Array => sliceAxis(x, x.ndim - 1, 0, count)
    const top = sliceAxis(square(r), r.ndim - 2, 0, count)
    const scaled = triangular(top, square(da), { leftSide: false })
    const thin = square(q)
    const turned = movement.matrixTranspose(thin)
    const mixed = linear.matmul(turned, scaled)
    const low = lowerPart(mixed, -1)
    const omega = elementwise.subtract(low, movement.matrixTranspose(low))
    const dq = elementwise.add(scaled, linear.matmul(thin, elementwise.subtract(omega, mixed)))
    const dr = linear.matmul(elementwise.subtract(mixed, omega), top)
    if (m > n && q.shape.at(-1) === m) {
      // The columns that complete a basis are not determined.
      return [elementwise.multiply(q, NaN), elementwise.multiply(r, NaN)]
    }
    if (n <= m) return [dq, dr]
    const wide = sliceAxis(r, r.ndim - 1, count, n)
    const beyond = elementwise.subtract(
      linear.matmul(turned, sliceAxis(da, da.ndim - 1, count, n)),
      linear.matmul(omega, wide),
    )
    return [dq, movement.concatenate([dr, beyond], -1)]
  },
)

/** What a QR factorisation gives: Q and R, both whole, or R alone. */
export type QrMode = "reduced" | "complete" | "r"

export interface QrOptions {
  readonly mode?: QrMode
}

const qrOf: (a: ArrayLike, mode: QrMode) => [Array, Array?] = operation(1, (a, mode) => {
  if (mode !== "reduced" && mode !== "complete" && mode !== "r") {
    throw new RangeError(`qr: mode is ${String(mode)}: it must be "reduced", "complete" or "r"`)
  }
  const matrices = matricesOf("qr", a)
  const [m, n] = extentsOf("qr", matrices)
  const complete = mode === "complete" && m > n
  const [q, r] = factored([matrices], complete)
  return mode === "r" ? [r] : [q, r]
})

/**
 * Q with orthonormal columns and upper triangular R with A = Q R, for matrices (…, m, n), floats:
 * with k = min(m, n), `[q, r]` of (…, m, k) and (…, k, n); whole with mode "complete", (…, m, m) and
 * (…, m, n); mode "r" gives R alone. Signs are LAPACK's. Differentiable, except "complete" for m > n.
 * Work O(mnk), span O(k log m).
 *
 * @example
 * np.linalg.qr(np.array([[3, 1], [4, 2]]), "r") // → [[-5, -2.2], [0, 0.4]]
 *
 * @throws RangeError when a has fewer than two axes.
 */
export function qr(a: ArrayLike, mode: "r" | { readonly mode: "r" }): Array
export function qr(
  a: ArrayLike,
  mode?: "reduced" | "complete" | { readonly mode?: "reduced" | "complete" },
): [q: Array, r: Array]
export function qr(a: ArrayLike, mode: QrMode | QrOptions = "reduced"): Array | [Array, Array] {
  const [q, r] = qrOf(a, typeof mode === "object" ? (mode.mode ?? "reduced") : mode)
  return r === undefined ? q : [q, r]
}
