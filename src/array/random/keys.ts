/**
 * Random numbers from keys: the same key gives the same numbers, on every device and with any
 * number of threads. Bits equal JAX's (Threefry-2x32 over 64-bit counters, Salmon et al. 2011).
 * A key is uint32[2]. Each 32-bit word is work 1 and span 1; what makes a distribution of it comes
 * on top.
 */

import {
  type DType,
  dtypes,
  elementsOf,
  isFloat,
  isStorage,
  type Shape,
  type Size,
} from "../../size/index.ts"
import { Array } from "../array.ts"
import { isNamed } from "../named.ts"
import { concreteExtent, sliceAxis } from "../operations/axes.ts"
import * as elementwise from "../operations/elementwise.ts"
import { finfo } from "../operations/float-limits.ts"
import * as indexing from "../operations/indexing.ts"
import * as movement from "../operations/movement.ts"
import * as ordering from "../operations/ordering.ts"
import type { PassedOn } from "../operations/pointwise.ts"
import * as reductions from "../operations/reductions.ts"
import { searchsorted } from "../operations/search.ts"
import { axisOf, shapeArgument } from "../operations/shapes.ts"
import type { IntegerLike, Key, MaybeFloat } from "../static/dtype.ts"
import type { Extended, ShapeFrom } from "../static/shape.ts"
import { type ArrayLike, asFloat, castTo, fill, spread } from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"
import { bind, bindAll } from "../tracing/trace.ts"
import { sampleShape } from "./sample-shape.ts"
import { requireFloat, settled, unitFloats } from "./units.ts"

const uint32 = { dtype: "uint32", weak: false } as const
const int32 = { dtype: "int32", weak: false } as const
const float32 = { dtype: "float32", weak: false } as const

/**
 * The key of a seed: its lowest 32 bits. Work 2, span 1.
 * @example random.key(42) // → [0, 42]
 * @throws RangeError when it is no whole number.
 */
export function key(seed: IntegerLike | boolean): Key {
  if (typeof seed !== "number") return seedKey(seed)
  if (!Number.isSafeInteger(seed)) {
    throw new RangeError(`random.key: the seed is ${seed}, which must be a whole number`)
  }
  return seedKey(Number(BigInt.asUintN(32, BigInt(seed))))
}

const seedKey: (seed: ArrayLike) => Key = operation(1, (seed) => {
  const low = wordOf("key", seed)
  if (low.ndim !== 0) {
    throw new RangeError(`random.key takes one seed, not an array of rank ${low.ndim}: use vmap`)
  }
  return movement.stack([fill(0, [], uint32), low])
})

/** An integer's lowest 32 bits. */
function wordOf(name: string, value: ArrayLike): Array {
  if (!(value instanceof Array)) return fill(Number(value), [], uint32)
  if (value.dtype === "int32") return bind("bitcast", [value], { dtype: "uint32" })
  if (isFloat(value.dtype) || value.dtype === "bool") {
    throw new TypeError(`random.${name} needs an integer, not ${value.dtype}`)
  }
  return castTo(value, uint32)
}

/**
 * The two words of a key.
 * @throws TypeError when it is none.
 */
function wordsOf(name: string, key: Key): readonly [Array, Array] {
  if (!(key instanceof Array) || key.dtype !== "uint32" || key.ndim !== 1 || key.shape[0] !== 2) {
    throw new TypeError(`random.${name} needs a key: make one with random.key(seed)`)
  }
  const word = (i: number) => movement.reshape(sliceAxis(key, 0, i, i + 1), [])
  return [word(0), word(1)]
}

/** One word of the Threefry block of each counter 0, 1, … in a shape. */
function block(
  words: readonly [Array, Array],
  shape: Shape,
  word: "first" | "second" | "xor",
): Array {
  const flat = [elementsOf(shape)]
  const low = bind("iota", [], { shape: flat, dtype: "uint32", axis: 0 })
  const operands = [...words.map((half) => spread(half, flat, uint32)), fill(0, flat, uint32), low]
  return movement.reshape(bind("threefry", operands, { word }), shape)
}

