/** What every device is to those who use it: it holds arrays and runs compiled graphs. */

import type { Graph } from "../graph/index.ts"
import type { ContractionPrecision, Target } from "../schedule/index.ts"
import type { DType, TypedArray } from "../size/index.ts"
import type { DeviceChoice } from "./auto/choice.ts"
import type { Trace } from "./trace.ts"

/**
 * An array held by a device. Its elements may still be on their way: reading waits for them.
 */
export interface DeviceArray {
  readonly device: Device
  readonly shape: readonly number[]
  readonly dtype: DType
  /** Whether the memory was given back, by {@link free} or by donation. */
  readonly freed: boolean
  /**
   * A copy of the elements, row-major.
   * @throws Error when the array was freed, or when the program that makes it failed.
   */
  read(): Promise<TypedArray>
  /**
   * The elements, if they are there or as good as there and need not be awaited: for people who
   * look at an array. The memory may be the device's own, to be read at once.
   */
  peek?(): TypedArray | undefined
  /** Gives the memory back, as soon as no program that was started still needs it. */
  free(): void
}

/** A graph made ready for a device. */
export interface Executable {
  readonly graph: Graph
  /** Bytes that one run takes beyond its inputs: results and intermediates. */
  readonly bytes: number
  /**
   * Starts a run and returns its results at once; work proceeds in the order of the calls.
   * A donated input is freed by the run, and its memory may become a result's.
   * @throws Error when an input was freed or memory is short.
   */
  run(inputs: readonly DeviceArray[]): readonly DeviceArray[]
  /** Resolves when runs are as quick as they will be, where code is still being made. */
  ready?(): Promise<void>
  /** Gives back what the device keeps for it. */
  dispose(): void
}

export interface CompileOptions {
  /** Per input, whether runs consume it. */
  readonly donated?: readonly boolean[]
  /** Bytes of inputs, results and intermediates that a run may take; the rest is computed again. */
  readonly memory?: number
  /** The most threads that runs may use; a device that cannot choose takes no notice. */
  readonly threads?: number
  /**
   * "bfloat16" rounds float32 operands of dot products and convolutions to bfloat16, to the nearest
   * and halves to even; their products are summed in float32.
   */
  readonly precision?: ContractionPrecision
}

/** How a program is used. */
export interface DeviceUse {
  /** Runs that are to come; 1 unless given. */
  readonly runs?: number
  /** Whether arrays stay on the device from run to run, as a network's weights do. */
  readonly stays?: boolean
}

export interface Device {
  readonly name: string
  /** The hardware or driver behind it, where one name stands for many kinds. */
  readonly adapter?: AdapterDescription
  /** Threads that runs may use. */
  readonly threads: number
  /** What programs are scheduled for where that is not WebAssembly, and quotes can tell their cost. */
  readonly processor?: Target
  /** What its speed depends on beside the programs: its compiler, and the source of what calls them. */
  readonly code?: string
  /** Whether its threads pack panels, and keep what lives in a round alone, in memory of their own. */
  readonly holdsScratch?: boolean
  /** Whether it is software that goes from element to element, thousands of times slower than others. */
  readonly isSlow?: boolean
  /** Copies elements to the device. */
  put(data: TypedArray, shape: readonly number[], dtype: DType): DeviceArray
  /**
   * Makes a graph of concrete sizes ready to run.
   * @throws RangeError when a size is symbolic; BudgetError when `memory` is too little.
   */
  compile(graph: Graph, options?: CompileOptions): Executable
  /**
   * The same for several graphs, on devices that are ready sooner when they know of all of them.
   * @throws as `compile`
   */
  compileAll?(graphs: readonly Graph[], options?: CompileOptions): readonly Executable[]
  /**
   * Runs a graph some times with every thread writing down what it does, and tells of the shortest
   * run; on devices that can. Other runs are not slowed by it.
   * @throws RangeError when a size is symbolic; DeviceError when a run fails.
   */
  trace?(graph: Graph, inputs: readonly DeviceArray[]): Promise<Trace>
  /** On devices that choose among others: where runs of a graph are expected to be done first. */
  choose?(graph: Graph, use?: DeviceUse): DeviceChoice
  /** Resolves when everything started so far has finished; rejects when it failed. */
  settled(): Promise<void>
  /** Bytes that arrays and programs hold now, and the most they ever held. */
  memory(): { readonly inUse: number; readonly highWater: number }
  /** Gives back the memory that is kept from program to program; everything started must be done. */
  trim?(): void
  close(): Promise<void>
}

/** What is known of an adapter. */
export interface AdapterDescription {
  /** For people: maker and model, or driver. */
  readonly name: string
  /** Whether it is a program that imitates a GPU: its speed says nothing about GPUs. */
  readonly isSoftware: boolean
}

/** A device failed: a worker died, memory ran out, a driver refused. */
export class DeviceError extends Error {
  override readonly name = "DeviceError"
}
