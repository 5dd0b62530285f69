/** How much there is to do in one run of a program, told before it runs. */

import {
  type CostKind,
  costKinds,
  dearPrimitives,
  type Program,
  type Step,
} from "../schedule/index.ts"
import { sectionsOf } from "./sections.ts"
import { startRates } from "./start-rates.ts"

/** Work that a run is told in: what it takes the time of a multiply-add of four lanes. */
export interface RunWork {
  readonly work: number
  /** 64-bit words of memory that kernels read and write. */
  readonly words: number
}

/** Work below which a program is done sooner than threads that are awake have met. */
export const leastWork = 40_000

/** Work below which it is done sooner than a thread that sleeps has woken. */
export const littleWork = 400_000

/** The work of one run, if that is known before. */
export function workOfRun(program: Program): RunWork {
  if (!isBounded(program.steps)) {
    return { work: Number.POSITIVE_INFINITY, words: Number.POSITIVE_INFINITY }
  }
  const { sections } = sectionsOf(program)
  const sum = { work: 0, words: 0 }
  for (const { times, works } of sections) {
    for (const { cost, traffic, times: rounds } of works.flatMap(({ kernels }) => kernels)) {
      let once = 50
      for (const [kind, count] of cost.instructions) once += count * (weights.get(kind) ?? 4)
      const words = traffic.reduce((sum, { bytes }) => sum + bytes / 8, 0)
      sum.work += times * rounds * (once + words)
      sum.words += times * rounds * words
    }
  }
  return sum
}

/** What functions are worth in multiply-adds, as far as is known before anything is measured. */
function functionWeights(): readonly (readonly [CostKind, number])[] {
  const { instructions } = startRates(undefined)
  const secondsOf = (kind: CostKind): number => instructions.get(kind) ?? 0
  const doubles = ["double", "doubleDear", "doubleExp", "doubleLog"] as const
  const functions = new Set<CostKind>([...dearPrimitives, ...doubles])
  return costKinds
    .filter((kind) => functions.has(kind))
    .map((kind) => [kind, Math.max(4, secondsOf(kind) / secondsOf("fused"))])
}

/** Kinds of instructions whose weight is not that of most: 4. */
const weights: ReadonlyMap<CostKind, number> = new Map<CostKind, number>([
  ...functionWeights(),
  ["stall", 0],
  ["page", 0],
  ["fused", 1],
  // Of single elements.
  ["gather", 16],
  ["radix", 16],
  ["compare", 16],
  ["merge", 16],
  ["scan", 16],
  ["scatter", 16],
])

/** Whether the steps come to an end that is known before they run. */
function isBounded(steps: readonly Step[]): boolean {
  return steps.every((step) => {
    if (step.kind === "repeat") return isBounded(step.steps)
    if (step.kind === "branch") return step.branches.every(isBounded)
    return step.kind !== "while"
  })
}