/**
 * New keys from one, which must not be used again: uint32[num, 2], or a shape of keys. Work 4n,
 * span 2.
 * @example random.split(random.key(0)) // → [[1797259609, 2579123966], [928981903, 3453687069]]
 */
export const split: PassedOn &
  (<const N extends number | readonly number[] = 2>(
    key: Key,
    num?: N,
  ) => Array<"uint32", Extended<ShapeFrom<N>, 2>>) = operation(1, (key, num = 2) => {
  const words = wordsOf("split", key)
  const shape = shapeArgument("random.split", num)
  return movement.stack([block(words, shape, "first"), block(words, shape, "second")], -1)
})

/**
 * A key for a number: the same for the same key and number. Work 4, span 2.
 * @example random.foldIn(random.key(0), 7) // → [2716826189, 292468403]
 */
export const foldIn: (key: Key, data: IntegerLike | boolean) => Key = operation(2, (key, data) => {
  const [first, second] = wordsOf("foldIn", key)
  const operands = [first, second, fill(0, [], uint32), wordOf("foldIn", data)]
  const word = (word: "first" | "second") => bind("threefry", operands, { word })
  return movement.stack([word("first"), word("second")])
})

/**
 * The words of a key as an array: uint32[2]. Work 0.
 *
 * @example
 * random.keyData(random.key(7)) // → [0, 7]
 */
export function keyData(key: Key): Key {
  wordsOf("keyData", key)
  return key
}

/**
 * A key of two words, as {@link keyData} gives them. Work 0.
 *
 * @example
 * random.wrapKeyData(np.array([0, 7], { dtype: "uint32" })) // → [0, 7]
 *
 * @throws TypeError when they are not uint32[2].
 */
export function wrapKeyData(words: Key): Key {
  wordsOf("wrapKeyData", words)
  return words
}

/**
 * The same key, to be used once more on purpose. Work 0.
 *
 * @example
 * random.clone(random.key(7)) // → [0, 7]
 */
export function clone(key: Key): Key {
  wordsOf("clone", key)
  return key
}

/**
 * Random words: uint32, or the lower bits of them in a narrower unsigned dtype. Work n, span 1.
 * @example random.bits(random.key(0), [2]) // → [4070199207, 4202968722]
 */
export const bits: (key: Key, shape?: Size | Shape, dtype?: DType) => Array = operation(
  1,
  (key, shape = [], dtype = "uint32") => {
    if (dtypes[dtype].kind !== "unsigned") {
      throw new TypeError(`random.bits: dtype must be an unsigned integer, not ${dtype}`)
    }
    const words = block(wordsOf("bits", key), shapeArgument("random.bits", shape), "xor")
    return castTo(words, settled(dtype))
  },
)

/** A function that draws floats of a shape, scalars unless one is given. */
export type Floats<O> = PassedOn &
  (<const S extends Size | Shape = [], D extends DType = "float32">(
    key: Key,
    shape?: S,
    options?: O & { readonly dtype?: MaybeFloat<D> },
  ) => Array<NoInfer<D>, ShapeFrom<S>>)

export interface FloatOptions {
  /** float32 unless given. */
  readonly dtype?: DType
}

export interface UniformOptions extends FloatOptions {
  readonly minval?: ArrayLike
  readonly maxval?: ArrayLike
}

/**
 * Floats from minval (0) up to but not including maxval (1), all equally likely. Work 5n, span 5.
 * @example random.uniform(random.key(0), [3]) // → [0.947667, 0.97858, 0.332291]
 */
export const uniform: Floats<UniformOptions> = operation(1, (key, shape = [], options = {}) => {
  const { minval = 0, maxval = 1, dtype = "float32" } = options
  requireFloat("uniform", dtype)
  const to = shapeArgument("random.uniform", shape)
  const words = wordsOf("uniform", key)
  const unit = unitFloats(dtype, to, (word) => block(words, to, word))
  if (minval === 0 && maxval === 1) return unit
  const [low, high] = [castTo(minval, settled(dtype)), castTo(maxval, settled(dtype))]
  const span = elementwise.subtract(high, low)
  const scaled = elementwise.add(elementwise.multiply(unit, span), low)
  return elementwise.maximum(low, scaled)
})

