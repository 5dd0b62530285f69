/** Where threads must wait for each other: kernels grouped by what they read and overwrite. */

import {
  type Buffer,
  bytesOf,
  type Kernel,
  loadsOf,
  type Program,
  piecesOf,
  storesOf,
} from "../../schedule/index.ts"

/**
 * Kernels that one counter hands out. A group is one kernel in pieces, or several kernels of one
 * piece each, which the thread that takes them runs in order.
 */
export interface KernelGroup {
  readonly kernels: readonly Kernel[]
  readonly pieces: number
  /** Whether all threads must have finished the groups before this one starts. */
  readonly barrier: boolean
}

/** Bytes [start, end) of one stretch of memory. */
interface Region {
  readonly space: string
  readonly start: number
  readonly end: number
}

interface Accesses {
  readonly reads: readonly Region[]
  readonly writes: readonly Region[]
}

const known = new WeakMap<Program, readonly KernelGroup[]>()

/** A program's kernels in groups, with the barriers between them. */
export function groupKernels(program: Program): readonly KernelGroup[] {
  let groups = known.get(program)
  if (groups === undefined) {
    groups = makeGroups(program)
    known.set(program, groups)
  }
  return groups
}

function makeGroups(program: Program): KernelGroup[] {
  const groups: { kernels: Kernel[]; pieces: number; barrier: boolean }[] = []
  // What the groups since the last barrier touch.
  let touched: Accesses[] = []
  for (const kernel of program.kernels) {
    const pieces = piecesOf(kernel)
    if (pieces === 0) continue
    const accesses = accessesOf(program, kernel)
    const last = groups.at(-1)
    if (last !== undefined && pieces === 1 && last.pieces === 1) {
      // The group's own kernels run in order; only others since the barrier can be in the way.
      const others = touched.slice(0, touched.length - last.kernels.length)
      if (!others.some((earlier) => conflict(earlier, accesses))) {
        last.kernels.push(kernel)
        touched.push(accesses)
        continue
      }
    }
    const barrier = touched.some((earlier) => conflict(earlier, accesses))
    if (barrier) touched = []
    touched.push(accesses)
    groups.push({ kernels: [kernel], pieces, barrier })
  }
  return groups
}

function conflict(earlier: Accesses, later: Accesses): boolean {
  const meet = (some: readonly Region[], others: readonly Region[]): boolean =>
    some.some((a) => others.some((b) => a.space === b.space && a.start < b.end && b.start < a.end))
  return (
    meet(earlier.writes, later.reads) ||
    meet(earlier.writes, later.writes) ||
    meet(earlier.reads, later.writes)
  )
}

function accessesOf(program: Program, kernel: Kernel): Accesses {
  return {
    reads: [...loadsOf(kernel)].map((buffer) => regionOf(program, buffer)),
    writes: storesOf(kernel).map((buffer) => regionOf(program, buffer)),
  }
}

/** Outputs in the memory of donated inputs, and buffers that share bytes of the arena, meet. */
function regionOf(program: Program, buffer: Buffer): Region {
  const storage = program.storage.get(buffer)
  if (storage === undefined) throw new Error(`buffer ${buffer.name} has no place in the program`)
  if (storage.kind === "arena") {
    return { space: "arena", start: storage.offset, end: storage.offset + bytesOf(buffer) }
  }
  const all = { start: 0, end: Number.POSITIVE_INFINITY }
  if (storage.kind === "input") return { space: `input ${storage.number}`, ...all }
  const donor = program.donations.get(storage.number)
  if (donor !== undefined) return { space: `input ${donor}`, ...all }
  return { space: `output ${storage.number}`, ...all }
}
