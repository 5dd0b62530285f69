/**
 * The one table of WebAssembly instructions, and how a row of it is written and read.
 *
 * A row is `name: [code, type, immediate?]`. The code is one byte, or a prefix byte and the number
 * behind it (`0xfd_00e4`). The type is `operands -> results`. The immediate says what follows the
 * code in the bytes, and so which arguments the emitting method takes; a row without one has none.
 * Names are those of the text format behind the dot, with `_` for further dots, so
 * `i32.atomic.rmw.add` is `opcodes.i32.atomic_rmw_add`. Adding an instruction is adding a row.
 *
 * Source: WebAssembly core specification 3.0, section 5.4, and the threads proposal.
 */

import type { ByteReader, ByteWriter } from "./binary.ts"
import { scalarOpcodes } from "./scalar-opcodes.ts"
import { simdOpcodes } from "./simd-opcodes.ts"

export const opcodes = { ...scalarOpcodes, ...simdOpcodes }

export type Opcodes = typeof opcodes
export type Namespace = keyof Opcodes
export type Row = readonly [code: number, type: string, immediate?: Immediate]

type Access = [offset?: number, align?: number]
type LaneAccess = [lane: number, offset?: number, align?: number]

/** What an emitting method takes, by the immediate of its row. Offsets and alignments in bytes. */
export interface ImmediateArguments {
  /** One reserved zero byte, two of them. */
  zero: []
  zeroZero: []
  /** Number of a passive data segment. */
  index: [index: number]
  segment: [index: number]
  i32: [value: number]
  i64: [value: number | bigint]
  f32: [value: number]
  f64: [value: number]
  /** A memory access with its natural alignment, which is also the default. */
  align1: Access
  align2: Access
  align4: Access
  align8: Access
  align16: Access
  align1Lane: LaneAccess
  align2Lane: LaneAccess
  align4Lane: LaneAccess
  align8Lane: LaneAccess
  /** A lane below 16, 8, 4, 2. */
  lane16: [lane: number]
  lane8: [lane: number]
  lane4: [lane: number]
  lane2: [lane: number]
  /** Sixteen bytes of constant: one value for all lanes, or one per lane. */
  i8x16: number[]
  i16x8: number[]
  i32x4: number[]
  i64x2: (number | bigint)[]
  f32x4: number[]
  f64x2: number[]
  /** Lanes of the first operand, then of the second, in units of the shape's lane. */
  shuffle16: number[]
  shuffle8: number[]
  shuffle4: number[]
  shuffle2: number[]
}

export type Immediate = keyof ImmediateArguments

/** Writes the code of a row. */
export function writeCode(body: ByteWriter, code: number): void {
  if (code > 0xff) {
    body.byte(code >>> 16)
    body.u32(code & 0xffff)
  } else body.byte(code)
}

/** How an immediate becomes bytes. */
export const immediateWriters: {
  readonly [I in Immediate]: (body: ByteWriter, ...values: ImmediateArguments[I]) => void
} = {
  zero: (body) => body.byte(0),
  zeroZero: (body) => {
    body.byte(0)
    body.byte(0)
  },
  index: (body, index) => body.u32(index),
  segment: (body, index) => {
    body.u32(index)
    body.byte(0)
  },
  i32: (body, value) => body.s32(checkInteger(value, -0x8000_0000, 0xffff_ffff, "an i32 constant")),
  i64: (body, value) => body.s64(BigInt(value)),
  f32: (body, value) => body.f32(value),
  f64: (body, value) => body.f64(value),
  align1: (body, offset, align) => writeAccess(body, 1, offset, align),
  align2: (body, offset, align) => writeAccess(body, 2, offset, align),
  align4: (body, offset, align) => writeAccess(body, 4, offset, align),
  align8: (body, offset, align) => writeAccess(body, 8, offset, align),
  align16: (body, offset, align) => writeAccess(body, 16, offset, align),
  align1Lane: (body, lane, offset, align) => writeLaneAccess(body, 1, lane, offset, align),
  align2Lane: (body, lane, offset, align) => writeLaneAccess(body, 2, lane, offset, align),
  align4Lane: (body, lane, offset, align) => writeLaneAccess(body, 4, lane, offset, align),
  align8Lane: (body, lane, offset, align) => writeLaneAccess(body, 8, lane, offset, align),
  lane16: (body, lane) => body.byte(checkInteger(lane, 0, 15, "a lane of 16")),
  lane8: (body, lane) => body.byte(checkInteger(lane, 0, 7, "a lane of 8")),
  lane4: (body, lane) => body.byte(checkInteger(lane, 0, 3, "a lane of 4")),
  lane2: (body, lane) => body.byte(checkInteger(lane, 0, 1, "a lane of 2")),
  i8x16: (body, ...values) => body.bytes(new Uint8Array(lanes(values, 16))),
  i16x8: (body, ...values) => {
    for (const value of lanes(values, 8)) body.bytes([value & 0xff, (value >> 8) & 0xff])
  },
  i32x4: (body, ...values) => {
    for (const value of lanes(values, 4)) writeWord(body, value)
  },
  i64x2: (body, ...values) => {
    for (const value of lanes(values, 2)) {
      writeWord(body, Number(BigInt.asIntN(32, BigInt(value))))
      writeWord(body, Number(BigInt.asIntN(32, BigInt(value) >> 32n)))
    }
  },
  f32x4: (body, ...values) => {
    for (const value of lanes(values, 4)) body.f32(value)
  },
  f64x2: (body, ...values) => {
    for (const value of lanes(values, 2)) body.f64(value)
  },
  shuffle16: (body, ...order) => writeShuffle(body, order, 16),
  shuffle8: (body, ...order) => writeShuffle(body, order, 8),
  shuffle4: (body, ...order) => writeShuffle(body, order, 4),
  shuffle2: (body, ...order) => writeShuffle(body, order, 2),
}

