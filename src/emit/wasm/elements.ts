/** Elements of any width between memory and raw lanes (see narrow.ts). */

import { type DType, dtypes } from "../../size/index.ts"
import type { FunctionBuilder, Local } from "./assembler.ts"

/** How many values of the widest dtype at hand a vector holds. */
export type Width = 2 | 4

/** One element, its address on the stack, in all lanes. */
export function loadSplat(f: FunctionBuilder, dtype: DType, offset: number): void {
  const { bytes, kind } = dtypes[dtype]
  if (bytes === 8) f.v128.load64_splat(offset)
  else if (bytes === 4) f.v128.load32_splat(offset)
  else {
    const signed = kind === "signed"
    if (bytes === 2) f.i32[signed ? "load16_s" : "load16_u"](offset)
    else f.i32[signed ? "load8_s" : "load8_u"](offset)
    f.i32x4.splat()
  }
}

/** As many elements side by side as a vector holds, the first one's address on the stack. */
export function loadNext(f: FunctionBuilder, dtype: DType, width: Width, offset: number): void {
  const { bytes, kind } = dtypes[dtype]
  const signed = kind === "signed"
  switch (width * bytes) {
    case 16:
      f.v128.load(offset, bytes)
      return
    case 8:
      if (bytes === 4) f.v128.load64_zero(offset, bytes)
      else f.v128[signed ? "load16x4_s" : "load16x4_u"](offset, bytes)
      return
    case 4:
      f.v128.load32_zero(offset, bytes)
      break
    default:
      f.i32.load16_u(offset, bytes)
      f.i32x4.splat()
  }
  if (bytes === 1) f.i16x8[signed ? "extend_low_i8x16_s" : "extend_low_i8x16_u"]()
  f.i32x4[signed ? "extend_low_i16x8_s" : "extend_low_i16x8_u"]()
}

/** One element, its address and a vector on the stack, in one lane; zeros above it are kept. */
export function loadLane(f: FunctionBuilder, dtype: DType, lane: number, offset: number): void {
  const { bytes } = dtypes[dtype]
  if (bytes === 8) f.v128.load64_lane(lane, offset)
  else if (bytes === 4) f.v128.load32_lane(lane, offset)
  else if (bytes === 2) f.v128.load16_lane(2 * lane, offset)
  else f.v128.load8_lane(4 * lane, offset)
}

/** One raw lane, under it on the stack its address. */
export function storeLane(f: FunctionBuilder, dtype: DType, lane: number, offset: number): void {
  const { bytes } = dtypes[dtype]
  if (bytes === 8) f.v128.store64_lane(lane, offset)
  else if (bytes === 4) f.v128.store32_lane(lane, offset)
  else if (bytes === 2) f.v128.store16_lane(2 * lane, offset)
  else f.v128.store8_lane(4 * lane, offset)
}

/** The raw lanes of a vector side by side, the first one's address on the stack. */
export function storeNext(
  f: FunctionBuilder,
  dtype: DType,
  width: Width,
  raw: Local,
  offset: number,
): void {
  const { bytes } = dtypes[dtype]
  f.localGet(raw)
  if (bytes < 4) {
    f.localGet(raw)
    const lane = (i: number): number => 4 * (Math.floor(i / bytes) % 4) + (i % bytes)
    f.i8x16.shuffle(...Array.from({ length: 16 }, (_, i) => lane(i)))
  }
  switch (width * bytes) {
    case 16:
      f.v128.store(offset, bytes)
      break
    case 8:
      f.v128.store64_lane(0, offset, bytes)
      break
    case 4:
      f.v128.store32_lane(0, offset, bytes)
      break
    default:
      f.v128.store16_lane(0, offset, bytes)
  }
}