/**
 * Standard normal floats: √2 erf⁻¹ of uniform ones. Work 10n, span 10.
 * @example random.normal(random.key(0), [3]) // → [1.62264, 2.02526, -0.433594]
 */
export const normal: Floats<FloatOptions> = operation(
  1,
  (key, shape = [], { dtype = "float32" } = {}) => {
    requireFloat("normal", dtype)
    // From the number next to −1 on.
    const minval = finfo(dtype).eps / 2 - 1
    const unit = uniform(key, shape, { minval, maxval: 1, dtype })
    return elementwise.multiply(elementwise.erfInv(unit), Math.SQRT2)
  },
)

/**
 * True with probability p (one half unless given), bool. Work 6n, span 6.
 * @example random.bernoulli(random.key(0), 0.5, [4]) // → [false, false, true, true]
 */
export const bernoulli: (key: Key, p?: ArrayLike, shape?: Size | Shape | null) => Array = operation(
  2,
  (key, p = 0.5, shape) =>
    elementwise.less(uniform(key, sampleShape("bernoulli", shape, p)), castTo(p, float32)),
)

/**
 * Whole numbers from minval up to but not including maxval, int32 unless a dtype is given. Work
 * about 8n, span 8.
 * @example random.randint(random.key(0), [4], 0, 10) // → [9, 0, 2, 3]
 */
export const randint: (
  key: Key,
  shape: Size | Shape,
  minval: ArrayLike,
  maxval: ArrayLike,
  options?: { readonly dtype?: DType },
) => Array = (key, shape, minval, maxval, { dtype = "int32" } = {}) =>
  integers(key, minval, maxval, shape, dtype)

const integers: (
  key: Key,
  minval: ArrayLike,
  maxval: ArrayLike,
  shape: Size | Shape,
  dtype: DType,
) => Array = operation(3, (key, minval, maxval, shape, dtype) => {
  const to = shapeArgument("random.randint", shape)
  if (isFloat(dtype) || dtype === "bool") {
    throw new TypeError(`random.randint: dtype must be an integer, not ${dtype}`)
  }
  if (!isStorage(dtype))
    return words(key, castTo(minval, settled(dtype)), castTo(maxval, settled(dtype)), to)
  // Narrow integers are drawn as int32s from what there is of the range.
  const { lowest, highest } = dtypes[dtype]
  const low = elementwise.clip(castTo(minval, int32), lowest, highest)
  const high = elementwise.clip(castTo(maxval, int32), lowest, highest + 1)
  return castTo(words(key, low, high, to), settled(dtype))
})

/** Integers of 32 bits from low up to high. */
function words(key: Key, low: Array, high: Array, to: Shape): Array {
  const unsigned = (x: Array) => bind("bitcast", [x], { dtype: "uint32" })
  const difference = unsigned(elementwise.subtract(high, low))
  const span = spread(
    elementwise.where(elementwise.lessEqual(high, low), fill(1, [], uint32), difference),
    to,
    uint32,
  )
  const modulo = (x: Array) => bind("remainder", [x, span], {})
  // 64 random bits modulo the span, in 32-bit arithmetic: 2³² mod span weighs the higher word.
  const half = modulo(fill(2 ** 16, to, uint32))
  const weight = modulo(elementwise.multiply(half, half))
  const [first, second] = keysOf(key)
  const higher = elementwise.multiply(modulo(bits(first, to)), weight)
  const offset = modulo(elementwise.add(higher, modulo(bits(second, to))))
  return elementwise.add(low, bind("bitcast", [offset], { dtype: low.dtype }))
}

/** Two keys from one, inside a trace. */
function keysOf(key: Key): readonly [Array, Array] {
  const pair = split(key)
  return [indexing.slice(pair, 0), indexing.slice(pair, 1)]
}

export interface PermutationOptions {
  /** Whether each vector along the axis is shuffled on its own. */
  readonly independent?: boolean
}

/**
 * The numbers 0 to n − 1, or an array along an axis, in random order. Work O(n log² n), span
 * O(log² n).
 * @example random.permutation(random.key(0), 5) // → [0, 1, 4, 3, 2]
 */
