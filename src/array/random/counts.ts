/**
 * Counts drawn by rejection or inversion, as often as it takes. Samples equal JAX's for the same key
 * but where rounding decides. Without a shape there is one for each element of the parameters.
 */

import type { Shape, Size } from "../../size/index.ts"
import type { Array } from "../array.ts"
import * as elementwise from "../operations/elementwise.ts"
import * as indexing from "../operations/indexing.ts"
import { scan, whileLoop } from "../operations/loops.ts"
import * as movement from "../operations/movement.ts"
import * as reductions from "../operations/reductions.ts"
import { gammaln } from "../special/gamma.ts"
import type { Key } from "../static/dtype.ts"
import { type ArrayLike, castTo, fill, shapeOf, spread } from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"
import { split, uniform } from "./keys.ts"
import { sampleShape } from "./sample-shape.ts"

const float32 = { dtype: "float32", weak: false } as const
const { absolute, add, divide, floor, greater, less, lessEqual, log, logicalAnd } = elementwise
const { greaterEqual, logicalNot, logicalOr, multiply, negative, subtract, where } = elementwise

type Shapes = Size | Shape | null

function keyAt(keys: Array, i: number): Array {
  return indexing.slice(keys, i)
}

function falses(shape: Shape): Array {
  return fill(0, shape, { dtype: "bool", weak: false })
}

/** Counts of small means: uniform numbers are multiplied until the product is below e^−mean (Knuth). */
function multiplied(key: Key, mean: Array): Array {
  const { shape } = mean
  const { count } = whileLoop(
    ({ product }: { count: Array; key: Key; product: Array }) =>
      reductions.any(greater(product, negative(mean))),
    ({ count, key, product }) => {
      const keys = split(key)
      const more = greater(product, negative(mean))
      return {
        count: where(more, add(count, 1), count),
        key: keyAt(keys, 0),
        product: add(product, log(uniform(keyAt(keys, 1), shape))),
      }
    },
    { count: fill(0, shape, float32), key, product: fill(0, shape, float32) },
  )
  return subtract(count, 1)
}

/** Draws until every element was accepted: each round with two more keys. */
function accepted(
  key: Key,
  shape: Shape,
  round: (u: Array, v: Array) => { readonly count: Array; readonly accept: Array },
): Array {
  const { count } = whileLoop(
    ({ done }: { count: Array; done: Array; key: Key }) => logicalNot(reductions.all(done)),
    ({ count, done, key }) => {
      const keys = split(key, 3)
      const u = subtract(uniform(keyAt(keys, 1), shape), 0.5)
      const drawn = round(u, uniform(keyAt(keys, 2), shape))
      return {
        count: where(drawn.accept, drawn.count, count),
        done: logicalOr(done, drawn.accept),
        key: keyAt(keys, 0),
      }
    },
    { count: fill(-1, shape, float32), done: falses(shape), key },
  )
  return count
}

/** Counts of large means by transformed rejection (Hörmann 1993). */
function rejected(key: Key, mean: Array): Array {
  const logMean = log(mean)
  const b = add(0.931, multiply(2.53, elementwise.sqrt(mean)))
  const a = add(-0.059, multiply(0.02483, b))
  const inverse = add(1.1239, divide(1.1328, subtract(b, 3.4)))
  const limit = subtract(0.9277, divide(3.6224, subtract(b, 2)))
  return accepted(key, mean.shape, (u, v) => {
    const inside = subtract(0.5, absolute(u))
    const count = floor(add(add(multiply(add(divide(multiply(2, a), inside), b), u), mean), 0.43))
    const s = log(divide(multiply(v, inverse), add(divide(a, multiply(inside, inside)), b)))
    const t = subtract(add(negative(mean), multiply(count, logMean)), gammaln(add(count, 1)))
    const quick = logicalAnd(greaterEqual(inside, 0.07), lessEqual(v, limit))
    const outside = logicalOr(less(count, 0), logicalAnd(less(inside, 0.013), greater(v, inside)))
    return { count, accept: logicalOr(quick, logicalAnd(logicalNot(outside), lessEqual(s, t))) }
  })
}

/**
 * Counts of events that occur independently, so many on average: int32, with probability λᵏ e^−λ /
 * k!. Work O(n) and span O(1) for each round of rejection.
 *
 * @example
 * random.poisson(random.key(0), 4, [3]).dtype // → "int32"
 */
export const poisson: (key: Key, lam: ArrayLike, shape?: Shapes) => Array = operation(
  2,
  (key, lam, shape) => {
    const to = sampleShape("poisson", shape, lam)
    const mean = spread(lam, to, float32)
    const small = logicalOr(elementwise.isnan(mean), less(mean, 10))
    const counts = where(
      small,
      multiplied(key, where(small, mean, 0)),
      rejected(key, where(small, 1e5, mean)),
    )
    return elementwise.astype(where(elementwise.equal(mean, 0), 0, counts), "int32")
  },
)

/** Counts by adding geometric numbers until they exceed the trials. */
function inverted(key: Key, trials: Array, p: Array): Array {
  const { shape } = p
  const miss = elementwise.log1p(negative(p))
  const { count } = whileLoop(
    ({ total }: { count: Array; total: Array; key: Key }) =>
      reductions.any(lessEqual(total, trials)),
    ({ count, total, key }) => {
      const keys = split(key)
      const drawn = elementwise.ceil(divide(log(uniform(keyAt(keys, 0), shape)), miss))
      return {
        count: where(lessEqual(total, trials), add(count, 1), count),
        total: add(total, drawn),
        key: keyAt(keys, 1),
      }
    },
    { count: fill(0, shape, float32), total: fill(0, shape, float32), key },
  )
  return subtract(count, 1)
}

