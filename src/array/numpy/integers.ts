/** Whole numbers: divisors, bits in bytes, and arrays that are read as numbers of their parts. */

import type { DType } from "../../size/index.ts"
import { dtypes, isFloat } from "../../size/index.ts"
import type { Array } from "../array.ts"
import { concreteExtent } from "../operations/axes.ts"
import * as elementwise from "../operations/elementwise.ts"
import { whileLoop } from "../operations/loops.ts"
import * as movement from "../operations/movement.ts"
import type { Binary } from "../operations/pointwise.ts"
import * as reductions from "../operations/reductions.ts"
import {
  type ArrayLike,
  align,
  fill,
  requireInteger,
  toArray,
  toBits,
  typeOf,
} from "../tracing/operands.ts"
import { operation } from "../tracing/operation.ts"
import { bind } from "../tracing/trace.ts"

interface Pair {
  readonly a: Array
  readonly b: Array
}

/**
 * The greatest common divisor of integers, by Euclid's algorithm; 0 of 0 and 0. At most about 45
 * steps of work n each. Work about 7n and span O(1) for each step of Euclid's algorithm.
 *
 * @example
 * np.gcd(np.array([12, 18], { dtype: "int32" }), 8) // → [4, 2]
 *
 * @throws TypeError when an operand is no integer.
 */
export const gcd: Binary = operation(2, (x, y) => {
  const { arrays } = align("gcd", toBits, [x, y])
  for (const array of arrays) requireInteger("gcd", "both operands", array)
  const [a, b] = arrays.map((array) => elementwise.absolute(array))
  const found = whileLoop(
    ({ b }: Pair) => reductions.any(elementwise.notEqual(b, 0)),
    ({ a, b }) => {
      const goesOn = elementwise.notEqual(b, 0)
      const divisor = elementwise.where(goesOn, b, 1)
      const rest = bind("remainder", [a, divisor], {})
      return { a: elementwise.where(goesOn, b, a), b: elementwise.where(goesOn, rest, b) }
    },
    { a, b },
  )
  return found.a
})

/**
 * The least common multiple of integers; 0 where one is 0. As {@link gcd}. Work and span about
 * those of {@link gcd}.
 *
 * @example
 * np.lcm(np.array([4, 6], { dtype: "int32" }), 10) // → [20, 30]
 *
 * @throws TypeError when an operand is no integer.
 */
export const lcm: Binary = operation(2, (x, y) => {
  const { arrays } = align("lcm", toBits, [x, y])
  const divisor = gcd(arrays[0], arrays[1])
  const safe = elementwise.where(elementwise.equal(divisor, 0), 1, divisor)
  const part = bind("divide", [arrays[0], safe], {})
  return elementwise.absolute(elementwise.multiply(part, arrays[1]))
})

/** Kinds of dtypes as `numpy.isdtype` names them. */
export type DTypeKind =
  | "bool"
  | "integral"
  | "signed integer"
  | "unsigned integer"
  | "real floating"
  | "floating"
  | "integer"
  | "numeric"

function isOfKind(dtype: DType, kind: DTypeKind | DType): boolean {
  const { kind: own } = dtypes[dtype]
  switch (kind) {
    case "integral":
    case "integer":
      return !isFloat(dtype) && own !== "bool"
    case "signed integer":
      return !isFloat(dtype) && own !== "bool" && own !== "unsigned"
    case "unsigned integer":
      return own === "unsigned"
    case "real floating":
    case "floating":
      return isFloat(dtype)
    case "numeric":
      return own !== "bool"
    default:
      return dtype === kind
  }
}

/**
 * Whether a dtype is of a kind, or of one of several; a dtype is a kind of its own. Work 0.
 *
 * @example
 * np.isdtype("int32", "integral") // → true
 */
export function isdtype(
  dtype: DType,
  kind: DTypeKind | DType | readonly (DTypeKind | DType)[],
): boolean {
  const kinds = typeof kind === "string" ? [kind] : kind
  return kinds.some((one) => isOfKind(dtype, one))
}

/**
 * Whether a dtype is, or is a kind of, another, as {@link isdtype} with one kind. Work 0.
 *
 * @example
 * np.issubdtype("float32", "floating") // → true
 */
export function issubdtype(dtype: DType, kind: DTypeKind | DType): boolean {
  return isOfKind(dtype, kind)
}

/** The order of bits in a byte. */
export interface BitOptions {
  readonly bitorder?: "big" | "little"
}

/**
 * Elements that are not 0 as bits, eight to a number below 256, along an axis or flattened; the
 * last is filled up with zeros. uint8 where there is that dtype. Work about 4 for each bit, span 7.
 *
 * @example
 * np.packbits(np.array([1, 0, 1])) // → [160]
 */
