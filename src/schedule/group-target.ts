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