const tails = [
  0.0810614667953272, 0.0413406959554092, 0.0276779256849983, 0.02079067210376509,
  0.0166446911898211, 0.0138761288230707, 0.0118967099458917, 0.010411265261972,
  0.00925546218271273, 0.00833056343336287,
]

/** What Stirling's formula leaves out of ln k!. */
function stirlingTail(k: Array): Array {
  const next = elementwise.square(add(k, 1))
  const series = divide(
    subtract(1 / 12, divide(subtract(1 / 360, divide(1 / 1260, next)), next)),
    add(k, 1),
  )
  const whole = floor(elementwise.clip(k, 0, 9))
  const small = tails.reduceRight<Array>(
    (rest, tail, i) => where(elementwise.equal(whole, i), tail, rest),
    fill(0, k.shape, float32),
  )
  return where(lessEqual(k, 9), small, series)
}

/** Counts by transformed rejection with squeeze (Hörmann 1993, BTRS). */
function squeezed(key: Key, trials: Array, p: Array): Array {
  const miss = subtract(1, p)
  const deviation = elementwise.sqrt(multiply(multiply(trials, p), miss))
  const b = add(1.15, multiply(2.53, deviation))
  const a = add(add(-0.0873, multiply(0.0248, b)), multiply(0.01, p))
  const c = add(multiply(trials, p), 0.5)
  const limit = subtract(0.92, divide(4.2, b))
  const ratio = divide(p, miss)
  const alpha = multiply(add(2.83, divide(5.1, b)), deviation)
  const mode = floor(multiply(add(trials, 1), p))
  const restOf = (k: Array): Array => add(subtract(trials, k), 1)
  return accepted(key, p.shape, (u, v) => {
    const inside = subtract(0.5, absolute(u))
    const quick = logicalAnd(greaterEqual(inside, 0.07), lessEqual(v, limit))
    const count = floor(add(multiply(add(divide(multiply(2, a), inside), b), u), c))
    const outside = logicalOr(less(count, 0), greater(count, trials))
    const s = log(divide(multiply(v, alpha), add(divide(a, multiply(inside, inside)), b)))
    const parts = [
      multiply(add(mode, 0.5), log(divide(add(mode, 1), multiply(ratio, restOf(mode))))),
      multiply(add(trials, 1), log(divide(restOf(mode), restOf(count)))),
      multiply(add(count, 0.5), log(divide(multiply(ratio, restOf(count)), add(count, 1)))),
      stirlingTail(mode),
      stirlingTail(subtract(trials, mode)),
      negative(stirlingTail(count)),
      negative(stirlingTail(subtract(trials, count))),
    ]
    const bound = parts.reduce((sum, part) => add(sum, part))
    return { count, accept: logicalOr(quick, logicalAnd(logicalNot(outside), lessEqual(s, bound))) }
  })
}

/**
 * How many of n trials succeed, each with probability p: float32, as in JAX. NaN for p outside of
 * [0, 1] or n below 0. Work O(n) and span O(1) for each round of rejection.
 *
 * @example
 * random.binomial(random.key(0), 10, 0.5, [3]).shape // → [3]
 */
export const binomial: (key: Key, n: ArrayLike, p: ArrayLike, shape?: Shapes) => Array = operation(
  3,
  (key, n, p, shape) => {
    const to = sampleShape("binomial", shape, n, p)
    const [given, chance] = [spread(n, to, float32), spread(p, to, float32)]
    const low = less(chance, 0.5)
    const q = where(low, chance, subtract(1, chance))
    const badCount = logicalOr(elementwise.isnan(given), less(given, 0))
    const unknown = elementwise.isnan(q)
    const negativeChance = less(q, 0)
    const safe = where(logicalOr(unknown, negativeChance), 0.01, q)
    const small = logicalOr(badCount, lessEqual(multiply(given, safe), 10))
    const trials = floor(given)
    const counts = where(
      small,
      inverted(key, where(small, trials, 0), safe),
      squeezed(key, where(small, 1e4, trials), where(small, 0.5, safe)),
    )
    const invalid = logicalOr(logicalOr(negativeChance, unknown), badCount)
    const endless = elementwise.isinf(given)
    const valid = where(invalid, NaN, counts)
    const found = where(logicalAnd(endless, logicalNot(invalid)), Infinity, valid)
    const direct = logicalOr(logicalOr(low, badCount), logicalOr(unknown, endless))
    return where(direct, found, subtract(trials, found))
  },
)

/**
 * How many of n trials have each of k outcomes: p is (…, k), n is broadcast to the axes before, and
 * the result (shape, p's unless given) is float32. Work O(n) and span O(1) for each round of
 * rejection.
 *
 * @example
 * random.multinomial(random.key(0), 5, np.array([0.5, 0.5])).sum() // → 5
 */
export const multinomial: (key: Key, n: ArrayLike, p: ArrayLike, shape?: Shape | null) => Array =
  operation(3, (key, n, p, shape) => {
    const to = shape ?? shapeOf("random.multinomial", p)
    const chances = movement.moveaxis(spread(p, to, float32), -1, 0)
    const trials = spread(n, to.slice(0, -1), float32)
    const remaining = reductions.cumsum(chances, 0, { reverse: true })
    const ratios = divide(chances, where(elementwise.equal(remaining, 0), 1, remaining))
    const keys = split(key, Number(chances.shape[0]))
    const [, counts] = scan(
      (left: Array, [ratio, own]: [Array, Array]): [Array, Array] => {
        const count = binomial(own, left, elementwise.clip(ratio, 0, 1))
        return [subtract(left, count), count]
      },
      trials,
      [ratios, keys] as [Array, Array],
    )
    return movement.moveaxis(castTo(counts, float32), 0, -1)
  })
