/** Sorting short rows by their ranks, four elements at a time. */

import type { SortKernel } from "../../schedule/index.ts"
import type { DType } from "../../size/index.ts"
import type { FunctionBuilder, Local } from "./assembler.ts"
import { moveElement } from "./ordering.ts"

/** Sorts the row of operands that starts at `from`, the first its key, to the results at `to`. */
export function sortByRanks(
  f: FunctionBuilder,
  { extent, operands }: SortKernel,
  keys: Local,
  from: readonly Local[],
  to: readonly Local[],
): void {
  const whole = extent - (extent % 4)
  const padded = 4 * Math.ceil(extent / 4)
  writeKeys(f, operands[0].dtype, extent, from[0], keys)
  const [block, other, rank, place] = ["block", "other", "rank", "place"].map((name) =>
    f.local("i32", name),
  )
  const [own, ranks] = [f.local("v128", "own"), f.local("v128", "ranks")]
  /** Pushes the key that is j behind the others' first in all lanes. */
  const splat = (j: number): void => {
    f.localGet(keys)
    f.localGet(other)
    f.i32.add()
    f.v128.load32_splat(4 * j)
  }
  /** Adds one where `own` is behind the key number `other` + j, or not before it. */
  const compare = (j: number, orEqual: boolean): void => {
    f.localGet(ranks)
    if (orEqual) f.i32x4.const(1)
    if (orEqual) splat(j)
    f.localGet(own)
    if (!orEqual) splat(j)
    // A mask is −1 where it is set: one is added, and taken away where the other is behind.
    f.i32x4.gt_s()
    if (orEqual) f.i32x4.add()
    if (orEqual) f.i32x4.add()
    else f.i32x4.sub()
    f.localSet(ranks)
  }
  const ranksOf = (): void => {
    f.localGet(keys)
    f.localGet(block)
    f.i32.add()
    f.v128.load()
    f.localSet(own)
    f.i32x4.const(0)
    f.localSet(ranks)
    const each = (start: Local | number, end: Local | number, orEqual: boolean): void =>
      f.forRange(other, start, end, 16, () => {
        for (let j = 0; j < 4; j++) compare(j, orEqual)
      })
    each(0, block, true)
    f.set(other, block)
    for (let j = 0; j < 4; j++) {
      compare(j, false)
      if (j === 3) continue
      // Of equals in the same vector the first one comes first.
      f.localGet(ranks)
      f.localGet(own)
      splat(j)
      f.i32x4.eq()
      f.i32x4.const(...[0, 1, 2, 3].map((lane) => (lane > j ? -1 : 0)))
      f.v128.and()
      f.i32x4.sub()
      f.localSet(ranks)
    }
    f.increment(other, 16)
    each(other, 4 * padded, false)
  }
  const move = (lanes: number): void => {
    for (let lane = 0; lane < lanes; lane++) {
      f.localGet(ranks)
      f.i32x4.extract_lane(lane)
      f.localSet(rank)
      f.localGet(block)
      f.i32.const(2)
      f.i32.shr_u()
      f.i32.const(lane)
      f.i32.add()
      f.localSet(place)
      for (const [i, { dtype }] of operands.entries()) {
        moveElement(f, { start: to[i], place: rank }, { start: from[i], place }, dtype)
      }
    }
  }
  f.forRange(block, 0, 4 * whole, 16, () => {
    ranksOf()
    move(4)
  })
  if (whole === extent) return
  f.set(block, 4 * whole)
  ranksOf()
  move(extent - whole)
}

/** Writes integers that compare as the keys do, and greatest ones behind them up to a whole vector. */
function writeKeys(
  f: FunctionBuilder,
  dtype: DType,
  extent: number,
  from: Local,
  keys: Local,
): void {
  const at = f.local("i32", "at")
  const whole = extent - (extent % 4)
  const pushAt = (start: Local): void => {
    f.localGet(start)
    f.localGet(at)
    f.i32.add()
  }
  f.forRange(at, 0, 4 * whole, 16, () => {
    pushAt(keys)
    pushAt(from)
    f.v128.load(0, 4)
    orderly(f, dtype)
    f.v128.store()
  })
  if (whole === extent) return
  f.localGet(keys)
  f.i32x4.const(0x7fffffff)
  f.v128.store(4 * whole)
  for (let i = whole; i < extent; i++) {
    f.localGet(keys)
    f.localGet(from)
    f.v128.load32_splat(4 * i)
    orderly(f, dtype)
    f.v128.store32_lane(0, 4 * i)
  }
}

/** Turns the keys on the stack into int32s in the same order: NaNs are the greatest, −0 is +0. */
function orderly(f: FunctionBuilder, dtype: DType): void {
  if (dtype === "int32") return
  if (dtype === "uint32") {
    f.i32x4.const(-0x80000000)
    f.v128.xor()
    return
  }
  const key = f.local("v128", "key")
  f.f32x4.const(0)
  f.f32x4.add()
  f.localTee(key)
  f.localGet(key)
  f.i32.const(31)
  f.i32x4.shr_s()
  f.i32.const(1)
  f.i32x4.shr_u()
  f.v128.xor()
  f.i32x4.const(0x7fffffff)
  f.localGet(key)
  f.localGet(key)
  f.f32x4.eq()
  f.v128.bitselect()
}
