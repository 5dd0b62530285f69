/** Runs of programs that the system's compiler did not compile: they run as Wasm, on copies. */

import type { Graph } from "../../graph/index.ts"
import type { ContractionPrecision } from "../../schedule/index.ts"
import { elementsOf } from "../../size/index.ts"
import { openCpu } from "../cpu/device.ts"
import type { Device, Executable } from "../device.ts"
import type { NativeMemory } from "./memory.ts"

interface Addresses {
  readonly inputs: readonly number[]
  readonly outputs: readonly number[]
}

export class Elsewhere {
  readonly #memory: NativeMemory
  readonly #threads: number
  readonly #executables = new Map<Graph, Executable>()
  #device: Promise<Device> | undefined
  #explained = false

  constructor(memory: NativeMemory, threads: number) {
    this.#memory = memory
    this.#threads = threads
  }

  /** Says once why programs run here. */
  explain(error: unknown): void {
    if (this.#explained) return
    this.#explained = true
    const reason = error instanceof Error ? error.message : String(error)
    console.warn(`tradespace: a program was not compiled (${reason}); it runs as WebAssembly`)
  }

  /** Runs a graph on the arrays at some addresses, none of which changes before its end. */
  async run(
    graph: Graph,
    precision: ContractionPrecision | undefined,
    { inputs, outputs }: Addresses,
  ): Promise<void> {
    this.#device ??= openCpu({ threads: this.#threads })
    const device = await this.#device
    const executable = this.#executables.get(graph) ?? device.compile(graph, { precision })
    this.#executables.set(graph, executable)
    const given = graph.inputs.map(({ shape, dtype }, i) => {
      const elements = this.#memory.read(dtype, inputs[i], Number(elementsOf(shape)))
      return device.put(elements, shape.map(Number), dtype)
    })
    const results = executable.run(given)
    try {
      const read = await Promise.all(results.map((result) => result.read()))
      for (const [i, elements] of read.entries()) this.#memory.write(outputs[i], elements)
    } finally {
      for (const array of [...given, ...results]) array.free()
    }
  }

  forget(graph: Graph): void {
    this.#executables.get(graph)?.dispose()
    this.#executables.delete(graph)
  }

  async close(): Promise<void> {
    await (await this.#device)?.close()
  }
}
