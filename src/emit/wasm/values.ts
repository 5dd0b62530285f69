/**
 * Code for scalar expressions, a vector at a time.
 *
 * Each value is pushed as a v128. Where a lane axis is set, values that depend on it hold four
 * consecutive iterations per vector (two where the kernel has float64s); all other values hold the
 * same in every lane. So one evaluator serves vectors and single elements, and both give the same
 * bits.
 */

import {
  type Apply,
  type Condition,
  type Index,
  type Scalar,
  strideOf,
} from "../../schedule/index.ts"
import type { Local, ModuleBuilder } from "./assembler.ts"
import { type Place, pushConstant, pushIntegers } from "./constants.ts"
import { widenMask } from "./doubles.ts"
import { emitElementwise } from "./elementwise.ts"
import type { Together } from "./elementwise-rule.ts"
import { IndexCode, type Site } from "./indices.ts"
import { inlineTogether, type MathName } from "./maths.ts"
import { MemoryCode } from "./memory.ts"

type Guard = Extract<Scalar, { kind: "guard" }>

/** How code may be written for the engine. */
export interface Engine {
  readonly module: ModuleBuilder
  /** Whether relaxed SIMD may be used: fused multiply-add. */
  readonly relaxed: boolean
}

/** Functions written out in one kernel; further ones are called, to keep the code small. */
const mostInlined = 16

/** Vectors whose functions are computed step by step together: more would not fit in registers. */
const sideBySide = 4

export class ValueCode {
  readonly indices: IndexCode
  readonly memory: MemoryCode
  readonly #site: Site
  readonly #engine: Engine
  readonly #place: Place
  #inlined = 0
  /** Powers whose results are known to be normal numbers. */
  #normal: ReadonlySet<Scalar> = new Set()
  /** Branches around the code that is being written. */
  #branches = 0

  constructor(site: Site, engine: Engine) {
    this.#site = site
    this.#engine = engine
    this.#place = { module: engine.module, f: site.f }
    this.indices = new IndexCode(site, (scalar, lane) => this.#pushLane(scalar, lane))
    this.memory = new MemoryCode(site, this.indices)
  }

  /** Whether a value differs between lanes here. */
  varies(scalar: Scalar): boolean {
    const lanes = this.#site.scopes.lanes
    return lanes !== undefined && this.#site.uses.axesOf(scalar).has(lanes.axis)
  }

  /** Pushes a value: its vector `u`, where it varies with the lane. */
  push(scalar: Scalar, u = 0): void {
    const { f, scopes, uses } = this.#site
    const vector = this.varies(scalar) ? u : 0
    const known = scopes.value(scalar, vector)
    if (known !== undefined) {
      f.localGet(known)
      return
    }
    this.#compute(scalar, vector)
    if (!uses.isShared(scalar) || scalar.kind === "constant") return
    const local = f.local("v128")
    f.localTee(local)
    scopes.setValue(scalar, vector, local)
  }

  /** The local that holds a value, which is computed unless it is known. */
  keep(scalar: Scalar, u = 0): Local {
    const { f, scopes } = this.#site
    const vector = this.varies(scalar) ? u : 0
    const known = scopes.value(scalar, vector)
    if (known !== undefined) return known
    this.#compute(scalar, vector)
    const local = f.local("v128")
    f.localSet(local)
    scopes.setValue(scalar, vector, local)
    return local
  }

  /** Runs code where these powers are known to be normal numbers. */
  withNormal(powers: ReadonlySet<Scalar>, code: () => void): void {
    const before = this.#normal
    this.#normal = powers
    code()
    this.#normal = before
  }

  /** Pushes an i32: 1 where the conditions hold. None of them may vary with the lane. */
  pushTests(conditions: readonly Condition[]): void {
    const { f, scopes } = this.#site
    for (const [i, condition] of conditions.entries()) {
      const known = scopes.test(condition)
      if (known !== undefined) f.localGet(known)
      else this.#pushTest(condition, 0, 0)
      if (i > 0) f.i32.and()
    }
  }

  /** Runs code where conditions hold, of which none may vary with the lane. */
  when(conditions: readonly Condition[], code: () => void): void {
    const { f, scopes } = this.#site
    if (conditions.length === 0) {
      code()
      return
    }
    this.pushTests(conditions)
    this.#branches++
    f.if()
    scopes.within(code)
    f.end()
    this.#branches--
  }

  #compute(scalar: Scalar, u: number): void {
    const { f, scopes } = this.#site
    switch (scalar.kind) {
      case "constant":
        pushConstant(this.#place, scalar.dtype, scalar.value)
        break
      case "index":
        if (this.varies(scalar)) this.#pushLanesOf(scalar.index, 0, u)
        else {
          this.indices.push(scalar.index)
          f.i32x4.splat()
        }
        break
      case "load":
        this.memory.load(scalar.buffer, scalar.index, u)
        break
      case "apply":
        emitElementwise(scalar, {
          ...this.#engine,
          f,
          push: (operand) => this.push(operand, u),
          keep: (operand) => this.keep(operand, u),
          varies: (operand) => this.varies(operand),
          mayInline: () => this.#inlined < mostInlined,
          inline: (name) => this.#pushInlined(scalar, name, u),
          together: (compute) => this.#pushTogether(scalar, u, compute),
        })
        break
      case "guard":
        this.#pushGuard(scalar, u)
        break
      case "accumulator": {
        const total = scopes.total(scalar.number)
        if (total === undefined) throw new Error("an accumulator is used before it is reduced")
        total(u)
        break
      }
    }
  }

  /** Pushes a function written out. */
  #pushInlined(scalar: Apply, name: MathName, u: number): void {
    const options = { ...this.#engine, isUsual: this.#normal.has(scalar) }
    this.#pushTogether(scalar, u, (operands) => {
      this.#inlined += operands.length
      return inlineTogether(this.#engine.module, this.#site.f, name, operands, options)
    })
  }

