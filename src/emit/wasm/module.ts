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
import { emitLoop } from "./loop.ts"
import { Main } from "./main.ts"
import { addMeeting } from "./meeting.ts"
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
 * `main(thread: i32, threads: i32, args: i32)`, which every one of `threads` threads calls once,
 * each with its own number from 0 on; `args` is the address of a block that `writeArgs` filled.
 * When all calls have returned, the run is over; where {@link isStraight}, it is over as soon as all
 * calls that were begun have returned.
 *
 * Results do not depend on the number of threads. Work: proportional to the code written.
 */
export function emitProgram(
  program: Program,
  { relaxed, memory, recording }: EmitOptions,
): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder()
  module.importMemory("env", "memory", { shared: true, ...memory })
  importHostMaths(module, program)
  const recorder = recording && new Recorder(module, recording)
  const functions = new Map<Kernel, FunctionBuilder>()
  emitKernels({ program, module, relaxed, counters: [] }, program.steps, functions)
  const meeting = addMeeting(module)
  const f = module.function({ params: ["i32", "i32", "i32"], results: [] }, "main")
  new Main(f, program, functions, meeting, recorder).emit()
  module.exportFunction("main", f)
  return module.finish()
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
