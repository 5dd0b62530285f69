/**
 * Loop kernels: maps and reductions.
 *
 * A store whose index or value depends on reduced axes is done for each of their iterations, in the
 * first pass over them in which all totals that it needs are known.
 */

import {
  type Axis,
  axesOf,
  conditionsOf,
  type LoopKernel,
  laneOf,
  type Scalar,
  type Store,
  seeksPlace,
  storesWithin,
  visitScalars,
} from "../../schedule/index.ts"
import { batchesOf, type Pass, passesOf, placeAmong, type Work } from "../passes.ts"
import { type Gathered, type Unrolled, unrollReduction } from "../unroll.ts"
import { valuesOf } from "../uses.ts"
import type { Local } from "./assembler.ts"
import { KernelContext, type ProgramContext } from "./context.ts"
import { type Crossing, findCrossing, storeBlock } from "./crossing.ts"
import { gainsTogether } from "./elementwise.ts"
import { runningPlace } from "./extreme-place.ts"
import { findUnwatched } from "./nan-watch.ts"
import { type Push, type Running, runningTotal } from "./reduction.ts"
import { mostSpread, powersBelow, type Spread, withSpread } from "./row-spread.ts"
import { endsLate, findRowTurns, type Late, type RowTurns } from "./row-turns.ts"
import { findAhead, touch } from "./rows-ahead.ts"

/** Writes the function of a loop kernel, which does one piece. */
export function emitLoop(program: ProgramContext, given: LoopKernel): KernelContext {
  const { kernel, spread } = withSpread(given, laneOf(axesOf(given)))
  const { stores } = kernel
  const unrolled = unrollReduction(kernel)
  const passes = passesOf(
    unrolled.gathered,
    stores.filter((store) => storesWithin(kernel, store)),
  )
  const turns = findRowTurns(kernel, passes, laneOf(axesOf(kernel)))
  const { late } = turns ?? {}
  const done = turns === undefined ? passes : [turns.first, ...turns.own]
  const once = stores.filter((store) => !storesWithin(kernel, store))
  const stored = [
    ...[...done, ...(late === undefined ? [] : [late.pass])].flatMap(({ work }) => work.stores),
    ...(late?.stores ?? once),
  ]
  const context = new KernelContext(program, kernel, kernel.axes, [
    ...done.flatMap(({ members }) => members.flatMap(({ values }) => values)),
    ...stored.flatMap(({ value, index }) => [value, ...valuesOf(index)]),
  ])
  const emitter = new LoopEmitter(context, kernel, {
    ...unrolled,
    passes,
    given,
    turns,
    spread,
    unwatched: findUnwatched(kernel, program.program),
  })
  emitter.emit()
  return context
}

/** How a kernel goes over its reduced axes. */
interface Plan extends Unrolled {
  readonly passes: readonly Pass[]
  readonly turns: RowTurns | undefined
  /** The kernel as it was without the least elements of rows. */
  readonly given: LoopKernel
  readonly spread: Spread | undefined
  /** Extremes without a watch for NaN. */
  readonly unwatched: ReadonlySet<number>
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

/** Passes over neighbouring rows that are done in the loop of another. */
interface Beside {
  readonly late?: Pass | undefined
  readonly first?: Pass
}

const nothing: Pass = { members: [], work: { scalars: [], stores: [] } }

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
  readonly #unwatched: ReadonlySet<number>
  readonly #turns: RowTurns | undefined
  readonly #spread: Spread | undefined

  constructor(context: KernelContext, kernel: LoopKernel, plan: Plan) {
    const { reduced, gathered } = plan
    this.#context = context
    this.#kernel = kernel
    this.#lane = laneOf(axesOf(kernel))
    this.#unroll =
      this.#lane === undefined ? 1 : chooseUnroll(plan.given, gathered, plan.passes, this.#lane)
    this.#reduced = reduced
    const { values, uses, scopes } = context
    this.#passes = plan.passes
    this.#turns = plan.turns
    this.#spread = plan.spread
    this.#unwatched = plan.unwatched
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
    if (this.#turns !== undefined) {
      this.#emitTurns(this.#turns)
      return
    }
    nest(this.#context, axes, this.#lane, this.#unroll, { scalars, stores }, () => {
      for (const pass of this.#passes) this.#reduce(pass)
      this.#store(this.#stores)
    })
  }

