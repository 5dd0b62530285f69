/**
 * Distributions made of gamma numbers, which are drawn by rejection (Marsaglia and Tsang 2000), as
 * often as it takes, each with a key of its own. Samples equal JAX's for the same key but for
 * rounding in the last bits. All are float32; without a shape there is one sample for each element
 * of the parameters. Work is O(n) for n samples, span O(log n) on average.
 */

import { elementsOf, type Shape, type Size } from "../../size/index.ts"
import type { Array } from "../array.ts"
import { custom } from "../linalg/custom.ts"
import { softmax } from "../nn/activations.ts"
import * as elementwise from "../operations/elementwise.ts"
import * as indexing from "../operations/indexing.ts"
import { whileLoop } from "../operations/loops.ts"
import * as movement from "../operations/movement.ts"
import * as reductions from "../operations/reductions.ts"
import { shapeArgument } from "../operations/shapes.ts"
import { gammaln } from "../special/gamma.ts"
import { gammainc } from "../special/incomplete.ts"
import type { Key } from "../static/dtype.ts"
import { type ArrayLike, castTo, fill, shapeOf, spread } from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"
import { jvp } from "../transforms/products.ts"
import { vmap } from "../transforms/vmap.ts"
import { exponential, normal, rademacher, split, uniform } from "./keys.ts"
import { sampleShape } from "./sample-shape.ts"

const float32 = { dtype: "float32", weak: false } as const
const { absolute, add, divide, exp, greaterEqual, log, logicalAnd } = elementwise
const { multiply, negative, power, sqrt, subtract, where } = elementwise

type Shapes = Size | Shape | null

function keyAt(keys: Array, i: number): Array {
  return indexing.slice(keys, i)
}

function scalar(value: number): Array {
  return fill(value, [], float32)
}

interface Draw {
  readonly key: Key
  /** The square of a normal number. */
  readonly square: Array
  /** The cube of one plus a share of it. */
  readonly cube: Array
  readonly unit: Array
}

/** One gamma number, or its logarithm, for one shape parameter. */
function drawn(key: Key, alpha: Array, logarithm: boolean): Array {
  // Below 1 a number for alpha + 1 is drawn, and multiplied by a uniform one to the power 1/alpha.
  const large = greaterEqual(alpha, 1)
  const d = subtract(where(large, alpha, add(alpha, 1)), 1 / 3)
  const c = divide(1 / 3, sqrt(d))
  const keys = split(key)
  const { cube } = whileLoop(
    ({ square, cube, unit }: Draw) =>
      logicalAnd(
        greaterEqual(unit, subtract(1, multiply(0.0331, multiply(square, square)))),
        greaterEqual(
          log(unit),
          add(multiply(square, 0.5), multiply(d, add(subtract(1, cube), log(cube)))),
        ),
      ),
    ({ key }) => {
      const next = split(key, 3)
      const { x, v } = whileLoop(
        ({ v }: { key: Key; x: Array; v: Array }) => elementwise.lessEqual(v, 0),
        ({ key }) => {
          const own = split(key)
          const x = normal(keyAt(own, 1))
          return { key: keyAt(own, 0), x, v: add(1, multiply(x, c)) }
        },
        { key: keyAt(next, 1), x: scalar(0), v: scalar(-1) },
      )
      return {
        key: keyAt(next, 0),
        square: multiply(x, x),
        cube: multiply(multiply(v, v), v),
        unit: uniform(keyAt(next, 2)),
      }
    },
    { key: keyAt(keys, 0), square: scalar(0), cube: scalar(1), unit: scalar(2) },
  )
  if (!logarithm) {
    const samples = subtract(1, uniform(keyAt(keys, 1)))
    return multiply(multiply(d, cube), where(large, 1, power(samples, divide(1, alpha))))
  }
  const samples = negative(exponential(keyAt(keys, 1)))
  const none = elementwise.logicalOr(large, elementwise.equal(samples, 0))
  return add(add(log(d), log(cube)), where(none, 0, multiply(samples, divide(1, alpha))))
}

