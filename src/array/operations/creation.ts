/**
 * New arrays: from numbers in lists and typed arrays, and filled. Filling is work 0: kernels make
 * such elements where they need them.
 */

import {
  type DType,
  encodeTyped,
  type Shape,
  type Size,
  type TypedArray,
} from "../../size/index.ts"
import { Array, type Nested } from "../array.ts"
import type { DTypeOf, FilledDType, InitDType } from "../static/dtype.ts"
import type { InitShape, ShapeFrom, ShapeOf } from "../static/shape.ts"
import { constant } from "../tracing/constant.ts"
import {
  type ArrayLike,
  castTo,
  fill,
  spread,
  toArray,
  toCommon,
  typeOf,
} from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"
import * as movement from "./movement.ts"
import type { PassedOn } from "./pointwise.ts"
import { shapeArgument } from "./shapes.ts"

export interface CreateOptions<D extends DType = DType> {
  readonly dtype?: D
}

/** A function that fills a shape. */
type FromShape<F extends DType> = <const S extends Size | Shape, D extends DType = F>(
  shape: S,
  options?: CreateOptions<D>,
) => Array<NoInfer<D>, ShapeFrom<S>>

/** What `array` takes: numbers and arrays in nested lists, or the elements in a typed array. */
export type ArrayInit = Nested | ArrayLike | NumberArray | readonly ArrayInit[] | readonly []

type NumberArray = TypedArray | Uint8ClampedArray

/**
 * An array from a number, nested lists, a typed array or another array.
 *
 * Numbers are float32 and truth values bool unless a dtype is given; typed arrays keep their
 * dtype. The numbers of a typed array are converted to a dtype that is given, but a Uint16Array
 * for bfloat16 holds the bits. The elements are copied: work 0, as they are no operations.
 * @example np.array([[1, 2], [3, 4]]) // → [[1, 2], [3, 4]]
 * @throws RangeError when lists on one level differ in length, TypeError for anything else.
 */
export function array<I extends ArrayInit, D extends DType = InitDType<I>>(
  init: I,
  options?: CreateOptions<D>,
): Array<NoInfer<D>, InitShape<I>>
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
 * Like {@link array}, but an array that has the dtype already is returned as it is. Work 0, in
 * another dtype n.
 * @example np.asarray([1, 2]) // → [1, 2]
 */
export function asarray<I extends ArrayInit, D extends DType = InitDType<I>>(
  init: I,
  options?: CreateOptions<D>,
): Array<NoInfer<D>, InitShape<I>>
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
export const full: <
  const S extends Size | Shape,
  V extends ArrayLike,
  D extends DType = FilledDType<V>,
>(
  shape: S,
  value: V,
  options?: CreateOptions<D>,
) => Array<NoInfer<D>, ShapeFrom<S>> = (shape, value, options = {}) =>
  filled(value, shapeArgument("full", shape), options.dtype)

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
export const zeros: FromShape<"float32"> = (shape, options: CreateOptions = {}) => {
  return filledWith(0, shapeArgument("zeros", shape), options.dtype ?? "float32")
}

/**
 * Ones, float32 unless a dtype is given. Work 0.
 * @example np.ones([2, 2]) // → [[1, 1], [1, 1]]
 */
export const ones: FromShape<"float32"> = (shape, options: CreateOptions = {}) => {
  return filledWith(1, shapeArgument("ones", shape), options.dtype ?? "float32")
}

/**
 * Elements of no particular value: zeros. Work 0.
 * @example np.empty([2, 3]).shape // → [2, 3]
 */
export const empty: FromShape<"float32"> = (shape, options: CreateOptions = {}) => {
  return zeros(shape, options)
}

export interface LikeOptions<D extends DType = DType> extends CreateOptions<D> {
  readonly shape?: Size | Shape
}

/** A function that fills the shape of another array. */
type Like = PassedOn &
  (<
    A extends ArrayLike,
    D extends DType = DTypeOf<A>,
    const S extends Size | Shape | undefined = undefined,
  >(
    x: A,
    options?: LikeOptions<D> & { readonly shape?: S },
  ) => Array<NoInfer<D>, [S] extends [Size | Shape] ? ShapeFrom<S> : ShapeOf<A>>)

/**
 * Zeros of another array's shape and dtype. Work 0.
 * @example np.zerosLike(np.array([3, 4])) // → [0, 0]
 */
export const zerosLike: Like = (x: ArrayLike, options: LikeOptions = {}) => {
  return fullLike(x, 0, options)
}

/**
 * Ones of another array's shape and dtype. Work 0.
 * @example np.onesLike(np.array([3, 4])) // → [1, 1]
 */
export const onesLike: Like = (x: ArrayLike, options: LikeOptions = {}) => {
  return fullLike(x, 1, options)
}

/**
 * Elements of no particular value, of another array's shape and dtype: zeros. Work 0.
 * @example np.emptyLike(np.ones([2, 3])).shape // → [2, 3]
 */
export const emptyLike: Like = (x: ArrayLike, options: LikeOptions = {}) => {
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