  /** Rows whose passes go together with those of their neighbours. */
  #emitTurns({ row, next, first, own, late }: RowTurns): void {
    const { f, scopes, loops, values } = this.#context
    const passes = [first, ...own, ...(late === undefined ? [] : [late.pass])]
    const work = {
      scalars: passes.flatMap((pass) => pass.work.scalars),
      stores: passes.flatMap((pass) => pass.work.stores),
    }
    const numbers = [first, ...own].flatMap(({ members }) => members.map((m) => m.number))
    const ahead = first.members.map(() => f.local("v128"))
    const behind = late === undefined ? [] : numbers.map(() => f.local("v128"))
    const move = (found: readonly Local[], to: readonly Local[]): void => {
      for (const [i, total] of found.entries()) f.set(to[i], total)
    }
    const end = this.#context.endOf(row)
    const rows = typeof end === "number" ? end : end.local
    const bindPrevious = ({ previous, totals }: Late, pushRow: () => void): Local => {
      const at = f.local("i32", previous.name)
      pushRow()
      f.i32.const(1)
      f.i32.sub()
      f.localSet(at)
      scopes.bind(previous, at)
      for (const [i, number] of numbers.entries()) {
        scopes.setTotal(number + totals, () => f.localGet(behind[i]))
      }
      return at
    }
    const turn = (isFirst: boolean): void => {
      for (const [i, { number }] of first.members.entries()) {
        scopes.setTotal(number, () => f.localGet(ahead[i]))
      }
      scopes.bind(next, this.#followingRow(row))
      const before = isFirst ? undefined : late
      if (before !== undefined) bindPrevious(before, () => values.indices.pushAxis(row))
      let found: readonly Local[] = []
      for (const [i, pass] of own.entries()) {
        const beside = { late: before?.pass, first }
        found = this.#reduceLanes(pass, i === own.length - 1 ? beside : {})
      }
      this.#store(late === undefined ? this.#stores : (before?.stores ?? []))
      for (const [i, total] of behind.entries()) {
        scopes.total(numbers[i])?.(0)
        f.localSet(total)
      }
      move(found, ahead)
    }
    nest(this.#context, this.#kernel.axes.slice(0, -1), this.#lane, this.#unroll, work, () => {
      scopes.within(() => {
        scopes.bind(next, 0)
        move(this.#reduceLanes(nothing, { first }), ahead)
      })
      if (late === undefined) {
        loops.steps(row, rows, work, () => turn(false))
        return
      }
      scopes.within(() => {
        scopes.bind(row, 0)
        turn(true)
      })
      loops.steps(row, rows, work, () => turn(false), 1)
      scopes.within(() => {
        scopes.bind(
          row,
          bindPrevious(late, () => f.push(rows, "i32")),
        )
        this.#reduceLanes(late.pass)
        this.#store(late.stores)
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
   * of a first pass that is done in the same loop are given back: they are another row's.
   */
  #reduceLanes(pass: Pass, { late, first }: Beside = {}): readonly Local[] {
    const { f, scopes } = this.#context
    const tail = this.#unroll
    const members = [...pass.members, ...(first?.members ?? [])]
    const running = members.map((member) => this.#running(member, tail + 1))
    for (const each of running) for (let u = 0; u <= tail; u++) each.begin(u)
    const ahead = this.#asksAhead(pass)
      ? findAhead(this.#context, this.#kernel, this.#passes[0], this.#lane)
      : undefined
    const all = [
      pass,
      ...(late === undefined ? [] : [late]),
      ...(first === undefined ? [] : [first]),
    ]
    const work = {
      scalars: [...all.flatMap((each) => each.work.scalars), ...(ahead?.loads ?? [])],
      stores: all.flatMap((each) => each.work.stores),
    }
    const along = (): void =>
      nest(this.#context, this.#reduced, this.#lane, this.#unroll, work, () => {
        const vectors = scopes.lanes?.vectors
        if (ahead !== undefined && vectors !== undefined) touch(this.#context, ahead, vectors)
        if (late !== undefined) this.#store(late.work.stores)
        if (vectors === undefined) for (const each of running) each.take(tail, 0)
        else for (let u = 0; u < vectors; u++) for (const each of running) each.take(u, u)
        this.#store(pass.work.stores)
      })
    this.#bySpread(pass, along)
    for (const each of running) {
      for (let u = 0; u <= tail; u++) each.finish(u)
      each.merge(tail, this.#context.width)
    }
    const found = running.map(({ totals }) => totals[0])
    for (const [i, { number }] of pass.members.entries()) {
      scopes.setTotal(number, () => f.localGet(found[i]))
    }
    return found.slice(pass.members.length)
  }

  /** Goes along a row, without looks at its powers' operands where its spread tells of all of them. */
  #bySpread(pass: Pass, along: () => void): void {
    const { f, scopes, values } = this.#context
    const spread = this.#spread
    const greatest = spread && scopes.total(spread.greatest)
    const least = spread && scopes.total(spread.least)
    if (spread === undefined || greatest === undefined || least === undefined) {
      along()
      return
    }
    const { value } = this.#kernel.accumulators[spread.greatest]
    const powers = powersBelow(pass.work.scalars, value, spread.greatest)
    if (powers.size === 0) {
      along()
      return
    }
    const isWide = (): void => {
      greatest(0)
      least(0)
      f.f32x4.sub()
      f.f32x4.extract_lane(0)
      f.f32.const(mostSpread)
      f.f32.gt()
    }
    f.if_(
      isWide,
      () => scopes.within(along),
      () => values.withNormal(powers, () => scopes.within(along)),
    )
  }

  /**
   * Whether this is the pass in which the next row is asked for: the last one, or the one before where
   * the last one reads that row.
   */
  #asksAhead(pass: Pass): boolean {
    if (this.#turns?.late !== undefined) return false
    const asking = this.#passes.length - (this.#turns === undefined ? 1 : 2)
    return asking >= 1 && pass === this.#passes[asking]
  }

  #running({ number, accumulator, values }: Pass["members"][number], vectors: number): Running {
    if (seeksPlace(accumulator)) {
      const { reduced } = this.#kernel
      return runningPlace(this.#context, accumulator, vectors, this.#code, placeAmong(reduced))
    }
    return runningTotal(this.#context, accumulator, values, vectors, this.#code, {
      relaxed: this.#context.relaxed,
      watched: !this.#unwatched.has(number),
    })
  }
}

/** Vectors to work on together: more for small bodies, and enough to hide latency in reductions. */
function chooseUnroll(
  { axes, accumulators, stores }: LoopKernel,
  gathered: readonly Gathered[],
  passes: readonly Pass[],
  lane: Axis,
): number {
  let size = 0
  let gains = false
  const scalars: Scalar[] = [
    ...gathered.flatMap(({ values }) => values),
    ...stores.map(({ value }) => value),
  ]
  visitScalars(scalars, (scalar) => {
    const { kind } = scalar
    gains ||= gainsTogether(scalar)
    size += kind === "guard" ? 8 : kind === "apply" || kind === "load" ? 1 : 0
  })
  const most = Math.max(1, Math.floor(lane.extent / 4))
  if (accumulators.length === 0) {
    const four = gains ? 48 : 6
    return Math.min(most, size <= four ? 4 : size <= 16 ? 2 : 1)
  }
  if (!axes.includes(lane)) {
    // Two leave enough registers to passes over three rows. Sums have the same bits where one row alone
    // is at hand.
    if (endsLate(passes)) return Math.min(most, 2)
    return Math.min(most, size <= 16 && accumulators.length <= 2 ? 4 : 2)
  }
  // Columns side by side make whole cache lines.
  return Math.min(most, size * accumulators.length <= 8 ? 8 : size <= 24 ? 4 : 2)
}