export const permutation: (
  key: Key,
  x: number | Array,
  axis?: number,
  options?: PermutationOptions,
) => Array = operation(1, (key, x, axis = 0, options = {}) => {
  if (typeof x === "number") {
    const [length] = shapeArgument("random.permutation", x)
    return shuffled(key, counting(length), 0)
  }
  const at = axisOf("random.permutation", axis, x.ndim)
  if (options.independent || x.ndim === 1) return shuffled(key, x, at)
  return indexing.take(x, shuffled(key, counting(x.shape[at]), 0), at)
})

function counting(length: Size): Array {
  return bind("iota", [], { shape: [length], dtype: "int32", axis: 0 })
}

/** Sorted by random words, often enough that equal words do no harm. */
function shuffled(key: Key, x: Array, axis: number): Array {
  const elements = Number(elementsOf(x.shape))
  const rounds = Math.ceil((3 * Math.log(Math.max(1, elements))) / Math.log(2 ** 32 - 1))
  let [current, result] = [key, x]
  for (let round = 0; round < rounds; round++) {
    const [next, own] = keysOf(current)
    current = next
    result = bindAll("sort", [bits(own, x.shape), result], { axis, keys: 1 })[1]
  }
  return result
}

export interface ChoiceOptions {
  readonly shape?: Size | Shape
  /** Whether an element may be drawn again; true unless given. */
  readonly replace?: boolean
  /** Probabilities, one for each element; equal ones unless given. */
  readonly p?: ArrayLike
  readonly axis?: number
}

/**
 * Elements of an array (or of 0 to n − 1) drawn at random along an axis. Work O(n), span O(1);
 * without replacement that of {@link permutation}.
 * @example random.choice(random.key(0), 10, [3], { replace: false }) // → [0, 1, 8]
 * @throws RangeError when more are to be drawn without replacement than there are.
 */
export const choice: (
  key: Key,
  a: number | Array,
  shape?: Size | Shape | ChoiceOptions,
  options?: ChoiceOptions,
) => Array = operation(1, (key, a, drawn, options = {}) => {
  if (isNamed(drawn)) return choice(key, a, drawn.shape, drawn)
  const { replace = true, p } = options
  const shape = shapeArgument("random.choice", drawn ?? [])
  const population = typeof a === "number" ? counting(shapeArgument("random.choice", a)[0]) : a
  const axis = axisOf("random.choice", options.axis ?? 0, population.ndim)
  const inputs = concreteExtent("random.choice", population, axis)
  const draws = Number(elementsOf(shape))
  if (!replace && draws > inputs) {
    throw new RangeError(`random.choice: ${draws} of ${inputs} without replacement`)
  }
  const result = (elements: Array) =>
    movement.reshape(elements, [
      ...population.shape.slice(0, axis),
      ...shape,
      ...population.shape.slice(axis + 1),
    ])
  if (p === undefined && !replace) {
    const mixed = permutation(key, population, axis)
    return result(sliceAxis(mixed, axis, 0, draws))
  }
  const indices = () => {
    if (p === undefined) return randint(key, shape, 0, inputs)
    const weights = asFloat("random.choice", p)
    if (!replace) {
      const scores = elementwise.add(gumbel(key, [inputs]), elementwise.log(weights))
      return ordering.topK(scores, draws)[1]
    }
    const sums = reductions.cumsum(weights)
    const total = indexing.slice(sums, -1)
    const unit = elementwise.subtract(1, uniform(key, shape))
    return searchsorted(sums, elementwise.multiply(total, unit))
  }
  return result(indexing.take(population, movement.ravel(indices()), axis))
})

/**
 * Standard Gumbel floats, −ln(−ln u). Work 11n, span 11.
 * @example random.gumbel(random.key(0), [2]) // → [2.92337, 3.83262]
 */
export const gumbel: Floats<FloatOptions> = operation(
  1,
  (key, shape = [], { dtype = "float32" } = {}) => {
    requireFloat("gumbel", dtype)
    const unit = uniform(key, shape, { minval: finfo(dtype).tiny, maxval: 1, dtype })
    return elementwise.negative(elementwise.log(elementwise.negative(elementwise.log(unit))))
  },
)

