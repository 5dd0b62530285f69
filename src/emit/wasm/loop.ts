/**
 * Loop kernels: maps and reductions.
 *
 * A store whose index or value depends on reduced axes is done for each of their iterations, in the
 * first pass over them in which all totals that it needs are known.
 */

import {
  type Axis,
  conditionsOf,
  type LoopKernel,
  type Scalar,
  type Store,
  strideOf,
  visitScalars,
} from "../../schedule/index.ts"
import { dtypes } from "../../size/index.ts"
import { batchesOf, type Pass, passesOf, storesWithin, type Work } from "../passes.ts"
import { type Gathered, type Unrolled, unrollReduction } from "../unroll.ts"
import { valuesOf } from "../uses.ts"
import type { Local } from "./assembler.ts"
import { KernelContext, type ProgramContext } from "./context.ts"
import { type Crossing, findCrossing, storeBlock } from "./crossing.ts"
import { findNextRow, type NextRow } from "./next-row.ts"
import {
  combineLanes,
  combineVectors,
  type Push,
  type Running,
  runningPlace,
  runningTotal,
  seeksPlace,
} from "./reduction.ts"

/** Writes the function of a loop kernel, which does one piece. */
export function emitLoop(program: ProgramContext, kernel: LoopKernel): KernelContext {
  const { reduced, accumulators, stores } = kernel
  const unrolled = stores.some((store) => storesWithin(kernel, store))
    ? { reduced, gathered: accumulators.map((a) => ({ accumulator: a, values: [a.value] })) }
    : unrollReduction(kernel)
  const passes = passesOf(
    unrolled.gathered,
    stores.filter((store) => storesWithin(kernel, store)),
  )
  const nextRow = findNextRow(kernel, passes, laneOf(kernel))
  const done = nextRow === undefined ? passes : [nextRow.pass, ...passes.slice(1)]
  const context = new KernelContext(program, kernel, kernel.axes, [
    ...done.flatMap(({ members }) => members.flatMap(({ values }) => values)),
    ...stores.flatMap(({ value, index }) => [value, ...valuesOf(index)]),
  ])
  const emitter = new LoopEmitter(context, kernel, { ...unrolled, passes, nextRow })
  emitter.emit()
  return context
}

/** How a kernel goes over its reduced axes. */
interface Plan extends Unrolled {
  readonly passes: readonly Pass[]
  readonly nextRow: NextRow | undefined
}

/** Runs `body` for all iterations of axes; those over threads stand already. */
export function nest(
  context: KernelContext,
  axes: readonly Axis[],
  lane: Axis | undefined,
  unroll: number,
  work: Work,
  body: () => void,
): void {
  const [axis, ...inner] = axes
  if (axis === undefined) {
    body()
    return
  }
  const rest = (): void => nest(context, inner, lane, unroll, work, body)
  if (axis.place === "threads") {
    rest()
    return
  }
  const end = context.endOf(axis)
  if (axis === lane) context.loops.lanes(axis, end, unroll, work, rest)
  else context.loops.steps(axis, typeof end === "number" ? end : end.local, work, rest)
}

type Load = Extract<Scalar, { kind: "load" }>

/** Loads of the row after the one at hand, so many bytes behind this row's. */
interface Ahead {
  readonly loads: readonly Load[]
  readonly distance: Local
}

/** Bytes that come from memory together. */
const cacheLine = 64

class LoopEmitter {
  readonly #context: KernelContext
  readonly #kernel: LoopKernel
  /** The axis in lanes, if there is one that can be. */
  readonly #lane: Axis | undefined
  readonly #unroll: number
  /** The reduced axes that are loops. */
  readonly #reduced: readonly Axis[]
  readonly #passes: readonly Pass[]
  /** What is stored once for the mapped axes. */
  readonly #stores: readonly Store[]
  readonly #code: Push
  readonly #nextRow: NextRow | undefined

