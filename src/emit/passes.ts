/**
 * Passes: how often a loop kernel goes over its reduced axes, and what it reduces and stores each
 * time.
 */

import {
  type Axis,
  addIndices,
  axisIndex,
  constantIndex,
  type Scalar,
  type Store,
  scaleIndex,
  visitScalars,
} from "../schedule/index.ts"
import type { Gathered } from "./unroll.ts"

/** Expressions that the body of a loop evaluates, and places that it stores to. */
export interface Work {
  readonly scalars: readonly Scalar[]
  readonly stores: readonly Store[]
}

/** Stores in order, a new batch beginning where a value reads what the batch stores. */
export function batchesOf(stores: readonly Store[]): readonly (readonly Store[])[] {
  const batches: Store[][] = []
  for (const store of stores) {
    const batch = batches.at(-1)
    let reads = batch === undefined
    visitScalars([store.value], (scalar) => {
      if (scalar.kind === "load") reads ||= batch?.some((s) => s.buffer === scalar.buffer) ?? true
    })
    if (reads) batches.push([store])
    else batch?.push(store)
  }
  return batches
}

/** Accumulators that are reduced together, and stores along the way. */
export interface Pass {
  readonly members: readonly (Gathered & { readonly number: number })[]
  readonly work: Work
}

/** An accumulator whose values need the totals of others is reduced in a pass after theirs. */
export function passesOf(gathered: readonly Gathered[], stores: readonly Store[]): readonly Pass[] {
  const passes: { members: (Gathered & { number: number })[]; stores: Store[] }[] = []
  const passOf: number[] = []
  const firstPass = (values: readonly Scalar[]): number => {
    let pass = 0
    visitScalars(values, (scalar) => {
      if (scalar.kind === "accumulator") pass = Math.max(pass, passOf[scalar.number] + 1)
    })
    while (passes.length <= pass) passes.push({ members: [], stores: [] })
    return pass
  }
  for (const [number, { accumulator, values }] of gathered.entries()) {
    const pass = firstPass(values)
    passOf.push(pass)
    passes[pass].members.push({ number, accumulator, values })
  }
  for (const store of stores) passes[firstPass([store.value])].stores.push(store)
  return passes.map(({ members, stores }) => {
    const values = [...members.flatMap((m) => m.values), ...stores.map(({ value }) => value)]
    return { members, work: { scalars: values, stores } }
  })
}

/** The row-major number of the iteration of the reduced axes. */
export function placeAmong(reduced: readonly Axis[]): Scalar {
  const index = reduced.reduce(
    (flat, axis) => addIndices(scaleIndex(flat, axis.extent), axisIndex(axis)),
    constantIndex(0),
  )
  return { kind: "index", dtype: "int32", index }
}
