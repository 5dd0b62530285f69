/**
 * What an emitter of kernels in C works with: the blocks that are open, index functions and scalar
 * expressions.
 *
 * A value that depends on the lane axis, where one is set, is a vector; all others are single. Each
 * is computed once, in the outermost block where its axes stand.
 */

import {
  type Apply,
  type Axis,
  type Buffer,
  type Condition,
  type Index,
  type Kernel,
  loadsOf,
  type Program,
  rangeOf,
  type Scalar,
  type Store,
  scalarsOf,
  storesOf,
  strideOf,
} from "../../schedule/index.ts"
import { reductionDone, Uses } from "../uses.ts"
import { Block, type LaneAxis } from "./block.ts"
import { elementwise } from "./elementwise.ts"
import type { MathLibrary } from "./maths.ts"
import { constantOf, cTypes, lanesOf, registerType } from "./registers.ts"
import { isWholeLines } from "./streams.ts"
import { apart } from "./words.ts"

export interface ProgramCode {
  readonly program: Program
  readonly library: MathLibrary
  /** float32 lanes of a vector. */
  readonly lanes: number
  /** The counters of the loops around a kernel, outermost first: its function's last arguments. */
  readonly counters: readonly Axis[]
}

/** What a kernel's function does with some of its buffers. */
interface BufferUses {
  /** Those that are rows of the thread's own. */
  readonly rows?: readonly Buffer[]
  /** Those that are stored past the caches. */
  readonly streams?: ReadonlySet<Buffer>
  /** Those that it neither loads nor stores, but asks for. */
  readonly others?: readonly Buffer[]
}

const one: Scalar = { kind: "constant", dtype: "float32", value: 1 }
const divide = { kind: "apply", primitive: "divide", dtype: "float32", params: {} } as const

type Guard = Extract<Scalar, { kind: "guard" }>

export class KernelCode {
  readonly program: Program
  readonly library: MathLibrary
  /** Lanes of this kernel's vectors. */
  readonly lanes: number
  readonly uses: Uses
  block = new Block("loop", undefined)
  /** The buffers that the kernel's function is given, each with its declaration. */
  readonly parameters: { readonly text: string; readonly buffer: Buffer }[] = []
  /** Whether it calls the function that turns squares of vectors. */
  turns = false
  readonly #totals = new Map<number, (vector: number) => string>()
  readonly #buffers = new Map<Buffer, string>()
  readonly streams: ReadonlySet<Buffer>
  readonly #inverses = new Map<Scalar, Apply>()
  #names = 0

  constructor(
    { program, library, lanes, counters }: ProgramCode,
    kernel: Kernel,
    mapped: readonly Axis[],
    scalars: readonly Scalar[] = scalarsOf(kernel),
    { rows = [], streams = new Set(), others = [] }: BufferUses = {},
  ) {
    this.program = program
    this.library = library
    this.lanes = lanesOf(kernel, lanes)
    this.streams = streams
    this.uses = new Uses(scalars, mapped, storesOf(kernel))
    for (const [i, counter] of counters.entries()) this.block.bind(counter, `counter${i}`)
    for (const buffer of new Set([...loadsOf(kernel), ...storesOf(kernel), ...others])) {
      const name = `b${this.#buffers.size}`
      const { memory } = cTypes[buffer.dtype]
      this.#buffers.set(buffer, name)
      if (rows.includes(buffer)) {
        this.line(`_Alignas(64) ${memory} ${name}[${buffer.elements}];`)
        continue
      }
      this.parameters.push({ text: `${memory} *${name}`, buffer })
      this.line(apart(name))
    }
  }

  /** A name that nothing else has. */
  name(prefix: string): string {
    return `${prefix}${this.#names++}`
  }

  /** So many variables of a type that begin alike. */
  variables(prefix: string, type: string, count: number, start: string): readonly string[] {
    return Array.from({ length: count }, () => {
      const name = this.name(prefix)
      this.line(`${type} ${name} = ${start};`)
      return name
    })
  }

  line(text: string): void {
    this.block.lines.push(text)
  }

  /** The pointer to a buffer's first element. */
  buffer(buffer: Buffer): string {
    const name = this.#buffers.get(buffer)
    if (name === undefined) throw new Error(`the kernel does not use buffer ${buffer.name}`)
    return name
  }

  /** `head { … }`: `body` is written into a block of its own. */
  open(head: string, body: () => void, options: { readonly lanes?: LaneAxis } = {}): void {
    const outer = this.block
    const inner = new Block("loop", outer, { ...options, mask: options.lanes?.tail })
    this.block = inner
    body()
    this.block = outer
    outer.lines.push(`${head} {`, ...inner.lines, "}")
  }

