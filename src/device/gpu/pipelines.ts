/** Shaders made ready for a device, each once, and the numbers that dispatches tell them. */

import { digitBase, type Shader } from "../../emit/index.ts"
import { usage } from "./adapter.ts"

const computeStage = 4

export interface Pipeline {
  readonly pipeline: GPUComputePipeline
  readonly storage: GPUBindGroupLayout
  /** Group 1, where the shader has parameters. */
  readonly digits: GPUBindGroup | undefined
}

export class Pipelines {
  readonly #device: GPUDevice
  readonly #pipelines = new Map<string, Pipeline>()
  readonly #storage = new Map<string, GPUBindGroupLayout>()
  readonly #digits = new Map<number, { layout: GPUBindGroupLayout; group: GPUBindGroup }>()
  #table: GPUBuffer | undefined

  constructor(device: GPUDevice) {
    this.#device = device
  }

  /** Bytes between the numbers of the table that dynamic offsets point into. */
  get digitStride(): number {
    return Math.max(16, this.#device.limits.minUniformBufferOffsetAlignment)
  }

  /** The pipeline of a shader: shaders with the same code share one. */
  of(shader: Shader): Pipeline {
    const access = shader.memories.map(({ written }) => (written ? "w" : "r")).join("")
    const key = `${access}\n${shader.code}`
    let pipeline = this.#pipelines.get(key)
    if (pipeline === undefined) {
      pipeline = this.#create(shader, access)
      this.#pipelines.set(key, pipeline)
    }
    return pipeline
  }

  #create(shader: Shader, access: string): Pipeline {
    const storage = this.#storageLayout(access)
    const count = shader.parameters.reduce((sum, { digits }) => sum + digits, 0)
    const digits = count === 0 ? undefined : this.#digitsOf(count)
    const layout = this.#device.createPipelineLayout({
      bindGroupLayouts: digits === undefined ? [storage] : [storage, digits.layout],
    })
    const module = this.#device.createShaderModule({ code: shader.code })
    const pipeline = this.#device.createComputePipeline({
      layout,
      compute: { module, entryPoint: "main" },
    })
    return { pipeline, storage, digits: digits?.group }
  }

  #storageLayout(access: string): GPUBindGroupLayout {
    let layout = this.#storage.get(access)
    if (layout === undefined) {
      layout = this.#device.createBindGroupLayout({
        entries: [...access].map((one, binding) => ({
          binding,
          visibility: computeStage,
          buffer: { type: one === "w" ? "storage" : "read-only-storage" },
        })),
      })
      this.#storage.set(access, layout)
    }
    return layout
  }

  #digitsOf(count: number) {
    let known = this.#digits.get(count)
    if (known === undefined) {
      const entries = Array.from({ length: count }, (_, binding) => binding)
      const layout = this.#device.createBindGroupLayout({
        entries: entries.map((binding) => ({
          binding,
          visibility: computeStage,
          buffer: { type: "uniform", hasDynamicOffset: true, minBindingSize: 4 },
        })),
      })
      const buffer = this.#digitTable()
      const group = this.#device.createBindGroup({
        layout,
        entries: entries.map((binding) => ({ binding, resource: { buffer, offset: 0, size: 4 } })),
      })
      known = { layout, group }
      this.#digits.set(count, known)
    }
    return known
  }

  /** Number i stands at i strides. */
  #digitTable(): GPUBuffer {
    if (this.#table === undefined) {
      const words = this.digitStride / 4
      const numbers = new Uint32Array(digitBase * words)
      for (let i = 0; i < digitBase; i++) numbers[i * words] = i
      this.#table = this.#device.createBuffer({
        size: numbers.byteLength,
        usage: usage.uniform | usage.copyTarget,
      })
      this.#device.queue.writeBuffer(this.#table, 0, numbers)
    }
    return this.#table
  }
}
