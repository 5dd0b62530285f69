/** Code for index functions: i32 values, and addresses of elements. */

import {
  type Axis,
  type Buffer,
  type Index,
  type IndexAtom,
  type IndexTerm,
  indexKey,
  rangeOf,
  type Scalar,
} from "../../schedule/index.ts"
import type { Uses } from "../uses.ts"
import type { FunctionBuilder, Local, ModuleBuilder } from "./assembler.ts"
import type { Width } from "./elements.ts"
import type { Progress, Scopes } from "./scopes.ts"
import type { Placed, Sum, Sums } from "./sums.ts"

/** Where a buffer starts: a local's address and bytes behind it. */
export interface Base {
  readonly local: Local
  readonly offset: number
}

/** Where something is while code is written: its function and what is known there. */
export interface Site {
  readonly module: ModuleBuilder
  readonly f: FunctionBuilder
  /** Values in a vector. */
  readonly width: Width
  readonly uses: Uses
  readonly sums: Sums
  readonly scopes: Scopes
  base(buffer: Buffer): Base
}

/** Arrays lie behind the first page of memory, where threads meet. */
const lowestArray = 2 ** 16

/** Lanes count from the value of the lane axis on; without lanes there is lane 0 alone. */
export class IndexCode {
  readonly #site: Site
  readonly #pushLane: (scalar: Scalar, lane: number) => void

  /** `pushLane` pushes one lane of an int32 value as an i32. */
  constructor(site: Site, pushLane: (scalar: Scalar, lane: number) => void) {
    this.#site = site
    this.#pushLane = pushLane
  }

  /** Pushes the index's value at a lane, plus a constant. */
  push(index: Index, lane = 0, plus = 0): void {
    const rest = this.pushPartly(this.#site.sums.value(index), lane)
    this.#add(rest + plus)
  }

  /** Pushes the byte address of an element at a lane; the rest of it is returned, at least 0. */
  pushAddress(buffer: Buffer, index: Index, lane = 0): number {
    const placed = this.#site.sums.address(buffer, index)
    const rest = this.pushPartly(placed, lane)
    // What is pushed must lie in memory by itself: terms that fall need the constant to stay there.
    const isLow = this.#site.scopes.sum(placed.sum)?.isLow === true
    if (
      rest >= 0 &&
      (!isLow || rest <= lowestArray) &&
      placed.sum.terms.every(({ factor }) => factor > 0)
    )
      return rest
    this.#add(rest)
    return 0
  }

  /** Pushes what needs code, and returns the constant that remains to be added. */
  pushPartly({ sum, offset }: Placed, lane: number): number {
    const { f, scopes } = this.#site
    const { local, constant, missing } = this.advance(sum)
    let rest = constant + offset
    let pushed = local !== undefined
    if (local !== undefined) f.localGet(local)
    for (const { factor, atom } of missing) {
      this.#pushAtom(atom, lane)
      this.#multiply(factor * sum.scale)
      if (pushed) f.i32.add()
      pushed = true
    }
    const axis = scopes.lanes?.axis
    if (axis !== undefined && lane !== 0) rest += lane * sum.scale * factorOf(sum.terms, axis)
    if (!pushed) {
      f.i32.const(rest | 0)
      return 0
    }
    return rest
  }

  /** Computes a sum as far as the axes that stand allow, but for terms that vary with the lane. */
  advance(sum: Sum): Progress {
    const { f, scopes } = this.#site
    const known = scopes.sum(sum)
    const progress = known ?? this.#begin(sum)
    const ready = progress.missing.filter(({ atom }) => this.#isReady(atom))
    if (ready.length === 0) {
      if (known === undefined) scopes.setSum(sum, progress)
      return progress
    }
    let { constant } = progress
    const running: IndexTerm[] = []
    for (const term of ready) {
      const { atom } = term
      const value = atom.kind === "axis" ? scopes.axis(atom.axis) : undefined
      if (typeof value === "number") constant += value * term.factor * sum.scale
      else running.push(term)
    }
    const missing = progress.missing.filter((term) => !ready.includes(term))
    const local = running.length === 0 ? progress.local : this.#sumUp(sum, progress, running)
    // Offsets of accesses must not be negative. The local is the sum's own: it has a base.
    const folded = running.length > 0 && constant < 0 && sum.buffer !== undefined
    if (folded && local !== undefined) f.increment(local, constant | 0)
    const isLow = folded || progress.isLow === true
    const advanced = { local, constant: folded ? 0 : constant, missing, isLow }
    scopes.setSum(sum, advanced)
    return advanced
  }

  /** Whether an atom's value is known here and the same in all lanes, or the lane axis itself. */
  #isReady(atom: IndexAtom): boolean {
    const { scopes, uses } = this.#site
    if (atom.kind === "axis") return scopes.axis(atom.axis) !== undefined
    const lanes = scopes.lanes?.axis
    for (const axis of uses.axesOfAtom(atom)) {
      if (axis === lanes || scopes.axis(axis) === undefined) return false
    }
    return true
  }

  #begin(sum: Sum): Progress {
    const { base } = this.#site
    if (sum.buffer === undefined) return { local: undefined, constant: 0, missing: sum.terms }
    const { local, offset } = base(sum.buffer)
    return { local, constant: offset + sum.least * sum.scale, missing: sum.terms }
  }

