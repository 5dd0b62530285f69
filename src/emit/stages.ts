/** Where threads must wait for each other: kernels grouped by what they read and overwrite. */

import {
  type BranchStep,
  type Buffer,
  bytesOf,
  type ControlStep,
  isControlStep,
  isSpread,
  type Program,
  piecesOfStep,
  type RepeatStep,
  readsOf,
  type Step,
  type WhileStep,
  writesOf,
} from "../schedule/index.ts"

/**
 * Steps that one counter hands out. A group is one kernel in pieces, a repetition whose rounds threads
 * take, or several steps of one piece each, which the thread that takes them runs in order.
 */
export interface Group {
  readonly kind: "group"
  readonly steps: readonly Step[]
  readonly pieces: number
  /** Whether all threads must have finished what comes before this. */
  readonly barrier: boolean
  readonly number: number
}

/** The numbers [from, to) of groups. */
export interface Groups {
  readonly from: number
  readonly to: number
}

/**
 * Stages that all threads go through again and again. They meet after each round, and the counters
 * of the round's groups are set back then.
 */
export interface Repetition {
  readonly kind: "repetition"
  readonly step: RepeatStep
  readonly stages: readonly Stage[]
  readonly barrier: boolean
  readonly groups: Groups
}

/** As {@link Repetition}; threads meet after the condition's stages too, and then all look at it. */
export interface Condition {
  readonly kind: "condition"
  readonly step: WhileStep
  readonly condition: readonly Stage[]
  readonly conditionGroups: Groups
  readonly stages: readonly Stage[]
  readonly barrier: boolean
  readonly groups: Groups
}

/** Stages of which all threads go through the same ones. */
export interface Choice {
  readonly kind: "choice"
  readonly step: BranchStep
  readonly branches: readonly (readonly Stage[])[]
  readonly barrier: boolean
}

export type Stage = Group | Repetition | Condition | Choice

/** A program as its threads go through it. */
export interface Stages {
  readonly stages: readonly Stage[]
  /** How many groups there are. */
  readonly groups: number
}

/** Bytes [start, end) of one stretch of memory. */
interface Region {
  readonly space: string
  readonly start: number
  readonly end: number
  /** Of writes: shared with others that write other elements there. */
  readonly apart?: object | undefined
}

interface Accesses {
  readonly reads: readonly Region[]
  readonly writes: readonly Region[]
}

const known = new WeakMap<Program, Stages>()

/** A program's steps in stages, with the barriers between them. */
export function planStages(program: Program): Stages {
  let stages = known.get(program)
  if (stages === undefined) {
    const planner = new Planner(program)
    stages = { stages: planner.plan(program.steps), groups: planner.groups }
    known.set(program, stages)
  }
  return stages
}

/**
 * Whether threads go through all groups once, in one order: no counter is ever set back, so that a
 * thread which comes late finds those of earlier groups used up.
 */
export function isStraight(program: Program): boolean {
  return planStages(program).stages.every(({ kind }) => kind === "group")
}

class Planner {
  readonly #program: Program
  groups = 0

  constructor(program: Program) {
    this.#program = program
  }