/** The least normal float32. */
const tiny = 2 ** -126

/** Gamma numbers for a vector of shape parameters, or their logarithms. */
const gammas = custom<boolean>(
  ([alphas, key], logarithm) => {
    const keys = split(key, Number(alphas.shape[0]))
    return [vmap((own: Array, alpha: Array) => drawn(own, alpha, logarithm))(keys, alphas)]
  },
  // At the same place of the distribution, F(x; a) constant: dx = −∂F/∂a da / F′(x).
  ([alphas], [result], [change], logarithm) => {
    const x = logarithm ? elementwise.maximum(exp(result), tiny) : result
    const [, rise] = jvp((a: Array) => gammainc(a, x), [alphas], [change])
    const logDensity = subtract(subtract(multiply(subtract(alphas, 1), log(x)), x), gammaln(alphas))
    const slope = negative(divide(rise, exp(logDensity)))
    return [logarithm ? divide(slope, x) : slope]
  },
)

function samples(
  name: string,
  key: Key,
  a: ArrayLike,
  shape: Shapes | undefined,
  logarithm: boolean,
) {
  const to = sampleShape(name, shape, a)
  const alphas = spread(a, to, float32)
  const count = Number(elementsOf(to))
  if (count === 0) return alphas
  const [flat] = gammas([movement.reshape(alphas, [count]), key], logarithm)
  return movement.reshape(flat, to)
}

/**
 * Numbers above 0 with density x^(a−1) e^−x / Γ(a), float32. Differentiable by a, implicitly
 * through the distribution function (Figurnov et al. 2018). Work O(n) and span O(1) for each round
 * of rejection.
 *
 * @example
 * random.gamma(random.key(0), 2, [3]).shape // → [3]
 */
export const gamma: (key: Key, a: ArrayLike, shape?: Shapes) => Array = operation(
  2,
  (key, a, shape) => samples("gamma", key, a, shape, false),
)

/**
 * Logarithms of gamma numbers, exact for small a too, where the numbers themselves would be 0. Work
 * O(n) and span O(1) for each round of rejection.
 *
 * @example
 * random.loggamma(random.key(0), 0.001, [3]).shape // → [3]
 */
export const loggamma: (key: Key, a: ArrayLike, shape?: Shapes) => Array = operation(
  2,
  (key, a, shape) => samples("loggamma", key, a, shape, true),
)

/**
 * Numbers in (0, 1) with density proportional to x^(a−1) (1−x)^(b−1), float32. Work O(n) and span
 * O(1) for each round of rejection.
 *
 * @example
 * random.beta(random.key(0), 2, 3, [4]).shape // → [4]
 */
export const beta: (key: Key, a: ArrayLike, b: ArrayLike, shape?: Shapes) => Array = operation(
  3,
  (key, a, b, shape) => {
    const to = sampleShape("beta", shape, a, b)
    const keys = split(key)
    const first = loggamma(keyAt(keys, 0), spread(a, to, float32), to)
    const second = loggamma(keyAt(keys, 1), spread(b, to, float32), to)
    const top = elementwise.maximum(first, second)
    const [p, q] = [exp(subtract(first, top)), exp(subtract(second, top))]
    return divide(p, add(p, q))
  },
)

/**
 * Vectors of positive numbers with sum 1, density proportional to Π xᵢ^(αᵢ−1): alpha is (…, k), the
 * result (…shape, k), where shape is alpha's without its last axis unless given. Float32. Work O(n)
 * and span O(1) for each round of rejection.
 *
 * @example
 * random.dirichlet(random.key(0), np.array([1, 2, 3]), [5]).shape // → [5, 3]
 *
 * @throws RangeError when alpha is a scalar.
 */