  constructor(context: KernelContext, kernel: LoopKernel, plan: Plan) {
    const { reduced, gathered } = plan
    this.#context = context
    this.#kernel = kernel
    this.#lane = laneOf(kernel)
    this.#unroll = this.#lane === undefined ? 1 : chooseUnroll(kernel, gathered, this.#lane)
    this.#reduced = reduced
    const { values, uses, scopes } = context
    this.#passes = plan.passes
    this.#nextRow = plan.nextRow
    this.#stores = kernel.stores.filter((store) => !storesWithin(kernel, store))
    this.#code = {
      push: (scalar, u) => values.push(scalar, u),
      keep: (scalar, u) => values.keep(scalar, u),
      isKept: (scalar, u) => uses.isShared(scalar) || scopes.value(scalar, u) !== undefined,
    }
  }

  emit(): void {
    const { axes, stores } = this.#kernel
    const scalars = [
      ...this.#passes.flatMap(({ work }) => work.scalars),
      ...this.#stores.map(({ value }) => value),
    ]
    this.#context.bindThreads(axes)
    const crossing =
      this.#context.width === 4 && this.#lane && findCrossing(this.#kernel, this.#lane)
    if (crossing && this.#lane !== undefined) {
      this.#emitCrossing(crossing, this.#lane, { scalars, stores })
      return
    }
    if (this.#nextRow !== undefined) {
      this.#emitRows(this.#nextRow, { scalars, stores })
      return
    }
    nest(this.#context, axes, this.#lane, this.#unroll, { scalars, stores }, () => {
      for (const pass of this.#passes) this.#reduce(pass)
      this.#store(this.#stores)
    })
  }

  /** Rows whose first pass is done in the last one of the row before. */
  #emitRows({ row, next, pass }: NextRow, { scalars, stores }: Work): void {
    const { f, scopes } = this.#context
    const [, ...others] = this.#passes
    const whole = { scalars: [...scalars, ...pass.work.scalars], stores }
    const totals = pass.members.map(() => f.local("v128"))
    const keep = (found: readonly Local[]): void => {
      for (const [i, total] of found.entries()) {
        f.localGet(total)
        f.localSet(totals[i])
      }
    }
    const nestRows = (axes: readonly Axis[], body: () => void): void =>
      nest(this.#context, axes, this.#lane, this.#unroll, whole, body)
    nestRows(this.#kernel.axes.slice(0, -1), () => {
      scopes.within(() => {
        scopes.bind(next, 0)
        keep(this.#reduceLanes({ members: [], work: { scalars: [], stores: [] } }, pass))
      })
      nestRows([row], () => {
        for (const [i, { number }] of pass.members.entries()) {
          scopes.setTotal(number, () => f.localGet(totals[i]))
        }
        scopes.bind(next, this.#followingRow(row))
        let found: readonly Local[] = []
        for (const [i, each] of others.entries()) {
          found = this.#reduceLanes(each, i === others.length - 1 ? pass : undefined)
        }
        this.#store(this.#stores)
        keep(found)
      })
    })
  }

  /** The number of the next row; behind the last one there may be no memory: that one is kept to. */
  #followingRow(row: Axis): Local {
    const { f, values } = this.#context
    const end = this.#context.endOf(row)
    const following = f.local("i32", "following")
    values.indices.pushAxis(row)
    f.i32.const(1)
    f.i32.add()
    f.localTee(following)
    values.indices.pushAxis(row)
    f.localGet(following)
    f.push(typeof end === "number" ? end : end.local, "i32")
    f.i32.lt_s()
    f.select()
    f.localSet(following)
    return following
  }

  /** Blocks of the crossing axis, and inside them the lanes. */
  #emitCrossing(crossing: Crossing, lane: Axis, work: Work): void {
    const { loops } = this.#context
    const { axes, stores } = this.#kernel
    const others = axes.filter((axis) => axis !== lane && axis !== crossing.axis)
    nest(this.#context, others, undefined, 1, work, () => {
      const end = this.#context.endOf(lane)
      const width = this.#context.endOf(crossing.axis)
      const inLanes = (body: () => void): void => loops.lanes(lane, end, 1, work, body)
      loops.blocks(
        crossing.axis,
        width,
        crossing.width,
        work,
        (at) => inLanes(() => storeBlock(this.#context, stores, crossing, at)),
        () => inLanes(() => this.#store(stores)),
      )
    })
  }

  /** All values are computed before any is stored: a store may overwrite what others read. */
  #store(stores: readonly Store[]): void {
    const { scopes, values } = this.#context
    for (let u = 0; u < (scopes.lanes?.vectors ?? 1); u++) {
      for (const batch of batchesOf(stores)) {
        const kept = batch.map(({ value }) => values.keep(value, u))
        for (const [i, store] of batch.entries()) {
          values.when(conditionsOf(store), () => values.memory.store(store, u, kept[i]))
        }
      }
    }
  }

  #reduce(pass: Pass): void {
    const { f, scopes } = this.#context
    if (this.#lane !== undefined && this.#reduced.includes(this.#lane)) {
      this.#reduceLanes(pass)
      return
    }
    const vectors = scopes.lanes?.vectors ?? 1
    const running = pass.members.map((member) => this.#running(member, vectors))
    for (const each of running) for (let u = 0; u < vectors; u++) each.begin(u)
    nest(this.#context, this.#reduced, undefined, 1, pass.work, () => {
      for (let u = 0; u < vectors; u++) for (const each of running) each.take(u, u)
      this.#store(pass.work.stores)
    })
    for (const [i, { totals, finish }] of running.entries()) {
      for (let u = 0; u < vectors; u++) finish(u)
      scopes.setTotal(pass.members[i].number, (u) => f.localGet(totals[u]))
    }
  }

  /**
   * Several vectors side by side, and one more total for the elements that fill no vector. The totals
   * of a pass that is done in the same loop are given back: they are another row's.
   */
  #reduceLanes(pass: Pass, other?: Pass): readonly Local[] {
    const { f, scopes } = this.#context
    const tail = this.#unroll
    const members = [...pass.members, ...(other?.members ?? [])]
    const running = members.map((member) => this.#running(member, tail + 1))
    for (const each of running) for (let u = 0; u <= tail; u++) each.begin(u)
    const ahead = this.#loadsAhead(pass)
    const { scalars, stores } = pass.work
    const asked = other?.work.scalars ?? ahead?.loads ?? []
    const work = { scalars: [...scalars, ...asked], stores }
    nest(this.#context, this.#reduced, this.#lane, this.#unroll, work, () => {
      const vectors = scopes.lanes?.vectors
      if (ahead !== undefined && vectors !== undefined) this.#touch(ahead, vectors)
      if (vectors === undefined) for (const each of running) each.take(tail, 0)
      else for (let u = 0; u < vectors; u++) for (const each of running) each.take(u, u)
      this.#store(stores)
    })
    const found = members.map(({ accumulator }, i) => {
      const { totals, finish } = running[i]
      if (seeksPlace(accumulator)) return totals[0]
      for (let u = 0; u <= tail; u++) finish(u)
      const { combine, dtype } = accumulator
      combineVectors(f, combine, dtype, totals.slice(0, tail))
      combineLanes(f, combine, dtype, totals[0], this.#context.width)
      combineVectors(f, combine, dtype, [totals[0], totals[tail]])
      return totals[0]
    })
    for (const [i, { number }] of pass.members.entries()) {
      scopes.setTotal(number, () => f.localGet(found[i]))
    }
    return found.slice(pass.members.length)
  }

  /**
   * What the first pass will read of the next row: asked for in the last pass over this one, or in the
   * one before where the last one reads it.
   */
  #loadsAhead(pass: Pass): Ahead | undefined {
    const { f, scopes } = this.#context
    const row = this.#kernel.axes.findLast(({ place, extent }) => place === "steps" && extent > 1)
    const lane = this.#lane
    if (row === undefined || lane === undefined) return undefined
    const asking = this.#passes.length - (this.#nextRow === undefined ? 1 : 2)
    if (asking < 1 || pass !== this.#passes[asking]) return undefined
    const loads: Load[] = []
    const distances = new Set<number>()
    visitScalars(this.#passes[0].work.scalars, (scalar) => {
      if (scalar.kind !== "load" || strideOf(scalar.index, lane) !== 1) return
      const distance = strideOf(scalar.index, row) ?? 0
      if (distance <= 0) return
      loads.push(scalar)
      distances.add(distance * dtypes[scalar.buffer.dtype].bytes)
    })
    const [bytes, ...others] = distances
    const at = scopes.axis(row)
    if (bytes === undefined || others.length > 0 || at === undefined) return undefined
    // Behind the last row there may be no memory: that one is touched again.
    const distance = f.local("i32", "ahead")
    const end = this.#context.endOf(row)
    f.i32.const(bytes)
    f.i32.const(0)
    f.push(at, "i32")
    f.i32.const(1)
    f.i32.add()
    f.push(typeof end === "number" ? end : end.local, "i32")
    f.i32.lt_s()
    f.select()
    f.localSet(distance)
    return { loads, distance }
  }

  /**
   * Reads an element of each cache line of the next row, so that it comes from memory while this row
   * is computed; WebAssembly has no other way to ask for it.
   */
  #touch({ loads, distance }: Ahead, vectors: number): void {
    const { f, values, width } = this.#context
    for (const { buffer, index } of loads) {
      const each = cacheLine / dtypes[buffer.dtype].bytes
      for (let lane = 0; lane < vectors * width; lane += each) {
        const offset = values.indices.pushAddress(buffer, index, lane)
        f.localGet(distance)
        f.i32.add()
        f.i32.load8_u(offset)
        f.drop()
      }
    }
  }

  #running({ accumulator, values }: Gathered, vectors: number): Running {
    const { relaxed } = this.#context
    if (seeksPlace(accumulator)) {
      return runningPlace(this.#context, accumulator, vectors, this.#code, () => this.#pushPlace())
    }
    return runningTotal(this.#context, accumulator, values, vectors, this.#code, relaxed)
  }

  /** Pushes the row-major number of the iteration of the reduced axes. */
  #pushPlace(): void {
    const { f, values } = this.#context
    f.i32.const(0)
    for (const axis of this.#kernel.reduced) {
      f.i32.const(axis.extent)
      f.i32.mul()
      values.indices.pushAxis(axis)
      f.i32.add()
    }
  }
}

