/**
 * Loop kernels: maps and reductions.
 *
 * A store whose index or value depends on reduced axes is done for each of their iterations, in the
 * first pass over them in which all totals that it needs are known.
 */

import type { Primitive } from "../../graph/index.ts"
import {
  type Axis,
  axesOf,
  type Combine,
  conditionsOf,
  dearPrimitives,
  type LoopKernel,
  laneOf,
  type Scalar,
  type Store,
  seeksPlace,
  storesWithin,
  strideOf,
  visitScalars,
} from "../../schedule/index.ts"
import { type DType, isFloat } from "../../size/index.ts"
import { inPairs } from "../pairwise.ts"
import { batchesOf, type Pass, passesOf, placeAmong } from "../passes.ts"
import { type Gathered, type Unrolled, unrollReduction } from "../unroll.ts"
import { valuesOf } from "../uses.ts"
import { KernelCode, type ProgramCode } from "./code.ts"
import { runningPlace } from "./extreme-place.ts"
import { keepRows } from "./kept-rows.ts"
import { nest } from "./nest.ts"
import { type Asked, askForRow } from "./next-round.ts"
import { combined, folded, identityConstant, type Running } from "./reduction.ts"
import { cTypes, registerType } from "./registers.ts"
import { streamsOf } from "./streams.ts"
import { turnOf, writeTurned } from "./turned.ts"

const dear: ReadonlySet<Primitive> = new Set(dearPrimitives)

/** Writes the body of a loop kernel's function, which does one piece and asks for some rows ahead. */
export function writeLoop(
  program: ProgramCode,
  shared: LoopKernel,
  asked: readonly Asked[],
): KernelCode {
  const { kernel, rows } = keepRows(program.program, shared)
  const streams = streamsOf(program.program, kernel)
  const { stores } = kernel
  const unrolled = unrollReduction(kernel)
  const scalars = [
    ...unrolled.gathered.flatMap(({ values }) => values),
    ...stores.flatMap(({ value, index }) => [value, ...valuesOf(index)]),
  ]
  const others = asked.map(({ load }) => load.buffer)
  const code = new KernelCode(program, kernel, kernel.axes, scalars, { rows, streams, others })
  new LoopWriter(code, kernel, unrolled, asked).write()
  // Others may read what went past the caches as soon as they know that this piece is done.
  if (streams.size > 0) code.line("__atomic_thread_fence(__ATOMIC_SEQ_CST);")
  return code
}

class LoopWriter {
  readonly #code: KernelCode
  readonly #kernel: LoopKernel
  /** The axis in lanes, if there is one that can be. */
  readonly #lane: Axis | undefined
  readonly #unroll: number
  /** The reduced axes that are loops. */
  readonly #reduced: readonly Axis[]
  readonly #passes: readonly Pass[]
  readonly #fetching: Pass | undefined
  /** What is stored once for the mapped axes. */
  readonly #stores: readonly Store[]
  readonly #asked: readonly Asked[]

  constructor(
    code: KernelCode,
    kernel: LoopKernel,
    { reduced, gathered }: Unrolled,
    asked: readonly Asked[],
  ) {
    this.#code = code
    this.#asked = asked
    this.#kernel = kernel
    this.#lane = laneOf(axesOf(kernel))
    this.#unroll =
      this.#lane === undefined ? 1 : chooseUnroll(kernel, gathered, this.#lane, code.lanes)
    this.#reduced = reduced
    const isInner = (store: Store): boolean => storesWithin(kernel, store)
    this.#passes = passesOf(gathered, kernel.stores.filter(isInner))
    this.#fetching = this.#fetchingPass()
    this.#stores = kernel.stores.filter((store) => !isInner(store))
  }

