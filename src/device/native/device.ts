/** The `native` device: programs compiled for this very processor, on a crew of its own threads. */

import { cTarget, isStraight, writeWords } from "../../emit/index.ts"
import { checkGraph, type Graph } from "../../graph/index.ts"
import {
  bytesBeyondInputs,
  type ContractionPrecision,
  type Program,
  piecesOfStep,
  type Target,
} from "../../schedule/index.ts"
import type { DType, TypedArray } from "../../size/index.ts"
import {
  addressOf,
  type Block,
  Blocks,
  blockOf,
  blocksOfResults,
  type Result,
  resultsOf,
} from "../cpu/blocks.ts"
import { cores } from "../cpu/machine.ts"
import { Workspace } from "../cpu/workspace.ts"
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
import { type TuneOptions, type TuningDevice, targetFor } from "../tuning/index.ts"
import { type CompilerOptions, findCompiler } from "./compiler.ts"
import { loadRuntime, type Runtime } from "./crew.ts"
import { Elsewhere } from "./elsewhere.ts"
import { type Compilation, compileAlone, type Entry, Libraries } from "./libraries.ts"
import { type CacheOptions, LibraryCache } from "./library-cache.ts"
import { NativeMemory } from "./memory.ts"
import { type QueuedProgram, RunQueue } from "./queue.ts"
import { mostThreads, runtimeSource } from "./runtime.ts"
import { hasTiles } from "./tile-unit.ts"

export interface NativeOptions extends TuneOptions {
  /** Threads, 1 to 64; one per core unless given. */
  readonly threads?: number
  /** Bytes that arrays and programs may take; by default the machine's. */
  readonly maximumBytes?: number
  /**
   * Whether runs that would take less time elsewhere than their program takes to compile go there
   * until it is compiled. Their last bits may then differ from those of later runs.
   */
  readonly background?: boolean
  readonly compiler?: CompilerOptions
  readonly cache?: CacheOptions
}

/** Looks of about 40 ns that a thread takes for the others, or for a run, before it sleeps. */
const spins = 1500

/**
 * Opens the `native` device.
 * @throws DeviceError when there is no working C compiler, or no threads or memory can be had.
 */
export async function openNative(options: NativeOptions = {}): Promise<Device> {
  const { threads = Math.min(cores(), mostThreads), maximumBytes, background = false } = options
  if (!Number.isInteger(threads) || threads < 1 || threads > mostThreads) {
    throw new DeviceError(`the native device has 1 to ${mostThreads} threads, not ${threads}`)
  }
  const compiler = await findCompiler(options.compiler)
  const cache = await LibraryCache.open(compiler, options.cache)
  const runtime = await loadRuntime(cache)
  const tiles = await hasTiles(cache)
  const { lanes, registers, version, processor } = compiler
  const table = cTarget({ lanes, registers, tiles })
  const openFor = (target: Target): NativeDevice => {
    const memory = new NativeMemory(runtime, maximumBytes)
    const crew = runtime.crewOpen(threads, threads > cores() ? 0 : spins)
    if (crew === 0) {
      memory.release()
      throw new DeviceError(`${threads} threads could not be started`)
    }
    return new NativeDevice({ runtime, cache, memory, crew, threads, target, background })
  }
  const untuned = {
    name: "native",
    threads,
    table,
    isMeasured: lanes === measuredLanes,
    shapes: registers === 32 ? 32 : 16,
    machine: `${version} ${processor}`,
    open: async () => openFor(table),
  } as const
  return openFor(await targetFor(untuned, options))
}

/** Lanes of the processors on which the table was measured: those with AVX-512. */
const measuredLanes = 16

interface Parts {
  readonly runtime: Runtime
  readonly cache: LibraryCache
  readonly memory: NativeMemory
  readonly crew: number
  readonly threads: number
  readonly target: Target
  readonly background: boolean
}