  /**
   * Pushes what is computed of vector `u`, and of others at once where nothing between here and their
   * use can change their operands.
   */
  #pushTogether(scalar: Apply, u: number, compute: Together): void {
    const { f, scopes, uses } = this.#site
    const isFree = this.#branches === 0 && scopes.mask(u) === undefined && uses.isLasting(scalar)
    const last = isFree && this.varies(scalar) ? (scopes.lanes?.vectors ?? 1) : u + 1
    const group: number[] = []
    for (let w = u; w < last && group.length < sideBySide; w++) {
      if (scopes.value(scalar, w) === undefined) group.push(w)
    }
    const results = compute(
      group.map((w) => scalar.operands.map((operand) => this.keep(operand, w))),
    )
    for (const [i, w] of group.entries()) if (w !== u) scopes.setValue(scalar, w, results[i])
    f.localGet(results[0])
  }

  #pushLane(scalar: Scalar, lane: number): void {
    const { f, width } = this.#site
    if (!this.varies(scalar)) {
      f.localGet(this.keep(scalar))
      f.i32x4.extract_lane(0)
      return
    }
    f.localGet(this.keep(scalar, Math.floor(lane / width)))
    f.i32x4.extract_lane(lane % width)
  }

  /** Pushes index − low in the lanes of vector `u`. */
  #pushLanesOf(index: Index, low: number, u: number): void {
    const { f, scopes, width } = this.#site
    const lanes = scopes.lanes?.axis
    const stride = lanes && strideOf(index, lanes)
    this.indices.push(index, width * u, -low)
    f.i32x4.splat()
    if (stride === undefined) {
      for (let lane = 1; lane < width; lane++) {
        this.indices.push(index, width * u + lane, -low)
        f.i32x4.replace_lane(lane)
      }
    } else if (stride !== 0) {
      pushIntegers(this.#place, 0, stride, 2 * stride, 3 * stride)
      f.i32x4.add()
    }
  }

  /** Pushes whether low ≤ index < high, also `span` behind the lane. */
  #pushTest({ index, low, high }: Condition, lane: number, span: number): void {
    const { f } = this.#site
    if (high - low - Math.abs(span) <= 0) {
      f.i32.const(0)
      return
    }
    const least = Math.min(0, span)
    this.indices.push(index, lane, least - low)
    f.i32.const(high - low - Math.abs(span))
    f.i32.lt_u()
  }

  #pushGuard(guard: Guard, u: number): void {
    const { scopes, uses } = this.#site
    const lanes = scopes.lanes?.axis
    const varying = guard.conditions.filter(
      ({ index }) => lanes !== undefined && uses.axesOfIndex(index).has(lanes),
    )
    const uniform = guard.conditions.filter((condition) => !varying.includes(condition))
    const inside = (): void => {
      if (varying.length === 0 || lanes === undefined) this.push(guard.value, u)
      else this.#pushInLanes(guard, varying, u)
    }
    if (uniform.length === 0) {
      inside()
      return
    }
    this.pushTests(uniform)
    this.#branch(inside, () => this.push(guard.otherwise, u))
  }

  /** Pushes a guard's value where some of its conditions vary with the lane. */
  #pushInLanes(guard: Guard, varying: readonly Condition[], u: number): void {
    const { f, scopes, width } = this.#site
    const lanes = scopes.lanes?.axis
    const strides = varying.map(({ index }) => lanes && strideOf(index, lanes))
    if (scopes.mask(u) !== undefined || !strides.every((stride) => stride !== undefined)) {
      this.#pushMasked(guard, varying, u)
      return
    }
    for (const [i, condition] of varying.entries()) {
      this.#pushTest(condition, width * u, (width - 1) * strides[i])
      if (i > 0) f.i32.and()
    }
    this.#branch(
      () => this.push(guard.value, u),
      () => this.#pushMasked(guard, varying, u),
    )
  }

  /** Computes value and otherwise in all lanes, each reading memory only in lanes that need it. */
  #pushMasked({ value, otherwise }: Guard, varying: readonly Condition[], u: number): void {
    const { f, scopes, uses } = this.#site
    const inside = f.local("v128")
    for (const [i, { index, low, high }] of varying.entries()) {
      this.#pushLanesOf(index, low, u)
      pushIntegers(this.#place, high - low)
      f.i32x4.lt_u()
      if (i > 0) f.v128.and()
    }
    this.#clearUnused()
    f.localSet(inside)
    const outer = scopes.mask(u)
    const masked = (scalar: Scalar, combine: () => void): void => {
      if (uses.isPure(scalar)) {
        this.push(scalar, u)
        return
      }
      const mask = f.local("v128")
      combine()
      f.localSet(mask)
      scopes.within(() => {
        const masks: (Local | undefined)[] = []
        masks[u] = mask
        // A value that is the same in all lanes is asked for as vector 0.
        masks[0] ??= mask
        scopes.setMask(masks)
        this.push(scalar, u)
      })
    }
    masked(value, () => {
      f.localGet(inside)
      if (outer === undefined) return
      f.localGet(outer)
      f.v128.and()
    })
    masked(otherwise, () => {
      if (outer === undefined) {
        f.localGet(inside)
        f.v128.not()
        this.#clearUnused()
        return
      }
      f.localGet(outer)
      f.localGet(inside)
      f.v128.andnot()
    })
    f.localGet(inside)
    if (value.dtype === "float64") widenMask(f)
    if (this.#engine.relaxed) f.i32x4.relaxed_laneselect()
    else f.v128.bitselect()
  }

  /** Clears the lanes of the mask on the stack in which no value stands: none of them may read. */
  #clearUnused(): void {
    if (this.#site.width === 4) return
    pushIntegers(this.#place, -1, -1, 0, 0)
    this.#site.f.v128.and()
  }

  /** Pushes one of two vectors by the i32 on the stack; what each computes is known only there. */
  #branch(then: () => void, otherwise: () => void): void {
    const { f, scopes } = this.#site
    this.#branches++
    f.if("v128")
    scopes.within(then)
    f.else()
    scopes.within(otherwise)
    f.end()
    this.#branches--
  }
}
