/** How values combine: into accumulators lane by lane, and across the lanes of one. */

import { type Combine, identityOf, type Scalar, type Total } from "../../schedule/index.ts"
import type { DType } from "../../size/index.ts"
import { inPairs } from "../pairwise.ts"
import type { FunctionBuilder, Local } from "./assembler.ts"
import { type Place, pushConstant } from "./constants.ts"
import type { Width } from "./elements.ts"

/** Combines the two vectors on the stack. Extremes of floats are NaN where either is. */
export function emitCombine(f: FunctionBuilder, combine: Combine, dtype: DType): void {
  switch (combine) {
    case "sum":
      if (dtype === "float64") f.f64x2.add()
      else if (dtype === "float32") f.f32x4.add()
      else if (dtype === "bool") f.v128.xor()
      else f.i32x4.add()
      break
    case "prod":
      if (dtype === "float64") f.f64x2.mul()
      else if (dtype === "float32") f.f32x4.mul()
      else if (dtype === "bool") f.v128.and()
      else f.i32x4.mul()
      break
    case "max":
      if (dtype === "float64") f.f64x2.max()
      else if (dtype === "float32") f.f32x4.max()
      else if (dtype === "bool") f.v128.or()
      else if (dtype === "int32") f.i32x4.max_s()
      else f.i32x4.max_u()
      break
    case "min":
      if (dtype === "float64") f.f64x2.min()
      else if (dtype === "float32") f.f32x4.min()
      else if (dtype === "bool") f.v128.and()
      else if (dtype === "int32") f.i32x4.min_s()
      else f.i32x4.min_u()
      break
  }
}

/** Combines the lanes of a vector, the halves first; all of them then hold the result. */
function combineLanes(
  f: FunctionBuilder,
  combine: Combine,
  dtype: DType,
  vector: Local,
  width: Width,
): void {
  const orders = width === 4 ? [halves, neighbours] : dtype === "float64" ? [halves] : [neighbours]
  for (const order of orders) {
    f.localGet(vector)
    f.localGet(vector)
    f.localGet(vector)
    f.i32x4.shuffle(...order)
    emitCombine(f, combine, dtype)
    f.localSet(vector)
  }
}

/** Orders of lanes: the halves exchanged, and neighbours. */
export const [halves, neighbours] = [
  [2, 3, 0, 1],
  [1, 0, 3, 2],
]

/** Combines several vectors into the first of them, in pairs. */
function combineVectors(
  f: FunctionBuilder,
  combine: Combine,
  dtype: DType,
  vectors: readonly Local[],
): void {
  inPairs(vectors.length, (into, from) => {
    f.localGet(vectors[into])
    f.localGet(vectors[from])
    emitCombine(f, combine, dtype)
    f.localSet(vectors[into])
  })
}

/** How an expression is pushed: vector `u` of it. */
export interface Push {
  push(scalar: Scalar, u: number): void
  keep(scalar: Scalar, u: number): Local
  /** Whether a value is at hand in a local already, or wanted by others too. */
  isKept(scalar: Scalar, u: number): boolean
}

/** Accumulators of one kernel in locals; one running total per vector. */
export interface Running {
  /** Sets the locals to what an empty reduction gives. */
  begin(vector: number): void
  /** Takes in vector `u` of the values, into running total number `vector`. */
  take(vector: number, u: number): void
  /** Brings a running total into its final form. */
  finish(vector: number): void
  /** Brings `several` totals and the one after them, whose lanes are alike, together in the first. */
  merge(several: number, width: Width): void
  readonly totals: readonly Local[]
}

/** How totals run: fused where the engine can, and extremes of float32 with a watch for NaN. */
export interface RunningOptions {
  readonly relaxed: boolean
  readonly watched: boolean
}

/** A sum, product or extreme value. A sum of products is fused where the engine can. */
export function runningTotal(
  place: Place,
  { combine, dtype }: Total,
  values: readonly Scalar[],
  vectors: number,
  code: Push,
  { relaxed, watched }: RunningOptions,
): Running {
  if (dtype === "float32" && (combine === "max" || combine === "min")) {
    return runningExtreme(place, combine, values, vectors, code, watched)
  }
  const { f } = place
  const totals = Array.from({ length: vectors }, () => f.local("v128"))
  const fuses = combine === "sum" && dtype === "float32" && relaxed
  return {
    totals,
    begin: (vector) => {
      pushConstant(place, dtype, identityOf(combine, dtype))
      f.localSet(totals[vector])
    },
    take: (vector, u) => {
      for (const value of values) {
        const isProduct = value.kind === "apply" && value.primitive === "multiply"
        if (fuses && isProduct && !code.isKept(value, u)) {
          for (const factor of value.operands) code.push(factor, u)
          f.localGet(totals[vector])
          f.f32x4.relaxed_madd()
        } else {
          f.localGet(totals[vector])
          code.push(value, u)
          emitCombine(f, combine, dtype)
        }
        f.localSet(totals[vector])
      }
    },
    finish: () => {},
    merge: merging(f, combine, dtype, totals),
  }
}

function merging(
  f: FunctionBuilder,
  combine: Combine,
  dtype: DType,
  totals: readonly Local[],
): Running["merge"] {
  return (several, width) => {
    combineVectors(f, combine, dtype, totals.slice(0, several))
    combineLanes(f, combine, dtype, totals[0], width)
    combineVectors(f, combine, dtype, [totals[0], totals[several]])
  }
}

/**
 * An extreme of floats: pmax(a, b), one instruction, is a where b is NaN, so NaNs are remembered
 * apart where they are watched for. All bits set, as a mask has them, are a NaN too.
 */
function runningExtreme(
  place: Place,
  combine: "max" | "min",
  values: readonly Scalar[],
  vectors: number,
  code: Push,
  watched: boolean,
): Running {
  const { f } = place
  const totals = Array.from({ length: vectors }, () => f.local("v128"))
  const nans = watched ? totals.map(() => f.local("v128")) : undefined
  return {
    totals,
    begin: (vector) => {
      pushConstant(place, "float32", identityOf(combine, "float32"))
      f.localSet(totals[vector])
      if (nans === undefined) return
      f.f32x4.const(0)
      f.localSet(nans[vector])
    },
    take: (vector, u) => {
      for (const value of values) {
        const next = code.keep(value, u)
        f.localGet(totals[vector])
        f.localGet(next)
        if (combine === "max") f.f32x4.pmax()
        else f.f32x4.pmin()
        f.localSet(totals[vector])
        if (nans === undefined) continue
        f.localGet(nans[vector])
        f.localGet(next)
        f.localGet(next)
        f.f32x4.ne()
        f.v128.or()
        f.localSet(nans[vector])
      }
    },
    finish: (vector) => {
      if (nans === undefined) return
      f.localGet(totals[vector])
      f.localGet(nans[vector])
      f.v128.or()
      f.localSet(totals[vector])
    },
    merge: merging(f, combine, "float32", totals),
  }
}