class NativeDevice implements Device, TuningDevice {
  readonly name = "native"
  readonly holdsScratch = true
  readonly threads: number
  readonly processor: Target
  readonly code: string
  readonly runtime: Runtime
  readonly cache: LibraryCache
  readonly memoryOf: NativeMemory
  readonly blocks: Blocks
  readonly workspace: Workspace
  readonly queue: RunQueue
  readonly elsewhere: Elsewhere
  readonly background: boolean
  readonly #crew: number
  /** Handles of libraries, and for how many programs each is open. */
  readonly #handles = new Map<number, number>()
  #closing: Promise<void> | undefined

  constructor({ runtime, cache, memory, crew, threads, target, background }: Parts) {
    this.runtime = runtime
    this.cache = cache
    this.memoryOf = memory
    this.threads = threads
    const { command, version, flags } = cache.compiler
    this.code = [command, version, ...flags, runtimeSource].join(" ")
    this.processor = target
    this.background = background
    this.blocks = new Blocks(memory)
    this.workspace = new Workspace(this.blocks, threads)
    this.queue = new RunQueue(runtime, crew, () => this.blocks.end())
    this.elsewhere = new Elsewhere(memory, threads)
    this.#crew = crew
  }

  put(data: TypedArray, shape: readonly number[], dtype: DType): DeviceArray {
    this.requireSound()
    return new NativeArray(this, this.blocks.forCopy(data), shape, dtype)
  }

  compile(graph: Graph, options: CompileOptions = {}): Executable {
    this.requireSound()
    const alone = compileAlone(this.cache, this.processor.lanes)
    return new NativeExecutable(this, checkGraph(graph), options, alone)
  }

  compileAll(graphs: readonly Graph[], options: CompileOptions = {}): readonly Executable[] {
    this.requireSound()
    const libraries = new Libraries(this.cache, this.processor.lanes)
    const together: Compilation = (program) => libraries.add(program)
    const executables = graphs.map(
      (graph) => new NativeExecutable(this, checkGraph(graph), options, together),
    )
    libraries.compile()
    return executables
  }

  async compileFor(graph: Graph, target: Target, threads: number): Promise<Executable> {
    this.requireSound()
    const alone = compileAlone(this.cache, target.lanes)
    const executable = new NativeExecutable(this, checkGraph(graph), { threads }, alone, target)
    await executable.ready()
    if (executable.state.kind === "loaded") return executable
    throw new DeviceError("a program could not be compiled")
  }

  async settled(): Promise<void> {
    await this.queue.settled()
    this.requireSound()
  }

  memory(): { readonly inUse: number; readonly highWater: number } {
    return { inUse: this.memoryOf.bytesInUse, highWater: this.memoryOf.highWater }
  }

  trim(): void {
    this.workspace.trim()
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  /** @throws DeviceError when a run has failed or the device was closed. */
  requireSound(): void {
    if (this.#closing !== undefined) throw new DeviceError("the native device was closed")
    if (this.queue.failure !== undefined) throw this.queue.failure
  }

  /** The address of a program's main; its library stays loaded until {@link unload} or the end. */
  load({ path, main }: Entry): { readonly handle: number; readonly main: number } {
    const opened = this.runtime.programOpen(path, main)
    this.#handles.set(opened.handle, (this.#handles.get(opened.handle) ?? 0) + 1)
    return opened
  }

  unload(handle: number): void {
    const programs = this.#handles.get(handle)
    if (programs === undefined) return
    if (programs === 1) this.#handles.delete(handle)
    else this.#handles.set(handle, programs - 1)
    this.runtime.programClose(handle)
  }

  async #close(): Promise<void> {
    await this.queue.settled().catch(() => {})
    this.runtime.crewClose(this.#crew)
    for (const [handle, programs] of this.#handles) {
      for (let i = 0; i < programs; i++) this.runtime.programClose(handle)
    }
    this.#handles.clear()
    this.memoryOf.release()
    await this.elsewhere.close()
  }
}

class NativeArray extends BlockArray<Block, NativeDevice> {
  peek(): TypedArray | undefined {
    return this.freed || !this.device.queue.isSettled() ? undefined : this.#elements()
  }

  protected async copy(): Promise<TypedArray> {
    await this.device.settled()
    return this.#elements()
  }

  #elements(): TypedArray {
    return this.device.memoryOf.read(this.dtype, this.block.address, this.length)
  }
}

class NativeExecutable implements Executable, QueuedProgram {
  readonly graph: Graph
  readonly bytes: number
  /** Threads that find something to do: others would only have to be woken. */
  readonly threads: number
  readonly isTogether: boolean
  readonly isBrief: boolean
  readonly isLittle: boolean
  readonly mayRunElsewhere: boolean
  state: QueuedProgram["state"] = { kind: "compiling" }
  readonly #device: NativeDevice
  readonly #program: Program
  readonly #donated: readonly boolean[]
  readonly #results: readonly Result[]
  readonly #precision: ContractionPrecision | undefined
  readonly #loading: Promise<void>
  #handle: number | undefined
  #disposed = false

