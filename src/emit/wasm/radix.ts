/**
 * Radix sort of a row's places, least digit first: each pass counts the digits, then puts every
 * place where its digit's turn is. Passes keep the order of equals, so several keys are sorted by
 * the last of them first. Work per pass: proportional to the row.
 */

import { digitBits, digitPasses } from "../../schedule/index.ts"
import { type DType, dtypes } from "../../size/index.ts"
import type { FunctionBuilder, Local } from "./assembler.ts"
import { pushElement } from "./ordering.ts"

/** A key: where its row starts. */
export interface RadixKey {
  readonly start: Local
  readonly dtype: DType
}

/** How many elements are sorted, and how many at most. */
export interface Elements {
  readonly count: Local | number
  readonly stretch: number
}

/** Places of the elements in two orders, and the counts of a pass. */
interface Room {
  readonly here: Local
  readonly there: Local
  readonly counts: Local
}

/**
 * Sorts the words at `here`, which are the places of the elements in order, with the help of as many
 * at `there`. The two change places on the way.
 */
export function radixSort(
  f: FunctionBuilder,
  elements: Elements,
  room: Room,
  keys: readonly RadixKey[],
): void {
  const bits = digitBits(elements.stretch)
  for (const key of keys.toReversed()) {
    const passes = digitPasses(key.dtype, elements.stretch)
    for (let digit = 0; digit < passes; digit++) {
      pass(f, elements.count, room, key, { shift: digit * bits, bits })
    }
  }
}

/** Bits of a key, from the lowest on that is one of them. */
interface Digit {
  readonly shift: number
  readonly bits: number
}

function pass(
  f: FunctionBuilder,
  elements: Local | number,
  { here, there, counts }: Room,
  key: RadixKey,
  digit: Digit,
): void {
  const [i, place, slot] = [f.local("i32"), f.local("i32"), f.local("i32")]
  const [count, sum, swap] = [f.local("i32"), f.local("i32"), f.local("i32")]
  /** Sets `slot` to the address of the count of an element's digit. */
  const findSlot = (element: Local): void => {
    f.localGet(counts)
    pushDigit(f, key, element, digit)
    f.i32.const(2)
    f.i32.shl()
    f.i32.add()
    f.localSet(slot)
  }
  const countBytes = 4 << digit.bits
  f.localGet(counts)
  f.i32.const(0)
  f.i32.const(countBytes)
  f.memory.fill()
  f.forRange(i, 0, elements, 1, () => {
    findSlot(i)
    f.localGet(slot)
    f.localGet(slot)
    f.i32.load()
    f.i32.const(1)
    f.i32.add()
    f.i32.store()
  })
  // A digit that all elements share changes nothing: `slot` is the last one's.
  f.localGet(slot)
  f.i32.load()
  f.push(elements, "i32")
  f.i32.ne()
  f.if()
  f.set(sum, 0)
  f.forRange(i, 0, countBytes, 4, () => {
    f.localGet(counts)
    f.localGet(i)
    f.i32.add()
    f.localTee(slot)
    f.i32.load()
    f.localSet(count)
    f.localGet(slot)
    f.localGet(sum)
    f.i32.store()
    f.increment(sum, count)
  })
  f.forRange(i, 0, elements, 1, () => {
    pushElement(f, here, i, 4)
    f.i32.load()
    f.localSet(place)
    findSlot(place)
    f.localGet(there)
    f.localGet(slot)
    f.i32.load()
    f.localTee(count)
    f.i32.const(2)
    f.i32.shl()
    f.i32.add()
    f.localGet(place)
    f.i32.store()
    f.localGet(slot)
    f.localGet(count)
    f.i32.const(1)
    f.i32.add()
    f.i32.store()
  })
  f.set(swap, here)
  f.set(here, there)
  f.set(there, swap)
  f.end()
}

/** Pushes a digit of an element's key, whose unsigned order is that of the elements. */
function pushDigit(
  f: FunctionBuilder,
  { start, dtype }: RadixKey,
  element: Local,
  digit: Digit,
): void {
  const { bytes, kind } = dtypes[dtype]
  pushElement(f, start, element, bytes)
  if (dtype === "float64") {
    pushDoubleDigit(f, digit)
    return
  }
  if (kind === "bool") {
    f.i32.load8_u()
    return
  }
  if (kind === "float") {
    const [value, bits] = [f.local("f32"), f.local("i32")]
    // −0 + 0 is +0. Negative numbers are turned around, all others come after them, NaN last.
    f.f32.load()
    f.f32.const(0)
    f.f32.add()
    f.localTee(value)
    f.i32.reinterpret_f32()
    f.localTee(bits)
    f.localGet(bits)
    f.i32.const(31)
    f.i32.shr_s()
    f.i32.const(-(2 ** 31))
    f.i32.or()
    f.i32.xor()
    f.i32.const(-1)
    f.localGet(value)
    f.localGet(value)
    f.f32.eq()
    f.select()
  } else {
    f.i32.load()
    if (kind === "signed") {
      f.i32.const(-(2 ** 31))
      f.i32.xor()
    }
  }
  if (digit.shift > 0) {
    f.i32.const(digit.shift)
    f.i32.shr_u()
  }
  f.i32.const((1 << digit.bits) - 1)
  f.i32.and()
}

/** The same of the float64 whose address is on the stack. */
function pushDoubleDigit(f: FunctionBuilder, { shift, bits: digitBits }: Digit): void {
  const [value, bits] = [f.local("f64"), f.local("i64")]
  f.f64.load()
  f.f64.const(0)
  f.f64.add()
  f.localTee(value)
  f.i64.reinterpret_f64()
  f.localTee(bits)
  f.localGet(bits)
  f.i64.const(63)
  f.i64.shr_s()
  f.i64.const(-(2n ** 63n))
  f.i64.or()
  f.i64.xor()
  f.i64.const(-1)
  f.localGet(value)
  f.localGet(value)
  f.f64.eq()
  f.select()
  f.i64.const(shift)
  f.i64.shr_u()
  f.i32.wrap_i64()
  f.i32.const((1 << digitBits) - 1)
  f.i32.and()
}
