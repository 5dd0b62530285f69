/** A graph made ready for a GPU: its program's shaders, and how a run walks through its steps. */

import {
  emitWgsl,
  type Memory,
  type Parameter,
  type Place,
  type Shader,
  type WgslProgram,
  wordsOfDispatch,
} from "../../emit/index.ts"
import type { Graph } from "../../graph/index.ts"
import {
  type Axis,
  type Buffer,
  bytesBeyondInputs,
  bytesOf,
  memoryOf,
  type Program,
} from "../../schedule/index.ts"
import type { CompileOptions, DeviceArray, Executable } from "../device.ts"
import { freeDonated, ownInputs } from "../ownership.ts"
import { scheduled } from "../scheduled.ts"
import { GpuArray } from "./array.ts"
import type { Block } from "./blocks.ts"
import type { GpuDevice } from "./device.ts"
import { fromBytes, requireSupported, wordBytes } from "./elements.ts"
import type { Pipeline } from "./pipelines.ts"
import { type Dispatch, type Plan, Planner, shadersOf } from "./plan.ts"
import { type Groups, Recorder } from "./recorder.ts"

interface ReadyShader {
  readonly shader: Shader
  readonly pipeline: Pipeline
  readonly groups: number
}

/** Blocks bound to a shader, and the bind group that says so. */
interface Bound {
  readonly blocks: readonly GPUBuffer[]
  readonly group: GPUBindGroup
}

/** Rounds of a while loop after which the host looks whether it is over: few at first. */
const fewestRounds = 8
const mostRounds = 256

/** Bind groups kept for each shader: training steps take turns with two sets of arrays. */
const mostBound = 4

/** What one run works on. */
interface Run {
  /** One block for each of the program's memories. */
  readonly blocks: readonly Block[]
  readonly recorder: Recorder
  readonly given: readonly GpuArray[]
  readonly results: readonly GpuArray[]
  readonly counters: Map<Axis, number>
}

export class GpuExecutable implements Executable {
  readonly graph: Graph
  readonly bytes: number
  readonly #device: GpuDevice
  readonly #program: Program
  readonly #wgsl: WgslProgram
  readonly #plan: Plan
  /** Bytes of the memory that gates write. */
  readonly #gateBytes: number
  readonly #donated: readonly boolean[]
  readonly #ready = new Map<Shader, ReadyShader>()
  readonly #bound = new Map<Shader, Bound[]>()

