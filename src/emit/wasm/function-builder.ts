/** Building one WebAssembly function, instruction by instruction or in structured blocks. */

import { ByteWriter } from "./binary.ts"
import type { Instructions } from "./instructions.ts"
import { instructions } from "./instructions.ts"
import type { Line } from "./text.ts"
import { disassemble } from "./text.ts"

export type ValueType = "i32" | "i64" | "f32" | "f64" | "v128"

export interface FunctionType {
  readonly params: readonly ValueType[]
  readonly results: readonly ValueType[]
}

/** Type bytes of the binary format. */
export const valueTypes: { readonly [T in ValueType]: number } = {
  i32: 0x7f,
  i64: 0x7e,
  f32: 0x7d,
  f64: 0x7c,
  v128: 0x7b,
}

/** A parameter or local of one function. */
export interface Local {
  readonly index: number
  readonly type: ValueType
  /** For the text form only. */
  readonly name: string | undefined
}

/** A block that branches can name. */
export interface Label {
  /** Blocks around it. */
  readonly depth: number
}

/** What a block leaves on the stack; a full type also says what it takes. */
export type BlockType = ValueType | FunctionType | undefined

/** A constant of the wanted type, a local to read, or code that leaves one value. */
export type Operand = number | bigint | Local | (() => void)

/** Something callable: a function's number, or its builder. */
export type FunctionReference = number | { readonly index: number }

/**
 * One function of a module; made by `ModuleBuilder.function`.
 *
 * Methods write instructions in stack order: operands first. Those of the opcode table are grouped
 * by their namespace (`f.f32x4.mul()`); locals, calls and control flow are methods of the function
 * itself. Work of each call: proportional to the bytes written.
 */
export class FunctionBuilder {
  readonly index: number
  readonly type: FunctionType
  readonly name: string
  /** Parameters, then locals. */
  readonly locals: Local[]

  readonly i32: Instructions<"i32">
  readonly i64: Instructions<"i64">
  readonly f32: Instructions<"f32">
  readonly f64: Instructions<"f64">
  readonly v128: Instructions<"v128">
  readonly i8x16: Instructions<"i8x16">
  readonly i16x8: Instructions<"i16x8">
  readonly i32x4: Instructions<"i32x4">
  readonly i64x2: Instructions<"i64x2">
  readonly f32x4: Instructions<"f32x4">
  readonly f64x2: Instructions<"f64x2">
  readonly memory: Instructions<"memory">
  readonly data: Instructions<"data">
  readonly atomic: Instructions<"atomic">

  readonly #body = new ByteWriter()
  readonly #typeIndex: (type: FunctionType) => number
  #depth = 0

  constructor(
    index: number,
    type: FunctionType,
    name: string,
    typeIndex: (type: FunctionType) => number,
  ) {
    this.index = index
    this.type = type
    this.name = name
    this.#typeIndex = typeIndex
    this.locals = type.params.map((param, i) => ({ index: i, type: param, name: undefined }))
    const body = this.#body
    this.i32 = instructions("i32", body)
    this.i64 = instructions("i64", body)
    this.f32 = instructions("f32", body)
    this.f64 = instructions("f64", body)
    this.v128 = instructions("v128", body)
    this.i8x16 = instructions("i8x16", body)
    this.i16x8 = instructions("i16x8", body)
    this.i32x4 = instructions("i32x4", body)
    this.i64x2 = instructions("i64x2", body)
    this.f32x4 = instructions("f32x4", body)
    this.f64x2 = instructions("f64x2", body)
    this.memory = instructions("memory", body)
    this.data = instructions("data", body)
    this.atomic = instructions("atomic", body)
  }

  /** @throws RangeError when the function has no such parameter. */
  param(position: number): Local {
    if (!(position in this.type.params)) {
      throw new RangeError(
        `function ${this.name} has ${this.type.params.length} parameters, so none at ${position}`,
      )
    }
    return this.locals[position]!
  }

  /** A new local, zero at entry. */
  local(type: ValueType, name?: string): Local {
    const local = { index: this.locals.length, type, name }
    this.locals.push(local)
    return local
  }

