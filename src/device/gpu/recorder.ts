/** Commands of one run on their way to the GPU: recorded, and submitted many at a time. */

import { digitBase, type Parameter, type Shader } from "../../emit/index.ts"
import type { Pipeline } from "./pipelines.ts"

/** Dispatches that are submitted together at most. */
const mostInSubmission = 1024

/** Submissions after which a long repetition waits for the GPU. */
const mostSubmissions = 4

/** Workgroups of a dispatch: a number, or where the GPU finds it. */
export type Groups = number | { readonly buffer: GPUBuffer; readonly offset: number }

export class Recorder {
  readonly #device: GPUDevice
  readonly #digitStride: number
  #encoder: GPUCommandEncoder | undefined
  #pass: GPUComputePassEncoder | undefined
  #recorded = 0
  #submissions = 0

  constructor(device: GPUDevice, digitStride: number) {
    this.#device = device
    this.#digitStride = digitStride
  }

  copy(from: GPUBuffer, to: GPUBuffer, bytes: number, fromOffset = 0, toOffset = 0): void {
    this.#endPass()
    this.#commands().copyBufferToBuffer(from, fromOffset, to, toOffset, bytes)
  }

  dispatch(
    { pipeline, digits }: Pipeline,
    storage: GPUBindGroup,
    shader: Shader,
    groups: Groups,
    valueOf: (parameter: Parameter) => number,
  ): void {
    this.#pass ??= this.#commands().beginComputePass()
    this.#pass.setPipeline(pipeline)
    this.#pass.setBindGroup(0, storage)
    if (digits !== undefined) this.#pass.setBindGroup(1, digits, this.#offsets(shader, valueOf))
    if (typeof groups === "number") this.#pass.dispatchWorkgroups(groups)
    else this.#pass.dispatchWorkgroupsIndirect(groups.buffer, groups.offset)
    if (++this.#recorded >= mostInSubmission) this.submit()
  }

  /** Whether so much was handed over since the last look that the GPU should catch up. */
  get isFull(): boolean {
    if (this.#submissions < mostSubmissions) return false
    this.#submissions = 0
    return true
  }

  /** Forgets everything that was recorded and not handed over. */
  drop(): void {
    this.#endPass()
    this.#encoder = undefined
    this.#recorded = 0
  }

  /** Hands over everything that was recorded. */
  submit(): void {
    this.#endPass()
    if (this.#encoder !== undefined) {
      this.#device.queue.submit([this.#encoder.finish()])
      this.#submissions++
    }
    this.#encoder = undefined
    this.#recorded = 0
  }

  #offsets({ parameters }: Shader, valueOf: (parameter: Parameter) => number): number[] {
    return parameters.flatMap(({ parameter, digits }) => {
      const offsets: number[] = []
      let rest = valueOf(parameter)
      for (let i = 0; i < digits; i++) {
        offsets.push((rest % digitBase) * this.#digitStride)
        rest = Math.floor(rest / digitBase)
      }
      return offsets
    })
  }

  #commands(): GPUCommandEncoder {
    this.#encoder ??= this.#device.createCommandEncoder()
    return this.#encoder
  }

  #endPass(): void {
    this.#pass?.end()
    this.#pass = undefined
  }
}
