/** What the cpu device needs of its memory and of its threads, wherever those are. */

import type { DType, TypedArray } from "../../size/index.ts"

/** A linear memory, and who has which part of it. */
export interface Store {
  readonly maximumBytes: number
  /** Whether threads share it. */
  readonly shared: boolean
  readonly bytesInUse: number
  readonly highWater: number
  /**
   * The address of `bytes` bytes, a multiple of 64. What they hold is undefined.
   * @throws MemoryError when there is no room.
   */
  allocate(bytes: number): number
  free(address: number): void
  /** Copies elements to an address, for the runs that are asked for from now on. */
  write(address: number, elements: TypedArray): void
  /** The n elements at an address where the host can see them without a wait. */
  peek(dtype: DType, address: number, n: number): TypedArray | undefined
  /** A copy of the n elements at an address. */
  read(dtype: DType, address: number, n: number): TypedArray | Promise<TypedArray>
}

/** How a run is gone about. */
export interface Manner {
  /** Whether all of its threads must be at it from its start, as they are unless said otherwise. */
  readonly isTogether?: boolean
  /** Whether it takes no longer than the host may be kept: the host takes part where it may wait. */
  readonly isBrief?: boolean
  /** Whether one thread is done with it before others wake. */
  readonly isLittle?: boolean
}

/** Threads that run whole programs on a store, one after another. */
export interface Runner {
  readonly threads: number
  /** The number by which `run` knows a module from now on. */
  load(module: WebAssembly.Module): number
  unload(program: number): void
  run(program: number, args: number, threads?: number, manner?: Manner): Promise<void>
  /** Whether all runs are done, or are so within the time given; false where that takes a message. */
  idles(milliseconds: number): boolean
  close(): Promise<void>
}
