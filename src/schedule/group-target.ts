/** Targets of workgroups, and where arenas put buffers on each kind of machine. */

import type { Target } from "./target.ts"

/** Where buffers may begin and end. */
export interface MemoryLayout {
  /** The arena's buffers begin at multiples of so many bytes. */
  readonly alignment: number
  /** No buffer of the arena crosses a multiple of so many bytes. */
  readonly segmentBytes: number
}

/**
 * A machine whose threads come in workgroups that share memory and meet at barriers, as on a GPU.
 * Axes over threads go to invocations, and axes in lanes to the invocations of one workgroup.
 */
export interface GroupTarget extends MemoryLayout {
  /** The most invocations of a workgroup, a power of 2. */
  readonly invocations: number
  /** Rounds of a loop come one after another. */
  readonly spreadsRounds?: undefined
  /** Bytes of memory that the invocations of a workgroup share. */
  readonly sharedBytes: number
  /** The most memories that one kernel may use. */
  readonly storageBuffers: number
  /** Whether some invocations of a workgroup can hand each other values without a barrier. */
  readonly subgroups?: boolean
  /** Attention's scores that are stored at a time; all of them unless given. */
  readonly mostScores?: number
  /** Whether shaders may hold numbers in 16 bits, and every float16 keeps its value there. */
  readonly halves?: boolean
  /** Matrices that subgroups of a fixed number of invocations multiply, the best first. */
  readonly matrices?: {
    readonly subgroup: number
    readonly shapes: readonly MatrixShape[]
  }
}

/** Matrices that a subgroup multiplies, [m, k] by [k, n], with sums in float32. */
export interface MatrixShape {
  readonly m: number
  readonly n: number
  readonly k: number
  /** What the factors consist of. */
  readonly component: "f16" | "f32"
}

/** Threads with vectors, or workgroups. */
export type AnyTarget = Target | GroupTarget

export function isGroupTarget(target: AnyTarget): target is GroupTarget {
  return "invocations" in target
}

/** One memory for all threads, buffers at cache lines. */
const plainLayout: MemoryLayout = {
  alignment: 64,
  segmentBytes: Number.POSITIVE_INFINITY,
}

export function layoutOf(target: AnyTarget): MemoryLayout {
  return isGroupTarget(target) ? target : plainLayout
}
