/** Shaders: one dispatch of a kernel or of a pass of it, as a WGSL module with its bindings. */

import type { Axis, Buffer, GroupTarget } from "../../schedule/index.ts"
import { mathsFor } from "./maths.ts"
import type { Memories } from "./memories.ts"
import { maskOf } from "./narrow.ts"
import { bitsOf, elementsOfWord, shiftOf, unpacked, wordOf } from "./packing.ts"
import type { Runs } from "./runs.ts"
import { Text } from "./text.ts"
import { toWord } from "./types.ts"
import { Values } from "./values.ts"

/** A number that a shader is told at each dispatch: a loop's counter, or one of its own. */
export type Parameter = Axis | number

export interface Shader {
  /** The module; its entry point is `main`. */
  readonly code: string
  /** Memories bound to group 0, in the order of their bindings. */
  readonly memories: readonly { readonly memory: number; readonly written: boolean }[]
  /**
   * Numbers bound to group 1: each in digits of base {@link digitBase}, lowest first, one uniform
   * u32 for each digit.
   */
  readonly parameters: readonly { readonly parameter: Parameter; readonly digits: number }[]
  /** Invocations of a workgroup. */
  readonly invocations: number
  /** Workgroups that find something to do; fewer take more turns. */
  readonly groups: number
}

/** Base of the digits in which shaders are told numbers. */
export const digitBase = 1024

/** What an emitter is told of the program and the machine. */
export interface ShaderSite {
  readonly memories: Memories
  readonly target: GroupTarget
}

/** Collects a shader: its body, and what the body needs. */
export class ShaderBuilder {
  readonly text = new Text()
  readonly values: Values
  readonly target: GroupTarget
  readonly runs: Runs | undefined
  readonly #memories: Memories
  readonly #bindings = new Map<number, { name: string; written: boolean; atomic?: "i32" | "u32" }>()
  readonly #parameters = new Map<Parameter, { name: string; digits: number }>()
  readonly #shared: string[] = []
  readonly #extensions = new Set<string>()
  /** What the kernel is told of subgroups, by their builtin values. */
  readonly #subgroupValues = new Map<string, string>()

  /**
   * @param written the buffers that the kernel stores to
   * @param runs where it stores to some of them in whole words
   */
  constructor({ memories, target }: ShaderSite, written: Iterable<Buffer>, runs?: Runs) {
    this.#memories = memories
    this.runs = runs
    this.target = target
    const load = (buffer: Buffer, element: string): string => this.load(buffer, element)
    const store = (buffer: Buffer, element: string, value: string): void =>
      this.store(buffer, element, value)
    const counter = (axis: Axis): string => `i32(${this.parameter(axis, axis.extent)})`
    this.values = new Values(this.text, { load, store, counter }, written)
    for (const buffer of written) {
      const isShared = elementsOfWord(buffer.dtype) > 1 && !runs?.words.has(buffer)
      if (isShared) this.makeAtomic(buffer, "u32")
    }
  }

  /** The value of a buffer's element. */
  load(buffer: Buffer, element: string): string {
    const { dtype } = buffer
    const { place, atomic } = this.#word(buffer, wordOf(dtype, element), false)
    const loaded = atomic === undefined ? place : `atomicLoad(&${place})`
    const word = atomic === "i32" ? `bitcast<u32>(${loaded})` : loaded
    return unpacked(dtype, word, element)
  }

  /**
   * Stores a value as a buffer's element. Of a word that several invocations write, each changes its
   * own bits alone, in one atomic operation; in runs a word is stored when all of it is known.
   */
  store(buffer: Buffer, element: string, value: string): void {
    const { text } = this
    const { dtype } = buffer
    const inWord = elementsOfWord(dtype)
    if (inWord === 1) {
      this.#storeWord(buffer, element, toWord(dtype, value))
      return
    }
    const own = /^\w+$/.test(element) ? element : text.keep("e", element)
    const bits = bitsOf(dtype, value)
    const made = this.runs?.words.get(buffer)
    if (made !== undefined) {
      text.line(`${made} = ${made} | (${bits} << ${shiftOf(dtype, own)});`)
      const isWhole = `(${own} & ${inWord - 1}i) == ${inWord - 1}i`
      text.block(`if (${isWhole} || ${this.runs?.isLast})`, () => {
        this.#storeWord(buffer, wordOf(dtype, own), made)
        text.line(`${made} = 0u;`)
      })
      return
    }
    const { place } = this.#word(buffer, text.keep("w", wordOf(dtype, own)), true)
    const shift = text.keep("s", shiftOf(dtype, own))
    const change = `((atomicLoad(&${place}) >> ${shift}) ^ ${bits}) & ${maskOf(dtype)}`
    text.line(`atomicXor(&${place}, (${change}) << ${shift});`)
  }

