/** Steps of a program: kernels, and control flow around steps. */

import type { Axis } from "./axis.ts"
import type { Buffer } from "./expression.ts"
import { type Kernel, piecesOf, storesOf } from "./kernel.ts"
import { loadsOf } from "./rewrite.ts"

/**
 * The steps once for every value of the counter; kernels inside may use it. One after another where
 * the counter is in `steps`. In `threads`, rounds are independent: threads take them in any order,
 * and the one that takes a round runs all of its kernels.
 */
export interface RepeatStep {
  readonly kind: "repeat"
  readonly counter: Axis
  readonly steps: readonly Step[]
}

/** The condition's steps store a bool; as long as it is true, the steps run and it is asked again. */
export interface WhileStep {
  readonly kind: "while"
  readonly condition: readonly Step[]
  readonly predicate: Buffer
  /** About how many times the steps run, where whoever wrote the loop knows. */
  readonly expected?: number | undefined
  readonly steps: readonly Step[]
}

/** The steps of one branch: the one that an int32 names, clamped to those there are. */
export interface BranchStep {
  readonly kind: "branch"
  readonly index: Buffer
  readonly branches: readonly (readonly Step[])[]
}

export type ControlStep = RepeatStep | WhileStep | BranchStep
export type Step = Kernel | ControlStep

export function isControlStep(step: Step): step is ControlStep {
  return step.kind === "repeat" || step.kind === "while" || step.kind === "branch"
}

/** Whether threads take the rounds of a step, each alone. */
export function isSpread(step: Step): boolean {
  return step.kind === "repeat" && step.counter.place === "threads"
}

/**
 * Independent pieces of a step: of a kernel its own, of a repetition whose rounds threads take those
 * rounds, and of other control flow the most that any step inside of it has.
 */
export function piecesOfStep(step: Step): number {
  if (!isControlStep(step)) return piecesOf(step)
  if (step.kind === "repeat" && isSpread(step)) return step.counter.extent
  return listsOf(step)
    .flat()
    .reduce((most, inner) => Math.max(most, piecesOfStep(inner)), 1)
}

/** The lists of steps inside a step, in the order in which they run. */
export function listsOf(step: ControlStep): readonly (readonly Step[])[] {
  switch (step.kind) {
    case "repeat":
      return [step.steps]
    case "while":
      return [step.condition, step.steps]
    case "branch":
      return step.branches
  }
}

/** All kernels of some steps, each once, in order. */
export function kernelsOf(steps: readonly Step[]): readonly Kernel[] {
  return steps.flatMap((step) => (isControlStep(step) ? listsOf(step).flatMap(kernelsOf) : [step]))
}

/**
 * The same steps with other kernels in place of theirs.
 * @param alone maps those that one thread runs by itself; as the others unless given
 */
export function mapKernels(
  steps: readonly Step[],
  map: (kernel: Kernel) => Kernel,
  alone = map,
): Step[] {
  return steps.map((step) => {
    if (!isControlStep(step)) return map(step)
    return isSpread(step) ? mapInside(step, alone, alone) : mapInside(step, map, alone)
  })
}

function mapInside(
  step: ControlStep,
  map: (kernel: Kernel) => Kernel,
  alone: (kernel: Kernel) => Kernel,
): ControlStep {
  const inside = (steps: readonly Step[]): Step[] => mapKernels(steps, map, alone)
  switch (step.kind) {
    case "repeat":
      return { ...step, steps: inside(step.steps) }
    case "while":
      return {
        ...step,
        condition: inside(step.condition),
        steps: inside(step.steps),
      }
    case "branch":
      return { ...step, branches: step.branches.map(inside) }
  }
}

/** The buffers that a step reads, those that decide where it goes included. */
export function readsOf(step: Step): ReadonlySet<Buffer> {
  if (!isControlStep(step)) return loadsOf(step)
  const reads = new Set(
    listsOf(step).flatMap((list) => list.flatMap((inner) => [...readsOf(inner)])),
  )
  if (step.kind === "while") reads.add(step.predicate)
  if (step.kind === "branch") reads.add(step.index)
  return reads
}

/** The buffers that a step writes. */
export function writesOf(step: Step): readonly Buffer[] {
  return isControlStep(step) ? kernelsOf([step]).flatMap(storesOf) : storesOf(step)
}