export interface CategoricalOptions {
  readonly axis?: number
  /** Whether a class may be drawn again along the first axes of the shape; true unless given. */
  readonly replace?: boolean
  readonly shape?: Size | Shape
}

/**
 * Class numbers (int32) drawn with probability softmax(logits) along an axis, the last unless
 * given: the greatest of logits plus Gumbel noise. Work about 12mn, span ⌈log₂ n⌉ + 11.
 * @example random.categorical(random.key(0), np.array([-Infinity, 0, -Infinity])) // → 1
 */
export const categorical: (
  key: Key,
  logits: ArrayLike,
  axis?: number | CategoricalOptions,
  options?: CategoricalOptions,
) => Array = operation(2, (key, logits, along = -1, options = {}) => {
  if (isNamed(along)) return categorical(key, logits, along.axis, along)
  const scores = asFloat("random.categorical", logits)
  const axis = axisOf("random.categorical", along, scores.ndim)
  const batch = scores.shape.filter((_, i) => i !== axis)
  const shape = options.shape === undefined ? batch : shapeArgument("categorical", options.shape)
  const lead = shape.length - batch.length
  if (options.replace === false) return without(key, scores, axis, shape.slice(0, lead), batch)
  const wide = shape.slice(lead).toSpliced(axis, 0, scores.shape[axis])
  const noise = gumbel(key, [...shape.slice(0, lead), ...wide])
  return reductions.argmax(elementwise.add(noise, scores), lead + axis)
})

/** Class numbers drawn without replacement: the greatest of logits plus Gumbel noise. */
function without(key: Key, scores: Array, axis: number, lead: Shape, batch: Shape): Array {
  const draws = Number(elementsOf(lead))
  const classes = concreteExtent("random.categorical", scores, axis)
  if (draws > classes) {
    throw new RangeError(`random.categorical: ${draws} of ${classes} classes without replacement`)
  }
  const noisy = elementwise.add(scores, gumbel(key, scores.shape))
  const [, indices] = ordering.topK(movement.moveaxis(noisy, axis, -1), draws)
  return movement.reshape(movement.moveaxis(indices, -1, 0), [...lead, ...batch])
}

/**
 * Floats with density e^−x. Work 8n, span 8.
 * @example random.exponential(random.key(0), [2]) // → [2.95013, 3.84342]
 */
export const exponential: Floats<FloatOptions> = operation(
  1,
  (key, shape = [], { dtype = "float32" } = {}) =>
    elementwise.negative(elementwise.log1p(elementwise.negative(uniform(key, shape, { dtype })))),
)

/**
 * Floats with density e^−|x| / 2. Work 13n, span 12.
 * @example random.laplace(random.key(0), [2]) // → [-2.25698, -3.15028]
 */
export const laplace: Floats<FloatOptions> = operation(
  1,
  (key, shape = [], { dtype = "float32" } = {}) => {
    requireFloat("laplace", dtype)
    const unit = uniform(key, shape, { minval: finfo(dtype).eps / 2 - 1, maxval: 1, dtype })
    const tail = elementwise.log1p(elementwise.negative(elementwise.absolute(unit)))
    return elementwise.multiply(elementwise.sign(unit), tail)
  },
)

/**
 * Floats with density 1 / (π(1 + x²)). Work 11n, span 11.
 * @example random.cauchy(random.key(0), [2]) // → [6.02749, 14.8379]
 */
export const cauchy: Floats<FloatOptions> = operation(
  1,
  (key, shape = [], { dtype = "float32" } = {}) => {
    requireFloat("cauchy", dtype)
    const unit = uniform(key, shape, { minval: finfo(dtype).eps, maxval: 1, dtype })
    return elementwise.tan(elementwise.multiply(elementwise.subtract(unit, 0.5), Math.PI))
  },
)

/**
 * −1 or 1, int32, both equally likely. Work 7n, span 7.
 * @example random.rademacher(random.key(0), [4]) // → [-1, -1, 1, 1]
 */
export const rademacher: (key: Key, shape?: Size | Shape) => Array = operation(
  1,
  (key, shape = []) => {
    const heads = bernoulli(key, 0.5, shape)
    return elementwise.where(heads, fill(1, [], int32), fill(-1, [], int32))
  },
)
