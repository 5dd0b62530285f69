/**
 * New arrays: from numbers in lists and typed arrays, filled, counted, and as matrices of a form.
 * Filling and counting are work 0: kernels make such elements where they need them.
 */

import {
  type DType,
  encodeTyped,
  isFloat,
  type Shape,
  type Size,
  type TypedArray,
} from "../size/index.ts"
import { Array, type Nested } from "./array.ts"
import { concreteExtent } from "./axes.ts"
import { constant } from "./constant.ts"
import * as elementwise from "./elementwise.ts"
import * as indexing from "./indexing.ts"
import * as movement from "./movement.ts"
import { isNamed } from "./named.ts"
import { type ArrayLike, castTo, fill, spread, toArray, toCommon, typeOf } from "./operands.ts"
import { operation } from "./operation.ts"
import { shapeArgument } from "./shapes.ts"
import { bind } from "./trace.ts"

export interface CreateOptions {
  readonly dtype?: DType
}

/** What `array` takes: numbers and arrays in nested lists, or the elements in a typed array. */
export type ArrayInit = Nested | ArrayLike | NumberArray | readonly ArrayInit[]

type NumberArray = TypedArray | Uint8ClampedArray

/**
 * An array from a number, nested lists, a typed array or another array.
 *
 * Numbers are float32 and truth values bool unless a dtype is given; typed arrays keep their
 * dtype. The numbers of a typed array are converted to a dtype that is given, but a Uint16Array
 * for bfloat16 holds the bits. The elements are copied.
 * @example np.array([[1, 2], [3, 4]]) // → [[1, 2], [3, 4]]
 * @throws RangeError when lists on one level differ in length, TypeError for anything else.
 */
export function array(init: ArrayInit, options: CreateOptions = {}): Array {
  const { dtype } = options
  if (init instanceof Array || typeof init === "number" || typeof init === "boolean") {
    return copyOf(init, options)
  }
  if (ArrayBuffer.isView(init)) return fromTyped(init, [init.length], dtype)
  if (!globalThis.Array.isArray(init)) {
    throw new TypeError("np.array takes numbers, nested lists, typed arrays or arrays")
  }
  if (holdsArrays(init)) {
    const parts = init.map((part) => array(part, options))
    return movement.stack(parts)
  }
  const shape = shapeOfLists(init)
  const flat: (number | boolean)[] = init.flat(Number.POSITIVE_INFINITY)
  const bools = flat.length > 0 && flat.every((value) => typeof value === "boolean")
  const to = dtype ?? (bools ? "bool" : "float32")
  return constant(encodeTyped(to, flat.map(element)), shape, to)
}

/**
 * Like {@link array}, but an array that has the dtype already is returned as it is.
 * @example np.asarray([1, 2]) // → [1, 2]
 */
export function asarray(init: ArrayInit, options: CreateOptions = {}): Array {
  const same = init instanceof Array && (options.dtype ?? init.dtype) === init.dtype
  return same ? init : array(init, options)
}

const copyOf: (x: ArrayLike, options: CreateOptions) => Array = operation(1, (x, { dtype }) => {
  if (dtype !== undefined) return castTo(x, { dtype, weak: false })
  return toArray("array", x)
})

function fromTyped(source: NumberArray, shape: readonly number[], dtype?: DType): Array {
  const to = dtype ?? dtypeOfTyped(source)
  const bits = to === "bfloat16" && source instanceof Uint16Array
  return constant(bits ? source.slice() : encodeTyped(to, source), shape, to)
}

const dtypesOfTyped: { readonly [name: string]: DType | undefined } = {
  Float64Array: "float64",
  Float32Array: "float32",
  Float16Array: "float16",
  Int32Array: "int32",
  Int16Array: "int16",
  Int8Array: "int8",
  Uint32Array: "uint32",
  Uint16Array: "uint16",
  Uint8Array: "uint8",
  Uint8ClampedArray: "uint8",
}

function dtypeOfTyped(source: NumberArray): DType {
  const dtype = dtypesOfTyped[source[Symbol.toStringTag]]
  if (dtype === undefined) {
    throw new TypeError(`np.array: a ${source[Symbol.toStringTag]} has no dtype here`)
  }
  return dtype
}

function element(value: number | boolean): number {
  if (typeof value !== "number" && typeof value !== "boolean") {
    throw new TypeError(`np.array: an element is ${String(value)}, not a number`)
  }
  return Number(value)
}

function holdsArrays(list: readonly unknown[]): boolean {
  return list.some((part) =>
    globalThis.Array.isArray(part)
      ? holdsArrays(part)
      : part instanceof Array || ArrayBuffer.isView(part),
  )
}

