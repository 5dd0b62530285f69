/** The `ram` device: the interpreter behind the interface that every device has. */

import type { Graph } from "../../graph/index.ts"
import { concreteShape, type DType, dtypes, type TypedArray } from "../../size/index.ts"
import type { CompileOptions, Device, DeviceArray, Executable } from "../device.ts"
import { freeDonated, ownInputs, refuseFreed } from "../ownership.ts"
import { evaluate } from "./interpreter.ts"
import { countOf } from "./layout.ts"
import { roundContractions } from "./precision.ts"
import type { HostArray } from "./values.ts"

/** Opens the sequential interpreter as a device of one thread. Runs finish before they return. */
export function openRam(): Device {
  return new RamDevice()
}

class RamDevice implements Device {
  readonly name = "ram"
  readonly threads = 1
  readonly isSlow = true
  #inUse = 0
  #highWater = 0

  put(data: TypedArray, shape: readonly number[], dtype: DType): DeviceArray {
    if (data.length !== countOf(shape)) {
      throw new RangeError(`${data.length} elements do not fill the shape [${shape.join(", ")}]`)
    }
    return this.#hold({ data: data.slice(), shape, dtype })
  }

  compile(graph: Graph, options: CompileOptions = {}): Executable {
    const computed = options.precision === "bfloat16" ? roundContractions(graph) : graph
    for (const variable of [...graph.inputs, ...graph.equations.flatMap((e) => e.results)]) {
      concreteShape(variable.shape)
    }
    return {
      graph,
      bytes: [...new Set(graph.equations.flatMap((e) => e.results))].reduce(
        (sum, { dtype, shape }) => sum + countOf(concreteShape(shape)) * dtypes[dtype].bytes,
        0,
      ),
      run: (inputs) => this.#run(computed, inputs, options.donated ?? []),
      dispose: () => undefined,
    }
  }

  settled(): Promise<void> {
    return Promise.resolve()
  }

  memory(): { readonly inUse: number; readonly highWater: number } {
    return { inUse: this.#inUse, highWater: this.#highWater }
  }

  close(): Promise<void> {
    return Promise.resolve()
  }

  #run(
    graph: Graph,
    inputs: readonly DeviceArray[],
    donated: readonly boolean[],
  ): readonly DeviceArray[] {
    const values = ownInputs(inputs, this, RamArray).map((input) => input.value())
    const outputs = evaluate(graph, values)
    const given = new Set(values.map(({ data }) => data))
    const results = outputs.map((output) => {
      // Each result is an array of its own, also where a graph returns an input or a value twice.
      const shared = given.has(output.data)
      given.add(output.data)
      return this.#hold(shared ? { ...output, data: output.data.slice() } : output)
    })
    freeDonated(inputs, donated)
    return results
  }

  #hold(value: HostArray): DeviceArray {
    this.#inUse += value.data.byteLength
    this.#highWater = Math.max(this.#highWater, this.#inUse)
    return new RamArray(this, value, () => {
      this.#inUse -= value.data.byteLength
    })
  }
}

class RamArray implements DeviceArray {
  readonly device: Device
  readonly shape: readonly number[]
  readonly dtype: DType
  readonly #release: () => void
  #value: HostArray | undefined

  constructor(device: Device, value: HostArray, release: () => void) {
    this.device = device
    this.shape = value.shape
    this.dtype = value.dtype
    this.#value = value
    this.#release = release
  }

  get freed(): boolean {
    return this.#value === undefined
  }

  /** @throws DeviceError when the array was freed. */
  value(): HostArray {
    return this.#value ?? refuseFreed()
  }

  async read(): Promise<TypedArray> {
    return this.value().data.slice()
  }

  peek(): TypedArray | undefined {
    return this.#value?.data
  }

  free(): void {
    if (this.#value === undefined) return
    this.#value = undefined
    this.#release()
  }
}
