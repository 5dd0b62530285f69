/** Programs to WebAssembly modules. */

import type { Kernel, Program } from "../../schedule/index.ts"
import { type FunctionBuilder, type Local, ModuleBuilder } from "./assembler.ts"
import { groupKernels, type KernelGroup } from "./barriers.ts"
import type { KernelContext, ProgramContext } from "./context.ts"
import { emitContraction } from "./contraction.ts"
import { arrivedWord, counterWord, generationWord, scratchWord, spinsWord } from "./layout.ts"
import { emitLoop } from "./loop.ts"
import { emitScan, emitScatter } from "./scan.ts"
import { emitSort } from "./sort.ts"

export interface EmitOptions {
  /** Whether the engine has relaxed SIMD (`features().relaxedSimd`). */
  readonly relaxed: boolean
  /** Sizes of the shared memory that the module will be given, in pages of 64 KiB. */
  readonly memory: { readonly initial: number; readonly maximum: number }
}

/**
 * A module that runs a program. It imports the shared memory `env.memory` and exports
 * `main(thread: i32, threads: i32, args: i32)`, which every one of `threads` threads calls at once,
 * each with its own number from 0 on; `args` is the address of a block that `writeArgs` filled.
 * When all calls have returned, the run is over.
 *
 * Results do not depend on the number of threads. Work: proportional to the code written.
 */
export function emitProgram(program: Program, options: EmitOptions): Uint8Array<ArrayBuffer> {
  return buildProgram(program, options).finish()
}

/** The module of {@link emitProgram} before it is written, for those who want to read it. */
export function buildProgram(program: Program, { relaxed, memory }: EmitOptions): ModuleBuilder {
  const module = new ModuleBuilder()
  module.importMemory("env", "memory", { ...memory, shared: true })
  const context: ProgramContext = { program, module, relaxed }
  const groups = groupKernels(program)
  const functions = new Map<Kernel, FunctionBuilder>()
  for (const { kernels } of groups) {
    for (const kernel of kernels) functions.set(kernel, emitKernel(context, kernel).f)
  }
  const barrier = addBarrier(module)
  const f = module.function({ params: ["i32", "i32", "i32"], results: [] }, "main")
  const main = new Main(f, program, groups, functions, barrier)
  main.emit()
  module.exportFunction("main", f)
  return module
}

function emitKernel(context: ProgramContext, kernel: Kernel): KernelContext {
  switch (kernel.kind) {
    case "loop":
      return emitLoop(context, kernel)
    case "contraction":
      return emitContraction(context, kernel)
    case "scan":
      return emitScan(context, kernel)
    case "scatter":
      return emitScatter(context, kernel)
    case "sort":
      return emitSort(context, kernel)
  }
}

/** The function that every thread runs: groups in order, their pieces taken from counters. */
class Main {
  readonly #f: FunctionBuilder
  readonly #program: Program
  readonly #groups: readonly KernelGroup[]
  readonly #functions: ReadonlyMap<Kernel, FunctionBuilder>
  readonly #barrier: FunctionBuilder
  readonly #threads: Local
  readonly #args: Local
  readonly #piece: Local
  readonly #scratch: Local

  constructor(
    f: FunctionBuilder,
    program: Program,
    groups: readonly KernelGroup[],
    functions: ReadonlyMap<Kernel, FunctionBuilder>,
    barrier: FunctionBuilder,
  ) {
    this.#f = f
    this.#program = program
    this.#groups = groups
    this.#functions = functions
    this.#barrier = barrier
    this.#threads = f.param(1)
    this.#args = f.param(2)
    this.#piece = f.local("i32", "piece")
    this.#scratch = f.local("i32", "scratch")
  }

  emit(): void {
    const f = this.#f
    f.localGet(this.#args)
    f.i32.load(4 * scratchWord)
    f.localGet(f.param(0))
    f.i32.const(this.#program.scratchBytes)
    f.i32.mul()
    f.i32.add()
    f.localSet(this.#scratch)
    for (const [number, group] of this.#groups.entries()) {
      if (group.barrier) {
        f.localGet(this.#threads)
        f.localGet(this.#args)
        f.call(this.#barrier)
      }
      this.#emitGroup(group, 4 * counterWord(this.#program, number))
    }
  }

  #emitGroup({ kernels, pieces }: KernelGroup, counter: number): void {
    const f = this.#f
    f.set(this.#piece, 0)
    f.block((exit) => {
      f.loop((again) => {
        // Alone, a thread counts for itself.
        f.localGet(this.#threads)
        f.i32.const(1)
        f.i32.ne()
        f.if()
        f.localGet(this.#args)
        f.i32.const(1)
        f.i32.atomic_rmw_add(counter)
        f.localSet(this.#piece)
        f.end()
        f.localGet(this.#piece)
        f.i32.const(pieces)
        f.i32.ge_u()
        f.brIf(exit)
        for (const kernel of kernels) {
          const callee = this.#functions.get(kernel)
          if (callee === undefined) throw new Error("a kernel of the program has no function")
          f.localGet(this.#args)
          f.localGet(this.#piece)
          f.localGet(this.#scratch)
          f.call(callee)
        }
        f.increment(this.#piece, 1)
        f.br(again)
      })
    })
  }
}

/**
 * The function (threads, args): returns when all threads have called it as often. The last to
 * arrive starts the next generation; the others look for that a number of times, then sleep.
 */
function addBarrier(module: ModuleBuilder): FunctionBuilder {
  const f = module.function({ params: ["i32", "i32"], results: [] }, "barrier")
  const [threads, args] = [f.param(0), f.param(1)]
  const generation = f.local("i32", "generation")
  const spins = f.local("i32", "spins")
  const pushGeneration = (): void => {
    f.localGet(args)
    f.i32.atomic_load(4 * generationWord)
  }
  const isOver = (): void => {
    pushGeneration()
    f.localGet(generation)
    f.i32.ne()
  }
  f.localGet(threads)
  f.i32.const(1)
  f.i32.eq()
  f.if()
  f.return()
  f.end()
  f.set(generation, pushGeneration)
  f.localGet(args)
  f.i32.const(1)
  f.i32.atomic_rmw_add(4 * arrivedWord)
  f.i32.const(1)
  f.i32.add()
  f.localGet(threads)
  f.i32.eq()
  f.if()
  f.localGet(args)
  f.i32.const(0)
  f.i32.atomic_store(4 * arrivedWord)
  f.localGet(args)
  f.i32.const(1)
  f.i32.atomic_rmw_add(4 * generationWord)
  f.drop()
  f.localGet(args)
  f.i32.const(-1)
  f.memory.atomic_notify(4 * generationWord)
  f.drop()
  f.return()
  f.end()
  f.localGet(args)
  f.i32.load(4 * spinsWord)
  f.localSet(spins)
  f.while_(
    () => f.localGet(spins),
    () => {
      isOver()
      f.if()
      f.return()
      f.end()
      f.increment(spins, -1)
    },
  )
  f.loop((again) => {
    f.localGet(args)
    f.localGet(generation)
    f.i64.const(-1)
    f.memory.atomic_wait32(4 * generationWord)
    f.drop()
    isOver()
    f.i32.eqz()
    f.brIf(again)
  })
  return f
}
