/** The `gpu` device: WGSL programs through WebGPU. */

import type { Shader } from "../../emit/index.ts"
import { checkGraph, type Graph } from "../../graph/index.ts"
import type { GroupTarget } from "../../schedule/index.ts"
import type { DType, TypedArray } from "../../size/index.ts"
import {
  type AdapterDescription,
  type CompileOptions,
  type Device,
  type DeviceArray,
  DeviceError,
  type Executable,
} from "../device.ts"
import { type Abilities, abilitiesOf, featuresOf } from "./abilities.ts"
import { findAdapter } from "./adapter.ts"
import { GpuArray } from "./array.ts"
import { type Block, Blocks } from "./blocks.ts"
import { Downloads } from "./downloads.ts"
import { requireSupported, toBytes } from "./elements.ts"
import { GpuExecutable } from "./executable.ts"
import { type Limits, limitsOf, lowered } from "./limits.ts"
import { Pipelines } from "./pipelines.ts"
import { Workspace } from "./workspace.ts"

export interface GpuOptions {
  /** Lanes that programs may use at once: workgroups beyond them take turns. */
  readonly threads?: number
  /** Bytes that arrays and programs may take; as many as the driver gives unless given. */
  readonly maximumBytes?: number
  /** Limits below the adapter's, to see how programs do on lesser ones. */
  readonly limits?: Partial<Limits>
  /** Whether to use subgroups; where the adapter has them unless given. */
  readonly subgroups?: boolean
  /** Attention's scores that are stored at a time; 2²² unless given. */
  readonly mostScores?: number
}

/** Lanes that keep the largest of today's GPUs busy. */
const manyLanes = 2 ** 18

/**
 * Scores that occupy all of these lanes sixteen times over, so that starting their kernels costs
 * little, and of which two or three arrays (16 MiB each) stay in such a GPU's second cache.
 */
const manyScores = 2 ** 22

/**
 * Opens the `gpu` device.
 * @throws DeviceError when there is no WebGPU here, no adapter, or the adapter gives no device.
 */
export async function openGpu(options: GpuOptions = {}): Promise<GpuDevice> {
  const { adapter, language, ...description } = await findAdapter()
  const gpu = await adapter.requestDevice({
    requiredLimits: limitsOf(adapter.limits),
    requiredFeatures: featuresOf(adapter),
  })
  const abilities = await abilitiesOf(gpu, adapter.info, language)
  return new GpuDevice(gpu, description, abilities, options)
}

/** Elements of so many bytes may be more than the driver has memory to copy. */
const manyBytes = 2 ** 26

export class GpuDevice implements Device {
  readonly name = "gpu"
  readonly threads: number
  readonly adapter: AdapterDescription
  readonly isSlow: boolean
  readonly gpu: GPUDevice
  readonly limits: Limits
  readonly target: GroupTarget
  readonly blocks: Blocks
  readonly downloads: Downloads
  readonly pipelines: Pipelines
  readonly workspace: Workspace
  /** Resolves when every run so far was handed over; undefined when all were. */
  #handedOver: Promise<void> | undefined
  #failure: unknown
  #closed = false

  constructor(
    gpu: GPUDevice,
    adapter: AdapterDescription,
    abilities: Abilities,
    options: GpuOptions,
  ) {
    const { threads = manyLanes, maximumBytes = Number.POSITIVE_INFINITY } = options
    this.gpu = gpu
    this.adapter = adapter
    this.isSlow = adapter.isSoftware
    this.threads = threads
    this.limits = lowered(gpu.limits, options.limits)
    this.blocks = new Blocks(gpu, this.limits, maximumBytes)
    this.downloads = new Downloads(gpu)
    this.pipelines = new Pipelines(gpu)
    this.workspace = new Workspace(this.blocks)
    const subgroups = options.subgroups !== false && gpu.features.has("subgroups")
    const { mostScores = manyScores } = options
    const { halves, matrices } = abilities
    const extensions = { subgroups, halves, matrices: subgroups ? matrices : undefined }
    this.target = { ...targetOf(this.limits, mostScores), ...extensions }
    gpu.lost.then(({ message }) => {
      if (this.#closed) this.#failure ??= new DeviceError("the gpu device was closed")
      this.#failure ??= new DeviceError(
        `the GPU was lost: ${message.split("\n")[0]}; open the device again to go on`,
      )
    })
    gpu.addEventListener("uncapturederror", ({ error }) => {
      this.#failure ??= refusal(error)
    })
  }

