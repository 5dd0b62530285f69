/**
 * What an emitter of kernels works with: one function, the buffers' addresses in it, and code for
 * index functions, scalar expressions and loops.
 *
 *     const context = new KernelContext(program, kernel, mappedAxes)   // f(args, piece, scratch)
 *     context.scopes.bind(axis, local)            // an axis stands at a value …
 *     context.scopes.within(() => …)              // … inside a scope
 *     context.scopes.lanes = { axis, vectors }    // its iterations come in vectors of `width`
 *     context.values.push(scalar, u)              // a v128: vector u, or the same in all lanes
 *     context.values.memory.store(store, u, v)    // a vector, or without lanes its lane 0
 *     context.loops.steps(axis, end, work, body)  // a loop with its invariants hoisted
 *     context.scopes.setTotal(0, (u) => …)        // what accumulator 0 came to
 *
 * Values are always vectors (see values.ts). Anything that was computed in a scope is found again
 * there and in the scopes inside it, so code must run in the scope where it was written.
 */

import {
  type Axis,
  type Buffer,
  type Kernel,
  loadsOf,
  type Program,
  type Scalar,
  scalarsOf,
  storesOf,
  visitScalars,
} from "../../schedule/index.ts"
import { Uses } from "../uses.ts"
import type { FunctionBuilder, Local, ModuleBuilder } from "./assembler.ts"
import type { Width } from "./elements.ts"
import type { Base, Site } from "./indices.ts"
import { arenaWord, inputWord, outputWord } from "./layout.ts"
import { LoopCode } from "./loops.ts"
import { Scopes } from "./scopes.ts"
import { type Access, Sums } from "./sums.ts"
import { type Engine, ValueCode } from "./values.ts"

/** The module that a program becomes. */
export interface ProgramContext extends Engine {
  readonly program: Program
  /** The counters of the loops around a kernel, outermost first: its function's last arguments. */
  readonly counters: readonly Axis[]
}

export class KernelContext implements Site {
  readonly module: ModuleBuilder
  readonly relaxed: boolean
  readonly f: FunctionBuilder
  readonly width: Width
  /** The address of the args block, the number of the piece to do, and this thread's scratch. */
  readonly args: Local
  readonly piece: Local
  readonly scratch: Local
  readonly uses: Uses
  readonly sums: Sums
  readonly scopes = new Scopes()
  readonly values: ValueCode
  readonly loops: LoopCode
  readonly #bases = new Map<Buffer, Base>()

  constructor(
    { program, module, relaxed, counters }: ProgramContext,
    kernel: Kernel,
    mapped: readonly Axis[],
    scalars: readonly Scalar[] = scalarsOf(kernel),
  ) {
    this.module = module
    this.relaxed = relaxed
    const params = ["i32", "i32", "i32", ...counters.map(() => "i32" as const)] as const
    this.f = module.function({ params, results: [] }, kernel.kind)
    this.args = this.f.param(0)
    this.piece = this.f.param(1)
    this.scratch = this.f.param(2)
    this.width = widthOf(scalars)
    this.uses = new Uses(scalars, mapped, storesOf(kernel))
    this.sums = new Sums(accessesOf(kernel, scalars))
    this.values = new ValueCode(this, { module, relaxed })
    this.loops = new LoopCode(this, this.values)
    for (const [i, counter] of counters.entries()) this.scopes.bind(counter, this.f.param(3 + i))
    this.#loadBases(program, new Set([...loadsOf(kernel), ...storesOf(kernel)]))
  }

  /** Where a buffer starts; the kernel must read or write it. */
  readonly base = (buffer: Buffer): Base => {
    const base = this.#bases.get(buffer)
    if (base === undefined) throw new Error(`the kernel does not use buffer ${buffer.name}`)
    return base
  }

  /** The least of a constant and, of an axis that ends early in its last round, what is left. */
  endOf(axis: Axis): number | { readonly local: Local; readonly multipleOf: number } {
    const { f } = this
    const { within, extent } = axis
    if (within === undefined || within.total === within.outer.extent * extent) return extent
    const { outer, total } = within
    const local = f.local("i32")
    f.i32.const(total)
    this.values.indices.pushAxis(outer)
    f.i32.const(extent)
    f.i32.mul()
    f.i32.sub()
    f.localTee(local)
    f.i32.const(extent)
    f.localGet(local)
    f.i32.const(extent)
    f.i32.lt_s()
    f.select()
    f.localSet(local)
    return { local, multipleOf: greatestCommonDivisor(extent, total) }
  }

  /** Binds the axes that are spread over threads to what the piece's number stands for. */
  bindThreads(axes: readonly Axis[]): void {
    const { f, scopes } = this
    const spread = axes.filter((axis) => axis.place === "threads")
    let inner = 1
    for (const [i, axis] of [...spread.entries()].reverse()) {
      f.localGet(this.piece)
      if (inner > 1) {
        f.i32.const(inner)
        f.i32.div_u()
      }
      if (i > 0) {
        f.i32.const(axis.extent)
        f.i32.rem_u()
      }
      const local = f.local("i32", axis.name)
      f.localSet(local)
      scopes.bind(axis, local)
      inner *= axis.extent
    }
  }

  #loadBases(program: Program, buffers: ReadonlySet<Buffer>): void {
    const { f } = this
    const words = new Map<number, Local>()
    const pointer = (word: number): Local => {
      let local = words.get(word)
      if (local === undefined) {
        local = f.local("i32")
        f.localGet(this.args)
        f.i32.load(4 * word)
        f.localSet(local)
        words.set(word, local)
      }
      return local
    }
    for (const buffer of buffers) {
      const storage = program.storage.get(buffer)
      if (storage === undefined) throw new Error(`buffer ${buffer.name} has no place`)
      const base =
        storage.kind === "arena"
          ? { local: pointer(arenaWord), offset: storage.offset }
          : storage.kind === "private"
            ? { local: this.scratch, offset: storage.offset }
            : storage.kind === "input"
              ? { local: pointer(inputWord(storage.number)), offset: 0 }
              : { local: pointer(outputWord(program, storage.number)), offset: 0 }
      this.#bases.set(buffer, base)
    }
  }
}

/** Two values in a vector where there are float64s, else four. */
function widthOf(scalars: readonly Scalar[]): Width {
  let width: Width = 4
  visitScalars(scalars, ({ dtype }) => {
    if (dtype === "float64") width = 2
  })
  return width
}

/** The accesses of a kernel, which may share the sums of their addresses. */
function accessesOf(kernel: Kernel, scalars: readonly Scalar[]): readonly Access[] {
  const accesses: Access[] = []
  visitScalars(scalars, (scalar) => {
    if (scalar.kind === "load") accesses.push(scalar)
  })
  if (kernel.kind === "loop" || kernel.kind === "contraction") accesses.push(...kernel.stores)
  if (kernel.kind === "scan" || kernel.kind === "scatter") accesses.push(kernel)
  return accesses
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b)
}
