/** Places of extremes: where the first greatest or least value stands, found in lanes. */

import { type ExtremePlace, identityOf, type Scalar } from "../../schedule/index.ts"
import type { DType } from "../../size/index.ts"
import { inPairs } from "../pairwise.ts"
import type { FunctionBuilder, Local } from "./assembler.ts"
import { type Place, pushConstant } from "./constants.ts"
import { narrowMask, widenMask } from "./doubles.ts"
import { halves, neighbours, type Push, type Running } from "./reduction.ts"

/** The most extreme value so far, lane by lane, and where it stands. */
interface Found {
  readonly best: Local
  readonly place: Local
}

/**
 * The place of the first extreme value; the first NaN counts as more extreme than all others. `place`
 * is the number of the iteration at hand.
 */
export function runningPlace(
  code: Place,
  { combine, value }: ExtremePlace,
  vectors: number,
  push: Push,
  place: Scalar,
): Running {
  const { f } = code
  const found = Array.from({ length: vectors }, () => ({
    best: f.local("v128"),
    place: f.local("v128"),
  }))
  const { dtype } = value
  const direction = combine === "argmax" ? "max" : "min"
  return {
    totals: found.map(({ place }) => place),
    begin: (vector) => {
      pushConstant(code, dtype, identityOf(direction, dtype))
      f.localSet(found[vector].best)
      f.i32x4.const(0)
      f.localSet(found[vector].place)
    },
    // Places rise along the way: what is as extreme comes too late.
    take: (vector, u) => {
      const next = push.keep(value, u)
      const better = f.local("v128")
      pushBeyond(f, direction, dtype, next, found[vector].best)
      f.localSet(better)
      choose(f, dtype, found[vector], { best: next, place: push.keep(place, u) }, better)
    },
    finish: () => {},
    merge: (several, width) => {
      inPairs(several, (into, from) => mergeInto(f, direction, dtype, found[into], found[from]))
      const isDouble = dtype === "float64"
      for (const ofPlaces of width === 4 ? [halves, neighbours] : [neighbours]) {
        const other = { best: f.local("v128"), place: f.local("v128") }
        shuffle(f, found[0].best, isDouble ? halves : ofPlaces, other.best)
        shuffle(f, found[0].place, ofPlaces, other.place)
        mergeInto(f, direction, dtype, found[0], other)
      }
      mergeInto(f, direction, dtype, found[0], found[several])
    },
  }
}

function shuffle(f: FunctionBuilder, from: Local, order: readonly number[], to: Local): void {
  f.localGet(from)
  f.localGet(from)
  f.i32x4.shuffle(...order)
  f.localSet(to)
}

/** Keeps of two places the one of the more extreme value, or the first where they are alike. */
function mergeInto(
  f: FunctionBuilder,
  direction: "max" | "min",
  dtype: DType,
  into: Found,
  other: Found,
): void {
  const [better, worse] = [f.local("v128"), f.local("v128")]
  pushBeyond(f, direction, dtype, other.best, into.best)
  f.localSet(better)
  pushBeyond(f, direction, dtype, into.best, other.best)
  f.localSet(worse)
  f.localGet(other.place)
  f.localGet(into.place)
  f.i32x4.lt_s()
  f.localGet(worse)
  f.v128.andnot()
  f.localGet(better)
  f.v128.or()
  f.localSet(better)
  choose(f, dtype, into, other, better)
}

/** Takes the lanes of another where the mask, of 32 bits a lane, is set. */
function choose(f: FunctionBuilder, dtype: DType, into: Found, other: Found, mask: Local): void {
  f.localGet(other.best)
  f.localGet(into.best)
  f.localGet(mask)
  if (dtype === "float64") widenMask(f)
  f.v128.bitselect()
  f.localSet(into.best)
  f.localGet(other.place)
  f.localGet(into.place)
  f.localGet(mask)
  f.v128.bitselect()
  f.localSet(into.place)
}

/** Pushes where the values of `a` lie beyond those of `b`, as a mask of 32 bits a lane. */
function pushBeyond(
  f: FunctionBuilder,
  direction: "max" | "min",
  dtype: DType,
  a: Local,
  b: Local,
): void {
  const more = direction === "max"
  if (dtype === "float32" || dtype === "float64") {
    // Not at most as far, which NaN is not, and b no NaN.
    const lanes = dtype === "float64" ? f.f64x2 : f.f32x4
    f.localGet(b)
    f.localGet(b)
    lanes.eq()
    f.localGet(a)
    f.localGet(b)
    lanes[more ? "le" : "ge"]()
    f.v128.andnot()
    if (dtype === "float64") narrowMask(f)
    return
  }
  f.localGet(a)
  f.localGet(b)
  if (dtype === "uint32") f.i32x4[more ? "gt_u" : "lt_u"]()
  // A mask is −1 where it is set.
  else if (dtype === "bool") f.i32x4[more ? "lt_s" : "gt_s"]()
  else f.i32x4[more ? "gt_s" : "lt_s"]()
}
