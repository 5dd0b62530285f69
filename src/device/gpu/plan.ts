/**
 * How a run walks through a program's steps. Repetitions are written out. What while loops and
 * branches let through is decided on the GPU, by gates; the host asks after every so many rounds
 * whether the outermost loop is over. Only where a repetition has a while loop inside of it and stands
 * in a while loop or branch itself does the host decide, for it alone knows the counter.
 */

import {
  emitGate,
  emitTransition,
  type GatedDispatch,
  type Shader,
  type WgslProgram,
} from "../../emit/index.ts"
import {
  type Axis,
  type BranchStep,
  type Buffer,
  type GroupTarget,
  isControlStep,
  type Kernel,
  listsOf,
  type Step,
  type WhileStep,
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
  /** The first steps, then rounds until the place of dispatch number `state` holds `over`. */
  | {
      readonly kind: "while"
      readonly state: number
      readonly over: number
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
      if (step.kind === "branch" && !hasWhile(step)) {
        const { gate, lists } = this.#gated(step.index, step.branches.length, step.branches)
        return [...gate, ...lists.flat()]
      }
      if (listsOf(step).some((list) => list.some(repeatsWhile))) return [this.#byHost(step)]
      return [this.#inStretches(step)]
    })
  }

  #byHost(step: WhileStep | BranchStep): PlanStep {
    if (step.kind === "branch") {
      const branches = step.branches.map((branch) => this.open(branch))
      return { kind: "hostBranch", index: step.index, branches }
    }
    const condition = this.open(step.condition)
    const steps = this.open(step.steps)
    return { kind: "hostWhile", predicate: step.predicate, condition, steps }
  }

  /**
   * A while loop, or a branch with one inside, as stretches of steps between the places where it is
   * decided. The state is the stretch that goes next; a round goes through all of them in order, and
   * those that are not next dispatch nothing.
   */
  #inStretches(whole: WhileStep | BranchStep): PlanStep {
    const state = this.slots++
    const firstSlot = this.slots
    const told: GatedDispatch[] = []
    const stretches: Stretch[] = []
    const begin = (): number => stretches.push({ plan: [], decides: undefined, next: [] }) - 1
    const last = (): Stretch => stretches[stretches.length - 1]
    // The first stretch goes in any case; what its own gates let through is no other gate's affair.
    const openly = (steps: readonly Step[]): Plan => {
      const plan = this.open(steps)
      while (told.length < this.slots - firstSlot) told.push({ groups: 0, choice: undefined })
      return plan
    }
    const add = (steps: readonly Step[]): void => {
      for (const step of steps) {
        const choice = stretches.length - 1
        if (!hasWhile(step)) {
          last().plan.push(...(choice === 0 ? openly([step]) : this.#behind([step], choice, told)))
        } else if (isControlStep(step) && step.kind === "while") addLoop(step)
        else if (isControlStep(step) && step.kind === "branch") addBranch(step)
      }
    }
    const addLoop = ({ condition, predicate, steps }: WhileStep): void => {
      add(condition)
      const before = last()
      const body = begin()
      add(steps)
      add(condition)
      const again = last()
      const after = begin()
      for (const stretch of [before, again]) {
        stretch.decides = predicate
        stretch.next = [after, body]
      }
    }
    const addBranch = ({ index, branches }: BranchStep): void => {
      const before = last()
      const ends: Stretch[] = []
      const entries = branches.map((branch) => {
        const entry = begin()
        add(branch)
        ends.push(last())
        return entry
      })
      before.decides = index
      before.next = entries
      const after = begin()
      for (const end of ends) end.next = [after]
    }
    begin()
    add([whole])
    const over = stretches.length - 1
    const site = { memories: this.#wgsl.memories, target: this.#target }
    const [first, ...rest] = stretches.slice(0, over).map(({ plan, decides, next }, i): Plan => {
      const transition = { state, from: i === 0 ? undefined : i, decides, next }
      const shader = emitTransition(site, transition, firstSlot, told)
      const led: Plan = [...plan, { kind: "dispatch", shader, slot: undefined }]
      const isInner = over > 2 && next.includes(i)
      return isInner ? Array.from({ length: innerRounds }, () => led).flat() : led
    })
    return { kind: "while", state, over, first, round: rest.flat() }
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
      if (step.kind === "while") throw new Error("a loop behind a gate begins a stretch of its own")
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

/** Rounds of a loop inside of another in one round of that: those past its end dispatch nothing. */
const innerRounds = 4

/** Steps that are let through together, what decides after them, and which stretches may be next. */
interface Stretch {
  readonly plan: PlanStep[]
  decides: Buffer | undefined
  next: readonly number[]
}

/** Whether there is a while loop in a repetition. */
function repeatsWhile(step: Step): boolean {
  if (!isControlStep(step)) return false
  if (step.kind === "repeat") return hasWhile(step)
  return listsOf(step).some((list) => list.some(repeatsWhile))
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