  put(data: TypedArray, shape: readonly number[], dtype: DType): DeviceArray {
    this.requireSound()
    requireSupported(dtype)
    const bytes = toBytes(dtype, data)
    const block = this.blocks.allocate(bytes.length)
    if (bytes.length > 0) this.#write(block, bytes)
    return new GpuArray(this, block, shape, dtype)
  }

  /** Copies elements at once to memory of the driver's, from which they go in the order of the runs. */
  #write(block: Block, bytes: Uint8Array): void {
    const { blocks, gpu } = this
    const write = (): void => gpu.queue.writeBuffer(block.buffer, 0, bytes)
    if (blocks.unsure === undefined && bytes.length < manyBytes) {
      write()
      return
    }
    // A block that has no memory cannot be written to either.
    gpu.pushErrorScope("validation")
    blocks.attempt(write, () => block, bytes.length)
    gpu.popErrorScope().then(
      (error) => {
        if (error !== null && block.failure === undefined) this.#failure ??= refusal(error)
      },
      () => {},
    )
  }

  compile(graph: Graph, options: CompileOptions = {}): Executable {
    this.requireSound()
    return new GpuExecutable(this, checkGraph(graph), options)
  }

  async settled(): Promise<void> {
    await this.#handedOver
    await this.gpu.queue.onSubmittedWorkDone()
    this.requireSound()
  }

  memory(): { readonly inUse: number; readonly highWater: number } {
    return { inUse: this.blocks.inUse, highWater: this.blocks.highWater }
  }

  async close(): Promise<void> {
    await this.#handedOver
    this.#closed = true
    this.gpu.destroy()
  }

  /** @throws DeviceError when a run has failed or the GPU was lost. */
  requireSound(): void {
    if (this.#failure !== undefined) throw this.#failure
  }

  /** Workgroups to dispatch a shader on: as many as there are pieces and lanes for. */
  groupsFor({ groups, invocations }: Shader): number {
    const most = Math.min(
      this.limits.maxComputeWorkgroupsPerDimension,
      Math.max(1, Math.floor(this.threads / invocations)),
    )
    return Math.min(groups, most)
  }

  /**
   * Takes a run's steps to the GPU, after those of the runs before it. They may stop at promises,
   * for what the host has to know before it can go on.
   */
  submit(steps: () => Generator<Promise<unknown>, void, void>, finish: () => void): void {
    if (this.#handedOver === undefined) {
      const rest = this.#walk(steps(), finish)
      if (rest !== undefined) this.#wait(rest)
    } else this.#wait(this.#handedOver.then(() => this.#walk(steps(), finish)))
  }

  #walk(
    steps: Generator<Promise<unknown>, void, void>,
    finish: () => void,
  ): Promise<void> | undefined {
    try {
      const next = steps.next()
      if (next.done !== true) return next.value.then(() => this.#walk(steps, finish))
    } catch (failure) {
      this.#failure ??= failure
    }
    finish()
    return undefined
  }

  #wait(rest: Promise<void>): void {
    const waiting = rest
      .catch((failure) => {
        this.#failure ??= failure
      })
      .then(() => {
        if (this.#handedOver === waiting) this.#handedOver = undefined
      })
    this.#handedOver = waiting
  }

  /** The first bytes of an array after all runs so far. */
  async download(array: GpuArray, bytes: number): Promise<ArrayBuffer> {
    await this.#handedOver
    await this.blocks.unsure
    this.requireSound()
    if (array.failure !== undefined) throw array.failure
    try {
      const words = await this.downloads.read(array.block.buffer, bytes)
      this.requireSound()
      return words
    } catch (failure) {
      // A lost device says so a little later than its reads fail.
      await Promise.race([this.gpu.lost, new Promise((resolve) => setTimeout(resolve, 50))])
      this.requireSound()
      throw failure
    }
  }
}

function refusal({ message }: GPUError): DeviceError {
  return new DeviceError(`the GPU refused a program: ${message}`)
}

function targetOf(limits: Limits, mostScores: number): GroupTarget {
  const most = Math.min(limits.maxBufferSize, limits.maxStorageBufferBindingSize)
  const invocations = Math.min(256, limits.maxComputeInvocationsPerWorkgroup)
  return {
    invocations: 2 ** Math.floor(Math.log2(invocations)),
    sharedBytes: limits.maxComputeWorkgroupStorageSize,
    storageBuffers: limits.maxStorageBuffersPerShaderStage,
    mostScores: Math.min(mostScores, Math.floor(most / 4)),
    alignment: 256,
    segmentBytes: 256 * Math.floor(most / 256),
  }
}