  /** Runs `body` where the lanes of a mask count alone. */
  masked(mask: string, body: () => void): void {
    const outer = this.block
    this.block = new Block("mask", outer, { mask })
    body()
    this.block = outer
  }

  /** Tells what an accumulator came to; its users follow. */
  setTotal(number: number, total: (vector: number) => string): void {
    this.#totals.set(number, total)
    this.block.bind(reductionDone(number), "")
  }

  /** Whether a value differs between lanes here. */
  varies(scalar: Scalar): boolean {
    const { lanes } = this.block
    return lanes !== undefined && this.uses.axesOf(scalar).has(lanes.axis)
  }

  /** The C type of a value's register here. */
  typeOf(scalar: Scalar, varies = this.varies(scalar)): string {
    return registerType(cTypes[scalar.dtype].register, varies ? this.lanes : 1)
  }

  /** The name of a value, or of its vector `u`; a constant is written out. */
  value(scalar: Scalar, u = 0): string {
    if (scalar.kind === "constant") return constantOf(scalar.dtype, scalar.value)
    const vector = this.varies(scalar) ? u : 0
    const known = this.block.value(scalar, vector)
    if (known !== undefined) return known
    const current = this.block
    this.block = this.#homeOf(scalar)
    const name = this.#compute(scalar, vector)
    this.block.setValue(scalar, vector, name)
    this.block = current
    return name
  }

  /** A value as a vector, or where `varies` is false alone. */
  as(scalar: Scalar, u: number, varies: boolean): string {
    const value = this.value(scalar, u)
    return varies && !this.varies(scalar) ? `splat_${this.typeOf(scalar, true)}(${value})` : value
  }

  /** Stores a value, of which `value` is the name, where vector `u` stands. */
  store(store: Store, u: number, value: string): void {
    const spread = this.block.lanes !== undefined && !this.varies(store.value)
    this.storeVector(store, u, spread ? `splat_${this.typeOf(store.value, true)}(${value})` : value)
  }

  /** Stores what is a vector where there are lanes. */
  storeVector({ buffer, index }: Store, u: number, vector: string): void {
    const pointer = this.buffer(buffer)
    const { lanes, mask } = this.block
    const bool = buffer.dtype === "bool"
    const { memory } = cTypes[buffer.dtype]
    if (lanes === undefined) {
      this.line(
        `${pointer}[${this.index(index)}] = ${bool ? `(${vector} & 1)` : `(${memory})${vector}`};`,
      )
      return
    }
    const name = `${bool ? "bool" : memory}x${this.lanes}`
    const [suffix, last] = mask === undefined ? ["", ""] : ["m", `, ${mask}`]
    const stride = strideOf(index, lanes.axis)
    if (stride === 1) {
      const past = this.streams.has(buffer) && isWholeLines(index, lanes.axis, this.lanes)
      const verb = past && mask === undefined ? "stream" : `store${suffix}`
      this.line(`${verb}_${name}(${pointer} + ${this.index(index, u)}, ${vector}${last});`)
    } else {
      const [base, at] = this.#places(index, u)
      this.line(`scatter${suffix}_${name}(${pointer} + ${base}, ${at}, ${vector}${last});`)
    }
  }

  /** A load of the element, or the vector's elements, at an index. */
  load(buffer: Buffer, index: Index, u: number): string {
    const pointer = this.buffer(buffer)
    const { lanes, mask } = this.block
    const bool = buffer.dtype === "bool"
    if (lanes === undefined || !this.uses.axesOfIndex(index).has(lanes.axis)) {
      const element = `${pointer}[${this.index(index)}]`
      const single = bool ? `-(i32)(${element} != 0)` : element
      return mask === undefined || this.block.lanes?.tail === mask
        ? single
        : `(any_x${this.lanes}(${mask}) ? ${single} : 0)`
    }
    const name = `${bool ? "bool" : cTypes[buffer.dtype].memory}x${this.lanes}`
    const [suffix, last] = mask === undefined ? ["", ""] : ["m", `, ${mask}`]
    if (strideOf(index, lanes.axis) === 1) {
      return `load${suffix}_${name}(${pointer} + ${this.index(index, u)}${last})`
    }
    const [base, at] = this.#places(index, u)
    return `gather${suffix}_${name}(${pointer} + ${base}, ${at}${last})`
  }

