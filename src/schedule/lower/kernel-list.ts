/** The kernels of a program while they are being found, and the memory that they write. */

import { type Equation, type Graph, makersOf, type Variable } from "../../graph/index.ts"
import { concreteShape, type DType } from "../../size/index.ts"
import { Axis } from "../axis.ts"
import type { ContractionPrecision } from "../contraction.ts"
import { Buffer, type Index, type Scalar } from "../expression.ts"
import { chooseStored } from "../fusion.ts"
import type { AnyTarget } from "../group-target.ts"
import { axisIndex, flattenIndex, indexKey } from "../index-function.ts"
import { type Joined, joinedRows, viewsOf } from "../joins.ts"
import type { Accumulator, Combine, Kernel, Store } from "../kernel.ts"
import { visitScalars } from "../rewrite.ts"
import { Expressions } from "../scalars.ts"
import { type ControlStep, readsOf, type Step } from "../step.ts"

/** A kernel that is still open to further stores at its own iteration space. */
export interface Draft {
  readonly expressions: Expressions
  /** Shape of what it computes, and the coordinates of the element at hand. */
  readonly shape: readonly number[]
  readonly coordinates: readonly Index[]
  readonly stores: Store[]
  /** Present on reductions; others with the same key may join. */
  readonly reduction?: {
    readonly key: string
    readonly accumulators: Accumulator[]
    /** Coordinates in the operand's shape. */
    readonly coordinates: readonly Index[]
    /** The operand's shape, where the kernel goes through it row by row: see {@link rowsOf}. */
    readonly rows: readonly number[] | undefined
  }
  /** Present on contractions whose epilogue may add up rows, in registers of its own dtype. */
  readonly summing?: { readonly dtype: DType; readonly row: number }
  /** Whether the kernel can compute a further value; any unless given. */
  accepts?(value: Scalar): boolean
  finish(stores: readonly Store[]): Kernel | readonly Step[]
}

/** Kernels are not joined into expressions deeper than this: code that walks them recurses. */
export const deepestExpression = 600

/** Where in a buffer the element at some coordinates stands. */
export type PlaceOf = (coordinates: readonly Index[]) => Index

/** Thrown when a kernel would have to read elsewhere what it is still writing. */
export class NeedsBarrier extends Error {}

/** What kernels will run on. */
export interface Machine {
  readonly threads: number
  readonly target: AnyTarget
  /** Whether one thread runs each kernel by itself, and none need be cut to occupy others. */
  readonly alone?: boolean
  readonly precision?: ContractionPrecision
}

/** What an input of a graph inside another is: a variable outside, at other coordinates. */
export interface Outside {
  readonly variable: Variable
  readonly at: (coordinates: readonly Index[]) => readonly Index[]
}

/** Where the inputs of a graph inside another come from. */
export interface Surroundings {
  readonly kernels: KernelList
  readonly shown: ReadonlyMap<Variable, Outside>
  readonly homes: ReadonlyMap<Variable, Buffer>
}

export class KernelList {
  readonly graph: Graph
  readonly machine: Machine
  readonly stored: ReadonlySet<Variable>
  readonly makers: ReadonlyMap<Variable, Equation>
  readonly homes = new Map<Variable, Buffer>()
  /** Buffers that lie where another one does. */
  readonly aliases = new Map<Buffer, Buffer>()
  readonly #outside: Surroundings | undefined
  /** Where in its buffer a variable's elements stand, other than in their order from its start. */
  readonly #places = new Map<Variable, PlaceOf>()
  /** What loops make for arrays that it is joined in. */
  readonly #joined: ReadonlyMap<Variable, Joined>
  /** The number of the last kernel that writes a buffer; inputs are absent. */
  readonly #written = new Map<Buffer, number>()
  readonly #steps: (Draft | Step)[] = []
  readonly #ids = new Map<Variable, number>()

  constructor(graph: Graph, machine: Machine, outside?: Surroundings) {
    this.graph = graph
    this.machine = machine
    this.stored = chooseStored(graph)
    this.#joined = joinedRows(graph)
    this.#outside = outside
    for (const [i, input] of graph.inputs.entries()) {
      const given = outside?.homes.get(input)
      if (given !== undefined) this.homes.set(input, given)
      else if (!outside?.shown.has(input)) this.home(input, `input${i}`)
    }
    this.makers = makersOf(graph)
  }

