/** Random bits as floats from 0 up to 1, in each float dtype as in JAX. */

import { type DType, isFloat, type Shape } from "../../size/index.ts"
import type { Array } from "../array.ts"
import * as elementwise from "../operations/elementwise.ts"
import { castTo } from "../tracing/operands.ts"
import { bind } from "../tracing/trace.ts"

/** Random 32-bit words of a shape: one word of each Threefry block, or both words' exclusive or. */
export type Words = (word: "first" | "second" | "xor") => Array

/** A dtype as the type of operands. */
export function settled(dtype: DType): { readonly dtype: DType; readonly weak: false } {
  return { dtype, weak: false }
}

/** @throws TypeError naming the function when a dtype is no float. */
export function requireFloat(name: string, dtype: DType): void {
  if (!isFloat(dtype)) throw new TypeError(`random.${name}: dtype must be a float, not ${dtype}`)
}

/** A float dtype's mantissas: random bits, of which as many are kept, below those of 1. */
interface Mantissa {
  readonly random: DType
  readonly dropped: number
  readonly pattern: DType
  readonly one: number
}

const mantissas: { readonly [D in DType]?: Mantissa } = {
  float32: { random: "uint32", dropped: 9, pattern: "uint32", one: 0x3f800000 },
  float16: { random: "uint16", dropped: 6, pattern: "uint16", one: 0x3c00 },
  bfloat16: { random: "uint8", dropped: 1, pattern: "uint16", one: 0x3f80 },
}

/** Numbers k · eps from 0 up to 1 with random k. */
export function unitFloats(dtype: DType, shape: Shape, words: Words): Array {
  const mantissa = mantissas[dtype]
  if (mantissa === undefined) {
    // 52 random bits: all of one word, and the upper 20 of the other.
    const [high, low] = [words("first"), elementwise.rightShift(words("second"), 12)].map((x) =>
      castTo(x, settled("float64")),
    )
    return elementwise.add(
      elementwise.multiply(high, 2 ** -32),
      elementwise.multiply(low, 2 ** -52),
    )
  }
  const bits = castTo(words("xor"), settled(mantissa.random))
  const kept = castTo(elementwise.rightShift(bits, mantissa.dropped), settled(mantissa.pattern))
  const pattern = elementwise.bitwiseOr(kept, mantissa.one)
  const above = bind("full", [], { shape, dtype, value: 1 })
  return elementwise.subtract(bind("bitcast", [pattern], { dtype }), above)
}
