/**
 * Narrow dtypes in lanes of 32 bits. A value is held in the dtype that it is computed in: floats as
 * float32, integers with their sign or zeros above them. Its raw form is what memory holds, with
 * anything above it.
 */

import { type DType, dtypes } from "../../size/index.ts"
import { type Place, pushFloats, pushIntegers } from "./constants.ts"

/** Keeps the low bits of lanes, with copies of their sign above them or zeros. */
export function extend({ f }: Place, dtype: DType): void {
  const { bytes, kind } = dtypes[dtype]
  const above = 32 - 8 * bytes
  if (kind === "signed") {
    f.i32.const(above)
    f.i32x4.shl()
    f.i32.const(above)
    f.i32x4.shr_s()
  } else {
    f.i32x4.const(2 ** (8 * bytes) - 1)
    f.v128.and()
  }
}

/** Raw lanes on the stack, with zeros or copies of the sign above, to the values they stand for. */
export function decode(place: Place, dtype: DType): void {
  const { f } = place
  if (dtype === "bfloat16") {
    f.i32.const(16)
    f.i32x4.shl()
  } else if (dtype === "float16") decodeHalf(place)
}

/** Values on the stack, which the dtype holds, to raw lanes. */
export function encode(place: Place, dtype: DType): void {
  const { f } = place
  if (dtype === "bfloat16") {
    f.i32.const(16)
    f.i32x4.shr_u()
  } else if (dtype === "float16") encodeHalf(place)
}

/** Values of the dtype that is computed in, on the stack, to the nearest that a narrow one holds. */
export function narrow(place: Place, dtype: DType): void {
  if (dtype === "bfloat16") roundToBfloat(place)
  else if (dtype === "float16") roundToHalf(place)
  else extend(place, dtype)
}

/** A float16's exponent counts from 15, a float32's from 127. */
const rebias = 2 ** 112

function decodeHalf(place: Place): void {
  const { f } = place
  const [half, magnitude] = [f.local("v128"), f.local("v128")]
  f.localTee(half)
  f.i32x4.const(0x7fff)
  f.v128.and()
  f.localTee(magnitude)
  f.i32.const(13)
  f.i32x4.shl()
  pushFloats(place, rebias)
  f.f32x4.mul()
  // Infinities and NaN keep their fraction.
  f.localGet(magnitude)
  f.i32x4.const(0x7bff)
  f.i32x4.gt_s()
  pushIntegers(place, 0x7f800000)
  f.v128.and()
  f.v128.or()
  f.localGet(half)
  f.i32x4.const(0x8000)
  f.v128.and()
  f.i32.const(16)
  f.i32x4.shl()
  f.v128.or()
}

function encodeHalf(place: Place): void {
  const { f } = place
  const value = f.local("v128")
  f.localTee(value)
  f.f32x4.abs()
  pushFloats(place, 1 / rebias)
  f.f32x4.mul()
  f.i32.const(13)
  f.i32x4.shr_u()
  // An infinity's exponent has more bits: without the upper ones it is a float16's.
  f.i32x4.const(0x7fff)
  f.v128.and()
  f.localGet(value)
  f.i32.const(16)
  f.i32x4.shr_u()
  f.i32x4.const(0x8000)
  f.v128.and()
  f.v128.or()
}

/**
 * Adding 2¹³ times the number's power of two and taking it away leaves ten bits of fraction, ties
 * to even; below 2⁻¹⁴ the power of two stays, for those numbers have fewer bits.
 */
function roundToHalf(place: Place): void {
  const { f } = place
  const [value, magnitude] = [f.local("v128"), f.local("v128")]
  const [magic, rounded] = [f.local("v128"), f.local("v128")]
  f.localTee(value)
  f.f32x4.abs()
  f.localTee(magnitude)
  pushIntegers(place, 0x7f800000)
  f.v128.and()
  pushFloats(place, 2 ** -14)
  f.i32x4.max_u()
  pushIntegers(place, 13 << 23)
  f.i32x4.add()
  f.localTee(magic)
  f.localGet(magnitude)
  f.f32x4.add()
  f.localGet(magic)
  f.f32x4.sub()
  f.localSet(rounded)
  // What reaches 2¹⁶ is infinite; NaN does not.
  pushFloats(place, Number.POSITIVE_INFINITY)
  f.localGet(rounded)
  f.localGet(rounded)
  pushFloats(place, 2 ** 16)
  f.f32x4.ge()
  f.v128.bitselect()
  pushIntegers(place, 0x7fffffff)
  f.v128.and()
  f.localGet(value)
  pushFloats(place, -0)
  f.v128.and()
  f.v128.or()
}

function roundToBfloat(place: Place): void {
  const { f } = place
  const value = f.local("v128")
  f.localTee(value)
  // Half of the last place that stays, less one where that is even.
  f.localGet(value)
  f.i32.const(16)
  f.i32x4.shr_u()
  f.i32x4.const(1)
  f.v128.and()
  f.i32x4.add()
  f.i32x4.const(0x7fff)
  f.i32x4.add()
  pushIntegers(place, 0xffff0000 | 0)
  f.v128.and()
  f.i32x4.const(0x7fc00000)
  f.localGet(value)
  f.localGet(value)
  f.f32x4.eq()
  f.v128.bitselect()
}
