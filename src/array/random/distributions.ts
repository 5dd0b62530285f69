/**
 * Distributions made of uniform, exponential or normal numbers in a fixed number of steps. Samples
 * equal JAX's for the same key but for rounding in the last bits. All are float32, unless said
 * otherwise; without a shape there is one sample for each element of the parameters.
 */

import type { Shape, Size } from "../../size/index.ts"
import type { Array } from "../array.ts"
import * as elementwise from "../operations/elementwise.ts"
import * as indexing from "../operations/indexing.ts"
import * as reductions from "../operations/reductions.ts"
import { shapeArgument } from "../operations/shapes.ts"
import type { Key } from "../static/dtype.ts"
import { type ArrayLike, castTo, spread } from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"
import { bind } from "../tracing/trace.ts"
import { exponential, normal, rademacher, split, uniform } from "./keys.ts"
import { sampleShape } from "./sample-shape.ts"

const float32 = { dtype: "float32", weak: false } as const
const { add, divide, exp, log, log1p, multiply, negative, power, sqrt, subtract, where } =
  elementwise

type Shapes = Size | Shape | null

/**
 * Standard normal numbers between bounds, float32. Work about 12n, span 12.
 * @example random.truncatedNormal(random.key(0), -1, 1, [2]) // → [0.861859, 0.941288]
 */
export const truncatedNormal: (
  key: Key,
  lower: ArrayLike,
  upper: ArrayLike,
  shape?: Size | Shape | null,
) => Array = operation(3, (key, lower, upper, shape) => {
  const to = sampleShape("truncatedNormal", shape, lower, upper)
  const [low, high] = [lower, upper].map((x) => castTo(x, float32))
  const [from, until] = [low, high].map((x) => elementwise.erf(elementwise.divide(x, Math.SQRT2)))
  const unit = uniform(key, to, { minval: from, maxval: until })
  const found = elementwise.multiply(elementwise.erfInv(unit), Math.SQRT2)
  // Rounding must not reach the bounds.
  return elementwise.clip(found, nextAfter(low, 1), nextAfter(high, -1))
})

/** The float32 next to x, up or down. */
function nextAfter(x: Array, direction: 1 | -1): Array {
  const pattern = bind("bitcast", [elementwise.stopGradient(x)], { dtype: "int32" })
  const away = elementwise.equal(elementwise.signbit(x), direction < 0)
  const next = elementwise.where(
    away,
    elementwise.add(pattern, 1),
    elementwise.subtract(pattern, 1),
  )
  const moved = bind("bitcast", [next], { dtype: "float32" })
  const least = direction * 2 ** -149
  const stepped = elementwise.where(elementwise.equal(x, 0), least, moved)
  return elementwise.where(elementwise.isfinite(x), stepped, x)
}

/**
 * Numbers with density e^−x / (1 + e^−x)². Work 11n, span 10.
 * @example random.logistic(random.key(0), [2]) // → [2.89638, 3.82177]
 */
export const logistic: (key: Key, shape?: Size | Shape) => Array = operation(
  1,
  (key, shape = []) => {
    const unit = uniform(key, shape, { minval: 2 ** -126, maxval: 1 })
    return subtract(log(unit), log1p(negative(unit)))
  },
)

/**
 * Numbers from 1 up with density b / x^(b + 1). Work 10n, span 10.
 * @example random.pareto(random.key(0), 3, [2]) // → [2.67347, 3.60075]
 */
export const pareto: (key: Key, b: ArrayLike, shape?: Shapes) => Array = operation(
  2,
  (key, b, shape) => {
    const to = sampleShape("pareto", shape, b)
    return exp(divide(exponential(key, to), castTo(b, float32)))
  },
)

/**
 * Numbers above 0 with distribution function 1 − e^−(x/scale)^concentration. Work 10n, span 10.
 * @example random.weibullMin(random.key(0), 1, 2, [2]) // → [1.71759, 1.96047]
 */
export const weibullMin: (
  key: Key,
  scale: ArrayLike,
  concentration: ArrayLike,
  shape?: Shapes,
) => Array = operation(3, (key, scale, concentration, shape) => {
  const to = sampleShape("weibullMin", shape, scale, concentration)
  const drawn = negative(log1p(negative(uniform(key, to))))
  const inverse = divide(1, castTo(concentration, float32))
  return multiply(power(drawn, inverse), castTo(scale, float32))
})

/**
 * Numbers above 0 with density x/s² e^(−x²/2s²) for a scale s. Work 9n, span 9.
 * @example random.rayleigh(random.key(0), 1, [2]) // → [0.327878, 0.2081]
 */
export const rayleigh: (key: Key, scale: ArrayLike, shape?: Shapes) => Array = operation(
  2,
  (key, scale, shape) => {
    const to = sampleShape("rayleigh", shape, scale)
    return multiply(castTo(scale, float32), sqrt(multiply(log(uniform(key, to)), -2)))
  },
)