  localGet(local: Local): void {
    this.#indexed(0x20, local.index)
  }

  localSet(local: Local): void {
    this.#indexed(0x21, local.index)
  }

  localTee(local: Local): void {
    this.#indexed(0x22, local.index)
  }

  globalGet(global: number): void {
    this.#indexed(0x23, global)
  }

  globalSet(global: number): void {
    this.#indexed(0x24, global)
  }

  call(callee: FunctionReference): void {
    this.#indexed(0x10, functionIndex(callee))
  }

  /** Calls the entry of the module's table whose number is on top of the stack. */
  callIndirect(type: FunctionType): void {
    this.#indexed(0x11, this.#typeIndex(type))
    this.#body.byte(0)
  }

  unreachable(): void {
    this.#body.byte(0x00)
  }

  nop(): void {
    this.#body.byte(0x01)
  }

  return(): void {
    this.#body.byte(0x0f)
  }

  drop(): void {
    this.#body.byte(0x1a)
  }

  /** Of (a, b, condition): a when the i32 condition is not 0, else b. */
  select(): void {
    this.#body.byte(0x1b)
  }

  /**
   * A block; branching to its label leaves it. With `body` the block is closed behind it, else
   * {@link end} must close it.
   */
  block(body?: (exit: Label) => void, type?: BlockType): Label {
    return this.#open(0x02, body, type)
  }

  /** A loop; branching to its label starts it again, running off its end leaves it. */
  loop(body?: (again: Label) => void, type?: BlockType): Label {
    return this.#open(0x03, body, type)
  }

  /** Takes the i32 condition from the stack; {@link else} and {@link end} follow. */
  if(type?: BlockType): Label {
    return this.#open(0x04, undefined, type)
  }

  else(): void {
    this.#body.byte(0x05)
  }