  #sumUp(sum: Sum, { local }: Progress, terms: readonly IndexTerm[]): Local {
    const { f, scopes } = this.#site
    const [only] = terms
    if (local === undefined && terms.length === 1 && only.factor * sum.scale === 1) {
      const value = only.atom.kind === "axis" ? scopes.axis(only.atom.axis) : undefined
      if (typeof value === "object") return value
    }
    if (local !== undefined) f.localGet(local)
    for (const [i, { factor, atom }] of terms.entries()) {
      this.#pushAtom(atom, 0)
      this.#multiply(factor * sum.scale)
      if (i > 0 || local !== undefined) f.i32.add()
    }
    const total = f.local("i32")
    f.localSet(total)
    return total
  }

  #pushAtom(atom: IndexAtom, lane: number): void {
    const { f, scopes, uses } = this.#site
    const lanes = scopes.lanes?.axis
    if (atom.kind === "axis") {
      this.pushAxis(atom.axis)
      if (atom.axis === lanes) this.#add(lane)
      return
    }
    const varies = lanes !== undefined && uses.axesOfAtom(atom).has(lanes)
    if (varies) {
      this.#computeAtom(atom, lane)
      return
    }
    const key = indexKey({ constant: 0, terms: [{ factor: 1, atom }] })
    let local = scopes.atom(key)
    if (local === undefined) {
      this.#computeAtom(atom, 0)
      local = f.local("i32")
      f.localTee(local)
      scopes.setAtom(key, local)
    } else {
      f.localGet(local)
    }
  }

  /** Pushes the value where an axis stands. */
  pushAxis(axis: Axis): void {
    const { f, scopes } = this.#site
    const value = scopes.axis(axis)
    if (value === undefined) throw new Error(`axis ${axis.name} is used outside of its loop`)
    f.push(value, "i32")
  }

  #computeAtom(atom: Exclude<IndexAtom, { kind: "axis" }>, lane: number): void {
    const { f } = this.#site
    if (atom.kind === "value") {
      this.#pushLane(atom.value, lane)
      return
    }
    const { of, by } = atom
    const [low] = rangeOf(of)
    const powerOfTwo = Number.isInteger(Math.log2(by))
    this.push(of, lane)
    if (atom.kind === "remainder" && powerOfTwo) {
      f.i32.const(by - 1)
      f.i32.and()
      return
    }
    if (powerOfTwo) {
      f.i32.const(Math.log2(by))
      f.i32.shr_s()
      return
    }
    // Floors by unsigned division: what may be negative is first raised by a multiple of `by`.
    const bias = low < 0 ? Math.ceil(-low / by) : 0
    this.#add(bias * by)
    f.i32.const(by)
    if (atom.kind === "remainder") f.i32.rem_u()
    else {
      f.i32.div_u()
      this.#add(-bias)
    }
  }

  #add(constant: number): void {
    if (constant === 0) return
    this.#site.f.i32.const(constant | 0)
    this.#site.f.i32.add()
  }

  #multiply(by: number): void {
    const { f } = this.#site
    if (by === 1) return
    if (by > 1 && Number.isInteger(Math.log2(by))) {
      f.i32.const(Math.log2(by))
      f.i32.shl()
      return
    }
    f.i32.const(by | 0)
    f.i32.mul()
  }
}

/** The factor of an axis among terms. */
export function factorOf(terms: readonly IndexTerm[], axis: Axis): number {
  let factor = 0
  for (const term of terms) {
    if (term.atom.kind === "axis" && term.atom.axis === axis) factor += term.factor
  }
  return factor
}