export const dirichlet: (key: Key, alpha: ArrayLike, shape?: Shapes) => Array = operation(
  2,
  (key, alpha, shape) => {
    const own = shapeOf("random.dirichlet", alpha)
    if (own.length === 0) throw new RangeError("random.dirichlet: alpha must have at least 1 axis")
    const given = shape === undefined || shape === null ? own.slice(0, -1) : shape
    const to = shapeArgument("random.dirichlet", given)
    return softmax(loggamma(key, castTo(alpha, float32), [...to, own[own.length - 1]]), -1)
  },
)

/**
 * Sums of the squares of df normal numbers, float32. Work O(n) and span O(1) for each round of
 * rejection.
 *
 * @example
 * random.chisquare(random.key(0), 3, [2]).shape // → [2]
 */
export const chisquare: (key: Key, df: ArrayLike, shape?: Shapes) => Array = operation(
  2,
  (key, df, shape) => {
    const half = divide(castTo(df, float32), 2)
    return multiply(exp(loggamma(key, half, sampleShape("chisquare", shape, df))), 2)
  },
)

/**
 * Student's t numbers: normal ones over the root of the mean of df squares of such. Float32. Work
 * O(n) and span O(1) for each round of rejection.
 *
 * @example
 * random.t(random.key(0), 4, [2]).shape // → [2]
 */
export const t: (key: Key, df: ArrayLike, shape?: Shapes) => Array = operation(
  2,
  (key, df, shape) => {
    const to = sampleShape("t", shape, df)
    const keys = split(key)
    const half = divide(castTo(df, float32), 2)
    const squares = gamma(keyAt(keys, 1), half, to)
    return multiply(normal(keyAt(keys, 0), to), sqrt(divide(half, squares)))
  },
)

/**
 * Ratios of two chi-square numbers, each over its degrees of freedom. Float32. Work O(n) and span
 * O(1) for each round of rejection.
 *
 * @example
 * random.f(random.key(0), 3, 7, [2]).shape // → [2]
 */
export const f: (key: Key, dfnum: ArrayLike, dfden: ArrayLike, shape?: Shapes) => Array = operation(
  3,
  (key, dfnum, dfden, shape) => {
    const to = sampleShape("f", shape, dfnum, dfden)
    const keys = split(key)
    const [above, below] = [castTo(dfnum, float32), castTo(dfden, float32)]
    const numerator = divide(chisquare(keyAt(keys, 1), above, to), above)
    return divide(numerator, divide(chisquare(keyAt(keys, 0), below, to), below))
  },
)

/**
 * Numbers with density proportional to e^−|x|^p, float32. Work O(n) and span O(1) for each round of
 * rejection.
 *
 * @example
 * random.generalizedNormal(random.key(0), 2, [3]).shape // → [3]
 */
export const generalizedNormal: (key: Key, p: ArrayLike, shape?: Size | Shape) => Array = operation(
  2,
  (key, p, shape = []) => {
    const to = shapeArgument("random.generalizedNormal", shape)
    const inverse = divide(1, castTo(p, float32))
    const keys = split(key)
    const sizes = power(gamma(keyAt(keys, 0), inverse, to), inverse)
    return multiply(rademacher(keyAt(keys, 1), to), sizes)
  },
)

/**
 * Points of the ball of radius 1 in d dimensions, under the norm of order p (2): (…shape, d),
 * equally likely everywhere in it. Float32. Work O(n) and span O(1) for each round of rejection.
 *
 * @example
 * random.ball(random.key(0), 3, 2, [4]).shape // → [4, 3]
 *
 * @throws RangeError when d is no whole number.
 */
export const ball: (key: Key, d: number, p?: number, shape?: Size | Shape) => Array = operation(
  1,
  (key, d, p = 2, shape = []) => {
    const [dimensions] = shapeArgument("random.ball", d)
    const to = shapeArgument("random.ball", shape)
    const keys = split(key)
    const g = generalizedNormal(keyAt(keys, 0), p, [...to, dimensions])
    const e = exponential(keyAt(keys, 1), to)
    const total = add(reductions.sum(power(absolute(g), p), -1), e)
    return divide(g, movement.expandDims(power(total, 1 / p), -1))
  },
)