  #storeWord(buffer: Buffer, number: string, word: string): void {
    const { place, atomic } = this.#word(buffer, number, true)
    if (atomic === undefined) this.text.line(`${place} = ${word};`)
    else {
      const value = atomic === "i32" ? `bitcast<i32>(${word})` : word
      this.text.line(`atomicStore(&${place}, ${value});`)
    }
  }

  #word(buffer: Buffer, number: string, written: boolean) {
    const { memory, offset } = this.#memories.placeOf(buffer)
    const { name, atomic } = this.#binding(memory, written)
    return { place: `${name}[${at(offset, number)}]`, atomic }
  }

  /** The place of a buffer's element, to be changed at once. */
  atomicPlace(buffer: Buffer, element: string): string {
    const { memory, offset } = this.#memories.placeOf(buffer)
    return `&${this.#binding(memory, true).name}[${at(offset, element)}]`
  }

  /** Has a buffer's memory hold atomic integers; asked for before anything reads it. */
  makeAtomic(buffer: Buffer, type: "i32" | "u32"): void {
    this.#binding(this.#memories.placeOf(buffer).memory, true).atomic = type
  }

  /** A word of the memory that the passes of a kernel hand to each other. */
  scratchWord(element: string): string {
    return `${this.#binding(this.#memories.scratch, true).name}[${element}]`
  }

  /** A word of the memory that holds the workgroups of dispatches. */
  gateWord(element: string): string {
    return `${this.#binding(this.#memories.gates, true).name}[${element}]`
  }

  /** The u32 value of a parameter that is below `extent`. */
  parameter(parameter: Parameter, extent: number): string {
    let known = this.#parameters.get(parameter)
    if (known === undefined) {
      let digits = 1
      while (digitBase ** digits < extent) digits++
      known = { name: `p${this.#parameters.size}`, digits }
      this.#parameters.set(parameter, known)
    }
    const { name, digits } = known
    const parts = Array.from({ length: digits }, (_, i) =>
      i === 0 ? `${name}_0` : `${digitBase ** i}u * ${name}_${i}`,
    )
    return parts.length === 1 ? parts[0] : `(${parts.join(" + ")})`
  }

  /** Memory that a workgroup shares: an array of `length` elements of a type. */
  shared(type: string, length: number): string {
    const name = `shared${this.#shared.length}`
    this.#shared.push(`var<workgroup> ${name}: array<${type}, ${length}>;`)
    return name
  }

  /**
   * Has the kernel know `size`, the invocations of a subgroup (a power of 2), and `place`, the
   * number of the invocation in its own.
   */
  useSubgroups(): void {
    this.enable("subgroups")
    this.#subgroupValues.set("size", "subgroup_size")
    this.#subgroupValues.set("place", "subgroup_invocation_id")
  }

  /** Has the kernel know `subgroup`, the number of the invocation's, besides. */
  useSubgroupNumbers(): void {
    this.useSubgroups()
    this.#subgroupValues.set("subgroup", "subgroup_id")
  }

  /** Has the shader use an extension of WGSL. */
  enable(extension: string): void {
    this.#extensions.add(extension)
  }

  #binding(memory: number, written: boolean) {
    let binding = this.#bindings.get(memory)
    if (binding === undefined) {
      binding = { name: `m${this.#bindings.size}`, written }
      this.#bindings.set(memory, binding)
    }
    binding.written ||= written
    return binding
  }

  /** The shader, for so many workgroups of so many invocations. */
  finish(invocations: number, groups: number): Shader {
    const bindings = [...this.#bindings.values()].map(({ name, written, atomic }, i) => {
      const access = written || atomic !== undefined ? "read_write" : "read"
      const element = atomic === undefined ? "u32" : `atomic<${atomic}>`
      return `@group(0) @binding(${i}) var<storage, ${access}> ${name}: array<${element}>;`
    })
    let uniform = 0
    const parameters = [...this.#parameters.values()].flatMap(({ name, digits }) =>
      Array.from(
        { length: digits },
        (_, i) => `@group(1) @binding(${uniform++}) var<uniform> ${name}_${i}: u32;`,
      ),
    )
    const body = this.text.toString()
    const maths = mathsFor(body)
    const known = [...this.#subgroupValues]
    const code = [
      ...[...this.#extensions].map((extension) => `enable ${extension};`),
      ...(this.#subgroupValues.has("subgroup") ? ["requires subgroup_id;"] : []),
      ...bindings,
      ...parameters,
      ...this.#shared,
      ...(maths === "" ? [] : [maths]),
      `fn kernel(group: u32, groups: u32, lane: u32${known.map(([name]) => `, ${name}: u32`).join("")}) {`,
      body,
      "}",
      `@compute @workgroup_size(${invocations})`,
      "fn main(",
      "  @builtin(workgroup_id) group: vec3u,",
      "  @builtin(num_workgroups) groups: vec3u,",
      "  @builtin(local_invocation_index) lane: u32,",
      ...known.map(([name, builtin]) => `  @builtin(${builtin}) ${name}: u32,`),
      ") {",
      `  kernel(group.x, groups.x, lane${known.map(([name]) => `, ${name}`).join("")});`,
      "}",
      "",
    ].join("\n")
    return {
      code,
      memories: [...this.#bindings].map(([memory, { written, atomic }]) => ({
        memory,
        written: written || atomic !== undefined,
      })),
      parameters: [...this.#parameters].map(([parameter, { digits }]) => ({ parameter, digits })),
      invocations,
      groups,
    }
  }
}

function at(offset: number, element: string): string {
  return offset === 0 ? element : `${offset}i + ${element}`
}
