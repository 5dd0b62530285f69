/** What loop kernels, scans and scatters take, by the nests of loops that they are. */

import { dtypes } from "../../size/index.ts"
import { bytesOf } from "../arena.ts"
import { type Axis, laneOf } from "../axis.ts"
import type { Buffer, Scalar } from "../expression.ts"
import { strideOf } from "../index-function.ts"
import {
  type Accumulator,
  type LoopKernel,
  rowsOfScan,
  rowsTogether,
  type ScanKernel,
  type ScatterKernel,
  type Store,
} from "../kernel.ts"
import { storesWithin, visitScalars } from "../rewrite.ts"
import type { Vectors } from "../target.ts"
import { type CostKind, isDear, type Tally } from "./kinds.ts"
import { type Access, extentOf, joined, Nest, readsPlaces, vectorsOf } from "./nest.ts"

/** Vectors that one turn of a loop works on, more where its body is small. */
function unrollOf(roots: readonly Scalar[], accumulators: number): number {
  let size = 0
  visitScalars(roots, ({ kind }) => {
    size += kind === "guard" ? 8 : kind === "apply" || kind === "load" ? 1 : 0
  })
  if (accumulators > 0) return size <= 16 && accumulators <= 2 ? 4 : 2
  return size <= 6 ? 4 : size <= 16 ? 2 : 1
}

export function countLoop(tally: Tally, kernel: LoopKernel, vectors: Vectors): readonly Access[] {
  const { axes, reduced, accumulators, stores } = kernel
  const lane = laneOf([...axes, ...reduced])
  const values = accumulators.map(({ value }) => value)
  const roots = [...values, ...stores.map(({ value }) => value)]
  const unroll = lane === undefined ? 1 : unrollOf(roots, accumulators.length)
  const nest = new Nest([...axes, ...reduced], axes.length, lane, unroll, vectors)
  const crossed = crossingLoads(kernel, nest)
  const seen = new Set<Scalar>(crossed)
  for (const scalar of crossed) tally.add("cross", nest.elements(nest.changeOf(scalar).deepest))
  nest.count(tally, roots, seen)
  countStores(tally, nest, stores, axes.length)
  const whole = { deepest: axes.length + reduced.length - 1, varies: true }
  for (const { combine, value } of accumulators) {
    // A total takes in every iteration, whether its value changes there or not.
    const times = nest.instructions(joined(nest.changeOf(value), whole))
    tally.add(kindOfTotal(combine), vectorsOf(value.dtype) * times)
  }
  countTurns(tally, kernel, nest)
  countStalls(tally, nest, roots)
  const accesses = accessesOf(nest, roots, stores)
  if (crossed.length === 0) return accesses
  // Blocks of eight by the lanes: each of their rows is a place of its own.
  return accesses.map((access) =>
    access.writes ? access : { ...access, scattered: access.bytes / 32 },
  )
}

function kindOfTotal(combine: Accumulator["combine"]): CostKind {
  if (combine === "sum" || combine === "prod") return "accumulate"
  return combine === "max" || combine === "min" ? "extreme" : "place"
}

/** Stores: once for each change of their place or of their value. */
function countStores(tally: Tally, nest: Nest, stores: readonly Store[], mapped: number): void {
  const least = { deepest: mapped - 1, varies: false }
  for (const store of stores) {
    const { index, value } = store
    const change = joined(joined(nest.changeOfIndex(index), nest.changeOf(value)), least)
    nest.countAccess(tally, store, change, "store")
  }
}

/** Turns of innermost loops, beginnings of them, and turns that wait on the turn before. */
function countTurns(
  tally: Tally,
  { axes, reduced, accumulators, stores }: LoopKernel,
  nest: Nest,
): void {
  const { lane } = nest
  const turnsOf = (axis: Axis): number =>
    axis === lane ? nest.turnsAlongLanes(axis) : extentOf(axis)
  const turns = (list: readonly Axis[]): number =>
    list.reduce((product, axis) => product * turnsOf(axis), 1)
  const passes = passesOf([
    ...accumulators.map(({ value }) => value),
    ...stores.filter((store) => storesWithin({ reduced }, store)).map(({ value }) => value),
  ])
  const all = turns(nest.axes)
  const inner = nest.axes.findLast(({ place }) => place !== "threads")
  tally.add("turn", all * passes)
  tally.add("row", (passes * all) / Math.max(1, inner === undefined ? 1 : turnsOf(inner)))
  if (accumulators.length === 0) return
  tally.add("chain", all)
  if (lane !== undefined && reduced.includes(lane)) {
    tally.add("total", accumulators.length * turns(axes))
    tally.add("pass", (passes - 1) * turns(axes))
  }
}

/** Rounds over the reduced axes: a total that needs another one comes after it. */
function passesOf(values: readonly Scalar[]): number {
  const passOf: number[] = []
  for (const value of values) {
    let pass = 1
    visitScalars([value], (scalar) => {
      if (scalar.kind === "accumulator") pass = Math.max(pass, passOf[scalar.number] + 1)
    })
    passOf.push(pass)
  }
  return Math.max(1, ...passOf)
}

/** About how many instructions one of {@link isDear} is, of which most wait on each other; roots and quotients are one. */
const dearLength = 12
const single: ReadonlySet<string> = new Set(["sqrt", "rsqrt", "divide"])

/**
 * Long bodies whose instructions wait on each other: few turns are under way at once. What is computed
 * once for many turns does not keep them waiting.
 */
