/**
 * Loops over axes. What does not change in a loop is computed before it; sums of index terms that
 * change by a constant become locals that are advanced from turn to turn.
 */

import type { Axis, Index, Scalar } from "../../schedule/index.ts"
import type { Work } from "../passes.ts"
import { valuesOf } from "../uses.ts"
import type { FunctionBuilder, Local, Operand } from "./assembler.ts"
import { factorOf, type Site } from "./indices.ts"
import type { LaneAxis } from "./scopes.ts"
import type { Sum } from "./sums.ts"
import type { ValueCode } from "./values.ts"

/** A sum that is advanced along a loop. */
interface Running {
  readonly sum: Sum
  readonly local: Local
  /** What one iteration of the axis adds. */
  readonly each: number
  readonly begin: () => void
}

export class LoopCode {
  readonly #site: Site
  readonly #values: ValueCode
  readonly #sums = new WeakMap<Work, readonly Sum[]>()

  constructor(site: Site, values: ValueCode) {
    this.#site = site
    this.#values = values
  }

  /** `for axis from start to below end: body`, one iteration after another. */
  steps(axis: Axis, end: Operand, work: Work, body: () => void, start: Operand = 0): void {
    const { f, scopes } = this.#site
    if (start === 0 && end === 1) {
      scopes.within(() => {
        scopes.bind(axis, 0)
        body()
      })
      return
    }
    this.hoist(work)
    const counter = f.local("i32", axis.name)
    f.set(counter, start)
    const running = this.#run(axis, counter, work)
    f.forRange(counter, start, end, 1, () => {
      scopes.within(() => {
        scopes.bind(axis, counter)
        for (const { begin } of running) begin()
        body()
      })
      advance(f, running, 1)
    })
  }