function shapeOfLists(list: readonly unknown[]): readonly number[] {
  const [first] = list
  const inner = globalThis.Array.isArray(first) ? shapeOfLists(first) : []
  for (const part of list) {
    const shape = globalThis.Array.isArray(part) ? shapeOfLists(part) : []
    if (shape.join() !== inner.join()) {
      throw new RangeError(
        `np.array: lists on one level must have one shape, not [${inner.join(", ")}] ` +
          `and [${shape.join(", ")}]`,
      )
    }
  }
  return [list.length, ...inner]
}

/**
 * Every element one value; numbers make float32 unless a dtype is given. Work 0.
 * @example np.full([2], 7) // → [7, 7]
 */
export const full: (shape: Size | Shape, value: ArrayLike, options?: CreateOptions) => Array = (
  shape,
  value,
  options = {},
) => filled(value, shapeArgument("full", shape), options.dtype)

const filled: (value: ArrayLike, shape: Shape, dtype?: DType) => Array = operation(
  1,
  (value, shape, dtype) => {
    const common = toCommon([typeOf("full", value)])
    return spread(value, shape, { dtype: dtype ?? common.dtype, weak: false })
  },
)

const filledWith: (value: number, shape: Shape, dtype: DType) => Array = operation(
  0,
  (value, shape, dtype) => fill(value, shape, { dtype, weak: false }),
)

/**
 * Zeros, float32 unless a dtype is given. Work 0.
 * @example np.zeros([2, 2]) // → [[0, 0], [0, 0]]
 */
export function zeros(shape: Size | Shape, options: CreateOptions = {}): Array {
  return filledWith(0, shapeArgument("zeros", shape), options.dtype ?? "float32")
}

/**
 * Ones, float32 unless a dtype is given. Work 0.
 * @example np.ones([2, 2]) // → [[1, 1], [1, 1]]
 */
export function ones(shape: Size | Shape, options: CreateOptions = {}): Array {
  return filledWith(1, shapeArgument("ones", shape), options.dtype ?? "float32")
}

/**
 * Elements of no particular value: zeros. Work 0.
 * @example np.empty([2, 3]).shape // → [2, 3]
 */
export function empty(shape: Size | Shape, options: CreateOptions = {}): Array {
  return zeros(shape, options)
}

export interface LikeOptions extends CreateOptions {
  readonly shape?: Size | Shape
}

/**
 * Zeros of another array's shape and dtype. Work 0.
 * @example np.zerosLike(np.array([3, 4])) // → [0, 0]
 */
export function zerosLike(x: ArrayLike, options: LikeOptions = {}): Array {
  return fullLike(x, 0, options)
}

/**
 * Ones of another array's shape and dtype. Work 0.
 * @example np.onesLike(np.array([3, 4])) // → [1, 1]
 */
export function onesLike(x: ArrayLike, options: LikeOptions = {}): Array {
  return fullLike(x, 1, options)
}

/**
 * Elements of no particular value, of another array's shape and dtype: zeros. Work 0.
 * @example np.emptyLike(np.ones([2, 3])).shape // → [2, 3]
 */
export function emptyLike(x: ArrayLike, options: LikeOptions = {}): Array {
  return zerosLike(x, options)
}

/**
 * One value, in another array's shape and dtype. Work 0.
 * @example np.fullLike(np.ones([2]), 7) // → [7, 7]
 */
export function fullLike(x: ArrayLike, value: ArrayLike, options: LikeOptions = {}): Array {
  const { shape, dtype } = typeOf("fullLike", x)
  const to = options.dtype ?? toCommon([{ dtype, weak: false }]).dtype
  return filled(value, shapeArgument("fullLike", options.shape ?? shape), to)
}

/**
 * Numbers from start (0) up to but not including stop, step (1) apart: `arange(stop)`,
 * `arange(start, stop)`, `arange(start, stop, step)`. int32 when all three are whole, else
 * float32. One bound alone may be symbolic. Work 2n at most.
 * @example np.arange(2, 8, 2) // → [2, 4, 6]
 */
export function arange(
  start: Size,
  stop?: Size | null,
  step?: number,
  options?: CreateOptions,
): Array
export function arange(stop: Size, options?: CreateOptions): Array
export function arange(
  start: Size,
  stopOrOptions?: Size | null | CreateOptions,
  step = 1,
  options: CreateOptions = {},
): Array {
  if (isOptions(stopOrOptions)) return arange(start, undefined, 1, stopOrOptions)
  const [from, to] =
    stopOrOptions === undefined || stopOrOptions === null ? [0, start] : [start, stopOrOptions]
  if (typeof from !== "number" || typeof to !== "number") {
    if (from !== 0 || step !== 1) {
      throw new RangeError("arange with a symbolic bound must start at 0 with step 1")
    }
    return counting(to, 0, 1, options.dtype ?? "int32")
  }
  if (step === 0) throw new RangeError("arange: step is 0, which never arrives")
  const length = Math.max(0, Math.ceil((to - from) / step))
  const whole = [from, to, step].every(Number.isInteger)
  const dtype = options.dtype ?? (whole ? "int32" : "float32")
  if (whole && !isFloat(dtype) && dtype !== "bool") return counting(length, from, step, dtype)
  const numbers = Float64Array.from({ length }, (_, i) => from + i * step)
  return constant(encodeTyped(dtype, numbers), [length], dtype)
}

