/** Steps of a program: kernels, and control flow around steps. */

import type { Axis } from "./axis.ts"
import { type Buffer, type Kernel, storesOf } from "./kernel.ts"
import { loadsOf } from "./rewrite.ts"

/** The steps once for every value of the counter, one after another; kernels inside may use it. */
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

/** The same steps with other kernels in place of theirs. */
export function mapKernels(steps: readonly Step[], map: (kernel: Kernel) => Kernel): Step[] {
  return steps.map((step) => (isControlStep(step) ? mapInside(step, map) : map(step)))
}

function mapInside(step: ControlStep, map: (kernel: Kernel) => Kernel): ControlStep {
  switch (step.kind) {
    case "repeat":
      return { ...step, steps: mapKernels(step.steps, map) }
    case "while":
      return {
        ...step,
        condition: mapKernels(step.condition, map),
        steps: mapKernels(step.steps, map),
      }
    case "branch":
      return { ...step, branches: step.branches.map((branch) => mapKernels(branch, map)) }
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
