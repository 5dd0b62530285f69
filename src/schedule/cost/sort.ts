/** What sorts and merges take. */

import { bytesOf } from "../arena.ts"
import type { MergeKernel, SortKernel } from "../kernel.ts"
import { countBytes, digitPasses, ranksRows, shortRow } from "../sorting.ts"
import type { Target } from "../target.ts"
import type { Tally } from "./kinds.ts"
import type { Access } from "./nest.ts"

export function countSort(tally: Tally, kernel: SortKernel, { lanes }: Target): readonly Access[] {
  const { rows, stretch, keys, operands, results } = kernel
  const { elements } = operands[0]
  let passes = 0
  if (ranksRows(kernel)) {
    // Each vector of a row is compared with each element, and what is before is counted.
    tally.add("simple", 2 * elements * Math.ceil(stretch / lanes))
  } else if (stretch > shortRow) {
    for (const { dtype } of operands.slice(0, keys)) passes += digitPasses(dtype, stretch)
    const counts = countBytes(stretch) / 4
    // A count takes a fraction of what an element takes.
    tally.add("radix", (elements + (rows.extent * counts) / 4) * passes)
  } else tally.add("compare", elements * Math.ceil(Math.log2(Math.max(2, stretch))) * keys)
  tally.add("move", elements * operands.length)
  tally.add("row", rows.extent)
  // Elements are fetched in the order of the sorted places, keys in every pass.
  const fetched = operands.map((buffer, i) => ({
    buffer,
    bytes: bytesOf(buffer),
    writes: false,
    scattered: elements * (1 + (i < keys ? passes : 0)),
    within: 12 * stretch,
    // Each pass reads the places and writes them.
    again: { bytes: 8 * elements * passes, reach: 12 * stretch },
  }))
  const stored = results.map((buffer) => ({ buffer, bytes: bytesOf(buffer), writes: true }))
  return [...fetched, ...stored]
}

export function countMerge(tally: Tally, kernel: MergeKernel): readonly Access[] {
  const { pieces, keys, operands, results } = kernel
  tally.add("merge", operands[0].elements * keys)
  tally.add("move", operands[0].elements * (operands.length - keys))
  tally.add("row", pieces.extent)
  return [
    ...operands.map((buffer) => ({ buffer, bytes: bytesOf(buffer), writes: false })),
    ...results.map((buffer) => ({ buffer, bytes: bytesOf(buffer), writes: true })),
  ]
}