  get length(): number {
    return this.#steps.length
  }

  /** Number of the newest kernel. */
  get last(): number {
    return this.#steps.length - 1
  }

  /** The kernels that are still open, with their numbers, from one number on. */
  *drafts(from = 0): Generator<readonly [number, Draft]> {
    for (let at = from; at < this.#steps.length; at++) {
      const step = this.#steps[at]
      if ("finish" in step) yield [at, step]
    }
  }

  /** The number of the kernel that writes a buffer last; −1 for inputs. */
  writtenBy(buffer: Buffer): number {
    return this.#written.get(buffer) ?? -1
  }

  /** Closes every kernel; stores that nobody reads are dropped, and kernels left with none. */
  finish(): Step[] {
    const outputs = new Set(this.graph.outputs.map((output) => this.homes.get(output)))
    const read = new Set<Buffer>()
    const kept: Step[] = []
    for (const step of this.#steps.toReversed()) {
      let finished: Step | readonly Step[]
      if ("finish" in step) {
        const stores = neededStores(step, (b) => outputs.has(b) || read.has(b))
        if (stores.length === 0) continue
        finished = step.finish(stores)
      } else {
        finished = step
      }
      for (const each of [finished].flat().reverse()) {
        for (const buffer of readsOf(each)) read.add(buffer)
        kept.push(each)
      }
    }
    return kept.reverse()
  }

  /** The memory of a variable, made when first asked for. */
  home(variable: Variable, name: string): Buffer {
    const known = this.homes.get(variable)
    if (known !== undefined) return known
    const elements = concreteShape(variable.shape).reduce((a, b) => a * b, 1)
    const buffer = new Buffer(variable.dtype, elements, name)
    this.homes.set(variable, buffer)
    return buffer
  }

  /** Has a variable written to a buffer that is there already. */
  place(variable: Variable, buffer: Buffer, index: PlaceOf): void {
    this.homes.set(variable, buffer)
    this.#places.set(variable, index)
  }

