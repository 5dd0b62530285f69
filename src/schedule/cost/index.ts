/** What a kernel takes of a device, read off the kernel: the ground of quotes. */

import type { Buffer } from "../expression.ts"
import { type Kernel, piecesOf } from "../kernel.ts"
import type { Program } from "../program.ts"
import { type Target, wasmTarget } from "../target.ts"
import { countContraction } from "./contraction.ts"
import { type CostKind, Tally } from "./kinds.ts"
import { countLoop, countScan, countScatter } from "./loop.ts"
import type { Access } from "./nest.ts"
import { countMerge, countSort } from "./sort.ts"

export { type CostKind, costKinds, dearPrimitives } from "./kinds.ts"
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

const known = new WeakMap<Target, WeakMap<Kernel, KernelCost>>()

/**
 * What a kernel takes of the processor that it was scheduled for.
 * @param storage where the program has its buffers
 */
export function costOfKernel(
  kernel: Kernel,
  target = wasmTarget,
  storage?: Program["storage"],
): KernelCost {
  let costs = known.get(target)
  if (costs === undefined) {
    costs = new WeakMap()
    known.set(target, costs)
  }
  let cost = costs.get(kernel)
  if (cost === undefined) {
    const tally = new Tally()
    const pieces = piecesOf(kernel)
    const isNear = (buffer: Buffer): boolean => storage?.get(buffer)?.kind === "private"
    tally.add("piece", pieces)
    cost = { accesses: count(tally, kernel, target, isNear), instructions: tally.counts, pieces }
    costs.set(kernel, cost)
  }
  return cost
}

function count(
  tally: Tally,
  kernel: Kernel,
  target: Target,
  isNear: (buffer: Buffer) => boolean,
): readonly Access[] {
  switch (kernel.kind) {
    case "loop":
      return countLoop(tally, kernel, target)
    case "contraction":
      return countContraction(tally, kernel, target, isNear)
    case "scan":
      return countScan(tally, kernel, target)
    case "scatter":
      return countScatter(tally, kernel, target)
    case "sort":
      return countSort(tally, kernel, target)
    case "merge":
      return countMerge(tally, kernel)
  }
}