export const packbits: (x: ArrayLike, axis?: number | null, options?: BitOptions) => Array =
  operation(1, (x, axis, { bitorder = "big" } = {}) => {
    const given = axis === undefined || axis === null ? movement.ravel(x) : toArray("packbits", x)
    const array = movement.moveaxis(given, axis ?? 0, -1)
    const extent = concreteExtent("packbits", array, array.ndim - 1)
    const bytes = Math.ceil(extent / 8)
    const bits = elementwise.astype(elementwise.notEqual(array, 0), "int32")
    const padded = bind("pad", [bits], {
      low: bits.shape.map(() => 0),
      high: bits.shape.map((_, i) => (i === bits.ndim - 1 ? bytes * 8 - extent : 0)),
      interior: bits.shape.map(() => 0),
      value: 0,
    })
    const grouped = movement.reshape(padded, [...bits.shape.slice(0, -1), bytes, 8])
    const packed = reductions.sum(elementwise.leftShift(grouped, places(bitorder)), -1)
    return elementwise.astype(movement.moveaxis(packed, -1, axis ?? 0), byteType)
  })

/** The dtype of bytes. */
const byteType: DType = "uint8"

function places(bitorder: "big" | "little"): Array {
  const rising = bind("iota", [], { shape: [8], dtype: "int32", axis: 0 })
  return bitorder === "little" ? rising : elementwise.subtract(7, rising)
}

/**
 * The eight bits of numbers below 256, along an axis or flattened; `count` says how many are kept.
 * Work about 3 for each bit, span 4.
 *
 * @example
 * np.unpackbits(np.array([160], { dtype: "uint8" })) // → [1, 0, 1, 0, 0, 0, 0, 0]
 */
export const unpackbits: (
  x: ArrayLike,
  axis?: number | null,
  options?: BitOptions & { readonly count?: number | null },
) => Array = operation(1, (x, axis, { bitorder = "big", count = null } = {}) => {
  const given = axis === undefined || axis === null ? movement.ravel(x) : toArray("unpackbits", x)
  const array = movement.moveaxis(elementwise.astype(given, "int32"), axis ?? 0, -1)
  const shifted = elementwise.rightShift(movement.expandDims(array, -1), places(bitorder))
  const bits = elementwise.bitwiseAnd(shifted, 1)
  const whole = concreteExtent("unpackbits", array, array.ndim - 1) * 8
  const flat = movement.reshape(bits, [...array.shape.slice(0, -1), whole])
  const kept = count === null ? whole : count < 0 ? whole + count : Math.min(count, whole)
  const cut = flat.slice("...", [0, kept])
  return elementwise.astype(movement.moveaxis(cut, -1, axis ?? 0), byteType)
})

/**
 * Real numbers are their own real part. Work 0.
 *
 * @example
 * np.real(np.array([1, 2])) // → [1, 2]
 */
export const real: (x: ArrayLike) => Array = operation(1, (x) => toArray("real", x))

/**
 * The imaginary part of real numbers: zeros. Work 0.
 *
 * @example
 * np.imag(np.array([1, 2])) // → [0, 0]
 */
export const imag: (x: ArrayLike) => Array = operation(1, (x) => {
  const { shape, dtype } = typeOf("imag", x)
  return fill(0, shape, { dtype, weak: false })
})

/**
 * Real numbers are their own conjugates. Work 0.
 *
 * @example
 * np.conjugate(np.array([1, 2])) // → [1, 2]
 */
export const conjugate: (x: ArrayLike) => Array = operation(1, (x) => toArray("conjugate", x))
export { conjugate as conj }

/**
 * The angle of real numbers in the complex plane: 0, or π where they are negative; in degrees with
 * `deg`. Work 5n, span 4.
 *
 * @example
 * np.angle(np.array([1, -1]), true) // → [0, 180]
 */
export const angle: (x: ArrayLike, deg?: boolean) => Array = operation(1, (x, deg = false) => {
  const turned = elementwise.where(elementwise.signbit(x), deg ? 180 : Math.PI, 0)
  return elementwise.where(elementwise.isnan(x), Number.NaN, turned)
})

/**
 * Whether each element is real: all are. Work 0.
 *
 * @example
 * np.isreal(np.array([1, 2])) // → [true, true]
 */
export const isreal: (x: ArrayLike) => Array = operation(1, (x) =>
  fill(1, typeOf("isreal", x).shape, { dtype: "bool", weak: false }),
)

/**
 * Whether each element has an imaginary part: none has. Work 0.
 *
 * @example
 * np.iscomplex(np.array([1, 2])) // → [false, false]
 */
export const iscomplex: (x: ArrayLike) => Array = operation(1, (x) =>
  fill(0, typeOf("iscomplex", x).shape, { dtype: "bool", weak: false }),
)

/**
 * Whether the dtype is real. Work 0.
 *
 * @example
 * np.isrealobj(np.array([1, 2])) // → true
 */
export function isrealobj(x: ArrayLike): boolean {
  return typeOf("isrealobj", x).shape.length >= 0
}