  /** An index as an i64; where it depends on the lanes, for the first lane of vector `u`. */
  index({ constant, terms }: Index, u = 0): string {
    const parts = terms.map(({ factor, atom }) => {
      const text = (() => {
        switch (atom.kind) {
          case "axis":
            return this.axis(atom.axis, u)
          case "value":
            return `(i64)${this.value(atom.value, u)}`
          case "quotient":
            return this.#divided(atom.of, atom.by, u, "/", "floordiv")
          case "remainder":
            return this.#divided(atom.of, atom.by, u, "%", "floormod")
        }
      })()
      return factor === 1 ? text : `${factor} * ${text}`
    })
    if (constant !== 0 || parts.length === 0) parts.push(String(constant))
    return parts.length === 1 ? parts[0] : `(${parts.join(" + ")})`
  }

  /** The value of an axis; of the lane axis, at the first lane of vector `u`. */
  axis(axis: Axis, u = 0): string {
    const name = this.block.axis(axis)
    if (name === undefined) throw new Error(`axis ${axis.name} does not stand at a value here`)
    const isLanes = this.block.lanes?.axis === axis && u > 0
    return isLanes ? `(${name} + ${u * this.lanes})` : name
  }

  /** The least of an axis's extent and, where it ends early in its last round, what is left. */
  endOf(axis: Axis): number | string {
    const { within, extent } = axis
    if (within === undefined || within.total === within.outer.extent * extent) return extent
    const name = this.name("end")
    const left = `${within.total} - ${this.axis(within.outer)} * ${extent}`
    this.line(`const i64 ${name} = ${left} < ${extent} ? ${left} : ${extent};`)
    return name
  }

  /** Binds the axes that are spread over threads to what the piece's number stands for. */
  bindThreads(axes: readonly Axis[]): void {
    const spread = axes.filter((axis) => axis.place === "threads")
    let inner = 1
    for (const [i, axis] of [...spread.entries()].reverse()) {
      const name = this.name("p")
      const whole = inner > 1 ? `piece / ${inner}` : "piece"
      this.line(`const i64 ${name} = ${i > 0 ? `(${whole}) % ${axis.extent}` : whole};`)
      this.block.bind(axis, name)
      inner *= axis.extent
    }
  }

  /** A C condition: whether all of some conditions hold. None of them may vary with the lane. */
  test(conditions: readonly Condition[]): string {
    return conditions
      .map(({ index, low, high }) => {
        const less = low === 0 ? "" : low > 0 ? ` - ${low}` : ` + ${-low}`
        return `(u64)(${this.index(index)}${less}) < ${high - low}u`
      })
      .join(" && ")
  }

