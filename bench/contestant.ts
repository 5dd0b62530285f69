/** What a library must show to be measured. */

import type { Case, Work, WorkKind, WorkOf } from "./cases/index.ts"
import type { RunTime } from "./process/messages.ts"

/**
 * A piece of work with its inputs in place, ready to be run again and again. Each has a process to
 * itself, so nothing is given back at its end.
 */
export interface Runnable {
  /** One run; resolves when what it computes is there, without having been read back. */
  run(): Promise<void> | void
  /** What the newest run computed: row-major, images NHWC, kernels HWIO. */
  result(): Promise<Float32Array> | Float32Array
  /** Times that many runs itself, where the library lives in a process of its own. */
  sample?(runs: number): Promise<RunTime>
}

/** How a library does each kind of work; what is absent it cannot do, or not in a way worth timing. */
export type Workshop = {
  readonly [K in WorkKind]?: (work: WorkOf<K>) => Runnable | Promise<Runnable>
}

/** A library and a case, opened. */
export interface Opened {
  readonly version: string
  /** Threads that compute. */
  readonly threads: number
  /** In plain words, which of the library's settings is measured. */
  readonly setting: string
  readonly work: Runnable
  /** For a limit of the machine: operations or bytes of one run. */
  readonly amount?: number
}

/** What a contestant's module exports as `open`. */
export type Open = (given: Case, variant: string | undefined) => Promise<Opened>

/**
 * Makes a piece of work ready.
 * @throws RangeError when the library has no way to do it.
 */
export function prepare(workshop: Workshop, work: Work): Runnable | Promise<Runnable> {
  const make: ((work: never) => Runnable | Promise<Runnable>) | undefined = workshop[work.kind]
  if (make === undefined) throw new RangeError(`"${work.kind}" is not measured with this library`)
  return make(work as never)
}

/** The elements of several arrays, one array behind another. */
export function joined(arrays: readonly ArrayLike<number>[]): Float32Array {
  const result = new Float32Array(arrays.reduce((sum, { length }) => sum + length, 0))
  let offset = 0
  for (const array of arrays) {
    result.set(array, offset)
    offset += array.length
  }
  return result
}

/** Elements of a result that are compared. */
const mostCompared = 65_536

/** All elements of a result, or as many as are compared, spread over it evenly. */
export function sampled(result: Float32Array): Float32Array {
  if (result.length <= mostCompared) return result
  const step = result.length / mostCompared
  return Float32Array.from({ length: mostCompared }, (_, i) => result[Math.floor(i * step)]!)
}