/**
 * Lengths of vectors of three standard normal numbers. Work 36n, span 14.
 * @example random.maxwell(random.key(0), [2]) // → [2.6311, 0.991033]
 */
export const maxwell: (key: Key, shape?: Size | Shape) => Array = operation(
  1,
  (key, shape = []) => {
    const vectors = normal(key, [...shapeArgument("random.maxwell", shape), 3])
    return sqrt(reductions.sum(elementwise.square(vectors), -1))
  },
)

/**
 * Maxwell numbers times a scale, with either sign, about a location. Work about 47n, span 19.
 * @example random.doubleSidedMaxwell(random.key(0), 0, 1, [2]) // → [1.54572, 1.57413]
 */
export const doubleSidedMaxwell: (
  key: Key,
  loc: ArrayLike,
  scale: ArrayLike,
  shape?: Size | Shape,
) => Array = operation(3, (key, loc, scale, shape = []) => {
  const own = sampleShape("doubleSidedMaxwell", null, loc, scale)
  const given = shapeArgument("random.doubleSidedMaxwell", shape)
  const to = given.length === 0 ? [...own, ...own] : [...given, ...own]
  const [first, second] = keysOf(key)
  const signed = multiply(rademacher(second, to), maxwell(first, to))
  return add(multiply(signed, castTo(scale, float32)), castTo(loc, float32))
})

/** Two keys from one. */
function keysOf(key: Key): readonly [Array, Array] {
  const pair = split(key)
  return [indexing.slice(pair, 0), indexing.slice(pair, 1)]
}

/**
 * Numbers above 0 of the inverse Gaussian distribution with scale 1 and a mean. Work about 30n,
 * span 22.
 * @example random.wald(random.key(0), 1, [2]) // → [0.380597, 0.415665]
 */
export const wald: (key: Key, mean: ArrayLike, shape?: Shapes) => Array = operation(
  2,
  (key, mean, shape) => {
    const to = sampleShape("wald", shape, mean)
    const centre = spread(mean, to, float32)
    const [first, second] = keysOf(key)
    const y = elementwise.square(normal(first, to))
    const choice = uniform(second, to)
    const squared = elementwise.square(centre)
    const inside = add(multiply(multiply(4, centre), y), multiply(squared, elementwise.square(y)))
    const forward = add(centre, divide(multiply(squared, y), 2))
    const root = subtract(forward, multiply(divide(centre, 2), sqrt(inside)))
    const share = divide(centre, add(centre, root))
    return where(elementwise.lessEqual(choice, share), root, divide(squared, root))
  },
)

/**
 * Numbers of trials up to the first success, int32 from 1 up, each with probability p. Work 12n,
 * span 12.
 * @example random.geometric(random.key(0), 0.5, [5]) // → [1, 1, 2, 2, 1]
 */
export const geometric: (key: Key, p: ArrayLike, shape?: Shapes) => Array = operation(
  2,
  (key, p, shape) => {
    const to = sampleShape("geometric", shape, p)
    const drawn = uniform(key, to)
    const unit = where(elementwise.equal(drawn, 0), 1, drawn)
    const trials = divide(log(unit), log1p(negative(castTo(p, float32))))
    return elementwise.astype(add(elementwise.floor(trials), 1), "int32")
  },
)

/**
 * Numbers from left to right whose density rises in a straight line to the mode, and falls. Work
 * 13n, span 10.
 * @example random.triangular(random.key(0), 0, 0.5, 1, [2]) // → [0.838239, 0.896511]
 */
export const triangular: (
  key: Key,
  left: ArrayLike,
  mode: ArrayLike,
  right: ArrayLike,
  shape?: Shapes,
) => Array = operation(4, (key, left, mode, right, shape) => {
  const to = sampleShape("triangular", shape, left, mode, right)
  const [low, top, high] = [left, mode, right].map((x) => castTo(x, float32))
  const width = subtract(high, low)
  const unit = uniform(key, to)
  const rising = add(low, sqrt(multiply(multiply(unit, width), subtract(top, low))))
  const rest = multiply(multiply(subtract(1, unit), width), subtract(high, top))
  const falling = subtract(high, sqrt(rest))
  return where(elementwise.less(unit, divide(subtract(top, low), width)), rising, falling)
})

/**
 * e to the power of normal numbers with a standard deviation (1). Work 12n, span 12.
 * @example random.lognormal(random.key(0), 1, [2]) // → [5.06646, 7.57812]
 */
export const lognormal: (key: Key, sigma?: ArrayLike, shape?: Shapes) => Array = operation(
  2,
  (key, sigma = 1, shape) => {
    const to = sampleShape("lognormal", shape, sigma)
    return exp(multiply(normal(key, to), castTo(sigma, float32)))
  },
)