/** Places of extremes are sought one element after another. */
function laneOf({ axes, reduced, accumulators }: LoopKernel): Axis | undefined {
  return [...axes, ...(accumulators.some(seeksPlace) ? [] : reduced)].find(
    (axis) => axis.place === "lanes",
  )
}

/** Vectors to work on together: more for small bodies, and enough to hide latency in reductions. */
function chooseUnroll(
  { axes, accumulators, stores }: LoopKernel,
  gathered: readonly Gathered[],
  lane: Axis,
): number {
  let size = 0
  const scalars: Scalar[] = [
    ...gathered.flatMap(({ values }) => values),
    ...stores.map(({ value }) => value),
  ]
  visitScalars(scalars, ({ kind }) => {
    size += kind === "guard" ? 8 : kind === "apply" || kind === "load" ? 1 : 0
  })
  const most = Math.max(1, Math.floor(lane.extent / 4))
  if (accumulators.length === 0) return Math.min(most, size <= 6 ? 4 : size <= 16 ? 2 : 1)
  if (!axes.includes(lane)) {
    return Math.min(most, size <= 16 && accumulators.length <= 2 ? 4 : 2)
  }
  // Columns side by side make whole cache lines.
  return Math.min(most, size * accumulators.length <= 8 ? 8 : size <= 24 ? 4 : 2)
}