  write(): void {
    const { axes } = this.#kernel
    this.#code.bindThreads(axes)
    const turn = turnOf(this.#kernel, this.#lane, this.#code)
    if (turn !== undefined) {
      writeTurned(this.#code, this.#kernel, turn, () => this.#store(this.#stores))
      return
    }
    nest(this.#code, axes, this.#lane, this.#unroll, () => {
      askForRow(this.#code, this.#kernel, this.#asked)
      for (const pass of this.#passes) this.#reduce(pass)
      this.#store(this.#stores)
    })
  }

  /** All values are computed before any is stored: a store may overwrite what others read. */
  #store(stores: readonly Store[]): void {
    const code = this.#code
    for (let u = 0; u < (code.block.lanes?.vectors ?? 1); u++) {
      for (const batch of batchesOf(stores)) {
        const values = batch.map(({ value }) => code.value(value, u))
        for (const [i, store] of batch.entries()) {
          const conditions = conditionsOf(store)
          const put = (): void => code.store(store, u, values[i])
          if (conditions.length === 0) put()
          else code.open(`if (${code.test(conditions)})`, put)
        }
      }
    }
  }

  #reduce(pass: Pass): void {
    const code = this.#code
    if (this.#lane !== undefined && this.#reduced.includes(this.#lane)) {
      this.#reduceLanes(pass)
      return
    }
    const { lanes } = code.block
    const vectors = lanes?.vectors ?? 1
    const width = lanes === undefined ? 1 : code.lanes
    const running = pass.members.map((member) => this.#running(member, vectors, width))
    nest(code, this.#reduced, undefined, 1, () => {
      for (let u = 0; u < vectors; u++) for (const each of running) each.take(u, u)
      this.#store(pass.work.stores)
    })
    for (const [i, { totals, finish }] of running.entries()) {
      finish?.()
      code.setTotal(pass.members[i].number, (u) => totals[u])
    }
  }

  /**
   * The pass that asks for what the first one will read of the next row: one that computes much, or
   * else the last. Where it stores past the caches, the processor's own prefetching does as well.
   */
  #fetchingPass(): Pass | undefined {
    const [, ...later] = this.#passes
    const { uses, streams } = this.#code
    const lane = this.#lane
    const isDear = ({ work }: Pass): boolean => {
      let found = false
      visitScalars(work.scalars, (scalar) => {
        found ||=
          scalar.kind === "apply" &&
          dear.has(scalar.primitive) &&
          lane !== undefined &&
          uses.axesOf(scalar).has(lane)
      })
      return found
    }
    return later.find(isDear) ?? (streams.size > 0 ? undefined : later.at(-1))
  }

