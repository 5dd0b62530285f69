/** An operand of a contraction as packing sees it: along which axis its elements are fetched. */

import {
  Axis,
  axisIndex,
  type Condition,
  type Index,
  type Scalar,
  ScalarRewriter,
  strideOf,
  visitScalars,
} from "../schedule/index.ts"
import { type Flat, flatten } from "./flatten.ts"

/** An operand over mapped axes (rows or columns) and depth axes. */
export interface Side {
  /** Rows or columns of a panel. */
  readonly width: number
  readonly mapped: Flat
  readonly depth: Flat
  readonly value: Scalar
  readonly way: Way
}

/** How the elements of an operand come into panels. */
export type Way =
  /** Runs of memory along depth are interleaved as they lie, or zeros where a test fails. */
  | ({ readonly kind: "interleave" } & GuardedLoad)
  /** Blocks of memory, contiguous along the mapped axis, are copied as they lie. */
  | ({ readonly kind: "slice" } & GuardedLoad)
  /** The value is computed along the depth, or along the mapped axis, and then packed. */
  | { readonly kind: "compute"; readonly along: "depth" | "mapped" }

/** A load where the conditions hold, and zero elsewhere. */
export interface GuardedLoad {
  readonly load: Extract<Scalar, { kind: "load" }>
  readonly conditions: readonly Condition[]
}

/** Reads an operand: merges and cuts its axes and chooses the way to fetch it. */
export function sideOf(
  width: number,
  value: Scalar,
  mapped: readonly Axis[],
  depth: readonly Axis[],
): Side {
  const { flats, scalars } = flatten([mapped, depth], [value], [])
  const [items, steps] = flats
  const way = wayOf(scalars[0], items, steps)
  return { width, mapped: items, depth: steps, value: scalars[0], way }
}

/** The same mapped axes once more: for code that has several rows at hand. */
export function copyMapped(
  { outer, start, ...others }: Flat,
  { load, conditions }: GuardedLoad,
): { readonly mapped: Flat } & GuardedLoad {
  const copy = ({ name, extent, place }: Axis): Axis => new Axis(name, extent, place)
  const copies = new Map([...outer, start].map((axis) => [axis, copy(axis)]))
  const copied = (axis: Axis): Axis => copies.get(axis) ?? axis
  const { index } = new ScalarRewriter((axis) => {
    const other = copies.get(axis)
    return other && axisIndex(other)
  })
  return {
    mapped: { ...others, outer: outer.map(copied), start: copied(start) },
    load: { ...load, index: index(load.index) },
    conditions: conditions.map((c) => ({ ...c, index: index(c.index) })),
  }
}

function wayOf(value: Scalar, mapped: Flat, depth: Flat): Way {
  const along = score(value, mapped) > score(value, depth) ? "mapped" : "depth"
  const plain = guardedLoad(value)
  if (plain === undefined) return { kind: "compute", along }
  const strides = (flat: Flat): readonly (number | undefined)[] =>
    plain.conditions.map(({ index }) => strideOf(index, flat.run))
  if (along === "depth") {
    const copies = strideOf(plain.load.index, depth.run) === 1
    const uniform = strides(depth).every((stride) => stride === 0)
    return copies && uniform ? { kind: "interleave", ...plain } : { kind: "compute", along }
  }
  const copies =
    strideOf(plain.load.index, mapped.run) === 1 &&
    strideOf(plain.load.index, depth.run) !== undefined
  const uniform = strides(mapped).every((stride) => stride === 0)
  const rising = strides(depth).every((stride) => stride !== undefined && stride >= 0)
  return copies && uniform && rising ? { kind: "slice", ...plain } : { kind: "compute", along }
}

/** How well runs of an axis suit vectors: contiguous loads count for it, others against it. */
function score(value: Scalar, { run, extent }: Flat): number {
  let sum = 0
  for (const index of addressesOf(value)) {
    const stride = strideOf(index, run)
    if (stride === 1) sum += 2
    else if (stride !== 0) sum -= 1
  }
  return sum * Math.min(1, extent / 16)
}

function addressesOf(value: Scalar): Index[] {
  const found: Index[] = []
  visitScalars([value], (scalar) => {
    if (scalar.kind === "load") found.push(scalar.index)
  })
  return found
}

function guardedLoad(value: Scalar): GuardedLoad | undefined {
  if (value.kind === "load") return { load: value, conditions: [] }
  if (value.kind !== "guard") return undefined
  const { otherwise } = value
  if (otherwise.kind !== "constant" || otherwise.value !== 0) return undefined
  const inner = guardedLoad(value.value)
  return inner && { load: inner.load, conditions: [...value.conditions, ...inner.conditions] }
}