  #divided(of: Index, by: number, u: number, sign: string, floored: string): string {
    const [low, high] = rangeOf(of)
    const text = this.index(of, u)
    if (low < 0) return `${floored}(${text}, ${by})`
    return high < 2 ** 32 ? `(i64)((u32)${text} ${sign} ${by}u)` : `(${text} ${sign} ${by})`
  }

  /** An index in lanes, as a base and a vector of places behind it. */
  #places(index: Index, u: number): readonly [string, string] {
    const { lanes } = this.block
    const stride = lanes && strideOf(index, lanes.axis)
    if (stride === undefined) return ["0", this.#vector(index, u)]
    return [this.index(index, u), `iota_x${this.lanes}() * ${stride}`]
  }

  /** An index as a vector of i32. */
  #vector(index: Index, u: number): string {
    const { lanes } = this.block
    const type = `i32x${this.lanes}`
    const stride = lanes && strideOf(index, lanes.axis)
    if (stride !== undefined) {
      const first = `splat_${type}((i32)${this.index(index, u)})`
      return stride === 0 ? first : `(${first} + iota_x${this.lanes}() * ${stride})`
    }
    const parts = index.terms.map(({ factor, atom }) => {
      const text = (() => {
        if (atom.kind === "axis")
          return this.#vector({ constant: 0, terms: [{ factor: 1, atom }] }, u)
        if (atom.kind === "value") return this.as(atom.value, u, true)
        const [low] = rangeOf(atom.of)
        const of = this.#vector(atom.of, u)
        if (low >= 0) return `(${of} ${atom.kind === "quotient" ? "/" : "%"} ${atom.by})`
        return `${atom.kind === "quotient" ? "floordiv" : "floormod"}_x${this.lanes}(${of}, ${atom.by})`
      })()
      return factor === 1 ? text : `${text} * ${factor}`
    })
    if (index.constant !== 0) parts.push(String(index.constant))
    return `(${parts.join(" + ")})`
  }

  /** The outermost block in which a value can be computed. */
  #homeOf(scalar: Scalar): Block {
    const pure = this.uses.isPure(scalar)
    const lasting = this.uses.isLasting(scalar)
    const axes = this.uses.axesOf(scalar)
    let home = this.block
    for (;;) {
      const { parent, kind } = home
      if (parent === undefined || !(kind === "loop" ? lasting : pure)) return home
      for (const axis of axes) if (parent.axis(axis) === undefined) return home
      home = parent
    }
  }

  #compute(scalar: Exclude<Scalar, { kind: "constant" }>, u: number): string {
    switch (scalar.kind) {
      case "index":
        return this.#define(
          scalar,
          this.varies(scalar) ? this.#vector(scalar.index, u) : `(i32)${this.index(scalar.index)}`,
        )
      case "load":
        return this.#define(scalar, this.load(scalar.buffer, scalar.index, u))
      case "apply": {
        const varies = this.varies(scalar)
        const operands = scalar.operands.map((operand) => this.as(operand, u, varies))
        const constants = scalar.operands.map((o) => (o.kind === "constant" ? o.value : undefined))
        const site = {
          library: this.library,
          lanes: varies ? this.lanes : 1,
          vector: this.lanes,
          constants,
        }
        const quotient = varies ? this.#quotient(scalar, operands[0]) : undefined
        return this.#define(scalar, quotient ?? elementwise(scalar, operands, site))
      }
      case "guard":
        return this.#guard(scalar, u)
      case "accumulator": {
        const total = this.#totals.get(scalar.number)
        if (total === undefined) throw new Error("an accumulator is used before it is reduced")
        return total(u)
      }
    }
  }

  /**
   * The quotient of float32 lanes by what all of them have: a division takes some eight times as long
   * as a product with the inverse and a correction of its last bit (Markstein 1990).
   */
  #quotient({ primitive, dtype, operands }: Apply, dividend: string): string | undefined {
    const [, by] = operands
    if (primitive !== "divide" || dtype !== "float32" || this.varies(by)) return undefined
    if (by.kind === "constant" && Number.isInteger(Math.log2(Math.abs(by.value)))) return undefined
    const known = this.#inverses.get(by)
    const inverse = known ?? { ...divide, operands: [one, by] }
    this.#inverses.set(by, inverse)
    return `over_f32x${this.lanes}(${dividend}, ${this.value(by)}, ${this.value(inverse)})`
  }

  #define(scalar: Scalar, expression: string): string {
    const name = this.name("v")
    this.line(`const ${this.typeOf(scalar)} ${name} = ${expression};`)
    return name
  }

  #guard(guard: Guard, u: number): string {
    const { lanes } = this.block
    const varying = guard.conditions.filter(
      ({ index }) => lanes !== undefined && this.uses.axesOfIndex(index).has(lanes.axis),
    )
    const uniform = guard.conditions.filter((condition) => !varying.includes(condition))
    const varies = this.varies(guard)
    const inside = (): string =>
      varying.length > 0 ? this.#maskedGuard(guard, varying, u) : this.as(guard.value, u, varies)
    if (uniform.length === 0) return inside()
    const name = this.name("v")
    const outer = this.block
    const branch = (value: () => string): readonly string[] => {
      this.block = new Block("branch", outer)
      const result = value()
      const lines = [...this.block.lines, `${name} = ${result};`]
      this.block = outer
      return lines
    }
    const then = branch(inside)
    const otherwise = branch(() => this.as(guard.otherwise, u, varies))
    const test = this.test(uniform)
    this.line(`${this.typeOf(guard)} ${name};`)
    outer.lines.push(`if (${test}) {`, ...then, "} else {", ...otherwise, "}")
    return name
  }

  /** Computes value and otherwise in all lanes, each reading memory only in lanes that need it. */
  #maskedGuard(
    { value, otherwise, ...guard }: Guard,
    varying: readonly Condition[],
    u: number,
  ): string {
    const { mask } = this.block
    const type = `i32x${this.lanes}`
    const inside = this.name("m")
    const tests = varying.map(({ index, low, high }) => {
      const shifted = this.#vector({ ...index, constant: index.constant - low }, u)
      return `(${type})((u32x${this.lanes})${shifted} < ${high - low}u)`
    })
    this.line(`const ${type} ${inside} = ${tests.join(" & ")};`)
    const under = (scalar: Scalar, own: string): string => {
      if (this.uses.isPure(scalar)) return this.as(scalar, u, true)
      const both = this.name("m")
      this.line(`const ${type} ${both} = ${mask === undefined ? own : `${own} & ${mask}`};`)
      let name = ""
      this.masked(both, () => {
        name = this.as(scalar, u, true)
      })
      return name
    }
    const then = under(value, inside)
    const other = under(otherwise, `~${inside}`)
    const full = { ...guard, value, otherwise, conditions: varying }
    return this.#define(full, `sel_${this.typeOf(full, true)}(${inside}, ${then}, ${other})`)
  }
}