function isOptions(value: Size | null | CreateOptions | undefined): value is CreateOptions {
  return typeof value === "object" && value !== null && !("terms" in value)
}

const counting: (length: Size, from: number, step: number, dtype: DType) => Array = operation(
  0,
  (length, from, step, dtype) => {
    const index = bind("iota", [], { shape: [length], dtype, axis: 0 })
    const scaled = step === 1 ? index : elementwise.multiply(index, step)
    return from === 0 ? scaled : elementwise.add(scaled, from)
  },
)

export interface LinspaceOptions extends CreateOptions {
  /** Whether stop is the last number; true unless given. */
  readonly endpoint?: boolean
}

/** The options of evenly spaced numbers, with how many there are; 50 unless given. */
export type Spaced<O = LinspaceOptions> = O & { readonly num?: number }

/**
 * As many numbers as said, evenly spaced from start to stop.
 * @example np.linspace(0, 1, 5) // → [0, 0.25, 0.5, 0.75, 1]
 */
export function linspace(
  start: number,
  stop: number,
  count: number | Spaced = 50,
  options: LinspaceOptions | boolean = {},
): Array {
  if (isNamed(count)) return linspace(start, stop, count.num, count)
  const given = typeof options === "boolean" ? { endpoint: options } : options
  return spaced("linspace", count, given, (part) => start + (stop - start) * part, stop)
}

/**
 * Numbers whose logarithms to a base are evenly spaced from start to stop.
 * @example np.logspace(0, 2, 3) // → [1, 10, 100]
 */
export function logspace(
  start: number,
  stop: number,
  count: number | Spaced<LinspaceOptions & { readonly base?: number }> = 50,
  options: LinspaceOptions & { readonly base?: number } = {},
): Array {
  if (isNamed(count)) return logspace(start, stop, count.num, count)
  const { base = 10 } = options
  const at = (part: number) => base ** (start + (stop - start) * part)
  return spaced("logspace", count, options, at, base ** stop)
}

/**
 * Numbers each a constant factor from the last, from start to stop.
 * @example np.geomspace(1, 1000, 4) // → [1, 10, 100, 1000]
 */
export function geomspace(
  start: number,
  stop: number,
  count: number | Spaced = 50,
  options: LinspaceOptions = {},
): Array {
  if (isNamed(count)) return geomspace(start, stop, count.num, count)
  if (start * stop <= 0) {
    throw new RangeError(`geomspace from ${start} to ${stop}: both must have one sign, not 0`)
  }
  return spaced("geomspace", count, options, (part) => start * (stop / start) ** part, stop)
}

function spaced(
  name: string,
  count: number,
  { endpoint = true, dtype = "float32" }: LinspaceOptions,
  at: (part: number) => number,
  last: number,
): Array {
  const [length] = shapeArgument(name, count)
  const parts = endpoint ? count - 1 : count
  const numbers = Float64Array.from({ length: count }, (_, i) =>
    endpoint && i === parts && i > 0 ? last : at(parts === 0 ? 0 : i / parts),
  )
  return constant(encodeTyped(dtype, numbers), [Number(length)], dtype)
}

/**
 * Ones on a diagonal, zeros elsewhere: k = 0 is the main one, above it positive. Work mn.
 * @example np.eye(2, 3) // → [[1, 0, 0], [0, 1, 0]]
 */
export const eye: (
  rows: Size,
  columns?: Size | null | (CreateOptions & { readonly M?: Size | null; readonly k?: number }),
  k?: number | (CreateOptions & { readonly k?: number }),
  options?: CreateOptions,
) => Array = operation(0, (rows, columns, k = 0, options = {}) => {
  if (isNamed(columns)) return eye(rows, columns.M, columns.k, columns)
  if (isNamed(k)) return eye(rows, columns, k.k, k)
  const shape = shapeArgument("eye", [rows, columns ?? rows])
  const { dtype = "float32" } = options
  return elementwise.astype(elementwise.equal(rowsPlus(shape, k), columnsOf(shape)), dtype)
})

/**
 * The identity matrix of n rows. Work n².
 * @example np.identity(2) // → [[1, 0], [0, 1]]
 */
export function identity(n: Size, options: CreateOptions = {}): Array {
  return eye(n, n, 0, options)
}

/**
 * Ones on and below a diagonal, zeros above it. Work mn.
 * @example np.tri(3) // → [[1, 0, 0], [1, 1, 0], [1, 1, 1]]
 */
