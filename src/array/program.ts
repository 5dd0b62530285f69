/** Graphs made ready to run, kept for the next call with arrays of the same types. */

import type { Device, Executable } from "../device/index.ts"
import {
  checkGraph,
  type Graph,
  GraphBuilder,
  type ParamsOf,
  type Primitive,
  type Variable,
} from "../graph/index.ts"
import { concreteShape } from "../size/index.ts"
import { AbstractArray } from "./abstract.ts"
import { Array } from "./array.ts"
import { Cache } from "./cache.ts"
import { defaultStream } from "./devices.ts"
import { type Buffer, run, type Stream, transfer } from "./stream.ts"

/** A graph with the arrays that it captured, and its executable on each device it ran on. */
export class Program {
  readonly graph: Graph
  readonly outputs: readonly AbstractArray[]
  readonly #captures: readonly Array[]
  readonly #donated: readonly boolean[] | undefined
  readonly #executables = new Map<Stream, Executable>()
  readonly #transferred = new Map<Stream, readonly Buffer[]>()

  /** @param donated per argument (not capture), whether a call consumes it. */
  constructor(
    graph: Graph,
    outputs: readonly AbstractArray[],
    captures: readonly Array[] = [],
    donated?: readonly boolean[],
  ) {
    this.graph = graph
    this.outputs = outputs
    this.#captures = captures
    this.#donated = donated && [...donated, ...captures.map(() => false)]
    programs.register(this, this.#executables)
  }

  /** Where the captured arrays live. */
  get home(): Stream | undefined {
    return this.#captures[0]?.buffer.stream
  }

  run(inputs: readonly Array[], stream: Stream): Array[] {
    const buffers = inputs.map((input) => bufferOn(input, stream))
    if (this.#captures.length > 0) buffers.push(...this.#capturedOn(stream))
    const results = run(stream, this.#executableOn(stream), buffers, this.outputs.length)
    if (this.#donated !== undefined) {
      for (const [i, input] of inputs.entries()) if (this.#donated[i]) input.donate()
    }
    return results.map((buffer, i) => Array.concrete(this.outputs[i], buffer))
  }

  #capturedOn(stream: Stream): readonly Buffer[] {
    for (const array of this.#captures) array.requireLive()
    let buffers = this.#transferred.get(stream)
    if (buffers === undefined) {
      buffers = this.#captures.map((array) => bufferOn(array, stream))
      this.#transferred.set(stream, buffers)
    }
    return buffers
  }

  #executableOn(stream: Stream): (device: Device) => Executable {
    return (device) => {
      let executable = this.#executables.get(stream)
      if (executable === undefined) {
        executable = device.compile(this.graph, { donated: this.#donated })
        this.#executables.set(stream, executable)
      }
      return executable
    }
  }
}

/** What a program that nobody can call any more had compiled is given back. */
const programs = new FinalizationRegistry<Map<Stream, Executable>>((executables) => {
  for (const [stream, executable] of executables) stream.submit(() => executable.dispose())
})

function bufferOn(array: Array, stream: Stream): Buffer {
  return transfer(array.buffer, stream, concreteShape(array.shape), array.dtype)
}

const primitivePrograms = new Cache<Program>(1024)

/** Applies a primitive to concrete arrays at once: a cached program of one equation. */
export function bindConcrete<P extends Primitive>(
  primitive: P,
  operands: readonly Array[],
  params: ParamsOf[P],
): readonly Array[] {
  const key = `${primitive}${paramKey(params)}${operands.map(({ type }) => type.key).join()}`
  const program = primitivePrograms.get(key, () => {
    const builder = new GraphBuilder()
    const inputs = operands.map(({ type }) => builder.input(type))
    const graph = builder.build(builder.emitAll(primitive, inputs, params))
    return new Program(graph, graph.outputs.map(AbstractArray.of))
  })
  return program.run(operands, operands[0]?.buffer.stream ?? defaultStream())
}

const graphPrograms = new Cache<Program>(256)

/** The program of a graph: graphs that say the same share one. */
export function programOf(graph: Graph, outputs: readonly AbstractArray[]): Program {
  const key = `${graphKey(graph)}${outputs.map(({ weak }) => (weak ? "~" : "."))}`
  return graphPrograms.get(key, () => new Program(checkGraph(graph), outputs))
}

/** Equal keys mean graphs that compute the same from the same inputs, in the same way. */
export function graphKey(graph: Graph): string {
  const numbers = new Map<Variable, number>()
  const define = (variable: Variable): void => {
    numbers.set(variable, numbers.size)
  }
  for (const input of graph.inputs) define(input)
  const types = graph.inputs.map((input) => AbstractArray.of(input).key)
  const lines = graph.equations.map(({ primitive, operands, params, results }) => {
    for (const result of results) define(result)
    const used = operands.map((operand) => numbers.get(operand))
    return `${primitive}${paramKey(params)}(${used})`
  })
  const outputs = graph.outputs.map((output) => numbers.get(output))
  return `${types}→${lines.join(";")}→${outputs}`
}

function paramKey(value: unknown): string {
  if (typeof value === "number") return Object.is(value, -0) ? "-0" : String(value)
  if (globalThis.Array.isArray(value)) return `[${value.map(paramKey)}]`
  if (typeof value === "object" && value !== null) {
    if ("key" in value && typeof value.key === "string") return value.key
    return `{${Object.entries(value).map(([name, entry]) => `${name}:${paramKey(entry)}`)}}`
  }
  return String(value)
}
