/** The `cpu` device: Wasm programs on worker threads, in one shared memory. */

import {
  argsBytes,
  emitProgram,
  features,
  isStraight,
  type Recording,
  writeArgs,
} from "../../emit/index.ts"
import { checkGraph, type Graph } from "../../graph/index.ts"
import {
  bytesBeyondInputs,
  type Program,
  piecesOfStep,
  type Target,
  wasmTarget,
} from "../../schedule/index.ts"
import type { DType, TypedArray } from "../../size/index.ts"
import {
  type CompileOptions,
  type Device,
  type DeviceArray,
  DeviceError,
  type Executable,
} from "../device.ts"
import { BlockArray, freeDonated, ownInputs } from "../ownership.ts"
import { leastWork, littleWork, workOfRun } from "../run-work.ts"
import { scheduled } from "../scheduled.ts"
import type { Trace } from "../trace.ts"
import { type TuneOptions, type TuningDevice, targetFor } from "../tuning/index.ts"
import {
  addressOf,
  type Block,
  Blocks,
  blockOf,
  blocksOfResults,
  type Result,
  resultsOf,
} from "./blocks.ts"
import { cores, sharesMemory } from "./machine.ts"
import { Memory } from "./memory.ts"
import { presenceAddress } from "./part.ts"
import { Pool } from "./pool.ts"
import { Solo } from "./solo.ts"
import type { Manner, Runner, Store } from "./store.ts"
import { traceOf } from "./trace.ts"
import { Workspace } from "./workspace.ts"

export interface CpuOptions extends TuneOptions {
  /** Worker threads, 1 to 64; one per core unless given. */
  readonly threads?: number
  /** Bytes that arrays and programs may take; by default the machine's, 4 GiB at most. */
  readonly maximumBytes?: number
}

/** Bytes of a thread's record in a recording build: some fifty thousand entries. */
const recordBytes = 2 ** 20 + 2 ** 18
/** Runs of a recording build, of which the shortest one's record is told. */
const tracedRuns = 7

/**
 * Work of each thread, and 64-bit words of memory, that take some four milliseconds, part of a frame, where
 * it was measured (a Xeon of 2026): no calibration is asked, for it decides only whether the caller's
 * thread helps.
 */
const [briefWork, briefWords] = [72e6, 4e6]

/** Looks that a thread takes for the others at a barrier before it sleeps. */
const spins = 20_000

/**
 * Opens the `cpu` device.
 *
 * A page that is not cross-origin isolated may not share memory between threads: there it has one
 * thread, in a worker with a memory of its own, and gives the same results.
 * @throws DeviceError when threads or memory cannot be had.
 */
export async function openCpu(options: CpuOptions = {}): Promise<Device> {
  const { threads = cores(), maximumBytes } = options
  const openFor = async (target: Target): Promise<CpuDevice> => {
    if (!sharesMemory()) {
      const solo = await Solo.open(maximumBytes)
      return new CpuDevice(solo, solo, target)
    }
    const memory = new Memory({ maximumBytes })
    return new CpuDevice(memory, await Pool.open({ threads, memory }), target)
  }
  const architecture = typeof process === "undefined" ? "" : process.arch
  const untuned = {
    name: "cpu",
    threads: sharesMemory() ? threads : 1,
    table: wasmTarget,
    isMeasured: architecture === measuredArchitecture,
    shapes: "wasm",
    machine: JSON.stringify(features()),
    open: () => openFor(wasmTarget),
  } as const
  return openFor(await targetFor(untuned, options))
}

/** Of the processors on which the table was measured. */
const measuredArchitecture = "x64"

export class CpuDevice implements Device, TuningDevice {
  readonly name = "cpu"
  readonly holdsScratch = true
  /** What programs are scheduled for, where a search found another target than the table. */
  readonly processor?: Target
  readonly memoryOf: Store
  readonly pool: Runner
  readonly blocks: Blocks
  readonly workspace: Workspace
  /** Resolves when the newest run is done. */
  #newest: Promise<void> = Promise.resolve()
  #failure: unknown

  constructor(memory: Store, pool: Runner, target: Target = wasmTarget) {
    if (target !== wasmTarget) this.processor = target
    this.memoryOf = memory
    this.pool = pool
    this.blocks = new Blocks(memory)
    this.workspace = new Workspace(this.blocks, pool.threads)
  }

  get threads(): number {
    return this.pool.threads
  }

  put(data: TypedArray, shape: readonly number[], dtype: DType): DeviceArray {
    this.requireSound()
    return new CpuArray(this, this.blocks.forCopy(data), shape, dtype)
  }

  compile(graph: Graph, options: CompileOptions = {}): Executable {
    this.requireSound()
    return new CpuExecutable(this, checkGraph(graph), options)
  }

  async compileFor(graph: Graph, target: Target, threads: number): Promise<Executable> {
    this.requireSound()
    return new CpuExecutable(this, checkGraph(graph), { threads }, undefined, target)
  }

