/** What a kernel takes of a device, read off the kernel: the ground of quotes. */

import { type Kernel, piecesOf } from "../kernel.ts"
import { countContraction } from "./contraction.ts"
import { type CostKind, Tally } from "./kinds.ts"
import { countLoop, countScan, countScatter } from "./loop.ts"
import type { Access } from "./nest.ts"
import { countMerge, countSort } from "./sort.ts"

export { type CostKind, costKinds, type DearPrimitive, dearPrimitives } from "./kinds.ts"
export type { Access } from "./nest.ts"
export { noWork, operationsOf, type ProgramWork, workKinds, workOfKernel } from "./work.ts"

/** What one run of a kernel takes, all its pieces together. */
export interface KernelCost {
  /** Instructions by kind; those on vectors count once for the vector. */
  readonly instructions: ReadonlyMap<CostKind, number>
  readonly accesses: readonly Access[]
  /** Independent pieces: no more threads than this can help. */
  readonly pieces: number
}

const known = new WeakMap<Kernel, KernelCost>()

/** What a kernel takes. */
export function costOfKernel(kernel: Kernel): KernelCost {
  let cost = known.get(kernel)
  if (cost === undefined) {
    const tally = new Tally()
    const pieces = piecesOf(kernel)
    tally.add("piece", pieces)
    cost = { accesses: count(tally, kernel), instructions: tally.counts, pieces }
    known.set(kernel, cost)
  }
  return cost
}

function count(tally: Tally, kernel: Kernel): readonly Access[] {
  switch (kernel.kind) {
    case "loop":
      return countLoop(tally, kernel)
    case "contraction":
      return countContraction(tally, kernel)
    case "scan":
      return countScan(tally, kernel)
    case "scatter":
      return countScatter(tally, kernel)
    case "sort":
      return countSort(tally, kernel)
    case "merge":
      return countMerge(tally, kernel)
  }
}