  constructor(device: GpuDevice, whole: Graph, options: CompileOptions) {
    const { graph, program } = scheduled(device, whole, options, device.target)
    this.graph = graph
    this.#device = device
    this.#donated = options.donated ?? []
    this.#program = program
    for (const buffer of this.#program.storage.keys()) requireSupported(buffer.dtype)
    this.bytes = bytesBeyondInputs(this.#program)
    // Of a program that cannot run no shader need be compiled.
    device.blocks.requireRoom(memoryOf(this.#program))
    this.#wgsl = emitWgsl(this.#program, device.target)
    const planner = new Planner(this.#wgsl, device.target, (shader) => device.groupsFor(shader))
    this.#plan = planner.open(this.#program.steps)
    this.#gateBytes = wordBytes * wordsOfDispatch * planner.slots
    for (const shader of shadersOf(this.#plan)) {
      const groups = device.groupsFor(shader)
      this.#ready.set(shader, { shader, pipeline: device.pipelines.of(shader), groups })
    }
  }

  run(inputs: readonly DeviceArray[]): readonly DeviceArray[] {
    const device = this.#device
    device.requireSound()
    const given = ownInputs(inputs, device, GpuArray)
    const recorder = new Recorder(device.gpu, device.pipelines.digitStride)
    const { blocks, outputs } = this.#blocks(given, recorder)
    const results = this.graph.outputs.map(
      ({ shape, dtype }, i) => new GpuArray(device, outputs[i], shape.map(Number), dtype),
    )
    const run: Run = { blocks, recorder, given, results, counters: new Map() }
    device.submit(
      () => this.#steps(run),
      () => {
        recorder.submit()
        for (const block of blocks) device.blocks.release(block)
      },
    )
    freeDonated(given, this.#donated)
    return results
  }

  dispose(): void {
    this.#bound.clear()
  }

  *#steps(run: Run): Generator<Promise<unknown>, void, void> {
    const { unsure } = this.#device.blocks
    if (unsure !== undefined) yield unsure
    const failed = [...run.given, ...run.blocks].find(({ failure }) => failure !== undefined)
    if (failed?.failure !== undefined) {
      run.recorder.drop()
      for (const result of run.results) result.fail(failed.failure)
      return
    }
    const { memories } = this.#wgsl
    const joined = run.blocks[memories.all.length - 1].buffer
    for (const { memory, offset, bytes } of memories.joined) {
      if (memories.all[memory].kind !== "input") continue
      run.recorder.copy(run.blocks[memory].buffer, joined, bytes, 0, offset)
    }
    yield* this.#walk(this.#plan, run)
    for (const { memory, offset, bytes, written } of memories.joined) {
      if (written) run.recorder.copy(joined, run.blocks[memory].buffer, bytes, offset)
    }
  }

  *#walk(plan: Plan, run: Run): Generator<Promise<unknown>, void, void> {
    for (const step of plan) {
      switch (step.kind) {
        case "dispatch":
          this.#dispatch(step, run)
          break
        case "repeat":
          for (let i = 0; i < step.counter.extent; i++) {
            run.counters.set(step.counter, i)
            yield* this.#walk(step.steps, run)
            if (run.recorder.isFull) yield this.#device.gpu.queue.onSubmittedWorkDone()
          }
          break
        case "while":
          yield* this.#walk(step.first, run)
          for (let rounds = fewestRounds; ; rounds = Math.min(2 * rounds, mostRounds)) {
            for (let i = 0; i < rounds; i++) yield* this.#walk(step.round, run)
            if ((yield* this.#state(step.state, run)) === step.over) break
          }
          break
        case "hostWhile":
          for (;;) {
            yield* this.#walk(step.condition, run)
            if ((yield* this.#decision(step.predicate, run)) === 0) break
            yield* this.#walk(step.steps, run)
          }
          break
        case "hostBranch": {
          const chosen = yield* this.#decision(step.index, run)
          const last = step.branches.length - 1
          yield* this.#walk(step.branches[Math.max(0, Math.min(last, chosen))], run)
        }
      }
    }
  }

  /** What decides, of dtype bool or int32, once what was recorded so far is done. */
  *#decision(buffer: Buffer, run: Run): Generator<Promise<unknown>, number, void> {
    const word = yield* this.#word(this.#wgsl.memories.placeOf(buffer), run)
    return fromBytes(buffer.dtype, word, 1)[0]
  }

  /** The state that gates have written in the place of a dispatch. */
  *#state(slot: number, run: Run): Generator<Promise<unknown>, number, void> {
    const place = { memory: this.#wgsl.memories.gates, offset: wordsOfDispatch * slot }
    return new Uint32Array(yield* this.#word(place, run))[0]
  }

  /** The word at a place, once what was recorded so far is done. */
  *#word(
    { memory, offset }: Place,
    { blocks, recorder }: Run,
  ): Generator<Promise<unknown>, ArrayBuffer, void> {
    recorder.submit()
    let word = new ArrayBuffer(0)
    const read = this.#device.downloads.read(blocks[memory].buffer, wordBytes, wordBytes * offset)
    yield read.then((bytes) => {
      word = bytes
    })
    return word
  }

  #dispatch({ shader, slot }: Dispatch, { blocks, recorder, counters }: Run): void {
    const ready = this.#ready.get(shader)
    if (ready === undefined || ready.groups === 0) return
    const { pipeline } = ready
    const groups: Groups =
      slot === undefined
        ? ready.groups
        : {
            buffer: blocks[this.#wgsl.memories.gates].buffer,
            offset: wordBytes * wordsOfDispatch * slot,
          }
    const valueOf = (parameter: Parameter): number =>
      typeof parameter === "number" ? parameter : (counters.get(parameter) ?? 0)
    recorder.dispatch(pipeline, this.#bind(ready, blocks), shader, groups, valueOf)
  }

  #bind({ shader, pipeline }: ReadyShader, blocks: readonly Block[]): GPUBindGroup {
    const own = shader.memories.map(({ memory }) => blocks[memory].buffer)
    const known = this.#bound.get(shader) ?? []
    this.#bound.set(shader, known)
    const found = known.find((bound) => bound.blocks.every((buffer, i) => buffer === own[i]))
    if (found !== undefined) return found.group
    const group = this.#device.gpu.createBindGroup({
      layout: pipeline.storage,
      entries: own.map((buffer, binding) => ({ binding, resource: { buffer } })),
    })
    known.push({ blocks: own, group })
    if (known.length > mostBound) known.shift()
    return group
  }

  /** A block for each memory, held for the run, and one for each output, held for its array. */
  #blocks(inputs: readonly GpuArray[], recorder: Recorder) {
    const { outputs, inputs: buffers, donations } = this.#program
    const { all } = this.#wgsl.memories
    const { blocks: allocator } = this.#device
    const blocks = new Map<string, Block>()
    const keyOf = (kind: string, number: number): string => `${kind} ${number}`
    const taken: Block[] = []
    try {
      for (const memory of all) {
        const block = this.#blockOf(memory, inputs, recorder)
        taken.push(block)
        if (memory.kind === "input" || memory.kind === "output") {
          blocks.set(keyOf(memory.kind, memory.number), block)
        }
      }
    } catch (failure) {
      for (const block of taken) allocator.release(block)
      throw failure
    }
    const outputBlocks = outputs.map((buffer, number) => {
      const input = buffers.indexOf(buffer)
      const first = outputs.indexOf(buffer)
      const from = input >= 0 ? input : donations.get(first)
      const block =
        from === undefined ? blocks.get(keyOf("output", first)) : blocks.get(keyOf("input", from))
      if (block === undefined) throw new Error(`output ${number} was given no memory`)
      block.holders++
      return block
    })
    return { blocks: taken, outputs: outputBlocks }
  }

  #blockOf(memory: Memory, inputs: readonly GpuArray[], recorder: Recorder): Block {
    const { blocks, workspace } = this.#device
    switch (memory.kind) {
      case "input":
        return this.#inputBlock(memory.number, inputs, recorder)
      case "output":
        return blocks.allocate(bytesOf(this.#program.outputs[memory.number]))
      case "arena": {
        const { segmentBytes } = this.#device.target
        const left = this.#program.arenaBytes - memory.segment * (memory.segment && segmentBytes)
        return workspace.hold(`arena ${memory.segment}`, Math.min(left, segmentBytes))
      }
      case "scratch":
        return workspace.hold("scratch", this.#wgsl.scratchBytes)
      case "gates":
        return workspace.hold("gates", this.#gateBytes)
      case "joined":
        return workspace.hold("joined", this.#wgsl.memories.joinedBytes)
    }
  }

  /** An input's own block; a copy of it where the run would overwrite what others still hold. */
  #inputBlock(number: number, inputs: readonly GpuArray[], recorder: Recorder): Block {
    const { block } = inputs[number]
    const isTaken = [...this.#program.donations.values()].includes(number)
    const isShared =
      block.holders > 1 || inputs.some((other, i) => i !== number && other.block === block)
    if (!isTaken || !isShared) {
      block.holders++
      return block
    }
    const copy = this.#device.blocks.allocate(block.bytes)
    recorder.copy(block.buffer, copy.buffer, Math.min(block.buffer.size, copy.buffer.size))
    return copy
  }
}