  #fetchNextRow(vectors: number): void {
    const code = this.#code
    const row = this.#kernel.axes.findLast(({ place, extent }) => place === "steps" && extent > 1)
    const lane = this.#lane
    if (row === undefined || lane === undefined) return
    visitScalars(this.#passes[0].work.scalars, (scalar) => {
      if (scalar.kind !== "load") return
      const [along, ahead] = [strideOf(scalar.index, lane), strideOf(scalar.index, row)]
      if (along !== 1 || ahead === undefined || ahead === 0) return
      const index = { ...scalar.index, constant: scalar.index.constant + ahead }
      for (let u = 0; u < vectors; u++) {
        code.line(`__builtin_prefetch(${code.buffer(scalar.buffer)} + ${code.index(index, u)});`)
      }
    })
  }

  /** Several vectors side by side; then the last few elements, and the vectors together. */
  #reduceLanes(pass: Pass): void {
    const code = this.#code
    const running = pass.members.map((member) => this.#running(member, this.#unroll, code.lanes))
    nest(code, this.#reduced, this.#lane, this.#unroll, () => {
      const vectors = code.block.lanes?.vectors ?? 1
      for (let u = 0; u < vectors; u++) for (const each of running) each.take(u, u)
      if (pass === this.#fetching) this.#fetchNextRow(vectors)
      this.#store(pass.work.stores)
    })
    for (const [i, { finish, together }] of running.entries()) {
      const { number, accumulator } = pass.members[i]
      finish?.()
      const whole = together()
      const { dtype } = accumulator
      const name = code.name("total")
      code.line(`const ${cTypes[dtype].register} ${name} = ${whole};`)
      code.setTotal(number, () => name)
    }
  }

  /** All lanes of some vectors of totals, combined into one. */
  #together(combine: Combine, dtype: DType, totals: readonly string[]): string {
    const code = this.#code
    inPairs(totals.length, (into, from) => {
      const both = combined(combine, dtype, code.lanes, totals[into], totals[from])
      code.line(`${totals[into]} = ${both};`)
    })
    return folded(combine, dtype, code.lanes, totals[0])
  }

  #running({ accumulator, values }: Gathered, vectors: number, lanes: number): Running {
    const code = this.#code
    const { dtype } = accumulator
    if (seeksPlace(accumulator)) {
      return runningPlace(
        code,
        accumulator,
        placeAmong(this.#kernel.reduced),
        vectors,
        lanes,
        () => (this.#isReducedLane() ? code.block.lanes?.tail : undefined),
      )
    }
    const { combine } = accumulator
    if (dtype === "float32" && lanes > 1 && (combine === "max" || combine === "min")) {
      return this.#extreme(combine, values, vectors, lanes)
    }
    const type = registerType(cTypes[dtype].register, lanes)
    const start = identityConstant(combine, dtype)
    const identity = lanes > 1 ? `splat_${type}(${start})` : start
    const totals = code.variables("sum", type, vectors, identity)
    const take = (into: number, u: number): void => {
      const { lanes: axis } = code.block
      const tail = lanes > 1 && this.#isReducedLane() ? axis?.tail : undefined
      for (const value of values) {
        const total = totals[into]
        const factors = tail === undefined ? this.#factorsOf(value, u, combine) : undefined
        if (factors !== undefined) {
          const [a, b] = factors.map((factor) => code.as(factor, u, lanes > 1))
          code.line(`${total} = madd_${type}(${a}, ${b}, ${total});`)
          continue
        }
        const next = code.as(value, u, lanes > 1)
        const counted = tail === undefined ? next : `sel_${type}(${tail}, ${next}, ${identity})`
        code.line(`${total} = ${combined(combine, dtype, lanes, total, counted)};`)
      }
    }
    return { totals, take, together: () => this.#together(combine, dtype, totals) }
  }

  /** An extreme of float32 lanes, one instruction each; whether there were NaNs is kept beside it. */
  #extreme(
    combine: "max" | "min",
    values: readonly Scalar[],
    vectors: number,
    lanes: number,
  ): Running {
    const code = this.#code
    const [type, mask] = [`f32x${lanes}`, `i32x${lanes}`]
    const identity = `splat_${type}(${identityConstant(combine, "float32")})`
    const totals = code.variables("sum", type, vectors, identity)
    const nans = code.variables("nans", mask, vectors, "{0}")
    const take = (into: number, u: number): void => {
      const tail = this.#isReducedLane() ? code.block.lanes?.tail : undefined
      for (const value of values) {
        const next = code.as(value, u, true)
        const name = code.name("next")
        const counted = tail === undefined ? next : `sel_${type}(${tail}, ${next}, ${identity})`
        code.line(`const ${type} ${name} = ${counted};`)
        const better = combine === "max" ? "most" : "least"
        code.line(`${totals[into]} = ${better}_${type}(${totals[into]}, ${name});`)
        code.line(`${nans[into]} |= (${mask})(${name} != ${name});`)
      }
    }
    const finish = (): void => {
      for (const [u, total] of totals.entries()) {
        const nan = `splat_${type}(__builtin_nanf(""))`
        code.line(`${total} = sel_${type}(${nans[u]}, ${nan}, ${total});`)
      }
    }
    const together = (): string => this.#together(combine, "float32", totals)
    return { totals, take, finish, together }
  }

  #isReducedLane(): boolean {
    return this.#lane !== undefined && this.#reduced.includes(this.#lane)
  }

  /** The factors of a product of floats that is summed and used nowhere else. */
  #factorsOf(value: Scalar, u: number, combine: string): readonly Scalar[] | undefined {
    const { uses, block } = this.#code
    const fused =
      combine === "sum" &&
      value.kind === "apply" &&
      value.primitive === "multiply" &&
      isFloat(value.dtype) &&
      !uses.isShared(value) &&
      block.value(value, u) === undefined
    return fused && value.kind === "apply" ? value.operands : undefined
  }
}

/** Vectors to work on together: enough to hide latency in reductions. */
function chooseUnroll(
  { axes, accumulators, stores }: LoopKernel,
  gathered: readonly Gathered[],
  lane: Axis,
  lanes: number,
): number {
  let size = 0
  const scalars: Scalar[] = [
    ...gathered.flatMap(({ values }) => values),
    ...stores.map(({ value }) => value),
  ]
  visitScalars(scalars, ({ kind }) => {
    size += kind === "guard" ? 8 : kind === "apply" || kind === "load" ? 1 : 0
  })
  const most = Math.max(1, Math.floor(lane.extent / lanes))
  if (accumulators.length === 0) return 1
  if (!axes.includes(lane)) return Math.min(most, size <= 24 && accumulators.length <= 2 ? 4 : 2)
  return Math.min(most, size * accumulators.length <= 16 ? 4 : 1)
}
