/**
 * A small WebAssembly assembler: a module is built by methods and written as bytes.
 *
 *     const m = new ModuleBuilder()
 *     m.importMemory("env", "memory", { initial: 1, maximum: 1024, shared: true })
 *     const f = m.function({ params: ["i32"], results: ["i32"] }, "double")
 *     f.localGet(f.param(0))
 *     f.i32.const(2)
 *     f.i32.mul()
 *     m.exportFunction("double", f)
 *     const bytes = m.finish()
 *
 * Nothing is type checked here: the engine does that when it compiles, and `toText` shows what it
 * was given. Source: WebAssembly core specification 3.0, chapter 5.
 */

import { ByteWriter } from "./binary.ts"
import type { FunctionReference, FunctionType, ValueType } from "./function-builder.ts"
import { FunctionBuilder, functionIndex, valueTypes } from "./function-builder.ts"

export type {
  BlockType,
  FunctionReference,
  FunctionType,
  Label,
  Local,
  Operand,
  ValueType,
} from "./function-builder.ts"
export { FunctionBuilder } from "./function-builder.ts"
export type { Instructions } from "./instructions.ts"

/** Sizes of a memory in pages of 64 KiB; a shared memory must have a maximum. */
export interface MemoryLimits {
  readonly initial: number
  readonly maximum?: number
  readonly shared?: boolean
}

interface Global {
  readonly type: ValueType
  readonly mutable: boolean
  /** A number, or the 16 bytes of a v128. */
  readonly initial: number | bigint | Uint8Array
}

interface Segment {
  /** Byte address in memory, or none for a passive segment. */
  readonly address: number | undefined
  readonly bytes: Uint8Array
}

type Import = { readonly module: string; readonly name: string } & (
  | { readonly kind: "function"; readonly type: number }
  | { readonly kind: "memory"; readonly limits: MemoryLimits }
)

const externalKinds = { function: 0, table: 1, memory: 2, global: 3 } as const

interface Export {
  readonly name: string
  readonly kind: keyof typeof externalKinds
  readonly index: number
}

/** Bytes of a WebAssembly memory page. */
export const pageBytes = 65536

/** A module under construction; {@link finish} writes it. */
export class ModuleBuilder {
  readonly #types: FunctionType[] = []
  readonly #typeIndices = new Map<string, number>()
  readonly #imports: Import[] = []
  readonly #functions: FunctionBuilder[] = []
  readonly #globals: Global[] = []
  readonly #exports: Export[] = []
  readonly #segments: Segment[] = []
  readonly #vectorConstants = new Map<string, number>()
  #importedFunctions = 0
  #memory: MemoryLimits | undefined
  #table: readonly FunctionReference[] | undefined

  /** Takes the module's memory from outside. */
  importMemory(module: string, name: string, limits: MemoryLimits): void {
    this.#checkMemory(limits)
    this.#imports.push({ module, name, kind: "memory", limits })
  }

  /** Gives the module its own memory, exported when a name is given. */
  memory(limits: MemoryLimits, exportName?: string): void {
    this.#checkMemory(limits)
    this.#memory = limits
    if (exportName !== undefined) this.#export(exportName, "memory", 0)
  }

  /**
   * Takes a function from outside and returns its number.
   * @throws Error when a function was already defined, since imports are numbered first.
   */
  importFunction(module: string, name: string, type: FunctionType): number {
    if (this.#functions.length > 0) {
      throw new Error(`import ${module}.${name} must come before the first function of the module`)
    }
    this.#imports.push({ module, name, kind: "function", type: this.#typeIndex(type) })
    return this.#importedFunctions++
  }

  /** A new function; fill it by its methods. The name is for text and profiles. */
  function(type: FunctionType, name?: string): FunctionBuilder {
    this.#typeIndex(type)
    const index = this.#importedFunctions + this.#functions.length
    const builder = new FunctionBuilder(index, type, name ?? `${index}`, (blockType) =>
      this.#typeIndex(blockType),
    )
    this.#functions.push(builder)
    return builder
  }

  exportFunction(name: string, reference: FunctionReference): void {
    this.#export(name, "function", functionIndex(reference))
  }

  /** A new global, zero or `initial` at the start; returns its number. */
  global(type: Exclude<ValueType, "v128">, initial: number | bigint = 0, mutable = true): number {
    return this.#globals.push({ type, initial, mutable }) - 1
  }

  /**
   * The number of an immutable v128 global with these 16 bytes; equal bytes share one global. Reading
   * it is one load, where engines build a `v128.const` from scalars at every use, even in a loop.
   */
  vectorConstant(bytes: Uint8Array): number {
    const key = bytes.join(" ")
    const known = this.#vectorConstants.get(key)
    if (known !== undefined) return known
    if (bytes.length !== 16) {
      throw new RangeError(`a vector constant has 16 bytes, not ${bytes.length}`)
    }
    const initial = bytes.slice()
    const index = this.#globals.push({ type: "v128", initial, mutable: false }) - 1
    this.#vectorConstants.set(key, index)
    return index
  }

  exportGlobal(name: string, global: number): void {
    this.#export(name, "global", global)
  }

  /** The functions that `callIndirect` reaches by their place in this list. */
  table(functions: readonly FunctionReference[]): void {
    this.#table = functions
  }

  /** Bytes that are copied to memory at the address when the module is instantiated. */
  dataAt(address: number, bytes: Uint8Array): void {
    this.#segments.push({ address, bytes })
  }

