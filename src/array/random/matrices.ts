/** Random vectors and matrices that need linear algebra. Samples equal JAX's but for rounding. */

import { printShape, type Shape, type Size } from "../../size/index.ts"
import type { Array } from "../array.ts"
import { cholesky } from "../linalg/cholesky.ts"
import { eigh } from "../linalg/eigh.ts"
import { qr } from "../linalg/qr.ts"
import { svd } from "../linalg/svd.ts"
import * as elementwise from "../operations/elementwise.ts"
import * as linear from "../operations/linear.ts"
import * as movement from "../operations/movement.ts"
import { shapeArgument } from "../operations/shapes.ts"
import { diagonal } from "../operations/taking.ts"
import type { Key } from "../static/dtype.ts"
import { type ArrayLike, castTo, commonShape } from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"
import { normal } from "./keys.ts"

const float32 = { dtype: "float32", weak: false } as const

export interface OrthogonalOptions {
  /** How many columns; n unless given. */
  readonly m?: number
}

/**
 * Matrices (…shape, n, m) with orthonormal columns (rows, where m > n), equally likely all of them
 * (the Haar measure). Float32. Work O(n m min(n, m)) and span O(n log n) for each.
 *
 * @example
 * random.orthogonal(random.key(0), 3).shape // → [3, 3]
 *
 * @throws RangeError when an extent is no whole number.
 */
export const orthogonal: (
  key: Key,
  n: number,
  shape?: Size | Shape,
  options?: OrthogonalOptions,
) => Array = operation(1, (key, n, shape = [], { m = n } = {}) => {
  shapeArgument("random.orthogonal", [n, m])
  const to = shapeArgument("random.orthogonal", shape)
  const [q, r] = qr(normal(key, [...to, Math.max(n, m), Math.min(n, m)]))
  const signs = movement.expandDims(elementwise.sign(diagonal(r, 0, -2, -1)), -2)
  const x = elementwise.multiply(q, signs)
  return n < m ? movement.matrixTranspose(x) : x
})

export interface MultivariateNormalOptions {
  /** How the root of the covariance is found; by "cholesky" unless given. */
  readonly method?: "cholesky" | "eigh" | "svd"
}

/**
 * Normal vectors with a mean (…, n) and a covariance (…, n, n): (…shape, n), float32; shape is that
 * of the parameters' leading axes unless given. Work O(n³) and O(n²) for each vector, span
 * O(n log n).
 *
 * @example
 * random.multivariateNormal(random.key(0), np.zeros(2), np.eye(2), [5]).shape // → [5, 2]
 *
 * @throws RangeError when mean and covariance do not fit.
 */
export const multivariateNormal: (
  key: Key,
  mean: ArrayLike,
  cov: ArrayLike,
  shape?: Size | Shape | null,
  options?: MultivariateNormalOptions,
) => Array = operation(3, (key, mean, cov, shape, { method = "cholesky" } = {}) => {
  const [centre, covariance] = [castTo(mean, float32), castTo(cov, float32)]
  const n = centre.shape.at(-1)
  const fits =
    n !== undefined && covariance.ndim >= 2 && covariance.shape.slice(-2).every((m) => m === n)
  if (!fits) {
    throw new RangeError(
      `random.multivariateNormal: mean of shape ${printShape(centre.shape)} and cov of shape ` +
        `${printShape(covariance.shape)} do not fit: they must be (…, n) and (…, n, n)`,
    )
  }
  const leads = [centre.shape.slice(0, -1), covariance.shape.slice(0, -2)]
  const own = commonShape("random.multivariateNormal", leads)
  const to =
    shape === undefined || shape === null ? own : shapeArgument("multivariateNormal", shape)
  const draws = movement.expandDims(normal(key, [...to, n]), -1)
  const factor = rootOf(covariance, method)
  return elementwise.add(centre, movement.squeeze(linear.matmul(factor, draws), -1))
})

/** F with F Fᵀ the covariance. */
function rootOf(covariance: Array, method: "cholesky" | "eigh" | "svd"): Array {
  if (method === "cholesky") return cholesky(covariance)
  const [vectors, values] =
    method === "eigh" ? [...eigh(covariance)].reverse() : svd(covariance).slice(0, 2)
  return elementwise.multiply(vectors, movement.expandDims(elementwise.sqrt(values), -2))
}
