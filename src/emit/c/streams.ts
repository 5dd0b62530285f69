/**
 * What a kernel stores past the caches: results that are larger than what stays in them, of which a
 * plain store would first fetch each line.
 */

import {
  type Axis,
  type Buffer,
  bytesOf,
  type Index,
  type LoopKernel,
  loadsOf,
  type Program,
  readsOf,
  storesOf,
} from "../../schedule/index.ts"
import { pointerOf } from "./words.ts"

/**
 * Bytes of a result from which on storing it past the caches pays where the program reads it no more,
 * and where it does. On a Xeon (Emerald Rapids, 2 cores), writing 4 MiB takes 0.15 ms through the
 * caches and 0.14 past them, 16 MiB 0.59 and 0.46, 64 MiB 4.2 and 2.0; with the other core reading
 * them after that, 0.23 and 0.26, 0.88 and 0.97, 5.8 and 4.0.
 */
export const largeResult = 2 ** 24
const largeOperand = 2 ** 25

/** The buffers that a kernel stores past the caches, wherever whole lines are at hand. */
export function streamsOf(program: Program, kernel: LoopKernel): ReadonlySet<Buffer> {
  const large = storesOf(kernel).filter((buffer) => {
    const isStored = program.storage.has(buffer)
    return isStored && bytesOf(buffer) >= largeResult
  })
  if (large.length === 0) return new Set()
  const read = new Set(program.steps.flatMap((step) => [...readsOf(step)]))
  // What is read before it is overwritten in its place is in the cache.
  const places = new Set(
    [...loadsOf(kernel)]
      .filter((buffer) => program.storage.has(buffer))
      .map((buffer) => placeOf(program, buffer)),
  )
  return new Set(
    large.filter(
      (buffer) =>
        bytesOf(buffer) >= (read.has(buffer) ? largeOperand : largeResult) &&
        !places.has(placeOf(program, buffer)),
    ),
  )
}

/** Where a buffer lies; an output that takes over an input's memory may lie there. */
function placeOf(program: Program, buffer: Buffer): string {
  const storage = program.storage.get(buffer)
  const donor = storage?.kind === "output" ? program.donations.get(storage.number) : undefined
  return donor === undefined
    ? pointerOf(program, buffer)
    : pointerOf(program, program.inputs[donor])
}

/** Whether whole vectors along an axis begin at a multiple of so many elements. */
export function isWholeLines({ constant, terms }: Index, lane: Axis, lanes: number): boolean {
  return (
    constant % lanes === 0 &&
    terms.every(
      ({ factor, atom }) =>
        factor % lanes === 0 || (factor === 1 && atom.kind === "axis" && atom.axis === lane),
    )
  )
}