  async trace(graph: Graph, inputs: readonly DeviceArray[]): Promise<Trace> {
    this.requireSound()
    const block = this.blocks.forHost(this.threads * recordBytes)
    const recording = { address: block.address, bytes: recordBytes }
    const executable = new CpuExecutable(this, checkGraph(graph), {}, recording)
    try {
      let best: Trace | undefined
      for (let i = 0; i < tracedRuns; i++) {
        for (const result of executable.run(inputs)) result.free()
        await this.settled()
        const records = await Promise.all(
          Array.from({ length: executable.threads }, (_, thread) =>
            this.memoryOf.read("int32", block.address + thread * recordBytes, recordBytes / 4),
          ),
        )
        const trace = traceOf(this, executable.program, records)
        if (best === undefined || trace.seconds < best.seconds) best = trace
      }
      if (best === undefined) throw new DeviceError("a trace needs a run")
      return best
    } finally {
      executable.dispose()
      this.blocks.release(block)
    }
  }

  async settled(): Promise<void> {
    await this.#newest
    this.requireSound()
  }

  memory(): { readonly inUse: number; readonly highWater: number } {
    return { inUse: this.memoryOf.bytesInUse, highWater: this.memoryOf.highWater }
  }

  trim(): void {
    this.workspace.trim()
  }

  async close(): Promise<void> {
    await this.#newest
    await this.pool.close()
  }

  /** @throws DeviceError when a run has failed. */
  requireSound(): void {
    if (this.#failure !== undefined) throw this.#failure
  }

  /** Hands a program to some threads; its args block is given back when it is done. */
  start(program: number, args: Block, threads: number, manner: Manner): void {
    this.blocks.begin()
    this.#newest = this.pool.run(program, args.address, threads, manner).then(
      () => this.blocks.end(),
      (failure) => {
        this.#failure ??= failure
      },
    )
    this.blocks.release(args)
  }
}

/** How long a look at an array may wait for work that is nearly done: less than a frame. */
const glanceMilliseconds = 10

class CpuArray extends BlockArray<Block, CpuDevice> {
  peek(): TypedArray | undefined {
    if (this.freed || !this.device.pool.idles(glanceMilliseconds)) return undefined
    return this.device.memoryOf.peek(this.dtype, this.block.address, this.length)
  }

  protected async copy(): Promise<TypedArray> {
    await this.device.settled()
    return await this.device.memoryOf.read(this.dtype, this.block.address, this.length)
  }
}

class CpuExecutable implements Executable {
  readonly graph: Graph
  readonly bytes: number
  readonly #device: CpuDevice
  readonly #program: Program
  readonly #donated: readonly boolean[]
  readonly #loaded: number
  readonly #spins: number
  /** Its args block, written anew for each run. */
  readonly #words: Int32Array
  readonly #results: readonly Result[]
  /** Threads that find something to do: others would only have to be woken. */
  readonly #threads: number
  readonly #manner: Manner

  constructor(
    device: CpuDevice,
    whole: Graph,
    options: CompileOptions,
    recording?: Recording,
    target = device.processor,
  ) {
    const { graph, program, threads } = scheduled(device, whole, options, target)
    const pages = Math.floor(device.memoryOf.maximumBytes / 65_536)
    const bytes = emitProgram(program, {
      relaxed: features().relaxedSimd,
      memory: { initial: 1, maximum: pages, shared: device.memoryOf.shared },
      recording,
    })
    this.graph = graph
    this.#device = device
    this.#program = program
    this.#donated = options.donated ?? []
    this.#loaded = device.pool.load(new WebAssembly.Module(bytes))
    this.#spins = device.threads > cores() ? 0 : spins
    this.#words = new Int32Array(argsBytes(program) / 4)
    this.#results = resultsOf(graph, program)
    const { work, words } = workOfRun(program)
    this.#threads =
      work < leastWork ? 1 : Math.min(threads, Math.max(1, ...program.steps.map(piecesOfStep)))
    this.#manner = {
      // Every thread of a recording build has a record to write.
      isTogether: recording !== undefined || !isStraight(program),
      isBrief: work < briefWork * this.#threads && words < briefWords,
      isLittle: work < littleWork,
    }
    this.bytes = bytesBeyondInputs(program)
  }

  run(inputs: readonly DeviceArray[]): readonly DeviceArray[] {
    const device = this.#device
    device.requireSound()
    const held = ownInputs(inputs, device, CpuArray).map(blockOf)
    const { arena, scratch } = device.workspace.for(this.#program)
    const args = device.blocks.forHost(this.#words.byteLength)
    const outputs = this.#blocksOfResults(held, args)
    writeArgs(this.#words, this.#program, {
      inputs: held.map(addressOf),
      outputs: outputs.map(addressOf),
      arena,
      scratch,
      spins: this.#spins,
      presence: presenceAddress,
    })
    device.memoryOf.write(args.address, this.#words)
    device.start(this.#loaded, args, this.#threads, this.#manner)
    freeDonated(inputs, this.#donated)
    return outputs.map((block, i) => {
      const { shape, dtype } = this.#results[i]
      return new CpuArray(device, block, shape, dtype)
    })
  }

  /** The blocks of the results; where there is no room for them, the arguments are not needed. */
  #blocksOfResults(inputs: readonly Block[], args: Block): readonly Block[] {
    const { blocks } = this.#device
    try {
      return blocksOfResults(this.#results, inputs, blocks)
    } catch (failure) {
      blocks.release(args)
      throw failure
    }
  }

  get program(): Program {
    return this.#program
  }

  get threads(): number {
    return this.#threads
  }

  dispose(): void {
    this.#device.pool.unload(this.#loaded)
  }
}