  constructor(
    device: NativeDevice,
    whole: Graph,
    options: CompileOptions,
    compilation: Compilation,
    target = device.processor,
  ) {
    const { donated = [], precision } = options
    const { graph, program, threads } = scheduled(device, whole, options, target)
    this.graph = graph
    this.#device = device
    this.#program = program
    this.#donated = donated
    this.#results = resultsOf(graph, program)
    this.#precision = precision
    const { work, words } = workOfRun(program)
    this.isLittle = work < littleWork
    this.mayRunElsewhere = device.background && work < compilingWork
    this.threads =
      work < leastWork ? 1 : Math.min(threads, Math.max(1, ...program.steps.map(piecesOfStep)))
    this.isTogether = !isStraight(program)
    this.isBrief = work < briefWork * this.threads && words < briefWords
    this.bytes = bytesBeyondInputs(program)
    this.#loading = this.#load(compilation(program))
  }

  ready(): Promise<void> {
    return this.#loading
  }

  run(inputs: readonly DeviceArray[]): readonly DeviceArray[] {
    const device = this.#device
    device.requireSound()
    const program = this.#program
    const held = ownInputs(inputs, device, NativeArray).map(blockOf)
    const { arena, scratch } = device.workspace.for(program)
    const outputs = blocksOfResults(this.#results, held, device.blocks)
    const addresses = { inputs: held.map(addressOf), outputs: outputs.map(addressOf) }
    device.blocks.begin()
    device.queue.add({
      program: this,
      words: writeWords(program, { ...addresses, arena, scratch }),
      elsewhere: () => device.elsewhere.run(this.graph, this.#precision, addresses),
    })
    freeDonated(inputs, this.#donated)
    return outputs.map((block, i) => {
      const { shape, dtype } = this.#results[i]
      return new NativeArray(device, block, shape, dtype)
    })
  }

  dispose(): void {
    if (this.#disposed) return
    this.#disposed = true
    // Runs of it may still be on their way.
    this.#device.settled().then(
      () => this.#unload(),
      () => {},
    )
  }

  async #load(entry: Promise<Entry>): Promise<void> {
    try {
      const { handle, main } = this.#device.load(await entry)
      this.#handle = handle
      this.state = { kind: "loaded", main }
    } catch (error) {
      this.#device.elsewhere.explain(error)
      this.state = { kind: "elsewhere" }
    }
    this.#device.queue.advance()
  }

  #unload(): void {
    if (this.#handle !== undefined) this.#device.unload(this.#handle)
    this.#device.elsewhere.forget(this.graph)
  }
}

/**
 * Work of each thread, and 64-bit words of memory, that take about a millisecond where it was measured (a
 * Xeon of 2026): no calibration is asked, for it decides only whether the caller's thread helps.
 */
const [briefWork, briefWords] = [40e6, 4e6]

/** About what Wasm does in the time that a small program takes to compile. */
const compilingWork = 2e8
