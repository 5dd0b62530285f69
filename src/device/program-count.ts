/** What a scheduled program does, counted on the program itself. */

import {
  isControlStep,
  listsOf,
  memoryOf,
  noWork,
  operationsOf,
  type Program,
  type ProgramWork,
  type Step,
  workKinds,
  workOfKernel,
} from "../schedule/index.ts"
import { chainOfProgram } from "./program-chain.ts"
import { sectionsWith } from "./sections.ts"

/** What one run of a program does. */
export interface ProgramCount {
  /** Runs of kernels, a kernel in a loop once for each step. */
  readonly kernels: number
  /** How often threads meet. */
  readonly barriers: number
  /** Scalar operations. */
  readonly operations: number
  /** The same by what they are for. */
  readonly work: ProgramWork
  /** The longest chain of operations that wait on each other, reductions being trees. */
  readonly chain: number
  /** Bytes of intermediates at the high-water mark. */
  readonly arenaBytes: number
  /** Bytes of inputs, results and intermediates together. */
  readonly bytes: number
  /** Whether a while loop, counted as one step, or a branch, counted as the dearest, is in it. */
  readonly decidedByData: boolean
}

/**
 * Counts a program: each kernel's scalar operations times its runs. No price rule is asked. The rules
 * are those of `workOfKernel`; of branches the one with the most instructions counts, and a while
 * loop for one step.
 */
export function countProgram(program: Program): ProgramCount {
  const { sections, meetings } = sectionsWith(program, undefined, () => 1)
  const sums = Object.fromEntries(workKinds.map((kind) => [kind, 0]))
  let [kernels, bounded] = [0, false]
  for (const { times, works } of sections) {
    for (const run of works.flatMap((work) => work.kernels)) {
      const runs = times * run.times
      const work = workOfKernel(run.kernel)
      kernels += runs
      bounded ||= runs > 0 && work.bounded
      for (const kind of workKinds) sums[kind] += runs * work[kind]
    }
  }
  const work = { ...noWork, ...sums, bounded }
  return {
    kernels,
    barriers: meetings,
    operations: operationsOf(work),
    work,
    chain: chainOfProgram(program),
    arenaBytes: program.arenaBytes,
    bytes: memoryOf(program),
    decidedByData: program.steps.some(isDecided),
  }
}

function isDecided(step: Step): boolean {
  return isControlStep(step) && (step.kind !== "repeat" || listsOf(step).flat().some(isDecided))
}

/** A count as lines of text, beside the work and the span that the price says. */
export function printProgramCount(
  device: string,
  count: ProgramCount,
  { work, span }: { readonly work: number; readonly span: number },
): string {
  const { kernels, barriers, operations, chain, arenaBytes, bytes } = count
  const parts = workKinds
    .filter((kind) => count.work[kind] > 0)
    .map((kind) => `${kind} ${count.work[kind]}`)
  const bound = count.work.bounded ? "≤ " : ""
  const beside = (own: number, price: number): string =>
    own === price
      ? "as the price"
      : `${Math.abs(own - price)} ${own > price ? "more" : "fewer"} than the price`
  return [
    `program on ${device}: kernels ${kernels}, barriers ${barriers}`,
    `operations ${bound}${operations}${parts.length > 1 ? ` (${parts.join(", ")})` : ""}, ${beside(operations, work)}`,
    `longest chain ${chain}, ${beside(chain, span)}`,
    `arena ${arenaBytes} bytes, with inputs and results ${bytes}`,
    ...(count.decidedByData ? ["a while loop counts as one step, a branch as the dearest"] : []),
  ].join("\n")
}