/** An immediate as text, read from the bytes behind the code. */
export function readImmediate(bytes: ByteReader, immediate: Immediate): string {
  switch (immediate) {
    case "zero":
      bytes.byte()
      return ""
    case "zeroZero":
      bytes.bytes(2)
      return ""
    case "index":
      return `${bytes.u32()}`
    case "segment": {
      const index = bytes.u32()
      bytes.byte()
      return `${index}`
    }
    case "i32":
    case "i64":
      return `${bytes.s64()}`
    case "f32":
      return number(bytes.f32())
    case "f64":
      return number(bytes.f64())
    case "align1":
    case "align2":
    case "align4":
    case "align8":
    case "align16":
      return readAccess(bytes, Number(immediate.slice(5)))
    case "align1Lane":
    case "align2Lane":
    case "align4Lane":
    case "align8Lane":
      return `${readAccess(bytes, Number.parseInt(immediate.slice(5), 10))} ${bytes.byte()}`.trim()
    case "lane16":
    case "lane8":
    case "lane4":
    case "lane2":
      return `${bytes.byte()}`
    case "i8x16":
    case "i16x8":
    case "i32x4":
    case "i64x2":
    case "f32x4":
    case "f64x2": {
      const words = Array.from({ length: 16 }, () => bytes.byte())
        .map((value) => value.toString(16).padStart(2, "0"))
        .reduce<string[]>((groups, byte, position) => {
          if (position % 4 === 0) groups.push("")
          groups[groups.length - 1] = byte + groups[groups.length - 1]
          return groups
        }, [])
      return `i32x4 ${words.map((word) => `0x${word}`).join(" ")}`
    }
    case "shuffle16":
    case "shuffle8":
    case "shuffle4":
    case "shuffle2":
      return bytes.bytes(16).join(" ")
    default:
      return immediate satisfies never
  }
}

function number(value: number): string {
  return Object.is(value, -0) ? "-0" : `${value}`.replace("Infinity", "inf").replace("NaN", "nan")
}

function checkInteger(value: number, least: number, most: number, what: string): number {
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new RangeError(`${what} must be an integer from ${least} to ${most}, not ${value}`)
  }
  return value
}

function writeWord(body: ByteWriter, value: number): void {
  body.bytes([value & 0xff, (value >> 8) & 0xff, (value >> 16) & 0xff, (value >> 24) & 0xff])
}

function lanes<T>(values: readonly T[], count: number): T[] {
  if (values.length === 1) return new Array<T>(count).fill(values[0]!)
  if (values.length === count) return [...values]
  throw new RangeError(
    `a constant of ${count} lanes takes 1 or ${count} values, not ${values.length}`,
  )
}

function writeShuffle(body: ByteWriter, order: readonly number[], count: number): void {
  if (order.length !== count) {
    throw new RangeError(`a shuffle of ${count} lanes takes ${count} lanes, not ${order.length}`)
  }
  const width = 16 / count
  for (const lane of order) {
    checkInteger(lane, 0, 2 * count - 1, `a shuffled lane of ${count}`)
    for (let byte = 0; byte < width; byte++) body.byte(lane * width + byte)
  }
}

function writeAccess(body: ByteWriter, natural: number, offset = 0, align = natural): void {
  const exponent = Math.log2(align)
  if (!Number.isInteger(exponent) || align > natural) {
    throw new RangeError(`alignment must be a power of two up to ${natural}, not ${align}`)
  }
  body.byte(exponent)
  body.u32(checkInteger(offset, 0, 0xffff_ffff, "a memory offset"))
}

function writeLaneAccess(
  body: ByteWriter,
  natural: number,
  lane: number,
  offset?: number,
  align?: number,
): void {
  writeAccess(body, natural, offset, align)
  body.byte(checkInteger(lane, 0, 16 / natural - 1, `a lane of ${16 / natural}`))
}

function readAccess(bytes: ByteReader, natural: number): string {
  const align = 2 ** bytes.byte()
  const offset = bytes.u32()
  const words = []
  if (offset !== 0) words.push(`offset=${offset}`)
  if (align !== natural) words.push(`align=${align}`)
  return words.join(" ")
}