  /** Stages for steps before which all threads have met, as far as they are concerned. */
  plan(steps: readonly Step[]): readonly Stage[] {
    const stages: Stage[] = []
    // What the stages since the last barrier touch.
    let touched: Accesses[] = []
    for (const step of steps) {
      const pieces = piecesOfStep(step)
      if (pieces === 0) continue
      const accesses = accessesOf(this.#program, step)
      const last = stages.at(-1)
      if (last?.kind === "group" && pieces === 1 && last.pieces === 1) {
        // The group's own steps run in order; only others since the barrier can be in the way.
        const others = touched.slice(0, touched.length - last.steps.length)
        if (!others.some((earlier) => conflict(earlier, accesses))) {
          stages[stages.length - 1] = { ...last, steps: [...last.steps, step] }
          touched.push(accesses)
          continue
        }
      }
      const barrier = touched.some((earlier) => conflict(earlier, accesses))
      if (barrier) touched = []
      touched.push(accesses)
      if (pieces === 1 || !isControlStep(step) || isSpread(step)) {
        stages.push({ kind: "group", steps: [step], pieces, barrier, number: this.groups++ })
        continue
      }
      stages.push(this.#control(step, barrier))
      // Loops end with a barrier; behind it, threads still look whether a while loop goes on.
      if (step.kind === "repeat") touched = []
      else if (step.kind === "while") {
        touched = [{ reads: [regionOf(this.#program, step.predicate)], writes: [] }]
      }
    }
    return stages
  }

  #control(step: ControlStep, barrier: boolean): Stage {
    if (step.kind === "branch") {
      const branches = step.branches.map((branch) => this.plan(branch))
      return { kind: "choice", step, branches, barrier }
    }
    if (step.kind === "repeat") {
      const { stages, groups } = this.#round(step.steps)
      return { kind: "repetition", step, stages, groups, barrier }
    }
    const asked = this.#round(step.condition)
    const { stages, groups } = this.#round(step.steps)
    const condition = asked.stages
    return {
      kind: "condition",
      step,
      condition,
      conditionGroups: asked.groups,
      stages,
      groups,
      barrier,
    }
  }

  #round(steps: readonly Step[]): { readonly stages: readonly Stage[]; readonly groups: Groups } {
    const from = this.groups
    const stages = this.plan(steps)
    return { stages, groups: { from, to: this.groups } }
  }
}

function conflict(earlier: Accesses, later: Accesses): boolean {
  const meet = (some: readonly Region[], others: readonly Region[]): boolean =>
    some.some((a) =>
      others.some(
        (b) =>
          a.space === b.space &&
          a.start < b.end &&
          b.start < a.end &&
          (a.apart === undefined || a.apart !== b.apart),
      ),
    )
  return (
    meet(earlier.writes, later.reads) ||
    meet(earlier.writes, later.writes) ||
    meet(earlier.reads, later.writes)
  )
}

function accessesOf(program: Program, step: Step): Accesses {
  return {
    reads: [...readsOf(step)].flatMap((buffer) => regionsOf(program, buffer)),
    writes: writesOf(step).flatMap((buffer) => {
      const apart = apartOf(step, buffer)
      return regionsOf(program, buffer).map((region) => ({ ...region, apart }))
    }),
  }
}

/** What a kernel shares with others that store other elements of a buffer. */
function apartOf(step: Step, buffer: Buffer): object | undefined {
  if (step.kind !== "loop" && step.kind !== "contraction") return undefined
  const [first, ...others] = step.stores.filter((store) => store.buffer === buffer)
  return others.every(({ apart }) => apart === first?.apart) ? first?.apart : undefined
}

/** What other threads see of a buffer: nothing, where it is private. */
function regionsOf(program: Program, buffer: Buffer): readonly Region[] {
  return program.storage.get(buffer)?.kind === "private" ? [] : [regionOf(program, buffer)]
}

/** Outputs in the memory of donated inputs, and buffers that share bytes of the arena, meet. */
function regionOf(program: Program, buffer: Buffer): Region {
  const storage = program.storage.get(buffer)
  if (storage === undefined) throw new Error(`buffer ${buffer.name} has no place in the program`)
  if (storage.kind === "arena") {
    return { space: "arena", start: storage.offset, end: storage.offset + bytesOf(buffer) }
  }
  if (storage.kind === "private") {
    throw new Error(`buffer ${buffer.name} is one thread's own: no other meets it`)
  }
  const all = { start: 0, end: Number.POSITIVE_INFINITY }
  if (storage.kind === "input") return { space: `input ${storage.number}`, ...all }
  const donor = program.donations.get(storage.number)
  if (donor !== undefined) return { space: `input ${donor}`, ...all }
  return { space: `output ${storage.number}`, ...all }
}
