/**
 * How a run walks through a program's steps. Repetitions are written out. What a while loop or a
 * branch lets through is decided on the GPU, by gates, where no while loop is inside of it; the host
 * asks after every so many rounds whether the loop is over. Where one is inside, the host decides.
 */

import { emitGate, type GatedDispatch, type Shader, type WgslProgram } from "../../emit/index.ts"
import {
  type Axis,
  type Buffer,
  type GroupTarget,
  isControlStep,
  type Kernel,
  listsOf,
  type Step,
} from "../../schedule/index.ts"

export interface Dispatch {
  readonly kind: "dispatch"
  readonly shader: Shader
  /** Its number where a gate decides its workgroups. */
  readonly slot: number | undefined
}

export type Plan = readonly PlanStep[]

export type PlanStep =
  | Dispatch
  | { readonly kind: "repeat"; readonly counter: Axis; readonly steps: Plan }
  /** Whether the condition holds before the first round is decided by the gate too. */
  | {
      readonly kind: "while"
      readonly predicate: Buffer
      readonly first: Plan
      readonly round: Plan
    }
  | {
      readonly kind: "hostWhile"
      readonly predicate: Buffer
      readonly condition: Plan
      readonly steps: Plan
    }
  | { readonly kind: "hostBranch"; readonly index: Buffer; readonly branches: readonly Plan[] }

export class Planner {
  readonly #wgsl: WgslProgram
  readonly #target: GroupTarget
  readonly #groupsFor: (shader: Shader) => number
  /** Dispatches behind gates so far. */
  slots = 0

  constructor(wgsl: WgslProgram, target: GroupTarget, groupsFor: (shader: Shader) => number) {
    this.#wgsl = wgsl
    this.#target = target
    this.#groupsFor = groupsFor
  }

  /** The plan of steps that no gate decides. */
  open(steps: readonly Step[]): Plan {
    return steps.flatMap((step): Plan => {
      if (!isControlStep(step)) return this.#kernel(step)
      if (step.kind === "repeat") {
        return [{ kind: "repeat", counter: step.counter, steps: this.open(step.steps) }]
      }
      const hasInner = listsOf(step).some((list) => list.some(hasWhile))
      if (step.kind === "while") {
        const { predicate } = step
        if (hasInner) {
          const condition = this.open(step.condition)
          return [{ kind: "hostWhile", predicate, condition, steps: this.open(step.steps) }]
        }
        const condition = this.open(step.condition)
        const gated = this.#gated(predicate, 2, [[], [...step.steps, ...step.condition]])
        const [, round] = gated.lists
        const first = [...condition, ...gated.gate]
        return [{ kind: "while", predicate, first, round: [...round, ...gated.gate] }]
      }
      if (hasInner) {
        const branches = step.branches.map((branch) => this.open(branch))
        return [{ kind: "hostBranch", index: step.index, branches }]
      }
      const { gate, lists } = this.#gated(step.index, step.branches.length, step.branches)
      return [...gate, ...lists.flat()]
    })
  }

  /** Lists of steps of which a gate lets one through. */
  #gated(decides: Buffer, choices: number, lists: readonly (readonly Step[])[], own?: number) {
    const first = this.slots
    const dispatches: GatedDispatch[] = []
    const plans = lists.map((list, choice) => this.#behind(list, choice, dispatches))
    if (dispatches.length === 0) return { gate: [], lists: plans }
    const site = { memories: this.#wgsl.memories, target: this.#target }
    const shader = emitGate(site, decides, choices, first, dispatches, own)
    const gate: Plan = [{ kind: "dispatch", shader, slot: undefined }]
    return { gate, lists: plans }
  }

  /** Steps behind a gate: their dispatches get slots, and are told to it. */
  #behind(steps: readonly Step[], choice: number, told: GatedDispatch[]): Plan {
    const note = (plan: Plan): Plan =>
      plan.map((step) => {
        if (step.kind !== "dispatch") return step
        told.push({ groups: this.#groupsFor(step.shader), choice })
        return { ...step, slot: this.slots++ }
      })
    return steps.flatMap((step): Plan => {
      if (!isControlStep(step)) return note(this.#kernel(step))
      if (step.kind === "repeat") {
        const inner = this.#behind(step.steps, choice, told)
        return [{ kind: "repeat", counter: step.counter, steps: inner }]
      }
      if (step.kind === "while") throw new Error("a gate's steps have no loops of their own")
      // The inner gate runs in any case, and reads in its slot whether anything is let through.
      const slot = this.slots++
      const count = step.branches.length
      const { gate, lists } = this.#gated(step.index, count, step.branches, slot)
      told.push({ groups: 1, choice })
      for (let inner = slot + 1; inner < this.slots; inner++)
        told.push({ groups: 0, choice: undefined })
      return [...gate, ...lists.flat()]
    })
  }

  #kernel(kernel: Kernel): Plan {
    const shaders = this.#wgsl.shaders.get(kernel) ?? []
    return shaders.map((shader) => ({ kind: "dispatch", shader, slot: undefined }))
  }
}

function hasWhile(step: Step): boolean {
  if (!isControlStep(step)) return false
  return step.kind === "while" || listsOf(step).some((list) => list.some(hasWhile))
}

/** Every shader of a plan, once. */
export function shadersOf(plan: Plan): ReadonlySet<Shader> {
  const shaders = new Set<Shader>()
  const walk = (steps: Plan): void => {
    for (const step of steps) {
      switch (step.kind) {
        case "dispatch":
          shaders.add(step.shader)
          break
        case "repeat":
          walk(step.steps)
          break
        case "while":
          walk(step.first)
          walk(step.round)
          break
        case "hostWhile":
          walk(step.condition)
          walk(step.steps)
          break
        case "hostBranch":
          step.branches.forEach(walk)
      }
    }
  }
  walk(plan)
  return shaders
}
