/** Programs to WebAssembly modules. */

import {
  isControlStep,
  type Kernel,
  listsOf,
  type Program,
  piecesOf,
  type Step,
} from "../../schedule/index.ts"
import { type FunctionBuilder, ModuleBuilder } from "./assembler.ts"
import type { KernelContext, ProgramContext } from "./context.ts"
import { emitContraction } from "./contraction.ts"
import { importHostMaths } from "./doubles.ts"
import { arrivedWord, generationWord, spinsWord } from "./layout.ts"
import { emitLoop } from "./loop.ts"
import { Main } from "./main.ts"
import { emitMerge } from "./merge.ts"
import { Recorder, type Recording } from "./recorder.ts"
import { emitScan, emitScatter } from "./scan.ts"
import { emitSort } from "./sort.ts"

export interface EmitOptions {
  /** Whether the engine has relaxed SIMD (`features().relaxedSimd`). */
  readonly relaxed: boolean
  /** The memory that the module will be given, in pages of 64 KiB; shared unless said otherwise. */
  readonly memory: { readonly initial: number; readonly maximum: number; readonly shared?: boolean }
  /** Makes a recording build: each thread writes down when it did what, see {@link Recording}. */
  readonly recording?: Recording
}

/**
 * A module that runs a program. It imports the shared memory `env.memory`, of `math` what
 * {@link HostMaths} names and the program's float64s need, and exports
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
export function buildProgram(
  program: Program,
  { relaxed, memory, recording }: EmitOptions,
): ModuleBuilder {
  const module = new ModuleBuilder()
  module.importMemory("env", "memory", { shared: true, ...memory })
  importHostMaths(module, program)
  const recorder = recording && new Recorder(module, recording)
  const functions = new Map<Kernel, FunctionBuilder>()
  emitKernels({ program, module, relaxed, counters: [] }, program.steps, functions)
  const barrier = addBarrier(module)
  const f = module.function({ params: ["i32", "i32", "i32"], results: [] }, "main")
  new Main(f, program, functions, barrier, recorder).emit()
  module.exportFunction("main", f)
  return module
}

/** Writes the functions of all kernels, which take the counters of the loops around them. */
function emitKernels(
  context: ProgramContext,
  steps: readonly Step[],
  functions: Map<Kernel, FunctionBuilder>,
): void {
  for (const step of steps) {
    if (!isControlStep(step)) {
      if (piecesOf(step) > 0) functions.set(step, emitKernel(context, step).f)
      continue
    }
    const { counters } = context
    const inside = step.kind === "repeat" ? [...counters, step.counter] : counters
    for (const list of listsOf(step)) emitKernels({ ...context, counters: inside }, list, functions)
  }
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
    case "merge":
      return emitMerge(context, kernel)
  }
}

/**
 * The function (threads, args, from, bytes): returns when all threads have called it as often. The
 * last to arrive sets the counters in those bytes of the args block back to 0 and starts the next
 * generation; the others look for that a number of times, then sleep.
 */
function addBarrier(module: ModuleBuilder): FunctionBuilder {
  const f = module.function({ params: ["i32", "i32", "i32", "i32"], results: [] }, "barrier")
  const [threads, args, from, bytes] = [f.param(0), f.param(1), f.param(2), f.param(3)]
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
  f.localGet(from)
  f.i32.add()
  f.i32.const(0)
  f.localGet(bytes)
  f.memory.fill()
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