  /**
   * Has a result of the graph that is its operand in another shape be the operand's memory, where a
   * kernel that is closed wrote that and it is no result itself: nothing is copied then.
   */
  shareWhole(result: Variable, operand: Variable): boolean {
    const buffer = this.homes.get(operand)
    if (buffer === undefined || this.homes.has(result) || this.#places.has(operand)) return false
    const isClosed = (at: number): boolean => at >= 0 && !("finish" in this.#steps[at])
    const { outputs } = this.graph
    const isTaken = outputs.some((output) => this.homes.get(output) === buffer)
    if (!outputs.includes(result) || isTaken || !isClosed(this.writtenBy(buffer))) return false
    this.homes.set(result, buffer)
    return true
  }

  /** Where a loop's rows go: memory of their own, or a part of an array that they are joined in. */
  placeOfRows(rows: Variable): { readonly buffer: Buffer; readonly index: PlaceOf } {
    const joined = this.#joined.get(rows)
    if (joined !== undefined) return { ...joined, buffer: this.home(joined.whole, "joined") }
    const shape = concreteShape(rows.shape)
    return { buffer: this.home(rows, "rows"), index: (at) => flattenIndex(at, shape) }
  }

  /** Whether a loop stores an operand of a joined array where it belongs. */
  isJoined(operand: Variable): boolean {
    const views = viewsOf(operand, (variable) => this.makers.get(variable))
    return views !== undefined && this.#joined.has(views.rows)
  }

  /** The stored values that some variables are computed from, through everything melted. */
  dependencies(variables: readonly Variable[]): ReadonlySet<Buffer> {
    const found = new Set<Buffer>()
    const seen = new Set<Variable>()
    const visit = (variable: Variable): void => {
      if (seen.has(variable)) return
      seen.add(variable)
      const buffer = this.stored.has(variable) ? this.homes.get(variable) : undefined
      const shown = this.#outside?.shown.get(variable)
      if (buffer !== undefined) found.add(buffer)
      else if (shown === undefined) this.makers.get(variable)?.operands.forEach(visit)
      else {
        const outer = this.#outside?.kernels.dependencies([shown.variable]) ?? []
        for (const other of outer) found.add(other)
      }
    }
    variables.forEach(visit)
    return found
  }

  /**
   * Expressions for the kernel about to be number `at`.
   * @param loaded collects the buffers that they read.
   */
  expressions(at: number, loaded = new Set<Buffer>()): Expressions {
    const home = (variable: Variable): Buffer | undefined => {
      if (!this.stored.has(variable)) return undefined
      const buffer = this.homes.get(variable)
      if (buffer !== undefined && (this.#written.get(buffer) ?? -1) >= at) throw new NeedsBarrier()
      return buffer
    }
    const outside = this.#outside
    if (outside === undefined) return new Expressions(this.makers, home, this.#ids, loaded)
    const outer = outside.kernels.expressions(outside.kernels.length, loaded)
    return new Expressions(this.makers, home, this.#ids, loaded, (variable, coordinates) => {
      const shown = outside.shown.get(variable)
      return shown && outer.at(shown.variable, shown.at(coordinates))
    })
  }

  /** Appends a step that writes the given buffers. */
  add(step: Draft | Kernel | ControlStep, writes: readonly Buffer[]): void {
    for (const buffer of writes) this.#written.set(buffer, this.#steps.length)
    this.#steps.push(step)
  }

  /** Opens a kernel over one axis per axis of a shape. */
  openMap(shape: readonly number[]): Draft {
    const axes = shape.map((extent, i) => new Axis(`i${i}`, extent, "steps"))
    const draft: Draft = {
      expressions: this.expressions(this.#steps.length),
      shape,
      coordinates: axes.map(axisIndex),
      stores: [],
      finish: (stores) => ({ kind: "loop", axes, reduced: [], accumulators: [], stores }),
    }
    this.add(draft, [])
    return draft
  }

  /** Adds a value to the kernel number `at`: its element at the kernel's own place. */
  storeIn(at: number, draft: Draft, variable: Variable, value: Scalar, own: readonly Index[]) {
    const buffer = this.home(variable, `v${this.#ids.get(variable) ?? this.#ids.size}`)
    const place = this.#places.get(variable)
    const index = place?.(own) ?? flattenIndex(own, concreteShape(variable.shape))
    draft.expressions.define(variable, own, value)
    draft.stores.push({ buffer, index, value })
    this.#written.set(buffer, at)
  }

  /** Opens a kernel that reduces; others over the same axes of the same shape may join it. */
  openReduction(
    shape: readonly number[],
    coordinates: readonly Index[],
    axes: readonly Axis[],
    reduced: readonly Axis[],
    key: string,
    reducedCoordinates: readonly Index[],
    rows?: readonly number[],
  ): Draft {
    const accumulators: Accumulator[] = []
    const draft: Draft = {
      expressions: this.expressions(this.#steps.length),
      shape,
      coordinates,
      stores: [],
      reduction: { key, accumulators, coordinates: reducedCoordinates, rows },
      finish: (stores) => ({ kind: "loop", axes, reduced, accumulators, stores }),
    }
    this.add(draft, [])
    return draft
  }

  /** Adds a reduction to the draft number `at` and stores what it comes to. */
  accumulate(
    at: number,
    draft: Draft,
    result: Variable,
    combine: Accumulator["combine"],
    value: Scalar,
  ): void {
    const total = totalOf(draft, combine, result.dtype, value)
    this.storeIn(at, draft, result, total, draft.coordinates)
  }

  /** Adds a reduction to the draft number `at`, of whose parts a buffer of its own is made. */
  accumulateParts(at: number, draft: Draft, combine: Combine, value: Scalar): Buffer {
    const { shape, coordinates } = draft
    const partial = new Buffer(value.dtype, elementsIn(shape), "parts")
    const total = totalOf(draft, combine, value.dtype, value)
    this.storeBeside(at, draft, {
      buffer: partial,
      index: flattenIndex(coordinates, shape),
      value: total,
    })
    return partial
  }

  /** Adds a store to the draft number `at`, of a buffer that it alone writes. */
  storeBeside(at: number, draft: Draft, store: Store): void {
    draft.stores.push(store)
    this.#written.set(store.buffer, at)
  }

  /** result = the combination of partial[part, …result]. */
  combineParts(result: Variable, combine: Combine, partial: Buffer, parts: number): void {
    const shape = concreteShape(result.shape)
    const mapped = shape.map((extent, i) => new Axis(`i${i}`, extent, "steps"))
    const part = new Axis("part", parts, "steps")
    const coordinates = mapped.map(axisIndex)
    const draft = this.openReduction(shape, coordinates, mapped, [part], "", [])
    const index = flattenIndex([axisIndex(part), ...coordinates], [parts, ...shape])
    const value: Scalar = { kind: "load", dtype: result.dtype, buffer: partial, index }
    draft.expressions.loaded.add(partial)
    this.accumulate(this.#steps.length - 1, draft, result, combine, value)
  }

  /** Stores `value(coordinates)` for every element of a shape at `place(coordinates)`. */
  copy(
    shape: readonly number[],
    buffer: Buffer,
    place: (coordinates: readonly Index[], expressions: Expressions) => Index,
    value: (coordinates: readonly Index[], expressions: Expressions) => Scalar,
  ): void {
    if (shape.includes(0)) return
    const axes = shape.map((extent, i) => new Axis(`i${i}`, extent, "steps"))
    const coordinates = axes.map(axisIndex)
    const expressions = this.expressions(this.#steps.length)
    const store: Store = {
      buffer,
      index: place(coordinates, expressions),
      value: value(coordinates, expressions),
    }
    this.add({ kind: "loop", axes, reduced: [], accumulators: [], stores: [store] }, [buffer])
  }

  /** The memory of which `value(coordinates)` is every element of a shape, in their order, if there is one. */
  lying(
    shape: readonly number[],
    value: (coordinates: readonly Index[], expressions: Expressions) => Scalar,
  ): Buffer | undefined {
    const axes = shape.map((extent, i) => new Axis(`i${i}`, extent, "steps"))
    const coordinates = axes.map(axisIndex)
    const found = value(coordinates, this.expressions(this.#steps.length))
    if (found.kind !== "load" || found.buffer.elements !== elementsIn(shape)) return undefined
    const isInOrder = indexKey(found.index) === indexKey(flattenIndex(coordinates, shape))
    return isInOrder ? found.buffer : undefined
  }

  copyWhole(variable: Variable, buffer: Buffer): void {
    const shape = concreteShape(variable.shape)
    this.copy(
      shape,
      buffer,
      (at) => flattenIndex(at, shape),
      (at, expressions) => expressions.at(variable, at),
    )
  }
}

/** The stores that are needed, by others or by later passes of the same kernel. */
function neededStores(draft: Draft, needed: (buffer: Buffer) => boolean): Store[] {
  const kept: Store[] = []
  const readBack = new Set<Buffer>()
  const note = (value: Scalar): void =>
    visitScalars([value], (scalar) => {
      if (scalar.kind === "load") readBack.add(scalar.buffer)
    })
  for (const { value } of draft.reduction?.accumulators ?? []) note(value)
  for (const store of draft.stores.toReversed()) {
    if (!needed(store.buffer) && !readBack.has(store.buffer)) continue
    kept.push(store)
    note(store.value)
  }
  return kept.reverse()
}

/** What a further accumulator of a kernel that reduces comes to. */
function totalOf(
  { reduction }: Draft,
  combine: Accumulator["combine"],
  dtype: DType,
  value: Scalar,
): Scalar {
  if (reduction === undefined) throw new Error("a kernel that does not reduce cannot accumulate")
  const { accumulators } = reduction
  accumulators.push(accumulator(combine, dtype, value))
  return { kind: "accumulator", dtype, number: accumulators.length - 1 }
}

/** An accumulator of the dtype that its combination has. */
function accumulator(combine: Accumulator["combine"], dtype: DType, value: Scalar): Accumulator {
  if (combine === "argmax" || combine === "argmin") return { combine, dtype: "int32", value }
  return { combine, dtype, value }
}

/** Number of elements of a concrete shape. */
export function elementsIn(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1)
}
