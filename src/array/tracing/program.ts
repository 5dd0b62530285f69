/** Graphs made ready to run, kept for the next call with arrays of the same types. */

import type { CompileOptions, Device, Executable } from "../../device/index.ts"
import {
  type Graph,
  GraphBuilder,
  graphKey,
  type ParamsOf,
  type Primitive,
  paramsKey,
} from "../../graph/index.ts"
import { concreteShape } from "../../size/index.ts"
import { AbstractArray } from "../abstract.ts"
import { Array } from "../array.ts"
import { Cache } from "./cache.ts"
import { defaultStream } from "./devices.ts"
import { finishGraph } from "./finish.ts"
import { type Buffer, run, type Stream, transfer } from "./stream.ts"

/** A graph with the arrays that it captured, and its executable on each device it ran on. */
export class Program {
  readonly graph: Graph
  readonly outputs: readonly AbstractArray[]
  readonly #captures: readonly Array[]
  readonly #donated: readonly boolean[] | undefined
  readonly #options: CompileOptions
  readonly #executables = new Map<Stream, Compiled>()
  /** Copies of captured arrays on other devices than theirs. */
  readonly #copies = new Map<Stream, Map<Array, Buffer>>()

  /**
   * @param options for devices; `donated` is per argument (not capture).
   */
  constructor(
    graph: Graph,
    outputs: readonly AbstractArray[],
    captures: readonly Array[] = [],
    options: CompileOptions = {},
  ) {
    this.graph = graph
    this.outputs = outputs
    this.#captures = captures
    const { donated } = options
    this.#donated = donated && [...donated, ...captures.map(() => false)]
    this.#options = { ...options, donated: this.#donated }
    programs.register(this, { executables: this.#executables, copies: this.#copies })
  }

  /** Where the captured arrays live. */
  get home(): Stream | undefined {
    return this.#captures[0]?.buffer.stream
  }

  /** Runs on a stream; arrays that live elsewhere are copied there. */
  run(inputs: readonly Array[], stream: Stream): Array[] {
    const buffers = inputs.map((input) => bufferOn(input, stream))
    const captured = this.#captures.length > 0 ? this.#capturedOn(stream) : []
    const all = captured.length > 0 ? [...buffers, ...captured] : buffers
    const results = run(stream, this.#executableOn(stream), all, this.outputs.length)
    for (let i = 0; i < inputs.length; i++) {
      const input = inputs[i]
      if (buffers[i] !== input.buffer) buffers[i].release()
      // The run has freed it by then, unless it failed or had a copy.
      if (this.#donated?.[i]) input.dispose()
    }
    return results.map((buffer, i) => Array.concrete(this.outputs[i], buffer))
  }

  #capturedOn(stream: Stream): readonly Buffer[] {
    return this.#captures.map((array) => {
      const { buffer } = array
      if (buffer.stream === stream) return buffer
      const copies = this.#copies.get(stream) ?? new Map<Array, Buffer>()
      this.#copies.set(stream, copies)
      const copy = copies.get(array) ?? bufferOn(array, stream)
      copies.set(array, copy)
      return copy
    })
  }

  #executableOn(stream: Stream): (device: Device) => Executable {
    return (device) => {
      const known = this.#executables.get(stream)
      // A stream that was closed opens another device, which knows nothing of the old programs.
      if (known?.device === device) return known.executable
      const executable = device.compile(this.graph, this.#options)
      this.#executables.set(stream, { device, executable })
      return executable
    }
  }
}

interface Compiled {
  readonly device: Device
  readonly executable: Executable
}

/** What a program keeps on devices. */
interface Kept {
  readonly executables: ReadonlyMap<Stream, Compiled>
  readonly copies: ReadonlyMap<Stream, ReadonlyMap<Array, Buffer>>
}

/** What a program that nobody can call any more kept is given back. */
const programs = new FinalizationRegistry<Kept>(({ executables, copies }) => {
  for (const [stream, { device, executable }] of executables) {
    if (!stream.started) continue
    stream.submit((now) => {
      if (now === device) executable.dispose()
    })
  }
  for (const held of copies.values()) for (const copy of held.values()) copy.release()
})

function bufferOn(array: Array, stream: Stream): Buffer {
  const { buffer } = array
  if (buffer.stream === stream) return buffer
  return transfer(buffer, stream, concreteShape(array.shape), array.dtype)
}

const primitivePrograms = new Cache<Program>(1024)

/** Applies a primitive to concrete arrays at once: a cached program of one equation. */
export function bindConcrete<P extends Primitive>(
  primitive: P,
  operands: readonly Array[],
  params: ParamsOf[P],
): readonly Array[] {
  const key = `${primitive}${paramsKey(params)}${operands.map(({ type }) => type.key).join()}`
  const program = primitivePrograms.get(key, () => {
    const builder = new GraphBuilder()
    const inputs = operands.map(({ type }) => builder.input(type))
    const graph = builder.build(builder.emitAll(primitive, inputs, params))
    return new Program(graph, graph.outputs.map(AbstractArray.of))
  })
  return program.run(operands, operands[0]?.buffer.stream ?? defaultStream())
}

/** A graph's program, and which of the graph's inputs it takes. */
interface GraphProgram {
  readonly program: Program
  readonly needed: readonly boolean[]
}

const graphPrograms = new Cache<GraphProgram>(256)

/**
 * The program of a graph: graphs that say the same share one.
 * @param own how many inputs are taken even if nothing depends on them.
 */
export function programOf(
  graph: Graph,
  outputs: readonly AbstractArray[],
  own: number,
): GraphProgram {
  const key = `${own} ${graphKey(graph)} ${outputs.map(({ weak }) => (weak ? "~" : "."))}`
  return graphPrograms.get(key, () => {
    const finished = finishGraph(graph, own)
    return { program: new Program(finished.graph, outputs), needed: finished.needed }
  })
}