  /** Bytes for `memory.init`; returns the segment's number. */
  passiveData(bytes: Uint8Array): number {
    return this.#segments.push({ address: undefined, bytes }) - 1
  }

  /** The functions defined so far. */
  get functions(): readonly FunctionBuilder[] {
    return this.#functions
  }

  /** The module's bytes. Work: proportional to their number. */
  finish(): Uint8Array<ArrayBuffer> {
    // All types are known by now: functions and blocks asked for theirs when they were opened.
    const bodies = this.#functions.map((builder) => builder.encode())
    const out = new ByteWriter(bodies.reduce((sum, body) => sum + body.length + 5, 4096))
    out.bytes([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00])
    vector(out, 1, this.#types, writeFunctionType)
    vector(out, 2, this.#imports, writeImport)
    vector(out, 3, this.#functions, (w, { type }) => w.u32(this.#typeIndex(type)))
    vector(out, 4, this.#table === undefined ? [] : [this.#table], (w, { length }) => {
      w.bytes([0x70, 0x00])
      w.u32(length)
    })
    vector(out, 5, this.#memory === undefined ? [] : [this.#memory], writeLimits)
    vector(out, 6, this.#globals, writeGlobal)
    vector(out, 7, this.#exports, (w, { name, kind, index }) => {
      w.text(name)
      w.byte(externalKinds[kind])
      w.u32(index)
    })
    vector(out, 9, this.#table === undefined ? [] : [this.#table], (w, functions) => {
      w.bytes([0x00, 0x41, 0x00, 0x0b])
      w.u32(functions.length)
      for (const reference of functions) w.u32(functionIndex(reference))
    })
    if (this.#segments.length > 0) section(out, 12, (w) => w.u32(this.#segments.length))
    vector(out, 10, bodies, (w, body) => w.sized(body))
    vector(out, 11, this.#segments, writeSegment)
    section(out, 0, (w) => {
      w.text("name")
      vector(w, 1, this.#functions, (names, { index, name }) => {
        names.u32(index)
        names.text(name)
      })
    })
    return out.written.slice()
  }

  /** Every function in the style of the text format. */
  toText(): string {
    return this.#functions.map((builder) => builder.toText()).join("\n")
  }

  #typeIndex(type: FunctionType): number {
    const key = `${type.params.join(" ")} -> ${type.results.join(" ")}`
    const known = this.#typeIndices.get(key)
    if (known !== undefined) return known
    const index = this.#types.push(type) - 1
    this.#typeIndices.set(key, index)
    return index
  }

  #export(name: string, kind: keyof typeof externalKinds, index: number): void {
    if (this.#exports.some((other) => other.name === name)) {
      throw new Error(`the module exports ${name} twice: each export needs its own name`)
    }
    this.#exports.push({ name, kind, index })
  }

  #checkMemory({ initial, maximum, shared }: MemoryLimits): void {
    if (this.#memory !== undefined || this.#imports.some(({ kind }) => kind === "memory")) {
      throw new Error("a module has one memory: this one was already given or imported")
    }
    if (shared && maximum === undefined) {
      throw new Error("a shared memory needs a maximum number of pages")
    }
    if (maximum !== undefined && maximum < initial) {
      throw new RangeError(`a memory's maximum of ${maximum} pages is below its ${initial} initial`)
    }
  }
}

function section(out: ByteWriter, id: number, write: (content: ByteWriter) => void): void {
  const content = new ByteWriter()
  write(content)
  out.byte(id)
  out.sized(content.written)
}

/** A section that counts its items; none is written for no items. */
function vector<T>(
  out: ByteWriter,
  id: number,
  items: readonly T[],
  write: (content: ByteWriter, item: T) => void,
): void {
  if (items.length === 0) return
  section(out, id, (content) => {
    content.u32(items.length)
    for (const item of items) write(content, item)
  })
}

function writeFunctionType(out: ByteWriter, { params, results }: FunctionType): void {
  out.byte(0x60)
  out.sized(params.map((type) => valueTypes[type]))
  out.sized(results.map((type) => valueTypes[type]))
}

function writeImport(out: ByteWriter, entry: Import): void {
  out.text(entry.module)
  out.text(entry.name)
  out.byte(externalKinds[entry.kind])
  if (entry.kind === "memory") writeLimits(out, entry.limits)
  else out.u32(entry.type)
}

function writeLimits(out: ByteWriter, { initial, maximum, shared }: MemoryLimits): void {
  out.byte((maximum === undefined ? 0 : 1) | (shared ? 2 : 0))
  out.u32(initial)
  if (maximum !== undefined) out.u32(maximum)
}

function writeGlobal(out: ByteWriter, { type, mutable, initial }: Global): void {
  out.byte(valueTypes[type])
  out.byte(mutable ? 1 : 0)
  if (typeof initial === "object") {
    out.bytes([0xfd, 0x0c])
    out.bytes(initial)
  } else if (type === "i32") {
    out.byte(0x41)
    out.s32(Number(initial))
  } else if (type === "i64") {
    out.byte(0x42)
    out.s64(BigInt(initial))
  } else if (type === "f32") {
    out.byte(0x43)
    out.f32(Number(initial))
  } else {
    out.byte(0x44)
    out.f64(Number(initial))
  }
  out.byte(0x0b)
}

function writeSegment(out: ByteWriter, { address, bytes }: Segment): void {
  if (address === undefined) out.byte(1)
  else {
    out.bytes([0x00, 0x41])
    out.s32(address)
    out.byte(0x0b)
  }
  out.sized(bytes)
}