  end(): void {
    if (this.#depth === 0) throw new Error(`function ${this.name} ends more blocks than it opens`)
    this.#depth--
    this.#body.byte(0x0b)
  }

  /** Runs `then` when the i32 condition is not 0, else `otherwise`. */
  if_(condition: Operand, then: () => void, otherwise?: () => void, type?: BlockType): void {
    this.push(condition, "i32")
    this.if(type)
    then()
    if (otherwise !== undefined) {
      this.else()
      otherwise()
    }
    this.end()
  }

  br(label: Label): void {
    this.#indexed(0x0c, this.#distance(label))
  }

  /** Branches when the i32 on top of the stack is not 0. */
  brIf(label: Label): void {
    this.#indexed(0x0d, this.#distance(label))
  }

  /** Branches to the label that the i32 on top of the stack numbers, else to `otherwise`. */
  brTable(labels: readonly Label[], otherwise: Label): void {
    this.#indexed(0x0e, labels.length)
    for (const label of labels) this.#body.u32(this.#distance(label))
    this.#body.u32(this.#distance(otherwise))
  }

  /** Leaves the operand on the stack; `type` is that of a plain number. */
  push(operand: Operand, type: ValueType): void {
    if (typeof operand === "function") operand()
    else if (typeof operand === "object") this.localGet(operand)
    else if (type === "i64") this.i64.const(operand)
    else if (type === "i32") this.i32.const(Number(operand))
    else if (type === "f32") this.f32.const(Number(operand))
    else if (type === "f64") this.f64.const(Number(operand))
    else throw new TypeError(`a number cannot stand for a ${type}: push a local or code`)
  }

  /** Sets a local to an operand of its type. */
  set(local: Local, value: Operand): void {
    this.push(value, local.type)
    this.localSet(local)
  }

  /** Adds an operand to an i32 or i64 local. */
  increment(local: Local, amount: Operand): void {
    const type = integerType(local)
    this.localGet(local)
    this.push(amount, type)
    this[type].add()
    this.localSet(local)
  }

  /** Repeats `body` as long as `condition` leaves an i32 that is not 0. */
  while_(condition: () => void, body: (exit: Label) => void): void {
    this.block((exit) => {
      this.loop((again) => {
        condition()
        this.i32.eqz()
        this.brIf(exit)
        body(exit)
        this.br(again)
      })
    })
  }

  /**
   * `for (i = start; i < end; i += step)` over an i32 or i64 local, with signed comparison (or
   * unsigned, for byte addresses above 2 GiB). `end` and `step` are read again on every turn and
   * the step must be positive. The exit test stands behind the body, so a turn takes one branch.
   */
  forRange(
    i: Local,
    start: Operand,
    end: Operand,
    step: Operand,
    body: () => void,
    comparison: "lt_s" | "lt_u" = "lt_s",
  ): void {
    const type = integerType(i)
    if (isConstant(step) && step <= 0) {
      throw new RangeError(`a range's step must be positive, not ${step}`)
    }
    if (isConstant(start) && isConstant(end) && start >= end) return
    const turns = () => {
      this.loop((again) => {
        body()
        this.increment(i, step)
        this.localGet(i)
        this.push(end, type)
        this[type][comparison]()
        this.brIf(again)
      })
    }
    this.set(i, start)
    if (isConstant(start) && isConstant(end)) turns()
    else {
      this.localGet(i)
      this.push(end, type)
      this[type][comparison]()
      this.if()
      turns()
      this.end()
    }
  }

  /** Bytes of the instructions so far. */
  get length(): number {
    return this.#body.length
  }

  /**
   * The function in the code section's form: locals, then instructions.
   * @throws Error when a block is still open.
   */
  encode(): Uint8Array {
    if (this.#depth !== 0) {
      throw new Error(`function ${this.name} leaves ${this.#depth} blocks without an end`)
    }
    const writer = new ByteWriter(this.#body.length + 64)
    const runs: [count: number, type: ValueType][] = []
    for (const { type } of this.locals.slice(this.type.params.length)) {
      const last = runs.at(-1)
      if (last?.[1] === type) last[0]++
      else runs.push([1, type])
    }
    writer.u32(runs.length)
    for (const [count, type] of runs) {
      writer.u32(count)
      writer.byte(valueTypes[type])
    }
    writer.bytes(this.#body.written)
    writer.byte(0x0b)
    return writer.written
  }

  /** The instructions as text, each with its place among the bytes of the body. */
  lines(): Line[] {
    return disassemble(this.#body.written, this.locals)
  }

  /** The function in the style of the text format, one instruction a line. */
  toText(): string {
    const { params, results } = this.type
    const words = [`(func $${this.name}`]
    if (params.length > 0) words.push(`(param ${params.join(" ")})`)
    if (results.length > 0) words.push(`(result ${results.join(" ")})`)
    const locals = this.locals.slice(params.length)
    const lines = locals.map(({ type, name }) =>
      name === undefined ? `  (local ${type})` : `  (local $${name} ${type})`,
    )
    lines.push(...this.lines().map(({ text }) => `  ${text}`))
    return [words.join(" "), ...lines].join("\n").concat(")")
  }

  #indexed(code: number, index: number): void {
    this.#body.byte(code)
    this.#body.u32(index)
  }

  #open(code: number, body: ((label: Label) => void) | undefined, type: BlockType): Label {
    this.#body.byte(code)
    if (type === undefined) this.#body.byte(0x40)
    else if (typeof type === "string") this.#body.byte(valueTypes[type])
    else this.#body.s32(this.#typeIndex(type))
    const label = { depth: this.#depth++ }
    if (body !== undefined) {
      body(label)
      this.end()
    }
    return label
  }

  #distance(label: Label): number {
    const distance = this.#depth - 1 - label.depth
    if (distance < 0) throw new Error(`function ${this.name} branches to a block that has ended`)
    return distance
  }
}

/** The number by which calls name a function. */
export function functionIndex(reference: FunctionReference): number {
  return typeof reference === "number" ? reference : reference.index
}

function isConstant(operand: Operand): operand is number | bigint {
  return typeof operand === "number" || typeof operand === "bigint"
}

function integerType(local: Local): "i32" | "i64" {
  if (local.type === "i32" || local.type === "i64") return local.type
  throw new TypeError(`a counter must be an i32 or i64, not ${local.type}`)
}