export const tri: (
  rows: Size,
  columns?: Size | null | (CreateOptions & { readonly M?: Size | null; readonly k?: number }),
  k?: number | (CreateOptions & { readonly k?: number }),
  options?: CreateOptions,
) => Array = operation(0, (rows, columns, k = 0, options = {}) => {
  if (isNamed(columns)) return tri(rows, columns.M, columns.k, columns)
  if (isNamed(k)) return tri(rows, columns, k.k, k)
  const shape = shapeArgument("tri", [rows, columns ?? rows])
  const { dtype = "float32" } = options
  return elementwise.astype(below(shape, k), dtype)
})

/**
 * Matrices with zeros above a diagonal. Work n.
 * @example np.tril(np.ones([2, 2])) // → [[1, 0], [1, 1]]
 * @throws RangeError for fewer than two axes.
 */
export const tril: (x: ArrayLike, k?: number | { readonly k?: number }) => Array = operation(
  1,
  (x, k = 0) => {
    if (isNamed(k)) return tril(x, k.k)
    const matrix = requireMatrix("tril", x)
    return elementwise.where(below(matrix.shape.slice(-2), k), matrix, zeroOf(matrix))
  },
)

/**
 * Matrices with zeros below a diagonal. Work n.
 * @example np.triu(np.ones([2, 2])) // → [[1, 1], [0, 1]]
 * @throws RangeError for fewer than two axes.
 */
export const triu: (x: ArrayLike, k?: number | { readonly k?: number }) => Array = operation(
  1,
  (x, k = 0) => {
    if (isNamed(k)) return triu(x, k.k)
    const matrix = requireMatrix("triu", x)
    return elementwise.where(below(matrix.shape.slice(-2), k - 1), zeroOf(matrix), matrix)
  },
)

function zeroOf({ dtype }: Array): Array {
  return fill(0, [], { dtype, weak: false })
}

function requireMatrix(name: string, x: ArrayLike): Array {
  const matrix = toArray(name, x)
  if (matrix.ndim < 2) {
    throw new RangeError(`${name} needs at least two axes, not ${matrix.ndim}`)
  }
  return matrix
}

function rowsPlus(shape: Shape, k: number): Array {
  return elementwise.add(bind("iota", [], { shape, dtype: "int32", axis: 0 }), k)
}

function columnsOf(shape: Shape): Array {
  return bind("iota", [], { shape, dtype: "int32", axis: 1 })
}

function below(shape: Shape, k: number): Array {
  return elementwise.greaterEqual(rowsPlus(shape, k), columnsOf(shape))
}

/**
 * A vector as a diagonal of a matrix, or the diagonal of a matrix as a vector.
 * @example np.diag(np.array([1, 2])) // → [[1, 0], [0, 2]]
 */
export const diag: (x: ArrayLike, k?: number | { readonly k?: number }) => Array = operation(
  1,
  (x, k = 0) => {
    if (isNamed(k)) return diag(x, k.k)
    const given = toArray("diag", x)
    if (given.ndim === 2) return indexing.diagonal(given, k)
    if (given.ndim !== 1) {
      throw new RangeError(`diag takes a vector or a matrix, not an array of rank ${given.ndim}`)
    }
    const length = concreteExtent("diag", given, 0) + Math.abs(k)
    const padded = movement.pad(given, [[Math.max(k, 0), Math.max(-k, 0)]])
    const shape = [length, length]
    const onDiagonal = elementwise.equal(rowsPlus(shape, k), columnsOf(shape))
    return elementwise.where(onDiagonal, padded, zeroOf(given))
  },
)

/**
 * All elements as a diagonal of a matrix.
 * @example np.diagflat(np.array([[1], [2]])) // → [[1, 0], [0, 2]]
 */
export const diagflat: (x: ArrayLike, k?: number | { readonly k?: number }) => Array = operation(
  1,
  (x, k = 0) => {
    if (isNamed(k)) return diagflat(x, k.k)
    return diag(movement.ravel(x), k)
  },
)

/**
 * A Vandermonde matrix: columns of falling powers of a vector.
 * @example np.vander(np.array([2, 3]), 3) // → [[4, 2, 1], [9, 3, 1]]
 */
export const vander: (
  x: ArrayLike,
  columns?: number | { readonly N?: number; readonly increasing?: boolean },
  increasing?: boolean,
) => Array = operation(1, (x, columns, increasing = false) => {
  if (isNamed(columns)) return vander(x, columns.N, columns.increasing)
  const base = toArray("vander", x)
  const count = columns ?? concreteExtent("vander", base, 0)
  const powers = globalThis.Array.from({ length: count }, (_, i) => elementwise.power(base, i))
  return movement.stack(increasing ? powers : powers.reverse(), 1)
})