  /**
   * `for axis from 0 to below end`, in vectors: first `unroll` at a time, then fewer, then the last
   * iterations one by one. `body` is written once for each of these; `scopes.lanes` says which.
   * Known are the end, or at least a number that divides it.
   */
  lanes(
    axis: Axis,
    end: number | { readonly local: Local; readonly multipleOf: number },
    unroll: number,
    work: Work,
    body: () => void,
  ): void {
    const { f, width: values } = this.#site
    this.hoist(work)
    const counter = f.local("i32", axis.name)
    f.set(counter, 0)
    const running = this.#run(axis, counter, work)
    const turns = (step: number, lanes: LaneAxis | undefined, limit: number | Local): void => {
      // Turns begin as long as the counter is at most the limit.
      f.loop((again) => {
        this.#turn(axis, counter, running, step, lanes, body)
        f.localGet(counter)
        f.push(limit, "i32")
        f.i32.le_s()
        f.brIf(again)
      })
    }
    const widths = unroll > 1 ? [unroll, 1] : [1]
    if (typeof end === "number") {
      let done = 0
      for (const width of widths) {
        const each = values * width
        const count = Math.floor((end - done) / each)
        if (count === 0) continue
        if (width < unroll) {
          // Fewer vectors than make a whole turn: all of them at once.
          const lanes = { axis, vectors: count }
          this.#turn(axis, counter, running, values * count, lanes, body)
          done += values * count
          continue
        }
        const lanes = { axis, vectors: width }
        done += count * each
        if (count === 1) this.#turn(axis, counter, running, each, lanes, body)
        else turns(each, lanes, done - each)
      }
      if (done < end) turns(1, undefined, end - 1)
      return
    }
    for (const width of widths) {
      if (width < unroll && end.multipleOf % (values * unroll) === 0) continue
      this.#whileFits(counter, end.local, values * width, (limit) =>
        turns(values * width, { axis, vectors: width }, limit),
      )
    }
    if (end.multipleOf % values !== 0) {
      this.#whileFits(counter, end.local, 1, (limit) => turns(1, undefined, limit))
    }
  }

  /**
   * `for axis from 0 to below end` in blocks of `width` iterations, and the last ones singly. In a
   * block, `at` runs code where the axis stands at the block's iteration of that number; outside
   * of it the axis is not bound.
   */
  blocks(
    axis: Axis,
    end: number | { readonly local: Local },
    width: number,
    work: Work,
    block: (at: (iteration: number, code: () => void) => void) => void,
    single: () => void,
  ): void {
    const { f, scopes } = this.#site
    this.hoist(work)
    const counter = f.local("i32", axis.name)
    f.set(counter, 0)
    const running = this.#run(axis, counter, work)
    const at = (iteration: number, code: () => void): void =>
      scopes.within(() => {
        const place = f.local("i32")
        f.localGet(counter)
        f.i32.const(iteration)
        f.i32.add()
        f.localSet(place)
        scopes.bind(axis, place)
        for (const { sum, each } of running) {
          const progress = scopes.sum(sum)
          if (progress === undefined) continue
          scopes.setSum(sum, { ...progress, constant: progress.constant + iteration * each })
        }
        code()
      })
    const turns = (step: number, limit: number | Local): void => {
      f.loop((again) => {
        scopes.within(() => {
          for (const { begin } of running) begin()
          if (step === 1) {
            scopes.bind(axis, counter)
            single()
          } else block(at)
        })
        advance(f, running, step)
        f.increment(counter, step)
        f.localGet(counter)
        f.push(limit, "i32")
        f.i32.le_s()
        f.brIf(again)
      })
    }
    if (typeof end === "number") {
      if (end >= width) turns(width, end - width)
      if (end % width !== 0) turns(1, end - 1)
      return
    }
    this.#whileFits(counter, end.local, width, (limit) => turns(width, limit))
    this.#whileFits(counter, end.local, 1, (limit) => turns(1, limit))
  }

  /** Runs `turns` where at least `step` iterations are left. */
  #whileFits(counter: Local, end: Local, step: number, turns: (limit: Local) => void): void {
    const { f } = this.#site
    const limit = f.local("i32")
    f.localGet(end)
    f.i32.const(step)
    f.i32.sub()
    f.localSet(limit)
    f.localGet(counter)
    f.localGet(limit)
    f.i32.le_s()
    f.if()
    turns(limit)
    f.end()
  }

  #turn(
    axis: Axis,
    counter: Local,
    running: readonly Running[],
    step: number,
    lanes: LaneAxis | undefined,
    body: () => void,
  ): void {
    const { f, scopes } = this.#site
    scopes.within(() => {
      scopes.bind(axis, counter)
      scopes.lanes = lanes
      for (const { begin } of running) begin()
      body()
    })
    advance(f, running, step)
    f.increment(counter, step)
  }

  /** Locals for the sums that are affine in an axis, at its value in `counter`. */
  #run(axis: Axis, counter: Local, work: Work): readonly Running[] {
    const { f, scopes } = this.#site
    const running: Running[] = []
    for (const sum of this.#sumsOf(work)) {
      const progress = this.#values.indices.advance(sum)
      const factor = factorOf(progress.missing, axis)
      if (factor === 0) continue
      const missing = progress.missing.filter(
        ({ atom }) => atom.kind !== "axis" || atom.axis !== axis,
      )
      const each = factor * sum.scale
      const { constant, isLow = false } = progress
      // The counter itself is that sum.
      if (progress.local === undefined && each === 1) continue
      const local = f.local("i32")
      if (progress.local !== undefined) f.localGet(progress.local)
      f.localGet(counter)
      f.i32.const(each | 0)
      f.i32.mul()
      if (progress.local !== undefined) f.i32.add()
      f.localSet(local)
      const begin = (): void => scopes.setSum(sum, { local, constant, missing, isLow })
      running.push({ sum, local, each, begin })
    }
    return running
  }

  /**
   * Computes what no further axis changes, before the loop that comes next: the largest such parts
   * of the expressions. Memory under a guard is left alone, for its address may lie anywhere.
   */
  hoist({ scalars, stores }: Work): void {
    const { uses, scopes, sums } = this.#site
    const { indices } = this.#values
    const free = new Set<Scalar>()
    const guarded = new Set<Scalar>()
    const isReady = (scalar: Scalar): boolean => {
      if (!uses.isLasting(scalar)) return false
      for (const axis of uses.axesOf(scalar)) if (scopes.axis(axis) === undefined) return false
      return true
    }
    const visitIndex = (index: Index, sum: Sum, isGuarded: boolean): void => {
      for (const { atom } of index.terms) {
        if (atom.kind === "value") visit(atom.value, isGuarded)
        else if (atom.kind !== "axis") visitIndex(atom.of, sums.value(atom.of).sum, isGuarded)
      }
      if (!isGuarded || valuesOf(index).every((value) => uses.isPure(value))) indices.advance(sum)
    }
    const visit = (scalar: Scalar, isGuarded: boolean): void => {
      if (free.has(scalar) || (isGuarded && guarded.has(scalar))) return
      ;(isGuarded ? guarded : free).add(scalar)
      if (scalar.kind === "constant" && Object.is(scalar.value, 0)) return
      if (isReady(scalar) && (!isGuarded || uses.isPure(scalar))) {
        const vectors = this.#values.varies(scalar) ? (scopes.lanes?.vectors ?? 1) : 1
        for (let u = 0; u < vectors; u++) this.#values.keep(scalar, u)
        return
      }
      switch (scalar.kind) {
        case "load":
          visitIndex(scalar.index, sums.address(scalar.buffer, scalar.index).sum, isGuarded)
          break
        case "index":
          visitIndex(scalar.index, sums.value(scalar.index).sum, isGuarded)
          break
        case "apply":
          for (const operand of scalar.operands) visit(operand, isGuarded)
          break
        case "guard":
          for (const { index } of scalar.conditions) {
            visitIndex(index, sums.value(index).sum, isGuarded)
          }
          this.#hoistTests(scalar, isGuarded)
          visit(scalar.value, true)
          visit(scalar.otherwise, true)
          break
      }
    }
    for (const scalar of scalars) visit(scalar, false)
    for (const { buffer, index } of stores)
      visitIndex(index, sums.address(buffer, index).sum, false)
  }

  /** Keeps the outcome of those conditions that no further axis changes. */
  #hoistTests({ conditions }: Extract<Scalar, { kind: "guard" }>, isGuarded: boolean): void {
    const { f, uses, scopes } = this.#site
    const lanes = scopes.lanes?.axis
    for (const condition of conditions) {
      const axes = [...uses.axesOfIndex(condition.index)]
      const known = axes.every((axis) => axis !== lanes && scopes.axis(axis) !== undefined)
      const pure = !isGuarded || valuesOf(condition.index).every((value) => uses.isPure(value))
      if (!known || !pure || scopes.test(condition) !== undefined) continue
      this.#values.pushTests([condition])
      const local = f.local("i32")
      f.localSet(local)
      scopes.setTest(condition, local)
    }
  }

  /** All sums that some work needs. */
  #sumsOf(work: Work): readonly Sum[] {
    const known = this.#sums.get(work)
    if (known !== undefined) return known
    const { sums } = this.#site
    const found = new Set<Sum>()
    const seen = new Set<Scalar>()
    const visitIndex = (index: Index): void => {
      for (const { atom } of index.terms) {
        if (atom.kind === "value") visit(atom.value)
        else if (atom.kind !== "axis") visitValue(atom.of)
      }
    }
    const visitValue = (index: Index): void => {
      found.add(sums.value(index).sum)
      visitIndex(index)
    }
    const visit = (scalar: Scalar): void => {
      if (seen.has(scalar)) return
      seen.add(scalar)
      if (scalar.kind === "load") {
        found.add(sums.address(scalar.buffer, scalar.index).sum)
        visitIndex(scalar.index)
      } else if (scalar.kind === "index") visitValue(scalar.index)
      else if (scalar.kind === "apply") scalar.operands.forEach(visit)
      else if (scalar.kind === "guard") {
        for (const { index } of scalar.conditions) visitValue(index)
        visit(scalar.value)
        visit(scalar.otherwise)
      }
    }
    work.scalars.forEach(visit)
    for (const { buffer, index } of work.stores) {
      found.add(sums.address(buffer, index).sum)
      visitIndex(index)
    }
    const all = [...found]
    this.#sums.set(work, all)
    return all
  }
}

function advance(f: FunctionBuilder, running: readonly Running[], iterations: number): void {
  for (const { local, each } of running) f.increment(local, (each * iterations) | 0)
}
