/** Walks over groups of axes that count as one, in runs of the last. */

import type { Axis } from "../../schedule/index.ts"
import type { Flat } from "../flatten.ts"
import type { Local } from "./assembler.ts"
import type { KernelContext } from "./context.ts"
import { Counts } from "./contraction-counts.ts"

/** Binds all axes of a flat group but the run to what a flat number stands for; returns the start. */
export function decode(context: KernelContext, place: Local, flat: Flat): Local {
  const { f, scopes } = context
  const { quotient, remainder } = new Counts(f)
  const [outermost, ...between] = flat.outer
  if (outermost === undefined) {
    scopes.bind(flat.start, place)
    return place
  }
  let rest = place
  const split = (axis: Axis): Local => {
    const coordinate = f.local("i32", axis.name)
    const whole = f.local("i32")
    f.set(coordinate, remainder(rest, axis.extent))
    f.set(whole, quotient(rest, axis.extent))
    scopes.bind(axis, coordinate)
    rest = whole
    return coordinate
  }
  const start = split(flat.start)
  for (const axis of between.reverse()) split(axis)
  scopes.bind(outermost, rest)
  return start
}

/** Part of a walk, along one run: iterations [at, at + length) of the walk. */
export interface Stretch {
  readonly at: Local
  readonly length: Local
}

/**
 * Walks `count` iterations of a flat group from the flat number `first` on, in stretches along its
 * last axis. The body runs in a scope where all axes but the run are bound.
 */
export function eachRun(
  context: KernelContext,
  flat: Flat,
  first: Local,
  count: Local,
  body: (stretch: Stretch) => void,
): void {
  const { f, scopes } = context
  const { add, subtract, least } = new Counts(f)
  const at = f.local("i32", "at")
  f.set(at, 0)
  if (flat.outer.length === 0) {
    scopes.within(() => {
      scopes.bind(flat.start, first)
      body({ at, length: count })
    })
    return
  }
  const place = f.local("i32", "place")
  const length = f.local("i32", "length")
  f.forRange(at, 0, count, length, () => {
    f.set(place, add(first, at))
    scopes.within(() => {
      const start = decode(context, place, flat)
      f.set(length, least(subtract(flat.extent, start), subtract(count, at)))
      body({ at, length })
    })
  })
}