function countStalls(tally: Tally, nest: Nest, roots: readonly Scalar[]): void {
  const turnsOf = (scalar: Scalar): number => nest.instructions(nest.changeOf(scalar))
  let turns = 0
  visitScalars(roots, (scalar) => {
    if (scalar.kind === "apply") turns = Math.max(turns, turnsOf(scalar))
  })
  let size = 0
  let deepest = 0
  const depth = new Map<Scalar, number>()
  visitScalars(roots, (scalar) => {
    if (scalar.kind !== "apply" || turnsOf(scalar) < turns) return
    const { primitive, operands } = scalar
    const length = isDear(primitive) && !single.has(primitive) ? dearLength : 1
    const own = length + Math.max(0, ...operands.map((operand) => depth.get(operand) ?? 0))
    size += length
    depth.set(scalar, own)
    deepest = Math.max(deepest, own)
  })
  tally.add("stall", turns * deepest * size)
}

/** Loads that run along another axis than the stores: they are turned in blocks in registers. */
function crossingLoads({ axes, accumulators, stores }: LoopKernel, nest: Nest): readonly Scalar[] {
  if (accumulators.length > 0 || nest.lane === undefined) return []
  const loads: Scalar[] = []
  visitScalars(
    stores.map(({ value }) => value),
    (scalar) => {
      if (scalar.kind !== "load" || readsPlaces(scalar.index) || !nest.isSpread(scalar.index))
        return
      const crosses = axes.some(
        (axis) =>
          axis !== nest.lane &&
          axis.place === "steps" &&
          axis.extent >= 4 &&
          strideOf(scalar.index, axis) === 1,
      )
      if (crosses) loads.push(scalar)
    },
  )
  return loads
}

/** The memory of loads and stores: of one buffer, the access that reaches most of it. */
export function accessesOf(
  nest: Nest,
  roots: readonly Scalar[],
  stores: readonly Pick<Store, "buffer" | "index">[],
): readonly Access[] {
  const read = new Map<Buffer, Access>()
  const written = new Map<Buffer, Access>()
  const note = (access: Access): void => {
    const found = access.writes ? written : read
    const known = found.get(access.buffer)
    if (known === undefined || known.bytes < access.bytes) found.set(access.buffer, access)
  }
  visitScalars(roots, (scalar) => {
    if (scalar.kind !== "load") return
    const { buffer, index } = scalar
    note(nest.access(buffer, index, dtypes[buffer.dtype].bytes, bytesOf(buffer)))
  })
  for (const { buffer, index } of stores) {
    const { bytes, scattered } = nest.access(
      buffer,
      index,
      dtypes[buffer.dtype].bytes,
      bytesOf(buffer),
    )
    note({ buffer, bytes, writes: true, scattered })
  }
  return [...read.values(), ...written.values()]
}

export function countScan(tally: Tally, kernel: ScanKernel, vectors: Vectors): readonly Access[] {
  const { axes, along, value, buffer, index } = kernel
  const lane = laneOf(axes)
  const unroll = lane === undefined ? 1 : 4
  const nest = new Nest([...axes, along], axes.length, lane, unroll, vectors)
  nest.count(tally, [value], new Set())
  nest.countAccess(tally, kernel, { deepest: axes.length, varies: true }, "store")
  const turns = lane === undefined ? 1 : walksDown(lane, vectors, unroll)
  const together = rowsOfScan(kernel)
  const others = axes.filter((axis) => axis !== lane)
  const rows = others.reduce((product, axis) => product * walksOver(axis, together), 1)
  const extreme = kernel.combine === "max" || kernel.combine === "min"
  const kind = extreme ? "scanExtreme" : lane === undefined ? "scan" : "scanLanes"
  tally.add(kind, rows * turns * extentOf(along))
  tally.add("row", rows * turns)
  return accessesOf(nest, [value], [{ buffer, index }])
}

/** How often an axis is gone through; rows that are gone along together count once. */
function walksOver(axis: Axis, together: Axis | undefined): number {
  const extent = extentOf(axis)
  if (axis !== together) return extent
  return Math.floor(extent / rowsTogether) + (extent % rowsTogether)
}

/** Walks over all steps that the lanes of a scan take: of whole turns, of single vectors, of what is left. */
function walksDown(lane: Axis, { lanes, masksRest }: Vectors, unroll: number): number {
  const extent = extentOf(lane)
  if (masksRest) return Math.ceil(extent / lanes / unroll)
  const whole = Math.floor(extent / lanes)
  const rest = extent - whole * lanes
  // Where pieces are uneven, vectors that fill no whole turn go one by one.
  const few = lane.within === undefined ? Math.min(1, whole % unroll) : whole % unroll
  return Math.floor(whole / unroll) + few + rest
}

export function countScatter(
  tally: Tally,
  kernel: ScatterKernel,
  vectors: Vectors,
): readonly Access[] {
  const { axes, steps, index, value, when, buffer } = kernel
  const lane = laneOf(axes)
  const inLanes = lane !== undefined && strideOf(index, lane) === 1 ? lane : undefined
  const all = [...axes, ...steps]
  const nest = new Nest(all, all.length, inLanes, 1, vectors)
  nest.count(tally, [value, when], new Set())
  tally.add("scatter", nest.instructions({ deepest: all.length - 1, varies: true }))
  return accessesOf(nest, [value, when], [{ buffer, index }])
}
